//! SIGKILL while rules are asked about events.

use std::time::Duration;

use testkit::smtp::SmtpServer;
use tokio::task::JoinSet;

use super::mailing;
use crate::installation::{Ready, envelope, event_id, zero_division};

/// After each of these pauses it is killed, while what was sent before is on its way.
const PAUSES: [u64; 6] = [0, 20, 45, 80, 150, 300];
const EVENTS: usize = 200;
const SENDERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cor6_killed_in_the_middle_of_batches_it_asks_the_rules_about_every_event_exactly_once() {
    let smtp = SmtpServer::start().await;
    let mut ready = mailing(&smtp, &[]).await;
    for pause in PAUSES {
        send(&ready).await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        ready.server.kill().await;
        ready.server.start().await;
    }
    let all = i64::try_from(EVENTS * PAUSES.len()).unwrap();
    ready.issues_with_events(all).await;
    super::quiet(&ready).await;
    let (fired, quiet) = super::verdicts(&ready).await;
    assert_eq!((fired, quiet), (1, [("conditions".to_owned(), all - 1)].into()));
}

/// All of them are accepted when it ends.
async fn send(ready: &Ready) {
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (http, dsn) = (ready.server.http(), ready.dsn());
        senders.spawn(async move {
            for _ in 0..EVENTS / SENDERS {
                let body = envelope(&zero_division(&event_id()));
                http.send(&dsn.envelope_request(&body)).await.assert_status(200);
            }
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent.expect("a sender");
    }
}
