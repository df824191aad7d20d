//! What each hash brought to its issue, for as long as it is bound to it. The sums of an issue are those of its bindings,
//! so that whole bindings can go to another issue.

use std::collections::HashMap;

use model::{BindingId, IssueId, ProjectId, Timestamp};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT},
};

/// Lets those hashes that belong to no issue yet belong to this one, each with the id of its binding.
pub async fn bind_hashes(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    hashes: &[(String, BindingId)],
) -> Result<(), Error> {
    let sql = "INSERT INTO issue_hashes (project_id, hash, issue_id, binding_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (project_id, hash) DO NOTHING";
    for (hash, binding) in hashes {
        sqlx::query(sql)
            .bind(project.0)
            .bind(clean(hash))
            .bind(issue.0)
            .bind(binding.0)
            .run(db)
            .await?;
    }
    Ok(())
}

/// Events with one primary hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingSightings<'a> {
    pub project: ProjectId,
    pub hash: &'a str,
    /// The one that it is thought to belong to.
    pub issue: IssueId,
    pub events: i64,
    pub first_at: Timestamp,
    pub first_release: Option<&'a str>,
    pub last_at: Timestamp,
    pub last_release: Option<&'a str>,
}

/// Counts events by their bound hashes, no hash twice; tells the binding of each hash. [`Error::Moved`] when one belongs
/// to another issue than it was thought to.
pub async fn record_bindings(
    db: &mut Connection,
    seen: &[BindingSightings<'_>],
) -> Result<HashMap<(ProjectId, String), BindingId>, Error> {
    /// Of a row that was not there, although its hash is bound: it is never written, for the caller rolls back.
    const ABSENT: i64 = -1;
    let issues: HashMap<(ProjectId, &str), IssueId> = seen
        .iter()
        .map(|seen| ((seen.project, seen.hash), seen.issue))
        .collect();
    let mut bindings = HashMap::with_capacity(seen.len());
    for seen in seen.chunks(VALUES_A_STATEMENT / 9) {
        let mut sql = Sql::new(
            "INSERT INTO issue_hashes (project_id, hash, issue_id, binding_id, times_seen, first_seen, first_release,
                last_seen, last_release) VALUES ",
        );
        for (index, seen) in seen.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).int(seen.project.0);
            sql.push(", ").text(seen.hash).push(", ").int(seen.issue.0);
            sql.push(", ").int(ABSENT).push(", ").int(seen.events);
            sql.push(", ").int(seen.first_at.0);
            sql.push(", ").optional_text(seen.first_release);
            sql.push(", ").int(seen.last_at.0);
            sql.push(", ").optional_text(seen.last_release).push(")");
        }
        sql.push(
            " ON CONFLICT (project_id, hash) DO UPDATE SET
                times_seen = issue_hashes.times_seen + excluded.times_seen,
                first_release = CASE WHEN issue_hashes.first_seen IS NULL OR excluded.first_seen < issue_hashes.first_seen
                    THEN excluded.first_release ELSE issue_hashes.first_release END,
                first_seen = CASE WHEN issue_hashes.first_seen IS NULL OR excluded.first_seen < issue_hashes.first_seen
                    THEN excluded.first_seen ELSE issue_hashes.first_seen END,
                last_release = CASE WHEN issue_hashes.last_seen IS NULL OR excluded.last_seen >= issue_hashes.last_seen
                    THEN excluded.last_release ELSE issue_hashes.last_release END,
                last_seen = CASE WHEN issue_hashes.last_seen IS NULL OR excluded.last_seen > issue_hashes.last_seen
                    THEN excluded.last_seen ELSE issue_hashes.last_seen END
            RETURNING project_id, hash, issue_id, binding_id",
        );
        let rows = sql
            .query()
            .list(db, |row| {
                let hash = (ProjectId(row.int("project_id")?), row.text("hash")?);
                Ok((hash, IssueId(row.int("issue_id")?), row.int("binding_id")?))
            })
            .await?;
        for ((project, hash), issue, binding) in rows {
            if binding == ABSENT || issues.get(&(project, hash.as_str())) != Some(&issue) {
                return Err(Error::Moved);
            }
            bindings.insert((project, hash), BindingId(binding));
        }
    }
    Ok(bindings)
}

/// Notes users of bindings. Returns those that are new in theirs.
pub async fn add_users(db: &mut Connection, users: &[(BindingId, &str)]) -> Result<Vec<(BindingId, String)>, Error> {
    let mut new = Vec::new();
    for users in users.chunks(VALUES_A_STATEMENT / 2) {
        let mut sql = Sql::new("INSERT INTO binding_users (binding_id, user_tag) VALUES ");
        for (index, (binding, user)) in users.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).int(binding.0);
            sql.push(", ").text(user).push(")");
        }
        sql.push(" ON CONFLICT (binding_id, user_tag) DO NOTHING RETURNING binding_id, user_tag");
        new.extend(
            sql.query()
                .list(db, |row| Ok((BindingId(row.int("binding_id")?), row.text("user_tag")?)))
                .await?,
        );
    }
    Ok(new)
}

/// Those of `issues` whose events came under several primary hashes.
pub async fn divided(db: &mut Connection, issues: &[IssueId]) -> Result<Vec<IssueId>, Error> {
    let mut found = Vec::new();
    for issues in issues.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new("SELECT issue_id FROM issue_hashes WHERE issue_id IN ");
        sql.ints(issues.iter().map(|issue| issue.0))
            .push(" AND times_seen > 0 GROUP BY issue_id HAVING COUNT(*) > 1");
        found.extend(sql.query().list(db, |row| Ok(IssueId(row.int("issue_id")?))).await?);
    }
    Ok(found)
}

/// In how many bindings of these issues each of these users was seen, where in any.
pub async fn bindings_of_users(
    db: &mut Connection,
    issues: &[IssueId],
    users: &[&str],
) -> Result<HashMap<(IssueId, String), i64>, Error> {
    let mut found = HashMap::new();
    for users in users.chunks(VALUES_A_STATEMENT / 2) {
        for issues in issues.chunks(VALUES_A_STATEMENT / 2) {
            let mut sql = Sql::new(
                "SELECT h.issue_id, u.user_tag, COUNT(*) AS bindings
                FROM issue_hashes h JOIN binding_users u ON u.binding_id = h.binding_id WHERE h.issue_id IN ",
            );
            sql.ints(issues.iter().map(|issue| issue.0))
                .push(" AND u.user_tag IN ")
                .texts(users.iter().copied())
                .push(" GROUP BY h.issue_id, u.user_tag");
            let rows = sql
                .query()
                .list(db, |row| {
                    let user = (IssueId(row.int("issue_id")?), row.text("user_tag")?);
                    Ok((user, row.int("bindings")?))
                })
                .await?;
            found.extend(rows);
        }
    }
    Ok(found)
}

/// Events of a binding in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentSightings<'a> {
    pub binding: BindingId,
    pub issue: IssueId,
    pub environment: &'a str,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    pub events: i64,
}

/// Counts events in their environments; no pair of binding and environment twice.
pub async fn record_environments(db: &mut Connection, seen: &[EnvironmentSightings<'_>]) -> Result<(), Error> {
    for seen in seen.chunks(VALUES_A_STATEMENT / 6) {
        let mut sql = Sql::new(
            "INSERT INTO issue_environments (binding_id, environment, issue_id, first_seen, last_seen, times_seen) VALUES ",
        );
        for (index, seen) in seen.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).int(seen.binding.0);
            sql.push(", ").text(seen.environment);
            sql.push(", ").int(seen.issue.0);
            sql.push(", ").int(seen.first_at.0).push(", ").int(seen.last_at.0);
            sql.push(", ").int(seen.events).push(")");
        }
        sql.push(
            " ON CONFLICT (binding_id, environment) DO UPDATE SET
                times_seen = issue_environments.times_seen + excluded.times_seen,
                first_seen = CASE WHEN excluded.first_seen < issue_environments.first_seen
                    THEN excluded.first_seen ELSE issue_environments.first_seen END,
                last_seen = CASE WHEN excluded.last_seen > issue_environments.last_seen
                    THEN excluded.last_seen ELSE issue_environments.last_seen END",
        );
        sql.query().run(db).await?;
    }
    Ok(())
}

/// A hash under which events came to its issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenHash {
    pub hash: String,
    pub times_seen: i64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

/// The hashes of an issue that are the primary one of an event of it; the one that was seen last first.
pub async fn seen_hashes(db: &mut Connection, project: ProjectId, issue: IssueId) -> Result<Vec<SeenHash>, Error> {
    let sql = "SELECT hash, times_seen, first_seen, last_seen FROM issue_hashes
        WHERE project_id = $1 AND issue_id = $2 AND times_seen > 0 ORDER BY last_seen DESC, hash";
    sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .list(db, |row| {
            Ok(SeenHash {
                hash: row.text("hash")?,
                times_seen: row.int("times_seen")?,
                first_seen: row.time("first_seen")?,
                last_seen: row.time("last_seen")?,
            })
        })
        .await
}

/// Lets the hashes of an issue go; the rows of their users are taken away by [`purge_dropped`].
pub(super) async fn drop_of_issue(db: &mut Connection, project: ProjectId, issue: IssueId) -> Result<(), Error> {
    for sql in [
        "INSERT INTO dropped_bindings (binding_id)
            SELECT binding_id FROM issue_hashes WHERE project_id = $1 AND issue_id = $2",
        "DELETE FROM issue_hashes WHERE project_id = $1 AND issue_id = $2",
    ] {
        sqlx::query(sql).bind(project.0).bind(issue.0).run(db).await?;
    }
    Ok(())
}

/// Lets all hashes of a project go.
pub(super) async fn drop_of_project(db: &mut Connection, project: ProjectId) -> Result<(), Error> {
    for sql in [
        "INSERT INTO dropped_bindings (binding_id) SELECT binding_id FROM issue_hashes WHERE project_id = $1",
        "DELETE FROM issue_hashes WHERE project_id = $1",
    ] {
        sqlx::query(sql).bind(project.0).run(db).await?;
    }
    Ok(())
}

/// Takes away at most `limit` rows of users of bindings that were let go. Returns `false` when none are left.
pub(super) async fn purge_dropped(db: &mut Connection, limit: i64) -> Result<bool, Error> {
    let sql = "SELECT binding_id FROM dropped_bindings ORDER BY binding_id LIMIT 1";
    let Some(binding) = sqlx::query(sql).find(db, |row| row.int("binding_id")).await? else {
        return Ok(false);
    };
    let sql = "DELETE FROM binding_users WHERE binding_id = $1
        AND user_tag IN (SELECT user_tag FROM binding_users WHERE binding_id = $1 ORDER BY user_tag LIMIT $2)";
    if sqlx::query(sql).bind(binding).bind(limit).run(db).await? == 0 {
        sqlx::query("DELETE FROM dropped_bindings WHERE binding_id = $1")
            .bind(binding)
            .run(db)
            .await?;
    }
    Ok(true)
}
