//! API tokens of the signed-in user.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, ErrorKind, PathParams};
use model::{Timestamp, TokenId};
use serde::Deserialize;
use services::{Scope, tokens::TokenRequest};
use store::tokens::Token;

pub(crate) mod expiry;

use self::expiry::Expiry;
use crate::{
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    settings::Frame,
    shell::{Part, Shell},
    urls::{self, AccountSection},
    visit::Visit,
};

/// The tokens that the user has made, and a form for another.
#[derive(Debug, Template)]
#[template(path = "tokens/list.html")]
pub(crate) struct TokensPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) tokens: Vec<TokenRow>,
    /// A token that was just made: shown this once.
    pub(crate) created: Option<String>,
    /// What the form for another token holds.
    pub(crate) name: String,
    pub(crate) expires: Expiry,
    pub(crate) scopes: Vec<ScopeChoice>,
    pub(crate) errors: FormErrors,
}

#[derive(Debug)]
pub(crate) struct TokenRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// The last characters, enough to tell tokens apart.
    pub(crate) last_characters: String,
    pub(crate) scopes: String,
    pub(crate) created: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
    pub(crate) expires: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct ScopeChoice {
    pub(crate) name: String,
    pub(crate) is_chosen: bool,
}

impl TokensPage {
    /// The scopes of a kind beside each other: they stand so in the list of all.
    fn scope_groups(&self) -> impl Iterator<Item = &[ScopeChoice]> {
        self.scopes.chunk_by(|one, next| one.kind() == next.kind())
    }
}

impl ScopeChoice {
    /// What it is about: `org` of `org:read`.
    fn kind(&self) -> &str {
        self.name.split(':').next().unwrap_or_default()
    }
}

impl TokenRow {
    /// What one can do to it: `rename`, `revoke`.
    fn action(&self, verb: &str) -> String {
        format!("{}{}/{verb}/", urls::TOKENS, self.id)
    }
}

/// The scopes that a new token has unless its maker says otherwise: enough to read, and for `sentry-cli`.
const USUAL_SCOPES: [Scope; 4] = [
    Scope::OrgRead,
    Scope::ProjectRead,
    Scope::ProjectReleases,
    Scope::EventRead,
];

/// `GET /settings/account/api/auth-tokens/`
pub(crate) async fn show(visit: Visit) -> Result<Page<TokensPage>, ApiError> {
    let form = NewToken {
        name: String::new(),
        expires: String::new(),
        scope: USUAL_SCOPES.map(|scope| scope.name().to_owned()).into(),
    };
    Ok(Page(page(&visit, form, None, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    form: NewToken,
    created: Option<String>,
    errors: FormErrors,
) -> Result<TokensPage, ApiError> {
    let row = |token: Token| TokenRow {
        id: token.id.0,
        name: token.name,
        last_characters: token.last_characters,
        scopes: token.scopes.join(", "),
        created: token.created_at,
        last_used: token.last_used_at,
        expires: token.expires_at,
    };
    let choice = |scope: Scope| {
        let is_chosen = form.scope.iter().any(|name| name == scope.name());
        ScopeChoice {
            name: scope.name().to_owned(),
            is_chosen,
        }
    };
    let tokens = services::tokens::list(&visit.app, visit.user().id).await?;
    Ok(TokensPage {
        shell: visit.shell_of_user(Part::Settings, "API tokens").await?,
        frame: Frame::account(AccountSection::Tokens),
        tokens: tokens.into_iter().map(row).collect(),
        created,
        scopes: Scope::all().map(choice).collect(),
        name: form.name,
        expires: Expiry::of(&form.expires),
        errors,
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewToken {
    name: String,
    /// In how many days; empty for never.
    #[serde(default)]
    expires: String,
    #[serde(default)]
    scope: Vec<String>,
}

/// `POST /settings/account/api/auth-tokens/`: answers with the page itself, since the token is shown this once.
pub(crate) async fn create(visit: Visit, CsrfForm { form, .. }: CsrfForm<NewToken>) -> Result<Response, ApiError> {
    let scopes: Vec<Scope> = form.scope.iter().filter_map(|name| name.parse().ok()).collect();
    let request = TokenRequest {
        name: &form.name,
        scopes: &scopes,
        expires_at: Expiry::of(&form.expires).at(visit.app.now()),
    };
    match services::tokens::create(&visit.app, visit.actor(), visit.user(), request).await {
        Ok(new) => {
            let empty = NewToken {
                name: String::new(),
                expires: String::new(),
                scope: form.scope,
            };
            Ok(Page(page(&visit, empty, Some(new.secret), FormErrors::default()).await?).into_response())
        }
        Err(error) => {
            let errors = FormErrors::of_api(ApiError::from(error))?;
            Ok((
                ErrorKind::BadRequest.status(),
                Page(page(&visit, form, None, errors).await?),
            )
                .into_response())
        }
    }
}

fn id(path: &PathParams) -> Result<TokenId, ApiError> {
    path.get("token")?
        .parse()
        .map(TokenId)
        .map_err(|_| ApiError::not_found())
}

#[derive(Debug, Deserialize)]
pub(crate) struct TokenName {
    name: String,
}

/// `POST /settings/account/api/auth-tokens/{token}/rename/`
pub(crate) async fn rename(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<TokenName>,
) -> Result<Response, ApiError> {
    services::tokens::rename(&visit.app, visit.actor(), visit.user().id, id(&path)?, &form.name).await?;
    Ok((PendingNotice::of(Done::TokenRenamed), Redirect::to(urls::TOKENS)).into_response())
}

/// `POST /settings/account/api/auth-tokens/{token}/revoke/`
pub(crate) async fn revoke(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    if !services::tokens::delete(&visit.app, visit.actor(), visit.user().id, id(&path)?).await? {
        return Err(ApiError::not_found());
    }
    Ok((PendingNotice::of(Done::TokenRevoked), Redirect::to(urls::TOKENS)).into_response())
}

/// `POST /settings/account/api/auth-tokens/revoke-all/`
pub(crate) async fn revoke_all(visit: Visit, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    services::tokens::delete_all(&visit.app, visit.actor(), visit.user()).await?;
    Ok((PendingNotice::of(Done::TokensRevoked), Redirect::to(urls::TOKENS)).into_response())
}

impl TokensPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let scopes = [
            "org:read",
            "project:read",
            "project:write",
            "project:releases",
            "event:read",
            "event:write",
        ];
        let page = |tokens, created: Option<&str>| Self {
            shell: gallery::shell(Part::Settings, "API tokens", urls::TOKENS),
            frame: Frame::account(AccountSection::Tokens),
            tokens,
            created: created.map(str::to_owned),
            name: String::new(),
            expires: Expiry::of("90"),
            scopes: scopes
                .map(|name| ScopeChoice {
                    name: name.to_owned(),
                    is_chosen: name.ends_with("read"),
                })
                .into(),
            errors: FormErrors::default(),
        };
        let row = |id: i64, name: &str, last_used| TokenRow {
            id,
            name: name.to_owned(),
            last_characters: "9f3c".to_owned(),
            scopes: "event:read, org:read, project:read".to_owned(),
            created: gallery::ago(id * 900_000),
            last_used,
            expires: (id % 2 == 0).then_some(gallery::ago(-86_400 * 30)),
        };
        let typical = vec![
            row(1, "setup", Some(gallery::ago(65))),
            row(2, "release pipeline", None),
        ];
        vec![
            Sample::new("tokens-empty", &page(Vec::new(), None)),
            Sample::new(
                "tokens-created",
                &page(typical, Some("sntryu_2f6c1c2ad5e84e7ca9ff6a7a6d2c0f1e5b3d7a90c4f8e6b2")),
            ),
            Sample::new("tokens-hostile", &page(vec![row(1, gallery::HOSTILE, None)], None)),
            Sample::new(
                "tokens-huge",
                &page((1..150).map(|id| row(id, "job", None)).collect(), None),
            ),
        ]
    }
}
