//! The table of rights: what a handler can ask for. Any one of the scopes of a line suffices.

use super::{Scope, Scopes};

/// What is needed to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    pub name: &'static str,
    /// Any of these suffices.
    pub any_of: Scopes,
    /// A browser must have given its password lately.
    pub sudo: bool,
    /// Holds in an organization, too, that waits for its deletion.
    pub of_pending: bool,
}

impl Permission {
    const fn of(name: &'static str, scopes: &[Scope]) -> Self {
        Self {
            name,
            any_of: Scopes::of(scopes),
            sudo: false,
            of_pending: false,
        }
    }

    const fn with_sudo(self) -> Self {
        Self { sudo: true, ..self }
    }

    const fn even_pending(self) -> Self {
        Self {
            of_pending: true,
            ..self
        }
    }
}

impl From<Scope> for Permission {
    fn from(scope: Scope) -> Self {
        Self::of(scope.name(), &[scope])
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $text:literal = [$($scope:ident)|+] $($sudo:ident)?;)*) => {
        $($(#[$doc])* pub const $name: Permission = Permission::of($text, &[$(Scope::$scope),+])$(.$sudo())?;)*

        /// Every line of the table.
        pub const ALL: &[Permission] = &[$($name),*];
    };
}

permissions! {
    ORG_READ "org_read" = [OrgRead];
    ORG_WRITE "org_write" = [OrgWrite];
    /// To look at an organization by itself, and to change or restore it.
    ORG_SHOW "org_show" = [OrgRead] even_pending;
    ORG_EDIT "org_edit" = [OrgWrite] even_pending;
    ORG_DELETE "org_delete" = [OrgAdmin] with_sudo;
    MEMBER_READ "member_read" = [MemberRead];
    MEMBER_INVITE "member_invite" = [MemberInvite | MemberWrite];
    MEMBER_WRITE "member_write" = [MemberWrite];
    MEMBER_DELETE "member_delete" = [MemberAdmin];
    /// Members leave, and change how they are in teams, by themselves: the operation asks whether it is oneself.
    MEMBER_LEAVE "member_leave" = [MemberRead];
    TEAM_READ "team_read" = [TeamRead];
    TEAM_CREATE "team_create" = [TeamWrite | OrgWrite];
    TEAM_WRITE "team_write" = [TeamWrite];
    TEAM_ADMIN "team_admin" = [TeamAdmin];
    /// Whether one may join at once or has to ask is up to the organization.
    TEAM_JOIN "team_join" = [OrgRead | TeamWrite];
    PROJECT_READ "project_read" = [ProjectRead];
    PROJECT_WRITE "project_write" = [ProjectWrite];
    PROJECT_ADMIN "project_admin" = [ProjectAdmin];
    /// Whether members may create projects is up to the organization.
    PROJECT_CREATE "project_create" = [ProjectRead];
    /// To take over a project that another organization hands on.
    PROJECT_ACCEPT "project_accept" = [OrgAdmin];
    RELEASE_READ "release_read" = [ProjectRead | ProjectReleases | OrgCi];
    RELEASE_WRITE "release_write" = [ProjectReleases | ProjectWrite | OrgCi];
    RELEASE_DELETE "release_delete" = [ProjectReleases | ProjectAdmin];
    EVENT_READ "event_read" = [EventRead];
    EVENT_WRITE "event_write" = [EventWrite];
    EVENT_ADMIN "event_admin" = [EventAdmin];
    ALERTS_READ "alerts_read" = [AlertsRead];
    ALERTS_WRITE "alerts_write" = [AlertsWrite];
    TOKEN_READ "token_read" = [OrgRead];
    TOKEN_WRITE "token_write" = [OrgAdmin];
    AUDIT_READ "audit_read" = [OrgWrite];
}
