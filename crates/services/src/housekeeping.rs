//! What is done from time to time, whatever else happens.

use std::time::Duration;

use model::ProjectId;
use store::{Connection, blobs::CleanError};

use crate::{
    App,
    events::{self, RemoveError},
    issues, oauth,
    options::{self, Target},
    organizations, outcomes, projects,
};

/// For how long an event id that arrives again is a duplicate.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// For how long attachments, user reports and items that wait for a part of the product are kept.
const RETENTION: Duration = Duration::from_secs(90 * 24 * 3600);

/// For how long it is known when events of an archived issue came: longer than any window in which they are counted.
const RATES_LIFETIME: Duration = issues::LONGEST_WINDOW.saturating_add(Duration::from_secs(24 * 3600));

/// How many rows one transaction removes, so that events are not kept waiting.
const ROWS_A_STEP: i64 = 500;

#[derive(Debug, thiserror::Error)]
pub enum ExpireError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Blobs(#[from] CleanError),
}

/// Removes what has expired. Meant to be called every minute.
pub async fn expire(app: &App) -> Result<(), ExpireError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    store::recent_event_ids::delete_older(&mut tx, now - DUPLICATE_WINDOW).await?;
    store::issues::delete_moves(&mut tx, now - DUPLICATE_WINDOW).await?;
    store::browser_sessions::delete_expired(&mut tx, now).await?;
    store::mail_links::delete_expired(&mut tx, now).await?;
    store::metric_alerts::delete_expired_snoozes(&mut tx, now).await?;
    store::metric_alerts::delete_without_projects(&mut tx).await?;
    store::second_factor::delete_expired(&mut tx, now).await?;
    store::oauth::grants::delete_expired(&mut tx, now - oauth::ACCESS_LIFETIME).await?;
    store::alert_rules::delete_expired_snoozes(&mut tx, now).await?;
    store::alert_rules::delete_past_windows(&mut tx, now - RETENTION).await?;
    store::alert_firings::delete_before(&mut tx, now - RETENTION).await?;
    store::alert_metrics::delete_false_alarms_before(&mut tx, now - RETENTION).await?;
    store::weekly_reports::delete_before(&mut tx, now - RETENTION).await?;
    store::quota_notices::delete_before(&mut tx, now - RETENTION).await?;
    store::issues::forget_rates(&mut tx, now - RATES_LIFETIME).await?;
    store::event_outcomes::delete_older(&mut tx, now - outcomes::EVENT_OUTCOME_LIFETIME).await?;
    tx.commit().await?;
    if projects::expire(app).await? | organizations::expire(app).await? {
        app.wake_purge();
    }
    while expire_step(app).await? {}
    while issues::jobs::resolve_quiet(app).await? {}
    let cleaned = app.blobs.clean(now).await?;
    if cleaned.orphans > 0 {
        tracing::info!(
            blobs.orphans = cleaned.orphans,
            "files that belonged to nothing were removed"
        );
    }
    Ok(())
}

/// Removes some of what is older than its retention. Returns `false` when none is left.
async fn expire_step(app: &App) -> Result<bool, store::Error> {
    let now = app.now();
    let before = now - RETENTION;
    let mut tx = app.store.begin().await?;
    let more = store::attachments::purge_older(&mut tx, before, ROWS_A_STEP, now).await? > 0
        || store::stored_items::purge_older(&mut tx, before, ROWS_A_STEP, now).await? > 0
        || store::user_reports::purge_older(&mut tx, before, ROWS_A_STEP).await? > 0
        || store::notifications::delete_before(&mut tx, before, ROWS_A_STEP).await? > 0;
    tx.commit().await?;
    Ok(more)
}

/// Removes some rows of deleted issues and projects. Returns `false` when none are left.
pub async fn purge_step(app: &App) -> Result<bool, RemoveError> {
    if events::remove_hidden(app).await? {
        return Ok(true);
    }
    let mut tx = app.store.begin().await?;
    let more = store::issues::purge(&mut tx, ROWS_A_STEP, app.now()).await?;
    tx.commit().await?;
    if more {
        return Ok(true);
    }
    let deleting = store::projects::list_deleting(&mut *app.store.read().await?).await?;
    for project in &deleting {
        let mut tx = app.store.begin().await?;
        let more = purge_project_step(app, &mut tx, *project).await?;
        tx.commit().await?;
        if !more {
            events::remove_project(app, *project).await?;
            let mut tx = app.store.begin().await?;
            options::purge(&mut tx, Target::Project(*project)).await?;
            store::projects::remove(&mut tx, *project).await?;
            tx.commit().await?;
        }
    }
    Ok(!deleting.is_empty())
}

/// Removes some of what a deleted project has beside its issues. Returns `false` when none is left.
async fn purge_project_step(app: &App, db: &mut Connection, project: ProjectId) -> Result<bool, store::Error> {
    let now = app.now();
    Ok(
        store::attachments::purge_project(db, project, ROWS_A_STEP, now).await? > 0
            || store::stored_items::purge_project(db, project, ROWS_A_STEP, now).await? > 0
            || store::user_reports::purge_project(db, project, ROWS_A_STEP).await? > 0,
    )
}

/// Does one piece of the upkeep of the event index. Returns `true` when there is more to do at once.
pub async fn tend(app: &App) -> Result<bool, store::events::WriteError> {
    let (index, now) = (app.events.clone(), app.now());
    let work = tokio::task::spawn_blocking(move || index.tend(now));
    work.await.expect("tending does not panic")
}

/// Waits until something was deleted.
pub async fn wait_for_purge(app: &App) {
    app.purge.notified().await;
}
