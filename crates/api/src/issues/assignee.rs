use model::Assignee;
use serde::Serialize;
use services::{App, access::OrganizationScope};
use std::collections::HashMap;
use store::{teams::Team, users::User};

use crate::users::UserReference;

/// Who sees to an issue.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum AssigneeView {
    User(UserReference),
    Team {
        #[serde(rename = "type")]
        kind: &'static str,
        id: String,
        name: String,
    },
}

impl AssigneeView {
    pub(super) fn user(user: &User) -> Self {
        Self::User(UserReference::of(user))
    }

    pub(super) fn team(team: &Team) -> Self {
        Self::Team {
            kind: "team",
            id: team.id.to_string(),
            name: team.slug.clone(),
        }
    }

    /// Those of `wanted` that belong to the organization; nothing is read when nobody is wanted.
    pub(crate) async fn load(
        app: &App,
        scope: &OrganizationScope,
        wanted: impl Iterator<Item = Assignee>,
    ) -> Result<HashMap<Assignee, Self>, services::StoreError> {
        let (users, teams): (Vec<Assignee>, Vec<Assignee>) = wanted.partition(|assignee| assignee.user().is_some());
        let mut views = HashMap::new();
        if !users.is_empty() {
            let members = services::organizations::members(app, scope).await?;
            views.extend(members.iter().map(|user| (Assignee::User(user.id), Self::user(user))));
        }
        if !teams.is_empty() {
            let teams = services::teams::list(app, scope).await?;
            views.extend(teams.iter().map(|team| (Assignee::Team(team.id), Self::team(team))));
        }
        Ok(views)
    }
}
