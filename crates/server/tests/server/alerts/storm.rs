//! Many events at once.

use std::time::Duration;

use testkit::smtp::SmtpServer;
use tokio::task::JoinSet;

use super::mailing;
use crate::installation::{envelope, event_id, zero_division};

const EVENTS: usize = 10_000;
const SENDERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_events_of_one_new_issue_give_one_mail_and_the_ledger_says_why_the_others_gave_none() {
    let smtp = SmtpServer::start().await;
    let ready = mailing(&smtp, &[]).await;
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (http, dsn) = (ready.server.http(), ready.dsn());
        senders.spawn(async move {
            for _ in 0..EVENTS / SENDERS {
                let id = event_id();
                let body = envelope(&zero_division(&id));
                http.send(&dsn.envelope_request(&body)).await.assert_status(200);
            }
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent.expect("a sender");
    }
    ready.issues_with_events(i64::try_from(EVENTS).unwrap()).await;
    super::quiet(&ready).await;
    // What was to come has come; nothing comes behind it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert!(
        mails[0].header("Subject").contains("ZeroDivisionError"),
        "{}",
        mails[0].data
    );
    let others = i64::try_from(EVENTS).unwrap() - 1;
    let (fired, quiet) = super::verdicts(&ready).await;
    assert_eq!((fired, quiet), (1, [("conditions".to_owned(), others)].into()));
}
