//! Searches that people keep: as tabs of the list, and all of them on a page of their own.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess, PathParams,
    scopes::{EventRead, OrgRead},
};
use model::{IssueViewId, ProjectId, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use services::{
    access::OrganizationScope,
    issues::views::{self, NewView},
};
use store::saved_issue_views::{SavedIssueView, ViewOrder, ViewPage, ViewsOf};

use super::{list, samples};
use crate::{
    form::NoFields,
    gallery::Sample,
    icon::Icon,
    notice::{Done, PendingNotice},
    number::Count,
    page::{self, Page},
    scope::{Range, Scope},
    shell::{Part, Shell},
    text,
    urls::{self, Links},
    visit::{Visit, display_name},
};

/// All views that the reader may see.
#[derive(Debug, Template)]
#[template(path = "issues/views.html")]
pub(crate) struct ViewsPage {
    pub(crate) shell: Shell,
    pub(crate) views: Vec<ViewRow>,
    /// There are more than are listed.
    pub(crate) is_cut: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct ViewRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) owner: String,
    pub(crate) is_own: bool,
    pub(crate) may_change: bool,
    pub(crate) is_shared: bool,
    pub(crate) is_starred: bool,
    /// A tab that is not the first, or not the last, can change its place.
    pub(crate) goes_left: bool,
    pub(crate) goes_right: bool,
    pub(crate) stars: u64,
    pub(crate) used: Option<Timestamp>,
}

const MOST_ROWS: i64 = 100;

/// `GET /organizations/{organization}/issues/views/`
pub(crate) async fn list(visit: Visit, access: OrganizationAccess<EventRead>) -> Result<Page<ViewsPage>, ApiError> {
    let scope = &access.scope;
    let wanted = ViewPage {
        of: ViewsOf::Everybody,
        text: None,
        order: ViewOrder::Name,
        reversed: false,
        offset: 0,
        limit: MOST_ROWS + 1,
    };
    let mut found = views::list(&visit.app, scope, &wanted).await?;
    let is_cut = found.len() as i64 > MOST_ROWS;
    found.truncate(MOST_ROWS as usize);
    let tabs = views::starred(&visit.app, scope).await?;
    let shell = visit.shell_of(&scope.organization, Part::Issues, "Views").await?;
    Ok(Page(ViewsPage {
        shell,
        views: found.iter().map(|view| ViewRow::new(view, scope, &tabs)).collect(),
        is_cut,
    }))
}

impl ViewRow {
    /// `tabs`: those of the reader, in their order.
    fn new(view: &SavedIssueView, scope: &OrganizationScope, tabs: &[SavedIssueView]) -> Self {
        let place = tabs.iter().position(|tab| tab.id == view.id);
        Self {
            id: view.id.0,
            name: view.name.clone(),
            query: text::line(&view.query, 200),
            owner: display_name(&view.created_by),
            is_own: scope.actor.user_id() == Some(view.created_by.id),
            may_change: views::may_change(scope, view),
            is_shared: view.is_shared,
            is_starred: view.is_starred,
            goes_left: place.is_some_and(|place| place > 0),
            goes_right: place.is_some_and(|place| place + 1 < tabs.len()),
            stars: super::row::natural(view.stars),
            used: view.visited_at,
        }
    }
}

impl ViewsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        samples::view_lists()
    }
}

impl list::ViewTab {
    pub(super) fn new(view: &SavedIssueView, scope: &OrganizationScope) -> Self {
        Self {
            id: view.id.0,
            name: text::line(&view.name, 60),
            may_change: views::may_change(scope, view),
        }
    }
}

/// `GET /organizations/{organization}/issues/views/{view}/`: the list as the view has it.
pub(crate) async fn open(
    visit: Visit,
    access: OrganizationAccess<EventRead>,
    path: PathParams,
) -> Result<Redirect, ApiError> {
    let view = views::get(&visit.app, &access.scope, id(&path)?).await?;
    if access.scope.actor.user_id().is_some() {
        views::visit(&visit.app, &access.scope, view.id).await?;
    }
    Ok(Redirect::to(&address(&access.scope, &view)))
}

/// The list that a view stands for.
fn address(scope: &OrganizationScope, view: &SavedIssueView) -> String {
    let mut pairs = vec![
        ("query".to_owned(), view.query.clone()),
        ("sort".to_owned(), view.sort.clone()),
        ("view".to_owned(), view.id.to_string()),
    ];
    pairs.extend(
        view.projects
            .iter()
            .map(|project| ("project".to_owned(), project.to_string())),
    );
    pairs.extend(
        view.environments
            .iter()
            .map(|name| ("environment".to_owned(), name.clone())),
    );
    for (field, name) in [("period", "statsPeriod"), ("start", "start"), ("end", "end")] {
        if let Some(value) = view.time_filters.get(field).and_then(Value::as_str) {
            pairs.push((name.to_owned(), value.to_owned()));
        }
    }
    let list = Links::new(&scope.organization.slug, String::new()).issues();
    format!("{list}?{}", urls::query(pairs))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ViewForm {
    name: String,
    shared: Option<String>,
    /// Whether the list goes into a view that there is, whose name stays.
    search: Option<String>,
    /// The list that is kept.
    next: String,
}

/// What the list at an address shows, as a view.
fn of_address(form: &ViewForm) -> NewView {
    let query = form.next.split_once('?').map_or("", |(_, query)| query);
    let pairs = urls::parse_query(query);
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let scope = Scope::from_query(pairs.iter().copied());
    let last = |name: &str| {
        pairs
            .iter()
            .rev()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    };
    let mut time_filters = Map::new();
    match &scope.range {
        Range::Default => {}
        Range::Period(period) => {
            time_filters.insert("period".to_owned(), period.clone().into());
        }
        Range::Between { start, end } => {
            time_filters.insert("start".to_owned(), start.to_string().into());
            time_filters.insert("end".to_owned(), end.to_string().into());
        }
    }
    NewView {
        name: form.name.clone(),
        query: last("query").unwrap_or(list::DEFAULT_QUERY).to_owned(),
        sort: list::Sort::from_name(last("sort").unwrap_or_default())
            .name()
            .to_owned(),
        projects: scope.projects.into_iter().map(ProjectId).collect(),
        environments: scope.environments,
        time_filters,
        is_shared: form.shared.is_some(),
    }
}

/// `POST /organizations/{organization}/issues/views/`: keeps the list that the form stood on, as a tab.
pub(crate) async fn create(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
    CsrfForm { form, .. }: CsrfForm<ViewForm>,
) -> Result<Response, ApiError> {
    let view = views::create(&visit.app, &access.scope, &of_address(&form), true).await?;
    let notice = PendingNotice::of(Done::ViewSaved);
    Ok((notice, Redirect::to(&address(&access.scope, &view))).into_response())
}

/// `POST /organizations/{organization}/issues/views/{view}/save/`: another name, or shared or not; or the list that the
/// form stood on.
pub(crate) async fn save(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<ViewForm>,
) -> Result<Response, ApiError> {
    let view = views::get(&visit.app, &access.scope, id(&path)?).await?;
    if form.search.is_some() {
        let new = NewView {
            name: view.name,
            is_shared: view.is_shared,
            ..of_address(&form)
        };
        let view = views::update(&visit.app, &access.scope, view.id, &new).await?;
        let list = Redirect::to(&address(&access.scope, &view));
        return Ok((PendingNotice::of(Done::ViewSaved), list).into_response());
    }
    let new = NewView {
        name: form.name,
        query: view.query,
        sort: view.sort,
        projects: view.projects,
        environments: view.environments,
        time_filters: view.time_filters,
        is_shared: form.shared.is_some(),
    };
    views::update(&visit.app, &access.scope, view.id, &new).await?;
    Ok(back(&access.scope, Done::ViewSaved))
}

/// `POST /organizations/{organization}/issues/views/{view}/delete/`
pub(crate) async fn delete(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    views::delete(&visit.app, &access.scope, id(&path)?).await?;
    Ok(back(&access.scope, Done::ViewDeleted))
}

#[derive(Debug, Deserialize)]
pub(crate) struct StarForm {
    /// `on` or `off`; `left` and `right` move a tab by one place.
    star: String,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/views/{view}/star/`: makes it a tab, takes it from the tabs, or moves it
/// among them.
pub(crate) async fn star(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<StarForm>,
) -> Result<Redirect, ApiError> {
    let id = id(&path)?;
    let (is_starred, place) = match form.star.as_str() {
        way @ ("left" | "right") => {
            let tabs = views::starred(&visit.app, &access.scope).await?;
            let now = tabs
                .iter()
                .position(|tab| tab.id == id)
                .ok_or_else(ApiError::not_found)?;
            let to = if way == "left" { now.saturating_sub(1) } else { now + 1 };
            (true, Some(to))
        }
        way => (way == "on", None),
    };
    views::star(&visit.app, &access.scope, id, is_starred, place).await?;
    let all = Links::new(&access.scope.organization.slug, String::new()).issue_views();
    Ok(page::redirect(form.next.as_deref(), &all))
}

fn back(scope: &OrganizationScope, done: Done) -> Response {
    let all = Links::new(&scope.organization.slug, String::new()).issue_views();
    (PendingNotice::of(done), Redirect::to(&all)).into_response()
}

fn id(path: &PathParams) -> Result<IssueViewId, ApiError> {
    path.get("view")?.parse().map_err(|_| ApiError::not_found())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_keeps_the_list_that_it_was_made_of() {
        let form = ViewForm {
            name: "Checkout".to_owned(),
            shared: Some("1".to_owned()),
            search: None,
            next: "/organizations/acme/issues/?query=is%3Aresolved%20a%26b&sort=freq&project=7&environment=x&statsPeriod=3d&cursor=1"
                .to_owned(),
        };
        let view = of_address(&form);
        assert_eq!((view.query.as_str(), view.sort.as_str()), ("is:resolved a&b", "freq"));
        assert_eq!(
            (view.projects, view.environments),
            (vec![ProjectId(7)], vec!["x".to_owned()])
        );
        assert_eq!(view.time_filters.get("period"), Some(&Value::from("3d")));
        assert!(view.is_shared);
        let bare = of_address(&ViewForm::default());
        assert_eq!((bare.query.as_str(), bare.sort.as_str()), (list::DEFAULT_QUERY, "date"));
        assert!(bare.projects.is_empty() && bare.time_filters.is_empty() && !bare.is_shared);
    }
}
