//! `/api/0/organizations/`: organizations, their environments and members.

mod view;

pub(crate) use view::OrganizationView;
use view::{EnvironmentView, MemberView, OrganizationDetails};

use axum::{Json, extract::State};
use httpkit::{
    ApiActor, ApiError, OrganizationAccess,
    scopes::{MemberRead, OrgRead, OrgWrite},
};
use services::{App, Scope, settings};

use crate::{
    body::Fields,
    page::{Page, PageRequest},
    parameters::Parameters,
    projects, scrubbing, teams,
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
    let settings = settings::of_organization(&app, &access.scope).await?;
    let mut details = OrganizationDetails::of(&access.scope, &settings, &app.url);
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

/// `PUT /api/0/organizations/{organization}/`: its name, and what is scrubbed in all projects. Nothing is changed when
/// something is wrong.
pub(crate) async fn update(
    mut access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<OrganizationDetails>, ApiError> {
    let scope = &mut access.scope;
    let name = if fields.is_given("name") {
        fields.required_text("name")
    } else {
        None
    };
    // Clients send it along with what they change.
    if fields.text("slug").is_some_and(|slug| slug != scope.organization.slug) {
        fields.refuse("slug", "The slug cannot be changed: it stands in every address.");
    }
    let before = settings::of_organization(&app, scope).await?;
    let scrubbing = scrubbing::change(&mut fields, &before.scrubbing);
    fields.finish()?;
    if let Some(name) = name.filter(|name| *name != scope.organization.name) {
        services::organizations::rename(&app, scope, &name).await?;
        scope.organization.name = name;
    }
    if let Some(scrubbing) = scrubbing {
        settings::set_of_organization(&app, scope, &scrubbing).await?;
    }
    let settings = settings::of_organization(&app, scope).await?;
    Ok(Json(OrganizationDetails::of(scope, &settings, &app.url)))
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
