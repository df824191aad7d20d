//! The tokens of an organization, for its release pipelines.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess, PathParams, ReachedBy,
    scopes::{TokenRead, TokenWrite},
};
use model::{OrganizationTokenId, ProjectId, Timestamp};
use serde::Deserialize;
use services::{Scope, access::OrganizationScope, tokens};
use store::organization_tokens::OrganizationToken;

use super::Frame;
use crate::{
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    shell::Shell,
    tokens::expiry::Expiry,
    urls::{Links, OrganizationSection},
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "settings/auth_tokens.html")]
pub(crate) struct OrganizationTokensPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) may_change: bool,
    pub(crate) tokens: Vec<TokenRow>,
    /// A token that was just made: shown this once.
    pub(crate) created: Option<String>,
    pub(crate) name: String,
    pub(crate) expires: Expiry,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
pub(crate) struct TokenRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// The last characters, enough to tell tokens apart.
    pub(crate) last_characters: String,
    pub(crate) created: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
    /// Slug of the project that it was last used for.
    pub(crate) last_project: Option<String>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) is_active: bool,
}

/// What the form for another token holds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TokenForm {
    name: String,
    #[serde(default)]
    expires: String,
}

/// `GET /organizations/{organization}/settings/auth-tokens/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<TokenRead>,
) -> Result<Page<OrganizationTokensPage>, ApiError> {
    let form = TokenForm::default();
    Ok(Page(
        page(&visit, &access.scope, form, None, FormErrors::default()).await?,
    ))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    form: TokenForm,
    created: Option<String>,
    errors: FormErrors,
) -> Result<OrganizationTokensPage, ApiError> {
    let projects = services::projects::list(&visit.app, scope).await?;
    let slug = |id: ProjectId| {
        let project = projects.iter().find(|project| project.id == id)?;
        Some(project.slug.clone())
    };
    let row = |token: OrganizationToken| TokenRow {
        id: token.id.0,
        name: token.name,
        last_characters: token.last_characters,
        created: token.created_at,
        last_used: token.last_used_at,
        last_project: token.last_project.and_then(slug),
        expires: token.expires_at,
        is_active: token.deactivated_at.is_none(),
    };
    let tokens = tokens::list_of_organization(&visit.app, scope).await?;
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::AuthTokens).await?;
    Ok(OrganizationTokensPage {
        shell,
        frame,
        may_change: scope.rights.allow(Scope::OrgAdmin),
        tokens: tokens.into_iter().map(row).collect(),
        created,
        name: form.name,
        expires: Expiry::of(&form.expires),
        errors,
    })
}

/// `POST /organizations/{organization}/settings/auth-tokens/`: answers with the page itself, since the token is shown this
/// once.
pub(crate) async fn create(
    visit: Visit,
    access: OrganizationAccess<TokenWrite>,
    ReachedBy(url): ReachedBy,
    CsrfForm { form, .. }: CsrfForm<TokenForm>,
) -> Result<Response, ApiError> {
    let expires_at = Expiry::of(&form.expires).at(visit.app.now());
    match tokens::create_for_organization(&visit.app, &access.scope, &form.name, expires_at, &url).await {
        Ok(new) => {
            let form = TokenForm::default();
            let page = page(&visit, &access.scope, form, Some(new.secret), FormErrors::default()).await?;
            Ok(Page(page).into_response())
        }
        Err(error) => {
            let errors = FormErrors::of_api(error.into())?;
            Ok(refused(page(&visit, &access.scope, form, None, errors).await?))
        }
    }
}

fn id(path: &PathParams) -> Result<OrganizationTokenId, ApiError> {
    path.get("token")?
        .parse()
        .map(OrganizationTokenId)
        .map_err(|_| ApiError::not_found())
}

fn done(scope: &OrganizationScope, done: Done) -> Response {
    let links = Links::new(&scope.organization.slug, String::new());
    let page = links.organization_section(OrganizationSection::AuthTokens);
    (PendingNotice::of(done), Redirect::to(&page)).into_response()
}

#[derive(Debug, Deserialize)]
pub(crate) struct TokenName {
    name: String,
}

/// `POST /organizations/{organization}/settings/auth-tokens/{token}/rename/`
pub(crate) async fn rename(
    visit: Visit,
    access: OrganizationAccess<TokenWrite>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<TokenName>,
) -> Result<Response, ApiError> {
    tokens::rename_of_organization(&visit.app, &access.scope, id(&path)?, &form.name).await?;
    Ok(done(&access.scope, Done::TokenRenamed))
}

/// `POST /organizations/{organization}/settings/auth-tokens/{token}/revoke/`
pub(crate) async fn revoke(
    visit: Visit,
    access: OrganizationAccess<TokenWrite>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    tokens::deactivate_of_organization(&visit.app, &access.scope, id(&path)?).await?;
    Ok(done(&access.scope, Done::TokenRevoked))
}

impl OrganizationTokensPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |tokens, created: Option<&str>, may_change| {
            let (shell, frame) = Frame::sample(OrganizationSection::AuthTokens);
            Self {
                shell,
                frame,
                may_change,
                tokens,
                created: created.map(str::to_owned),
                name: String::new(),
                expires: Expiry::of(""),
                errors: FormErrors::default(),
            }
        };
        let row = |id: i64, name: &str, is_active| TokenRow {
            id,
            name: name.to_owned(),
            last_characters: "9f3c".to_owned(),
            created: gallery::ago(id * 900_000),
            last_used: (id == 1).then(|| gallery::ago(65)),
            last_project: (id == 1).then(|| "shop".to_owned()),
            expires: (id == 2).then(|| gallery::ago(-86_400)),
            is_active,
        };
        let typical = vec![row(1, "release pipeline", true), row(2, "old pipeline", false)];
        vec![
            Sample::new("organization-tokens-empty", &page(Vec::new(), None, true)),
            Sample::new(
                "organization-tokens-created",
                &page(typical.clone(), Some("sntrys_eyJvcmciOiJhY21lIn0=_c2VjcmV0"), true),
            ),
            Sample::new("organization-tokens-member", &page(typical, None, false)),
            Sample::new(
                "organization-tokens-hostile",
                &page(vec![row(1, gallery::HOSTILE, true)], None, true),
            ),
        ]
    }
}
