//! Jobs that note their calls, and do as they are told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use model::{IdGenerator, JobId, Node, SharedClock, TestClock, Timestamp};
use queue::{Backoff, Job, JobError, Policy, Registry, RunDue, Running, Tools, Wake, Worker};
use serde::{Deserialize, Serialize};
use store::{IdPage, Store, StoreConfig, jobs::JobFilter};
use tokio::sync::Notify;

pub(crate) const START: Timestamp = Timestamp(1_763_700_000_000_000);

/// A call of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) shard: String,
    pub(crate) what: String,
    pub(crate) attempt: u32,
    pub(crate) at: Timestamp,
}

/// What the jobs of a shard are told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// To fail so many times.
    Fail(u32),
    /// To say that it is not time yet, so many times.
    Later(u32, Duration),
    GiveUp,
    Panic,
    /// Never to end.
    Hang,
    /// To wait until the gate is opened.
    Gate,
}

/// What jobs work with; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Lab {
    pub(crate) store: Store,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) ids: Arc<IdGenerator>,
    pub(crate) wake: Wake,
    pub(crate) calls: Arc<Mutex<Vec<Call>>>,
    pub(crate) orders: Arc<Mutex<HashMap<String, Order>>>,
    pub(crate) gate: Arc<Notify>,
    /// Rung at each call.
    pub(crate) called: Arc<Notify>,
}

impl Lab {
    pub(crate) async fn open(url: &str) -> Self {
        let clock = TestClock::at(START);
        let shared: SharedClock = clock.clone();
        Self {
            store: Store::open(&StoreConfig::new(url)).await.unwrap(),
            ids: Arc::new(IdGenerator::new(shared, Node::SERVE, 0)),
            clock,
            wake: Wake::default(),
            calls: Arc::default(),
            orders: Arc::default(),
            gate: Arc::default(),
            called: Arc::default(),
        }
    }

    /// The same from another process: with connections of its own.
    pub(crate) async fn beside(&self, url: &str) -> Self {
        Self {
            store: Store::open(&StoreConfig::new(url)).await.unwrap(),
            wake: Wake::default(),
            ..self.clone()
        }
    }

    pub(crate) fn worker(&self) -> Worker<Self> {
        self.worker_of(registry())
    }

    pub(crate) fn worker_of(&self, registry: Registry<Self>) -> Worker<Self> {
        let clock: SharedClock = self.clock.clone();
        let tools = Tools {
            store: self.store.clone(),
            clock,
            ids: Arc::clone(&self.ids),
            wake: self.wake.clone(),
            gone_after: Duration::from_millis(400),
        };
        Worker::new(self.clone(), Arc::new(registry), tools)
    }

    pub(crate) async fn run_due(&self) -> RunDue {
        self.worker().run_due().await.unwrap()
    }

    pub(crate) async fn add<J: Job<Self>>(&self, job: &J) -> JobId {
        self.add_at(job, None).await
    }

    pub(crate) async fn add_at<J: Job<Self>>(&self, job: &J, due_at: Option<Timestamp>) -> JobId {
        let id = JobId(self.ids.next());
        let mut tx = self.store.begin().await.unwrap();
        queue::add(&mut tx, id, self.now(), job, due_at).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(crate) fn order(&self, shard: &str, order: Order) {
        self.orders.lock().unwrap().insert(shard.to_owned(), order);
    }

    pub(crate) fn now(&self) -> Timestamp {
        model::Clock::now(&*self.clock)
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The calls up to now, which are forgotten.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    /// What the calls up to now were about, which are forgotten.
    pub(crate) fn take_whats(&self) -> Vec<String> {
        self.take_calls().into_iter().map(|call| call.what).collect()
    }

    pub(crate) async fn jobs(&self) -> Vec<store::jobs::Job> {
        let mut db = self.store.read().await.unwrap();
        let page = IdPage::newest(10_000);
        store::jobs::list(&mut db, JobFilter::default(), page).await.unwrap()
    }

    /// Notes the call, and does what the jobs of its shard are told.
    pub(crate) async fn obey(&self, shard: &str, what: String, running: &Running) -> Result<(), JobError> {
        self.calls.lock().unwrap().push(Call {
            shard: shard.to_owned(),
            what,
            attempt: running.attempt(),
            at: self.now(),
        });
        self.called.notify_waiters();
        let order = self.next_order(shard);
        match order {
            None => Ok(()),
            Some(Order::Fail(_)) => Err(JobError::retry("it was told to fail")),
            Some(Order::Later(_, wait)) => Err(JobError::Later(wait)),
            Some(Order::GiveUp) => Err(JobError::give_up("it was told to give up")),
            Some(Order::Panic) => panic!("it was told to panic"),
            Some(Order::Hang) => std::future::pending().await,
            Some(Order::Gate) => {
                self.gate.notified().await;
                Ok(())
            }
        }
    }

    fn next_order(&self, shard: &str) -> Option<Order> {
        let mut orders = self.orders.lock().unwrap();
        let order = *orders.get(shard)?;
        let rest = match order {
            Order::Fail(times) => times.checked_sub(1).map(Order::Fail),
            Order::Later(times, wait) => times.checked_sub(1).map(|times| Order::Later(times, wait)),
            other => Some(other),
        };
        match rest {
            Some(Order::Fail(0) | Order::Later(0, _)) => orders.remove(shard),
            Some(rest) => orders.insert(shard.to_owned(), rest),
            None => orders.remove(shard),
        };
        Some(order)
    }
}

/// Tells another part of the installation what a setting is now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Update {
    pub(crate) shard: String,
    pub(crate) object: Option<String>,
    pub(crate) value: String,
}

impl Update {
    pub(crate) fn of(shard: &str, object: Option<&str>, value: impl ToString) -> Self {
        Self {
            shard: shard.to_owned(),
            object: object.map(str::to_owned),
            value: value.to_string(),
        }
    }
}

impl Job<Lab> for Update {
    const NAME: &'static str = "update";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        self.shard.clone()
    }

    fn object(&self) -> Option<String> {
        self.object.clone()
    }

    async fn run(self, lab: &Lab, running: &Running) -> Result<(), JobError> {
        lab.obey(&self.shard, self.value, running).await
    }
}

/// Another kind of which jobs stand in the same shards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Remove {
    pub(crate) shard: String,
    pub(crate) object: String,
}

impl Job<Lab> for Remove {
    const NAME: &'static str = "remove";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        self.shard.clone()
    }

    fn object(&self) -> Option<String> {
        Some(self.object.clone())
    }

    async fn run(self, lab: &Lab, running: &Running) -> Result<(), JobError> {
        lab.obey(&self.shard, format!("remove {}", self.object), running).await
    }
}

/// Calls a receiver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ring {
    pub(crate) receiver: String,
    pub(crate) number: u32,
}

impl Ring {
    pub(crate) fn of(receiver: &str, number: u32) -> Self {
        Self {
            receiver: receiver.to_owned(),
            number,
        }
    }
}

impl Job<Lab> for Ring {
    const NAME: &'static str = "ring";
    const POLICY: Policy = Policy::Delivery(Backoff {
        first: Duration::from_secs(10),
        longest: Duration::from_secs(40),
        attempts: Some(4),
        jitter: false,
    });
    const AT_ONCE: usize = 3;
    const TIMEOUT: Duration = Duration::from_millis(300);

    fn shard(&self) -> String {
        self.receiver.clone()
    }

    async fn run(self, lab: &Lab, running: &Running) -> Result<(), JobError> {
        lab.obey(&self.receiver, self.number.to_string(), running).await
    }
}

/// Waits at a gate for as long as it takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Patient {
    pub(crate) receiver: String,
    pub(crate) number: u32,
}

impl Job<Lab> for Patient {
    const NAME: &'static str = "patient";
    const POLICY: Policy = Policy::Delivery(Backoff::MAIL);

    fn shard(&self) -> String {
        self.receiver.clone()
    }

    async fn run(self, lab: &Lab, running: &Running) -> Result<(), JobError> {
        lab.obey(&self.receiver, self.number.to_string(), running).await?;
        // Its effect and its end are one.
        let mut tx = lab.store.begin().await?;
        effect(lab, &mut tx, &format!("{} {}", self.receiver, self.number)).await?;
        running.finish(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Something that is written in a transaction, and can be counted: a job that nobody does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Effect(pub(crate) String);

impl Job<Lab> for Effect {
    const NAME: &'static str = "effect";
    const POLICY: Policy = Policy::Delivery(Backoff::MAIL);

    fn shard(&self) -> String {
        "effects".to_owned()
    }

    async fn run(self, _: &Lab, _: &Running) -> Result<(), JobError> {
        Err(JobError::Later(Duration::from_secs(1_000_000_000)))
    }
}

pub(crate) async fn effect(lab: &Lab, tx: &mut store::Tx, what: &str) -> Result<(), store::Error> {
    let far = START + Duration::from_secs(10_000_000_000);
    let id = JobId(lab.ids.next());
    queue::add(tx, id, lab.now(), &Effect(what.to_owned()), Some(far)).await
}

/// The effects that were committed, in the order in which they were written.
pub(crate) async fn effects(lab: &Lab) -> Vec<String> {
    let mut jobs = lab.jobs().await;
    jobs.reverse();
    jobs.into_iter()
        .filter(|job| job.name == Effect::NAME)
        .map(|job| serde_json::from_str::<Effect>(&job.payload).unwrap().0)
        .collect()
}

pub(crate) fn registry() -> Registry<Lab> {
    let mut registry = Registry::default();
    registry.register::<Update>();
    registry.register::<Remove>();
    registry.register::<Ring>();
    registry.register::<Patient>();
    registry.register::<Effect>();
    registry
}
