use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::HeaderMap;
use httpkit::{ApiError, ErrorKind, FormSender};
use serde::Deserialize;
use services::{App, users::NewUser};

use super::{origin, sample_shell, welcome};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls,
    visit::Looks,
};

/// An account that somebody makes for themself, where the installation is open.
#[derive(Debug, Template)]
#[template(path = "auth/register.html")]
pub(crate) struct RegisterPage {
    pub(crate) shell: Shell,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) errors: FormErrors,
}

/// `GET /auth/register/`
pub(crate) async fn show(State(app): State<App>, looks: Looks) -> Result<Page<RegisterPage>, ApiError> {
    if !services::users::is_registration_open(&app).await? {
        return Err(ApiError::not_found());
    }
    Ok(Page(RegisterPage {
        shell: looks.shell(&app, "Create an account"),
        name: String::new(),
        email: String::new(),
        errors: FormErrors::default(),
    }))
}

#[derive(Debug, Deserialize)]
pub(crate) struct RegisterForm {
    name: String,
    email: String,
    password: String,
}

/// `POST /auth/register/`
pub(crate) async fn register(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    FormSender(sender): FormSender,
    Form(form): Form<RegisterForm>,
) -> Result<Response, ApiError> {
    origin::check(&headers)?;
    let new = NewUser {
        email: &form.email,
        name: &form.name,
        password: &form.password,
    };
    let errors = match services::users::register(&app, &new, &sender).await {
        Ok(session) => return Ok(welcome(&app, &session, urls::HOME)),
        Err(error) => FormErrors::of_api(error.into())?,
    };
    let page = RegisterPage {
        shell: looks.shell(&app, "Create an account"),
        name: form.name,
        email: form.email,
        errors,
    };
    Ok((ErrorKind::BadRequest.status(), Page(page)).into_response())
}

impl RegisterPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |text: &str, errors| Self {
            shell: sample_shell("Create an account"),
            name: text.to_owned(),
            email: text.to_owned(),
            errors,
        };
        let wrong = FormErrors::one("email", "Enter a whole address, such as you@example.com.");
        vec![
            Sample::new("register-empty", &page("", FormErrors::default())),
            Sample::new("register-hostile", &page(gallery::HOSTILE, wrong)),
        ]
    }
}
