use std::{io, time::Duration};

use model::Clock;

use super::{Fixture, record_bytes, segment_path};
use crate::{
    Position, SpoolConfig,
    disk::simulated::{Operation, PowerCutDisk},
};

const MINUTE: Duration = Duration::from_secs(60);

/// One record in each segment.
async fn three_segments() -> (Fixture, [Position; 4]) {
    let config = SpoolConfig {
        segment_bytes: 1,
        ..SpoolConfig::default()
    };
    let fixture = Fixture::open(PowerCutDisk::new(1), config);
    let positions = [
        fixture.append("a").await,
        fixture.append("b").await,
        fixture.append("c").await,
    ];
    let end = fixture.spool.end();
    let [a, b, c] = positions;
    (fixture, [a, b, c, end])
}

#[tokio::test]
async fn a_segment_goes_a_minute_after_it_was_passed_and_no_sooner() {
    let (fixture, [a, b, c, _]) = three_segments().await;
    fixture.spool.release(c).await.unwrap();
    fixture.clock.advance(MINUTE - Duration::from_secs(1));
    fixture.spool.release(c).await.unwrap();
    assert_eq!(fixture.segments(), [a, b, c].map(|start| segment_path(start.0)));
    fixture.clock.advance(Duration::from_secs(1));
    fixture.spool.release(c).await.unwrap();
    assert_eq!(fixture.segments(), [segment_path(c.0)], "what was not passed stays");
    assert_eq!(fixture.bodies().await, ["c"]);
    assert_eq!(fixture.spool.depth().records, 1);
}

#[tokio::test]
async fn passing_a_part_of_a_segment_does_not_delete_it() {
    let fixture = Fixture::new();
    fixture.append("a").await;
    let second = fixture.append("b").await;
    fixture.spool.release(second).await.unwrap();
    for _ in 0..5 {
        fixture.clock.advance(MINUTE);
        fixture.spool.release(second).await.unwrap();
    }
    assert_eq!(fixture.read_all(second).await.len(), 1);
    assert_eq!(fixture.segments(), [segment_path(0)]);
}

#[tokio::test]
async fn the_segment_that_is_written_to_is_closed_and_goes_as_well() {
    let fixture = Fixture::new();
    fixture.append("a").await;
    let end = fixture.spool.end();
    fixture.clock.advance(Duration::from_secs(10));
    fixture.spool.release(end).await.unwrap();
    fixture.clock.advance(MINUTE);
    fixture.spool.release(end).await.unwrap();
    assert_eq!(
        fixture.segments(),
        [segment_path(end.0)],
        "an empty one keeps the end of the log"
    );
    assert_eq!(fixture.spool.depth().disk_bytes, 0);
    for _ in 0..3 {
        fixture.clock.advance(MINUTE);
        fixture.spool.release(end).await.unwrap();
    }
    assert_eq!(
        fixture.segments(),
        [segment_path(end.0)],
        "and is not replaced by another"
    );

    let fixture = fixture.restart().await;
    assert_eq!(fixture.append("b").await, end, "positions go on");
    assert_eq!(fixture.segments().len(), 1);
}

#[tokio::test]
async fn under_steady_load_bytes_go_and_few_files_lie_about() {
    let fixture = Fixture::new();
    for _ in 0..600 {
        fixture.append("steady").await;
        let newest = fixture.append("steady").await;
        fixture.clock.advance(Duration::from_secs(1));
        fixture.spool.release(newest).await.unwrap(); // one is always left
    }
    let depth = fixture.spool.depth();
    assert_eq!(depth.records, 1);
    assert!(depth.disk_bytes <= 2 * 75 * record_bytes("steady") as u64, "{depth:?}");
    assert!(depth.segments <= 9, "{depth:?}");
}

#[tokio::test]
async fn a_clock_that_steps_back_does_not_keep_segments_forever() {
    let (fixture, [_, _, c, _]) = three_segments().await;
    fixture.spool.release(c).await.unwrap();
    fixture.clock.set(fixture.clock.now() - Duration::from_secs(86_400));
    fixture.spool.release(c).await.unwrap();
    fixture.clock.advance(MINUTE);
    fixture.spool.release(c).await.unwrap();
    assert_eq!(fixture.segments(), [segment_path(c.0)]);
}

#[tokio::test]
async fn a_failed_deletion_is_reported_and_made_up_for() {
    let (fixture, [_, _, c, _]) = three_segments().await;
    fixture.spool.release(c).await.unwrap();
    fixture.clock.advance(MINUTE);
    fixture
        .disk
        .fail(Operation::Remove, 1, 1, io::ErrorKind::PermissionDenied);
    assert!(fixture.spool.release(c).await.is_err());
    assert_eq!(fixture.segments().len(), 2);
    fixture.spool.release(c).await.unwrap();
    assert_eq!(fixture.segments(), [segment_path(c.0)]);
    assert_eq!(fixture.bodies().await, ["c"]);
}

#[tokio::test]
async fn a_position_never_goes_back_and_a_later_release_covers_earlier_ones() {
    let (fixture, [a, _, c, end]) = three_segments().await;
    fixture.spool.release(c).await.unwrap();
    fixture.spool.release(a).await.unwrap();
    assert_eq!(fixture.spool.depth().oldest, Some(c));
    fixture.spool.release(end + 1_000_000).await.unwrap();
    assert_eq!((fixture.spool.depth().records, fixture.spool.depth().bytes), (0, 0));
    fixture.append("d").await;
    assert_eq!(
        fixture.spool.depth().records,
        1,
        "a position ahead of the log releases nothing that is still to come"
    );
}

#[tokio::test]
async fn depth_is_known_after_a_restart() {
    let (fixture, [_, b, _, end]) = three_segments().await;
    fixture.spool.close().await;
    let reopened = Fixture::reopen(fixture.disk.clone(), SpoolConfig::default(), b);
    let depth = reopened.spool.depth();
    assert_eq!(
        (depth.records, depth.oldest, depth.end, depth.segments),
        (2, Some(b), end, 3)
    );
    reopened.append("d").await;
    assert_eq!(reopened.spool.depth().records, 3);
}
