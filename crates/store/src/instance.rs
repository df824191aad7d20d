//! Single values of the installation.

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

pub async fn find(db: &mut Connection, name: &str) -> Result<Option<String>, Error> {
    sqlx::query("SELECT value FROM instance WHERE name = $1")
        .bind(name)
        .find(db, |row| row.text("value"))
        .await
}

pub async fn set(db: &mut Connection, name: &str, value: &str) -> Result<(), Error> {
    let sql =
        "INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    sqlx::query(sql).bind(name).bind(value).run(db).await?;
    Ok(())
}

/// The newest id in use, from which the next process goes on (0 in an empty database).
pub async fn newest_id(db: &mut Connection) -> Result<i64, Error> {
    let sql = "SELECT COALESCE(MAX(id), 0) AS newest FROM (
        SELECT MAX(id) AS id FROM issues UNION ALL SELECT MAX(id) FROM projects UNION ALL SELECT MAX(id) FROM project_keys
        UNION ALL SELECT MAX(id) FROM organizations UNION ALL SELECT MAX(id) FROM users UNION ALL SELECT MAX(id) FROM members
        UNION ALL SELECT MAX(id) FROM teams UNION ALL SELECT MAX(id) FROM api_tokens
        UNION ALL SELECT MAX(id) FROM browser_sessions UNION ALL SELECT MAX(id) FROM files
        UNION ALL SELECT MAX(id) FROM attachments UNION ALL SELECT MAX(id) FROM stored_items
        UNION ALL SELECT MAX(id) FROM user_reports UNION ALL SELECT MAX(id) FROM discover_queries
        UNION ALL SELECT MAX(id) FROM user_emails UNION ALL SELECT MAX(id) FROM team_requests
        UNION ALL SELECT MAX(id) FROM invitations UNION ALL SELECT MAX(id) FROM audit_entries
        UNION ALL SELECT MAX(id) FROM organization_tokens UNION ALL SELECT MAX(id) FROM mail_addresses
        UNION ALL SELECT MAX(id) FROM issue_activities UNION ALL SELECT MAX(id) FROM issue_moves
        UNION ALL SELECT MAX(binding_id) FROM issue_hashes UNION ALL SELECT MAX(id) FROM releases
        UNION ALL SELECT MAX(id) FROM deploys UNION ALL SELECT MAX(id) FROM repositories UNION ALL SELECT MAX(id) FROM commits
        UNION ALL SELECT MAX(id) FROM codeowners UNION ALL SELECT MAX(id) FROM issue_links
        UNION ALL SELECT MAX(id) FROM saved_issue_views UNION ALL SELECT MAX(id) FROM oauth_applications
        UNION ALL SELECT MAX(id) FROM oauth_authorizations UNION ALL SELECT MAX(id) FROM oauth_grants
        UNION ALL SELECT MAX(id) FROM notification_settings UNION ALL SELECT MAX(id) FROM notification_actions
        UNION ALL SELECT MAX(id) FROM personal_notification_rules UNION ALL SELECT MAX(id) FROM team_notification_rules
        UNION ALL SELECT MAX(id) FROM push_subscriptions UNION ALL SELECT MAX(id) FROM notification_timelines
        UNION ALL SELECT MAX(id) FROM jobs UNION ALL SELECT MAX(id) FROM job_workers
        UNION ALL SELECT MAX(until_sequence) FROM removed_hashes UNION ALL SELECT MAX(newest_sequence) FROM spool_positions)
        AS ids";
    Ok(sqlx::query(sql).find(db, |row| row.int("newest")).await?.unwrap_or(0))
}
