use std::time::Duration;

use model::Timestamp;
use store::blobs::Cleaned;

use super::{Fixture, content};
use crate::seed::{ORGANIZATION, at};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

#[tokio::test]
async fn what_no_file_has_for_a_day_goes_and_what_one_has_or_was_just_used_stays() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let (shared, lonely, used_again) = (content(10, 1), content(10, 2), content(10, 3));
        let first = fixture.add(ORGANIZATION, &shared, at(0)).await;
        let second = fixture.add(ORGANIZATION, &shared, at(0)).await;
        let third = fixture.add(ORGANIZATION, &lonely, at(0)).await;
        let fourth = fixture.add(ORGANIZATION, &used_again, at(0)).await;
        for id in [first, third, fourth] {
            fixture.delete(id, at(10)).await;
        }
        assert_eq!(fixture.blobs.clean(at(DAY + 9)).await.unwrap(), Cleaned::default());
        // Somebody is about to make a file of it.
        let prepared = fixture.blobs.put(used_again.clone(), None, at(DAY + 9)).await.unwrap();

        let cleaned = fixture.blobs.clean(at(DAY + 10)).await.unwrap();
        assert_eq!((cleaned.blobs, cleaned.objects), (1, 0));
        assert_eq!((fixture.rows("blobs").await, fixture.objects().len()), (2, 3));
        assert_eq!(fixture.rows("blob_owners").await, 2, "its owners go with a blob");
        assert_eq!(fixture.blobs.clean(at(DAY + 69)).await.unwrap().objects, 0);
        assert_eq!(fixture.blobs.clean(at(DAY + 70)).await.unwrap().objects, 1);
        assert_eq!(fixture.objects().len(), 2);

        let file = fixture.new_file(ORGANIZATION, "again", at(DAY + 71));
        fixture.create(&file, &prepared).await.unwrap();
        fixture.blobs.clean(at(3 * DAY)).await.unwrap();
        fixture.blobs.clean(at(4 * DAY)).await.unwrap();
        assert_eq!(fixture.content(second).await, shared);
        assert_eq!(fixture.content(file.id).await, used_again);
        assert_eq!(
            fixture
                .number("SELECT COUNT(*) FROM blobs WHERE released_at IS NOT NULL")
                .await,
            0,
            "what stays is not looked at again"
        );
    })
    .await;
}

#[tokio::test]
async fn content_that_was_removed_can_come_again() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let sent = content(10, 1);
        let id = fixture.add(ORGANIZATION, &sent, at(0)).await;
        fixture.delete(id, at(0)).await;
        assert_eq!(fixture.blobs.clean(at(DAY)).await.unwrap().blobs, 1);
        // Its old object is still there, and is not what the new row names.
        let id = fixture.add(ORGANIZATION, &sent, at(DAY + 1)).await;
        assert_eq!(fixture.objects().len(), 2);
        assert_eq!(fixture.blobs.clean(at(DAY + 60)).await.unwrap().objects, 1);
        assert_eq!(fixture.content(id).await, sent);
    })
    .await;
}

#[tokio::test]
async fn objects_whose_row_was_never_committed_go_when_no_row_can_come_any_longer() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        // 08:00 UTC
        let kept = fixture.add(ORGANIZATION, &content(10, 1), at(0)).await;
        let prepared = fixture.blobs.put(content(10, 2), None, at(0)).await.unwrap();
        let mut tx = fixture.store.begin().await.unwrap();
        let file = fixture.new_file(ORGANIZATION, "a", at(0));
        store::files::create(&mut tx, &file, &prepared).await.unwrap();
        drop(tx);
        let folder = fixture.path().join("blobs").join("2027-01-15");
        std::fs::write(folder.join("0123456789abcdef0123456789abcdef#1"), b"half").unwrap();
        let foreign = fixture.path().join("blobs").join("0-backup");
        std::fs::create_dir(&foreign).unwrap();
        std::fs::write(foreign.join("a"), b"not ours").unwrap();
        let younger = at(0) + Duration::from_secs(24 * 3600);
        fixture.blobs.put(content(10, 3), None, younger).await.unwrap();

        let midnight = Timestamp::from_seconds(at(0).seconds() - at(0).seconds() % DAY + DAY);
        let day_after = midnight + Duration::from_secs(24 * 3600);
        let early = fixture.blobs.clean(day_after - Duration::from_secs(1)).await.unwrap();
        assert_eq!((early.orphans, fixture.objects().len()), (0, 5));
        assert_eq!(fixture.blobs.clean(day_after).await.unwrap().orphans, 1);
        assert_eq!(
            fixture.objects().len(),
            3,
            "the half one as well, and the younger stays"
        );
        assert_eq!(fixture.blobs.clean(day_after).await.unwrap().orphans, 0);
        assert_eq!(fixture.content(kept).await, content(10, 1));
        let next = day_after + Duration::from_secs(24 * 3600);
        assert_eq!(fixture.blobs.clean(next).await.unwrap().orphans, 1);
        let days = std::fs::read_dir(fixture.path().join("blobs")).unwrap();
        assert_eq!(
            days.count(),
            2,
            "an empty folder goes as well, and what is not ours stays"
        );
        assert_eq!(fixture.objects().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_object_that_cannot_be_removed_is_tried_again() {
    let database = testkit::TestDatabase::sqlite();
    let fixture = Fixture::new(database.url()).await;
    let id = fixture.add(ORGANIZATION, &content(10, 1), at(0)).await;
    fixture.delete(id, at(0)).await;
    fixture.blobs.clean(at(DAY)).await.unwrap();
    let object = fixture.path().join("blobs").join(&fixture.objects()[0]);
    std::fs::remove_file(&object).unwrap();
    std::fs::create_dir(&object).unwrap();
    fixture.blobs.clean(at(DAY + 60)).await.unwrap_err();
    assert_eq!(fixture.rows("blob_removals").await, 1);
    std::fs::remove_dir(&object).unwrap();
    assert_eq!(
        fixture.blobs.clean(at(DAY + 61)).await.unwrap().objects,
        0,
        "it is gone already"
    );
    assert_eq!(fixture.rows("blob_removals").await, 0);
}
