//! Many alerts a second, one receiver that is dead and one that lives.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use alerts::IssueRule;
use integrations::{Channel, Outgoing, Retry, SendError, Sending};
use model::{AttemptOutcome, DeliveryState, EventId};
use protocol::event::Event;
use serde_json::json;
use services::{
    App,
    alert_rules::{self, RuleDraft},
    events::{self, TraceOrigin},
    jobs,
    notifications::{Deliver, ledger},
    project_config,
};
use store::{IdPage, notifications::NotificationFilter};
use testkit::on_every_database;
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{MAIL, Office};

const SECONDS: usize = 4;
const A_SECOND: usize = 100;
const BATCHES: usize = 10;
/// What a budget of the product allows; a busy machine of the tests is not held to it.
const BUDGET: Duration = Duration::from_secs(10);

/// A service that takes connections and says nothing, until it is let go: then every attempt has run into its time limit.
#[derive(Debug, Clone)]
struct Dead {
    let_go: Arc<Semaphore>,
    begun: Arc<AtomicUsize>,
    at_once: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
}

impl Dead {
    fn new() -> Self {
        Self {
            let_go: Arc::new(Semaphore::new(0)),
            begun: Arc::default(),
            at_once: Arc::default(),
            most_at_once: Arc::default(),
        }
    }
}

impl Channel for Dead {
    fn slug(&self) -> &'static str {
        "slack"
    }

    fn policy(&self) -> Retry {
        Retry::every(Duration::from_secs(3600))
    }

    fn send<'a>(&'a self, _: &'a Outgoing) -> Sending<'a> {
        Box::pin(async {
            self.begun.fetch_add(1, Ordering::SeqCst);
            let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(now, Ordering::SeqCst);
            let waited = self.let_go.acquire().await;
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            drop(waited);
            Err(SendError::retry("no answer within 5 seconds"))
        })
    }
}

impl Office {
    /// New issues at the time of the clock, in one batch.
    async fn receive(&self, names: impl Iterator<Item = usize>) {
        let app = &self.installation.app;
        let scope = &self.installation.scope;
        let config = project_config::get(app, scope.organization.id, scope.project.id)
            .await
            .unwrap()
            .unwrap();
        let batch = names.map(|number| {
            let name = format!("alert-{number:04}");
            // What is fatal no digest gathers.
            let event = json!({ "message": name, "fingerprint": [name], "level": "fatal" });
            let event = Event::from_slice(event.to_string().as_bytes()).unwrap();
            let context = normalize::Context::new(app.now(), EventId::random());
            let new = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
            new.into()
        });
        events::record(app, batch.collect()).await.unwrap();
        app.jobs.wake();
    }

    async fn alarm_everywhere(&self) {
        let wire = json!({
            "name": "everywhere", "actionMatch": "any", "filterMatch": "all", "frequency": 30,
            "conditions": [{ "id": "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition" }],
            "filters": [],
            "actions": [
                {
                    "id": "sentry.integrations.slack.notify_action.SlackNotifyServiceAction",
                    "workspace": "1", "channel": "#dead",
                },
                { "id": MAIL, "targetType": "Member", "targetIdentifier": self.owner().to_string() },
            ],
        });
        let draft = RuleDraft {
            rule: IssueRule::read(wire.as_object().unwrap()).unwrap(),
            owner: None,
            is_enabled: true,
        };
        let app = &self.installation.app;
        alert_rules::create(app, &self.installation.scope, draft).await.unwrap();
    }

    /// Notes when each alert arrived, until all have; panics when nothing arrives any more.
    async fn watch(&self, number: usize) -> HashMap<String, Instant> {
        let mut arrived: HashMap<String, Instant> = HashMap::new();
        let mut last = Instant::now();
        while arrived.len() < number {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let now = Instant::now();
            for mail in self.mails() {
                let subject = mail.header("Subject");
                let at = subject.find("alert-").unwrap_or_else(|| panic!("{subject}"));
                arrived.entry(subject[at..at + 10].to_owned()).or_insert_with(|| {
                    last = now;
                    now
                });
            }
            assert!(
                last.elapsed() < Duration::from_secs(120),
                "only {} arrived",
                arrived.len()
            );
        }
        arrived
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ntf9_mails_stay_in_time_at_a_hundred_alerts_a_second_while_another_receiver_is_dead() {
    on_every_database(async |url| {
        let office = Office::new(url).await;
        let app = office.installation.app.clone();
        let dead = Dead::new();
        app.channels.register(dead.clone());
        office.alarm_everywhere().await;
        let stop = CancellationToken::new();
        let mut background = JoinSet::new();
        let (worker, worker_stop) = (jobs::worker(&app), stop.clone());
        background.spawn(async move { worker.run(worker_stop).await.unwrap() });
        let (clock, clock_stop) = (office.installation.clock.clone(), stop.clone());
        background.spawn(async move {
            let mut last = Instant::now();
            while !clock_stop.is_cancelled() {
                tokio::time::sleep(Duration::from_millis(5)).await;
                clock.advance(last.elapsed());
                last = Instant::now();
            }
        });

        let number = SECONDS * A_SECOND;
        let size = A_SECOND / BATCHES;
        let send = async {
            let begin = Instant::now();
            let mut caused: BTreeMap<usize, Instant> = BTreeMap::new();
            for batch in 0..number / size {
                let due = Duration::from_secs(1) / u32::try_from(BATCHES).unwrap() * u32::try_from(batch).unwrap();
                tokio::time::sleep(due.saturating_sub(begin.elapsed())).await;
                let names = batch * size..(batch + 1) * size;
                caused.extend(names.clone().map(|name| (name, Instant::now())));
                office.receive(names).await;
            }
            caused
        };
        let (caused, arrived) = tokio::join!(send, office.watch(number));

        // All of them came while the dead receiver held its own places and no more, and none of its attempts had ended.
        let places = <Deliver as queue::Job<App>>::AT_ONCE;
        assert_eq!(dead.begun.load(Ordering::SeqCst), places);
        assert_eq!(dead.most_at_once.load(Ordering::SeqCst), places);
        assert_eq!(office.mails().len(), number, "each alert is one mail");
        let mut times: Vec<Duration> = caused
            .iter()
            .map(|(name, at)| arrived[&format!("alert-{name:04}")].saturating_duration_since(*at))
            .collect();
        times.sort_unstable();
        let (median, p95) = (times[number / 2], times[number * 95 / 100]);
        println!(
            "event to mail at {A_SECOND} alerts/s: median {median:.2?}, p95 {p95:.2?}, most {:.2?} (budget of p95: {BUDGET:?})",
            times[number - 1]
        );

        stop.cancel();
        dead.let_go.close();
        while let Some(ended) = background.join_next().await {
            ended.unwrap();
        }
        nothing_is_forgotten(&office, number, places).await;
    })
    .await;
}

/// What the dead receiver has not got waits for its next attempt, and the ledger says so.
async fn nothing_is_forgotten(office: &Office, number: usize, tried: usize) {
    let scope = office.installation.organization();
    let page = IdPage::newest(10_000);
    let told = ledger::list(&office.installation.app, &scope, NotificationFilter::default(), page)
        .await
        .unwrap();
    let of_dead: Vec<_> = told
        .iter()
        .flat_map(|told| &told.deliveries)
        .filter(|sent| sent.delivery.channel == "slack")
        .collect();
    assert_eq!(of_dead.len(), number);
    assert!(of_dead.iter().all(|sent| sent.delivery.state == DeliveryState::Waiting));
    let failed = of_dead.iter().filter(|sent| {
        let last = sent.attempts.last();
        last.is_some_and(|attempt| attempt.outcome == AttemptOutcome::Retry && attempt.next_attempt_at.is_some())
    });
    assert!(failed.count() >= tried);
}
