//! Ownership rules: whose an issue is follows from its events.

use serde_json::json;

use super::{PROJECT, put};
use crate::installation::{event_id, ready};

#[tokio::test]
async fn alr3_an_event_from_the_path_of_a_rule_assigns_the_team() {
    let ready = ready().await;
    let team = ready
        .api()
        .post_json("/api/0/organizations/acme/teams/", &json!({"slug": "payments"}))
        .await
        .assert_status(201)
        .json();
    let membership = format!("{PROJECT}/teams/payments/");
    ready.api().post_json(&membership, &json!({})).await.assert_status(201);
    let rules = json!({"raw": "path:src/pay/* #payments"});
    put(&ready, &format!("{PROJECT}/ownership/"), &rules).await;
    for (message, file) in [("card", "src/pay/card.py"), ("cart", "src/cart.py")] {
        let stack = json!({"frames": [{"filename": file, "function": "f", "in_app": true}]});
        let event = json!({
            "event_id": event_id(),
            "platform": "python",
            "exception": {"values": [{"type": message, "value": message, "stacktrace": stack}]},
        });
        ready.send_event(&event).await.assert_status(200);
    }
    ready.settle().await;
    let list = async |query: &str| {
        let issues = ready
            .get(&format!("/api/0/organizations/acme/issues/?query={query}"))
            .await;
        issues.as_array().expect("a list").clone()
    };
    let assigned = list("assigned:%23payments").await;
    assert_eq!(assigned.len(), 1, "{assigned:?}");
    assert_eq!(assigned[0]["metadata"]["type"], "card");
    assert_eq!(
        assigned[0]["assignedTo"],
        json!({"type": "team", "id": team["id"], "name": "payments"})
    );
    let free = list("is:unassigned").await;
    assert_eq!(free.len(), 1, "{free:?}");
    // A rule that names nobody who is there is refused.
    let unknown = json!({"raw": "path:src/pay/* #nobody"});
    let refused = ready
        .api()
        .put_json(&format!("{PROJECT}/ownership/"), &unknown)
        .await
        .assert_status(400);
    assert!(refused.text().contains("#nobody"), "{}", refused.text());
}
