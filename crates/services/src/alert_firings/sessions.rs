//! How many sessions a project had: what shares of sessions are of.

use alerts::Window;
use model::{ProjectId, Timestamp};
use protocol::items::session::SessionAggregates;
use store::stored_items;

use crate::App;

/// So many counts of sessions are added up.
const MOST_COUNTS: i64 = 10_000;

/// The sessions that began in a window.
pub(super) async fn begun(
    app: &App,
    project: ProjectId,
    environment: Option<&str>,
    window: Window,
) -> Result<u64, store::Error> {
    let mut db = app.store.read().await?;
    let time = (window.after, window.until);
    let single = stored_items::sessions_begun(&mut db, project, environment, time).await?;
    let counts = stored_items::session_counts(&mut db, project, environment, time, MOST_COUNTS).await?;
    let counted: u64 = counts.iter().map(|payload| sum(payload, window)).sum();
    Ok(single.cast_unsigned() + counted)
}

/// Those of one item. What it counts has a minute, not a time: its beginning decides.
fn sum(payload: &[u8], window: Window) -> u64 {
    const MINUTE: i64 = 60 * 1_000_000;
    let Ok(item) = SessionAggregates::parse(payload) else {
        return 0;
    };
    let in_window = |started: Timestamp| started.0 + MINUTE > window.after.0 && started <= window.until;
    let counts = item.aggregates.iter().filter(|one| in_window(one.started));
    counts
        .map(|one| one.exited + one.errored + one.abnormal + one.unhandled + one.crashed)
        .sum()
}
