use model::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use services::access::OrganizationScope;
use store::saved_issue_views::SavedIssueView;

use crate::users::UserView;

/// A search that is kept.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueViewView {
    id: String,
    name: String,
    query: String,
    query_sort: String,
    projects: Vec<i64>,
    environments: Vec<String>,
    time_filters: Map<String, Value>,
    visibility: &'static str,
    last_visited: Option<Timestamp>,
    date_created: Timestamp,
    date_updated: Timestamp,
    created_by: UserView,
    starred: bool,
    stars: i64,
}

impl IssueViewView {
    pub(super) fn of(view: SavedIssueView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            query: view.query,
            query_sort: view.sort,
            projects: view.projects.into_iter().map(|project| project.0).collect(),
            environments: view.environments,
            time_filters: view.time_filters,
            visibility: if view.is_shared { "organization" } else { "owner" },
            last_visited: view.visited_at,
            date_created: view.created_at,
            date_updated: view.changed_at,
            created_by: UserView::of(&view.created_by),
            starred: view.is_starred,
            stars: view.stars,
        }
    }
}

/// A search that was made lately.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecentSearchView {
    id: String,
    organization_id: String,
    #[serde(rename = "type")]
    kind: u8,
    query: String,
    last_seen: Timestamp,
    date_created: Timestamp,
}

impl RecentSearchView {
    /// They have no ids: their places are as good.
    pub(super) fn all(scope: &OrganizationScope, searches: Vec<(String, Timestamp)>) -> Vec<Self> {
        let views = searches.into_iter().enumerate().map(|(place, (query, at))| Self {
            id: (place + 1).to_string(),
            organization_id: scope.organization.id.to_string(),
            kind: 0,
            query,
            last_seen: at,
            date_created: at,
        });
        views.collect()
    }
}
