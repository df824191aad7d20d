//! What happened to an issue.

use std::collections::HashMap;

use axum::{Json, extract::State};
use httpkit::{ApiError, IssueAccess, scopes::EventRead};
use model::{Timestamp, UserId};
use serde::Serialize;
use serde_json::{Map, Value};
use services::{App, access::OrganizationScope};
use store::issues::{Issue, IssueActivity};

use crate::users::UserView;

/// The most that an answer tells; the newest.
const MOST: i64 = 100;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActivityView {
    id: String,
    /// `null`: Tocsin itself, or somebody who is no member any more.
    user: Option<UserView>,
    #[serde(rename = "type")]
    kind: &'static str,
    data: Map<String, Value>,
    date_created: Timestamp,
}

impl ActivityView {
    pub(crate) fn of(activity: &IssueActivity, users: &HashMap<UserId, UserView>) -> Self {
        Self {
            id: activity.id.to_string(),
            user: activity.user.and_then(|user| users.get(&user).cloned()),
            kind: activity.kind.name(),
            data: activity.data.clone(),
            date_created: activity.created_at,
        }
    }

    /// That the issue came to be, with which every list ends.
    fn first_seen(issue: &Issue) -> Self {
        Self {
            id: "0".to_owned(),
            user: None,
            kind: model::ActivityKind::FirstSeen.name(),
            data: Map::from_iter([("priority".to_owned(), issue.initial_priority.name().into())]),
            date_created: issue.first_seen,
        }
    }

    /// The newest of an issue, the newest first.
    pub(super) async fn load(app: &App, scope: &OrganizationScope, issue: &Issue) -> Result<Vec<Self>, ApiError> {
        let activities = services::issues::activities(app, issue, MOST).await?;
        let users = if activities.iter().any(|activity| activity.user.is_some()) {
            users(app, scope).await?
        } else {
            HashMap::new()
        };
        let mut views: Vec<Self> = activities.iter().map(|activity| Self::of(activity, &users)).collect();
        views.push(Self::first_seen(issue));
        Ok(views)
    }
}

/// The members of the organization, as activities show them.
pub(crate) async fn users(app: &App, scope: &OrganizationScope) -> Result<HashMap<UserId, UserView>, ApiError> {
    let members = services::organizations::members(app, scope).await?;
    Ok(members.iter().map(|user| (user.id, UserView::of(user))).collect())
}

#[derive(Debug, Serialize)]
pub(crate) struct ActivitiesView {
    activity: Vec<ActivityView>,
}

/// `GET …/issues/{issue}/activities/`
pub(crate) async fn list_activities(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
) -> Result<Json<ActivitiesView>, ApiError> {
    Ok(Json(ActivitiesView {
        activity: ActivityView::load(&app, &access.scope, &access.issue).await?,
    }))
}
