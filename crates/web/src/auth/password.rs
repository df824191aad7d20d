//! The password once more: for what asks for it (sudo), and to act as a superuser.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, ErrorKind};
use serde::Deserialize;
use services::browser_sessions;

use crate::{
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::{self, Page},
    shell::{Part, Shell},
    urls,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "auth/password.html")]
pub(crate) struct PasswordPage {
    pub(crate) shell: Shell,
    pub(crate) purpose: Purpose,
    pub(crate) next: String,
    pub(crate) errors: FormErrors,
}

/// What the password is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Sudo,
    Superuser,
}

impl Purpose {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Sudo => "Confirm your password",
            Self::Superuser => "Superuser mode",
        }
    }

    pub(crate) fn action(self) -> &'static str {
        match self {
            Self::Sudo => urls::SUDO,
            Self::Superuser => urls::SUPERUSER,
        }
    }

    pub(crate) fn is_superuser(self) -> bool {
        self == Self::Superuser
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct PasswordForm {
    password: String,
    #[serde(default)]
    next: String,
}

async fn page(visit: &Visit, purpose: Purpose, next: String, errors: FormErrors) -> Result<PasswordPage, ApiError> {
    Ok(PasswordPage {
        shell: visit.shell_of_user(Part::Settings, purpose.title()).await?,
        purpose,
        next,
        errors,
    })
}

fn next_of(visit: &Visit) -> String {
    visit.field("next").unwrap_or_default().to_owned()
}

/// `GET /auth/sudo/`
pub(crate) async fn show_sudo(visit: Visit) -> Result<Page<PasswordPage>, ApiError> {
    let next = next_of(&visit);
    Ok(Page(page(&visit, Purpose::Sudo, next, FormErrors::default()).await?))
}

/// `GET /auth/superuser/`
pub(crate) async fn show_superuser(visit: Visit) -> Result<Page<PasswordPage>, ApiError> {
    let next = next_of(&visit);
    Ok(Page(
        page(&visit, Purpose::Superuser, next, FormErrors::default()).await?,
    ))
}

/// `POST /auth/sudo/`
pub(crate) async fn give(visit: Visit, CsrfForm { form, .. }: CsrfForm<PasswordForm>) -> Result<Response, ApiError> {
    let given = browser_sessions::give_password(&visit.app, &visit.signed_in, &form.password).await;
    answer(&visit, Purpose::Sudo, given.map_err(ApiError::from), form.next).await
}

/// `POST /auth/superuser/`
pub(crate) async fn enter(visit: Visit, CsrfForm { form, .. }: CsrfForm<PasswordForm>) -> Result<Response, ApiError> {
    let entered = browser_sessions::enter_superuser(&visit.app, &visit.signed_in, &form.password).await;
    answer(&visit, Purpose::Superuser, entered.map_err(ApiError::from), form.next).await
}

async fn answer(
    visit: &Visit,
    purpose: Purpose,
    given: Result<(), ApiError>,
    next: String,
) -> Result<Response, ApiError> {
    match given {
        Ok(()) => Ok(page::redirect(Some(&next), urls::HOME).into_response()),
        Err(error) => {
            let page = page(visit, purpose, next, FormErrors::of_api(error)?).await?;
            Ok((ErrorKind::BadRequest.status(), Page(page)).into_response())
        }
    }
}

/// `POST /auth/superuser/leave/`
pub(crate) async fn leave(visit: Visit, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    browser_sessions::leave_superuser(&visit.app, &visit.signed_in).await?;
    Ok((PendingNotice::of(Done::SuperuserLeft), Redirect::to(urls::HOME)).into_response())
}

impl PasswordPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |purpose: Purpose, next: &str, errors| Self {
            shell: gallery::shell(Part::Settings, purpose.title(), purpose.action()),
            purpose,
            next: next.to_owned(),
            errors,
        };
        let wrong = FormErrors::one("password", "The password is wrong.");
        vec![
            Sample::new("sudo-empty", &page(Purpose::Sudo, "/x/", FormErrors::default())),
            Sample::new("superuser-wrong", &page(Purpose::Superuser, gallery::HOSTILE, wrong)),
        ]
    }
}
