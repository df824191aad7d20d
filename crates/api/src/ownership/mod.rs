//! Whose issues are: the rules of a project, its CODEOWNERS files, and the owners of an event.

mod codeowners;
mod view;

pub(crate) use codeowners::{create_codeowners, delete_codeowners, list_codeowners, update_codeowners};

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, PathParams, ProjectAccess,
    scopes::{EventRead, ProjectRead},
};
use protocol::event::Event;
use services::{App, Scope, access::AccessError, ownership::OwnershipError};
use triage::ownership::AutoAssignment;

use self::view::{EventOwnersView, OwnershipView};
use crate::body::Fields;

/// The names of the ways of assigning, as clients know them.
const AUTO_ASSIGNMENT: [(AutoAssignment, &str); 3] = [
    (AutoAssignment::Owner, "Auto Assign to Issue Owner"),
    (AutoAssignment::SuspectCommit, "Auto Assign to Suspect Commits"),
    (AutoAssignment::Off, "Turn off Auto-Assignment"),
];

/// `GET /api/0/projects/{organization}/{project}/ownership/`
pub(crate) async fn show(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<OwnershipView>, ApiError> {
    let ownership = services::ownership::get(&app, &access.scope).await?;
    Ok(Json(OwnershipView::of(&ownership, &access.scope.project)))
}

/// `PUT /api/0/projects/{organization}/{project}/ownership/`: whoever sees the project may change the rules; what
/// follows from them is a setting of the project.
pub(crate) async fn update(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<OwnershipView>), ApiError> {
    let scope = &access.scope;
    let before = services::ownership::get(&app, scope).await?.settings;
    let mut settings = before.clone();
    if let Some(raw) = fields.whole_text("raw") {
        settings.raw = raw;
    }
    if let Some(fallthrough) = fields.flag("fallthrough") {
        settings.fallthrough = fallthrough;
    }
    if let Some(sync) = fields.flag("codeownersAutoSync") {
        settings.codeowners_auto_sync = sync;
    }
    let auto_assignment = |name: &str| AUTO_ASSIGNMENT.into_iter().find(|(_, known)| *known == name);
    if let Some((auto_assignment, _)) = fields.choice("autoAssignment", auto_assignment) {
        settings.auto_assignment = auto_assignment;
    }
    fields.finish()?;
    let raw_only = triage::ownership::Settings {
        raw: settings.raw.clone(),
        ..before
    };
    if settings != raw_only && !scope.rights.allow(Scope::ProjectWrite) {
        return Err(AccessError::Missing(Scope::ProjectWrite.into()).into());
    }
    let ownership = services::ownership::set(&app, scope, settings).await.map_err(refused)?;
    Ok((
        StatusCode::ACCEPTED,
        Json(OwnershipView::of(&ownership, &scope.project)),
    ))
}

fn refused(error: OwnershipError) -> ApiError {
    match error {
        OwnershipError::Rules(problems) => {
            let mut error = ApiError::bad_request("The request holds values that cannot be taken.");
            let lines = problems
                .iter()
                .map(|problem| format!("Line {}: {}", problem.line, problem.message));
            error.fields.insert("raw".to_owned(), lines.collect());
            error
        }
        OwnershipError::UnknownOwners(names) => {
            ApiError::field("raw", format!("Invalid rule owners: {}", names.join(", ")))
        }
        OwnershipError::TooLarge | OwnershipError::TooMany => ApiError::field("raw", error.to_string()),
        OwnershipError::Store(error) => ApiError::internal(error),
    }
}

/// `GET /api/0/projects/{organization}/{project}/events/{event}/owners/`
pub(crate) async fn list_owners_of_event(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<EventOwnersView>, ApiError> {
    let id = path.get("event")?.parse().map_err(|_| ApiError::not_found())?;
    let found = services::events::get(&app, access.scope.project.id, id).await?;
    let event = Event::from_stored(&found.stored.payload).map_err(ApiError::internal)?;
    let owners = services::ownership::of_event(&app, &access.scope, &event, None)
        .await
        .map_err(refused)?;
    EventOwnersView::load(&app, access.scope.whole(), &owners)
        .await
        .map(Json)
}
