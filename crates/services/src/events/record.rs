//! Events that do not come through the spool.

use store::events::Document;

use crate::App;

use super::{NewEvent, Saved, save};

/// Saves events in a transaction of their own and puts them into the index at once. What was not indexed when the process
/// dies in between is counted and cannot be read.
pub async fn record(app: &App, mut events: Vec<NewEvent>) -> Result<Vec<Saved>, store::Error> {
    let mut tx = app.store.begin().await?;
    let saved = save(app, &mut tx, &events.iter().collect::<Vec<_>>()).await?;
    tx.commit().await?;
    let mut documents: Vec<Document> = Vec::new();
    for (event, saved) in events.iter_mut().zip(&saved).filter(|(_, saved)| saved.is_accepted()) {
        let sequence = app.next_sequence();
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
    Ok(saved)
}
