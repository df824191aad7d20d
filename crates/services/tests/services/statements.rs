//! How often saving events asks the database.

use std::{cell::Cell, sync::Once};

use services::events;
use tracing::{Event, Metadata, Subscriber, span};

use crate::{
    installation::{Installation, NOW},
    moving::Sent,
};

thread_local! {
    /// Statements of the store, by thread: other tests run at the same time.
    static STATEMENTS: Cell<u64> = const { Cell::new(0) };
}

/// Counts them. It is there for all threads and for good: tracing remembers for a whole process whether anybody wants an
/// event, and a thread without a subscriber would say for all that nobody does.
struct Counter;

impl Counter {
    fn start() {
        static START: Once = Once::new();
        START.call_once(|| tracing::subscriber::set_global_default(Self).unwrap());
    }
}

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "store::statement"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        if self.enabled(event.metadata()) {
            STATEMENTS.set(STATEMENTS.get() + 1);
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Of events of these hashes, users, environments and releases, in turn, in one batch.
async fn statements_of(installation: &Installation, hashes: &[&str], events: usize) -> u64 {
    let mut new = Vec::new();
    for number in 0..events {
        let user = format!("u{}", number % 7);
        let sent = Sent {
            name: hashes[number % hashes.len()],
            user: &user,
            environment: ["production", "staging"][number % 2],
            release: ["shop@1.0.0", "shop@1.1.0"][number % 2],
        };
        new.push(installation.new_event(&sent, NOW).await);
    }
    let mut tx = installation.app.store.begin().await.unwrap();
    STATEMENTS.set(0);
    let saved = events::save(&installation.app, &mut tx, &new.iter().collect::<Vec<_>>()).await;
    let statements = STATEMENTS.get();
    assert_eq!(saved.unwrap().len(), events);
    tx.commit().await.unwrap();
    statements
}

#[tokio::test]
async fn saving_events_asks_once_a_batch_and_once_an_issue_never_once_an_event() {
    Counter::start();
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let names: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // What is new is written once: after this all of it is known.
        statements_of(&installation, &names, 280).await;
        statements_of(&installation, &names[..1], 14).await;
        let few = statements_of(&installation, &names[..1], 14).await;
        let many = statements_of(&installation, &names[..1], 140).await;
        assert!(many <= few, "of one issue: {few} and {many}");
        let of_twenty = statements_of(&installation, &names, 280).await;
        // One more for each further issue.
        assert!(of_twenty <= many + 21, "{many} and {of_twenty}");
        assert!((1..=20).contains(&many), "{many} statements");
    })
    .await;
}
