//! What is left of a deleted team: who deleted it, from where, and what it was.

use serde_json::json;

use crate::installation::ready;

const ACME: &str = "/api/0/organizations/acme";

#[tokio::test]
async fn tsk5_a_deleted_team_is_in_the_audit_log_with_actor_address_and_slug() {
    let ready = ready().await;
    let made = json!({"slug": "payments", "name": "Payments"});
    let team = ready.api().post_json(&format!("{ACME}/teams/"), &made).await;
    let team = team.assert_status(201).json();
    let one = "/api/0/teams/acme/payments/";
    ready.api().delete(one).await.assert_status(204);
    ready.api().get(one).await.assert_status(404);
    // Another one may take the slug, and is another team.
    let again = ready.api().post_json(&format!("{ACME}/teams/"), &made).await;
    assert_ne!(again.assert_status(201).json()["id"], team["id"]);

    let log = ready.get(&format!("{ACME}/audit-logs/?event=team.remove")).await;
    let rows = log["rows"].as_array().expect("a list");
    assert_eq!(rows.len(), 1, "{log}");
    let entry = &rows[0];
    assert_eq!(entry["event"], "team.remove");
    assert_eq!(entry["actor"]["name"], json!(ready.installation.email));
    assert_eq!(entry["ipAddress"], "127.0.0.1");
    assert_eq!(entry["targetObject"], team["id"]);
    assert_eq!(entry["targetLabel"], "payments");
    let before = &entry["data"]["before"];
    assert_eq!(
        (&before["slug"], &before["name"]),
        (&json!("payments"), &json!("Payments"))
    );
    assert_eq!(before["dateCreated"], team["dateCreated"]);
}
