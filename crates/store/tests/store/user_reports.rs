use model::{IssueId, ProjectId, UserReportId};
use store::{
    IdPage, issues,
    user_reports::{self, UserReport},
};

use crate::seed::{ORGANIZATION, PROJECT, at, event_id, issue, seeded};

fn report(id: i64, event: u8) -> UserReport {
    UserReport {
        id: UserReportId(id),
        organization: ORGANIZATION,
        project: PROJECT,
        event_id: event_id(event),
        issue: None,
        name: "Anna".to_owned(),
        email: "a@example.com".to_owned(),
        comments: "It broke.\n<b>".to_owned(),
        created_at: at(id),
    }
}

#[tokio::test]
async fn an_event_has_one_report_which_can_be_replaced() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        assert!(user_reports::create(&mut tx, &report(1, 1)).await.unwrap());
        assert!(!user_reports::create(&mut tx, &report(2, 1)).await.unwrap());
        let elsewhere = UserReport {
            project: ProjectId(11),
            ..report(3, 1)
        };
        assert!(user_reports::create(&mut tx, &elsewhere).await.unwrap());
        let found = user_reports::find(&mut tx, PROJECT, event_id(1)).await.unwrap();
        assert_eq!(found, Some(report(1, 1)));
        let replaced = UserReport {
            name: "Bea\0".to_owned(),
            email: String::new(),
            comments: "Still.".to_owned(),
            issue: Some(IssueId(4)),
            ..report(1, 1)
        };
        user_reports::update(&mut tx, &replaced).await.unwrap();
        let found = user_reports::find(&mut tx, PROJECT, event_id(1)).await.unwrap();
        let stored = UserReport {
            name: "Bea\u{fffd}".to_owned(),
            ..replaced
        };
        assert_eq!(found, Some(stored));
        let other = user_reports::find(&mut tx, ProjectId(11), event_id(1)).await.unwrap();
        assert_eq!(other, Some(elsewhere));
    })
    .await;
}

#[tokio::test]
async fn reports_are_linked_listed_and_removed_with_what_they_belong_to() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let issue = issue(&mut tx, 500, "Error", 1).await;
        for id in 1..=4 {
            let event = u8::try_from(id).unwrap();
            user_reports::create(&mut tx, &report(id, event)).await.unwrap();
        }
        for event in [1, 3] {
            user_reports::link(&mut tx, PROJECT, event_id(event), issue)
                .await
                .unwrap();
        }
        user_reports::link(&mut tx, ProjectId(11), event_id(2), issue)
            .await
            .unwrap();
        let ids = |found: Vec<UserReport>| found.iter().map(|report| report.id.0).collect::<Vec<_>>();
        let page = IdPage::newest(3);
        let of_project = user_reports::list_of_project(&mut tx, PROJECT, page).await.unwrap();
        assert_eq!(ids(of_project), [4, 3, 2]);
        let of_issue = user_reports::list_of_issue(&mut tx, PROJECT, issue, page)
            .await
            .unwrap();
        assert_eq!(ids(of_issue), [3, 1]);

        issues::mark_deleting(&mut tx, PROJECT, issue).await.unwrap();
        while issues::purge(&mut tx, 1, at(10)).await.unwrap() {}
        let left = user_reports::list_of_project(&mut tx, PROJECT, page).await.unwrap();
        assert_eq!(ids(left), [4, 2]);
        assert_eq!(user_reports::purge_older(&mut tx, at(4), 10).await.unwrap(), 1);
        assert_eq!(
            user_reports::purge_project(&mut tx, ProjectId(11), 10).await.unwrap(),
            0
        );
        assert_eq!(user_reports::purge_project(&mut tx, PROJECT, 10).await.unwrap(), 1);
        assert_eq!(user_reports::purge_project(&mut tx, PROJECT, 10).await.unwrap(), 0);
    })
    .await;
}
