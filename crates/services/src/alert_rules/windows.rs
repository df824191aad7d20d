//! Maintenance: times in which no rule of a project fires.

use std::time::Duration;

use model::{MaintenanceWindowId, Timestamp};
use serde_json::json;
use store::alert_rules::MaintenanceWindow;

use crate::{
    App,
    access::{AccessError, ProjectScope},
    audit::Change,
};

/// How long one may last, and how many of them a project may plan.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);
const MOST: usize = 100;

/// For how long one that is over is still listed.
const LISTED: Duration = Duration::from_secs(30 * 24 * 3600);

/// A window as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWindow {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub reason: String,
}

#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    #[error("a window ends after it starts, and in the future")]
    Ends,
    #[error("a window lasts at most 30 days")]
    TooLong,
    #[error("the reason may have at most 500 characters")]
    ReasonTooLong,
    #[error("a project may plan 100 windows")]
    TooMany,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Those to come, that which goes on, and those of the last 30 days, in their order.
pub async fn windows(app: &App, scope: &ProjectScope) -> Result<Vec<MaintenanceWindow>, store::Error> {
    store::alert_rules::windows(&mut *app.store.read().await?, scope.project.id, app.now() - LISTED).await
}

pub async fn add_window(app: &App, scope: &ProjectScope, new: NewWindow) -> Result<MaintenanceWindow, WindowError> {
    let now = app.now();
    if new.ends_at <= new.starts_at || new.ends_at <= now {
        return Err(WindowError::Ends);
    }
    if new.ends_at.since(new.starts_at) > LONGEST {
        return Err(WindowError::TooLong);
    }
    if new.reason.chars().count() > 500 {
        return Err(WindowError::ReasonTooLong);
    }
    let window = MaintenanceWindow {
        id: MaintenanceWindowId(app.ids.next()),
        project: scope.project.id,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        reason: new.reason.trim().to_owned(),
        made_by: scope.actor.user_id(),
        created_at: now,
    };
    let mut tx = app.store.begin().await?;
    if store::alert_rules::windows(&mut tx, scope.project.id, now).await?.len() >= MOST {
        return Err(WindowError::TooMany);
    }
    store::alert_rules::add_window(&mut tx, &window).await?;
    let change = Change::created(&told(&window));
    crate::projects::record_settings(app, &mut tx, scope, change).await?;
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    Ok(window)
}

/// Ends one that goes on, or takes one back.
pub async fn delete_window(app: &App, scope: &ProjectScope, id: MaintenanceWindowId) -> Result<(), AccessError> {
    let mut tx = app.store.begin().await?;
    let known = store::alert_rules::windows(&mut tx, scope.project.id, app.now() - LISTED).await?;
    let window = known.into_iter().find(|window| window.id == id);
    let window = window.ok_or(AccessError::NotFound)?;
    store::alert_rules::delete_window(&mut tx, scope.project.id, id).await?;
    let change = Change::removed(&told(&window));
    crate::projects::record_settings(app, &mut tx, scope, change).await?;
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    Ok(())
}

fn told(window: &MaintenanceWindow) -> serde_json::Value {
    json!({
        "maintenance": window.id.to_string(),
        "starts": window.starts_at,
        "ends": window.ends_at,
        "reason": window.reason,
    })
}
