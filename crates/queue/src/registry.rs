//! The kinds of jobs that there are, in one list.

use std::{collections::BTreeMap, fmt, pin::Pin, sync::Arc, time::Duration};

use model::Timestamp;
use store::jobs::Lane;

use crate::{CatchUp, Job, JobError, Policy, Running, Schedule};

type Attempt = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send>>;
type Run<C> = Arc<dyn Fn(String, C, Running) -> Attempt + Send + Sync>;

pub(crate) struct Kind<C> {
    pub(crate) policy: Policy,
    pub(crate) at_once: usize,
    pub(crate) timeout: Duration,
    pub(crate) run: Run<C>,
}

impl<C> Clone for Kind<C> {
    fn clone(&self) -> Self {
        Self {
            policy: self.policy,
            at_once: self.at_once,
            timeout: self.timeout,
            run: Arc::clone(&self.run),
        }
    }
}

/// A row that a schedule is about to write.
pub(crate) struct Planned {
    pub(crate) lane: Lane,
    pub(crate) shard: String,
    pub(crate) object: Option<String>,
    pub(crate) payload: String,
}

pub(crate) struct Periodic {
    pub(crate) name: &'static str,
    pub(crate) schedule: Schedule,
    pub(crate) catch_up: CatchUp,
    pub(crate) plan: Box<dyn Fn(Timestamp) -> Result<Planned, serde_json::Error> + Send + Sync>,
}

/// The kinds of jobs that a worker can do. `C` is what they work with.
pub struct Registry<C> {
    kinds: BTreeMap<&'static str, Kind<C>>,
    periodic: Vec<Periodic>,
}

impl<C> fmt::Debug for Registry<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.kinds.keys()).finish()
    }
}

impl<C> Default for Registry<C> {
    fn default() -> Self {
        Self {
            kinds: BTreeMap::new(),
            periodic: Vec::new(),
        }
    }
}

impl<C: Clone + Send + Sync + 'static> Registry<C> {
    /// Adds a kind.
    ///
    /// # Panics
    ///
    /// When another kind has its name.
    pub fn register<J: Job<C> + 'static>(&mut self) {
        let run: Run<C> = Arc::new(|payload, cx, running| {
            Box::pin(async move {
                let job: J = serde_json::from_str(&payload).map_err(JobError::give_up)?;
                job.run(&cx, &running).await
            })
        });
        let kind = Kind {
            policy: J::POLICY,
            at_once: J::AT_ONCE.max(1),
            timeout: J::TIMEOUT,
            run,
        };
        let before = self.kinds.insert(J::NAME, kind);
        assert!(before.is_none(), "two kinds of jobs are called {}", J::NAME);
    }

    /// Adds a kind of which a job is written whenever its time has come.
    pub fn periodic<J: Job<C> + 'static>(
        &mut self,
        schedule: Schedule,
        catch_up: CatchUp,
        of: impl Fn(Timestamp) -> J + Send + Sync + 'static,
    ) {
        self.register::<J>();
        self.periodic.push(Periodic {
            name: J::NAME,
            schedule,
            catch_up,
            plan: Box::new(move |at| {
                let job = of(at);
                Ok(Planned {
                    lane: J::POLICY.lane(),
                    shard: job.shard(),
                    object: job.object().filter(|_| J::POLICY == Policy::Outbox),
                    payload: serde_json::to_string(&job)?,
                })
            }),
        });
    }

    pub(crate) fn kind(&self, name: &str) -> Option<Kind<C>> {
        self.kinds.get(name).cloned()
    }

    pub(crate) fn schedules(&self) -> &[Periodic] {
        &self.periodic
    }
}

impl<C> Registry<C> {
    /// The names of all kinds.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.kinds.keys().copied()
    }

    /// What is done from time to time.
    pub fn periodic_jobs(&self) -> impl Iterator<Item = (&'static str, Schedule)> + '_ {
        self.periodic.iter().map(|job| (job.name, job.schedule))
    }
}
