use axum::extract::State;
use http::StatusCode;
use httpkit::{ApiError, OrganizationAccess, scopes::ProjectWrite};
use services::{
    App, Scope,
    access::{AccessError, OrganizationScope, permission::PROJECT_WRITE},
    settings,
};

use crate::body::Fields;

/// Stands for all projects.
const ALL: &str = "$all";

/// `POST /api/0/organizations/{organization}/spike-protections/`: for the `projects` that are named, or for `$all`.
pub(crate) async fn enable_spike_protection(
    access: OrganizationAccess<ProjectWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<StatusCode, ApiError> {
    switch(&app, &access.scope, fields, true).await?;
    Ok(StatusCode::CREATED)
}

/// `DELETE /api/0/organizations/{organization}/spike-protections/`
pub(crate) async fn disable_spike_protection(
    access: OrganizationAccess<ProjectWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<StatusCode, ApiError> {
    switch(&app, &access.scope, fields, false).await?;
    Ok(StatusCode::OK)
}

async fn switch(app: &App, scope: &OrganizationScope, mut fields: Fields, enabled: bool) -> Result<(), ApiError> {
    let named = fields.texts("projects");
    if !fields.is_given("projects") {
        fields.refuse("projects", "This field is required.");
    }
    fields.finish()?;
    let named = named.unwrap_or_default();
    let mut meant = services::projects::list(app, scope).await?;
    if !named.iter().any(|name| name == ALL) {
        let unknown = named
            .iter()
            .find(|name| !meant.iter().any(|project| project.slug == **name));
        if let Some(unknown) = unknown {
            return Err(ApiError::field(
                "projects",
                format_args!("There is no project {unknown:?}."),
            ));
        }
        meant.retain(|project| named.contains(&project.slug));
    }
    let are_all = named.iter().any(|name| name == ALL);
    for project in meant {
        let scope = scope.of_project(app, project.id).await?;
        if !scope.rights.allow(Scope::ProjectWrite) {
            // All are those that the actor may change.
            if are_all {
                continue;
            }
            return Err(AccessError::Missing(PROJECT_WRITE).into());
        }
        let mut quotas = settings::of_project(app, &scope).await?.quotas;
        if quotas.spike_protection.enabled != enabled {
            quotas.spike_protection.enabled = enabled;
            settings::set_of_project(app, &scope, &quotas).await?;
        }
    }
    Ok(())
}
