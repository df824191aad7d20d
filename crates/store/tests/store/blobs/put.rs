use std::time::Duration;

use bytes::Bytes;
use store::{
    blobs::{self, BLOB_BYTES, Checksum, MAX_FILE_BYTES, PutError},
    files::CreateError,
};

use super::{Fixture, OTHER, content};
use crate::seed::{ORGANIZATION, at};

const MB: usize = 1 << 20;

#[tokio::test]
async fn fil1_the_same_file_from_two_organizations_is_four_blobs_with_two_owners() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let sent = content(3 * MB + MB / 2, 1);
        let first = fixture.add(ORGANIZATION, &sent, at(0)).await;
        let second = fixture.add(OTHER, &sent, at(1)).await;
        assert_eq!((fixture.rows("blobs").await, fixture.objects().len()), (4, 4));
        assert_eq!((fixture.rows("files").await, fixture.rows("file_blobs").await), (2, 8));
        let parts: Vec<Checksum> = sent.chunks(BLOB_BYTES).map(Checksum::of).collect();
        let mut db = fixture.store.read().await.unwrap();
        for organization in [ORGANIZATION, OTHER] {
            let mut owned = blobs::owned(&mut db, organization, &parts).await.unwrap();
            let mut expected = parts.clone();
            owned.sort_unstable();
            expected.sort_unstable();
            assert_eq!(owned, expected);
        }
        assert_eq!(fixture.rows("blob_owners").await, 8);

        // Over the border of the first blob.
        let reader = fixture.reader(first).await;
        let read = reader.read_range(1_048_570..1_048_591).await.unwrap();
        assert_eq!(read, sent.slice(1_048_570..1_048_591));
        assert_eq!(fixture.content(first).await, sent);
        let hidden = fixture.blobs.reader(&mut db, ORGANIZATION, second).await.unwrap();
        assert!(hidden.is_none(), "a file of another organization");
    })
    .await;
}

#[tokio::test]
async fn a_blob_is_owned_by_those_only_who_sent_its_bytes() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let sent = content(100, 1);
        fixture.add(ORGANIZATION, &sent, at(0)).await;
        let mut db = fixture.store.read().await.unwrap();
        let of_sent = [Checksum::of(&sent), Checksum::of(b"never sent")];
        assert_eq!(
            blobs::owned(&mut db, ORGANIZATION, &of_sent).await.unwrap(),
            of_sent[..1]
        );
        assert_eq!(blobs::owned(&mut db, OTHER, &of_sent).await.unwrap(), []);
        assert_eq!(blobs::owned(&mut db, OTHER, &[]).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn size_and_checksum_are_told_and_held_against_the_claim() {
    let database = testkit::TestDatabase::sqlite();
    let fixture = Fixture::new(database.url()).await;
    let sent = content(2 * MB + 1, 1);
    let checksum = Checksum::of(&sent);
    let prepared = fixture.blobs.put(sent.clone(), Some(checksum), at(0)).await.unwrap();
    assert_eq!((prepared.size(), prepared.checksum()), (2 * MB as u64 + 1, checksum));

    let other = content(MB, 2);
    let refused = fixture
        .blobs
        .put(other.clone(), Some(checksum), at(0))
        .await
        .unwrap_err();
    let PutError::ChecksumMismatch { claimed, actual } = &refused else {
        panic!("{refused}")
    };
    assert_eq!((*claimed, *actual), (checksum, Checksum::of(&other)));
    assert!(!refused.is_transient());
    assert_eq!(fixture.objects().len(), 3, "nothing of what was refused is written");

    // Untouched zero pages: no memory is used.
    let bytes = usize::try_from(MAX_FILE_BYTES).unwrap() + 1;
    let refused = fixture.blobs.put(Bytes::from(vec![0; bytes]), None, at(0)).await;
    assert!(matches!(refused, Err(PutError::TooLarge(size)) if size == MAX_FILE_BYTES + 1));
}

#[tokio::test]
async fn parts_of_a_file_that_are_alike_are_one_blob() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let zeros = Bytes::from(vec![0; 4 * MB + 5]);
        let id = fixture.add(ORGANIZATION, &zeros, at(0)).await;
        assert_eq!((fixture.rows("blobs").await, fixture.objects().len()), (2, 2));
        assert_eq!(fixture.content(id).await, zeros);

        let empty = fixture.add(ORGANIZATION, &Bytes::new(), at(0)).await;
        assert_eq!(fixture.rows("blobs").await, 2);
        let reader = fixture.reader(empty).await;
        assert_eq!((reader.file().size, reader.file().checksum), (0, Checksum::of(b"")));
        assert_eq!(fixture.content(empty).await, Bytes::new());
    })
    .await;
}

#[tokio::test]
async fn content_that_comes_again_before_its_row_is_committed_is_written_once() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let sent = content(100, 1);
        let prepared = [
            fixture.blobs.put(sent.clone(), None, at(0)).await.unwrap(),
            fixture.blobs.put(sent.clone(), None, at(1)).await.unwrap(),
        ];
        assert_eq!(fixture.objects().len(), 1);
        let mut tx = fixture.store.begin().await.unwrap();
        for prepared in &prepared {
            let file = fixture.new_file(ORGANIZATION, "a.txt", at(2));
            store::files::create(&mut tx, &file, prepared).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(
            (fixture.rows("blobs").await, fixture.rows("blob_removals").await),
            (1, 0)
        );
    })
    .await;
}

#[tokio::test]
async fn of_writers_that_race_one_keeps_its_row_and_the_objects_of_the_others_go() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let sent = content(MB + 10, 1);
        // None of them can see what the others write.
        let racers = [fixture.second_blobs(), fixture.second_blobs(), fixture.second_blobs()];
        let put = racers.iter().map(|blobs| blobs.put(sent.clone(), None, at(0)));
        let prepared = futures_util::future::join_all(put).await;
        assert_eq!(fixture.objects().len(), 6);
        let files: Vec<_> = prepared
            .into_iter()
            .map(|prepared| (fixture.new_file(ORGANIZATION, "a.txt", at(0)), prepared.unwrap()))
            .collect();
        let created = files.iter().map(|(file, prepared)| fixture.create(file, prepared));
        for created in futures_util::future::join_all(created).await {
            created.unwrap();
        }
        assert_eq!(
            (fixture.rows("blobs").await, fixture.rows("blob_removals").await),
            (2, 4)
        );

        let early = fixture.blobs.clean(at(59)).await.unwrap();
        assert_eq!(
            (early.objects, fixture.objects().len()),
            (0, 6),
            "less than a minute after"
        );
        let cleaned = fixture.blobs.clean(at(60)).await.unwrap();
        assert_eq!((cleaned.objects, fixture.objects().len()), (4, 2));
        assert_eq!(fixture.rows("blob_removals").await, 0);
        for (file, _) in &files {
            assert_eq!(fixture.content(file.id).await, sent);
        }
    })
    .await;
}

#[tokio::test]
async fn that_a_blob_was_used_is_noted_every_twelve_hours() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let sent = content(10, 1);
        fixture.add(ORGANIZATION, &sent, at(0)).await;
        let touched = async || fixture.number("SELECT touched_at FROM blobs").await;
        let twelve_hours = 12 * 3600;
        fixture.add(ORGANIZATION, &sent, at(twelve_hours - 1)).await;
        assert_eq!(touched().await, at(0).0);
        fixture.add(ORGANIZATION, &sent, at(twelve_hours)).await;
        assert_eq!(touched().await, at(twelve_hours).0);
        fixture.add(ORGANIZATION, &sent, at(twelve_hours + 1)).await;
        assert_eq!(touched().await, at(twelve_hours).0);
    })
    .await;
}

#[tokio::test]
async fn what_was_prepared_long_ago_must_be_put_again() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let prepared = fixture.blobs.put(content(10, 1), None, at(0)).await.unwrap();
        let six_hours = at(0) + Duration::from_secs(6 * 3600);
        let late = fixture.new_file(ORGANIZATION, "a", six_hours + Duration::from_secs(1));
        let refused = fixture.create(&late, &prepared).await;
        assert!(matches!(refused, Err(CreateError::Stale)), "{refused:?}");
        let just_in_time = fixture.new_file(ORGANIZATION, "a", six_hours);
        fixture.create(&just_in_time, &prepared).await.unwrap();
    })
    .await;
}
