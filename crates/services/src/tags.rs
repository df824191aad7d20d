//! The tags of an issue's events.

use store::{
    issues::Issue,
    tags::{TagSummary, TagValue},
};

use crate::{App, access::AccessError};

/// All tags with their `top` most frequent values, keys in order.
pub async fn summaries(app: &App, issue: &Issue, top: i64) -> Result<Vec<TagSummary>, store::Error> {
    store::tags::summaries(&mut *app.store.read().await?, issue.project, issue.id, top).await
}

pub async fn summary(app: &App, issue: &Issue, key: &str, top: i64) -> Result<TagSummary, AccessError> {
    let mut db = app.store.read().await?;
    store::tags::summary(&mut db, issue.project, issue.id, key, top)
        .await?
        .ok_or(AccessError::NotFound)
}

/// The values of one tag, most frequent first.
pub async fn values(app: &App, issue: &Issue, key: &str, limit: i64) -> Result<Vec<TagValue>, store::Error> {
    store::tags::values(&mut *app.store.read().await?, issue.project, issue.id, key, limit).await
}
