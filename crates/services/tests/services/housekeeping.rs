use std::time::Duration;

use bytes::Bytes;
use model::EventId;
use services::{attachments, housekeeping, projects, stored_items, user_reports};
use store::{IdPage, attachments::AttachmentFilter, stored_items::StoredItemKind};

use crate::installation::{Installation, NOW};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn what_is_kept_beside_events_goes_after_ninety_days_and_its_bytes_after_it() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, event) = (&installation.app, EventId::random());
        let content = Bytes::from_static(b"bytes");
        let new = installation.new_attachment(event, "a.txt");
        installation.attach(&new, &content).await;
        installation.keep(StoredItemKind::TraceMetric, "", 0, &content).await;
        user_reports::create(app, &installation.new_report(event, "one"))
            .await
            .unwrap();
        let page = IdPage::newest(10);
        let left = async || {
            let attachments = attachments::list_of_event(app, &installation.scope, event, page).await;
            let items = stored_items::counts(app, &installation.scope).await;
            let reports = user_reports::list_of_project(app, &installation.scope, page).await;
            attachments.unwrap().len() + items.unwrap().len() + reports.unwrap().len()
        };
        installation.clock.set(NOW + DAY * 90);
        housekeeping::expire(app).await.unwrap();
        assert_eq!((left().await, installation.objects()), (3, 1));
        installation.clock.set(NOW + DAY * 90 + Duration::from_secs(1));
        housekeeping::expire(app).await.unwrap();
        assert_eq!((left().await, installation.objects()), (0, 1));
        installation.clock.set(NOW + DAY * 92);
        housekeeping::expire(app).await.unwrap();
        installation.clock.set(NOW + DAY * 92 + Duration::from_secs(60));
        housekeeping::expire(app).await.unwrap();
        assert_eq!(installation.objects(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_project_takes_everything_with_it() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, event) = (&installation.app, EventId::random());
        let issue = installation.event(event, NOW).await;
        let content = Bytes::from_static(b"bytes");
        let of_event = installation
            .attach(&installation.new_attachment(event, "a.txt"), &content)
            .await;
        let lonely = installation.new_attachment(EventId::random(), "b.txt");
        let lonely = installation.attach(&lonely, &content).await;
        installation.keep(StoredItemKind::TraceMetric, "", 0, &content).await;
        let of_nothing = installation.new_report(EventId::random(), "one");
        user_reports::create(app, &of_nothing).await.unwrap();
        user_reports::create(app, &installation.new_report(event, "two"))
            .await
            .unwrap();

        projects::delete(app, &installation.scope).await.unwrap();
        installation.clock.advance(projects::GRACE);
        housekeeping::expire(app).await.unwrap();
        while housekeeping::purge_step(app).await.unwrap() {}
        let page = IdPage::newest(10);
        let scope = &installation.scope;
        let filter = AttachmentFilter::default();
        assert_eq!(
            attachments::list_of_issue(app, &issue, &filter, page).await.unwrap(),
            []
        );
        for attachment in [of_event, lonely] {
            attachments::read(app, &attachment).await.unwrap_err();
        }
        assert_eq!(stored_items::counts(app, scope).await.unwrap(), []);
        assert_eq!(user_reports::list_of_project(app, scope, page).await.unwrap(), []);
    })
    .await;
}
