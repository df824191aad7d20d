//! What the store refuses for its content goes to the quarantine, and comes back by a replay.

use std::sync::Arc;

use bytes::Bytes;
use ingest::{
    RecordKind, RecordMeta,
    processing::{ReplayError, replay},
};
use model::EventId;
use serde_json::json;
use spool::{disk::simulated::PowerCutDisk, quarantine::QuarantineId};

use crate::parts::{Parts, stored};

fn message(text: &str) -> String {
    json!({"message": text, "level": "error"}).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreadable_record_holds_up_nothing_and_can_be_replayed() {
    testkit::on_every_database(async |url| {
        let disk = PowerCutDisk::new(1);
        let index = tempfile::tempdir().unwrap();
        let parts = Parts::open(url, Arc::new(disk), index.path()).await;
        parts.accept(EventId::random(), &message("before")).await.unwrap();
        parts
            .spool
            .append(b"no description".to_vec(), Bytes::from_static(b"bytes"))
            .await
            .unwrap();
        parts.accept(EventId::random(), &message("behind")).await.unwrap();
        let (spool, quarantine) = (Arc::clone(&parts.spool), Arc::clone(&parts.quarantine));
        testkit::server::wait_until("the record is in quarantine", async || {
            (quarantine.count() == 1).then_some(())
        })
        .await;
        let listed = quarantine.list(None, 10).unwrap();
        assert_eq!((listed[0].entry.kind.as_str(), listed[0].body_bytes), ("record", 5));
        let (entry, body) = quarantine.get(listed[0].entry.id).unwrap().unwrap();
        assert_eq!(
            (entry.meta.as_slice(), &body[..]),
            (&b"no description"[..], &b"bytes"[..])
        );
        // What is still broken comes back, under the id of its new place.
        replay(&spool, &quarantine, entry.id).await.unwrap();
        testkit::server::wait_until("it is back", async || {
            let listed = quarantine.list(None, 10).unwrap();
            listed.first().filter(|listed| listed.entry.id != entry.id).map(drop)
        })
        .await;
        let missing = QuarantineId {
            position: spool::Position(u64::MAX),
            item: 0,
        };
        assert!(matches!(
            replay(&spool, &quarantine, missing).await,
            Err(ReplayError::NotFound(_))
        ));
        let (app, scope, _) = parts.finish().await;
        assert_eq!(stored(&app, &scope).await.1, 2);
    })
    .await;
}

/// What the database refuses is put aside as it was received, with what crashed beside it in the event that was made of
/// both; the rest of its batch is taken, and a replay takes it when the database does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_refuses_is_put_aside_and_can_be_replayed() {
    testkit::on_every_database(async |url| {
        let index = tempfile::tempdir().unwrap();
        let parts = Parts::open(url, Arc::new(PowerCutDisk::new(1)), index.path()).await;
        testkit::execute(
            url,
            "CREATE UNIQUE INDEX one_title ON issues (level) WHERE title <> 'other'",
        )
        .await;
        parts.accept(EventId::random(), &message("taken")).await.unwrap();
        let id = EventId::random();
        let event = message("refused");
        let event_header = json!({"type": "event", "length": event.len()});
        let crumb = b"\x81\xa7message\xa5crumb";
        let crumbs = json!({"type": "attachment", "attachment_type": "event.breadcrumbs", "length": crumb.len(),
            "filename": "__sentry-breadcrumb1"});
        let mut body = format!("{}\n{event_header}\n{event}\n{crumbs}\n", json!({"event_id": id})).into_bytes();
        body.extend_from_slice(crumb);
        let meta = RecordMeta {
            event_id: Some(id),
            ..parts.meta(RecordKind::Envelope)
        };
        parts.accept_request(&meta, body).await.unwrap();
        parts.accept(EventId::random(), &message("other")).await.unwrap();
        parts.drain().await;

        let listed = parts.quarantine.list(None, 10).unwrap();
        let [listed] = listed.as_slice() else {
            panic!("{listed:?}")
        };
        let (entry, body) = parts.quarantine.get(listed.entry.id).unwrap().unwrap();
        assert_eq!(
            (entry.kind.as_str(), entry.project_id),
            ("event", Some(parts.scope.project.id))
        );
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            body.contains(&id.to_string()) && body.contains("refused") && body.contains("crumb"),
            "{body}"
        );

        testkit::execute(url, "DROP INDEX one_title").await;
        replay(&parts.spool, &parts.quarantine, entry.id).await.unwrap();
        let (app, scope, quarantine) = parts.finish().await;
        assert_eq!(quarantine.count(), 0);
        let (events, issues) = stored(&app, &scope).await;
        assert_eq!((events.len(), issues), (3, 3), "{events:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_events_are_counted_and_not_kept() {
    testkit::on_every_database(async |url| {
        let index = tempfile::tempdir().unwrap();
        let parts = Parts::open(url, Arc::new(PowerCutDisk::new(1)), index.path()).await;
        for payload in [
            "{",
            "[]",
            "\"text\"",
            &format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)),
        ] {
            parts.accept(EventId::random(), payload).await.unwrap();
        }
        parts.accept(EventId::random(), &message("fine")).await.unwrap();
        let (app, scope, quarantine) = parts.finish().await;
        let totals = services::outcomes::totals(&app, &scope, model::Timestamp(0))
            .await
            .unwrap();
        let seen: Vec<_> = totals
            .iter()
            .map(|total| (total.reason.as_str(), total.quantity))
            .collect();
        assert_eq!(seen, [("", 1), ("invalid_json", 4)]);
        assert_eq!(quarantine.count(), 0);
    })
    .await;
}
