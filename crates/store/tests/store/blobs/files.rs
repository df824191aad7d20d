use std::io::SeekFrom;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use model::FileId;
use store::{
    blobs::BLOB_BYTES,
    files::{self, Headers, ReadError},
};

use super::{Fixture, content};
use crate::seed::{ORGANIZATION, PROJECT, at};

#[tokio::test]
async fn a_reader_seeks_from_the_start_from_where_it_is_and_from_the_end() {
    let database = testkit::TestDatabase::sqlite();
    let fixture = Fixture::new(database.url()).await;
    let sent = content(2 * BLOB_BYTES + 100, 1);
    let id = fixture.add(ORGANIZATION, &sent, at(0)).await;
    let mut reader = fixture.reader(id).await;
    assert_eq!(reader.read(10).await.unwrap(), sent.slice(..10));
    assert_eq!(reader.read(10).await.unwrap(), sent.slice(10..20));
    let border = BLOB_BYTES as u64;
    assert_eq!(reader.seek(SeekFrom::Start(border - 3)).unwrap(), border - 3);
    assert_eq!(
        reader.read(BLOB_BYTES + 6).await.unwrap(),
        sent.slice(BLOB_BYTES - 3..2 * BLOB_BYTES + 3),
        "parts of three blobs"
    );
    assert_eq!(reader.seek(SeekFrom::Current(-6)).unwrap(), 2 * border - 3);
    assert_eq!(
        reader.read(6).await.unwrap(),
        sent.slice(2 * BLOB_BYTES - 3..2 * BLOB_BYTES + 3)
    );
    reader.seek(SeekFrom::End(-5)).unwrap();
    assert_eq!(reader.read(1_000).await.unwrap(), sent.slice(sent.len() - 5..));
    assert_eq!(reader.read(1_000).await.unwrap(), Bytes::new());
    reader.seek(SeekFrom::End(10)).unwrap();
    assert_eq!(reader.read(1).await.unwrap(), Bytes::new());
    for before in [SeekFrom::Current(i64::MIN), SeekFrom::End(-(2 * 1_048_576 + 101))] {
        assert!(matches!(reader.seek(before), Err(ReadError::BeforeStart)));
    }
    assert_eq!(
        reader.seek(SeekFrom::Current(0)).unwrap(),
        sent.len() as u64 + 10,
        "it stays where it was"
    );
}

#[tokio::test]
async fn ranges_end_where_the_file_does() {
    let database = testkit::TestDatabase::sqlite();
    let fixture = Fixture::new(database.url()).await;
    let len = BLOB_BYTES + 5;
    let sent = content(len, 1);
    let id = fixture.add(ORGANIZATION, &sent, at(0)).await;
    let reader = fixture.reader(id).await;
    let border = BLOB_BYTES;
    for (start, end) in [
        (0, 0),
        (0, 1),
        (0, border),
        (border, border + 1),
        (border - 1, border + 1),
        (5, len),
        (0, len),
    ] {
        let read = reader.read_range(start as u64..end as u64).await.unwrap();
        assert_eq!(read, sent.slice(start..end), "{start}..{end}");
    }
    let behind = len as u64;
    assert_eq!(
        reader.read_range(behind - 2..u64::MAX).await.unwrap(),
        sent.slice(len - 2..)
    );
    for nothing in [behind..behind + 1, u64::MAX - 1..u64::MAX, 7..7] {
        assert_eq!(reader.read_range(nothing).await.unwrap(), Bytes::new());
    }
    let pieces: Vec<Bytes> = reader.stream(3..u64::MAX).try_collect().await.unwrap();
    let sizes: Vec<usize> = pieces.iter().map(Bytes::len).collect();
    assert_eq!(sizes, [BLOB_BYTES - 3, 5]);
    assert_eq!(pieces.concat(), sent.slice(3..));
}

#[tokio::test]
async fn a_file_whose_object_is_gone_or_short_is_an_error_and_no_panic() {
    let database = testkit::TestDatabase::sqlite();
    let fixture = Fixture::new(database.url()).await;
    let id = fixture.add(ORGANIZATION, &content(100, 1), at(0)).await;
    let reader = fixture.reader(id).await;
    let object = fixture.path().join("blobs").join(&fixture.objects()[0]);
    std::fs::write(&object, b"short").unwrap();
    assert!(reader.read_range(0..100).await.is_err());
    assert!(reader.read_range(50..100).await.is_err());
    std::fs::remove_file(&object).unwrap();
    let gone = reader.read_range(0..100).await;
    assert!(matches!(gone, Err(ReadError::Object { .. })), "{gone:?}");
    assert!(reader.stream(0..100).try_collect::<Vec<_>>().await.is_err());
}

#[tokio::test]
async fn a_hostile_name_is_only_text() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let hostile = "../../../../tmp/x\\..\\y\0\r\nSet-Cookie: a=b#1";
        let mut file = fixture.new_file(ORGANIZATION, hostile, at(0));
        file.headers = Headers::from_iter([("Content-Type".to_owned(), "a\0b".into())]);
        let prepared = fixture.blobs.put(content(10, 1), None, at(0)).await.unwrap();
        fixture.create(&file, &prepared).await.unwrap();
        let found = fixture.reader(file.id).await.file().clone();
        assert_eq!(found.name, hostile.replace('\0', "\u{fffd}"));
        assert_eq!(
            (found.id, found.organization, found.project, found.created_at),
            (file.id, ORGANIZATION, PROJECT, at(0))
        );
        assert_eq!(found.headers["Content-Type"], "a\0b", "escaped in JSON, so it is kept");

        // The object's name tells nothing: the day, and 32 random hex digits.
        let objects = fixture.objects();
        let [object] = objects.as_slice() else {
            panic!("{objects:?}")
        };
        let (day, name) = object.split_once('/').unwrap();
        assert_eq!(day, "2027-01-15");
        assert!(
            name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{name}"
        );
        assert_ne!(name[..32], prepared.checksum().to_string()[..32]);
        assert_eq!(std::fs::read_dir(fixture.path()).unwrap().count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_file_is_gone_and_its_like_stay() {
    testkit::on_every_database(async |url| {
        let fixture = Fixture::new(url).await;
        let sent = content(BLOB_BYTES + 1, 1);
        let (one, two) = (
            fixture.add(ORGANIZATION, &sent, at(0)).await,
            fixture.add(ORGANIZATION, &sent, at(0)).await,
        );
        fixture.delete(one, at(1)).await;
        fixture.delete(FileId(77), at(1)).await;
        let mut db = fixture.store.read().await.unwrap();
        assert!(files::find(&mut db, ORGANIZATION, one).await.unwrap().is_none());
        assert!(
            fixture
                .blobs
                .reader(&mut db, ORGANIZATION, one)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(fixture.content(two).await, sent);
        assert_eq!(fixture.rows("file_blobs").await, 2);
    })
    .await;
}
