//! What changed of the list while somebody looks at it. Rows keep their places: only their numbers are new, and how many
//! issues have come up.

use std::collections::HashSet;

use axum::Json;
use httpkit::{ApiError, OrganizationAccess, scopes::EventRead};
use model::{IssueId, Timestamp};
use serde::Serialize;
use services::issues::{Counted, IssuePage};

use super::{filter, list, row::natural};
use crate::{number, visit::Visit};

#[derive(Debug, Serialize)]
pub(crate) struct Live {
    /// Issues at the front of the list that it does not show.
    new: usize,
    rows: Vec<LiveRow>,
}

#[derive(Debug, Serialize)]
struct LiveRow {
    id: String,
    /// As the list writes them, and exactly.
    events: [String; 2],
    users: [String; 2],
    last_seen: Timestamp,
    status: &'static str,
}

/// `GET /organizations/{organization}/issues/live/`: the search of the list, and `shown`, the ids of its rows.
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<EventRead>) -> Result<Json<Live>, ApiError> {
    let (app, scope, now) = (&visit.app, &access.scope, visit.app.now());
    let shown = visit.field("shown").unwrap_or_default().split(',');
    let shown: Vec<IssueId> = shown.filter_map(|id| id.parse().ok()).take(list::ROWS).collect();
    let search = filter::of_query(visit.pairs(), now)?;
    let sort = visit.field("sort").map(list::Sort::from_name).unwrap_or_default();
    // On a further page nothing is new: what comes up stands on the first.
    let new = if visit.field("cursor").is_some() {
        0
    } else {
        let first = IssuePage::first(list::ROWS, now);
        let found = services::issues::search(app, scope, &search, sort.order(), first).await?;
        let known: HashSet<IssueId> = shown.iter().copied().collect();
        found
            .issues
            .iter()
            .filter(|found| !known.contains(&found.issue.id))
            .count()
    };
    let issues = if shown.is_empty() {
        Vec::new()
    } else {
        services::issues::find_all(app, scope, &shown).await?
    };
    let seen = services::issues::seen_within(app, scope, &issues, &search, Counted::Within).await?;
    let seen = seen.unwrap_or_default();
    let count = |count: i64| [number::short(natural(count)), number::grouped(natural(count))];
    let rows = issues.iter().map(|issue| {
        let seen = seen.get(&issue.id);
        LiveRow {
            id: issue.id.to_string(),
            events: count(seen.map_or(0, |seen| seen.events)),
            users: count(seen.map_or(0, |seen| seen.users)),
            last_seen: issue.last_seen,
            status: issue.status.name(),
        }
    });
    Ok(Json(Live {
        new,
        rows: rows.collect(),
    }))
}
