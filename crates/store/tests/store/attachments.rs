use model::{AttachmentId, FileId, IssueId, OrganizationId, ProjectId};
use store::{
    IdPage, IdStart, Tx,
    attachments::{self, Attachment, AttachmentFilter},
    blobs::Checksum,
    issues, projects,
};

use crate::{
    blobs::{Fixture, content},
    seed::{ORGANIZATION, PROJECT, at, event_id, issue},
};

fn attachment(id: i64, event: u8, name: &str) -> Attachment {
    Attachment {
        id: AttachmentId(id),
        organization: ORGANIZATION,
        project: PROJECT,
        event_id: event_id(event),
        issue: None,
        name: name.to_owned(),
        content_type: "text/plain".to_owned(),
        attachment_type: "event.attachment".to_owned(),
        size: 3,
        checksum: Checksum::of(b"abc"),
        file: FileId(id + 10_000),
        received_at: at(id),
    }
}

async fn create(tx: &mut Tx, of: &[Attachment]) {
    for attachment in of {
        attachments::create(tx, attachment).await.unwrap();
    }
}

fn ids(found: &[Attachment]) -> Vec<i64> {
    found.iter().map(|attachment| attachment.id.0).collect()
}

#[tokio::test]
async fn attachments_are_read_as_they_were_written_by_their_project_only() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let mut tx = fixture.store.begin().await.unwrap();
        let hostile = Attachment {
            issue: Some(IssueId(5)),
            ..attachment(1, 1, "../a\r\n\u{202e}")
        };
        create(&mut tx, &[hostile.clone(), attachment(2, 2, "nul\0")]).await;
        let found = attachments::find(&mut tx, PROJECT, event_id(1), hostile.id)
            .await
            .unwrap();
        assert_eq!(found, Some(hostile.clone()));
        let cleaned = attachments::find(&mut tx, PROJECT, event_id(2), AttachmentId(2))
            .await
            .unwrap();
        assert_eq!(cleaned.unwrap().name, "nul\u{fffd}");
        for (project, event) in [(ProjectId(11), 1), (PROJECT, 2)] {
            let hidden = attachments::find(&mut tx, project, event_id(event), hostile.id)
                .await
                .unwrap();
            assert_eq!(hidden, None);
        }
        let hidden = attachments::list_of_event(&mut tx, ProjectId(11), event_id(1), IdPage::newest(10)).await;
        assert_eq!(hidden.unwrap(), []);
        let foreign = Attachment {
            project: ProjectId(11),
            ..hostile.clone()
        };
        assert!(!attachments::delete(&mut tx, &foreign, at(3)).await.unwrap());
        assert!(attachments::delete(&mut tx, &hostile, at(3)).await.unwrap());
        assert!(!attachments::delete(&mut tx, &hostile, at(3)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn pages_go_from_the_newest_to_the_oldest_and_back() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let mut tx = fixture.store.begin().await.unwrap();
        let all: Vec<_> = (1..=5).map(|id| attachment(id, 1, "a")).collect();
        create(&mut tx, &all).await;
        create(&mut tx, &[attachment(6, 2, "of another event")]).await;
        for (start, expected) in [
            (IdStart::Newest, vec![5, 4]),
            (IdStart::OlderThan(4), vec![3, 2]),
            (IdStart::OlderThan(2), vec![1]),
            (IdStart::OlderThan(1), vec![]),
            (IdStart::NewerThan(1), vec![3, 2]),
            (IdStart::NewerThan(4), vec![5]),
        ] {
            let page = IdPage { start, limit: 2 };
            let found = attachments::list_of_event(&mut tx, PROJECT, event_id(1), page)
                .await
                .unwrap();
            assert_eq!(ids(&found), expected, "{start:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_issue_has_what_came_before_its_event_and_after_it() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let mut tx = fixture.store.begin().await.unwrap();
        let issue = issue(&mut tx, 500, "Error", 1).await;
        create(
            &mut tx,
            &[
                attachment(1, 1, "early.txt"),
                attachment(2, 2, "of an event that never came"),
            ],
        )
        .await;
        attachments::link(&mut tx, PROJECT, event_id(1), issue).await.unwrap();
        let late = [
            Attachment {
                issue: Some(issue),
                name: "Screenshot-1.png".to_owned(),
                content_type: "image/png".to_owned(),
                ..attachment(3, 1, "")
            },
            Attachment {
                issue: Some(issue),
                attachment_type: "event.minidump".to_owned(),
                ..attachment(4, 1, "screenshot.dmp")
            },
        ];
        create(&mut tx, &late).await;
        let minidumps = vec!["event.minidump".to_owned(), "event.applecrashreport".to_owned()];
        for (filter, expected) in [
            (AttachmentFilter::default(), vec![4, 3, 1]),
            (
                AttachmentFilter {
                    types: minidumps,
                    ..AttachmentFilter::default()
                },
                vec![4],
            ),
            (
                AttachmentFilter {
                    screenshots: true,
                    ..AttachmentFilter::default()
                },
                vec![3],
            ),
            (
                AttachmentFilter {
                    since: Some(at(3)),
                    until: Some(at(4)),
                    ..AttachmentFilter::default()
                },
                vec![3],
            ),
        ] {
            let page = IdPage::newest(10);
            let found = attachments::list_of_issue(&mut tx, PROJECT, issue, &filter, page)
                .await
                .unwrap();
            assert_eq!(ids(&found), expected, "{filter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn attachments_go_with_their_issue_their_project_and_their_age() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let mut tx = fixture.store.begin().await.unwrap();
        let issue = issue(&mut tx, 500, "Error", 1).await;
        tx.commit().await.unwrap();
        let prepared = fixture.blobs.put(content(10, 1), None, at(0)).await.unwrap();
        let mut tx = fixture.store.begin().await.unwrap();
        for (id, issue) in [(1, Some(issue)), (2, Some(issue)), (3, None), (4, None)] {
            let file = fixture.new_file(ORGANIZATION, "a", at(0));
            store::files::create(&mut tx, &file, &prepared).await.unwrap();
            let attachment = Attachment {
                issue,
                file: file.id,
                ..attachment(id, 1, "a")
            };
            attachments::create(&mut tx, &attachment).await.unwrap();
        }
        let left = async |tx: &mut Tx| {
            let found = attachments::list_of_event(tx, PROJECT, event_id(1), IdPage::newest(10)).await;
            ids(&found.unwrap())
        };
        issues::mark_deleting(&mut tx, PROJECT, issue).await.unwrap();
        let mut steps = 0;
        while issues::purge(&mut tx, 1, at(10)).await.unwrap() {
            steps += 1;
        }
        assert_eq!(
            (left(&mut tx).await, steps),
            (vec![4, 3], 4),
            "its hash, two attachments, the issue"
        );
        assert_eq!(attachments::purge_older(&mut tx, at(4), 10, at(11)).await.unwrap(), 1);
        assert_eq!(left(&mut tx).await, [4]);
        assert_eq!(
            attachments::purge_project(&mut tx, ProjectId(11), 10, at(12))
                .await
                .unwrap(),
            0
        );
        projects::mark_deleting(&mut tx, ORGANIZATION, PROJECT).await.unwrap();
        assert_eq!(
            attachments::purge_project(&mut tx, PROJECT, 10, at(12)).await.unwrap(),
            1
        );
        tx.commit().await.unwrap();
        let day_after = at(12 + 24 * 3600);
        assert_eq!(
            fixture.blobs.clean(day_after).await.unwrap().blobs,
            1,
            "its bytes go with the last one"
        );
        let mut db = fixture.store.read().await.unwrap();
        let gone = store::files::find(&mut db, OrganizationId(1), FileId(1_001))
            .await
            .unwrap();
        assert!(gone.is_none());
    })
    .await;
}
