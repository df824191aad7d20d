//! Projects that are handed on to other organizations.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, ProjectAccess, UserAccess,
    scopes::{ProjectAccept, ProjectAdmin},
};
use serde::Serialize;
use services::{
    App,
    access::{self, permission::PROJECT_ACCEPT},
    projects,
};

use super::ProjectReference;
use crate::{body::Fields, parameters::Parameters};

/// `POST /api/0/projects/{organization}/{project}/transfer/`: offers it to the owner of another organization, by mail.
pub(crate) async fn offer_transfer(
    access: ProjectAccess<ProjectAdmin>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let email = fields.required_text("email");
    fields.finish()?;
    projects::request_transfer(&app, &access.scope, email.as_deref().unwrap_or_default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Serialize)]
pub(crate) struct TransferView {
    project: ProjectReference,
    organizations: Vec<RecipientView>,
}

/// An organization that may take it.
#[derive(Debug, Serialize)]
struct RecipientView {
    id: String,
    slug: String,
    name: String,
    /// Slugs.
    teams: Vec<String>,
}

/// `GET /api/0/accept-transfer/`: what the link of a mail, `data`, offers.
pub(crate) async fn show_transfer(
    access: UserAccess<ProjectAccept>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<TransferView>, ApiError> {
    let secret = parameters.get("data").unwrap_or_default();
    let offer = projects::find_transfer(&app, &access.actor, secret).await?;
    let mut organizations = Vec::with_capacity(offer.to.len());
    for scope in &offer.to {
        let teams = services::teams::list(&app, scope).await?;
        organizations.push(RecipientView {
            id: scope.organization.id.to_string(),
            slug: scope.organization.slug.clone(),
            name: scope.organization.name.clone(),
            teams: teams.into_iter().map(|team| team.slug).collect(),
        });
    }
    Ok(Json(TransferView {
        project: ProjectReference::of(&offer.project),
        organizations,
    }))
}

/// `POST /api/0/accept-transfer/`: takes it into an `organization` that the actor owns, for a `team` of it or for none.
pub(crate) async fn accept_transfer(
    access: UserAccess<ProjectAccept>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let secret = fields.required_text("data").unwrap_or_default();
    let organization = fields.required_text("organization").unwrap_or_default();
    let team = fields.text("team").filter(|team| !team.is_empty());
    fields.finish()?;
    let to = access::organization(&app, &access.actor, &organization, PROJECT_ACCEPT).await?;
    let team = match team {
        Some(team) => Some(services::teams::get(&app, &to, &team).await?),
        None => None,
    };
    projects::accept_transfer(&app, &to, &secret, team.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
