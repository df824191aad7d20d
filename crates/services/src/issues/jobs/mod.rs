//! What becomes of issues without anybody doing anything.

mod escalation;
mod quiet;
mod transitions;

use crate::App;

/// Does one piece of it. Returns `true` when there is more to do at once. Meant to be called every second.
pub(crate) async fn step(app: &App) -> Result<bool, store::Error> {
    Ok(transitions::step(app).await? | escalation::step(app).await?)
}

/// Resolves some issues that were quiet for long. Returns `false` when none are left. Meant to be called every minute.
pub(crate) async fn resolve_quiet(app: &App) -> Result<bool, store::Error> {
    quiet::step(app).await
}
