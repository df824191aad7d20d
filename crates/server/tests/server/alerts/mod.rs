//! From an event to the mail about it, with the real program and a real mail server.

mod consumer;
mod kills;
mod storm;

use std::collections::BTreeMap;

use model::ProjectId;
use serde_json::json;
use store::{Store, StoreConfig, alert_firings};
use testkit::{server::wait_until, smtp::SmtpServer};

use crate::installation::{Ready, ready_with};

/// A server that mails, and whose only rule is about issues that are new.
async fn mailing(smtp: &SmtpServer, more: &[(&str, &str)]) -> Ready {
    let url = smtp.url();
    let mut settings = vec![
        ("TOCSIN_MAIL_URL", url.as_str()),
        ("TOCSIN_MAIL_FROM", "tocsin@example.com"),
    ];
    settings.extend_from_slice(more);
    let ready = ready_with(&settings).await;
    let rules = rules_target(&ready);
    for rule in ready.get(&rules).await.as_array().expect("rules") {
        let target = format!("{rules}{}/", rule["id"].as_str().expect("an id"));
        ready.api().delete(&target).await.assert_status(202);
    }
    let user = ready.get("/api/0/users/me/").await;
    let rule = json!({
        "name": "new issues", "actionMatch": "any", "filterMatch": "all", "frequency": 5,
        "conditions": [{"id": "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"}],
        "filters": [],
        "actions": [{
            "id": "sentry.mail.actions.NotifyEmailAction", "targetType": "Member", "targetIdentifier": user["id"],
        }],
    });
    ready.api().post_json(&rules, &rule).await.assert_status(201);
    ready
}

fn rules_target(ready: &Ready) -> String {
    let of = &ready.installation;
    format!("/api/0/projects/{}/{}/rules/", of.organization, of.project)
}

/// Waits until everybody who is to be told was told.
async fn quiet(ready: &Ready) {
    for name in ["post_process", "notify", "deliver"] {
        wait_until(&format!("no job `{name}` is left"), async || {
            let jobs = ready.server.run(&["jobs", "list", "--name", name, "--json"]).await;
            jobs.stdout.trim_ascii().is_empty().then_some(())
        })
        .await;
    }
}

async fn store(ready: &Ready) -> Store {
    let file = ready.server.data_folder().join("tocsin.db");
    let url = format!("sqlite://{}", file.display());
    Store::open(&StoreConfig::new(url)).await.unwrap()
}

/// What the ledger says: how often the only rule fired, and by reason for how many events it did not.
async fn verdicts(ready: &Ready) -> (usize, BTreeMap<String, i64>) {
    let store = store(ready).await;
    let mut db = store.read().await.unwrap();
    let id = ready.installation.project_id.to_string();
    let project = ProjectId(id.trim_matches('"').parse().expect("a number"));
    let page = store::IdPage::newest(10);
    let firings = alert_firings::list(&mut db, project, alert_firings::FiringFilter::default(), page);
    let firings = firings.await.unwrap().len();
    let rows = alert_firings::evaluations(&mut db, project, alert_firings::EvaluationFilter::default(), 1_000);
    let mut quiet = BTreeMap::new();
    for row in rows.await.unwrap() {
        *quiet.entry(row.reason).or_default() += row.events;
    }
    drop(db);
    store.close().await;
    (firings, quiet)
}
