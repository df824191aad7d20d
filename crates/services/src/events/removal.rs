//! Removing rows from the event index for good.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use model::ProjectId;
use store::{
    events::{Removal, RowsOf},
    index_batches,
};

use crate::{App, app::hidden};

/// How long the index may take to get to what is committed at this moment; then the removal is tried again later.
const SETTLE: Duration = Duration::from_secs(60);

/// How often the way of the index is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Index(#[from] store::events::WriteError),
    #[error("the event index is behind: nothing can be removed for good until it has caught up")]
    Behind,
}

/// Brings what the index hides in line with the database.
pub(crate) async fn refresh_hidden(app: &App) -> Result<(), store::Error> {
    let removed = store::removed_hashes::list(&mut *app.store.read().await?).await?;
    app.events.hide(removed.into_iter().map(hidden).collect());
    Ok(())
}

/// Removes the rows of deleted issues. Returns `false` when there are none.
pub async fn remove_hidden(app: &App) -> Result<bool, RemoveError> {
    let removed = store::removed_hashes::list(&mut *app.store.read().await?).await?;
    if removed.is_empty() {
        return Ok(false);
    }
    let mut hashes: BTreeMap<(ProjectId, i64), Vec<String>> = BTreeMap::new();
    for removed in &removed {
        let key = (removed.project, removed.until_sequence);
        hashes.entry(key).or_default().push(removed.hash.clone());
    }
    settle(app).await?;
    for ((project, sequence), hashes) in hashes {
        remove(app, everywhere(project, RowsOf::Hashes(hashes, sequence))).await?;
    }
    let mut tx = app.store.begin().await?;
    for removed in &removed {
        store::removed_hashes::delete(&mut tx, removed).await?;
    }
    tx.commit().await?;
    refresh_hidden(app).await?;
    Ok(true)
}

/// Removes all rows of a project that is being deleted.
pub async fn remove_project(app: &App, project: ProjectId) -> Result<(), RemoveError> {
    settle(app).await?;
    remove(app, everywhere(project, RowsOf::All)).await.map(drop)
}

fn everywhere(project: ProjectId, rows: RowsOf) -> Removal {
    Removal {
        project,
        rows,
        datasets: Vec::new(),
        before: None,
    }
}

/// Returns how many rows that were.
pub(crate) async fn remove(app: &App, removal: Removal) -> Result<u64, RemoveError> {
    let index = app.events.clone();
    let work = tokio::task::spawn_blocking(move || index.remove(&removal));
    Ok(work.await.expect("removing does not panic")?.rows)
}

/// Waits until everything that the database has committed at this moment is in the index, so that nothing of it comes
/// after the removal.
async fn settle(app: &App) -> Result<(), RemoveError> {
    if caught_up(app, SETTLE).await? {
        Ok(())
    } else {
        Err(RemoveError::Behind)
    }
}

/// Waits until everything that the database has committed at this moment is in the index. `false` if that takes longer
/// than `wait`.
pub(crate) async fn caught_up(app: &App, wait: Duration) -> Result<bool, store::Error> {
    let Some(newest) = index_batches::newest(&mut *app.store.read().await?).await? else {
        return Ok(true);
    };
    let begun = Instant::now();
    loop {
        let oldest = index_batches::oldest(&mut *app.store.read().await?).await?;
        if oldest.is_none_or(|oldest| oldest > newest) {
            return Ok(true);
        }
        if begun.elapsed() >= wait {
            return Ok(false);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
