use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::HeaderMap;
use httpkit::{ApiError, ErrorKind, FormSender, PathParams};
use serde::Deserialize;
use services::{App, members};

use crate::{
    auth,
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls,
    visit::Looks,
};

const TITLE: &str = "Ask to join";

/// Asking to be let into an organization. Whether there is one of this name is not told.
#[derive(Debug, Template)]
#[template(path = "invitations/join.html")]
pub(crate) struct JoinPage {
    pub(crate) shell: Shell,
    pub(crate) here: String,
    /// Its slug.
    pub(crate) organization: String,
    pub(crate) email: String,
    pub(crate) is_sent: bool,
    pub(crate) errors: FormErrors,
}

fn page(app: &App, looks: &Looks, organization: &str, email: String, errors: FormErrors) -> JoinPage {
    JoinPage {
        shell: looks.shell(app, TITLE),
        here: urls::join(organization),
        organization: organization.to_owned(),
        email,
        is_sent: false,
        errors,
    }
}

/// `GET /join/{organization}/`
pub(crate) async fn show(State(app): State<App>, looks: Looks, path: PathParams) -> Result<Page<JoinPage>, ApiError> {
    let organization = path.get("organization")?;
    Ok(Page(page(
        &app,
        &looks,
        organization,
        String::new(),
        FormErrors::default(),
    )))
}

#[derive(Debug, Deserialize)]
pub(crate) struct JoinForm {
    email: String,
}

/// `POST /join/{organization}/`
pub(crate) async fn ask(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    FormSender(sender): FormSender,
    path: PathParams,
    Form(form): Form<JoinForm>,
) -> Result<Response, ApiError> {
    auth::check_origin(&headers)?;
    let organization = path.get("organization")?;
    if let Err(error) = members::request_to_join(&app, organization, &form.email, &sender).await {
        let errors = FormErrors::of_api(error.into())?;
        let page = page(&app, &looks, organization, form.email, errors);
        return Ok((ErrorKind::BadRequest.status(), Page(page)).into_response());
    }
    let page = page(&app, &looks, organization, form.email, FormErrors::default());
    Ok(Page(JoinPage { is_sent: true, ..page }).into_response())
}

impl JoinPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |organization: &str, email: &str, is_sent, errors| Self {
            shell: Shell {
                title: TITLE.to_owned(),
                ..Shell::default()
            },
            here: urls::join(organization),
            organization: organization.to_owned(),
            email: email.to_owned(),
            is_sent,
            errors,
        };
        let wrong = FormErrors::one("email", "\"grace\" is no e-mail address.");
        vec![
            Sample::new("join-empty", &page("acme", "", false, FormErrors::default())),
            Sample::new("join-wrong", &page("acme", "grace", false, wrong)),
            Sample::new(
                "join-sent",
                &page("acme", "grace@example.com", true, FormErrors::default()),
            ),
            Sample::new(
                "join-hostile",
                &page(gallery::HOSTILE, gallery::HOSTILE, false, FormErrors::default()),
            ),
        ]
    }
}
