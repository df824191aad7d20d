use bytes::Bytes;
use model::EventId;
use services::{access::AccessError, attachments};
use store::{IdPage, attachments::AttachmentFilter};

use crate::installation::Installation;

#[tokio::test]
async fn an_attachment_belongs_to_an_event_that_is_there_comes_later_or_never_comes() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let (event, never) = (EventId::random(), EventId::random());
        let content = Bytes::from_static(b"line 1\nline 2\n");
        let early = installation
            .attach(&installation.new_attachment(event, "early.log"), &content)
            .await;
        let lonely = installation
            .attach(&installation.new_attachment(never, "lonely.log"), &content)
            .await;
        assert_eq!((early.issue, lonely.issue), (None, None));
        let issue = installation.event(event, app.now()).await;
        let late = installation
            .attach(&installation.new_attachment(event, "late.log"), &content)
            .await;
        assert_eq!(late.issue, Some(issue.id));

        let page = IdPage::newest(10);
        let of_issue = attachments::list_of_issue(app, &issue, &AttachmentFilter::default(), page).await;
        let names: Vec<_> = of_issue.unwrap().into_iter().map(|found| found.name).collect();
        assert_eq!(names, ["late.log", "early.log"]);
        let of_event = attachments::list_of_event(app, &installation.scope, never, page)
            .await
            .unwrap();
        assert_eq!(of_event, std::slice::from_ref(&lonely));
        assert_eq!(installation.objects(), 1, "three times the same bytes");
        let reader = attachments::read(app, &lonely).await.unwrap();
        assert_eq!(reader.read_range(0..u64::MAX).await.unwrap(), content);

        attachments::delete(app, &late).await.unwrap();
        let gone = attachments::get(app, &installation.scope, event, late.id).await;
        assert!(matches!(gone, Err(AccessError::NotFound)));
        assert!(matches!(
            attachments::read(app, &late).await,
            Err(AccessError::NotFound)
        ));
        let foreign = attachments::get(app, &installation.scope, event, lonely.id).await;
        assert!(matches!(foreign, Err(AccessError::NotFound)), "of another event");
    })
    .await;
}

#[tokio::test]
async fn a_hostile_name_is_kept_and_never_given_back_as_it_is() {
    let database = testkit::TestDatabase::sqlite();
    let installation = Installation::new(database.url()).await;
    let event = EventId::random();
    let mut new = installation.new_attachment(event, "../../evil\"\r\nX: y.html");
    new.content_type = Some("text/html\r\nX: y".to_owned());
    let attachment = installation.attach(&new, &Bytes::from_static(b"<script>")).await;
    assert_eq!(attachment.name, new.name);
    assert_eq!(
        attachment.content_type, "text/html",
        "of the ending: what was sent is no content type"
    );
    assert_eq!(attachments::download_name(&attachment), "evil_X_ y.html");

    let long = installation.new_attachment(event, &"ä".repeat(100_000));
    let attachment = installation.attach(&long, &Bytes::new()).await;
    assert_eq!((attachment.name.chars().count(), attachment.size), (1_024, 0));
}
