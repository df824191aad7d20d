use std::io;

use bytes::Bytes;
use proptest::prelude::*;

use super::Fixture;
use crate::{
    Position, SpoolConfig,
    disk::simulated::{Operation, PowerCutDisk},
};

/// What happens to the spool, step by step.
#[derive(Debug, Clone)]
enum Step {
    /// As many appends at once, with bodies of this size.
    Append {
        count: u8,
        bytes: u16,
    },
    /// The reader takes what there is and commits its position.
    Process {
        records: u8,
    },
    Wait {
        seconds: u8,
    },
    Release,
    Fail {
        operation: u8,
        skip: u8,
    },
    /// The power goes after so many operations of the disk; then everything starts again.
    CutAfter {
        operations: u8,
    },
    /// The process is killed: the system keeps what it saw.
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1..6_u8, 0..2000_u16).prop_map(|(count, bytes)| Step::Append { count, bytes }),
        3 => (1..20_u8).prop_map(|records| Step::Process { records }),
        2 => (1..80_u8).prop_map(|seconds| Step::Wait { seconds }),
        2 => Just(Step::Release),
        1 => (0..4_u8, 0..4_u8).prop_map(|(operation, skip)| Step::Fail { operation, skip }),
        2 => (0..12_u8).prop_map(|operations| Step::CutAfter { operations }),
        1 => Just(Step::Kill),
    ];
    proptest::collection::vec(step, 1..60)
}

/// What the clients and the database know.
#[derive(Debug, Default)]
struct Known {
    sent: u32,
    /// Acknowledged records by their position.
    acknowledged: Vec<(Position, u32)>,
    /// What the reader saw, in the order it committed them.
    processed: Vec<u32>,
    position: Position,
}

struct Run {
    fixture: Fixture,
    config: SpoolConfig,
    known: Known,
}

impl Run {
    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Append { count, bytes } => self.append(count, bytes).await,
            Step::Process { records } => self.process(records.into()).await,
            Step::Wait { seconds } => self
                .fixture
                .clock
                .advance(std::time::Duration::from_secs(seconds.into())),
            Step::Release => {
                self.fixture.spool.release(self.known.position).await.ok(); // a failing disk is a part of the test
            }
            Step::Fail { operation, skip } => {
                let operations = [Operation::Write, Operation::Sync, Operation::Create, Operation::SyncDir];
                let operation = operations[usize::from(operation)];
                self.fixture
                    .disk
                    .fail(operation, skip.into(), 1, io::ErrorKind::StorageFull);
            }
            Step::CutAfter { operations } => self.fixture.disk.cut_after(operations.into()),
            Step::Kill => {
                self.fixture.disk.heal();
                self.restart(self.fixture.disk.clone()).await;
            }
        }
        while !self.fixture.disk.has_power() {
            self.restart(self.fixture.disk.restart()).await;
        }
    }

    async fn append(&mut self, count: u8, bytes: u16) {
        let spool = self.fixture.spool.clone();
        let appends = (0..u32::from(count)).map(|index| {
            let number = self.known.sent + index;
            let mut body = number.to_le_bytes().to_vec();
            body.resize(4 + usize::from(bytes), 0xab);
            let spool = spool.clone();
            async move { (number, spool.append(b"meta".to_vec(), Bytes::from(body)).await) }
        });
        let answers = join_all(appends.collect()).await;
        self.known.sent += u32::from(count);
        for (number, answer) in answers {
            if let Ok(position) = answer {
                self.known.acknowledged.push((position, number));
            }
        }
    }

    async fn process(&mut self, records: usize) {
        let Ok(batch) = self.fixture.spool.read_from(self.known.position, 4000, records).await else {
            return;
        };
        // Of records that shared a sync which never came, a later one may have survived an earlier one.
        let damaged_until = batch.entries.first().map_or(batch.next, |first| first.position);
        let damaged = self.known.position..if batch.damaged_bytes > 0 {
            damaged_until
        } else {
            self.known.position
        };
        let lost = self
            .known
            .acknowledged
            .iter()
            .find(|(position, _)| damaged.contains(position));
        assert_eq!(lost, None, "what was acknowledged is not damaged by a crash");
        for entry in &batch.entries {
            assert_eq!(&entry.meta[..], b"meta");
            let number = u32::from_le_bytes(entry.body[..4].try_into().unwrap());
            assert!(entry.body[4..].iter().all(|byte| *byte == 0xab));
            self.known.processed.push(number);
        }
        self.known.position = batch.next;
    }

    async fn restart(&mut self, disk: PowerCutDisk) {
        self.fixture.spool.close().await;
        if let Some(fixture) = Fixture::try_open(disk.clone(), self.config.clone(), self.known.position) {
            self.fixture = fixture;
        } else {
            // A failure was ordered for this very start.
            disk.heal();
            let disk = if disk.has_power() { disk } else { disk.restart() };
            self.fixture = Fixture::reopen(disk, self.config.clone(), self.known.position);
        }
    }

    async fn check(&mut self) {
        self.fixture.disk.heal();
        loop {
            let before = self.known.position;
            self.process(100).await;
            if self.known.position == before {
                break;
            }
        }
        let mut seen = self.known.processed.clone();
        seen.sort_unstable();
        let total = seen.len();
        seen.dedup();
        assert_eq!(seen.len(), total, "no record is read twice");

        let mut acknowledged = self.known.acknowledged.clone();
        acknowledged.sort();
        let expected: Vec<_> = acknowledged.iter().map(|(_, number)| *number).collect();
        let got: Vec<_> = self
            .known
            .processed
            .iter()
            .copied()
            .filter(|number| expected.contains(number))
            .collect();
        assert_eq!(
            got, expected,
            "every acknowledged record is read, in the order of positions"
        );
        assert_eq!(
            self.fixture.spool.depth().end.0.max(self.known.position.0),
            self.known.position.0
        );
    }
}

/// Polls all of them at once, the first one first.
async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, output) in &mut futures {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
    futures.into_iter().filter_map(|(_, output)| output).collect()
}

fn run(seed: u64, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let config = SpoolConfig {
            segment_bytes: 3000,
            batch_bytes: 4000,
            ..SpoolConfig::default()
        };
        let fixture = Fixture::open(PowerCutDisk::new(seed), config.clone());
        let mut run = Run {
            fixture,
            config,
            known: Known::default(),
        };
        for step in steps {
            run.step(step).await;
        }
        run.restart(run.fixture.disk.restart()).await;
        run.check().await;
    });
}

/// The gap of a failed write, with nothing left in front of it, is no data that a reader has to wait for.
#[test]
fn a_gap_at_the_end_of_an_emptied_log_is_not_its_end() {
    let append = Step::Append { count: 1, bytes: 0 };
    let failed_write = Step::Fail { operation: 0, skip: 0 };
    let read = Step::Process { records: 1 };
    let minute = Step::Wait { seconds: 60 };
    run(
        0,
        &[
            append.clone(),
            failed_write,
            append,
            read,
            Step::Release,
            minute,
            Step::Release,
        ],
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_crash_loses_or_doubles_what_was_acknowledged(seed in any::<u64>(), steps in steps()) {
        run(seed, &steps);
    }
}
