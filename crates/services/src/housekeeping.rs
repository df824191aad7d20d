//! What is done from time to time, whatever else happens.

use std::time::Duration;

use crate::App;

/// For how long an event id that arrives again is a duplicate.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// How many rows one transaction removes, so that events are not kept waiting.
const ROWS_A_STEP: i64 = 500;

/// Removes what has expired. Meant to be called every minute.
pub async fn expire(app: &App) -> Result<(), store::Error> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    store::recent_event_ids::delete_older(&mut tx, now - DUPLICATE_WINDOW).await?;
    store::browser_sessions::delete_expired(&mut tx, now).await?;
    tx.commit().await
}

/// Removes some rows of deleted issues and projects. Returns `false` when none are left.
pub async fn purge_step(app: &App) -> Result<bool, store::Error> {
    let mut tx = app.store.begin().await?;
    let mut more = store::issues::purge(&mut tx, ROWS_A_STEP).await?;
    if !more {
        for project in store::projects::list_deleting(&mut tx).await? {
            store::projects::remove(&mut tx, project).await?;
            more = true;
        }
    }
    tx.commit().await?;
    Ok(more)
}

/// Waits until something was deleted.
pub async fn wait_for_purge(app: &App) {
    app.purge.notified().await;
}
