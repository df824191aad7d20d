//! The applications that the signed-in user has let in.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, PathParams};
use model::{AuthorizationId, Timestamp};
use services::oauth::{self, Allowed};

use crate::{
    form::NoFields,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    settings::Frame,
    shell::{Part, Shell},
    urls::{self, AccountSection},
    visit::Visit,
};

const TITLE: &str = "Authorized applications";

#[derive(Debug, Template)]
#[template(path = "oauth/authorizations.html")]
pub(crate) struct AuthorizationsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) authorizations: Vec<AuthorizationRow>,
}

#[derive(Debug)]
pub(crate) struct AuthorizationRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// Empty where there is none.
    pub(crate) homepage: String,
    pub(crate) scopes: String,
    pub(crate) since: Timestamp,
}

impl AuthorizationRow {
    fn revoke(&self) -> String {
        format!("{}{}/revoke/", urls::AUTHORIZATIONS, self.id)
    }
}

/// `GET /settings/account/authorizations/`
pub(crate) async fn show(visit: Visit) -> Result<Page<AuthorizationsPage>, ApiError> {
    let row = |allowed: Allowed| AuthorizationRow {
        id: allowed.authorization.id.0,
        name: allowed.application.name,
        homepage: allowed.application.homepage_url,
        scopes: allowed.authorization.scopes.join(", "),
        since: allowed.authorization.created_at,
    };
    let allowed = oauth::list_authorizations(&visit.app, visit.user().id).await?;
    Ok(Page(AuthorizationsPage {
        shell: visit.shell_of_user(Part::Settings, TITLE).await?,
        frame: Frame::account(AccountSection::Authorizations),
        authorizations: allowed.into_iter().map(row).collect(),
    }))
}

/// `POST /settings/account/authorizations/{authorization}/revoke/`
pub(crate) async fn revoke(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let id = path.get("authorization")?.parse().map(AuthorizationId);
    let id = id.map_err(|_| ApiError::not_found())?;
    if !oauth::revoke(&visit.app, visit.actor(), visit.user().id, id).await? {
        return Err(ApiError::not_found());
    }
    let to = Redirect::to(urls::AUTHORIZATIONS);
    Ok((PendingNotice::of(Done::AuthorizationRevoked), to).into_response())
}

impl AuthorizationsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |authorizations| Self {
            shell: gallery::shell(Part::Settings, TITLE, urls::AUTHORIZATIONS),
            frame: Frame::account(AccountSection::Authorizations),
            authorizations,
        };
        let row = |id: i64, name: &str, homepage: &str| AuthorizationRow {
            id,
            name: name.to_owned(),
            homepage: homepage.to_owned(),
            scopes: "openid, org:read, event:read".to_owned(),
            since: gallery::ago(id * 900_000),
        };
        let typical = vec![
            row(1, "Status board", "https://board.example/"),
            row(2, "Release notes", ""),
        ];
        vec![
            Sample::new("authorizations-empty", &page(Vec::new())),
            Sample::new("authorizations-typical", &page(typical)),
            Sample::new(
                "authorizations-hostile",
                &page(vec![row(1, gallery::HOSTILE, "https://board.example/?a=%22%3E")]),
            ),
            Sample::new(
                "authorizations-huge",
                &page((1..150).map(|id| row(id, "board", "")).collect()),
            ),
        ]
    }
}
