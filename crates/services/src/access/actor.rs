use std::net::IpAddr;

use model::{OrganizationId, OrganizationTokenId, SessionId, Timestamp, UserId};
use store::users::User;

use super::Scopes;

/// Who acts, and with which rights at most: those of a token, or of the whole user in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub identity: Identity,
    pub scopes: Scopes,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    User(User),
    /// A token that belongs to an organization and to nobody in it.
    OrganizationToken {
        token: OrganizationTokenId,
        organization: OrganizationId,
        name: String,
    },
    /// The person who runs the installation, by its commands.
    Command,
}

/// From where somebody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<IpAddr>,
    pub channel: Channel,
    pub session: Option<SessionId>,
    /// Until when the session counts as having given its password.
    pub sudo_until: Option<Timestamp>,
    /// Until when the session acts as the owner of every organization.
    pub superuser_until: Option<Timestamp>,
}

/// By which way; stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Web,
    Api,
    Cli,
    Job,
}

impl Channel {
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Cli => "cli",
            Self::Job => "job",
        }
    }
}

impl Origin {
    pub fn of(channel: Channel) -> Self {
        Self {
            ip: None,
            channel,
            session: None,
            sudo_until: None,
            superuser_until: None,
        }
    }
}

impl Actor {
    /// A user with a token, or in the API without one.
    pub fn of_user(user: User, scopes: Scopes) -> Self {
        Self {
            identity: Identity::User(user),
            scopes,
            origin: Origin::of(Channel::Api),
        }
    }

    /// Whoever runs the installation's commands.
    pub fn command() -> Self {
        Self {
            identity: Identity::Command,
            scopes: Scopes::all(),
            origin: Origin::of(Channel::Cli),
        }
    }

    /// None for a token of an organization and for commands.
    pub fn user(&self) -> Option<&User> {
        match &self.identity {
            Identity::User(user) => Some(user),
            Identity::OrganizationToken { .. } | Identity::Command => None,
        }
    }

    pub fn user_id(&self) -> Option<UserId> {
        self.user().map(|user| user.id)
    }

    /// Whose views, bookmarks and assignments count as the actor's own: an id that nobody has, where it is no user.
    pub fn viewer(&self) -> UserId {
        self.user_id().unwrap_or(UserId(-1))
    }

    pub fn is_superuser(&self, now: Timestamp) -> bool {
        self.origin.superuser_until.is_some_and(|until| now < until)
    }

    /// Whether the password was given lately. Tokens are not asked for one.
    pub fn has_sudo(&self, now: Timestamp) -> bool {
        self.origin.session.is_none() || self.origin.sudo_until.is_some_and(|until| now < until)
    }
}
