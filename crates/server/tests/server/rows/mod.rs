//! What the rows of the feature list say works, one file a row; the tests' names begin with it.

mod alr3; // ownership rules
mod cor1; // from an SDK to an issue
mod cor4; // sampling
mod cor5; // what is trimmed
mod opt2; // changed settings
mod rel1; // releases
mod tsk4; // merging and taking apart
mod tsk5; // what tells of a deleted team

use serde_json::Value;
use testkit::server::wait_until;

use crate::installation::Ready;

const PROJECT: &str = "/api/0/projects/acme/shop";

async fn event(ready: &Ready, id: &str) -> Value {
    let target = format!("{PROJECT}/events/{id}/");
    wait_until("the event is there", async || {
        let answer = ready.api().get(&target).await;
        (answer.status == 200).then(|| answer.json())
    })
    .await
}

fn entry<'a>(event: &'a Value, kind: &str) -> &'a Value {
    let entries = event["entries"].as_array().expect("entries");
    &entries.iter().find(|entry| entry["type"] == kind).expect(kind)["data"]
}

async fn put(ready: &Ready, target: &str, settings: &Value) -> Value {
    let answer = ready.api().put_json(target, settings).await;
    assert!(matches!(answer.status, 200..300), "{} {}", answer.status, answer.text());
    if answer.body.is_empty() {
        Value::Null
    } else {
        answer.json()
    }
}

/// What was counted of a category by outcome and reason.
async fn counted(ready: &Ready, category: &str) -> Vec<(String, String, i64)> {
    let target = format!(
        "/api/0/organizations/acme/stats_v2/?project=-1&field=sum(quantity)&groupBy=outcome&groupBy=reason\
         &category={category}&interval=1h&statsPeriod=1d"
    );
    let stats = ready.get(&target).await;
    let groups = stats["groups"].as_array().expect("groups").iter();
    let mut counted: Vec<_> = groups
        .map(|group| {
            let by = |key: &str| group["by"][key].as_str().unwrap_or_default().to_owned();
            let quantity = group["totals"]["sum(quantity)"].as_i64().expect("a sum");
            (by("outcome"), by("reason"), quantity)
        })
        .collect();
    counted.sort();
    counted
}

fn is(outcome: &str, reason: &str, quantity: i64) -> (String, String, i64) {
    (outcome.to_owned(), reason.to_owned(), quantity)
}
