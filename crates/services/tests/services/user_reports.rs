use std::time::Duration;

use model::EventId;
use services::user_reports::{self, MAX_COMMENTS_CHARS, NewUserReport, SaveError};
use store::IdPage;

use crate::installation::{Installation, NOW};

impl Installation {
    pub(crate) fn new_report(&self, event: EventId, comments: &str) -> NewUserReport {
        NewUserReport {
            organization: self.scope.organization.id,
            project: self.scope.project.id,
            event_id: event,
            name: "Anna".to_owned(),
            email: "a@example.com".to_owned(),
            comments: comments.to_owned(),
            received_at: self.app.now(),
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_report_can_be_written_again_for_five_minutes_after_the_first() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, event) = (&installation.app, EventId::random());
        let first = user_reports::create(app, &installation.new_report(event, "one"))
            .await
            .unwrap();
        assert_eq!((first.created_at, first.issue), (NOW, None));
        for minutes in [3, 5] {
            installation.clock.set(NOW + MINUTE * minutes);
            let comments = format!("after {minutes}");
            let again = user_reports::create(app, &installation.new_report(event, &comments))
                .await
                .unwrap();
            assert_eq!(
                (again.id, again.created_at),
                (first.id, NOW),
                "the time counts from the first"
            );
            assert_eq!(again.comments, comments);
        }
        installation.clock.set(NOW + MINUTE * 5 + SECOND);
        let late = user_reports::create(app, &installation.new_report(event, "late")).await;
        assert!(matches!(late, Err(SaveError::AlreadyReported)), "{late:?}");
        let listed = user_reports::list_of_project(app, &installation.scope, IdPage::newest(10)).await;
        let comments: Vec<_> = listed.unwrap().into_iter().map(|report| report.comments).collect();
        assert_eq!(comments, ["after 5"]);
    })
    .await;
}

#[tokio::test]
async fn an_event_takes_reports_for_half_an_hour() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, event) = (&installation.app, EventId::random());
        let issue = installation.event(event, NOW).await;
        installation.clock.set(NOW + MINUTE * 30 + SECOND);
        let late = user_reports::create(app, &installation.new_report(event, "late")).await;
        assert!(matches!(late, Err(SaveError::EventTooOld)), "{late:?}");
        installation.clock.set(NOW + MINUTE * 30);
        let report = user_reports::create(app, &installation.new_report(event, "in time"))
            .await
            .unwrap();
        assert_eq!(report.issue, Some(issue.id));
        let of_issue = user_reports::list_of_issue(app, &issue, IdPage::newest(10))
            .await
            .unwrap();
        assert_eq!(of_issue, [report]);
    })
    .await;
}

#[tokio::test]
async fn a_report_that_comes_first_is_linked_when_the_event_comes() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, event) = (&installation.app, EventId::random());
        let report = user_reports::create(app, &installation.new_report(event, "first"))
            .await
            .unwrap();
        let issue = installation.event(event, app.now()).await;
        let of_issue = user_reports::list_of_issue(app, &issue, IdPage::newest(10))
            .await
            .unwrap();
        assert_eq!(of_issue.len(), 1);
        assert_eq!((of_issue[0].id, of_issue[0].issue), (report.id, Some(issue.id)));
    })
    .await;
}

#[tokio::test]
async fn comments_that_are_too_long_are_refused_and_names_are_cut() {
    let database = testkit::TestDatabase::sqlite();
    let installation = Installation::new(database.url()).await;
    let app = &installation.app;
    let most = "ä".repeat(MAX_COMMENTS_CHARS);
    let mut new = installation.new_report(EventId::random(), &most);
    new.name = "n".repeat(10_000);
    new.email = "e".repeat(10_000);
    let kept = user_reports::create(app, &new).await.unwrap();
    assert_eq!(
        (kept.comments, kept.name.len(), kept.email.len()),
        (most.clone(), 128, 254)
    );
    let more = installation.new_report(EventId::random(), &format!("{most}!"));
    let refused = user_reports::create(app, &more).await;
    assert!(matches!(refused, Err(SaveError::TooLong)), "{refused:?}");
}
