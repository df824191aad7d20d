//! `/api/0/organizations/`: organizations.

mod details;
mod lifecycle;
mod view;

use details::OrganizationDetails;
use lifecycle::Lifecycle;
pub(crate) use lifecycle::{create, delete};
pub(crate) use view::OrganizationView;

use axum::{Json, extract::State};
use httpkit::{
    ApiError, OrganizationAccess, UserAccess,
    scopes::{OrgEdit, OrgRead, OrgShow},
};
use services::{App, access::OrganizationScope, settings};

use crate::{
    body::Fields,
    page::{Page, PageRequest},
    parameters::Parameters,
    projects, scrubbing, teams,
};

/// `GET /api/0/organizations/`: those that the actor is a member of.
pub(crate) async fn list(
    access: UserAccess<OrgRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<OrganizationView>, ApiError> {
    let organizations = services::organizations::list(&app, &access.actor).await?;
    let membership = settings::membership_of(&app, &organizations).await?;
    Ok(page.of_whole(&app.url, organizations).map(|organization| {
        let membership = membership.get(&organization.id).cloned().unwrap_or_default();
        OrganizationView::of(&organization, &membership, &app.url)
    }))
}

/// `GET /api/0/organizations/{organization}/`, with its teams and projects unless `detailed=0`.
pub(crate) async fn show(
    access: OrganizationAccess<OrgShow>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<OrganizationDetails>, ApiError> {
    let with_lists = parameters.get("detailed") != Some("0");
    Ok(Json(details(&app, &access.scope, with_lists).await?))
}

async fn details(app: &App, scope: &OrganizationScope, with_lists: bool) -> Result<OrganizationDetails, ApiError> {
    let settings = settings::of_organization(app, scope).await?;
    let requests = services::members::requests(app, scope).await?.len();
    let mut details = OrganizationDetails::of(scope, &settings, requests, &app.url);
    if with_lists {
        let rendering = projects::Rendering::load(app, scope).await?;
        let projects = services::projects::list(app, scope).await?;
        details.teams = Some(teams::views(app, scope).await?);
        details.projects = Some(projects.iter().map(|project| rendering.in_list(project)).collect());
    }
    Ok(details)
}

/// `PUT /api/0/organizations/{organization}/`: its name and slug, what its members may do, and what is scrubbed in all projects.
/// Nothing is changed when something is wrong.
pub(crate) async fn update(
    mut access: OrganizationAccess<OrgEdit>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<OrganizationDetails>, ApiError> {
    let scope = &mut access.scope;
    let lifecycle = Lifecycle::read(&mut fields);
    let before = settings::of_organization(&app, scope).await?;
    let scrubbing = scrubbing::change(&mut fields, &before.scrubbing);
    let membership = details::change_membership(&mut fields, scope);
    details::refuse_fixed(&mut fields);
    fields.finish()?;
    lifecycle.save(&app, scope).await?;
    if let Some(scrubbing) = scrubbing {
        settings::set_of_organization(&app, scope, &scrubbing).await?;
    }
    if let Some(membership) = membership {
        settings::set_of_organization(&app, scope, &membership).await?;
        scope.membership = membership;
    }
    Ok(Json(details(&app, scope, true).await?))
}
