//! What became of items.

use model::Timestamp;
use store::outcomes::OutcomeTotal;

use crate::{App, access::ProjectScope};

/// Totals of a project since then, by category, outcome and reason.
pub async fn totals(app: &App, scope: &ProjectScope, since: Timestamp) -> Result<Vec<OutcomeTotal>, store::Error> {
    store::outcomes::totals(&mut *app.store.read().await?, scope.project.id, since).await
}
