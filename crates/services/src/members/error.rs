use model::OrganizationRole;

use crate::{limits::LimitReached, users::attempts::TooManyAttempts};

#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    #[error("{0:?} is no e-mail address")]
    InvalidEmail(String),
    #[error("the user {0} is already a member")]
    IsMember(String),
    #[error("{0} is invited already")]
    IsInvited(String),
    #[error("nobody changes their own role")]
    OwnRole,
    #[error("you cannot give the role {}", .0.name())]
    RoleAboveOwn(OrganizationRole),
    #[error("the role of this member is above yours")]
    MemberAboveOwn,
    #[error("you do not have permission to do this")]
    Forbidden,
    #[error("an organization keeps at least one owner: make somebody else an owner first")]
    LastOwner,
    #[error("this organization takes no requests to join")]
    NoRequests,
    #[error("there are too many invitations that nobody has accepted yet")]
    TooManyInvitations,
    #[error(transparent)]
    Limit(#[from] LimitReached),
    #[error(transparent)]
    TooManyAttempts(#[from] TooManyAttempts),
    #[error("it is gone: somebody else has decided on it")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}
