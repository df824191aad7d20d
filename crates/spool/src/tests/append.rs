use std::{io, sync::Arc};

use bytes::Bytes;

use super::{Fixture, record_bytes, segment_path};
use crate::{
    AppendError, Closed, Position, SpoolConfig,
    disk::{
        RealDisk,
        simulated::{Operation, PowerCutDisk},
    },
    quarantine::{Quarantine, QuarantineConfig},
};

#[tokio::test]
async fn what_is_appended_is_read_in_order_with_meta_and_positions() {
    let fixture = Fixture::new();
    let spool = &fixture.spool;
    let first = spool
        .append(b"{\"a\":1}".to_vec(), Bytes::from_static(b"one"))
        .await
        .unwrap();
    let second = spool.append(Vec::new(), Bytes::new()).await.unwrap();
    let batch = spool.read_from(first, 1 << 20, 100).await.unwrap();
    assert_eq!(first, Position::START);
    assert_eq!(batch.entries.len(), 2);
    assert_eq!(
        (&batch.entries[0].meta[..], &batch.entries[0].body[..]),
        (&b"{\"a\":1}"[..], &b"one"[..])
    );
    assert_eq!((batch.entries[0].position, batch.entries[0].next), (first, second));
    assert_eq!((batch.entries[1].position, batch.entries[1].next), (second, batch.next));
    assert_eq!(batch.next, spool.end());

    let depth = spool.depth();
    assert_eq!(
        (depth.records, depth.bytes, depth.oldest),
        (2, batch.next.0, Some(first))
    );
    let caught_up = spool.read_from(batch.next, 1 << 20, 100).await.unwrap();
    assert_eq!((caught_up.entries.len(), caught_up.next), (0, batch.next));
}

#[tokio::test]
async fn a_batch_keeps_to_both_limits_but_holds_one_record_at_least() {
    let fixture = Fixture::new();
    for body in ["aaaa", "bbbb", "cccc", "dddd"] {
        fixture.append(body).await;
    }
    let size = record_bytes("aaaa");
    let read = async |bytes, records| {
        fixture
            .spool
            .read_from(Position::START, bytes, records)
            .await
            .unwrap()
            .entries
            .len()
    };
    assert_eq!(read(size * 2, 100).await, 2);
    assert_eq!(read(size * 3 - 1, 100).await, 2);
    assert_eq!(read(0, 100).await, 1);
    assert_eq!(read(size - 1, 100).await, 1);
    assert_eq!(read(1 << 20, 3).await, 3);
    assert_eq!(read(1 << 20, 0).await, 1);
}

#[tokio::test]
async fn records_larger_than_a_segment_and_a_batch_are_fine() {
    let config = SpoolConfig {
        segment_bytes: 100,
        batch_bytes: 10,
        queue_bytes: 5,
        ..SpoolConfig::default()
    };
    let fixture = Fixture::open(PowerCutDisk::new(1), config);
    let large = "x".repeat(3 << 20);
    let bodies = ["small", large.as_str(), "after", large.as_str(), ""];
    for body in bodies {
        fixture.append(body).await;
    }
    assert_eq!(fixture.bodies().await, bodies);
    assert!(fixture.segments().len() >= 3, "{:?}", fixture.segments());
    let fixture = fixture.restart().await;
    assert_eq!(fixture.bodies().await, bodies);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "the test's own tasks")]
async fn appends_that_wait_share_a_sync() {
    let fixture = Fixture::new();
    let before = fixture.disk.count(Operation::Sync);
    let tasks: Vec<_> = (0..200)
        .map(|number: u32| {
            let spool = fixture.spool.clone();
            tokio::spawn(async move {
                let body = Bytes::from(number.to_string());
                (spool.append(Vec::new(), body).await.unwrap(), number.to_string())
            })
        })
        .collect();
    let mut expected = Vec::new();
    for task in tasks {
        expected.push(task.await.unwrap());
    }
    expected.sort();
    let syncs = fixture.disk.count(Operation::Sync) - before;
    assert!(syncs < 200, "{syncs} syncs for 200 appends");
    let read: Vec<_> = fixture.read_all(Position::START).await;
    let read: Vec<_> = read
        .into_iter()
        .map(|entry| (entry.position, String::from_utf8(entry.body.to_vec()).unwrap()))
        .collect();
    assert_eq!(read, expected);
}

#[tokio::test]
async fn a_full_spool_refuses_until_something_is_released() {
    let size = record_bytes("body") as u64;
    let config = SpoolConfig {
        max_bytes: 3 * size,
        ..SpoolConfig::default()
    };
    let fixture = Fixture::open(PowerCutDisk::new(1), config);
    let mut ends = Vec::new();
    for _ in 0..3 {
        ends.push(fixture.append("body").await + size);
    }
    let refused = fixture.spool.append(b"m".to_vec(), Bytes::from_static(b"body")).await;
    assert!(matches!(refused, Err(AppendError::Full)), "{refused:?}");
    let refused = fixture.spool.append(Vec::new(), Bytes::from(vec![0; 1000])).await;
    assert!(matches!(refused, Err(AppendError::TooLarge(_))), "{refused:?}");
    assert_eq!(fixture.spool.depth().records, 3);

    fixture.spool.release(ends[0]).await.unwrap();
    assert_eq!(
        (fixture.spool.depth().records, fixture.spool.depth().bytes),
        (2, 2 * size)
    );
    fixture.append("body").await;
    assert_eq!(fixture.bodies().await.len(), 4);
}

#[tokio::test]
async fn more_waiting_bytes_than_the_queue_may_hold_are_refused_at_once() {
    let config = SpoolConfig {
        queue_bytes: 1000,
        ..SpoolConfig::default()
    };
    let fixture = Fixture::open(PowerCutDisk::new(1), config);
    let append = || fixture.spool.append(Vec::new(), Bytes::from(vec![0; 600]));
    // The second is polled while the first one still counts: the answer comes through the runtime, which has no turn.
    let (first, second) = tokio::join!(biased; append(), async {
        if fixture.spool.depth().queued_bytes == 0 { Err(AppendError::Busy) } else { append().await }
    });
    assert!(first.is_ok());
    assert!(matches!(second, Err(AppendError::Busy)), "{second:?}");
    assert_eq!(fixture.spool.depth().queued_bytes, 0);
    append().await.unwrap();
}

#[tokio::test]
async fn nothing_is_acknowledged_on_top_of_a_failed_sync() {
    for operation in [Operation::Sync, Operation::Write] {
        let fixture = Fixture::new();
        let kept = fixture.append("kept").await;
        fixture.disk.fail(operation, 0, 1, io::ErrorKind::StorageFull);
        let failed = fixture.spool.append(b"m".to_vec(), Bytes::from_static(b"lost")).await;
        assert!(matches!(failed, Err(AppendError::Disk(_))), "{failed:?}");
        assert_eq!(fixture.bodies().await, ["kept"], "{operation:?}");

        let after = fixture.append("after").await;
        assert!(
            after.0 > kept.0 + record_bytes("kept") as u64,
            "the failed positions are not used again"
        );
        assert_eq!(fixture.segments().len(), 2, "a new segment was begun");
        assert_eq!(fixture.bodies().await, ["kept", "after"]);
        assert_eq!(fixture.spool.depth().records, 2);

        fixture.disk.cut();
        let fixture = Fixture::open(fixture.disk.restart(), SpoolConfig::default());
        let bodies = fixture.bodies().await;
        assert!(
            bodies.iter().filter(|body| *body != "lost").eq(["kept", "after"]),
            "{bodies:?}"
        );
    }
}

#[tokio::test]
async fn a_disk_that_stays_full_collects_no_files_and_recovers() {
    let fixture = Fixture::new();
    fixture.append("kept").await;
    fixture.disk.fail(Operation::Write, 0, 50, io::ErrorKind::StorageFull);
    for _ in 0..50 {
        let failed = fixture.spool.append(Vec::new(), Bytes::from_static(b"lost")).await;
        assert!(matches!(failed, Err(AppendError::Disk(_))));
    }
    assert_eq!(fixture.segments().len(), 2);
    fixture.append("after").await;
    assert_eq!(fixture.bodies().await, ["kept", "after"]);

    fixture.disk.fail(Operation::SyncDir, 0, 1, io::ErrorKind::Other);
    fixture.disk.fail(Operation::Write, 0, 1, io::ErrorKind::Other);
    for _ in 0..2 {
        assert!(
            fixture
                .spool
                .append(Vec::new(), Bytes::from_static(b"lost"))
                .await
                .is_err()
        );
    }
    fixture.append("again").await;
    let fixture = fixture.restart().await;
    assert_eq!(fixture.bodies().await, ["kept", "after", "again"]);
}

#[tokio::test]
async fn a_reader_waits_for_what_comes_and_hears_of_the_end() {
    let fixture = Fixture::new();
    let start = fixture.spool.end();
    let (end, position) = tokio::join!(fixture.spool.wait_beyond(start), fixture.append("new"));
    assert!(end.unwrap() > position);
    fixture.spool.close().await;
    assert_eq!(fixture.spool.wait_beyond(start).await.map(|end| end > start), Ok(true));
    assert_eq!(fixture.spool.wait_beyond(fixture.spool.end()).await, Err(Closed));
    let refused = fixture.spool.append(Vec::new(), Bytes::new()).await;
    assert!(matches!(refused, Err(AppendError::Closed)));
    assert!(fixture.spool.is_closed());
    assert_eq!(fixture.bodies().await, ["new"]);
}

#[tokio::test]
async fn closing_answers_all_that_came_before() {
    let fixture = Fixture::new();
    let appends = async { tokio::join!(biased; fixture.append("a"), fixture.append("b"), fixture.append("c")) };
    let ((..), ()) = tokio::join!(biased; appends, fixture.spool.close());
    assert_eq!(fixture.bodies().await, ["a", "b", "c"]);
}

#[tokio::test]
async fn works_on_the_file_system_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let open = |processed| {
        let disk = Arc::new(RealDisk);
        let quarantine = Quarantine::open(
            folder.path().join("quarantine"),
            QuarantineConfig::default(),
            disk.clone(),
        )
        .unwrap();
        crate::Spool::open(crate::OpenOptions {
            folder: folder.path().join("spool"),
            config: SpoolConfig {
                segment_bytes: 200,
                ..SpoolConfig::default()
            },
            disk,
            quarantine: Arc::new(quarantine),
            clock: model::TestClock::at(model::Timestamp::from_seconds(1_800_000_000)),
            processed,
        })
        .unwrap()
    };
    let mut position = Position::START;
    for round in 0..5_u8 {
        let (spool, report) = open(position);
        assert_eq!((report.end, report.cut), (position, None));
        for number in 0..10 {
            spool.append(vec![round], Bytes::from(vec![number; 30])).await.unwrap();
        }
        for number in 0..10 {
            let batch = spool.read_from(position, 1, 1).await.unwrap();
            assert_eq!(
                (&batch.entries[0].meta[..], batch.entries[0].body[29]),
                (&[round][..], number)
            );
            position = batch.next;
        }
        spool.close().await;
    }
}

#[tokio::test]
async fn the_log_never_goes_on_before_what_was_processed() {
    let fixture = Fixture::new();
    fixture.append("one").await;
    let end = fixture.spool.end();
    // The folder was emptied, or replaced by an older one, and the database was not.
    let emptied = Fixture::reopen(PowerCutDisk::new(2), SpoolConfig::default(), end);
    assert_eq!(emptied.append("two").await, end);
    let behind = Fixture::reopen(fixture.disk.clone(), SpoolConfig::default(), end + 1000);
    assert_eq!(behind.append("three").await, end + 1000);
    assert_eq!(behind.segments(), [segment_path(0), segment_path(end.0 + 1000)]);
    assert_eq!(behind.spool.depth().records, 1);
}
