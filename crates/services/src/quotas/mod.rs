//! Rate limits: what is counted against them, kept over a restart, and held down when a project suddenly sends much more.

mod notices; // who is told of limits that were reached,
mod reached; // and which those are

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use model::{DataCategory, OrganizationId, OutcomeKind, ProjectId, Timestamp};
use quota::{Decision, KeyRateLimit, Quota, RateLimiter, Scoping, Snapshot, sampling::Reservoirs, spikes};
use store::outcomes::{OutcomeFilter, OutcomeGroup};

use self::reached::Reached;
use crate::{
    App,
    project_config::{self, ProjectConfig},
    project_keys::KeyOwner,
    settings,
};

pub use notices::{tell, wait_for_news};

/// Under which the counts are kept.
const SNAPSHOT: &str = "rate_limit_windows";

/// What spike protection looks at: what fills disks.
const PROTECTED: [DataCategory; 6] = [
    DataCategory::Error,
    DataCategory::Transaction,
    DataCategory::Span,
    DataCategory::LogItem,
    DataCategory::Attachment,
    DataCategory::Session,
];

/// The counters of this process, and the thresholds of the running hour.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    limiter: RateLimiter,
    spikes: Mutex<HashMap<ProjectId, Vec<Quota>>>,
    /// How many the reservoirs of sampling have taken. They count anew after a restart.
    reservoirs: Mutex<HashMap<OrganizationId, Arc<Reservoirs>>>,
    reached: Reached,
    /// The snapshot as it was written last.
    saved: tokio::sync::Mutex<String>,
}

impl Counters {
    pub(crate) fn reservoirs_of(&self, organization: OrganizationId) -> Arc<Reservoirs> {
        let mut reservoirs = self.reservoirs.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(reservoirs.entry(organization).or_default())
    }

    fn spikes_of(&self, project: ProjectId) -> Vec<Quota> {
        let spikes = self.spikes.lock().unwrap_or_else(PoisonError::into_inner);
        spikes.get(&project).cloned().unwrap_or_default()
    }
}

/// What an item of this key falls under, in the order in which it is asked: key, project, organization.
#[derive(Debug)]
pub struct Quotas {
    quotas: Vec<Quota>,
    scoping: Scoping,
}

impl Quotas {
    pub fn of(app: &App, owner: &KeyOwner, config: &ProjectConfig) -> Self {
        let of_key = owner.rate_limit.and_then(|limit| {
            let limit = KeyRateLimit {
                count: u64::try_from(limit.count).ok(),
                window: u64::try_from(limit.window_seconds).ok(),
            };
            limit.quota(owner.key).ok().flatten()
        });
        let mut quotas: Vec<Quota> = of_key.into_iter().collect();
        quotas.extend(config.quotas.iter().cloned());
        quotas.extend(app.counters.spikes_of(owner.project));
        quotas.extend(app.disk.quota());
        Self {
            quotas: quota::in_order(quotas),
            scoping: Scoping {
                organization: owner.organization,
                project: owner.project,
                key: owner.key,
            },
        }
    }

    /// Nothing limits this key, as it is with most.
    pub fn is_empty(&self) -> bool {
        self.quotas.is_empty()
    }

    /// Counts an item, unless it is over a limit.
    pub fn check(&self, app: &App, quantities: &[(DataCategory, u64)], now: Timestamp) -> Decision {
        let decision = app.counters.limiter.check(&self.quotas, &self.scoping, quantities, now);
        if let Decision::Limited(limits) = &decision {
            app.counters.reached.note(&self.quotas, &self.scoping, limits, now);
        }
        decision
    }
}

/// Takes back what was counted for an item that a filter did not want: only what is kept uses up the quotas of project
/// and organization.
pub async fn refund(
    app: &App,
    scoping: Scoping,
    quantities: &[(DataCategory, u64)],
    charged_at: Timestamp,
) -> Result<(), store::Error> {
    let Some(config) = project_config::get(app, scoping.organization, scoping.project).await? else {
        return Ok(());
    };
    let mut quotas = config.quotas.clone();
    quotas.extend(app.counters.spikes_of(scoping.project));
    if !quotas.is_empty() {
        app.counters.limiter.refund(&quotas, &scoping, quantities, charged_at);
    }
    Ok(())
}

/// Keeps the counts, so that a restart gives nobody a new window. Meant to be called every few seconds and at the stop.
pub async fn save(app: &App) -> Result<(), store::Error> {
    let json = serde_json::to_string(&app.counters.limiter.snapshot(app.now()))?;
    // Most installations have no limits, and nothing to write.
    let mut saved = app.counters.saved.lock().await;
    if *saved == json {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    store::instance::set(&mut tx, SNAPSHOT, &json).await?;
    tx.commit().await?;
    *saved = json;
    Ok(())
}

/// Goes on with the counts of the process before.
pub async fn restore(app: &App) -> Result<(), store::Error> {
    let Some(json) = store::instance::find(&mut *app.store.read().await?, SNAPSHOT).await? else {
        return Ok(());
    };
    match serde_json::from_str::<Snapshot>(&json) {
        Ok(snapshot) => app.counters.limiter.restore(&snapshot, app.now()),
        Err(error) => tracing::warn!(error = %error, "the counts of rate limits cannot be read; they start anew"),
    }
    Ok(())
}

/// Finds the thresholds of the hour for all projects with spike protection. Meant to be called at the start and hourly.
pub async fn find_spikes(app: &App) -> Result<(), store::Error> {
    let mut found = HashMap::new();
    let mut db = app.store.read().await?;
    for organization in store::organizations::list_all(&mut db).await? {
        for project in store::projects::list(&mut db, organization.id).await? {
            let protection = settings::read_project(&mut db, project.id)
                .await?
                .quotas
                .spike_protection;
            if !protection.enabled {
                continue;
            }
            let previous = app.counters.spikes_of(project.id);
            let histories = histories(&mut db, organization.id, project.id, app.now()).await?;
            let quotas = histories.into_iter().filter_map(|(category, history)| {
                let id = spikes::quota(project.id, category, 0).id;
                let before = previous
                    .iter()
                    .find(|quota| quota.id == id)
                    .and_then(|quota| quota.limit);
                let threshold = spikes::threshold(&protection, &history, before)?;
                Some(spikes::quota(project.id, category, threshold))
            });
            found.insert(project.id, quotas.collect());
        }
    }
    *app.counters.spikes.lock().unwrap_or_else(PoisonError::into_inner) = found;
    Ok(())
}

/// What spike protection lets through in the running hour, by category; nothing is said of a category without a day of
/// history.
pub fn thresholds(app: &App, project: ProjectId) -> Vec<(DataCategory, u64)> {
    let spikes = app.counters.spikes_of(project).into_iter();
    let threshold = |quota: Quota| Some((*quota.categories.first()?, quota.limit?));
    spikes.filter_map(threshold).collect()
}

/// What was accepted in each of the last hours, by category. Hours from before the first item are no history.
async fn histories(
    db: &mut store::Connection,
    organization: OrganizationId,
    project: ProjectId,
    now: Timestamp,
) -> Result<Vec<(DataCategory, Vec<u64>)>, store::Error> {
    let end = now.truncate(spikes::HOUR);
    let hours = u32::try_from(spikes::HISTORY).unwrap_or(u32::MAX);
    let start = end - spikes::HOUR * hours;
    let filter = OutcomeFilter {
        projects: vec![project],
        categories: PROTECTED.iter().map(|category| category.number()).collect(),
        outcomes: vec![OutcomeKind::Accepted.number()],
        ..OutcomeFilter::default()
    };
    let period = (start, end, spikes::HOUR);
    let sums = store::outcomes::sums(db, organization, &filter, &[OutcomeGroup::Category], period).await?;
    let mut histories = Vec::new();
    for category in PROTECTED {
        let of_category = || sums.iter().filter(|sum| sum.category == Some(category.number()));
        let Some(first) = of_category().map(|sum| sum.slot).min() else {
            continue;
        };
        let mut history = vec![0; spikes::HISTORY - usize::try_from(first).unwrap_or(0).min(spikes::HISTORY)];
        for sum in of_category() {
            if let Some(hour) = usize::try_from(sum.slot - first)
                .ok()
                .and_then(|slot| history.get_mut(slot))
            {
                *hour = u64::try_from(sum.quantity).unwrap_or(0);
            }
        }
        histories.push((category, history));
    }
    Ok(histories)
}

/// How often the counts are kept.
pub const SAVE_EVERY: Duration = Duration::from_secs(10);
