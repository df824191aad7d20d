//! Lists of issues: what is asked for, in which order, which part of it.

use model::{IssueId, ProjectId, Timestamp};
use query::IssueQuery;
use store::issues::{Issue, IssueColumn, IssueFilter, IssuePlace, IssueStart};

use super::{matching, ranking};
use crate::{App, access::OrganizationScope, discover::DiscoverError};

/// Matches are counted up to this.
pub const MOST_HITS: usize = 1_000;

/// Which issues of an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueSearch {
    /// All of the organization when empty.
    pub projects: Vec<ProjectId>,
    /// Only issues with an event in one of these; any when empty.
    pub environments: Vec<String>,
    /// Only issues with an event since then.
    pub since: Option<Timestamp>,
    /// Only issues with an event before then.
    pub until: Option<Timestamp>,
    pub query: IssueQuery,
}

/// By what issues are sorted, the largest first. Events and users are those within the time and environments of the
/// search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IssueOrder {
    #[default]
    LastSeen,
    FirstSeen,
    Events,
    Users,
    /// Many events, and most of them late in the time of the search.
    Trend,
    /// When somebody was asked to look at it.
    Review,
}

impl IssueOrder {
    pub const ALL: [Self; 6] = [
        Self::LastSeen,
        Self::FirstSeen,
        Self::Events,
        Self::Users,
        Self::Trend,
        Self::Review,
    ];

    /// As it stands in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::LastSeen => "date",
            Self::FirstSeen => "new",
            Self::Events => "freq",
            Self::Users => "user",
            Self::Trend => "trends",
            Self::Review => "inbox",
        }
    }

    /// By its name, or another one that Sentry has for something near to it: `recommended` weighs what `trends`
    /// weighs; `priority` was that one's name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "recommended" | "priority" => Some(Self::Trend),
            _ => Self::ALL.into_iter().find(|order| order.name() == name),
        }
    }

    /// It changes with every event.
    fn counts(self) -> bool {
        matches!(self, Self::Events | Self::Users | Self::Trend)
    }
}

/// Which part of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuePage {
    pub start: IssueStart,
    pub limit: usize,
    /// When the first page was asked for. Lists that are sorted by counts end there, so that their pages neither repeat
    /// nor leave out while events come in.
    pub at: Timestamp,
}

/// In the offset of a cursor the time stands before the id, which has so many bits.
const ID_BITS: u32 = 64;

impl IssuePage {
    pub fn first(limit: usize, now: Timestamp) -> Self {
        Self {
            start: IssueStart::First,
            limit,
            at: now,
        }
    }

    /// The page behind or before the place of a cursor, whose offset [`Self::offset`] made.
    pub fn of_cursor(value: i64, offset: u128, back: bool, limit: usize, now: Timestamp) -> Self {
        // The cursor of an empty list tells no time.
        let at = i64::try_from(offset >> ID_BITS)
            .ok()
            .filter(|at| (1..=now.0).contains(at));
        let place = IssuePlace {
            value,
            id: IssueId(i64::try_from(offset & u128::from(u64::MAX)).unwrap_or(i64::MAX)),
        };
        Self {
            start: if back {
                IssueStart::Before(place)
            } else {
                IssueStart::After(place)
            },
            limit,
            at: at.map_or(now, Timestamp),
        }
    }

    /// What a cursor holds beside the value of a place.
    pub fn offset(&self, id: IssueId) -> u128 {
        let part = |number: i64| u128::from(u64::try_from(number).unwrap_or(0));
        part(self.at.0) << ID_BITS | part(id.0)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct FoundIssues {
    /// In the order of the list.
    pub issues: Vec<FoundIssue>,
    /// All that match, counted up to [`MOST_HITS`].
    pub hits: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FoundIssue {
    pub issue: Issue,
    pub place: IssuePlace,
}

#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error(
        "the search has to look at more than {0} issues: narrow it by project, by time, or by what events must have"
    )]
    TooManyIssues(usize),
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A page of the issues that match, and how many do.
///
/// What rows of issues tell is read from them alone; the event index is asked for conditions on events, for a time
/// that has an end, and for counts within a time.
pub async fn search(
    app: &App,
    scope: &OrganizationScope,
    search: &IssueSearch,
    order: IssueOrder,
    page: IssuePage,
) -> Result<FoundIssues, SearchError> {
    let is_open = search.until.is_none_or(|until| until > page.at);
    let search = &search.up_to(page.at, order);
    let Some(matching) = matching::find(app, scope, search).await? else {
        return Ok(FoundIssues {
            issues: Vec::new(),
            hits: 0,
        });
    };
    if let Some(column) = search.column(order) {
        return by_rows(app, scope, &matching.filter, column, page).await;
    }
    // Whether there were events before an end is not in rows.
    if is_open && let Some(found) = ranking::of_few(app, scope, &matching, order, page).await? {
        return Ok(found);
    }
    ranking::list(app, scope, matching, order, page).await
}

/// How many issues match, counted up to [`MOST_HITS`].
pub async fn count(app: &App, scope: &OrganizationScope, search: &IssueSearch) -> Result<i64, SearchError> {
    let search = search.up_to(app.now(), IssueOrder::LastSeen);
    let Some(mut matching) = matching::find(app, scope, &search).await? else {
        return Ok(0);
    };
    matching::hold_to_time(app, scope, &search, &mut matching).await?;
    let mut db = app.store.read().await?;
    Ok(store::issues::count(&mut db, scope.organization.id, &matching.filter, MOST_HITS).await?)
}

pub(super) async fn by_rows(
    app: &App,
    scope: &OrganizationScope,
    filter: &IssueFilter,
    column: IssueColumn,
    page: IssuePage,
) -> Result<FoundIssues, SearchError> {
    let organization = scope.organization.id;
    let mut db = app.store.read().await?;
    let found = store::issues::list(&mut db, organization, filter, column, page.start, page.limit).await?;
    let whole = page.start == IssueStart::First && found.len() < page.limit;
    let hits = if whole {
        i64::try_from(found.len()).unwrap_or(i64::MAX)
    } else {
        store::issues::count(&mut db, organization, filter, MOST_HITS).await?
    };
    let issues = found.into_iter().map(|(place, issue)| FoundIssue { issue, place });
    Ok(FoundIssues {
        issues: issues.collect(),
        hits,
    })
}

impl IssueSearch {
    /// The search as it was asked at this time: what ends later has no end yet, but where events are counted.
    pub(super) fn up_to(&self, at: Timestamp, order: IssueOrder) -> Self {
        let until = self.until.filter(|until| *until <= at);
        let counted = order.counts() && !self.is_unbounded();
        Self {
            until: until.or(counted.then_some(Timestamp(at.0.saturating_add(1)))),
            ..self.clone()
        }
    }

    fn is_unbounded(&self) -> bool {
        self.since.is_none() && self.until.is_none() && self.environments.is_empty()
    }

    /// Where rows of issues tell all that matters: whether there were events before an end is not in them.
    fn column(&self, order: IssueOrder) -> Option<IssueColumn> {
        if self.until.is_some() {
            return None;
        }
        match order {
            IssueOrder::LastSeen => Some(IssueColumn::LastSeen),
            IssueOrder::FirstSeen => Some(IssueColumn::FirstSeen),
            IssueOrder::Events => self.is_unbounded().then_some(IssueColumn::TimesSeen),
            IssueOrder::Users => self.is_unbounded().then_some(IssueColumn::UsersSeen),
            IssueOrder::Trend => None,
            IssueOrder::Review => Some(IssueColumn::Review),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_tells_place_and_time() {
        let page = IssuePage::first(25, Timestamp(1_795_228_837_000_000));
        let id = IssueId(8_123_456_789_012_345);
        let later = page.at + std::time::Duration::from_secs(60);
        let next = IssuePage::of_cursor(7, page.offset(id), false, 25, later);
        assert_eq!(next.start, IssueStart::After(IssuePlace { value: 7, id }));
        assert_eq!(next.at, page.at);
        // Made up ones are no failure.
        for odd in [0, 7, u128::MAX] {
            assert_eq!(IssuePage::of_cursor(-1, odd, true, 25, later).at, later);
        }
        assert_eq!(
            IssuePage {
                at: Timestamp(-1),
                ..page
            }
            .offset(IssueId(-1)),
            0
        );
    }

    #[test]
    fn orders_have_names() {
        for order in IssueOrder::ALL {
            assert_eq!(IssueOrder::from_name(order.name()), Some(order));
        }
        assert_eq!(IssueOrder::from_name("recommended"), Some(IssueOrder::Trend));
        assert_eq!(IssueOrder::from_name("odd"), None);
    }
}
