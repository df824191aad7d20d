use askama::Template;
use model::Timestamp;

use super::{IssueRow, row::PriorityMark, samples};
use crate::{
    gallery::Sample,
    icon::{Icon, LevelMark},
    number::{self, Count},
    shell::Shell,
    time::Ago,
};

/// The issue list: search, sort, select, act.
#[derive(Debug, Template)]
#[template(path = "issues/list.html")]
pub(crate) struct IssueListPage {
    pub(crate) shell: Shell,
    pub(crate) query: String,
    /// What the search does not understand, and what it would.
    pub(crate) query_error: Option<String>,
    pub(crate) sort: Sort,
    pub(crate) rows: Vec<IssueRow>,
    /// All that match, when that was counted.
    pub(crate) total: Option<u64>,
    pub(crate) trend_over: &'static str,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
    pub(crate) empty: EmptyList,
}

/// Why there is no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EmptyList {
    /// There is no project.
    NoProject,
    /// No event was ever received; the project to connect an SDK to.
    NoEvent { project: String },
    /// Nothing is unresolved.
    AllDone,
    NothingMatches,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sort {
    #[default]
    Date,
    New,
    Freq,
    User,
}

impl Sort {
    pub(crate) const ALL: [Self; 4] = [Self::Date, Self::New, Self::Freq, Self::User];

    /// Its name in the URL, as in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::New => "new",
            Self::Freq => "freq",
            Self::User => "user",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Date => "Last seen",
            Self::New => "First seen",
            Self::Freq => "Events",
            Self::User => "Users",
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|sort| sort.name() == name).unwrap_or_default()
    }
}

/// What one sees who has typed nothing.
pub(crate) const DEFAULT_QUERY: &str = "is:unresolved";

/// Searches that are one click away.
pub(crate) const TABS: [(&str, &str); 4] =
    [(DEFAULT_QUERY, "Unresolved"), ("is:resolved", "Resolved"), ("is:ignored", "Archived"), ("", "All")];

impl IssueListPage {
    fn tab_link(&self, query: &str) -> String {
        self.list_link(query, self.sort)
    }

    fn sort_link(&self, sort: &Sort) -> String {
        self.list_link(&self.query, *sort)
    }

    /// The list with another search or order; the scope comes along by itself.
    fn list_link(&self, query: &str, sort: Sort) -> String {
        let mut pairs = Vec::new();
        if query != DEFAULT_QUERY {
            pairs.push(("query", query));
        }
        if sort != Sort::default() {
            pairs.push(("sort", sort.name()));
        }
        self.shell.links.issues_with(&pairs)
    }

    fn is_tab(&self, query: &str) -> bool {
        self.query == query
    }

    /// The fields of the scope, which a search keeps.
    fn kept(&self) -> Vec<(String, String)> {
        self.shell.scope.as_ref().map(|bar| bar.kept_but(&["query", "sort", "cursor"])).unwrap_or_default()
    }

    fn count_in_words(&self) -> String {
        match self.total {
            Some(total) => number::of(total, "issue"),
            None => String::new(),
        }
    }

    /// How many more match than are on the page, when that is known.
    fn more_than_shown(&self) -> Option<u64> {
        self.total.filter(|total| *total > self.rows.len() as u64)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        samples::issue_lists()
    }
}
