use askama::Template;
use httpkit::{ApiError, InstanceAccess, instance_permissions::Superuser};
use model::Timestamp;
use services::jobs::{self, BLOCKED, Overview, PeriodicJob};
use store::{
    IdPage, IdStart,
    jobs::{BlockedShard, Job, JobFilter, State},
};

use super::{sample_shell, shell};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    number,
    page::Page,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// Jobs on one page.
const PAGE: usize = 100;

/// What is done in the background: what waits, what failed, and when the rest is due.
#[derive(Debug, Template)]
#[template(path = "admin/jobs.html")]
pub(crate) struct JobsPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) shards: Vec<ShardRow>,
    pub(crate) kinds: Vec<KindRow>,
    pub(crate) periodic: Vec<PeriodicRow>,
    pub(crate) jobs: Vec<JobRow>,
    /// Which jobs are listed.
    pub(crate) chosen: Chosen,
    /// Where the list goes on.
    pub(crate) next: Option<String>,
}

/// What the list is about; kept in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) state: Option<State>,
    pub(crate) name: Option<String>,
}

/// A shard that waits after failures.
#[derive(Debug, Clone)]
pub(crate) struct ShardRow {
    pub(crate) shard: String,
    pub(crate) attempts: u32,
    pub(crate) jobs: u64,
    pub(crate) first: Option<i64>,
    pub(crate) next_try: Timestamp,
    pub(crate) error: String,
}

impl ShardRow {
    fn of(shard: BlockedShard) -> Self {
        Self {
            shard: shard.shard,
            attempts: shard.attempts,
            jobs: shard.jobs.try_into().unwrap_or(0),
            first: shard.first.map(|job| job.0),
            next_try: shard.due_at,
            error: shard.error.unwrap_or_default(),
        }
    }

    fn is_blocked(&self) -> bool {
        self.attempts >= BLOCKED
    }
}

/// How many jobs of a kind there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct KindRow {
    pub(crate) name: String,
    pub(crate) waiting: u64,
    pub(crate) running: u64,
    pub(crate) dead: u64,
    /// Since when the one that waits for the longest time has been due.
    pub(crate) due_since: Option<Timestamp>,
}

impl KindRow {
    fn all(overview: Overview) -> Vec<Self> {
        let mut rows: Vec<Self> = Vec::new();
        for depth in overview.depths {
            if rows.last().is_none_or(|row| row.name != depth.name) {
                rows.push(Self {
                    name: depth.name,
                    ..Self::default()
                });
            }
            let row = rows.last_mut().expect("one was just added");
            let jobs = u64::try_from(depth.jobs).unwrap_or(0);
            match depth.state {
                State::Waiting => row.waiting += jobs,
                State::Running => row.running += jobs,
                State::Dead => row.dead += jobs,
            }
            row.due_since = row.due_since.or(depth.due_since);
        }
        rows
    }
}

#[derive(Debug, Clone)]
pub(crate) struct PeriodicRow {
    pub(crate) name: &'static str,
    pub(crate) last: Option<Timestamp>,
    pub(crate) next: Timestamp,
}

/// A job in the list.
#[derive(Debug, Clone)]
pub(crate) struct JobRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) shard: String,
    pub(crate) state: State,
    pub(crate) written: Timestamp,
    /// Nothing: at once.
    pub(crate) due: Option<Timestamp>,
    pub(crate) attempts: u32,
    pub(crate) error: String,
}

impl JobRow {
    pub(super) fn of(job: &Job) -> Self {
        Self {
            id: job.id.0,
            name: job.name.clone(),
            shard: job.shard.clone(),
            state: job.state,
            written: job.created_at,
            due: Some(job.due_at).filter(|at| at.0 > 0),
            attempts: job.attempts,
            error: job.error.clone().unwrap_or_default(),
        }
    }

    pub(super) fn sample(state: State, text: &str) -> Self {
        Self {
            id: 7,
            name: "deliver".to_owned(),
            shard: text.to_owned(),
            state,
            written: gallery::ago(3_600),
            due: (state == State::Waiting).then(|| gallery::ago(-240)),
            attempts: u32::from(state != State::Running) * 3,
            error: if state == State::Running {
                String::new()
            } else {
                text.to_owned()
            },
        }
    }
}

/// The states that the list can be narrowed to, as people read them.
const STATES: [(Option<State>, &str); 4] = [
    (None, "All"),
    (Some(State::Waiting), "Waiting"),
    (Some(State::Running), "Running"),
    (Some(State::Dead), "Dead letters"),
];

/// `GET /admin/jobs/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Page<JobsPage>, ApiError> {
    let app = &visit.app;
    let chosen = Chosen {
        state: visit.field("state").and_then(State::from_name),
        name: visit.field("name").filter(|name| !name.is_empty()).map(str::to_owned),
    };
    let before = visit.field("before").and_then(|before| before.parse().ok());
    let page = IdPage {
        start: before.map_or(IdStart::Newest, IdStart::OlderThan),
        limit: PAGE as i64 + 1,
    };
    let filter = JobFilter {
        name: chosen.name.as_deref(),
        state: chosen.state,
        shard: None,
    };
    let mut listed = jobs::list(app, filter, page).await?;
    let has_more = listed.len() > PAGE;
    listed.truncate(PAGE);
    let next = listed
        .last()
        .filter(|_| has_more)
        .map(|last| chosen.link(Some(last.id.0)));
    let periodic = jobs::list_periodic(app).await?.into_iter();
    Ok(Page(JobsPage {
        shell: shell(&visit, AdminSection::Jobs).await?,
        section: AdminSection::Jobs,
        shards: jobs::failing_shards(app).await?.into_iter().map(ShardRow::of).collect(),
        kinds: KindRow::all(jobs::overview(app).await?),
        periodic: periodic
            .map(|PeriodicJob { name, last, next }| PeriodicRow { name, last, next })
            .collect(),
        jobs: listed.iter().map(JobRow::of).collect(),
        chosen,
        next,
    }))
}

impl Chosen {
    fn link(&self, before: Option<i64>) -> String {
        let state = self.state.map(|state| ("state", state.name().to_owned()));
        let name = self.name.clone().map(|name| ("name", name));
        let before = before.map(|id| ("before", id.to_string()));
        let query = urls::query(state.into_iter().chain(name).chain(before));
        if query.is_empty() {
            urls::ADMIN_JOBS.to_owned()
        } else {
            format!("{}?{query}", urls::ADMIN_JOBS)
        }
    }

    fn with_state(&self, state: Option<State>) -> String {
        let name = self.name.clone();
        Self { state, name }.link(None)
    }

    fn of_kind(&self, name: &str) -> String {
        let name = Some(name.to_owned());
        Self {
            state: self.state,
            name,
        }
        .link(None)
    }

    fn of_all_kinds(&self) -> String {
        Self {
            state: self.state,
            name: None,
        }
        .link(None)
    }
}

impl JobsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let empty = Self {
            shell: sample_shell(AdminSection::Jobs),
            section: AdminSection::Jobs,
            shards: Vec::new(),
            kinds: Vec::new(),
            periodic: vec![PeriodicRow {
                name: "retain",
                last: None,
                next: gallery::ago(-1_800),
            }],
            jobs: Vec::new(),
            chosen: Chosen::default(),
            next: None,
        };
        vec![
            Sample::new("admin-jobs-empty", &empty),
            Sample::new("admin-jobs-typical", &Self::sample("hooks.example.com", false)),
            Sample::new("admin-jobs-hostile", &Self::sample(gallery::HOSTILE, true)),
        ]
    }

    fn sample(text: &str, is_narrowed: bool) -> Self {
        let shard = |attempts| ShardRow {
            shard: text.to_owned(),
            attempts,
            jobs: 1_234,
            first: Some(7),
            next_try: gallery::ago(-120),
            error: format!("connection refused: {text}"),
        };
        let kind = |name: &str, dead| KindRow {
            name: name.to_owned(),
            waiting: 12,
            running: 3,
            dead,
            due_since: Some(gallery::ago(90)),
        };
        let chosen = Chosen {
            state: Some(State::Dead),
            name: Some(text.to_owned()),
        };
        Self {
            shell: sample_shell(AdminSection::Jobs),
            section: AdminSection::Jobs,
            shards: vec![shard(14), shard(2)],
            kinds: vec![kind("deliver", 1), kind("post_process", 0)],
            periodic: vec![PeriodicRow {
                name: "retain",
                last: Some(gallery::ago(1_800)),
                next: gallery::ago(-1_800),
            }],
            jobs: [State::Waiting, State::Running, State::Dead]
                .map(|state| JobRow::sample(state, text))
                .into(),
            chosen: if is_narrowed { chosen } else { Chosen::default() },
            next: Some("/admin/jobs/?before=7".to_owned()),
        }
    }
}
