//! Questions that are kept: as JSON, in Sentry's fields.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiError, OrganizationAccess, PathParams, scopes::OrgRead};
use model::{DiscoverQueryId, ProjectId, Timestamp};
use serde::Serialize;
use services::{
    App,
    access::{AccessError, OrganizationScope},
    discover::saved::{self, NewQuery, Question, SavedDataset, SavedQuery},
};
use store::discover_queries::{QueryOrder, QueryPage};

use crate::{
    body::Fields,
    page::{Page, PageRequest},
    parameters::Parameters,
    period,
    users::UserView,
};

/// Stands for all projects of the organization, now and later.
const ALL_PROJECTS: i64 = -1;

/// The kinds of chart.
const DISPLAYS: [&str; 6] = ["default", "previous", "top5", "daily", "dailytop5", "bar"];

/// What only queries of Sentry's first Discover have.
const OF_THE_FIRST_VERSION: [&str; 5] = ["aggregations", "conditions", "groupby", "limit", "rollup"];

const PER_PAGE: usize = 25;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedQueryView {
    id: String,
    name: String,
    projects: Vec<ProjectId>,
    version: i64,
    query_dataset: &'static str,
    dataset_source: &'static str,
    expired: bool,
    date_created: Timestamp,
    date_updated: Timestamp,
    created_by: Option<UserView>,
    #[serde(flatten)]
    question: Question,
}

impl SavedQueryView {
    fn of(saved: SavedQuery) -> Self {
        Self {
            id: saved.id.to_string(),
            name: saved.name,
            projects: saved.projects,
            version: 2,
            query_dataset: saved.dataset.name(),
            dataset_source: match saved.dataset {
                SavedDataset::Discover => "unknown",
                SavedDataset::Errors | SavedDataset::Transactions => "user",
            },
            expired: false,
            date_created: saved.created_at,
            date_updated: saved.updated_at,
            created_by: saved.created_by.as_ref().map(UserView::of),
            question: saved.question,
        }
    }
}

/// `GET /api/0/organizations/{organization}/discover/saved/`
pub(crate) async fn list_saved(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<SavedQueryView>, ApiError> {
    let page = page.with_default(&parameters, PER_PAGE);
    let (order, descending) = order(&parameters, &access.scope)?;
    let wanted = QueryPage {
        name: parameters
            .filled("query")
            .map(|text| text.strip_prefix("name:").unwrap_or(text).trim().to_owned()),
        order,
        descending,
        offset: i64::try_from(page.start()).unwrap_or(i64::MAX),
        limit: page.fetch(),
    };
    let mut found = saved::list(&app, &access.scope, &wanted).await?;
    let more = found.len() > page.limit;
    found.truncate(page.limit);
    Ok(page.of_part(&app.url, found, more).map(SavedQueryView::of))
}

/// By name without a wish.
fn order(parameters: &Parameters, scope: &OrganizationScope) -> Result<(QueryOrder, bool), ApiError> {
    let text = parameters.filled("sortBy").unwrap_or("name");
    let (name, descending) = match text.strip_prefix('-') {
        Some(name) => (name, true),
        None => (text, false),
    };
    let order = match name {
        "name" => QueryOrder::Name,
        "dateCreated" => QueryOrder::CreatedAt,
        "dateUpdated" => QueryOrder::UpdatedAt,
        "mostPopular" => QueryOrder::Visits,
        "recentlyViewed" => QueryOrder::LastVisit,
        "myqueries" => QueryOrder::OwnerFirst(scope.actor.viewer()),
        _ => {
            return Err(ApiError::bad_request(format_args!(
                "Invalid sortBy: {text:?} is not one of name, dateCreated, dateUpdated, mostPopular, recentlyViewed and \
                 myqueries."
            )));
        }
    };
    Ok((order, descending))
}

/// `POST /api/0/organizations/{organization}/discover/saved/`
pub(crate) async fn create_saved(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<SavedQueryView>), ApiError> {
    let new = read(fields)?;
    let saved = saved::create(&app, &access.scope, &new).await?;
    Ok((StatusCode::CREATED, Json(SavedQueryView::of(saved))))
}

/// `GET /api/0/organizations/{organization}/discover/saved/{query}/`
pub(crate) async fn show_saved(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<SavedQueryView>, ApiError> {
    let saved = saved::get(&app, &access.scope, id(&path)?).await?;
    Ok(Json(SavedQueryView::of(saved)))
}

/// `PUT /api/0/organizations/{organization}/discover/saved/{query}/`: replaces all of it.
pub(crate) async fn update_saved(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<SavedQueryView>, ApiError> {
    // What is not there is said before what is wrong with the body.
    let id = saved::get(&app, &access.scope, id(&path)?).await?.id;
    let new = read(fields)?;
    let saved = saved::update(&app, &access.scope, id, &new).await?;
    Ok(Json(SavedQueryView::of(saved)))
}

/// `DELETE /api/0/organizations/{organization}/discover/saved/{query}/`
pub(crate) async fn delete_saved(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    saved::delete(&app, &access.scope, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/0/organizations/{organization}/discover/saved/{query}/visit/`
pub(crate) async fn visit_saved(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    saved::visit(&app, &access.scope, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn id(path: &PathParams) -> Result<DiscoverQueryId, ApiError> {
    path.get("query")?.parse().map_err(|_| AccessError::NotFound.into())
}

fn read(mut fields: Fields) -> Result<NewQuery, ApiError> {
    refuse_first_version(&mut fields);
    let name = fields.required_text("name").unwrap_or_default();
    let dataset = fields
        .choice("queryDataset", SavedDataset::from_name)
        .unwrap_or_default();
    let projects = projects(&mut fields);
    let start = time(&mut fields, "start");
    let end = time(&mut fields, "end");
    let question = Question {
        environment: fields.texts("environment").unwrap_or_default(),
        query: fields.text("query"),
        fields: fields.texts("fields").unwrap_or_default(),
        widths: widths(&mut fields),
        range: period(&mut fields, "range"),
        start,
        end,
        orderby: fields.text("orderby"),
        // Older clients send the only one.
        y_axis: fields.texts("yAxis").unwrap_or_default(),
        display: fields.choice("display", |text| DISPLAYS.contains(&text).then(|| text.to_owned())),
        top_events: top_events(&mut fields),
        interval: period(&mut fields, "interval"),
    };
    if start.is_some() != end.is_some() {
        fields.refuse("non_field_errors", "start and end are both required");
    } else if start.is_some() && start >= end {
        fields.refuse("non_field_errors", "start must be before end");
    }
    fields.finish()?;
    Ok(NewQuery {
        name,
        dataset,
        projects,
        question,
    })
}

fn refuse_first_version(fields: &mut Fields) {
    if fields.number("version") == Some(1) {
        fields.refuse("version", "Only queries of version 2 are kept.");
    }
    let known: Vec<&str> = OF_THE_FIRST_VERSION
        .into_iter()
        .filter(|name| fields.value(name).is_some_and(|value| !value.is_null()))
        .collect();
    if !known.is_empty() {
        let names = known.join(", ");
        fields.refuse(
            "non_field_errors",
            &format!("You cannot use the {names} attribute(s) with the selected version"),
        );
    }
}

/// Numbers; all projects are the same as none.
fn projects(fields: &mut Fields) -> Vec<ProjectId> {
    let numbers = match fields.value("projects") {
        None | Some(serde_json::Value::Null) => return Vec::new(),
        Some(serde_json::Value::Array(members)) => members
            .iter()
            .map(|member| member.as_i64().or_else(|| member.as_str()?.parse().ok()))
            .collect::<Option<Vec<i64>>>(),
        Some(_) => None,
    };
    let Some(numbers) = numbers else {
        fields.refuse("projects", "Expected a list of project ids.");
        return Vec::new();
    };
    if numbers.contains(&ALL_PROJECTS) {
        return Vec::new();
    }
    let mut projects: Vec<ProjectId> = numbers.into_iter().map(ProjectId).collect();
    projects.sort_unstable();
    projects.dedup();
    projects
}

/// Numbers or texts.
fn widths(fields: &mut Fields) -> Vec<String> {
    let Some(serde_json::Value::Array(members)) = fields.value("widths") else {
        return fields.texts("widths").unwrap_or_default();
    };
    let text = |member: &serde_json::Value| match member {
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::String(text) => Some(text.clone()),
        _ => None,
    };
    let widths = members.iter().map(text).collect::<Option<Vec<String>>>();
    if widths.is_none() {
        fields.refuse("widths", "Expected a list of texts.");
    }
    widths.unwrap_or_default()
}

fn time(fields: &mut Fields, name: &str) -> Option<Timestamp> {
    let text = fields.text(name).filter(|text| !text.is_empty())?;
    let time = text.parse().ok();
    if time.is_none() {
        fields.refuse(
            name,
            "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm:ss[.uuuuuu][+HH:MM|-HH:MM|Z].",
        );
    }
    time
}

fn period(fields: &mut Fields, name: &str) -> Option<String> {
    let text = fields.text(name).filter(|text| !text.is_empty())?;
    if period::duration(&text).is_none() {
        fields.refuse(name, "Expected a number followed by s, m, h, d or w.");
        return None;
    }
    Some(text)
}

fn top_events(fields: &mut Fields) -> Option<u8> {
    let number = fields.number("topEvents")?;
    let top = u8::try_from(number).ok().filter(|top| (1..=10).contains(top));
    if top.is_none() {
        fields.refuse("topEvents", "Ensure this value lies between 1 and 10.");
    }
    top
}
