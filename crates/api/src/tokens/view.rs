use model::Timestamp;
use serde::Serialize;
use services::tokens::{NewOrganizationToken, NewToken};
use store::{organization_tokens::OrganizationToken, tokens::Token};

/// A token of a user, without the token itself.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenView {
    id: String,
    name: String,
    scopes: Vec<String>,
    /// None: those of applications are told of as what the user has allowed.
    application: Option<()>,
    expires_at: Option<Timestamp>,
    date_created: Timestamp,
    date_last_used: Option<Timestamp>,
    state: Option<()>,
    token_last_characters: String,
}

/// The same, once, with the token.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewTokenView {
    #[serde(flatten)]
    token: TokenView,
    #[serde(rename = "token")]
    secret: String,
    refresh_token: Option<()>,
}

impl TokenView {
    pub(crate) fn of(token: Token) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            scopes: token.scopes,
            application: None,
            expires_at: token.expires_at,
            date_created: token.created_at,
            date_last_used: token.last_used_at,
            state: None,
            token_last_characters: token.last_characters,
        }
    }
}

impl NewTokenView {
    pub(crate) fn of(new: NewToken) -> Self {
        Self {
            token: TokenView::of(new.token),
            secret: new.secret,
            refresh_token: None,
        }
    }
}

/// A token of an organization, without the token itself.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationTokenView {
    id: String,
    name: String,
    scopes: Vec<String>,
    token_last_characters: String,
    date_created: Timestamp,
    expires_at: Option<Timestamp>,
    date_last_used: Option<Timestamp>,
    project_last_used_id: Option<String>,
    is_active: bool,
    date_deactivated: Option<Timestamp>,
}

/// The same, once, with the token.
#[derive(Debug, Serialize)]
pub(crate) struct NewOrganizationTokenView {
    #[serde(flatten)]
    token: OrganizationTokenView,
    #[serde(rename = "token")]
    secret: String,
}

impl OrganizationTokenView {
    pub(crate) fn of(token: OrganizationToken) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            scopes: token.scopes,
            token_last_characters: token.last_characters,
            date_created: token.created_at,
            expires_at: token.expires_at,
            date_last_used: token.last_used_at,
            project_last_used_id: token.last_project.map(|project| project.to_string()),
            is_active: token.deactivated_at.is_none(),
            date_deactivated: token.deactivated_at,
        }
    }
}

impl NewOrganizationTokenView {
    pub(crate) fn of(new: NewOrganizationToken) -> Self {
        Self {
            token: OrganizationTokenView::of(new.token),
            secret: new.secret,
        }
    }
}
