//! What a scope means to somebody who has to decide about it.

use services::{Scope, oauth::GrantScope};

pub(super) fn of_scope(scope: GrantScope) -> &'static str {
    match scope {
        GrantScope::OpenId => "know who you are",
        GrantScope::Profile => "read your name",
        GrantScope::Email => "read your email address",
        GrantScope::Api(scope) => of_right(scope),
    }
}

fn of_right(scope: Scope) -> &'static str {
    match scope {
        Scope::OrgRead => "read organizations and their settings",
        Scope::OrgWrite => "change the settings of organizations",
        Scope::OrgAdmin => "administer organizations, and delete them",
        Scope::OrgIntegrations => "manage the integrations of organizations",
        Scope::OrgCi => "upload releases and files, as release pipelines do",
        Scope::MemberRead => "see who is a member",
        Scope::MemberWrite => "invite and change members",
        Scope::MemberAdmin => "remove members",
        Scope::MemberInvite => "invite members",
        Scope::TeamRead => "see teams",
        Scope::TeamWrite => "create and change teams",
        Scope::TeamAdmin => "delete teams",
        Scope::ProjectRead => "read projects and their settings",
        Scope::ProjectWrite => "create projects and change their settings",
        Scope::ProjectAdmin => "delete projects",
        Scope::ProjectReleases => "create, change and delete releases",
        Scope::ProjectDistribution => "distribute builds",
        Scope::EventRead => "read issues and events, with all that is in them",
        Scope::EventWrite => "resolve, assign and change issues",
        Scope::EventAdmin => "delete issues",
        Scope::AlertsRead => "read alert rules",
        Scope::AlertsWrite => "create and change alert rules",
    }
}
