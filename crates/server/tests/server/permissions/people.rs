use model::{OrganizationRole, TeamRole};
use services::{Scope, Scopes};

/// What goes along with a request.
#[derive(Debug, Clone)]
pub(super) enum Credentials {
    Nobody,
    Token(String),
    Browser { cookie: String, csrf: String },
}

/// How somebody stands to the organization `acme`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Nobody,
    /// The owner of another organization.
    Stranger,
    Member {
        role: OrganizationRole,
        /// In the team of the project.
        team: Option<TeamRole>,
    },
    /// A token of the organization itself.
    Organization,
}

/// Somebody who asks.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) standing: Standing,
    /// As far as the token goes.
    pub(super) scopes: Scopes,
    pub(super) credentials: Credentials,
}

impl Person {
    pub(super) fn is_browser(&self) -> bool {
        matches!(self.credentials, Credentials::Browser { .. })
    }
}

/// Every single scope.
pub(super) fn scopes() -> Vec<Scope> {
    Scope::all().collect()
}
