use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, ErrorKind, PathParams};
use serde::Deserialize;
use services::projects::{self, Transfer, TransferError};

use crate::{
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::{Part, Shell},
    urls::{self, Links},
    visit::Visit,
};

const TITLE: &str = "Take over a project";

/// A project that is handed on, for the one to whom the link was sent.
#[derive(Debug, Template)]
#[template(path = "invitations/transfer.html")]
pub(crate) struct TransferPage {
    pub(crate) shell: Shell,
    pub(crate) here: String,
    /// None where the link does not work.
    pub(crate) offer: Option<Offered>,
}

#[derive(Debug, Clone)]
pub(crate) struct Offered {
    pub(crate) project: String,
    pub(crate) from: String,
    /// Slugs: an organization, and one of its teams or none.
    pub(crate) choices: Vec<(String, String)>,
}

/// `GET /accept-transfer/{secret}/`
pub(crate) async fn show(visit: Visit, path: PathParams) -> Result<Response, ApiError> {
    let secret = path.get("secret")?;
    let offer = match projects::find_transfer(&visit.app, visit.actor(), secret).await {
        Ok(offer) => Some(offered(&visit, offer).await?),
        Err(TransferError::Gone) => None,
        Err(error) => return Err(error.into()),
    };
    answer(&visit, secret, offer).await
}

async fn offered(visit: &Visit, offer: Transfer) -> Result<Offered, ApiError> {
    let mut choices = Vec::new();
    for scope in &offer.to {
        let organization = &scope.organization.slug;
        for team in services::teams::list(&visit.app, scope).await? {
            choices.push((organization.clone(), team.slug));
        }
        choices.push((organization.clone(), String::new()));
    }
    Ok(Offered {
        project: offer.project.name,
        from: offer.from.name,
        choices,
    })
}

async fn answer(visit: &Visit, secret: &str, offer: Option<Offered>) -> Result<Response, ApiError> {
    let is_there = offer.is_some();
    let page = Page(TransferPage {
        shell: visit.shell_of_user(Part::Projects, TITLE).await?,
        here: urls::transfer(secret),
        offer,
    });
    Ok(if is_there {
        page.into_response()
    } else {
        (ErrorKind::NotFound.status(), page).into_response()
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct TransferForm {
    /// `organization` or `organization/team`.
    to: String,
}

/// `POST /accept-transfer/{secret}/`
pub(crate) async fn accept(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<TransferForm>,
) -> Result<Response, ApiError> {
    let secret = path.get("secret")?;
    let (organization, team) = form.to.split_once('/').unwrap_or((&form.to, ""));
    let offer = match projects::find_transfer(&visit.app, visit.actor(), secret).await {
        Err(TransferError::Gone) => return answer(&visit, secret, None).await,
        other => other?,
    };
    let to = offer.to.iter().find(|scope| scope.organization.slug == organization);
    let to = to.ok_or_else(ApiError::not_found)?;
    let team = match team {
        "" => None,
        team => Some(services::teams::get(&visit.app, to, team).await?),
    };
    let project = projects::accept_transfer(&visit.app, to, secret, team.as_ref()).await?;
    let page = Links::new(&to.organization.slug, String::new()).project_settings(&project.slug);
    Ok((PendingNotice::of(Done::TransferAccepted), Redirect::to(&page)).into_response())
}

impl TransferPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |offer| Self {
            shell: gallery::shell(Part::Projects, TITLE, "/accept-transfer/7f3c/"),
            here: urls::transfer("7f3c"),
            offer,
        };
        let offer = |text: &str, choices: &[(&str, &str)]| {
            let choice = |(organization, team): &(&str, &str)| ((*organization).to_owned(), (*team).to_owned());
            Some(Offered {
                project: text.to_owned(),
                from: text.to_owned(),
                choices: choices.iter().map(choice).collect(),
            })
        };
        vec![
            Sample::new("transfer-gone", &page(None)),
            Sample::new("transfer-nowhere", &page(offer("Shop", &[]))),
            Sample::new(
                "transfer-typical",
                &page(offer("Shop", &[("acme", "backend"), ("acme", "")])),
            ),
            Sample::new(
                "transfer-hostile",
                &page(offer(gallery::HOSTILE, &[(gallery::HOSTILE, "")])),
            ),
        ]
    }
}
