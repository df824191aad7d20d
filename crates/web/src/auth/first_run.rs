use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use http::HeaderMap;
use httpkit::{ApiError, ErrorKind, FormSender};
use serde::Deserialize;
use services::{
    App,
    users::{CreateUserError, NewUser},
};

use super::{origin, sample_shell, welcome};
use crate::{form::FormErrors, gallery::Sample, icon::Icon, page::Page, shell::Shell, urls, visit::Looks};

/// The page of an installation that has no user yet: it makes the administrator.
#[derive(Debug, Template)]
#[template(path = "auth/first_run.html")]
pub(crate) struct FirstRunPage {
    pub(crate) shell: Shell,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) errors: FormErrors,
}

/// `GET /setup/`
pub(crate) async fn show(State(app): State<App>, looks: Looks) -> Result<Response, ApiError> {
    if !services::users::none_exists(&app).await? {
        return Ok(Redirect::to(urls::LOGIN).into_response());
    }
    let shell = looks.shell(&app, "Welcome");
    Ok(Page(FirstRunPage {
        shell,
        email: String::new(),
        name: String::new(),
        errors: FormErrors::default(),
    })
    .into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewAccount {
    name: String,
    email: String,
    password: String,
}

/// `POST /setup/`
pub(crate) async fn create(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    FormSender(sender): FormSender,
    Form(form): Form<NewAccount>,
) -> Result<Response, ApiError> {
    origin::check(&headers)?;
    let new = NewUser {
        email: &form.email,
        name: &form.name,
        password: &form.password,
    };
    let errors = match services::users::create_first(&app, &new, &sender).await {
        Ok(new) => {
            return Ok(welcome(&app, &new, urls::HOME));
        }
        Err(CreateUserError::NotFirst) => return Ok(Redirect::to(urls::LOGIN).into_response()),
        Err(error) => FormErrors::of_api(error.into())?,
    };
    let shell = looks.shell(&app, "Welcome");
    let page = FirstRunPage {
        shell,
        email: form.email,
        name: form.name,
        errors,
    };
    Ok((ErrorKind::BadRequest.status(), Page(page)).into_response())
}

impl FirstRunPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let empty = Self {
            shell: sample_shell("Welcome"),
            email: String::new(),
            name: String::new(),
            errors: FormErrors::default(),
        };
        let wrong = Self {
            shell: sample_shell("Welcome"),
            email: "ada".to_owned(),
            name: "<script>alert(1)</script>".to_owned(),
            errors: FormErrors::one("email", "Enter a whole address, such as you@example.com.")
                .and("password", "Use at least 8 characters."),
        };
        vec![
            Sample::new("first-run-empty", &empty),
            Sample::new("first-run-errors", &wrong),
        ]
    }
}
