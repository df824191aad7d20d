//! How events are grouped: the versions to choose from, why one event is where it is, and what other rules would do.

mod preview;
mod settings;

pub(crate) use preview::preview;
pub(crate) use settings::{GroupingSettingsView, change};

use axum::{Json, extract::State};
use grouping::StrategyId;
use httpkit::{
    ApiError, ErrorKind, IssueAccess, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{EventRead, OrgRead, ProjectRead},
};
use serde::Serialize;
use serde_json::Value;
use services::{
    App,
    access::AccessError,
    events::Which,
    grouping::{self as grouped, InfoError},
};

/// A version of the grouping.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupingConfigView {
    id: &'static str,
    base: Option<&'static str>,
    strategies: Vec<&'static str>,
    risk: u32,
    changelog: &'static str,
    delegates: Vec<&'static str>,
    hidden: bool,
    latest: bool,
}

/// What is looked at, the first that contributes wins (`ingest.md` §6.1).
const STRATEGIES: [&str; 9] = [
    "chained-exception:v1",
    "threads:v1",
    "stacktrace:v1",
    "template:v1",
    "csp:v1",
    "hpkp:v1",
    "expect-staple:v1",
    "expect-ct:v1",
    "message:v1",
];

fn configs() -> Vec<GroupingConfigView> {
    let view = |id: StrategyId, base: Option<StrategyId>, changelog| GroupingConfigView {
        id: id.name(),
        base: base.map(StrategyId::name),
        strategies: STRATEGIES.to_vec(),
        risk: 0,
        changelog,
        delegates: vec!["frame:v1", "stacktrace:v1", "single-exception:v1"],
        hidden: false,
        latest: id == StrategyId::NEWEST,
    };
    vec![
        view(
            StrategyId::V2026,
            Some(StrategyId::V2023),
            "Fewer frames without a name, more kinds of values that are left out of messages.",
        ),
        view(StrategyId::V2023, None, "The version before."),
    ]
}

/// `GET /api/0/projects/{organization}/{project}/grouping-configs/`
pub(crate) async fn list_of_project(_access: ProjectAccess<ProjectRead>) -> Json<Vec<GroupingConfigView>> {
    Json(configs())
}

/// `GET /api/0/organizations/{organization}/grouping-configs/`
pub(crate) async fn list_of_organization(_access: OrganizationAccess<OrgRead>) -> Json<Vec<GroupingConfigView>> {
    Json(configs())
}

/// `GET /api/0/projects/{organization}/{project}/events/{event}/grouping-info/`
pub(crate) async fn show_info(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<Value>, ApiError> {
    let event = path.get("event")?.parse().map_err(|_| no_event())?;
    let info = grouped::info(&app, &access.scope, event).await;
    info.map(Json).map_err(no_info)
}

/// `GET …/issues/{issue}/events/{event}/grouping-info/`: by id, or `latest`, `oldest`, `recommended`.
pub(crate) async fn show_info_of_issue(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<Value>, ApiError> {
    let which = Which::parse(path.get("event")?).ok_or_else(no_event)?;
    let found = services::events::get_of_issue(&app, &access.issue, which).await;
    let stored = found.map_err(InfoError::Access).map_err(no_info)?.stored;
    grouped::of_stored(&app, &stored).await.map(Json).map_err(no_info)
}

fn no_event() -> ApiError {
    ApiError::new(ErrorKind::NotFound, "Event not found")
}

fn no_info(error: InfoError) -> ApiError {
    match error {
        InfoError::Access(AccessError::NotFound) => no_event(),
        InfoError::Access(error) => error.into(),
        InfoError::WithoutIssue => {
            ApiError::new(ErrorKind::NotFound, "The event belongs to no issue: it is not grouped.")
        }
    }
}
