//! How stored events would be grouped by other settings.

use std::collections::BTreeMap;

use model::Timestamp;
use protocol::event::Event;
use serde::Serialize;

use crate::{Config, Hash};

/// Titles that are shown for an issue.
const MAX_TITLES: usize = 3;

/// A stored event, and where it is now.
#[derive(Debug, Clone)]
pub struct Sample {
    pub event: Event,
    /// Of the issue that it is in, the hash that stands for the issue here.
    pub hash: Hash,
    /// What the event is called, unless a rule gives it another title.
    pub title: String,
}

/// What other settings would change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Regrouping {
    /// How many events were looked at.
    pub events: usize,
    /// How many of them would come to another issue than they are in.
    pub moved: usize,
    /// The issues that there would be, the largest first.
    pub issues: Vec<Regrouped>,
    /// Issues that would become one.
    pub merged: Vec<Merge>,
    /// Issues that would fall apart.
    pub split: Vec<Split>,
}

/// One issue as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Regrouped {
    pub hash: Hash,
    pub count: usize,
    /// A few of what its events are called, each once.
    pub titles: Vec<String>,
    /// The issues that its events are in now, with their number.
    pub from: Vec<(Hash, usize)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Merge {
    pub into: Hash,
    pub from: Vec<Hash>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Split {
    pub from: Hash,
    pub into: Vec<Hash>,
}

#[derive(Debug, Default)]
struct Issue {
    count: usize,
    titles: Vec<String>,
    from: BTreeMap<Hash, usize>,
}

/// Groups every event anew.
///
/// An event stays where it is when any of its new hashes leads there: as when it comes in, the issue that has one of an
/// event's hashes gets it.
pub fn preview(samples: impl IntoIterator<Item = Sample>, config: &Config, now: Timestamp) -> Regrouping {
    let mut regrouping = Regrouping::default();
    let mut issues: BTreeMap<Hash, Issue> = BTreeMap::new();
    let mut split: BTreeMap<Hash, Vec<Hash>> = BTreeMap::new();
    for Sample {
        mut event,
        hash: current,
        title,
    } in samples
    {
        let grouping = config.group(&mut event, now);
        let mut hashes = grouping.hashes.iter().chain(&grouping.previous_hashes);
        let stays = hashes.any(|hash| *hash == current);
        let new = if stays { current } else { grouping.hashes[0] };
        regrouping.events += 1;
        regrouping.moved += usize::from(!stays);
        let issue = issues.entry(new).or_default();
        issue.count += 1;
        *issue.from.entry(current).or_default() += 1;
        let title = grouping.title.unwrap_or(title);
        if issue.titles.len() < MAX_TITLES && !issue.titles.contains(&title) {
            issue.titles.push(title);
        }
        let into = split.entry(current).or_default();
        if !into.contains(&new) {
            into.push(new);
        }
    }
    regrouping.split = split
        .into_iter()
        .filter(|(_, into)| into.len() > 1)
        .map(|(from, into)| Split { from, into })
        .collect();
    regrouping.merged = issues
        .iter()
        .filter(|(_, issue)| issue.from.len() > 1)
        .map(|(hash, issue)| Merge {
            into: *hash,
            from: issue.from.keys().copied().collect(),
        })
        .collect();
    regrouping.issues = issues
        .into_iter()
        .map(|(hash, issue)| Regrouped {
            hash,
            count: issue.count,
            titles: issue.titles,
            from: issue.from.into_iter().collect(),
        })
        .collect();
    regrouping.issues.sort_by_key(|issue| std::cmp::Reverse(issue.count));
    regrouping
}
