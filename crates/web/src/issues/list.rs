use std::time::Duration;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, Cursor, Direction, OrganizationAccess, scopes::EventRead};
use model::EventId;
use services::{
    App,
    access::AccessError,
    discover::DiscoverError,
    issues::{Counted, FoundIssue, IssueOrder, IssuePage, IssueSearch, MOST_HITS, People, SearchError, ShortId, views},
};
use store::{events::StoredEvent, issues::Issue, projects::Project};

use super::{
    IssueRow,
    actions::MOST_MATCHING,
    filter,
    row::{PriorityMark, natural},
    samples,
};
use crate::{
    discover::problem::Problem,
    gallery::Sample,
    icon::{Icon, LevelMark},
    number::{self, Count},
    page::Page,
    shell::{Part, Shell},
    visit::Visit,
};

/// The issue list: search, sort, select, act.
#[derive(Debug, Template)]
#[template(path = "issues/list.html")]
pub(crate) struct IssueListPage {
    pub(crate) shell: Shell,
    pub(crate) query: String,
    /// Why there is no answer to the search.
    pub(crate) problem: Option<Problem>,
    /// The saved view that is shown, and the tabs that the reader made of such.
    pub(crate) view: Option<i64>,
    pub(crate) views: Vec<ViewTab>,
    /// What the reader searched lately.
    pub(crate) recent: Vec<String>,
    pub(crate) sort: Sort,
    pub(crate) rows: Vec<IssueRow>,
    /// All that match, counted up to [`MAX_COUNT`].
    pub(crate) total: u64,
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
    NoEvent {
        project: String,
    },
    /// The search makes no sense, or asks for too much.
    NotAnswered,
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
    Trends,
    Inbox,
}

impl Sort {
    pub(crate) const ALL: [Self; 6] = [Self::Date, Self::New, Self::Freq, Self::User, Self::Trends, Self::Inbox];

    /// Its name in the URL, as in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::New => "new",
            Self::Freq => "freq",
            Self::User => "user",
            Self::Trends => "trends",
            Self::Inbox => "inbox",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Date => "Last seen",
            Self::New => "First seen",
            Self::Freq => "Events",
            Self::User => "Users",
            Self::Trends => "Trends",
            Self::Inbox => "Date added",
        }
    }

    pub(crate) fn order(self) -> IssueOrder {
        match self {
            Self::Date => IssueOrder::LastSeen,
            Self::New => IssueOrder::FirstSeen,
            Self::Freq => IssueOrder::Events,
            Self::User => IssueOrder::Users,
            Self::Trends => IssueOrder::Trend,
            Self::Inbox => IssueOrder::Review,
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|sort| sort.name() == name)
            .unwrap_or_default()
    }
}

/// What one sees who has typed nothing.
pub(crate) const DEFAULT_QUERY: &str = "is:unresolved";

/// Searches that are one click away.
pub(crate) const TABS: [(&str, &str); 8] = [
    (DEFAULT_QUERY, "Unresolved"),
    ("is:unresolved is:for_review", "For review"),
    ("is:unresolved assigned_or_suggested:[me, my_teams]", "Mine"),
    ("is:regressed", "Regressed"),
    ("is:escalating", "Escalating"),
    ("is:ignored", "Archived"),
    ("is:resolved", "Resolved"),
    ("", "All"),
];

/// A saved view as a tab.
#[derive(Debug, Clone)]
pub(crate) struct ViewTab {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) may_change: bool,
}

/// Matches are counted up to this, and no more are changed at once.
pub(crate) const MAX_COUNT: u64 = MOST_HITS as u64;
pub(crate) const ROWS: usize = 25;

/// How many of the latest searches the menu of views lists.
const MOST_RECENT: usize = 8;
const TREND_HOURS: usize = 24;
const HOUR: Duration = Duration::from_secs(3_600);

/// `GET /organizations/{organization}/issues/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<EventRead>) -> Result<Response, ApiError> {
    let scope = &access.scope;
    if let Some(place) = named(&visit, &access).await? {
        return Ok(Redirect::to(&place).into_response());
    }
    let (shell, projects) = visit.scoped_shell(scope, Part::Issues, "Issues").await?;
    let query = visit.field("query").unwrap_or(DEFAULT_QUERY).trim().to_owned();
    let sort = visit.field("sort").map(Sort::from_name).unwrap_or_default();
    let starred = views::starred(&visit.app, scope).await?;
    let mut page = IssueListPage {
        shell,
        query,
        problem: None,
        view: visit.field("view").and_then(|view| view.parse().ok()),
        views: starred.iter().map(|view| ViewTab::new(view, scope)).collect(),
        recent: Vec::new(),
        sort,
        rows: Vec::new(),
        total: 0,
        trend_over: "24 hours",
        previous: None,
        next: None,
        empty: EmptyList::NothingMatches,
    };
    let asked = Asked::read(&visit);
    match answer(&visit, &access, sort, &asked).await {
        Ok(answer) => {
            page.total = answer.total;
            page.rows = answer.rows;
            (page.previous, page.next) = answer.links;
            page.empty = EmptyList::of(&projects, &page.query);
            page.recent = recent(&visit, &access, &page.query).await?;
        }
        Err(error) => {
            page.problem = Some(Problem::of_search(error, &page.query)?);
            page.empty = EmptyList::NotAnswered;
        }
    }
    Ok(Page(page).into_response())
}

/// Notes the search, unless a tab has it, and gives those before it.
async fn recent(visit: &Visit, access: &OrganizationAccess<EventRead>, query: &str) -> Result<Vec<String>, ApiError> {
    let (app, scope) = (&visit.app, &access.scope);
    let mut recent = views::recent(app, scope, "").await?;
    let is_last = recent.first().is_some_and(|(last, _)| last == query);
    let is_tab = TABS.iter().any(|(tab, _)| *tab == query);
    if !is_tab && !is_last && visit.field("cursor").is_none() && visit.field("view").is_none() {
        views::add_recent(app, scope, query).await?;
    }
    recent.retain(|(known, _)| known != query);
    Ok(recent.into_iter().take(MOST_RECENT).map(|(query, _)| query).collect())
}

/// What a search finds of a page.
struct Answer {
    rows: Vec<IssueRow>,
    total: u64,
    links: (Option<String>, Option<String>),
}

async fn answer(
    visit: &Visit,
    access: &OrganizationAccess<EventRead>,
    sort: Sort,
    asked: &Asked,
) -> Result<Answer, SearchError> {
    let search = filter::of_query(visit.pairs(), visit.app.now()).map_err(DiscoverError::Query)?;
    let found = services::issues::search(&visit.app, &access.scope, &search, sort.order(), asked.page).await?;
    let total = natural(found.hits);
    let mut issues = found.issues;
    let links = asked.links(&mut issues, visit);
    let issues: Vec<Issue> = issues.into_iter().map(|found| found.issue).collect();
    let rows = rows(&visit.app, access, issues, &search).await?;
    Ok(Answer { rows, total, links })
}

/// The page of the one issue or event that was searched for by its id.
async fn named(visit: &Visit, access: &OrganizationAccess<EventRead>) -> Result<Option<String>, ApiError> {
    let Some(query) = visit
        .field("query")
        .map(str::trim)
        .filter(|query| !query.contains(char::is_whitespace))
    else {
        return Ok(None);
    };
    let links = crate::urls::Links::new(&access.scope.organization.slug, visit.scope().query());
    if let Ok(id) = query.parse::<EventId>() {
        return match services::events::get_in_organization(&visit.app, &access.scope, id).await {
            Ok(found) => match found.stored.issue {
                Some(issue) => Ok(Some(links.event(issue.0, &id.to_string()))),
                None => event_page(visit, access, &found.stored).await,
            },
            Err(AccessError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        };
    }
    if ShortId::parse(query).is_none() {
        return Ok(None);
    }
    match services::issues::get(&visit.app, &access.scope, query).await {
        Ok(issue) => Ok(Some(links.issue(issue.id.0))),
        Err(AccessError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The page of an event that belongs to no issue.
async fn event_page(
    visit: &Visit,
    access: &OrganizationAccess<EventRead>,
    stored: &StoredEvent,
) -> Result<Option<String>, ApiError> {
    let links = crate::urls::Links::new(&access.scope.organization.slug, visit.scope().query());
    let projects = services::projects::list(&visit.app, &access.scope).await?;
    let project = projects.into_iter().find(|project| project.id == stored.project);
    Ok(project.map(|project| links.project_event(&project.slug, &stored.id.to_string())))
}

/// The rows of issues, with the numbers of the time and the environments that the list is about.
async fn rows(
    app: &App,
    access: &OrganizationAccess<EventRead>,
    issues: Vec<Issue>,
    search: &IssueSearch,
) -> Result<Vec<IssueRow>, SearchError> {
    if issues.is_empty() {
        return Ok(Vec::new());
    }
    let trends = services::issues::event_counts(app, &issues, HOUR, TREND_HOURS).await?;
    let seen = services::issues::seen_within(app, &access.scope, &issues, search, Counted::Within).await?;
    let seen = seen.unwrap_or_default();
    let people = People::of(app, &access.scope).await?;
    let viewer = access.scope.actor.viewer();
    let now = app.now();
    let row = |(issue, trend): (Issue, services::issues::EventCounts)| {
        IssueRow::new(&issue, seen.get(&issue.id), &trend.counts, &people, viewer, now)
    };
    Ok(issues.into_iter().zip(trends).map(row).collect())
}

/// Which page of the list was asked for.
struct Asked {
    cursor: Option<Cursor>,
    /// One row more than a page shows, to see whether there is a further one.
    page: IssuePage,
}

impl Asked {
    /// A cursor that is none begins at the start.
    fn read(visit: &Visit) -> Self {
        const LIMIT: usize = ROWS + 1;
        let cursor: Option<Cursor> = visit.field("cursor").and_then(|cursor| cursor.parse().ok());
        let page = match cursor {
            None => IssuePage::first(LIMIT, visit.app.now()),
            Some(cursor) => {
                let back = cursor.direction == Direction::Previous;
                IssuePage::of_cursor(cursor.value, cursor.offset, back, LIMIT, visit.app.now())
            }
        };
        Self { cursor, page }
    }

    /// Cuts what was fetched to a page and says where the pages before and after it are.
    fn links(&self, issues: &mut Vec<FoundIssue>, visit: &Visit) -> (Option<String>, Option<String>) {
        let is_more = issues.len() > ROWS;
        let is_back = self
            .cursor
            .is_some_and(|cursor| cursor.direction == Direction::Previous);
        if is_back && is_more {
            issues.remove(0);
        }
        issues.truncate(ROWS);
        let link = |found: Option<&FoundIssue>, direction| {
            let place = found?.place;
            Some(visit.page_link(Cursor {
                value: place.value,
                offset: self.page.offset(place.id),
                direction,
            }))
        };
        let has_previous = if is_back { is_more } else { self.cursor.is_some() };
        let has_next = is_back || is_more;
        let previous = link(issues.first().filter(|_| has_previous), Direction::Previous);
        (previous, link(issues.last().filter(|_| has_next), Direction::Next))
    }
}

impl EmptyList {
    fn of(projects: &[Project], query: &str) -> Self {
        match projects.first() {
            None => Self::NoProject,
            Some(first) if projects.iter().all(|project| project.first_event_at.is_none()) => Self::NoEvent {
                project: first.slug.clone(),
            },
            Some(_) if query == DEFAULT_QUERY => Self::AllDone,
            Some(_) => Self::NothingMatches,
        }
    }
}

impl IssueListPage {
    /// Another search, in no view.
    fn tab_link(&self, query: &str) -> String {
        self.list_link(query, self.sort, None)
    }

    fn sort_link(&self, sort: &Sort) -> String {
        self.list_link(&self.query, *sort, self.view)
    }

    /// The list with another search or order; the scope comes along by itself.
    fn list_link(&self, query: &str, sort: Sort, view: Option<i64>) -> String {
        let view = view.map(|view| view.to_string());
        let mut pairs = Vec::new();
        if query != DEFAULT_QUERY {
            pairs.push(("query", query));
        }
        if sort != Sort::default() {
            pairs.push(("sort", sort.name()));
        }
        if let Some(view) = &view {
            pairs.push(("view", view.as_str()));
        }
        self.shell.links.issues_with(&pairs)
    }

    fn is_tab(&self, query: &str) -> bool {
        self.query == query
    }

    fn is_view(&self, view: &ViewTab) -> bool {
        self.view == Some(view.id)
    }

    /// The tab whose view is open, if the reader may change it.
    fn open_view(&self) -> Option<&ViewTab> {
        self.views.iter().find(|tab| self.is_view(tab) && tab.may_change)
    }

    /// Where the same search with what was perhaps meant is.
    fn meant_link(&self, meant: &str) -> String {
        self.list_link(meant, self.sort, self.view)
    }

    /// Where a script asks for what is new.
    fn live_link(&self) -> String {
        let mut pairs = vec![("query", self.query.as_str()), ("sort", self.sort.name())];
        if self.previous.is_some() {
            pairs.push(("cursor", "1"));
        }
        self.shell.links.issues_live(&pairs)
    }

    /// The list as it stands, without a page.
    fn reload_link(&self) -> String {
        self.list_link(&self.query, self.sort, self.view)
    }

    /// The fields of the scope, which a search keeps, and the view that is open.
    fn kept(&self) -> Vec<(String, String)> {
        self.shell
            .scope
            .as_ref()
            .map(|bar| bar.kept_but(&["query", "sort", "cursor"]))
            .unwrap_or_default()
    }

    fn count_in_words(&self) -> String {
        match self.total {
            MAX_COUNT.. => format!("more than {}", number::of(MAX_COUNT - 1, "issue")),
            total => number::of(total, "issue"),
        }
    }

    fn is_more_than_shown(&self) -> bool {
        self.total > self.rows.len() as u64
    }

    /// What the box that selects all of them says.
    fn all_matching(&self) -> String {
        match self.total {
            MAX_COUNT.. => format!(
                "All matching: {} or more, {} at most",
                number::grouped(MAX_COUNT),
                number::grouped(MOST_MATCHING as u64)
            ),
            total => format!("All {} matching", number::grouped(total)),
        }
    }

    pub(crate) fn samples() -> Vec<Sample> {
        samples::issue_lists()
    }
}
