use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, header};
use httpkit::{ApiError, ErrorKind, session_cookie};
use serde::Deserialize;
use services::{
    App,
    users::{CreateUserError, NewUser},
};

use super::origin;
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
    Form(form): Form<NewAccount>,
) -> Result<Response, ApiError> {
    origin::check(&headers)?;
    let new = NewUser {
        email: &form.email,
        name: &form.name,
        password: &form.password,
    };
    let errors = match services::users::create_first(&app, &new).await {
        Ok(new) => {
            let cookie = AppendHeaders([(header::SET_COOKIE, session_cookie(&app.url, &new.token))]);
            return Ok((cookie, Redirect::to(urls::HOME)).into_response());
        }
        Err(CreateUserError::NotFirst) => return Ok(Redirect::to(urls::LOGIN).into_response()),
        Err(CreateUserError::Store(error)) => return Err(error.into()),
        Err(error @ (CreateUserError::InvalidEmail(_) | CreateUserError::Exists(_))) => FormErrors::one(
            "email",
            format!("Enter a whole address, such as you@example.com: {error}."),
        ),
        Err(CreateUserError::Password(error)) => {
            FormErrors::one("password", format!("Choose another password: {error}."))
        }
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
        let shell = || Shell {
            title: "Welcome".to_owned(),
            csrf: "sample-token".to_owned(),
            ..Shell::default()
        };
        let empty = Self {
            shell: shell(),
            email: String::new(),
            name: String::new(),
            errors: FormErrors::default(),
        };
        let wrong = Self {
            shell: shell(),
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
