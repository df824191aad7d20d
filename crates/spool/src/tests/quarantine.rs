use std::{io, path::PathBuf, sync::Arc, time::Duration};

use model::{ProjectId, Timestamp};

use crate::{
    Position,
    disk::simulated::{Operation, PowerCutDisk},
    quarantine::{KEPT_FOR, Quarantine, QuarantineConfig, QuarantineEntry, QuarantineError, QuarantineId},
};

fn open(disk: &PowerCutDisk, max_bytes: u64) -> Quarantine {
    Quarantine::open(
        PathBuf::from("quarantine"),
        QuarantineConfig { max_bytes },
        Arc::new(disk.clone()),
    )
    .unwrap()
}

fn entry(position: u64, item: u32) -> QuarantineEntry {
    QuarantineEntry {
        id: QuarantineId {
            position: Position(position),
            item,
        },
        received_at: Some(Timestamp(1_800_000_000_123_456)),
        quarantined_at: Timestamp::from_seconds(1_800_000_100 + i64::try_from(position).unwrap()),
        project_id: Some(ProjectId(7)),
        kind: "event".to_owned(),
        error: "line one\nline \"two\" \u{1f514}".to_owned(),
        meta: b"{\"k\":\n1}".to_vec(),
    }
}

#[test]
fn what_is_put_is_listed_in_order_and_read_back() {
    let disk = PowerCutDisk::new(1);
    let quarantine = open(&disk, 1 << 20);
    for (position, item) in [(10, 1), (9, 0), (10, 0), (1 << 40, 3)] {
        assert!(quarantine.put(&entry(position, item), b"body\nwith\0anything").unwrap());
    }
    assert!(
        !quarantine.put(&entry(10, 1), b"other").unwrap(),
        "the same item again is the same entry"
    );

    let quarantine = open(&disk, 1 << 20);
    let listed = quarantine.list(None, 10).unwrap();
    let ids: Vec<_> = listed
        .iter()
        .map(|listed| (listed.entry.id.position.0, listed.entry.id.item))
        .collect();
    assert_eq!(ids, [(9, 0), (10, 0), (10, 1), (1 << 40, 3)]);
    assert_eq!((&listed[1].entry, listed[1].body_bytes), (&entry(10, 0), 18));
    assert_eq!(
        quarantine.list(Some(entry(10, 0).id), 1).unwrap()[0].entry.id,
        entry(10, 1).id
    );
    let (found, body) = quarantine.get(entry(10, 1).id).unwrap().unwrap();
    assert_eq!((found, &body[..]), (entry(10, 1), &b"body\nwith\0anything"[..]));
    assert_eq!(quarantine.get(entry(11, 0).id).unwrap(), None);
    assert!(quarantine.remove(entry(10, 1).id).unwrap());
    assert!(!quarantine.remove(entry(10, 1).id).unwrap());
    assert_eq!(quarantine.count(), 3);
    assert_eq!("00000000000000000010-0000000001".parse(), Ok(entry(10, 1).id));
    assert!("../x".parse::<QuarantineId>().is_err());
}

#[test]
fn entries_expire_after_thirty_days() {
    let disk = PowerCutDisk::new(1);
    let quarantine = open(&disk, 1 << 20);
    for position in 0..3 {
        quarantine.put(&entry(position, 0), b"x").unwrap();
    }
    let first = entry(0, 0).quarantined_at;
    assert_eq!(quarantine.expire(first + KEPT_FOR - Duration::from_secs(1)).unwrap(), 0);
    assert_eq!(quarantine.expire(first + KEPT_FOR + Duration::from_secs(1)).unwrap(), 2);
    assert_eq!(quarantine.list(None, 9).unwrap().len(), 1);
}

#[test]
fn a_full_quarantine_says_so() {
    let quarantine = open(&PowerCutDisk::new(1), 1000);
    quarantine.put(&entry(0, 0), &[1; 400]).unwrap();
    let refused = quarantine.put(&entry(1, 0), &[1; 400]);
    assert!(
        matches!(refused, Err(QuarantineError::Full { max: 1000, .. })),
        "{refused:?}"
    );
    quarantine.remove(entry(0, 0).id).unwrap();
    quarantine.put(&entry(1, 0), &[1; 400]).unwrap();
}

#[test]
fn a_very_long_error_is_shortened_at_a_character() {
    let quarantine = open(&PowerCutDisk::new(1), 1 << 20);
    let long = QuarantineEntry {
        error: "\u{1f514}\n".repeat(100_000),
        ..entry(0, 0)
    };
    quarantine.put(&long, b"x").unwrap();
    let (found, _) = quarantine.get(long.id).unwrap().unwrap();
    assert!(found.error.len() <= 4096 && long.error.starts_with(&found.error));
}

#[test]
fn an_unreadable_file_hides_no_other_and_expires() {
    let disk = PowerCutDisk::new(1);
    for (item, bytes) in [&b"not json\n"[..], b"", b"{}", b"{\"id\":\"x\"}\n"]
        .into_iter()
        .enumerate()
    {
        disk.put(
            format!("quarantine/00000000000000000001-000000000{item}.item").as_ref(),
            bytes,
        );
    }
    let quarantine = open(&disk, 1 << 20);
    quarantine.put(&entry(5, 0), b"x").unwrap();
    assert_eq!(quarantine.list(None, 9).unwrap().len(), 1);
    assert!(matches!(
        quarantine.get(entry(1, 0).id),
        Err(QuarantineError::Corrupt(_))
    ));
    assert_eq!(quarantine.expire(entry(5, 0).quarantined_at).unwrap(), 4);
}

#[test]
fn what_was_put_survives_a_cut_at_any_operation_and_is_whole() {
    for cut_after in 0..24 {
        for seed in 0..20 {
            let disk = PowerCutDisk::new(seed);
            let quarantine = open(&disk, 1 << 20);
            disk.cut_after(cut_after);
            let kept: Vec<_> = (0..4)
                .filter(|position| quarantine.put(&entry(*position, 0), &[9; 3000]).is_ok())
                .collect();
            let quarantine = open(&disk.restart(), 1 << 20);
            for position in &kept {
                let (_, body) = quarantine.get(entry(*position, 0).id).unwrap().expect("it was kept");
                assert_eq!(body, vec![9; 3000]);
            }
            for listed in quarantine.list(None, 9).unwrap() {
                assert_eq!(quarantine.get(listed.entry.id).unwrap().unwrap().1, vec![9; 3000]);
            }
            assert_eq!(quarantine.list(None, 9).unwrap().len(), quarantine.count());
            assert!(quarantine.put(&entry(9, 9), b"on").unwrap());
        }
    }
}

#[test]
fn a_failed_put_leaves_nothing() {
    for operation in [Operation::Create, Operation::Write, Operation::Sync, Operation::Rename] {
        let disk = PowerCutDisk::new(1);
        let quarantine = open(&disk, 1 << 20);
        disk.fail(operation, 0, 1, io::ErrorKind::StorageFull);
        assert!(quarantine.put(&entry(1, 0), b"x").is_err());
        assert_eq!((disk.paths().len(), quarantine.bytes()), (0, 0), "{operation:?}");
        assert!(quarantine.put(&entry(1, 0), b"x").unwrap());
    }
}
