//! Parts that the answers of several concepts share.

use serde::Serialize;
use services::{Actor, Scopes};

/// Pictures are letters so far.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AvatarView {
    avatar_type: &'static str,
    avatar_uuid: Option<&'static str>,
    avatar_url: Option<&'static str>,
}

impl AvatarView {
    pub(crate) const LETTER: Self = Self {
        avatar_type: "letter_avatar",
        avatar_uuid: None,
        avatar_url: None,
    };
}

/// `{}`.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Empty {}

/// The names of the rights.
pub(crate) fn scopes(scopes: &Scopes) -> Vec<&'static str> {
    scopes.iter().map(services::Scope::name).collect()
}

/// What the actor may do, as every resource of an organization lists it.
pub(crate) fn access(actor: &Actor) -> Vec<&'static str> {
    scopes(&actor.scopes)
}
