//! Brings the schema up to date: timestamped SQL files inside the binary, forward only, never edited after a release.

use sqlx::Executor as _;

use crate::{
    Connection, Error, Store,
    row::{Column as _, Fetch as _},
};

struct Migration {
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(Migration { name: $name, sql: include_str!(concat!("../migrations/", $name, ".sql")) }),*]
    };
}

const MIGRATIONS: &[Migration] = migrations![
    "20261121000000_foundation",
    "20261121010000_blobs",
    "20261121011000_attachments",
    "20261121012000_stored_items",
    "20261121013000_user_reports",
    "20261121014000_sdk_loader",
    "20261121020000_processing",
    "20261121030000_discover_queries",
    "20261121040000_event_index",
    "20261121041000_storage_samples",
    "20261121042000_recent_event_ids",
    "20261121050000_people",
    "20261121051000_second_factor",
    "20261121052000_mails",
    "20261121053000_options",
    "20261121060000_issue_workflow",
    "20261121061000_bindings",
    "20261121062000_releases",
    "20261121063000_issue_people",
    "20261121065000_oauth",
    "20261121070000_jobs",
    "20261121071000_alert_rules",
    "20261121072000_alert_firings",
    "20261121073000_notifications",
    "20261121074000_notification_settings",
    "20261121075000_mail",
    "20261121075500_metric_alerts",
    "20261121080000_alert_reports",
    "20261121081000_quota_notices",
];

pub(crate) async fn run(store: &Store) -> Result<(), Error> {
    let mut tx = store.begin().await?;
    tx.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY)")
        .await?;
    let applied = applied(&mut tx).await?;
    if let Some(unknown) = applied
        .iter()
        .find(|name| MIGRATIONS.iter().all(|known| known.name != **name))
    {
        return Err(Error::NewerSchema(unknown.clone()));
    }
    for migration in MIGRATIONS
        .iter()
        .filter(|migration| applied.iter().all(|name| name != migration.name))
    {
        let failed = |source| Error::Migration {
            name: migration.name,
            source,
        };
        for statement in statements(migration.sql) {
            tx.execute(sqlx::AssertSqlSafe(statement)).await.map_err(failed)?;
        }
        sqlx::query("INSERT INTO migrations (name) VALUES ($1)")
            .bind(migration.name)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await
}

async fn applied(db: &mut Connection) -> Result<Vec<String>, Error> {
    sqlx::query("SELECT name FROM migrations ORDER BY name")
        .list(db, |row| row.text("name"))
        .await
}

/// The statements of a file: comments are whole lines, and a statement ends with a semicolon at the end of a line.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .collect();
    code.join("\n")
        .split(";\n")
        .map(|text| text.trim().trim_end_matches(';').to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}
