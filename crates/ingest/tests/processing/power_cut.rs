//! The power goes at a random moment, in database and spool at once: what was acknowledged is there exactly once, and
//! counters equal the events; what came with an event is there as often. SIGKILL alone would not prove a sync.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ingest::{RecordKind, RecordMeta};
use model::EventId;
use serde_json::json;
use spool::{disk::simulated::PowerCutDisk, quarantine::DAMAGE};
use store::{IdPage, stored_items::StoredItemKind};
use testkit::power_cut::{PowerCut, database_url};
use tokio::task::JoinSet;

use crate::parts::{Parts, stored};

const ROUNDS: u64 = 12;
const SENDERS: u8 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_events_survive_power_cuts_exactly_once() {
    let folders: Vec<_> = (0..=ROUNDS).map(|_| tempfile::tempdir().unwrap()).collect();
    let index = tempfile::tempdir().unwrap();
    let mut disk = PowerCutDisk::new(7);
    let (mut acknowledged, mut sent) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..ROUNDS {
        let power = PowerCut::new(folders[usize::try_from(round).unwrap()].path()).unwrap();
        let parts = Arc::new(Parts::open(&power.url("tocsin.db"), Arc::new(disk.clone()), index.path()).await);
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            let parts = Arc::clone(&parts);
            senders.spawn(async move { send_until_cut(&parts, sender).await });
        }
        tokio::time::sleep(Duration::from_millis(10 + 17 * (round % 5))).await;
        // The database first: the spool must not be cut behind a commit that did not last.
        power.pull_plug();
        disk.cut();
        while let Some(ended) = senders.join_next().await {
            let (all, answered) = ended.unwrap();
            sent.extend(all);
            acknowledged.extend(answered);
        }
        Arc::try_unwrap(parts)
            .ok()
            .expect("the senders have ended")
            .kill()
            .await;
        disk = disk.restart();
        power
            .restore_into(folders[usize::try_from(round).unwrap() + 1].path())
            .unwrap();
    }
    let url = database_url(folders[usize::try_from(ROUNDS).unwrap()].path(), "tocsin.db");
    let (app, scope, quarantine) = Parts::open(&url, Arc::new(disk), index.path()).await.finish().await;
    let (events, counted) = stored(&app, &scope).await;
    let unique: BTreeSet<EventId> = events.iter().copied().collect();
    assert!(
        acknowledged.len() > 20,
        "only {} events were acknowledged",
        acknowledged.len()
    );
    assert_eq!(unique.len(), events.len(), "an event is stored twice");
    let lost: Vec<_> = acknowledged.difference(&unique).collect();
    assert!(
        lost.is_empty(),
        "{} of {} acknowledged events are lost",
        lost.len(),
        acknowledged.len()
    );
    assert!(unique.is_subset(&sent));
    assert_eq!(
        counted,
        i64::try_from(events.len()).unwrap(),
        "counters equal the events"
    );
    // A power cut may tear one of several records that share a sync and leave one behind it whole: none was acknowledged.
    let entries = quarantine.list(None, 100).unwrap();
    let items: Vec<_> = entries.iter().filter(|listed| listed.entry.kind != DAMAGE).collect();
    assert!(items.is_empty(), "{items:?}");
    for id in unique {
        let page = IdPage::newest(10);
        let files = services::attachments::list_of_event(&app, &scope, id, page)
            .await
            .unwrap();
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, [format!("{id}.txt")], "the attachment of {id}");
        let key = id.to_string();
        let check_ins = services::stored_items::list(&app, &scope, StoredItemKind::CheckIn, Some(&key), page).await;
        assert_eq!(check_ins.unwrap().len(), 1, "check-ins of {id}");
    }
}

/// An event with a file and a check-in.
fn envelope(id: EventId, message: &str) -> String {
    let items = [
        (
            json!({"type": "event"}),
            json!({"message": message, "level": "error"}).to_string(),
        ),
        (
            json!({"type": "attachment", "filename": format!("{id}.txt")}),
            "content".to_owned(),
        ),
        (
            json!({"type": "check_in"}),
            json!({"check_in_id": id, "monitor_slug": "nightly", "status": "ok"}).to_string(),
        ),
    ];
    let mut body = format!("{}\n", json!({"event_id": id}));
    for (mut headers, payload) in items {
        headers["length"] = payload.len().into();
        body += &format!("{headers}\n{payload}\n");
    }
    body
}

/// The ids of all events that were sent, and of those that were acknowledged.
async fn send_until_cut(parts: &Parts, sender: u8) -> (Vec<EventId>, Vec<EventId>) {
    let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
    loop {
        let id = EventId::random();
        sent.push(id);
        let meta = RecordMeta {
            event_id: Some(id),
            ..parts.meta(RecordKind::Envelope)
        };
        let body = envelope(id, &format!("from {sender}"));
        if parts.accept_request(&meta, body).await.is_err() {
            return (sent, acknowledged);
        }
        acknowledged.push(id);
    }
}
