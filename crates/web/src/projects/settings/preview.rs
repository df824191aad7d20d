//! What a change of the grouping would do to the newest events: which issues would merge, fall apart, or move.

use std::collections::HashMap;

use grouping::{Hash, Regrouped};
use httpkit::ApiError;
use services::{
    App,
    access::ProjectScope,
    grouping::{PREVIEW_EVENTS, Preview},
    issues::ShortId,
};
use store::issues::Issue;

use crate::{number, text};

/// The preview as the page shows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct PreviewView {
    pub(crate) events: usize,
    pub(crate) moved: usize,
    /// The time was up before all events were looked at.
    pub(crate) out_of_time: bool,
    /// Several issues that would become one.
    pub(crate) merges: Vec<NewIssue>,
    pub(crate) merges_left_out: usize,
    /// Issues that would fall apart, with their parts.
    pub(crate) splits: Vec<SplitIssue>,
    pub(crate) splits_left_out: usize,
    /// Issues whose events would go elsewhere as a whole.
    pub(crate) moves: Vec<NewIssue>,
    pub(crate) moves_left_out: usize,
}

/// An issue as it would be.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewIssue {
    /// What some of its events are called.
    pub(crate) titles: Vec<String>,
    pub(crate) events: String,
    /// The issues that these are in now.
    pub(crate) from: Vec<OldIssue>,
    pub(crate) from_left_out: usize,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct SplitIssue {
    pub(crate) from: OldIssue,
    pub(crate) into: Vec<NewIssue>,
    pub(crate) into_left_out: usize,
}

/// An issue that is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct OldIssue {
    /// Absent when it is deleted, but its events are not yet.
    pub(crate) id: Option<i64>,
    pub(crate) short_id: String,
    pub(crate) title: String,
    /// How many of the events that were looked at.
    pub(crate) events: String,
}

/// Changes of each kind that are listed, and issues within one.
const MAX_LISTED: usize = 25;
const MAX_WITHIN: usize = 10;

impl PreviewView {
    pub(crate) async fn new(app: &App, scope: &ProjectScope, preview: &Preview) -> Result<Self, ApiError> {
        let regrouping = &preview.regrouping;
        let of_merges = regrouping.merged.iter().take(MAX_LISTED).flat_map(|merge| &merge.from);
        let of_splits = regrouping.split.iter().take(MAX_LISTED).map(|split| &split.from);
        let moves: Vec<&Regrouped> = moves(preview).collect();
        let of_moves = moves
            .iter()
            .take(MAX_LISTED)
            .flat_map(|moved| moved.from.iter().map(|(hash, _)| hash));
        let wanted: Vec<Hash> = of_merges.chain(of_splits).chain(of_moves).copied().collect();
        let issues = services::grouping::issues_of(app, scope, &wanted).await?;
        Ok(Self::of(preview, &issues))
    }

    pub(crate) fn of(preview: &Preview, issues: &HashMap<Hash, Issue>) -> Self {
        let regrouping = &preview.regrouping;
        let by_hash: HashMap<Hash, &Regrouped> = regrouping.issues.iter().map(|issue| (issue.hash, issue)).collect();
        let now_at: HashMap<Hash, usize> =
            regrouping
                .issues
                .iter()
                .flat_map(|issue| &issue.from)
                .fold(HashMap::new(), |mut counts, (hash, count)| {
                    *counts.entry(*hash).or_default() += count;
                    counts
                });
        let new = |hash: &Hash| by_hash.get(hash).map(|issue| NewIssue::of(issue, issues));
        let split = |split: &grouping::Split| SplitIssue {
            from: OldIssue::of(split.from, now_at.get(&split.from).copied().unwrap_or(0), issues),
            into: split
                .into
                .iter()
                .take(MAX_WITHIN)
                .filter_map(|hash| Some(NewIssue::part(by_hash.get(hash)?, split.from, issues)))
                .collect(),
            into_left_out: split.into.len().saturating_sub(MAX_WITHIN),
        };
        let moves: Vec<&Regrouped> = moves(preview).collect();
        let left_out = |count: usize| count.saturating_sub(MAX_LISTED);
        Self {
            events: regrouping.events,
            moved: regrouping.moved,
            out_of_time: preview.out_of_time,
            merges: regrouping
                .merged
                .iter()
                .take(MAX_LISTED)
                .filter_map(|merge| new(&merge.into))
                .collect(),
            merges_left_out: left_out(regrouping.merged.len()),
            splits: regrouping.split.iter().take(MAX_LISTED).map(split).collect(),
            splits_left_out: left_out(regrouping.split.len()),
            moves_left_out: left_out(moves.len()),
            moves: moves
                .into_iter()
                .take(MAX_LISTED)
                .map(|moved| NewIssue::of(moved, issues))
                .collect(),
        }
    }

    pub(super) fn changes_nothing(&self) -> bool {
        self.moved == 0
    }

    /// `Of the newest 1,000 events, 37 would come to another issue than they are in.`
    pub(super) fn summary(&self) -> String {
        let events = match self.events {
            0 => return "There are no events yet that rules could move.".to_owned(),
            1 => "The only event".to_owned(),
            count if count < PREVIEW_EVENTS && !self.out_of_time => {
                format!("Of all {}", number::of(count as u64, "event"))
            }
            count => format!("Of the newest {}", number::of(count as u64, "event")),
        };
        match self.moved {
            0 => format!(
                "{events}{} would stay in the issues that they are in.",
                if self.events == 1 { "" } else { ", all" }
            ),
            moved => format!(
                "{events}, {} would come to another issue than they are in.",
                number::grouped(moved as u64)
            ),
        }
    }
}

/// Issues that would be new as a whole: neither merged of several nor a part of one.
fn moves(preview: &Preview) -> impl Iterator<Item = &Regrouped> {
    let regrouping = &preview.regrouping;
    let splits: std::collections::HashSet<Hash> = regrouping.split.iter().map(|split| split.from).collect();
    regrouping
        .issues
        .iter()
        .filter(move |issue| match issue.from.as_slice() {
            [(from, _)] => *from != issue.hash && !splits.contains(from),
            _ => false,
        })
}

impl NewIssue {
    fn of(issue: &Regrouped, issues: &HashMap<Hash, Issue>) -> Self {
        Self {
            titles: issue.titles.iter().map(|title| text::line(title, 160)).collect(),
            events: number::of(issue.count as u64, "event"),
            from: issue
                .from
                .iter()
                .take(MAX_WITHIN)
                .map(|(hash, count)| OldIssue::of(*hash, *count, issues))
                .collect(),
            from_left_out: issue.from.len().saturating_sub(MAX_WITHIN),
        }
    }
}

impl NewIssue {
    /// What one issue gives to it.
    fn part(issue: &Regrouped, from: Hash, issues: &HashMap<Hash, Issue>) -> Self {
        let given = issue.from.iter().find(|(hash, _)| *hash == from);
        let given = given.map_or(0, |(_, count)| *count);
        let others = issue.count.saturating_sub(given) as u64;
        let beside = match others {
            0 => String::new(),
            others => format!(", beside {} of other issues", number::grouped(others)),
        };
        Self {
            events: number::of(given as u64, "event") + &beside,
            from: Vec::new(),
            from_left_out: 0,
            ..Self::of(issue, issues)
        }
    }
}

impl OldIssue {
    fn of(hash: Hash, events: usize, issues: &HashMap<Hash, Issue>) -> Self {
        let events = number::of(events as u64, "event");
        match issues.get(&hash) {
            Some(issue) => Self {
                id: Some(issue.id.0),
                short_id: ShortId::of(issue).to_string(),
                title: text::line(&issue.title, 160),
                events,
            },
            None => Self {
                short_id: hash.to_string().chars().take(8).collect(),
                events,
                ..Self::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grouping::{Merge, Regrouping, Split};

    fn hash(number: u8) -> Hash {
        format!("{number:032x}").parse().unwrap()
    }

    fn issue(own: u8, from: &[(u8, usize)]) -> Regrouped {
        Regrouped {
            hash: hash(own),
            count: from.iter().map(|(_, count)| count).sum(),
            titles: vec![format!("title {own}")],
            from: from.iter().map(|(number, count)| (hash(*number), *count)).collect(),
        }
    }

    #[test]
    fn tells_what_merges_what_splits_and_what_moves() {
        let preview = Preview {
            regrouping: Regrouping {
                events: 40,
                moved: 16,
                // 1 and 2 become 9; 3 becomes 3 and 10; 4 becomes 11; 5 stays.
                issues: vec![
                    issue(9, &[(1, 5), (2, 3)]),
                    issue(3, &[(3, 2)]),
                    issue(10, &[(3, 1), (6, 4)]),
                    issue(11, &[(4, 7)]),
                    issue(5, &[(5, 22)]),
                ],
                merged: vec![Merge {
                    into: hash(9),
                    from: vec![hash(1), hash(2)],
                }],
                split: vec![Split {
                    from: hash(3),
                    into: vec![hash(3), hash(10)],
                }],
            },
            out_of_time: false,
        };
        let view = PreviewView::of(&preview, &HashMap::new());
        assert_eq!(
            view.summary(),
            "Of all 40 events, 16 would come to another issue than they are in."
        );
        let told = |issues: &[NewIssue]| -> Vec<String> {
            issues
                .iter()
                .map(|issue| format!("{} {}", issue.titles[0], issue.events))
                .collect()
        };
        assert_eq!(told(&view.merges), ["title 9 8 events"]);
        assert_eq!(view.merges[0].from.len(), 2);
        assert_eq!(
            told(&view.splits[0].into),
            ["title 3 2 events", "title 10 1 event, beside 4 of other issues"]
        );
        assert_eq!(view.splits[0].from.events, "3 events");
        assert_eq!(told(&view.moves), ["title 11 7 events"]);
    }
}
