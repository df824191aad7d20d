//! `/api/0/organizations/`: organizations, their environments and members.

mod view;

pub(crate) use view::OrganizationView;
use view::{EnvironmentView, MemberView, OrganizationDetails};

use axum::{Json, extract::State};
use httpkit::{
    ApiActor, ApiError, OrganizationAccess,
    scopes::{MemberRead, OrgRead},
};
use services::{App, Scope};

use crate::{
    page::{Page, PageRequest},
    parameters::Parameters,
    projects, teams,
};

/// `GET /api/0/organizations/`: those that the actor is a member of.
pub(crate) async fn list(
    actor: ApiActor,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<OrganizationView>, ApiError> {
    actor.require(Scope::OrgRead)?;
    let organizations = services::organizations::list(&app, &actor.0).await?;
    Ok(page
        .of_whole(&app.url, organizations)
        .map(|organization| OrganizationView::of(&organization, &app.url)))
}

/// `GET /api/0/organizations/{organization}/`, with its teams and projects unless `detailed=0`.
pub(crate) async fn show(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<OrganizationDetails>, ApiError> {
    let mut details = OrganizationDetails::of(&access.scope, &app.url);
    if parameters.get("detailed") != Some("0") {
        let projects = projects::Rendering::load(&app, &access.scope).await?;
        details.teams = Some(teams::views(&app, &access.scope).await?);
        details.projects = Some(
            services::projects::list(&app, &access.scope)
                .await?
                .iter()
                .map(|project| projects.summary(project))
                .collect(),
        );
    }
    Ok(Json(details))
}

/// `GET /api/0/organizations/{organization}/environments/`
pub(crate) async fn list_environments(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
) -> Result<Json<Vec<EnvironmentView>>, ApiError> {
    let names = services::organizations::environments(&app, &access.scope).await?;
    Ok(Json(names.into_iter().map(EnvironmentView::of).collect()))
}

/// `GET /api/0/organizations/{organization}/members/`
pub(crate) async fn list_members(
    access: OrganizationAccess<MemberRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<MemberView>, ApiError> {
    let members = services::organizations::memberships(&app, &access.scope).await?;
    Ok(page
        .of_whole(&app.url, members)
        .map(|(member, user)| MemberView::of(&member, &user)))
}
