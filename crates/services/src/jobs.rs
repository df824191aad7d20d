//! What is done again and again: one list.

use crate::{App, issues};

/// Does one piece of each kind that waits, so that none keeps the others from being done. Returns `true` when there is
/// more to do at once. Meant to be called every second.
pub async fn step(app: &App) -> Result<bool, store::Error> {
    let moved = issues::moving::step(app).await;
    let changed = issues::jobs::step(app).await;
    Ok(moved? | changed?)
}
