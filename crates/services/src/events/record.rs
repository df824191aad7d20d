//! Events that do not come through the spool.

use store::events::Document;

use crate::{App, alert_firings};

use super::{NewEvent, Saved, SavedEvents, save_watched};

/// Saves events in a transaction of their own and puts them into the index at once. What was not indexed when the process
/// dies in between is counted and cannot be read.
pub async fn record(app: &App, mut events: Vec<NewEvent>) -> Result<Vec<Saved>, store::Error> {
    let mut tx = app.store.begin().await?;
    let SavedEvents { saved, changes, issues } = save_watched(app, &mut tx, &events.iter().collect::<Vec<_>>()).await?;
    tx.commit().await?;
    let mut documents: Vec<Document> = Vec::new();
    let mut sequences = vec![0; events.len()];
    let accepted = events.iter_mut().zip(&saved).zip(&mut sequences);
    for ((event, saved), sequence) in accepted.filter(|((_, saved), _)| saved.is_accepted()) {
        *sequence = app.next_sequence();
        let sequence = *sequence;
        tracing::debug!(event.id = %event.id, ?saved, "an event was recorded");
        documents.extend(
            event
                .documents
                .drain(..)
                .map(|document| Document { sequence, ..document }),
        );
    }
    let index = app.events.clone();
    let work = tokio::task::spawn_blocking(move || {
        index.add(&documents, None)?;
        index.commit()
    });
    let written = work.await.expect("writing to the index does not panic");
    written.map_err(|error| store::Error::Corrupt(error.to_string()))?;
    let of_issues = events.iter().zip(&saved).zip(changes.iter().zip(&sequences));
    let of_issues: Vec<alert_firings::SavedEvent<'_>> = of_issues
        .filter_map(|((event, saved), (change, sequence))| {
            Some(alert_firings::SavedEvent {
                issue: saved.issue()?,
                event,
                change: *change,
                sequence: *sequence,
            })
        })
        .collect();
    let mut tx = app.store.begin().await?;
    alert_firings::hand_over(app, &mut tx, 0, &of_issues, &issues).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(saved)
}
