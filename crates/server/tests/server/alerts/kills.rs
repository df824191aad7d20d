//! SIGKILL at every step from an event to its mail.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use store::deliveries::DeliveryFilter;
use testkit::smtp::{Action, Phase, SmtpServer};

use super::mailing;
use crate::installation::{Ready, event_id};

/// How often it is killed at each step; `TOCSIN_KILLS` says otherwise.
const KILLS: usize = 3;

/// Longer than anything in the test takes.
const LONG: Duration = Duration::from_secs(60);

/// Where the process is killed.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// So many milliseconds after the event was accepted: while it is saved, decided on, planned.
    After(u64),
    /// In the conversation with the mail server.
    At(Phase),
    /// The last dot was sent: the mail server has it, and nobody knows.
    BeforeTheAnswer,
    /// The mail server has said 250.
    AfterTheAnswer(u64),
}

impl Step {
    /// Whether the mail may come twice.
    fn may_double(self) -> bool {
        matches!(self, Self::BeforeTheAnswer | Self::AfterTheAnswer(_))
            // Whatever is random may meet that moment as well.
            || matches!(self, Self::After(_))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_survive_kills_at_every_step() {
    let smtp = SmtpServer::start().await;
    let mut ready = mailing(&smtp, &[]).await;
    let kills = kills_a_step();
    let mut killed: BTreeMap<String, Step> = BTreeMap::new();
    let mut round = 0_u64;
    for turn in 0..kills {
        let turn = turn as u64;
        let steps = [
            Step::After(turn * 7 % 40),
            Step::After(40 + turn * 31 % 300),
            Step::At(Phase::MailFrom),
            Step::At(Phase::RcptTo),
            Step::At(Phase::Data),
            Step::BeforeTheAnswer,
            Step::AfterTheAnswer(turn * 5 % 30),
        ];
        for step in steps {
            round += 1;
            // Far enough apart that no alert is gathered into a digest.
            ready.server.set_clock(i64::try_from(round).unwrap() * 7200);
            let name = format!("kill-{round}-end");
            kill_at(&mut ready, &smtp, &name, step).await;
            ready.server.start().await;
            arrives(&smtp, &name).await;
            killed.insert(name, step);
        }
    }
    super::quiet(&ready).await;
    let mut doubled = Vec::new();
    for (name, step) in &killed {
        let copies = copies(&smtp, name);
        match copies.as_slice() {
            [_] => {}
            [one, two] if step.may_double() => {
                assert_eq!(one, two, "{name}: both copies have one Message-Id");
                doubled.push((name.clone(), one.clone()));
            }
            other => panic!(
                "{name} was killed at {step:?} and came {} times: {other:?}",
                other.len()
            ),
        }
    }
    println!("{} kills, {} mails came twice", killed.len(), doubled.len());
    named_in_the_ledger(&ready, &doubled).await;
}

fn kills_a_step() -> usize {
    #[expect(clippy::disallowed_methods, reason = "a test may be asked to do more")]
    let asked = std::env::var("TOCSIN_KILLS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

async fn kill_at(ready: &mut Ready, smtp: &SmtpServer, name: &str, step: Step) {
    match step {
        Step::At(phase) => smtp.next(phase, Action::Wait(LONG)),
        Step::BeforeTheAnswer => smtp.next(Phase::End, Action::Wait(LONG)),
        Step::After(_) | Step::AfterTheAnswer(_) => {}
    }
    // The clock was moved: what is sent now is of the new time.
    tokio::time::sleep(Duration::from_millis(600)).await;
    let event = json!({
        "event_id": event_id(),
        "message": name, "fingerprint": [name], "level": "error", "platform": "other",
    });
    ready.send_event(&event).await.assert_status(200);
    match step {
        Step::After(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
        Step::At(_) | Step::BeforeTheAnswer => {
            while smtp.untaken() > 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        Step::AfterTheAnswer(millis) => {
            arrives(smtp, name).await;
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
    }
    ready.server.kill().await;
}

/// The Message-Ids of the mails about an issue.
fn copies(smtp: &SmtpServer, name: &str) -> Vec<String> {
    let mails = smtp.mails();
    let about = mails.iter().filter(|mail| mail.header("Subject").contains(name));
    about.map(|mail| mail.header("Message-ID")).collect()
}

async fn arrives(smtp: &SmtpServer, name: &str) {
    for _ in 0..3000 {
        if !copies(smtp, name).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no mail about {name}");
}

/// What came twice is said to be so.
async fn named_in_the_ledger(ready: &Ready, doubled: &[(String, String)]) {
    let store = super::store(ready).await;
    let page = store::IdPage::newest(10_000);
    let all = store::deliveries::list(&mut store.read().await.unwrap(), DeliveryFilter::default(), page)
        .await
        .unwrap();
    store.close().await;
    for (name, message_id) in doubled {
        let is_named = all.iter().any(|delivery| {
            let content = delivery.content.as_ref().map(ToString::to_string);
            delivery.is_doubtful && content.is_some_and(|content| content.contains(message_id.trim_matches(['<', '>'])))
        });
        assert!(is_named, "{name} came twice, and the ledger does not say so");
    }
}
