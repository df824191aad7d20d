use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams,
    scopes::{ReleaseRead, ReleaseWrite},
};
use model::{ProjectId, Timestamp};
use serde::Serialize;
use services::{
    App,
    releases::{self, NewDeploy},
};
use store::{deploys::Deploy, projects::Project};

use super::{
    projects_named,
    request::{short_text, time, url},
};
use crate::{
    body::Fields,
    page::{Page, PageRequest},
};

/// What Sentry takes of environments and names.
const MAX_NAME_CHARS: usize = 64;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeployView {
    id: String,
    environment: String,
    name: Option<String>,
    url: Option<String>,
    date_started: Option<Timestamp>,
    date_finished: Timestamp,
}

impl DeployView {
    pub(super) fn of(deploy: Deploy) -> Self {
        Self {
            id: deploy.id.to_string(),
            environment: deploy.environment,
            name: deploy.name,
            url: deploy.url,
            date_started: deploy.started_at,
            date_finished: deploy.finished_at,
        }
    }

    /// As releases show their last one: without a name it has an empty one.
    pub(super) fn with_name(mut deploy: Deploy) -> Self {
        deploy.name.get_or_insert_default();
        Self::of(deploy)
    }
}

/// `GET /api/0/organizations/{organization}/releases/{version}/deploys/`
pub(crate) async fn list_deploys(
    access: OrganizationAccess<ReleaseRead>,
    path: PathParams,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<DeployView>, ApiError> {
    let found = releases::get(&app, &access.scope, path.get("version")?).await?;
    let deploys = releases::deploys(&app, &access.scope, &found.release, page.by_id()).await?;
    let place = |deploy: &Deploy| (deploy.id.0, 0);
    Ok(page.of_fetched(&app.url, deploys, place).map(DeployView::of))
}

/// `POST /api/0/organizations/{organization}/releases/{version}/deploys/`
pub(crate) async fn create_deploy(
    access: OrganizationAccess<ReleaseWrite>,
    path: PathParams,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<DeployView>), ApiError> {
    let found = releases::get(&app, &access.scope, path.get("version")?).await?;
    let environment = fields.required_text("environment").unwrap_or_default();
    let is_name = |name: &str| name.chars().count() <= MAX_NAME_CHARS && !name.contains(['\n', '\r', '/', '\u{c}']);
    if !is_name(&environment) {
        fields.refuse("environment", "This is no name of an environment.");
    }
    let named = fields.texts("projects").filter(|names| !names.is_empty());
    let new = NewDeploy {
        environment,
        name: short_text(&mut fields, "name", MAX_NAME_CHARS),
        url: url(&mut fields, "url"),
        started_at: time(&mut fields, "dateStarted"),
        finished_at: time(&mut fields, "dateFinished"),
        projects: Vec::new(),
    };
    fields.finish()?;
    let known: Vec<Project> = found.projects.iter().map(|of| of.project.clone()).collect();
    let mut projects: Vec<ProjectId> = match named {
        Some(names) => projects_named(&known, &names)?,
        None => known.iter().map(|project| project.id).collect(),
    };
    projects.sort_unstable();
    projects.dedup();
    let deploy = releases::deploy(&app, &access.scope, &found.release, NewDeploy { projects, ..new }).await?;
    Ok((StatusCode::CREATED, Json(DeployView::of(deploy))))
}
