//! Pictures of users and organizations: changed below their paths, and served by a name that only those learn who see
//! them.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderName, HeaderValue, header};
use httpkit::{ApiActor, ApiError, OrganizationAccess, PathParams, scopes::OrgWrite};
use serde::Serialize;
use services::{
    App,
    avatars::{self, NewAvatar},
};
use store::{avatars::AvatarKind, users::User};

use crate::{body::Fields, parameters::Parameters, users::UserView, view::AvatarView};

/// An organization as far as its picture goes.
#[derive(Debug, Serialize)]
pub(crate) struct PicturedView {
    id: String,
    slug: String,
    name: String,
    avatar: AvatarView,
}

/// `GET /api/0/users/{user}/avatar/`, of oneself: `me`, or the own id.
pub(crate) async fn show_of_user(ApiActor(actor): ApiActor, path: PathParams) -> Result<Json<UserView>, ApiError> {
    Ok(Json(UserView::of(oneself(actor.user(), &path)?)))
}

/// `PUT /api/0/users/{user}/avatar/`: `avatar_type`, and `avatar_photo` in base64.
pub(crate) async fn update_of_user(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<UserView>, ApiError> {
    let user = oneself(actor.user(), &path)?;
    let avatar = avatars::change_of_user(&app, user, read(fields)?).await?;
    let user = User { avatar, ..user.clone() };
    Ok(Json(UserView::of(&user)))
}

fn oneself<'a>(user: Option<&'a User>, path: &PathParams) -> Result<&'a User, ApiError> {
    let asked = path.get("user")?;
    let own = user.filter(|user| asked == "me" || asked == user.id.to_string());
    own.ok_or_else(ApiError::not_found)
}

/// `PUT /api/0/organizations/{organization}/avatar/`
pub(crate) async fn update_of_organization(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<PicturedView>, ApiError> {
    let avatar = avatars::change_of_organization(&app, &access.scope, read(fields)?).await?;
    let organization = &access.scope.organization;
    Ok(Json(PicturedView {
        id: organization.id.to_string(),
        slug: organization.slug.clone(),
        name: organization.name.clone(),
        avatar: AvatarView::of(&avatar),
    }))
}

fn read(mut fields: Fields) -> Result<NewAvatar, ApiError> {
    let kind = fields.choice("avatar_type", AvatarKind::from_name);
    let photo = fields.text("avatar_photo");
    if !fields.is_given("avatar_type") {
        fields.refuse("avatar_type", "This field is required.");
    }
    fields.finish()?;
    Ok(match kind.unwrap_or_default() {
        AvatarKind::Letters => NewAvatar::Letters,
        AvatarKind::Gravatar => NewAvatar::Gravatar,
        AvatarKind::Upload => NewAvatar::Upload(photo),
    })
}

/// `GET /avatar/{ident}/`: the picture, in about the side `s`.
pub(crate) async fn show_picture(
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let side = parameters.get("s").and_then(|side| side.parse().ok());
    let png = avatars::read(&app, path.get("ident")?, side).await?;
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        ),
    ];
    Ok((headers, png).into_response())
}
