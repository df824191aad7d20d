//! Counts of a stretch of time, put together for pages.

use std::{collections::BTreeMap, time::Duration};

use httpkit::ApiError;
use model::{OutcomeKind, ProjectId, Timestamp};
use services::{App, access::OrganizationScope, outcomes::Period};
use store::outcomes::{OutcomeFilter, OutcomeGroup};

use super::Category;
use crate::chart::{self, Series, StackedChart};

/// What became of items, as pages tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Accepted,
    Filtered,
    RateLimited,
    Invalid,
    ClientDiscard,
}

impl Fate {
    pub(crate) const ALL: [Self; 5] = [
        Self::Accepted,
        Self::Filtered,
        Self::RateLimited,
        Self::Invalid,
        Self::ClientDiscard,
    ];

    pub(crate) fn of(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Accepted => Self::Accepted,
            OutcomeKind::Filtered => Self::Filtered,
            OutcomeKind::RateLimited | OutcomeKind::CardinalityLimited => Self::RateLimited,
            OutcomeKind::Invalid | OutcomeKind::Abuse => Self::Invalid,
            OutcomeKind::ClientDiscard => Self::ClientDiscard,
        }
    }

    fn of_number(number: i64) -> Self {
        OutcomeKind::from_number(number).map_or(Self::Invalid, Self::of)
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Filtered => "Filtered",
            Self::RateLimited => "Rate limited",
            Self::Invalid => "Invalid",
            Self::ClientDiscard => "Dropped by the client",
        }
    }

    /// For the head of a narrow column.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Self::RateLimited => "Limited",
            Self::ClientDiscard => "Client",
            other => other.label(),
        }
    }

    /// Its colour in the stylesheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Accepted => "fate-accepted",
            Self::Filtered => "fate-filtered",
            Self::RateLimited => "fate-limited",
            Self::Invalid => "fate-invalid",
            Self::ClientDiscard => "fate-client",
        }
    }

    /// What it means, for the hover.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Accepted => "Taken in and kept",
            Self::Filtered => "Not wanted: by an inbound filter or by sampling",
            Self::RateLimited => "Over a limit of the key, the project or the organization",
            Self::Invalid => "Could not be read, too large, or sent twice",
            Self::ClientDiscard => "Never sent: the SDK dropped it and said so",
        }
    }
}

/// How many of each fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally([u64; 5]);

impl Tally {
    pub(crate) fn add(&mut self, fate: Fate, count: u64) {
        let sum = &mut self.0[fate as usize];
        *sum = sum.saturating_add(count);
    }

    pub(crate) fn get(&self, fate: Fate) -> u64 {
        self.0[fate as usize]
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// Something that was not accepted: how, why, of which category and project, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) kind: OutcomeKind,
    pub(crate) reason: String,
    pub(crate) category: &'static Category,
    pub(crate) project: ProjectId,
    pub(crate) count: u64,
}

/// All counts of a page.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) by_category: Vec<(&'static Category, Tally)>,
    /// Of the category that was chosen.
    pub(super) by_project: BTreeMap<ProjectId, Tally>,
    pub(super) dropped: Vec<Dropped>,
}

fn natural(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// The stretch of time of a page in buckets of whole hours.
pub(super) fn period(since: Timestamp, until: Timestamp) -> Period {
    let (start, interval, slots) = chart::hours(since, until);
    Period {
        start,
        end: start + interval * u32::try_from(slots).unwrap_or(u32::MAX),
        interval,
    }
}

/// The same stretch as one bucket.
fn whole(period: Period) -> Period {
    Period {
        interval: period.end.since(period.start),
        ..period
    }
}

pub(super) async fn counts(
    app: &App,
    scope: &OrganizationScope,
    projects: &[ProjectId],
    chosen: &'static Category,
    period: Period,
) -> Result<Counts, ApiError> {
    let filter = OutcomeFilter {
        projects: projects.to_vec(),
        ..OutcomeFilter::default()
    };
    let groups = [
        OutcomeGroup::Project,
        OutcomeGroup::Category,
        OutcomeGroup::Outcome,
        OutcomeGroup::Reason,
    ];
    let sums = services::outcomes::sums(app, scope, &filter, &groups, whole(period)).await?;
    let mut counts = Counts::default();
    let mut by_category: BTreeMap<usize, Tally> = BTreeMap::new();
    for sum in sums {
        let (Some(category), Some(project)) = (sum.category.and_then(Category::of_number), sum.project) else {
            continue;
        };
        let Some(kind) = sum.outcome.and_then(OutcomeKind::from_number) else {
            continue;
        };
        let (fate, count) = (Fate::of(kind), natural(sum.quantity));
        let place = Category::all().iter().position(|other| other == category).unwrap_or(0);
        by_category.entry(place).or_default().add(fate, count);
        if category == chosen {
            counts.by_project.entry(project).or_default().add(fate, count);
        }
        if fate != Fate::Accepted {
            counts.dropped.push(Dropped {
                kind,
                reason: sum.reason.unwrap_or_default(),
                category,
                project,
                count,
            });
        }
    }
    counts.by_category = by_category
        .into_iter()
        .map(|(place, tally)| (&Category::all()[place], tally))
        .collect();
    Ok(counts)
}

pub(super) async fn chart(
    app: &App,
    scope: &OrganizationScope,
    projects: &[ProjectId],
    chosen: &'static Category,
    period: Period,
) -> Result<StackedChart, ApiError> {
    let filter = OutcomeFilter {
        projects: projects.to_vec(),
        categories: chosen.numbers(),
        ..OutcomeFilter::default()
    };
    let sums = services::outcomes::sums(app, scope, &filter, &[OutcomeGroup::Outcome], period).await?;
    let starts = period.buckets();
    let mut counts = vec![vec![0_u64; starts.len()]; Fate::ALL.len()];
    for sum in sums {
        let fate = sum.outcome.map_or(Fate::Invalid, Fate::of_number);
        let slot = usize::try_from(sum.slot).unwrap_or(usize::MAX);
        if let Some(count) = counts[fate as usize].get_mut(slot) {
            *count = count.saturating_add(natural(sum.quantity));
        }
    }
    let series = Fate::ALL.into_iter().zip(counts).map(|(fate, counts)| Series {
        label: fate.label(),
        class: fate.class(),
        counts,
    });
    Ok(StackedChart {
        starts,
        width: period.interval,
        series: series.collect(),
        is_bytes: chosen.is_bytes,
    })
}

/// What a project, one of its keys or an organization sent in the time up to now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    /// By the number of the category.
    accepted: BTreeMap<i64, u64>,
    limited: BTreeMap<i64, u64>,
    /// By reason, of the categories that are shown and no bytes.
    filtered: BTreeMap<String, u64>,
}

/// `filter` says of what.
pub(crate) async fn usage(
    app: &App,
    scope: &OrganizationScope,
    filter: &OutcomeFilter,
    over: Duration,
) -> Result<Usage, ApiError> {
    let hour = Period::SMALLEST_INTERVAL;
    let end = app.now().truncate(hour) + hour;
    // The hour that runs is not over: with it, as many whole ones as were asked for.
    let start = (end - over).truncate(hour);
    let period = Period {
        start,
        end,
        interval: end.since(start),
    };
    let groups = [OutcomeGroup::Category, OutcomeGroup::Outcome, OutcomeGroup::Reason];
    let mut usage = Usage::default();
    for sum in services::outcomes::sums(app, scope, filter, &groups, period).await? {
        let (Some(category), Some(outcome)) = (sum.category, sum.outcome) else {
            continue;
        };
        let count = natural(sum.quantity);
        match Fate::of_number(outcome) {
            Fate::Accepted => *usage.accepted.entry(category).or_default() += count,
            Fate::RateLimited => *usage.limited.entry(category).or_default() += count,
            Fate::Filtered if Category::of_number(category).is_some_and(|shown| !shown.is_bytes) => {
                *usage.filtered.entry(sum.reason.unwrap_or_default()).or_default() += count;
            }
            Fate::Filtered | Fate::Invalid | Fate::ClientDiscard => {}
        }
    }
    Ok(usage)
}

impl Usage {
    /// Of all categories when none is named.
    pub(crate) fn accepted(&self, categories: &[i64]) -> u64 {
        sum(&self.accepted, categories)
    }

    pub(crate) fn limited(&self, categories: &[i64]) -> u64 {
        sum(&self.limited, categories)
    }

    pub(crate) fn filtered(&self, reason: &str) -> u64 {
        self.filtered.get(reason).copied().unwrap_or(0)
    }

    /// Made up, for samples.
    pub(crate) fn of_errors(accepted: u64, limited: u64) -> Self {
        let error = Category::errors().numbers()[0];
        Self {
            accepted: [(error, accepted)].into(),
            limited: [(error, limited)].into(),
            ..Self::default()
        }
    }

    /// Made up, for samples.
    pub(crate) fn of_filters(filtered: &[(&str, u64)]) -> Self {
        Self {
            filtered: filtered
                .iter()
                .map(|(reason, count)| ((*reason).to_owned(), *count))
                .collect(),
            ..Self::default()
        }
    }
}

fn sum(counts: &BTreeMap<i64, u64>, categories: &[i64]) -> u64 {
    let wanted = counts
        .iter()
        .filter(|(category, _)| categories.is_empty() || categories.contains(category));
    wanted.fold(0, |sum, (_, count)| sum.saturating_add(*count))
}
