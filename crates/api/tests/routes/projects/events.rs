use serde_json::{Value, json};
use testkit::on_every_database;

use crate::{
    api::{Answer, Api, NOW},
    seed::{message, minutes},
};

const EVENTS: &str = "/api/0/projects/acme/shop/events";

fn transaction() -> Value {
    let (start, end) = ((NOW - minutes(2)).to_string(), (NOW - minutes(1)).to_string());
    json!({
        "type": "transaction",
        "transaction": "/checkout",
        "transaction_info": { "source": "route" },
        "platform": "python",
        "start_timestamp": start,
        "timestamp": end,
        "contexts": { "trace": {
            "trace_id": "4c79f60c11214eb38604f4ae0781bfb2", "span_id": "fa90fdead5f74052", "op": "http.server",
        } },
        "spans": [{
            "trace_id": "4c79f60c11214eb38604f4ae0781bfb2", "span_id": "fa90fdead5f74053",
            "parent_span_id": "fa90fdead5f74052", "op": "db", "description": "SELECT 1",
            "start_timestamp": start, "timestamp": end,
        }],
        "measurements": { "lcp": { "value": 420.69, "unit": "millisecond" } },
        "breakdowns": { "span_ops": { "ops.db": { "value": 2000, "unit": "millisecond" } } },
        "tags": { "region": "eu" },
    })
}

#[tokio::test]
async fn a_transaction_is_read_by_its_id() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let id = api.save_transaction(transaction()).await;
        let shown = client.get(&format!("{EVENTS}/{id}/")).await.ok();
        for (pointer, expected) in [
            ("/type", json!("transaction")),
            ("/groupID", json!(null)),
            ("/title", json!("/checkout")),
            ("/fingerprints", json!([])),
            ("/startTimestamp", json!((NOW - minutes(2)).seconds() as f64)),
            ("/endTimestamp", json!((NOW - minutes(1)).seconds() as f64)),
            ("/measurements/lcp", json!({ "value": 420.69, "unit": "millisecond" })),
            ("/breakdowns/span_ops/ops.db/value", json!(60_000.0)),
            ("/contexts/trace/op", json!("http.server")),
            ("/nextEventID", json!(null)),
        ] {
            assert_eq!(shown.at(pointer), &expected, "{pointer}");
        }
        let entries = shown.at("/entries").as_array().unwrap();
        let spans = entries.iter().find(|entry| entry["type"] == "spans").unwrap();
        assert_eq!(
            (&spans["data"][0]["op"], &spans["data"][0]["span_id"]),
            (&json!("db"), &json!("fa90fdead5f74053"))
        );
        let raw = client.get(&format!("{EVENTS}/{id}/json/")).await.ok();
        assert_eq!(raw.at("/type"), "transaction");
        let place = client
            .get(&format!("/api/0/organizations/acme/eventids/{id}/"))
            .await
            .ok();
        assert_eq!(
            (place.at("/groupId"), place.at("/projectSlug")),
            (&json!(null), &json!("shop"))
        );
        // It belongs to no issue, and the list is of errors.
        client.get(&format!("{EVENTS}/{id}/grouping-info/")).await.assert(404);
        assert_eq!(client.get(&format!("{EVENTS}/")).await.ok().body, json!([]));
        let (_, error) = api.save(message("x", NOW)).await;
        let error = client.get(&format!("{EVENTS}/{error}/")).await.ok();
        assert!(error.body.get("startTimestamp").is_none());
    })
    .await;
}

#[tokio::test]
async fn feedback_and_reports_of_browsers_are_events() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let feedback = json!({
            "type": "feedback",
            "contexts": { "feedback": { "message": "It broke!", "contact_email": "ada@example.com" } },
        });
        let (_, id) = api.save(feedback).await;
        let shown = client.get(&format!("{EVENTS}/{id}/")).await.ok();
        assert_eq!(
            (shown.at("/type"), shown.at("/contexts/feedback/message")),
            (&json!("feedback"), &json!("It broke!"))
        );
        for (kind, report) in [
            (
                "csp",
                json!({ "effective_directive": "img-src", "blocked_uri": "https://evil.example/x.png" }),
            ),
            ("hpkp", json!({ "hostname": "shop.example" })),
            ("expectct", json!({ "hostname": "shop.example" })),
            ("expectstaple", json!({ "hostname": "shop.example" })),
        ] {
            let (_, id) = api
                .save(json!({ "type": kind, kind: report, "logentry": { "formatted": kind } }))
                .await;
            let shown = client.get(&format!("{EVENTS}/{id}/")).await.ok();
            assert_eq!(shown.at("/type"), kind);
            let entries = shown.at("/entries").as_array().unwrap();
            assert!(entries.iter().any(|entry| entry["type"] == kind), "{kind}: {entries:?}");
        }
    })
    .await;
}

/// The index and the data of an entry.
fn entry<'a>(shown: &'a Answer, kind: &str) -> (usize, &'a Value) {
    let entries = shown.at("/entries").as_array().unwrap();
    let index = entries.iter().position(|entry| entry["type"] == kind).unwrap();
    (index, &entries[index]["data"])
}

/// COR5: what was cut or scrubbed is said in `_meta`, at the place where the answer has the value.
#[tokio::test]
async fn cor5_what_was_cut_or_scrubbed_is_told() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let frames: Vec<Value> = (0..300)
            .map(|line| json!({ "function": format!("f{line}"), "filename": "a.py", "lineno": line, "in_app": true }))
            .collect();
        let event = json!({
            "logentry": { "formatted": "m".repeat(9_000) },
            "exception": { "values": [{
                "type": "ValueError",
                "value": "v".repeat(9_000),
                "stacktrace": { "frames": frames },
            }] },
            "tags": { "long": "t".repeat(300), "region": "eu" },
            "extra": { "note": "e".repeat(20_000), "password": "hunter2" },
            "request": {
                "url": "https://shop.example/",
                "headers": { "X-Api-Key": "abc", "X-Trace": "1" },
                "data": { "card": "4111 1111 1111 1111" },
            },
            "user": { "id": "7", "data": { "token": "secret-token" } },
        });
        let (_, id) = api.save(event).await;
        let shown = api.client().get(&format!("{EVENTS}/{id}/")).await.ok();
        let said = |pointer: &str| {
            let remark = shown.at(pointer);
            assert!(remark.get("").is_some(), "{pointer}: {remark}");
        };
        let (message, data) = entry(&shown, "message");
        assert!(data["formatted"].as_str().unwrap().ends_with("..."));
        said(&format!("/_meta/entries/{message}/data/formatted"));
        said("/_meta/message");
        let (exception, data) = entry(&shown, "exception");
        assert!(data["values"][0]["value"].as_str().unwrap().len() < 9_000);
        said(&format!("/_meta/entries/{exception}/data/values/0/value"));
        let kept = data["values"][0]["stacktrace"]["frames"].as_array().unwrap().len();
        assert!(kept < 300, "{kept} frames");
        said(&format!("/_meta/entries/{exception}/data/values/0/stacktrace/frames"));
        let (request, data) = entry(&shown, "request");
        assert_eq!(data["headers"], json!([["X-Api-Key", "[Filtered]"], ["X-Trace", "1"]]));
        said(&format!("/_meta/entries/{request}/data/headers/0/1"));
        assert_eq!(data["data"]["card"], "[Filtered]");
        said(&format!("/_meta/entries/{request}/data/data/card"));
        let tags = shown.at("/tags").as_array().unwrap();
        let place = tags.iter().position(|tag| tag["key"] == "long").unwrap();
        assert_eq!(tags[place]["value"].as_str().unwrap().chars().count(), 200);
        said(&format!("/_meta/tags/{place}/value"));
        assert_eq!(shown.at("/context/password"), "[Filtered]");
        said("/_meta/context/password");
        said("/_meta/context/note");
        said("/_meta/user/data/token");
    })
    .await;
}
