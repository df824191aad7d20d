//! Applications that act for users: `/api/0/api-applications/`, what a user has allowed, and how applications fetch
//! tokens.

mod authorizations;
mod token;
mod view;

pub(crate) use authorizations::{list_authorizations, revoke_authorization};
pub(crate) use token::{fetch_tokens, show_user_info};

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiActor, ApiError, PathParams};
use services::{
    App,
    oauth::{self, ApplicationChange},
};

use crate::{
    body::Fields,
    page::{Page, PageRequest},
    tokens::signed_in,
};
use view::{ApplicationView, NewApplicationView};

/// What a body says of an application.
#[derive(Debug, Default)]
struct ApplicationBody {
    name: Option<String>,
    redirect_uris: Option<Vec<String>>,
    allowed_origins: Option<Vec<String>>,
    homepage_url: Option<String>,
    privacy_url: Option<String>,
    terms_url: Option<String>,
    is_active: Option<bool>,
}

impl ApplicationBody {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        // `null` takes an address away.
        let page = |fields: &mut Fields, name: &str| {
            let text = fields.text(name);
            fields.is_given(name).then(|| text.unwrap_or_default())
        };
        let body = Self {
            name: fields.text("name"),
            redirect_uris: fields.texts("redirectUris"),
            allowed_origins: fields.texts("allowedOrigins"),
            homepage_url: page(&mut fields, "homepageUrl"),
            privacy_url: page(&mut fields, "privacyUrl"),
            terms_url: page(&mut fields, "termsUrl"),
            is_active: fields.flag("isActive"),
        };
        fields.finish()?;
        Ok(body)
    }

    fn change(&self) -> ApplicationChange<'_> {
        ApplicationChange {
            name: self.name.as_deref(),
            redirect_uris: self.redirect_uris.as_deref(),
            allowed_origins: self.allowed_origins.as_deref(),
            homepage_url: self.homepage_url.as_deref(),
            privacy_url: self.privacy_url.as_deref(),
            terms_url: self.terms_url.as_deref(),
            is_active: self.is_active,
        }
    }
}

/// `GET /api/0/api-applications/`
pub(crate) async fn list(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<ApplicationView>, ApiError> {
    let user = signed_in(&actor)?;
    let applications = oauth::list(&app, user.id).await?;
    Ok(page.of_whole(&app.url, applications).map(ApplicationView::of))
}

/// `POST /api/0/api-applications/`: this answer holds the secret, and that to another secret.
pub(crate) async fn create(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<NewApplicationView>), ApiError> {
    let user = signed_in(&actor)?;
    let body = ApplicationBody::read(fields)?;
    let new = oauth::create(&app, &actor, user, &body.change()).await?;
    Ok((StatusCode::CREATED, Json(NewApplicationView::of(new))))
}

/// `GET /api/0/api-applications/{application}/`
pub(crate) async fn show(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<ApplicationView>, ApiError> {
    let user = signed_in(&actor)?;
    let application = oauth::get(&app, user.id, path.get("application")?).await?;
    Ok(Json(ApplicationView::of(application)))
}

/// `PUT /api/0/api-applications/{application}/`
pub(crate) async fn update(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<ApplicationView>, ApiError> {
    let user = signed_in(&actor)?;
    let body = ApplicationBody::read(fields)?;
    let client_id = path.get("application")?;
    let application = oauth::update(&app, &actor, user.id, client_id, &body.change()).await?;
    Ok(Json(ApplicationView::of(application)))
}

/// `DELETE /api/0/api-applications/{application}/`
pub(crate) async fn delete(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let user = signed_in(&actor)?;
    oauth::delete(&app, &actor, user.id, path.get("application")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/0/api-applications/{application}/rotate-secret/`
pub(crate) async fn rotate_secret(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<NewApplicationView>, ApiError> {
    let user = signed_in(&actor)?;
    let new = oauth::rotate_secret(&app, &actor, user.id, path.get("application")?).await?;
    Ok(Json(NewApplicationView::of(new)))
}
