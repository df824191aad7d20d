use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

const ORGANIZATION: &str = "/api/0/organizations/acme/issues/";
const PROJECT: &str = "/api/0/projects/acme/shop/issues/";

/// The status of each issue, oldest first.
async fn statuses(api: &Api) -> Vec<Value> {
    let mut statuses = api
        .client()
        .get(&format!("{ORGANIZATION}?query=&sort=new"))
        .await
        .ok()
        .each("/status");
    statuses.reverse();
    statuses
}

#[tokio::test]
async fn a_status_limits_what_is_changed_in_a_project() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["apple", "berry", "cherry"]).await;
        let client = api.client();
        let named = format!("{PROJECT}?id={}&id={}", ids[0], ids[2]);
        client.put(&named, json!({ "status": "resolved" })).await.ok();
        let archived = client
            .put(
                &format!("{PROJECT}?status=resolved&query=apple%20OR%20berry"),
                json!({ "status": "ignored" }),
            )
            .await;
        archived.ok();
        assert_eq!(statuses(&api).await, ["ignored", "unresolved", "resolved"]);
        let opened = client
            .put(&format!("{PROJECT}?status=resolved"), json!({ "status": "unresolved" }))
            .await;
        opened.ok();
        assert_eq!(statuses(&api).await, ["ignored", "unresolved", "unresolved"]);
        let refused = client
            .put(&format!("{PROJECT}?status=lost"), json!({ "status": "resolved" }))
            .await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(
            refused
                .at("/status/0")
                .as_str()
                .unwrap()
                .contains("unresolved, resolved, ignored")
        );
    })
    .await;
}

#[tokio::test]
async fn named_issues_are_changed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["a", "b", "c"]).await;
        let client = api.client();
        let named = |path: &str| format!("{path}?id={}&id={}", ids[0], ids[2]);
        let changed = client
            .put(
                &named(ORGANIZATION),
                json!({ "status": "resolved", "statusDetails": {} }),
            )
            .await
            .ok();
        assert_eq!(changed.body, json!({ "status": "resolved", "statusDetails": {} }));
        assert_eq!(statuses(&api).await, ["resolved", "unresolved", "resolved"]);
        // As sentry-cli sends it.
        let muted = client
            .put(&named(PROJECT), json!({ "status": "muted", "snoozeDuration": null }))
            .await
            .ok();
        assert_eq!(muted.body, json!({ "status": "muted", "statusDetails": {} }));
        assert_eq!(statuses(&api).await, ["ignored", "unresolved", "ignored"]);
        let user = client.get("/api/0/users/me/").await.ok().text("/id");
        let change = json!({ "assignedTo": "owner@example.com", "hasSeen": true, "priority": "low" });
        let changed = client.put(&named(ORGANIZATION), change).await.ok();
        let assignee = json!({ "type": "user", "id": user, "name": "owner@example.com", "email": "owner@example.com" });
        assert_eq!(
            changed.body,
            json!({ "assignedTo": assignee, "hasSeen": true, "priority": "low" })
        );
        let shown = client.get(&format!("{ORGANIZATION}{}/", ids[2])).await.ok();
        assert_eq!(
            (shown.at("/assignedTo"), shown.at("/hasSeen"), shown.at("/priority")),
            (&assignee, &json!(true), &json!("low"))
        );
        let changed = client
            .put(&named(ORGANIZATION), json!({ "assignedTo": "", "hasSeen": false }))
            .await
            .ok();
        assert_eq!(changed.body, json!({ "assignedTo": null, "hasSeen": false }));
        let shown = client.get(&format!("{ORGANIZATION}{}/", ids[2])).await.ok();
        assert_eq!(
            (shown.at("/assignedTo"), shown.at("/hasSeen")),
            (&json!(null), &json!(false))
        );
    })
    .await;
}

#[tokio::test]
async fn all_that_a_search_finds_get_a_status() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        api.save_issues(&["apple", "banana", "banana-split"]).await;
        let depot = api.add_project("depot").await;
        api.save_in(depot, message("banana", NOW)).await;
        let client = api.client();
        let path = format!("{ORGANIZATION}?query=banana&project=shop");
        client.put(&path, json!({ "status": "resolved" })).await.ok();
        assert_eq!(
            statuses(&api).await,
            ["unresolved", "resolved", "resolved", "unresolved"]
        );
        // Without a search those that are unresolved, here of one project.
        client.put(PROJECT, json!({ "status": "ignored" })).await.ok();
        assert_eq!(statuses(&api).await, ["ignored", "resolved", "resolved", "unresolved"]);
        client
            .put(
                &format!("{PROJECT}?query=is:resolved"),
                json!({ "status": "unresolved" }),
            )
            .await
            .ok();
        assert_eq!(
            statuses(&api).await,
            ["ignored", "unresolved", "unresolved", "unresolved"]
        );
        // What cannot be taken back needs names, anything else does not.
        client.put(ORGANIZATION, json!({ "hasSeen": true })).await.ok();
        for name in ["discard", "merge"] {
            let refused = client.put(ORGANIZATION, json!({ name: true })).await.assert(400);
            assert!(refused.text("/detail").contains("id"), "{name}");
        }
        let nothing = client
            .put(
                &format!("{ORGANIZATION}?query=nothing"),
                json!({ "status": "resolved" }),
            )
            .await
            .assert(204);
        assert_eq!(nothing.body, Value::Null);
    })
    .await;
}

#[tokio::test]
async fn ids_out_of_scope_are_passed_over() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["a"]).await;
        let depot = api.add_project("depot").await;
        let (other, _) = api.save_in(depot, message("b", NOW)).await;
        let client = api.client();
        let resolve = json!({ "status": "resolved" });
        client
            .put(&format!("{PROJECT}?id={other}"), resolve.clone())
            .await
            .assert(204);
        client
            .put(&format!("{ORGANIZATION}?id={other}&project=shop"), resolve.clone())
            .await
            .assert(204);
        client
            .put(&format!("{PROJECT}?id={other}&id={}&id=1", ids[0]), resolve.clone())
            .await
            .ok();
        assert_eq!(statuses(&api).await, ["resolved", "unresolved"]);
        let wrong = client
            .put(&format!("{ORGANIZATION}?id=x"), resolve.clone())
            .await
            .assert(400);
        assert_eq!(
            wrong.body,
            json!({ "detail": "Invalid id parameter: issue ids are numbers." })
        );
        let many: String = (0..1001).map(|id| format!("id={id}&")).collect();
        client.put(&format!("{ORGANIZATION}?{many}"), resolve).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn issues_are_deleted() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["apple", "banana", "cherry", "dragonfruit"]).await;
        let client = api.client();
        client
            .delete(&format!("{ORGANIZATION}?id={}&id=1", ids[0]))
            .await
            .assert(204);
        client.get(&format!("{ORGANIZATION}{}/", ids[0])).await.assert(404);
        client.delete(&format!("{PROJECT}?query=banana")).await.assert(204);
        assert_eq!(
            client
                .get(&format!("{ORGANIZATION}?query="))
                .await
                .ok()
                .each("/shortId"),
            ["SHOP-4", "SHOP-3"]
        );
        client.delete(&format!("{PROJECT}?id=1")).await.assert(204);
        client.delete(PROJECT).await.assert(204);
        assert_eq!(client.get(&format!("{ORGANIZATION}?query=")).await.ok().body, json!([]));
        // The same error begins anew.
        let (again, _) = api.save(message("apple", NOW)).await;
        assert_ne!(again, ids[0]);
        assert_eq!(client.get(ORGANIZATION).await.ok().each("/shortId"), ["SHOP-5"]);
    })
    .await;
}

#[tokio::test]
async fn changes_that_cannot_be_made_are_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(message("a", NOW)).await;
        let client = api.client();
        let refused = async |body: Value, field: &str| {
            for path in [format!("{ORGANIZATION}?id={issue}"), format!("{ORGANIZATION}{issue}/")] {
                let answer = client.put(&path, body.clone()).await.assert(400);
                assert!(answer.body[field][0].is_string(), "{body}: {}", answer.body);
            }
        };
        refused(json!({ "status": "odd" }), "status").await;
        refused(json!({ "status": ["resolved"] }), "status").await;
        refused(json!({ "status": "resolvedInNextRelease" }), "statusDetails").await;
        refused(
            json!({ "status": "resolved", "statusDetails": { "inRelease": "latest" } }),
            "statusDetails",
        )
        .await;
        refused(json!({ "assignedTo": "team:1" }), "assignedTo").await;
        refused(json!({ "assignedTo": "user:1" }), "assignedTo").await;
        refused(json!({ "assignedTo": "nobody@example.com" }), "assignedTo").await;
        refused(json!({ "assignedTo": {} }), "assignedTo").await;
        refused(json!({ "priority": "urgent" }), "priority").await;
        refused(json!({ "hasSeen": "often" }), "hasSeen").await;
        for name in ["merge", "discard"] {
            refused(json!({ name: true, "status": "resolved" }), name).await;
        }
        let fine = json!({
            "status": "ignored", "substatus": "archived_forever", "statusDetails": { "ignoreCount": null, "odd": 1 },
            "isBookmarked": false, "unknown": { "a": 1 },
        });
        client.put(&format!("{ORGANIZATION}{issue}/"), fine).await.ok();
        let other = api.other_installation().await;
        let stranger = api
            .client_with(&other.auth_token)
            .get("/api/0/users/me/")
            .await
            .ok()
            .text("/id");
        refused(json!({ "assignedTo": stranger }), "assignedTo").await;
        let request = Request::put(format!("{ORGANIZATION}{issue}/")).header(header::CONTENT_TYPE, "application/json");
        let broken = client
            .request(request.body(Body::from("{status: resolved}")).unwrap())
            .await
            .assert(400);
        assert!(broken.text("/detail").starts_with("JSON parse error"));
    })
    .await;
}
