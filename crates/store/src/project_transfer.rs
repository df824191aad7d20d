//! A project goes to another organization, with its events, issues and files. Its numbers stay, so that DSNs keep working.

use model::{OrganizationId, ProjectId};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// Tables whose rows name both the project and its organization.
const WITH_BOTH: [&str; 7] = [
    "attachments",
    "files",
    "issue_activities",
    "issue_redirects",
    "outcomes",
    "stored_items",
    "user_reports",
];

/// The versions of the releases that the project is in.
pub async fn releases(db: &mut Connection, project: ProjectId) -> Result<Vec<i64>, Error> {
    sqlx::query("SELECT release_id FROM release_projects WHERE project_id = $1 ORDER BY release_id")
        .bind(project.0)
        .list(db, |row| row.int("release_id"))
        .await
}

/// Gives the project to another organization under this slug; it is in no team there. [`Error::Conflict`] when that has
/// the slug already.
pub async fn transfer(db: &mut Connection, project: ProjectId, to: OrganizationId, slug: &str) -> Result<(), Error> {
    sqlx::query("UPDATE projects SET organization_id = $2, slug = $3 WHERE id = $1")
        .bind(project.0)
        .bind(to.0)
        .bind(clean(slug))
        .run(db)
        .await?;
    for table in WITH_BOTH {
        let sql = sqlx::AssertSqlSafe(format!("UPDATE {table} SET organization_id = $2 WHERE project_id = $1"));
        sqlx::query(sql).bind(project.0).bind(to.0).run(db).await?;
    }
    let sql =
        "UPDATE issue_links SET organization_id = $2 WHERE issue_id IN (SELECT id FROM issues WHERE project_id = $1)";
    sqlx::query(sql).bind(project.0).bind(to.0).run(db).await?;
    for sql in [
        "DELETE FROM project_teams WHERE project_id = $1",
        // They lead to it within the organization that it leaves.
        "DELETE FROM slug_redirects WHERE project_id = $1",
        "DELETE FROM deploy_projects WHERE project_id = $1",
        "DELETE FROM issue_team_subscriptions WHERE issue_id IN (SELECT id FROM issues WHERE project_id = $1)",
        "DELETE FROM issue_owners WHERE issue_id IN (SELECT id FROM issues WHERE project_id = $1)",
        // Rules and incidents stay where they are, without it.
        "DELETE FROM metric_alert_projects WHERE project_id = $1",
        "DELETE FROM incident_projects WHERE project_id = $1",
    ] {
        sqlx::query(sql).bind(project.0).run(db).await?;
    }
    // Who is not there is not told about its issues, and not named with them.
    for table in ["issue_subscriptions", "issue_bookmarks", "issue_views"] {
        let sql = sqlx::AssertSqlSafe(format!(
            "DELETE FROM {table} WHERE issue_id IN (SELECT id FROM issues WHERE project_id = $1)
                AND user_id NOT IN (SELECT user_id FROM members WHERE organization_id = $2)"
        ));
        sqlx::query(sql).bind(project.0).bind(to.0).run(db).await?;
    }
    // Nobody is assigned who is not there.
    let sql = "UPDATE issues SET assignee_id = NULL, assignee_team_id = NULL, assigned_by = 0, assigned_at = NULL
        WHERE project_id = $1 AND (assignee_team_id IS NOT NULL
            OR assignee_id NOT IN (SELECT user_id FROM members WHERE organization_id = $2))";
    sqlx::query(sql).bind(project.0).bind(to.0).run(db).await?;
    Ok(())
}

/// Puts the project into the other organization's release of the same version, which is made under the id `new` where
/// there is none, and takes it out of this one.
pub async fn move_release(
    db: &mut Connection,
    project: ProjectId,
    release: i64,
    to: OrganizationId,
    new: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO releases (id, organization_id, version, version_key, status, ref, url, owner_id, created_at,
            started_at, released_at, ordered_at)
        SELECT $3, $2, version, version_key, status, ref, url, owner_id, created_at, started_at, released_at, ordered_at
        FROM releases WHERE id = $1 ON CONFLICT (organization_id, version) DO NOTHING";
    sqlx::query(sql).bind(release).bind(to.0).bind(new).run(db).await?;
    let sql = "SELECT there.id FROM releases here
        JOIN releases there ON there.version = here.version AND there.organization_id = $2 WHERE here.id = $1";
    let there = sqlx::query(sql)
        .bind(release)
        .bind(to.0)
        .find(db, |row| row.int("id"))
        .await?;
    let there = there.ok_or_else(|| Error::Corrupt(format!("release {release} is not there")))?;
    for sql in [
        "UPDATE release_projects SET release_id = $3 WHERE project_id = $1 AND release_id = $2",
        "UPDATE release_environments SET release_id = $3 WHERE project_id = $1 AND release_id = $2",
    ] {
        sqlx::query(sql)
            .bind(project.0)
            .bind(release)
            .bind(there)
            .run(db)
            .await?;
    }
    Ok(())
}
