//! Whose rows, of which time, at what cost.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use model::{IssueId, ProjectId, Timestamp};
use query::Dataset;
use rustc_hash::FxHashMap;

/// The rows that a question is about. Every question has one: nothing is read beyond it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The datasets to read, none of them twice.
    pub datasets: Vec<Dataset>,
    /// Those of one organization that the asker may see. No project, no rows.
    pub projects: Vec<ProjectId>,
    /// Any when empty. An empty name is that of rows without environment.
    pub environments: Vec<String>,
    /// Inclusive.
    pub start: Timestamp,
    /// Exclusive.
    pub end: Timestamp,
}

/// What a question may cost. It ends with an error that says which of them was reached.
#[derive(Debug, Clone)]
pub struct Limits {
    pub time: Duration,
    /// Of groups and distinct values.
    pub memory_bytes: usize,
    pub cancel: Cancel,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(15),
            memory_bytes: 64 << 20,
            cancel: Cancel::default(),
        }
    }
}

/// Ends a question whose asker is gone.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Which issue each hash belongs to: needed where a question is about issues. A hash without one has no issue.
///
/// Issues have ranks, which are small and in the order of their ids, so that rows are grouped by place and not by lookup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bindings {
    of_projects: HashMap<ProjectId, FxHashMap<String, u32>>,
    /// By rank.
    issues: Vec<IssueId>,
}

impl Bindings {
    pub fn issue(&self, project: ProjectId, hash: &str) -> Option<IssueId> {
        self.rank(project, hash).map(|rank| self.ranked(rank))
    }

    pub(super) fn rank(&self, project: ProjectId, hash: &str) -> Option<u32> {
        self.of_projects.get(&project)?.get(hash).copied()
    }

    /// The issue of a rank that [`Self::rank`] told.
    pub(super) fn ranked(&self, rank: u32) -> IssueId {
        self.issues[rank as usize]
    }

    /// Ranks are below this.
    pub(super) fn ranks(&self) -> usize {
        self.issues.len()
    }
}

impl FromIterator<(ProjectId, String, IssueId)> for Bindings {
    fn from_iter<T: IntoIterator<Item = (ProjectId, String, IssueId)>>(bindings: T) -> Self {
        let bindings: Vec<_> = bindings.into_iter().collect();
        let mut issues: Vec<IssueId> = bindings.iter().map(|(_, _, issue)| *issue).collect();
        issues.sort_unstable();
        issues.dedup();
        let ranks: FxHashMap<IssueId, u32> = issues.iter().copied().zip(0..).collect();
        let mut of_projects: HashMap<ProjectId, FxHashMap<String, u32>> = HashMap::new();
        for (project, hash, issue) in bindings {
            of_projects.entry(project).or_default().insert(hash, ranks[&issue]);
        }
        Self { of_projects, issues }
    }
}
