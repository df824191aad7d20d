//! `/api/0/users/me/`: who is asking.

mod emails;
mod permissions;
mod view;

pub(crate) use emails::{add_email, confirm_email, list_emails};
pub(crate) use permissions::{add_permission, list_permissions, remove_permission};
use view::OwnView;
pub(crate) use view::{UserReference, UserView};

use axum::{Json, extract::State};
use httpkit::{ApiActor, ApiError};
use serde::Serialize;
use services::{App, users::ProfileChange};
use store::users::User;

use crate::body::Fields;

/// `GET /api/0/users/me/`, with what only the user themself sees. A token of an organization is nobody's, and has no such
/// page.
pub(crate) async fn show_me(ApiActor(actor): ApiActor, State(app): State<App>) -> Result<Json<OwnView>, ApiError> {
    let user = actor.user().ok_or_else(ApiError::not_found)?;
    Ok(Json(own_view(&app, user).await?))
}

/// `PUT /api/0/users/me/`: `name`, and of `options` the `timezone`.
pub(crate) async fn change_me(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<OwnView>, ApiError> {
    let user = actor.user().ok_or_else(ApiError::not_found)?;
    let name = fields.text("name");
    let options = fields.object("options").unwrap_or_default();
    let time_zone = options.get("timezone").and_then(|zone| zone.as_str());
    fields.finish()?;
    let change = ProfileChange {
        name: name.as_deref(),
        time_zone,
    };
    let user = services::users::change_profile(&app, user, change).await?;
    Ok(Json(own_view(&app, &user).await?))
}

async fn own_view(app: &App, user: &User) -> Result<OwnView, ApiError> {
    let emails = services::users::list_emails(app, user.id).await?;
    let permissions = services::users::permissions(app, user.id).await?;
    Ok(OwnView::of(user, &emails, &permissions))
}

/// Where the organizations of a user are served: here, all of them.
#[derive(Debug, Serialize)]
pub(crate) struct RegionsView {
    regions: [RegionView; 1],
}

#[derive(Debug, Serialize)]
struct RegionView {
    name: &'static str,
    url: String,
}

pub(crate) async fn list_regions(_: ApiActor, State(app): State<App>) -> Json<RegionsView> {
    Json(RegionsView {
        regions: [RegionView {
            name: "self-hosted",
            url: app.url.to_string(),
        }],
    })
}
