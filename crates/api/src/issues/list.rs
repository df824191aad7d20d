use std::collections::{BTreeMap, BTreeSet};

use axum::{Json, extract::State};
use httpkit::{ApiError, OrganizationAccess, ProjectAccess, scopes::EventRead};
use model::{EventId, IssueId};
use services::{
    App,
    access::{AccessError, OrganizationScope},
    issues::{FoundIssue, IssuePage, IssueSearch, ShortId},
};
use store::issues::Issue;

use super::{
    expand::{Attached, ExpandedView},
    numbers::Numbers,
    rendering::Rendering,
    selection::{self, Selection},
    stats::Timeline,
    view::{IssueInList, IssueStatsView},
};
use crate::{
    page::{MAX_ROWS, Page, PageRequest},
    parameters::Parameters,
    period::Period,
};

/// What the issues of a list are shown with.
#[derive(Debug)]
struct Listing<'a> {
    app: &'a App,
    scope: &'a OrganizationScope,
    numbers: Numbers<'a>,
    parameters: &'a Parameters,
}

/// `GET /api/0/organizations/{organization}/issues/`
pub(crate) async fn list_of_organization(
    access: OrganizationAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<IssueInList>, ApiError> {
    let scope = &access.scope;
    let wanted = selection::page(&page, app.now());
    let period = Period::read(&parameters, wanted.at)?;
    let timeline = Timeline::of_organization(parameters.get("groupStatsPeriod"), period, app.now())?;
    let listing = Listing {
        app: &app,
        scope,
        numbers: Numbers::of_issues(timeline, true),
        parameters: &parameters,
    };
    if let Some(found) = listing.direct_hit(|_| true).await? {
        return Ok(found);
    }
    let selection = Selection::of_organization(&app, scope, &parameters, wanted.at).await?;
    if let Some(ids) = ids(&parameters, "group")? {
        let mut issues = services::issues::find_all(&app, scope, &ids).await?;
        issues.retain(|issue| selection.holds(issue.project));
        return listing
            .within(&selection.search)
            .render(page.of_whole(&app.url, issues))
            .await;
    }
    listing
        .within(&selection.search)
        .search(&page, wanted, &selection)
        .await
}

/// `GET /api/0/organizations/{organization}/issues-stats/`: the numbers of the issues that `groups` names, as the list
/// has them.
pub(crate) async fn list_stats(
    access: OrganizationAccess<EventRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<IssueStatsView>>, ApiError> {
    let Some(ids) = ids(&parameters, "groups")? else {
        return Err(ApiError::bad_request(
            "Name the issues with the parameter groups, once for each.",
        ));
    };
    if ids.len() > MAX_ROWS {
        return Err(ApiError::bad_request(format_args!(
            "At most {MAX_ROWS} issues can be named at once."
        )));
    }
    let (scope, now) = (&access.scope, app.now());
    let period = Period::read(&parameters, now)?;
    let timeline = Timeline::of_organization(parameters.get("groupStatsPeriod"), period, now)?;
    let selection = Selection::of_organization(&app, scope, &parameters, now).await?;
    let mut issues = services::issues::find_all(&app, scope, &ids).await?;
    issues.retain(|issue| selection.holds(issue.project));
    let listing = Listing {
        app: &app,
        scope,
        numbers: Numbers::of_issues(timeline, true),
        parameters: &parameters,
    };
    let views = listing.within(&selection.search).views(issues).await?;
    Ok(Json(views.into_iter().map(IssueStatsView::from).collect()))
}

/// How many searches are counted at once.
const MOST_COUNTED: usize = 20;

/// `GET /api/0/organizations/{organization}/issues-count/`: how many issues each `query` finds, counted as far as lists
/// count.
pub(crate) async fn count(
    access: OrganizationAccess<EventRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<BTreeMap<String, i64>>, ApiError> {
    let now = app.now();
    let within = Selection::of_organization(&app, &access.scope, &parameters.without("query"), now).await?;
    let queries: BTreeSet<&str> = parameters.all("query").collect();
    if queries.len() > MOST_COUNTED {
        return Err(ApiError::bad_request(format_args!(
            "At most {MOST_COUNTED} searches can be counted at once."
        )));
    }
    let mut counts = BTreeMap::new();
    for query in queries {
        let search = IssueSearch {
            query: selection::parse(query.trim(), now)?,
            ..within.search.clone()
        };
        let count = services::issues::count(&app, &access.scope, &search).await?;
        counts.insert(query.to_owned(), count);
    }
    Ok(Json(counts))
}

/// `GET /api/0/projects/{organization}/{project}/issues/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<IssueInList>, ApiError> {
    let (scope, project) = (access.scope.whole(), access.scope.project.id);
    let timeline = Timeline::of_project(parameters.get("statsPeriod"), app.now())?;
    let listing = Listing {
        app: &app,
        scope,
        numbers: Numbers::of_issues(timeline, false),
        parameters: &parameters,
    };
    if let Some(found) = listing.direct_hit(|issue| issue.project == project).await? {
        return Ok(found.map(IssueInList::with_plain_links));
    }
    let wanted = selection::page(&page, app.now());
    let selection = Selection::of_project(&app, &access.scope, &parameters, wanted.at).await?;
    let listing = listing.within(&selection.search);
    let found = listing.search(&page, wanted, &selection).await?;
    Ok(found.map(IssueInList::with_plain_links))
}

/// The issues that the query names by their ids, if it does.
pub(super) fn ids(parameters: &Parameters, name: &str) -> Result<Option<Vec<IssueId>>, ApiError> {
    const MOST: usize = 1_000;
    let ids = parameters
        .all(name)
        .filter(|id| !id.is_empty())
        .map(str::parse)
        .collect::<Result<Vec<_>, _>>();
    let ids =
        ids.map_err(|_| ApiError::bad_request(format_args!("Invalid {name} parameter: issue ids are numbers.")))?;
    if ids.len() > MOST {
        return Err(ApiError::bad_request(format_args!(
            "At most {MOST} issues can be named at once."
        )));
    }
    Ok(Some(ids).filter(|ids| !ids.is_empty()))
}

impl Listing<'_> {
    /// The one issue that the search names: by an event's id, or by its short id where the client asks for that.
    async fn direct_hit(&self, allowed: impl Fn(&Issue) -> bool) -> Result<Option<Page<IssueInList>>, ApiError> {
        let query = selection::query(self.parameters).unwrap_or_default();
        if let Ok(event) = query.parse::<EventId>() {
            return self.hit_by_event(event, allowed).await;
        }
        if self.parameters.is_on("shortIdLookup") && ShortId::parse(query).is_some() {
            let found = present(services::issues::get(self.app, self.scope, query).await)?;
            if let Some(issue) = found.filter(|issue| allowed(issue)) {
                return Ok(Some(Page::direct_hit(self.one(issue).await?)));
            }
        }
        Ok(None)
    }

    async fn hit_by_event(
        &self,
        id: EventId,
        allowed: impl Fn(&Issue) -> bool,
    ) -> Result<Option<Page<IssueInList>>, ApiError> {
        let event = present(services::events::get_in_organization(self.app, self.scope, id).await)?;
        let Some(event) = event.map(|found| found.stored) else {
            return Ok(None);
        };
        let Some(issue) = event.issue else { return Ok(None) };
        let issue = present(services::issues::get(self.app, self.scope, &issue.to_string()).await)?;
        let Some(issue) = issue.filter(|issue| allowed(issue)) else {
            return Ok(None);
        };
        let mut view = self.one(issue).await?;
        view.matching_event_id = Some(event.id.to_string());
        view.matching_event_environment = Some(event.environment).filter(|name| !name.is_empty());
        Ok(Some(Page::direct_hit(view)))
    }

    async fn one(&self, issue: Issue) -> Result<IssueInList, ApiError> {
        self.views(vec![issue])
            .await?
            .pop()
            .ok_or_else(|| AccessError::NotFound.into())
    }

    /// The same, with the numbers of what a search is about.
    fn within<'b>(&self, search: &'b IssueSearch) -> Listing<'b>
    where
        Self: 'b,
    {
        Listing {
            numbers: self.numbers.within(search),
            ..*self
        }
    }

    async fn search(
        &self,
        page: &PageRequest,
        wanted: IssuePage,
        selection: &Selection,
    ) -> Result<Page<IssueInList>, ApiError> {
        let found = services::issues::search(self.app, self.scope, &selection.search, selection.order, wanted).await?;
        let place = |found: &FoundIssue| (found.place.value, wanted.offset(found.place.id));
        let page = page
            .of_fetched(&self.app.url, found.issues, place)
            .with_hits(found.hits);
        self.render(page.map(|found| found.issue)).await
    }

    async fn render(&self, page: Page<Issue>) -> Result<Page<IssueInList>, ApiError> {
        let (issues, page) = page.take();
        Ok(page.put(self.views(issues).await?))
    }

    async fn views(&self, issues: Vec<Issue>) -> Result<Vec<IssueInList>, ApiError> {
        let rendering = Rendering::load(self.app, self.scope, &issues).await?;
        let numbers = self
            .numbers
            .load(self.app, self.scope, &issues, self.parameters)
            .await?;
        let attached = Attached::load(self.app, &issues, self.parameters).await?;
        let mut views = Vec::with_capacity(issues.len());
        for (issue, numbers) in issues.iter().zip(numbers) {
            let mut view = IssueInList {
                issue: rendering.view(issue).with_seen(numbers.seen),
                derived_data: rendering.derived(issue),
                stats: numbers.stats,
                ranges: numbers.ranges,
                expanded: ExpandedView::in_list(self.app, &rendering, &attached, issue, self.parameters),
                matching_event_id: None,
                matching_event_environment: None,
            };
            self.parameters.all("collapse").for_each(|part| view.collapse(part));
            views.push(view);
        }
        Ok(views)
    }
}

fn present<T>(found: Result<T, AccessError>) -> Result<Option<T>, ApiError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(AccessError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Short ids are shown as lists show their issues.
pub(super) async fn one_of_organization(
    app: &App,
    scope: &OrganizationScope,
    issue: Issue,
    parameters: &Parameters,
) -> Result<IssueInList, ApiError> {
    Listing {
        app,
        scope,
        numbers: Numbers::of_issues(Timeline::last_day(app.now()), true),
        parameters,
    }
    .one(issue)
    .await
}
