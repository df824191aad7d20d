//! Under random stops, failures and steps of the clock: a rule fires once a crossing, and each reader is told once.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use ::model::{AlertRuleId, AttemptOutcome, DeliveryId, DeliveryState, EventId, IssueId, Timestamp};
use integrations::{Recording, Retry, SendError};
use proptest::{
    prelude::{Just, Strategy, any},
    prop_oneof,
    strategy::ValueTree as _,
    test_runner::TestRunner,
};
use serde_json::{Value, json};
use services::{jobs, notifications::ledger};
use store::{IdPage, notifications::NotificationFilter};
use testkit::on_every_database;

use super::{Alarm, EVERY_EVENT, at_least, model::every_event_is_told_once};

const MINUTE: i64 = 60_000_000;
const ISSUES: u8 = 3;

/// What each rule waits for within five minutes, and for how many minutes it is silent then.
const RULES: [(usize, i64); 2] = [(3, 5), (1, 12)];

#[derive(Debug, Clone)]
enum Step {
    /// A batch of events, by issue.
    Receive(Vec<u8>),
    /// The clock goes on, or is set back, by seconds.
    Forth(u32),
    Back(u32),
    Work,
    /// The process dies after some microseconds of work, and another one starts.
    Die(u64),
    /// Somebody else takes over what is being worked on, because it looks dead and is not.
    TakeOver(u64),
    /// The receiver fails: refuses for now, or takes the message and says nothing.
    Fail(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => proptest::collection::vec(0..ISSUES, 1..5).prop_map(Step::Receive),
        3 => (1_u32..200).prop_map(Step::Forth),
        1 => (1_u32..400).prop_map(Step::Back),
        2 => Just(Step::Work),
        4 => (0_u64..30_000).prop_map(Step::Die),
        2 => (0_u64..15_000).prop_map(Step::TakeOver),
        2 => any::<bool>().prop_map(Step::Fail),
    ]
}

struct Happened {
    event: EventId,
    issue: IssueId,
    at: Timestamp,
}

/// For which events a rule should have fired: they are asked about in the order in which they came, whatever the clock
/// said then.
fn expected(all: &[Happened], (number, silent): (usize, i64)) -> Vec<EventId> {
    let mut fired = Vec::new();
    let mut last: HashMap<IssueId, Timestamp> = HashMap::new();
    for (index, now) in all.iter().enumerate() {
        let lately = all[..=index]
            .iter()
            .filter(|one| one.issue == now.issue && one.at.0 > now.at.0 - 5 * MINUTE && one.at.0 <= now.at.0)
            .count();
        let is_silent = |last: &Timestamp| (now.at.0 - last.0).abs() < silent * MINUTE;
        if lately >= number && !last.get(&now.issue).is_some_and(is_silent) {
            fired.push(now.event);
            last.insert(now.issue, now.at);
        }
    }
    fired
}

impl Alarm {
    /// What the start of a process does with what the one before held.
    async fn start_anew(&self) {
        let app = &self.installation.app;
        while let Err(error) = jobs::worker(app).take_over().await {
            // What the dead one had begun is rolled back when its connection is found to be gone.
            assert!(error.is_transient(), "{error}");
        }
    }

    async fn take(&self, step: &Step, happened: &mut Vec<Happened>) {
        let (app, clock) = (&self.installation.app, &self.installation.clock);
        match step {
            Step::Receive(issues) => {
                let fields: Vec<Value> = issues
                    .iter()
                    .map(|issue| json!({"message": "x", "fingerprint": [issue.to_string()]}))
                    .collect();
                let at = app.now();
                for (event, issue) in self.receive(&fields).await {
                    happened.push(Happened {
                        event,
                        issue: issue.unwrap(),
                        at,
                    });
                }
            }
            Step::Forth(seconds) => self.advance(u64::from(*seconds)),
            Step::Back(seconds) => clock.set(app.now() - Duration::from_secs(u64::from(*seconds))),
            Step::Work => self.settle().await,
            Step::Die(after) => {
                let work = jobs::run_due(app);
                drop(tokio::time::timeout(Duration::from_micros(*after), work).await);
                self.start_anew().await;
            }
            Step::TakeOver(after) => {
                let other = async {
                    tokio::time::sleep(Duration::from_micros(*after)).await;
                    self.start_anew().await;
                    jobs::run_due(app).await
                };
                let (first, second) = tokio::join!(jobs::run_due(app), other);
                first.unwrap();
                second.unwrap();
            }
            Step::Fail(is_lost) => self.mails.fail_next(match is_lost {
                true => SendError::Lost {
                    answer: "the connection ended".to_owned(),
                },
                false => SendError::retry("451 later"),
            }),
        }
    }

    /// What was sent, by delivery. One that was sent twice says why: an answer was lost, or nobody knows what became of
    /// an attempt; and it said the same each time.
    async fn only_what_was_lost_came_twice(&self) -> usize {
        let scope = self.installation.organization();
        let page = IdPage::newest(10_000);
        let told = ledger::list(&self.installation.app, &scope, NotificationFilter::default(), page);
        let told = told.await.unwrap();
        let mut sent: BTreeMap<DeliveryId, Vec<Value>> = BTreeMap::new();
        for mail in self.mails.sent() {
            sent.entry(mail.delivery).or_default().push(mail.content);
        }
        for of in told.iter().flat_map(|told| &told.deliveries) {
            let copies = sent.get(&of.delivery.id).map_or(&[][..], Vec::as_slice);
            let unsure = of
                .attempts
                .iter()
                .filter(|attempt| matches!(attempt.outcome, AttemptOutcome::Lost | AttemptOutcome::Begun));
            assert!(
                (1..=1 + unsure.count()).contains(&copies.len()),
                "{} copies: {of:#?}",
                copies.len()
            );
            assert!(copies.iter().all(|content| *content == copies[0]), "{copies:#?}");
            assert_eq!(of.delivery.state, DeliveryState::Sent, "{of:#?}");
        }
        sent.len()
    }
}

async fn check(url: &str, steps: &[Step]) {
    let alarm = Alarm::new(url).await;
    let mails = Recording::new("email").with_policy(Retry::every(Duration::from_secs(30)));
    alarm.installation.app.channels.register(mails.clone());
    let alarm = Alarm { mails, ..alarm };
    let mut rules: Vec<AlertRuleId> = Vec::new();
    for (number, silent) in RULES {
        let condition = match number {
            1 => json!({"id": EVERY_EVENT}),
            _ => at_least(u32::try_from(number).unwrap(), "5m"),
        };
        let rule = alarm
            .rule(
                &format!("{number} events"),
                json!({"conditions": [condition], "frequency": silent}),
            )
            .await;
        rules.push(rule);
    }
    let mut happened = Vec::new();
    for step in steps {
        alarm.take(step, &mut happened).await;
    }
    alarm.start_anew().await;
    // What failed is tried again, also where the clock has to catch up with where it was.
    for _ in 0..40 {
        alarm.settle().await;
        alarm.advance(60);
    }
    for (rule, of) in rules.iter().zip(RULES) {
        let fired: Vec<EventId> = alarm.firings(*rule).await.iter().map(|firing| firing.event).collect();
        assert_eq!(fired, expected(&happened, of), "{steps:#?}");
    }
    let deliveries = every_event_is_told_once(&alarm, &rules).await;
    assert_eq!(alarm.only_what_was_lost_came_twice().await, deliveries);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_fires_once_a_crossing_and_tells_each_reader_once_whatever_stops_fails_or_steps() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..5 {
        let steps = proptest::collection::vec(step(), 40..60);
        let steps = steps.new_tree(&mut runner).unwrap().current();
        on_every_database(async |url| check(url, &steps).await).await;
    }
}
