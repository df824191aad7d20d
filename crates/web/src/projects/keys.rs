//! What the settings page does to a project's keys.

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, PathParams};
use serde::Deserialize;
use services::{
    Scope,
    access::ProjectScope,
    project_keys::{self, KeyChange},
};

use super::settings::project_of_form;
use crate::{
    form::NoFields,
    notice::{Done, PendingNotice},
    urls::Links,
    visit::Visit,
};

#[derive(Debug, Deserialize)]
pub(crate) struct NewKey {
    #[serde(default)]
    label: String,
}

/// `POST /organizations/{organization}/projects/{project}/keys/new/`
pub(crate) async fn create(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<NewKey>,
) -> Result<Response, ApiError> {
    let access = project_of_form(&visit, &path, Scope::ProjectWrite).await?;
    project_keys::create(&visit.app, &access, &form.label).await?;
    Ok(back(&visit, &access, Done::KeyCreated))
}

/// What can be done to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Rotate,
    Disable,
    Enable,
    Revoke,
}

impl Verb {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "rotate" => Self::Rotate,
            "disable" => Self::Disable,
            "enable" => Self::Enable,
            "revoke" => Self::Revoke,
            _ => return None,
        })
    }
}

/// `POST /organizations/{organization}/projects/{project}/keys/{key}/{verb}/`
pub(crate) async fn change(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let verb = Verb::parse(path.get("verb")?).ok_or_else(ApiError::not_found)?;
    let scope = if verb == Verb::Revoke {
        Scope::ProjectAdmin
    } else {
        Scope::ProjectWrite
    };
    let access = project_of_form(&visit, &path, scope).await?;
    let key = project_keys::get(&visit.app, &access, path.get("key")?).await?;
    let active = |active| KeyChange {
        active: Some(active),
        ..KeyChange::default()
    };
    let done = match verb {
        Verb::Rotate => {
            project_keys::create(&visit.app, &access, &key.label).await?;
            Done::KeyRotated
        }
        Verb::Disable => {
            project_keys::update(&visit.app, &key, &active(false)).await?;
            Done::KeyDisabled
        }
        Verb::Enable => {
            project_keys::update(&visit.app, &key, &active(true)).await?;
            Done::KeyEnabled
        }
        Verb::Revoke => {
            project_keys::revoke(&visit.app, &key).await?;
            Done::KeyRevoked
        }
    };
    Ok(back(&visit, &access, done))
}

fn back(visit: &Visit, access: &ProjectScope, done: Done) -> Response {
    let links = Links::new(&access.organization.slug, visit.scope().query());
    let to = format!("{}#client-keys", links.project_settings(&access.project.slug));
    (PendingNotice::of(done), Redirect::to(&to)).into_response()
}
