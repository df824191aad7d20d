//! From an event to the mail about it, with the real program and a real mail server.

mod kills;
mod storm;

use serde_json::json;
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
