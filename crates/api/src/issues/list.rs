use axum::extract::State;
use httpkit::{ApiError, Direction, OrganizationAccess, ProjectAccess, scopes::EventRead};
use model::{EventId, IssueId};
use services::{
    App,
    access::{AccessError, OrganizationScope},
    issues::ShortId,
};
use store::issues::{Issue, IssuePage, IssuePlace};

use super::{
    expand::ExpandedView,
    rendering::Rendering,
    selection::{self, Selection},
    stats::Timeline,
    view::{IssueInList, RangesView},
};
use crate::{
    page::{MAX_HITS, Page, PageRequest},
    parameters::Parameters,
    period::Period,
    projects,
};

/// What the issues of a list are shown with.
#[derive(Debug)]
struct Listing<'a> {
    app: &'a App,
    scope: &'a OrganizationScope,
    timeline: Timeline,
    /// Lists of organizations tell the numbers of all time too.
    with_ranges: bool,
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
    let period = Period::read(&parameters, app.now())?;
    let timeline = Timeline::of_organization(parameters.get("groupStatsPeriod"), period, app.now())?;
    let listing = Listing {
        app: &app,
        scope,
        timeline,
        with_ranges: true,
        parameters: &parameters,
    };
    if let Some(found) = listing.direct_hit(|_| true).await? {
        return Ok(found);
    }
    let selection = Selection::of_organization(&app, scope, &parameters).await?;
    if let Some(ids) = ids(&parameters, "group")? {
        let mut issues = services::issues::find_all(&app, scope, &ids).await?;
        issues.retain(|issue| selection.holds(issue.project));
        return listing.render(page.of_whole(&app.url, issues)).await;
    }
    listing.search(&page, &selection).await
}

/// `GET /api/0/projects/{organization}/{project}/issues/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<IssueInList>, ApiError> {
    let (scope, project) = (&projects::organization(&access.scope), access.scope.project.id);
    let timeline = Timeline::of_project(parameters.get("statsPeriod"))?;
    let listing = Listing {
        app: &app,
        scope,
        timeline,
        with_ranges: false,
        parameters: &parameters,
    };
    if let Some(found) = listing.direct_hit(|issue| issue.project == project).await? {
        return Ok(found);
    }
    listing
        .search(&page, &Selection::of_project(scope, &parameters, project)?)
        .await
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

    async fn search(&self, page: &PageRequest, selection: &Selection) -> Result<Page<IssueInList>, ApiError> {
        let Selection { filter, order } = selection;
        let limit = page.fetch();
        let wanted = match page.cursor {
            None => IssuePage::First { limit },
            Some(cursor) => {
                let place = IssuePlace {
                    value: cursor.value,
                    id: i64::try_from(cursor.offset).unwrap_or(i64::MAX),
                };
                match cursor.direction {
                    Direction::Next => IssuePage::After { place, limit },
                    Direction::Previous => IssuePage::Before { place, limit },
                }
            }
        };
        let issues = services::issues::list(self.app, self.scope, filter, *order, wanted).await?;
        let hits = services::issues::count(self.app, self.scope, filter, MAX_HITS).await?;
        let place = |issue: &Issue| (order.value(issue), u128::try_from(issue.id.0).unwrap_or_default());
        self.render(page.of_fetched(&self.app.url, issues, place).with_hits(hits))
            .await
    }

    async fn render(&self, page: Page<Issue>) -> Result<Page<IssueInList>, ApiError> {
        let (issues, page) = page.take();
        Ok(page.put(self.views(issues).await?))
    }

    async fn views(&self, issues: Vec<Issue>) -> Result<Vec<IssueInList>, ApiError> {
        let rendering = Rendering::load(self.app, self.scope, &issues).await?;
        let stats = if self.parameters.holds("collapse", "stats") {
            issues.iter().map(|_| None).collect()
        } else {
            self.timeline.load(self.app, &issues).await?
        };
        let mut views = Vec::with_capacity(issues.len());
        for (issue, stats) in issues.iter().zip(stats) {
            let mut view = IssueInList {
                issue: rendering.view(issue),
                stats,
                ranges: self.with_ranges.then(|| RangesView::of(issue)),
                expanded: ExpandedView::load(self.app, issue, self.parameters).await?,
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
        timeline: Timeline::LastDay,
        with_ranges: true,
        parameters,
    }
    .one(issue)
    .await
}
