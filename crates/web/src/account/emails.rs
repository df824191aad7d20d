//! What one does to one's addresses, from the profile.

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, PathParams};
use model::EmailId;
use serde::Deserialize;
use services::users::{self, EmailError};

use super::profile::{Typed, page};
use crate::{
    form::{FormErrors, NoFields},
    notice::{Done, PendingNotice},
    projects::settings::refused,
    urls,
    visit::Visit,
};

#[derive(Debug, Deserialize)]
pub(crate) struct EmailForm {
    email: String,
}

async fn answer(
    visit: &Visit,
    done: Done,
    email: String,
    result: Result<(), EmailError>,
) -> Result<Response, ApiError> {
    match result {
        Ok(()) => Ok((PendingNotice::of(done), Redirect::to(urls::PROFILE)).into_response()),
        Err(error) => {
            let typed = Typed {
                email,
                ..Typed::default()
            };
            Ok(refused(page(visit, typed, FormErrors::of_api(error.into())?).await?))
        }
    }
}

fn id(path: &PathParams) -> Result<EmailId, ApiError> {
    path.get("email")?
        .parse()
        .map(EmailId)
        .map_err(|_| ApiError::not_found())
}

/// `POST /settings/account/emails/`
pub(crate) async fn add(visit: Visit, CsrfForm { form, .. }: CsrfForm<EmailForm>) -> Result<Response, ApiError> {
    let added = users::add_email(&visit.app, visit.user(), &form.email).await;
    answer(&visit, Done::EmailAdded, form.email, added).await
}

/// `POST /settings/account/emails/{email}/confirm/`
pub(crate) async fn send(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let sent = users::send_confirmation(&visit.app, visit.user(), id(&path)?).await;
    answer(&visit, Done::EmailSent, String::new(), sent).await
}

/// `POST /settings/account/emails/{email}/primary/`
pub(crate) async fn make_primary(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let changed = users::set_primary_email(&visit.app, visit.actor(), visit.user(), id(&path)?).await;
    answer(&visit, Done::EmailChanged, String::new(), changed).await
}

/// `POST /settings/account/emails/{email}/remove/`
pub(crate) async fn remove(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let removed = users::delete_email(&visit.app, visit.user(), id(&path)?).await;
    answer(&visit, Done::EmailRemoved, String::new(), removed).await
}
