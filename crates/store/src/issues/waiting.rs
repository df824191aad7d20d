//! Issues that are resolved in the next release, or in a commit, until there is a release for it.

use model::{ActivityId, ActivityKind, IssueId, ProjectId, Timestamp};
use triage::Release;

use super::state::IN_RELEASE;
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// What a resolution waits for: the column `next`.
pub(super) const FOR_NOTHING: i64 = 0;
pub(super) const FOR_NEXT_RELEASE: i64 = 1;
pub(super) const FOR_COMMIT: i64 = 2;

/// Some of a project's, with the release that the one they wait for comes after.
pub async fn waiting_for_release(
    db: &mut Connection,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<(IssueId, Release)>, Error> {
    let sql = "SELECT issue_id, version, version_date FROM issue_resolutions
        WHERE project_id = $1 AND next = $3 ORDER BY issue_id LIMIT $2";
    sqlx::query(sql)
        .bind(project.0)
        .bind(limit)
        .bind(FOR_NEXT_RELEASE)
        .list(db, |row| {
            let release = Release {
                version: row.text("version")?,
                date: Timestamp(row.int("version_date")?),
            };
            Ok((IssueId(row.int("issue_id")?), release))
        })
        .await
}

/// Notes that the release has come that an issue was resolved in: the activity that told of it names it from now on.
pub async fn settle_release(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    version: &str,
) -> Result<(), Error> {
    sqlx::query("UPDATE issue_resolutions SET next = $3 WHERE project_id = $1 AND issue_id = $2")
        .bind(project.0)
        .bind(issue.0)
        .bind(FOR_NOTHING)
        .run(db)
        .await?;
    let kind = [ActivityKind::SetResolvedInRelease];
    let told = super::activities(db, project, issue, &kind, None, 1).await?.pop();
    if let Some(mut told) = told
        && told.data.get("version").is_none_or(|version| version == "")
    {
        told.data.insert("version".to_owned(), version.into());
        set_data(db, project, told.id, &serde_json::to_string(&told.data)?).await?;
    }
    Ok(())
}

/// Lets those issues of a project that are resolved in a commit of this release be resolved in the release.
pub async fn settle_commits(db: &mut Connection, project: ProjectId, version: &str) -> Result<(), Error> {
    let sql = "UPDATE issue_resolutions SET kind = $3, next = $4, version = r.version, version_date = r.ordered_at
        FROM projects p JOIN releases r ON r.organization_id = p.organization_id
        WHERE p.id = $1 AND r.version = $2 AND issue_resolutions.project_id = p.id AND issue_resolutions.next = $5
            AND EXISTS (SELECT 1 FROM repositories o JOIN commits c ON c.repository_id = o.id
                JOIN release_commits rc ON rc.commit_id = c.id
                WHERE o.organization_id = r.organization_id AND o.name = issue_resolutions.repository
                    AND c.commit_key = issue_resolutions.commit_key AND rc.release_id = r.id)";
    sqlx::query(sql)
        .bind(project.0)
        .bind(clean(version))
        .bind(IN_RELEASE)
        .bind(FOR_NOTHING)
        .bind(FOR_COMMIT)
        .run(db)
        .await?;
    Ok(())
}

async fn set_data(db: &mut Connection, project: ProjectId, id: ActivityId, data: &str) -> Result<(), Error> {
    sqlx::query("UPDATE issue_activities SET data = $3 WHERE project_id = $1 AND id = $2")
        .bind(project.0)
        .bind(id.0)
        .bind(clean(data))
        .run(db)
        .await?;
    Ok(())
}
