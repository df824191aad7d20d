//! The tags of an issue's events, counted by value.

use model::{IssueId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// A tag key and its most frequent values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagSummary {
    pub key: String,
    /// How many events have the tag.
    pub events: i64,
    pub unique_values: i64,
    pub top_values: Vec<TagValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagValue {
    pub value: String,
    pub events: i64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

fn read_value(row: &AnyRow) -> Result<TagValue, Error> {
    Ok(TagValue {
        value: row.text("tag_value")?,
        events: row.int("events")?,
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
    })
}

/// All tag keys of an issue with their `top` most frequent values, keys in order.
pub async fn summaries(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    top: i64,
) -> Result<Vec<TagSummary>, Error> {
    let sql = "SELECT tag_key, tag_value, events, first_seen, last_seen, total, distinct_values FROM (
            SELECT tag_key, tag_value, COUNT(*) AS events, MIN(timestamp) AS first_seen, MAX(timestamp) AS last_seen,
                CAST(SUM(COUNT(*)) OVER (PARTITION BY tag_key) AS BIGINT) AS total,
                COUNT(*) OVER (PARTITION BY tag_key) AS distinct_values,
                ROW_NUMBER() OVER (PARTITION BY tag_key ORDER BY COUNT(*) DESC, MAX(timestamp) DESC, tag_value) AS place
            FROM event_tags WHERE project_id = $1 AND issue_id = $2 GROUP BY tag_key, tag_value
        ) AS counted WHERE place <= $3 ORDER BY tag_key, place";
    let read = |row: &AnyRow| {
        Ok((
            row.text("tag_key")?,
            row.int("total")?,
            row.int("distinct_values")?,
            read_value(row)?,
        ))
    };
    let rows = sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(top)
        .list(db, read)
        .await?;
    let mut summaries: Vec<TagSummary> = Vec::new();
    for (key, events, unique_values, value) in rows {
        match summaries.last_mut() {
            Some(last) if last.key == key => last.top_values.push(value),
            _ => summaries.push(TagSummary {
                key,
                events,
                unique_values,
                top_values: vec![value],
            }),
        }
    }
    Ok(summaries)
}

/// The values of one tag of an issue, most frequent first.
pub async fn values(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    key: &str,
    limit: i64,
) -> Result<Vec<TagValue>, Error> {
    let sql = "SELECT tag_value, COUNT(*) AS events, MIN(timestamp) AS first_seen, MAX(timestamp) AS last_seen
        FROM event_tags WHERE project_id = $1 AND issue_id = $2 AND tag_key = $3
        GROUP BY tag_value ORDER BY events DESC, last_seen DESC, tag_value LIMIT $4";
    sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(clean(key))
        .bind(limit)
        .list(db, read_value)
        .await
}

/// A tag of an issue with all its values counted, or `None` when no event has it.
pub async fn summary(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    key: &str,
    top: i64,
) -> Result<Option<TagSummary>, Error> {
    let sql = "SELECT COUNT(*) AS events, COUNT(DISTINCT tag_value) AS distinct_values FROM event_tags
        WHERE project_id = $1 AND issue_id = $2 AND tag_key = $3";
    let read = |row: &AnyRow| Ok((row.int("events")?, row.int("distinct_values")?));
    let counts = sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(clean(key))
        .find(db, read)
        .await?;
    let Some((events, unique_values)) = counts.filter(|(events, _)| *events > 0) else {
        return Ok(None);
    };
    let top_values = values(db, project, issue, key, top).await?;
    Ok(Some(TagSummary {
        key: key.to_owned(),
        events,
        unique_values,
        top_values,
    }))
}
