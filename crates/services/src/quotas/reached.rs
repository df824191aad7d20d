//! Limits that this process has run into and of which nobody was told yet. Noting one costs what accepts nothing a look
//! into a map; who is told, and that it is once, is decided behind it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{DataCategory, OrganizationId, ProjectId, Timestamp};
use quota::{Quota, RateLimit, Scope, Scoping, spikes};
use store::quota_notices::Spike;
use tokio::sync::Notify;

/// From this length of its window on people are told of a limit that is used up: shorter ones are there to be reached.
const LONG: Duration = Duration::from_secs(3600);

#[derive(Debug, Default)]
pub(crate) struct Reached {
    state: Mutex<State>,
    /// Rung when there is something that was not known before.
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    warnings: Vec<Warning>,
    /// The window of each limit that was noted last.
    warned: HashMap<(Scope, i64, String), i64>,
    spikes: HashMap<(ProjectId, DataCategory), Spike>,
    /// Those that are written down.
    open: HashSet<(ProjectId, DataCategory)>,
}

/// A window of a limit is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Warning {
    pub(super) organization: OrganizationId,
    /// Whose item found it so.
    pub(super) project: ProjectId,
    pub(super) scope_id: i64,
    pub(super) quota: Quota,
    pub(super) window_number: i64,
    pub(super) reached_at: Timestamp,
    pub(super) until: Timestamp,
}

impl Reached {
    /// Notes the limits that refused an item.
    pub(super) fn note(&self, quotas: &[Quota], scoping: &Scoping, limits: &[RateLimit], now: Timestamp) {
        let mut state = self.lock();
        for limit in limits {
            let quota = quotas
                .iter()
                .find(|quota| quota.scope == limit.scope && quota.id == limit.quota);
            let is_new = quota.is_some_and(|quota| state.note(quota, scoping, limit, now));
            if is_new {
                self.news.notify_one();
            }
        }
    }

    /// Waits until there is something new.
    pub(super) async fn wait(&self) {
        self.news.notified().await;
    }

    pub(super) fn take(&self) -> (Vec<Warning>, Vec<Spike>) {
        let mut state = self.lock();
        let spikes = std::mem::take(&mut state.spikes);
        state.open.extend(spikes.keys());
        (std::mem::take(&mut state.warnings), spikes.into_values().collect())
    }

    /// Keeps what could not be written down.
    pub(super) fn put_back(&self, warnings: Vec<Warning>, spikes: Vec<Spike>) {
        let mut state = self.lock();
        state.warnings.extend(warnings);
        for spike in spikes {
            let known = state.spikes.entry((spike.project, spike.category)).or_insert(spike);
            known.started_at = spike.started_at;
        }
    }

    /// A flood is over: the next one is news.
    pub(super) fn end(&self, spike: &Spike) {
        self.lock().open.remove(&(spike.project, spike.category));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns `true` if it was not known.
    fn note(&mut self, quota: &Quota, scoping: &Scoping, limit: &RateLimit, now: Timestamp) -> bool {
        // A limit of nothing is meant to refuse all, and the disk is no limit of an organization's.
        let (Some(most @ 1..), Some(seconds @ 1..)) = (quota.limit, quota.window) else {
            return false;
        };
        if quota.reason_code.as_deref() == Some(spikes::REASON) {
            let Some(category) = quota.categories.first().copied() else {
                return false;
            };
            let key = (scoping.project, category);
            if let Some(spike) = self.spikes.get_mut(&key) {
                spike.dropped_at = spike.dropped_at.max(now);
                return false;
            }
            let spike = Spike {
                organization: scoping.organization,
                project: scoping.project,
                category,
                threshold: i64::try_from(most).unwrap_or(i64::MAX),
                started_at: now,
                dropped_at: now,
            };
            self.spikes.insert(key, spike);
            return !self.open.contains(&key);
        }
        let length = Duration::from_secs(seconds);
        if length < LONG || quota.scope == Scope::Global {
            return false;
        }
        // The end of a window belongs to the next one.
        let micros = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
        let window_number = (limit.until.micros() - 1).div_euclid(micros);
        let key = (quota.scope, limit.scope_id, quota.id.clone());
        if self.warned.insert(key, window_number) == Some(window_number) {
            return false;
        }
        self.warnings.push(Warning {
            organization: scoping.organization,
            project: scoping.project,
            scope_id: limit.scope_id,
            quota: quota.clone(),
            window_number,
            reached_at: now,
            until: limit.until,
        });
        true
    }
}
