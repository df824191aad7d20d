use super::{Fixture, record_bytes, segment_path};
use crate::{
    Cut, Position, SpoolConfig,
    disk::{Disk, simulated::PowerCutDisk},
    quarantine::{DAMAGE, QuarantineId},
    record::{Header, payload_checksum},
};

#[tokio::test]
async fn a_tail_torn_at_any_byte_is_cut_at_the_last_whole_record() {
    let fixture = Fixture::new();
    for body in ["one", "two", "three"] {
        fixture.append(body).await;
    }
    let whole = fixture.disk.content(&fixture.first_segment()).unwrap();
    let ends = [
        0,
        record_bytes("one"),
        record_bytes("one") + record_bytes("two"),
        whole.len(),
    ];
    for length in 0..=whole.len() {
        for garbage in [
            &b""[..],
            b"\0\0\0\0\0\0\0",
            b"TSP1TSP1TSP1TSP1TSP1TSP1TSP1TSP1TSP1TSP1TSP1",
        ] {
            let disk = PowerCutDisk::new(1);
            disk.put(&segment_path(0), &[&whole[..length], garbage].concat());
            let torn = Fixture::open(disk, SpoolConfig::default());
            let records = ends.iter().rposition(|end| *end <= length).unwrap();
            let cut = length + garbage.len() - ends[records];
            let expected = Cut {
                position: Position(ends[records] as u64),
                bytes: cut as u64,
            };
            assert_eq!(torn.report.cut, (cut > 0).then_some(expected), "{length}");
            assert_eq!(torn.append("new").await, expected.position);
            assert_eq!(
                torn.bodies().await,
                [&["one", "two", "three"][..records], &["new"]].concat(),
                "{length}"
            );
            assert_eq!(torn.quarantine.count(), 0);
        }
    }
}

#[tokio::test]
async fn a_damaged_byte_anywhere_costs_one_record_which_is_kept_aside() {
    let fixture = Fixture::new();
    for body in ["one", "two", "three"] {
        fixture.append(body).await;
    }
    let whole = fixture.disk.content(&fixture.first_segment()).unwrap();
    let second = record_bytes("one")..record_bytes("one") + record_bytes("two");
    for at in 0..second.end {
        let disk = PowerCutDisk::new(1);
        disk.put(&segment_path(0), &whole);
        disk.corrupt(&segment_path(0), at, |byte| byte ^ 0x10);
        let fixture = Fixture::open(disk, SpoolConfig::default());
        assert_eq!(fixture.report.cut, None, "synced records lie behind it");
        let (left, damaged) = if at < second.start {
            (["two", "three"], 0..second.start)
        } else {
            (["one", "three"], second.clone())
        };
        assert_eq!(fixture.bodies().await, left, "byte {at}");
        assert_eq!(fixture.bodies().await, left, "and again");

        let id = QuarantineId {
            position: Position(damaged.start as u64),
            item: 0,
        };
        let (entry, body) = fixture.quarantine.get(id).unwrap().unwrap();
        assert_eq!((entry.kind.as_str(), fixture.quarantine.count()), (DAMAGE, 1));
        let mut expected = whole.clone();
        expected[at] ^= 0x10;
        assert_eq!(body, expected[damaged], "byte {at}");
    }
}

#[tokio::test]
async fn damage_in_an_older_segment_is_found_when_it_is_read() {
    let config = SpoolConfig {
        segment_bytes: 1,
        ..SpoolConfig::default()
    };
    let fixture = Fixture::open(PowerCutDisk::new(1), config);
    for body in ["one", "two", "three"] {
        fixture.append(body).await;
    }
    fixture.disk.corrupt(&fixture.first_segment(), 20, |byte| !byte);
    let batch = fixture.spool.read_from(Position::START, 1 << 20, 10).await.unwrap();
    assert_eq!(batch.entries.len(), 2);
    assert_eq!(batch.damaged_bytes, record_bytes("one") as u64);
    assert_eq!(fixture.quarantine.count(), 1);
}

#[tokio::test]
async fn damage_that_cannot_be_kept_is_not_skipped() {
    let fixture = Fixture::new();
    fixture.append("one").await;
    fixture.append("two").await;
    fixture.disk.corrupt(&fixture.first_segment(), 20, |byte| !byte);
    fixture.disk.fail(
        crate::disk::simulated::Operation::Sync,
        0,
        1,
        std::io::ErrorKind::StorageFull,
    );
    assert!(fixture.spool.read_from(Position::START, 1 << 20, 10).await.is_err());
    assert_eq!(
        fixture.bodies().await,
        ["two"],
        "once there is room it is kept and skipped"
    );
    assert_eq!(fixture.quarantine.count(), 1);
}

/// Somebody sends a body that holds a record, and the real header in front of it is lost.
#[tokio::test]
async fn a_record_forged_inside_a_body_is_not_taken_for_one() {
    let fixture = Fixture::new();
    let outer = fixture.append("first").await + record_bytes("first") as u64;
    let forged = |position: Position| {
        let header = Header {
            salt: 0x1234_5678,
            position,
            ordinal: 9,
            meta_bytes: 0,
            body_bytes: 4,
            payload_checksum: payload_checksum(b"", b"evil"),
        };
        [&header.encode()[..], b"evil"].concat()
    };
    let body = forged(outer + 41);
    fixture.spool.append(b"m".to_vec(), body.into()).await.unwrap();
    fixture.append("last").await;
    fixture
        .disk
        .corrupt(&fixture.first_segment(), usize::try_from(outer.0).unwrap(), |byte| {
            !byte
        });
    assert_eq!(fixture.bodies().await, ["first", "last"]);
    let fixture = fixture.restart().await;
    assert_eq!(fixture.bodies().await, ["first", "last"]);
}

#[tokio::test]
async fn bytes_left_behind_by_a_failed_write_do_not_cover_the_next_segment() {
    let fixture = Fixture::new();
    fixture.append("one").await;
    let end = fixture.spool.end();
    let whole = fixture.disk.content(&fixture.first_segment()).unwrap();
    let disk = PowerCutDisk::new(1);
    disk.put(&segment_path(0), &[&whole[..], &[7; 500]].concat());
    disk.put(&segment_path(end.0 + 10), b"");
    let fixture = Fixture::open(disk, SpoolConfig::default());
    fixture.append("two").await;
    assert_eq!(fixture.bodies().await, ["one", "two"]);
    assert_eq!(
        fixture.quarantine.bytes(),
        fixture.disk.content(&fixture.disk.paths()[0]).unwrap().len() as u64
    );
}

#[tokio::test]
async fn files_that_are_not_segments_are_left_alone() {
    let disk = PowerCutDisk::new(1);
    disk.put("spool/notes.txt".as_ref(), b"hello");
    disk.put("spool/7.seg".as_ref(), b"hello");
    let fixture = Fixture::open(disk, SpoolConfig::default());
    fixture.append("one").await;
    assert_eq!(fixture.bodies().await, ["one"]);
    assert_eq!(fixture.disk.content("spool/notes.txt".as_ref()).unwrap(), b"hello");
    assert_eq!(fixture.disk.content("spool/7.seg".as_ref()).unwrap(), b"hello");
}

/// A process was killed between its write and its sync: the system still has the bytes, the disk may not.
#[tokio::test]
async fn what_can_be_read_after_a_start_stays_there() {
    let fixture = Fixture::new();
    fixture.append("one").await;
    fixture.append("two").await;
    let whole = fixture.disk.content(&fixture.first_segment()).unwrap();
    for seed in 0..20 {
        let disk = PowerCutDisk::new(seed);
        let file = disk.create(&segment_path(0)).unwrap();
        file.write_all_at(0, &whole).unwrap();
        let killed = Fixture::open(disk.clone(), SpoolConfig::default());
        assert_eq!(killed.bodies().await, ["one", "two"]);
        disk.cut();
        let restarted = Fixture::open(disk.restart(), SpoolConfig::default());
        assert_eq!(restarted.bodies().await, ["one", "two"], "seed {seed}");
    }
}
