use serde_json::{Value, json};

use super::seed;
use crate::api::Api;

const PATH: &str = "/api/0/organizations/acme/discover/saved/";

#[tokio::test]
async fn a_question_is_kept_changed_and_deleted() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let body = json!({
            "name": " Slow pages ",
            "projects": [api.project().0],
            "queryDataset": "transaction-like",
            "fields": ["transaction", "p95(transaction.duration)"],
            "widths": [200, "-1"],
            "query": "transaction.op:http.server",
            "orderby": "-p95_transaction_duration",
            "yAxis": "p95(transaction.duration)",
            "display": "top5",
            "topEvents": 5,
            "interval": "1h",
            "range": "14d",
            "environment": ["production"],
            "version": 2,
            "somethingElse": 1,
        });
        let answer = client.post(PATH, body).await.assert(201);
        let id = answer.text("/id");
        assert_eq!(answer.text("/createdBy/email"), "owner@example.com");
        assert_eq!(
            without_maker(&answer.body),
            json!({
                "id": id,
                "name": "Slow pages",
                "projects": [api.project().0],
                "version": 2,
                "queryDataset": "transaction-like",
                "datasetSource": "user",
                "expired": false,
                "dateCreated": "2026-11-21T02:40:00Z",
                "dateUpdated": "2026-11-21T02:40:00Z",
                "environment": ["production"],
                "query": "transaction.op:http.server",
                "fields": ["transaction", "p95(transaction.duration)"],
                "widths": ["200", "-1"],
                "range": "14d",
                "orderby": "-p95_transaction_duration",
                "yAxis": ["p95(transaction.duration)"],
                "display": "top5",
                "topEvents": 5,
                "interval": "1h",
            })
        );
        let one = format!("{PATH}{id}/");
        let read = client.get(&one).await.ok();
        // When its maker was last active changes with each request of theirs.
        assert_eq!(without_maker(&read.body), without_maker(&answer.body));
        api.clock.advance(std::time::Duration::from_secs(60));
        let change = json!({
            "name": "All", "projects": [-1], "fields": ["title"], "start": "2026-11-01T00:00:00", "end": "2026-11-02T00:00:00Z",
        });
        let changed = client.put(&one, change).await.ok();
        assert_eq!((changed.text("/name"), changed.text("/queryDataset")), ("All".into(), "error-events".into()));
        assert_eq!((changed.at("/projects"), changed.at("/fields")), (&json!([]), &json!(["title"])));
        assert_eq!(changed.text("/start"), "2026-11-01T00:00:00Z");
        assert_eq!(changed.text("/dateUpdated"), "2026-11-21T02:41:00Z");
        assert_eq!(changed.body.get("range"), None);
        assert_eq!(without_maker(&client.get(&one).await.ok().body), without_maker(&changed.body));
        client.post(&format!("{one}visit/"), json!({})).await.assert(204);
        client.delete(&one).await.assert(204);
        for gone in [client.get(&one).await, client.delete(&one).await] {
            gone.assert(404);
        }
        client.post(&format!("{one}visit/"), json!({})).await.assert(404);
        client.put(&one, json!({ "name": "x", "fields": ["title"] })).await.assert(404);
        client.get(&format!("{PATH}x/")).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_sorted_searched_and_paged() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for name in ["beta", "Alpha", "gamma"] {
            let body = json!({ "name": name, "fields": ["title"] });
            client.post(PATH, body).await.assert(201);
            api.clock.advance(std::time::Duration::from_secs(1));
        }
        let beta = client.get(PATH).await.ok().text("/1/id");
        client
            .post(&format!("{PATH}{beta}/visit/"), json!({}))
            .await
            .assert(204);
        let names = async |parameters: &str| client.get(&format!("{PATH}?{parameters}")).await.ok().each("/name");
        assert_eq!(names("").await, ["Alpha", "beta", "gamma"]);
        assert_eq!(names("sortBy=-name").await, ["gamma", "beta", "Alpha"]);
        assert_eq!(names("sortBy=dateCreated").await, ["beta", "Alpha", "gamma"]);
        assert_eq!(names("sortBy=-dateUpdated").await, ["gamma", "Alpha", "beta"]);
        assert_eq!(names("sortBy=mostPopular").await, ["beta", "gamma", "Alpha"]);
        assert_eq!(names("sortBy=recentlyViewed").await, ["beta", "gamma", "Alpha"]);
        assert_eq!(names("sortBy=myqueries").await, ["Alpha", "beta", "gamma"]);
        assert_eq!(names("query=name:ALPH").await, ["Alpha"]);
        assert_eq!(names("query=a").await.len(), 3);
        client.get(&format!("{PATH}?sortBy=x")).await.assert(400);
        let pages = client.pages(&format!("{PATH}?per_page=2"), "next", "/name").await;
        let first: Vec<Value> = vec!["Alpha".into(), "beta".into()];
        assert_eq!(pages, [first, vec!["gamma".into()]]);
        // They belong to the organization.
        let stranger = api.stranger().await;
        let theirs = stranger.get("/api/0/organizations/globex/discover/saved/").await.ok();
        assert_eq!(theirs.body, json!([]));
        let id = client.get(PATH).await.ok().text("/0/id");
        stranger
            .get(&format!("/api/0/organizations/globex/discover/saved/{id}/"))
            .await
            .assert(404);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_named() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let client = api.client();
        let other = api.other_installation().await.project_id.0;
        let refused = async |change: Value, status: u16, field: &str, expected: &str| {
            let mut body = json!({ "name": "x", "fields": ["title"] });
            for (name, value) in change.as_object().unwrap() {
                body[name] = value.clone();
            }
            let answer = client.post(PATH, body).await.assert(status);
            let found = answer.at(&format!("/{field}")).to_string();
            assert!(found.contains(expected), "{change}: {found}");
        };
        refused(json!({ "name": "" }), 400, "name", "may not be blank").await;
        refused(json!({ "name": "x".repeat(256) }), 400, "name", "255").await;
        refused(json!({ "fields": [] }), 400, "non_field_errors", "at least one field").await;
        refused(
            json!({ "fields": "a\u{0}b", "queryDataset": "spans" }),
            400,
            "queryDataset",
            "not a valid choice",
        )
        .await;
        refused(json!({ "display": "pie" }), 400, "display", "not a valid choice").await;
        refused(json!({ "topEvents": 11 }), 400, "topEvents", "between 1 and 10").await;
        refused(json!({ "range": "soon" }), 400, "range", "Expected a number").await;
        refused(json!({ "interval": [] }), 400, "interval", "Not a valid string").await;
        refused(json!({ "start": "yesterday" }), 400, "start", "wrong format").await;
        refused(
            json!({ "start": "2026-11-01T00:00:00" }),
            400,
            "non_field_errors",
            "both required",
        )
        .await;
        refused(json!({ "projects": "all" }), 400, "projects", "Expected a list").await;
        refused(json!({ "projects": [other] }), 403, "detail", "permission").await;
        refused(json!({ "version": 1 }), 400, "version", "version 2").await;
        refused(json!({ "rollup": 60 }), 400, "non_field_errors", "rollup").await;
        refused(json!({ "widths": [{}] }), 400, "widths", "list of texts").await;
        let long = json!({ "fields": vec!["x".repeat(100); 700] });
        refused(long, 400, "non_field_errors", "too large").await;
        refused(
            json!({ "query": "level:error (release:1" }),
            400,
            "non_field_errors",
            "Cannot save invalid query: ",
        )
        .await;
        client.post(PATH, json!({})).await.assert(400);
        assert_eq!(client.get(PATH).await.ok().body, json!([]));
    })
    .await;
}

fn without_maker(question: &Value) -> Value {
    let mut question = question.clone();
    question.as_object_mut().unwrap().remove("createdBy");
    question
}
