//! Whether somebody looked all the time. While the server was down nothing could be received, and senders let go of what
//! they could not send: a count of such a time may be too small, which must not end an incident.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use model::Timestamp;

use crate::App;

/// Shorter pauses, as of a restart, are bridged by senders.
const SHORTEST: Duration = Duration::from_secs(3 * 60);

/// For how long gaps matter: as far back as values are compared.
const KEPT: Duration = Duration::from_secs(92 * 24 * 3600);

/// Whether this process has looked before. As long as it runs, there is no gap, however late a minute is evaluated.
#[derive(Debug, Default)]
pub(crate) struct Watch(AtomicBool);

/// Notes that minutes up to then are looked at, and gives all times in which nobody did.
pub(super) async fn look(app: &App, until: Timestamp) -> Result<Vec<(Timestamp, Timestamp)>, store::Error> {
    let has_looked = app.metric_alerts.watch.0.load(Ordering::Relaxed);
    let mut tx = app.store.begin().await?;
    let before = store::metric_alerts::watched_until(&mut tx).await?;
    if !has_looked
        && let Some(before) = before
        && until.since(before) > SHORTEST
    {
        store::metric_alerts::add_gap(&mut tx, before, until).await?;
        tracing::info!(
            gap.seconds = until.since(before).as_secs(),
            "metric alert rules were not evaluated for a while"
        );
    }
    // A clock that steps back does not make a gap later.
    store::metric_alerts::set_watched_until(&mut tx, until.max(before.unwrap_or(until))).await?;
    store::metric_alerts::delete_gaps_before(&mut tx, until - KEPT).await?;
    let gaps = store::metric_alerts::gaps(&mut tx).await?;
    tx.commit().await?;
    app.metric_alerts.watch.0.store(true, Ordering::Relaxed);
    Ok(gaps)
}
