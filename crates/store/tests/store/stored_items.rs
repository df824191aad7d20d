use model::{FileId, ProjectId, StoredItemId};
use store::{
    IdPage,
    stored_items::{self, INLINE_BYTES, StoredItem, StoredItemKind, pack, unpack},
};

use crate::{
    blobs::{Fixture, content},
    seed::{ORGANIZATION, PROJECT, at, event_id, seeded},
};

fn item(id: i64, kind: StoredItemKind, key: &str) -> StoredItem {
    StoredItem {
        id: StoredItemId(id),
        organization: ORGANIZATION,
        project: PROJECT,
        kind,
        key: key.to_owned(),
        part: String::new(),
        position: 0,
        event_id: None,
        timestamp: at(id - 1),
        received_at: at(id),
        release: None,
        environment: None,
        size: 3,
        file: None,
    }
}

fn ids(found: &[StoredItem]) -> Vec<i64> {
    found.iter().map(|item| item.id.0).collect()
}

#[tokio::test]
async fn every_kind_is_read_as_it_was_written_with_its_bytes() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        // No text: what SDKs compress themselves, and U+0000.
        let payload: Vec<u8> = (0..=255).cycle().take(5_000).collect();
        for (id, kind) in (1..).zip(StoredItemKind::all()) {
            let item = StoredItem {
                part: "chunk".to_owned(),
                position: 9_007_199_254_740_991,
                event_id: Some(event_id(1)),
                release: Some("shop@1".to_owned()),
                environment: Some("production".to_owned()),
                size: 5_000,
                ..item(id, kind, "key")
            };
            let packed = pack(&payload);
            assert!(
                stored_items::create(&mut tx, &item, Some(&packed)).await.unwrap(),
                "{kind}"
            );
            assert_eq!(
                stored_items::find(&mut tx, PROJECT, item.id).await.unwrap().as_ref(),
                Some(&item)
            );
            let packed = stored_items::find_packed(&mut tx, PROJECT, item.id).await.unwrap();
            assert_eq!(unpack(&packed.unwrap(), 5_000).unwrap(), payload);
            assert_eq!(stored_items::find(&mut tx, ProjectId(11), item.id).await.unwrap(), None);
            assert_eq!(
                stored_items::find_packed(&mut tx, ProjectId(11), item.id)
                    .await
                    .unwrap(),
                None
            );
        }
        let in_file = StoredItem {
            file: Some(FileId(7)),
            ..item(90, StoredItemKind::TraceMetric, "")
        };
        stored_items::create(&mut tx, &in_file, None).await.unwrap();
        assert_eq!(
            stored_items::find(&mut tx, PROJECT, in_file.id).await.unwrap(),
            Some(in_file)
        );
        assert_eq!(
            stored_items::find_packed(&mut tx, PROJECT, StoredItemId(90))
                .await
                .unwrap(),
            None
        );
        let counts = stored_items::counts(&mut tx, PROJECT).await.unwrap();
        assert_eq!(counts.len(), StoredItemKind::all().count());
        assert!(counts.contains(&(StoredItemKind::TraceMetric, 2)) && counts.contains(&(StoredItemKind::Profile, 1)));
        assert_eq!(stored_items::counts(&mut tx, ProjectId(11)).await.unwrap(), []);
    })
    .await;
}

#[test]
fn kinds_keep_their_names() {
    let names: Vec<&str> = StoredItemKind::all().map(StoredItemKind::name).collect();
    assert_eq!(
        names,
        [
            "session",
            "sessions",
            "check_in",
            "profile",
            "profile_chunk",
            "replay_event",
            "replay_recording",
            "replay_video",
            "trace_metric"
        ]
    );
    assert!(StoredItemKind::all().all(|kind| StoredItemKind::from_name(kind.name()) == Some(kind)));
    assert_eq!(StoredItemKind::from_name("span"), None, "a row of the event index");
}

#[test]
fn a_payload_that_is_damaged_or_larger_than_told_is_an_error() {
    let payload = content(100_000, 1);
    let packed = pack(&payload);
    assert!(packed.len() > INLINE_BYTES, "random bytes stay as many");
    assert_eq!(unpack(&packed, 100_000).unwrap(), payload);
    assert_eq!(unpack(&pack(b""), 0).unwrap(), &b""[..]);
    for (packed, size) in [
        (&packed[..], 99_999),
        (&packed, 100_001),
        (&packed[..50_000], 100_000),
        (b"", 10),
    ] {
        assert!(unpack(packed, size).is_err(), "{} bytes for {size}", packed.len());
    }
}

#[tokio::test]
async fn what_has_a_natural_key_is_kept_once_and_the_rest_each_time() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let mut id = 0;
        for (kind, part, position, other_part, other_position) in [
            (StoredItemKind::ReplayRecording, "", 1, "", 2),
            (StoredItemKind::ReplayEvent, "", 1, "", 2),
            (StoredItemKind::ReplayVideo, "", 1, "", 2),
            (StoredItemKind::ProfileChunk, "a", 0, "b", 0),
        ] {
            let mut create = async |project: ProjectId, key: &str, part: &str, position: i64| {
                id += 1;
                let item = StoredItem {
                    project,
                    part: part.to_owned(),
                    position,
                    ..item(id, kind, key)
                };
                stored_items::create(&mut tx, &item, Some(b"x")).await.unwrap()
            };
            assert!(create(PROJECT, "one", part, position).await, "{kind}");
            assert!(!create(PROJECT, "one", part, position).await, "{kind} sent again");
            assert!(create(PROJECT, "one", other_part, other_position).await, "{kind}");
            assert!(create(PROJECT, "two", part, position).await, "{kind}");
            assert!(
                create(ProjectId(11), "one", part, position).await,
                "{kind} of another project"
            );
        }
        for kind in [
            StoredItemKind::CheckIn,
            StoredItemKind::Session,
            StoredItemKind::TraceMetric,
        ] {
            for _ in 0..2 {
                id += 1;
                assert!(
                    stored_items::create(&mut tx, &item(id, kind, "one"), None)
                        .await
                        .unwrap()
                );
            }
        }
        let of_check_in = stored_items::list(
            &mut tx,
            PROJECT,
            StoredItemKind::CheckIn,
            Some("one"),
            IdPage::newest(1),
        )
        .await
        .unwrap();
        assert_eq!(ids(&of_check_in), [id - 4], "the newest is the state");
    })
    .await;
}

#[tokio::test]
async fn lists_go_by_kind_and_key_and_items_go_with_project_and_age() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let mut tx = fixture.store.begin().await.unwrap();
        for (id, key) in [(1, "a"), (2, "b"), (3, "a")] {
            let item = item(id, StoredItemKind::Sessions, key);
            stored_items::create(&mut tx, &item, Some(b"x")).await.unwrap();
        }
        tx.commit().await.unwrap();
        let prepared = fixture.blobs.put(content(100, 1), None, at(0)).await.unwrap();
        let mut tx = fixture.store.begin().await.unwrap();
        let file = fixture.new_file(ORGANIZATION, "span", at(0));
        store::files::create(&mut tx, &file, &prepared).await.unwrap();
        let in_file = StoredItem {
            file: Some(file.id),
            ..item(4, StoredItemKind::TraceMetric, "a")
        };
        stored_items::create(&mut tx, &in_file, None).await.unwrap();
        let mut list = async |kind, key, limit| {
            let page = IdPage::newest(limit);
            ids(&stored_items::list(&mut tx, PROJECT, kind, key, page).await.unwrap())
        };
        assert_eq!(list(StoredItemKind::Sessions, None, 10).await, [3, 2, 1]);
        assert_eq!(list(StoredItemKind::Sessions, None, 2).await, [3, 2]);
        assert_eq!(list(StoredItemKind::Sessions, Some("a"), 10).await, [3, 1]);
        assert_eq!(list(StoredItemKind::TraceMetric, Some("a"), 10).await, [4]);
        assert_eq!(list(StoredItemKind::Profile, None, 10).await, [] as [i64; 0]);

        assert_eq!(stored_items::purge_older(&mut tx, at(2), 10, at(5)).await.unwrap(), 1);
        assert_eq!(stored_items::purge_older(&mut tx, at(2), 10, at(5)).await.unwrap(), 0);
        assert_eq!(
            stored_items::purge_project(&mut tx, ProjectId(11), 10, at(5))
                .await
                .unwrap(),
            0
        );
        assert_eq!(
            stored_items::purge_project(&mut tx, PROJECT, 2, at(5)).await.unwrap(),
            2
        );
        assert_eq!(
            stored_items::purge_project(&mut tx, PROJECT, 2, at(5)).await.unwrap(),
            1
        );
        let gone = store::files::find(&mut tx, ORGANIZATION, file.id).await.unwrap();
        assert!(gone.is_none(), "the file goes with its item");
    })
    .await;
}
