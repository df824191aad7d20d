//! Searches of issues that people keep, and those that they made lately.

mod view;

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiError, OrganizationAccess, PathParams, scopes::OrgRead};
use model::{IssueViewId, ProjectId};
use serde_json::{Map, Value};
use services::{
    App,
    issues::{
        IssueOrder,
        views::{self, NewView},
    },
};
use store::saved_issue_views::{ViewOrder, ViewPage, ViewsOf};

use self::view::{IssueViewView, RecentSearchView};
use crate::{
    body::Fields,
    page::{Page, PageRequest},
    parameters::Parameters,
};

const PER_PAGE: usize = 25;

/// `GET /api/0/organizations/{organization}/group-search-views/`
pub(crate) async fn list(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<IssueViewView>, ApiError> {
    let page = page.with_default(&parameters, PER_PAGE);
    let (order, reversed) = order(&parameters)?;
    let wanted = ViewPage {
        of: match parameters.filled("createdBy") {
            None => ViewsOf::Everybody,
            Some("me") => ViewsOf::Viewer,
            Some("others") => ViewsOf::Others,
            Some(_) => return Err(ApiError::bad_request("Invalid createdBy: it is me or others.")),
        },
        text: parameters.filled("query").map(str::to_owned),
        order,
        reversed,
        offset: i64::try_from(page.start()).unwrap_or(i64::MAX),
        limit: page.fetch(),
    };
    let mut found = views::list(&app, &access.scope, &wanted).await?;
    let more = found.len() > page.limit;
    found.truncate(page.limit);
    Ok(page.of_part(&app.url, found, more).map(IssueViewView::of))
}

/// The last used first without a wish. Counts and times are sorted downwards with the sign that others have.
fn order(parameters: &Parameters) -> Result<(ViewOrder, bool), ApiError> {
    Ok(match parameters.filled("sort").unwrap_or("-visited") {
        "visited" => (ViewOrder::Visited, true),
        "-visited" => (ViewOrder::Visited, false),
        "name" => (ViewOrder::Name, false),
        "-name" => (ViewOrder::Name, true),
        "created" => (ViewOrder::Created, false),
        "-created" => (ViewOrder::Created, true),
        "popularity" => (ViewOrder::Stars, true),
        "-popularity" => (ViewOrder::Stars, false),
        _ => {
            return Err(ApiError::bad_request(
                "Invalid sort: it is one of visited, name, created and popularity, with or without a minus.",
            ));
        }
    })
}

/// `POST /api/0/organizations/{organization}/group-search-views/`
pub(crate) async fn create(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<IssueViewView>), ApiError> {
    let starred = fields.flag("starred") == Some(true);
    let new = read(fields)?;
    let view = views::create(&app, &access.scope, &new, starred).await?;
    Ok((StatusCode::CREATED, Json(IssueViewView::of(view))))
}

/// `GET /api/0/organizations/{organization}/group-search-views/{view}/`
pub(crate) async fn show(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<IssueViewView>, ApiError> {
    let view = views::get(&app, &access.scope, id(&path)?).await?;
    Ok(Json(IssueViewView::of(view)))
}

/// `PUT /api/0/organizations/{organization}/group-search-views/{view}/`: replaces all of it.
pub(crate) async fn update(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<IssueViewView>, ApiError> {
    let id = views::get(&app, &access.scope, id(&path)?).await?.id;
    let view = views::update(&app, &access.scope, id, &read(fields)?).await?;
    Ok(Json(IssueViewView::of(view)))
}

/// `DELETE /api/0/organizations/{organization}/group-search-views/{view}/`
pub(crate) async fn delete(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    views::delete(&app, &access.scope, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/0/organizations/{organization}/group-search-views/{view}/visit/`
pub(crate) async fn visit(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    views::visit(&app, &access.scope, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/0/organizations/{organization}/group-search-views/starred/`: the tabs of who asks, in their order.
pub(crate) async fn list_starred(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
) -> Result<Json<Vec<IssueViewView>>, ApiError> {
    let views = views::starred(&app, &access.scope).await?;
    Ok(Json(views.into_iter().map(IssueViewView::of).collect()))
}

/// `PUT /api/0/organizations/{organization}/group-search-views/starred/order/`
pub(crate) async fn order_starred(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    fields: Fields,
) -> Result<StatusCode, ApiError> {
    let wrong = || ApiError::field("view_ids", "List the ids of all your starred views, each once.");
    let Some(Value::Array(members)) = fields.value("view_ids") else {
        return Err(wrong());
    };
    let ids: Option<Vec<IssueViewId>> = members
        .iter()
        .map(|member| {
            member
                .as_i64()
                .or_else(|| member.as_str()?.parse().ok())
                .map(IssueViewId)
        })
        .collect();
    match views::order_tabs(&app, &access.scope, &ids.ok_or_else(wrong)?).await {
        Err(views::ViewError::Gone) => Err(wrong()),
        other => Ok(other.map(|()| StatusCode::NO_CONTENT)?),
    }
}

/// `POST /api/0/organizations/{organization}/group-search-views/{view}/starred/`
pub(crate) async fn star(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let is_starred = fields.flag("starred");
    let place = fields.number("position").and_then(|place| usize::try_from(place).ok());
    if is_starred.is_none() && !fields.is_given("starred") {
        fields.refuse("starred", "This field is required.");
    }
    fields.finish()?;
    views::star(&app, &access.scope, id(&path)?, is_starred == Some(true), place).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn id(path: &PathParams) -> Result<IssueViewId, ApiError> {
    path.get("view")?.parse().map_err(|_| ApiError::not_found())
}

fn read(mut fields: Fields) -> Result<NewView, ApiError> {
    let new = NewView {
        name: fields.required_text("name").unwrap_or_default(),
        query: fields.text("query").unwrap_or_default(),
        sort: fields
            .text("querySort")
            .unwrap_or_else(|| IssueOrder::default().name().to_owned()),
        projects: projects(&mut fields),
        environments: fields.texts("environments").unwrap_or_default(),
        time_filters: time_filters(&mut fields),
        is_shared: fields.choice("visibility", is_shared).unwrap_or(false),
    };
    fields.finish()?;
    Ok(new)
}

/// Numbers; all projects are the same as none.
fn projects(fields: &mut Fields) -> Vec<ProjectId> {
    let members = match fields.value("projects") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(members)) => members.clone(),
        Some(_) => Vec::new(),
    };
    let number = |member: &Value| member.as_i64().or_else(|| member.as_str()?.parse().ok());
    match members.iter().map(number).collect::<Option<Vec<i64>>>() {
        Some(numbers) if numbers.contains(&-1) => Vec::new(),
        Some(numbers) => numbers.into_iter().map(ProjectId).collect(),
        None => {
            fields.refuse("projects", "Expected a list of project ids.");
            Vec::new()
        }
    }
}

fn is_shared(name: &str) -> Option<bool> {
    match name {
        "owner" => Some(false),
        "organization" => Some(true),
        _ => None,
    }
}

/// What the API knows of time: `period`, or `start` and `end`.
fn time_filters(fields: &mut Fields) -> Map<String, Value> {
    let given = fields.object("timeFilters").unwrap_or_default();
    let mut inner = Fields::of(given);
    let mut filters = Map::new();
    for name in ["period", "start", "end"] {
        if let Some(text) = inner.text(name).filter(|text| !text.is_empty() && text.len() <= 64) {
            filters.insert(name.to_owned(), text.into());
        }
    }
    if let Some(utc) = inner.flag("utc") {
        filters.insert("utc".to_owned(), utc.into());
    }
    if filters.contains_key("start") != filters.contains_key("end") {
        fields.refuse("timeFilters", "start and end are given together.");
    }
    if filters
        .get("period")
        .and_then(Value::as_str)
        .is_some_and(|text| crate::period::duration(text).is_none())
    {
        fields.refuse("timeFilters", "A period is a number followed by s, m, h, d or w.");
    }
    filters
}

/// `GET /api/0/organizations/{organization}/recent-searches/`: what who asks searched of issues lately.
pub(crate) async fn list_recent(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<RecentSearchView>>, ApiError> {
    // Of other things than issues nothing is kept.
    if parameters.filled("type").is_some_and(|kind| kind != "0") {
        return Ok(Json(Vec::new()));
    }
    let text = parameters.filled("query").unwrap_or_default();
    let searches = views::recent(&app, &access.scope, text).await?;
    Ok(Json(RecentSearchView::all(&access.scope, searches)))
}

/// `POST /api/0/organizations/{organization}/recent-searches/`
pub(crate) async fn create_recent(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    if fields.number("type").unwrap_or(0) != 0 {
        fields.refuse("type", "Only searches of issues (0) are kept.");
    }
    let query = fields.required_text("query").unwrap_or_default();
    fields.finish()?;
    let is_new = views::add_recent(&app, &access.scope, &query).await?;
    Ok(if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::NO_CONTENT
    })
}
