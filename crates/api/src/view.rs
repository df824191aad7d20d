//! Parts that the answers of several concepts share.

use serde::Serialize;
use services::{Scopes, access::OrganizationScope};
use store::avatars::Avatar;

/// How somebody or something is pictured.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AvatarView {
    avatar_type: &'static str,
    avatar_uuid: Option<String>,
    /// Below the public address.
    avatar_url: Option<String>,
}

impl AvatarView {
    /// Teams and projects have letters.
    pub(crate) const LETTER: Self = Self {
        avatar_type: "letter_avatar",
        avatar_uuid: None,
        avatar_url: None,
    };

    pub(crate) fn of(avatar: &Avatar) -> Self {
        Self {
            avatar_type: avatar.kind.name(),
            avatar_uuid: avatar.ident.clone(),
            avatar_url: avatar.ident.as_ref().map(|ident| format!("/avatar/{ident}/")),
        }
    }
}

/// `{}`.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Empty {}

/// The names of the rights.
pub(crate) fn scopes(scopes: Scopes) -> Vec<&'static str> {
    scopes.iter().map(services::Scope::name).collect()
}

/// What the actor may do, as every resource of an organization lists it.
pub(crate) fn access(scope: &OrganizationScope) -> Vec<&'static str> {
    scopes(scope.rights)
}
