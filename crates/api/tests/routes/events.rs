use serde_json::{Value, json};
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::{message, minutes, rich},
};

#[tokio::test]
async fn an_event_keeps_everything() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, id) = api.save(rich(NOW - minutes(5))).await;
        let shown = api
            .client()
            .get(&format!("/api/0/issues/{issue}/events/latest/"))
            .await
            .ok();
        for (pointer, expected) in [
            ("/id", json!(id.to_string())),
            ("/eventID", json!("fc6d8c0c43fc4630ad850ee518f1b9d0")),
            ("/groupID", json!(issue.to_string())),
            ("/projectID", json!(api.project().to_string())),
            ("/type", json!("error")),
            ("/title", json!("ZeroDivisionError: division by zero")),
            ("/message", json!("paying order 7 failed")),
            ("/culprit", json!("/checkout")),
            ("/location", json!("shop/views.py")),
            ("/platform", json!("python")),
            ("/dist", json!("7")),
            ("/dateCreated", json!("2026-11-21T02:35:00Z")),
            ("/dateReceived", json!("2026-11-21T02:40:00Z")),
            ("/context", json!({ "cart": [1, 2] })),
            ("/packages", json!({ "django": "5.1" })),
            ("/sdk", json!({ "name": "sentry.python", "version": "2.75.0" })),
            ("/contexts/runtime/name", json!("CPython")),
            ("/occurrence", json!(null)),
            ("/crashFile", json!(null)),
            ("/userReport", json!(null)),
            ("/release/version", json!("shop@1.2.0")),
            ("/release/projects/0/slug", json!("shop")),
            ("/nextEventID", json!(null)),
            ("/previousEventID", json!(null)),
            ("/metadata/type", json!("ZeroDivisionError")),
        ] {
            assert_eq!(shown.at(pointer), &expected, "{pointer}");
        }
        let user = json!({
            "id": "7", "email": "ada@example.com", "username": null, "ip_address": "192.0.2.1", "name": null,
            "geo": null, "data": { "plan": "gold" },
        });
        assert_eq!(shown.at("/user"), &user);
        let tags = shown.at("/tags").as_array().unwrap();
        for tag in [
            json!({ "key": "region", "value": "eu" }),
            json!({ "key": "environment", "value": "production" }),
            json!({ "key": "level", "value": "fatal" }),
            json!({ "key": "user", "value": "id:7", "query": "user.id:\"7\"" }),
        ] {
            assert!(tags.contains(&tag), "{tag} in {tags:?}");
        }
        let size = shown.at("/size").as_u64().unwrap();
        let raw = api
            .client()
            .get(&format!("/api/0/projects/acme/shop/events/{id}/json/"))
            .await
            .ok();
        assert_eq!(raw.header("content-type"), Some("application/json"));
        assert_eq!(
            (raw.at("/event_id"), raw.at("/environment")),
            (&json!(id.to_string()), &json!("production"))
        );
        assert!(size > 1_000);
        assert_eq!(
            shown.at("/fingerprints").as_array().unwrap()[0].as_str().unwrap().len(),
            32
        );
        let errors = shown.at("/errors").as_array().unwrap();
        assert_eq!(errors.len(), 1, "those of extra data are not shown: {errors:?}");
        assert_eq!(
            (&errors[0]["type"], &errors[0]["data"]["name"]),
            (&json!("invalid_data"), &json!("tags.bad"))
        );
        assert!(errors[0]["message"].is_string());
    })
    .await;
}

#[tokio::test]
async fn entries_come_in_order_and_in_their_forms() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(rich(NOW - minutes(5))).await;
        let shown = api
            .client()
            .get(&format!("/api/0/issues/{issue}/events/latest/"))
            .await
            .ok();
        let entries = shown.at("/entries").as_array().unwrap();
        let types: Vec<&str> = entries.iter().map(|entry| entry["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["message", "exception", "threads", "breadcrumbs", "request"]);
        let data = |index: usize| &entries[index]["data"];
        let message =
            json!({ "message": "paying %s failed", "formatted": "paying order 7 failed", "params": ["order 7"] });
        assert_eq!(data(0), &message);

        let exceptions = data(1);
        assert_eq!(
            (&exceptions["hasSystemFrames"], &exceptions["excOmitted"]),
            (&json!(true), &json!(null))
        );
        assert_eq!(exceptions["values"][0]["type"], "KeyError");
        let exception = &exceptions["values"][1];
        for (key, expected) in [
            ("type", json!("ZeroDivisionError")),
            ("value", json!("division by zero")),
            ("module", json!("builtins")),
            ("threadId", json!(12)),
            ("mechanism", json!({ "type": "django", "handled": false })),
            ("rawStacktrace", json!(null)),
        ] {
            assert_eq!(exception[key], expected, "{key}");
        }
        let stack = &exception["stacktrace"];
        assert_eq!(
            (&stack["hasSystemFrames"], &stack["registers"], &stack["framesOmitted"]),
            (&json!(true), &json!(null), &json!(null))
        );
        let frame = json!({
            "filename": "shop/views.py",
            "absPath": "/app/shop/views.py",
            "module": "shop.views",
            "package": null,
            "platform": null,
            "instructionAddr": null,
            "symbolAddr": null,
            "function": "checkout",
            "rawFunction": null,
            "symbol": null,
            "context": [
                [40, "def checkout(cart):"], [41, "    count = 0"], [42, "    return total / count"], [43, ""],
                [44, "def pay():"],
            ],
            "lineNo": 42,
            "colNo": 7,
            "inApp": true,
            "trust": null,
            "errors": null,
            "lock": null,
            "sourceLink": null,
            "vars": { "count": "0", "größe": "ß" },
        });
        assert_eq!(stack["frames"][1], frame);
        assert_eq!(
            (
                &stack["frames"][0]["inApp"],
                &stack["frames"][0]["context"],
                &stack["frames"][0]["vars"]
            ),
            (&json!(false), &json!([]), &json!(null))
        );

        let thread = json!({
            "id": 12, "current": true, "crashed": true, "name": "main", "state": null, "heldLocks": null,
            "stacktrace": null, "rawStacktrace": null,
        });
        assert_eq!(data(2), &json!({ "values": [thread] }));
        let first = json!({
            "type": "http", "timestamp": "2026-11-21T02:34:00Z", "level": "info", "message": "GET /price",
            "category": "xhr", "data": { "status_code": 500 }, "event_id": null,
        });
        assert_eq!(data(3)["values"][0], first);
        assert_eq!(
            (&data(3)["values"][1]["type"], &data(3)["values"][1]["level"]),
            (&json!("default"), &json!("info"))
        );
        let request = data(4);
        assert_eq!(request["query"], json!([["coupon", "A"], ["coupon", "B"]]));
        assert_eq!(
            (&request["method"], &request["url"]),
            (&json!("POST"), &json!("https://shop.example/checkout"))
        );
        assert!(
            request["headers"]
                .as_array()
                .unwrap()
                .contains(&json!(["X-Trace", "1"]))
        );
        assert_eq!(request["cookies"], json!([["theme", "dark"]]));
        assert_eq!(
            (&request["data"], &request["env"]),
            (&json!({ "card": "yes" }), &json!({ "REMOTE_ADDR": "192.0.2.1" }))
        );
        assert_eq!(
            (&request["fragment"], &request["apiTarget"]),
            (&json!(null), &json!(null))
        );

        // Remarks stand where the fields do.
        let frames = shown.at("/_meta/entries/1/data/values/1/stacktrace/frames");
        assert_eq!(frames, &json!({ "1": { "absPath": { "": { "len": 300 } } } }));
        assert_eq!(shown.at("/_meta/context"), &json!({ "cart": { "": { "len": 9 } } }));
        let region = shown
            .at("/tags")
            .as_array()
            .unwrap()
            .iter()
            .position(|tag| tag["key"] == "region")
            .unwrap();
        assert_eq!(
            shown.at(&format!("/_meta/tags/{region}/value")),
            &json!({ "": { "len": 250 } })
        );
        assert_eq!(shown.at("/_meta/user"), &json!(null));
    })
    .await;
}

#[tokio::test]
async fn stacks_outside_of_exceptions_and_reports_are_entries_too() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let frame = |address: &str| json!({ "function": "f", "instruction_addr": address, "in_app": false });
        let event = json!({
            "platform": "native",
            "message": "crash",
            "stacktrace": { "frames": [frame("0x7f"), frame("0x7fff1234")], "registers": { "rip": "0x1" } },
            "template": { "filename": "a.html", "lineno": 2, "pre_context": ["one"], "context_line": "two" },
            "csp": { "effective_directive": "img-src", "blocked_uri": "https://evil.example" },
            "debug_meta": { "images": [{ "type": "elf", "debug_id": "2d1c2b1a-0000-0000-0000-000000000000" }] },
        });
        let (issue, _) = api.save(event).await;
        let shown = api
            .client()
            .get(&format!("/api/0/issues/{issue}/events/oldest/"))
            .await
            .ok();
        let entries = shown.at("/entries").as_array().unwrap();
        let find = |kind: &str| {
            entries
                .iter()
                .find(|entry| entry["type"] == kind)
                .map(|entry| &entry["data"])
                .unwrap()
        };
        let addresses: Vec<&Value> = find("stacktrace")["frames"]
            .as_array()
            .unwrap()
            .iter()
            .map(|frame| &frame["instructionAddr"])
            .collect();
        assert_eq!(addresses, ["0x0000007f", "0x7fff1234"]);
        assert_eq!(
            (&find("stacktrace")["hasSystemFrames"], &find("stacktrace")["registers"]),
            (&json!(false), &json!({ "rip": "0x1" }))
        );
        assert_eq!(
            find("template"),
            &json!({ "lineNo": 2, "filename": "a.html", "context": [[1, "one"], [2, "two"]] })
        );
        assert_eq!(find("csp")["effective_directive"], "img-src");
        assert_eq!(find("debugmeta")["images"][0]["type"], "elf");
    })
    .await;
}

#[tokio::test]
async fn events_lead_to_their_neighbors() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let mut ids = Vec::new();
        // The second and third are of the same time.
        for age in [4, 3, 3, 1] {
            ids.push(api.save(message("a", NOW - minutes(age))).await.1.to_string());
        }
        let (issue, _) = api.save(message("b", NOW)).await;
        api.save(message("b", NOW)).await;
        let a = api
            .client()
            .get("/api/0/organizations/acme/shortids/SHOP-1/")
            .await
            .ok()
            .text("/groupId");
        let show = async |which: &str| {
            let shown = api
                .client()
                .get(&format!("/api/0/organizations/acme/issues/{a}/events/{which}/"))
                .await
                .ok();
            [
                shown.at("/eventID").clone(),
                shown.at("/previousEventID").clone(),
                shown.at("/nextEventID").clone(),
            ]
        };
        assert_eq!(show("oldest").await, [json!(ids[0]), json!(null), json!(ids[1])]);
        assert_eq!(show(&ids[1]).await, [json!(ids[1]), json!(ids[0]), json!(ids[2])]);
        assert_eq!(
            show(&ids[2].to_uppercase()).await,
            [json!(ids[2]), json!(ids[1]), json!(ids[3])]
        );
        assert_eq!(show("latest").await, [json!(ids[3]), json!(ids[2]), json!(null)]);
        assert_eq!(show("recommended").await[0], json!(ids[3]));
        let of_project = api
            .client()
            .get(&format!("/api/0/projects/acme/shop/events/{}/", ids[1]))
            .await
            .ok();
        assert_eq!(
            (of_project.at("/groupID"), of_project.at("/nextEventID")),
            (&json!(a), &json!(ids[2]))
        );
        for path in [
            format!("/api/0/issues/{issue}/events/{}/", ids[0]),
            format!("/api/0/issues/{a}/events/00000000000000000000000000000000/"),
            format!("/api/0/issues/{a}/events/odd/"),
            "/api/0/projects/acme/shop/events/odd/".to_owned(),
            "/api/0/projects/acme/shop/events/00000000000000000000000000000000/json/".to_owned(),
        ] {
            assert_eq!(
                api.client().get(&path).await.assert(404).body,
                json!({ "detail": "Event not found" }),
                "{path}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn events_are_listed_and_paged() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let mut ids = Vec::new();
        // Three are of the same time, so that the id decides.
        for age in [300, 4, 3, 3, 3, 1] {
            ids.insert(0, json!(api.save(message("a", NOW - minutes(age))).await.1.to_string()));
        }
        let (issue, other) = api.save(message("b", NOW)).await;
        let client = api.client();
        let a = client
            .get("/api/0/organizations/acme/shortids/SHOP-1/")
            .await
            .ok()
            .text("/groupId");
        let path = format!("/api/0/organizations/acme/issues/{a}/events/");
        assert_eq!(client.get(&path).await.ok().each("/eventID"), ids);
        let forward = client
            .pages(&format!("{path}?per_page=2&full=false"), "next", "/id")
            .await;
        assert_eq!(forward.concat(), ids);
        assert_eq!(forward.len(), 3);
        let last = client.get(&format!("{path}?per_page=4")).await.ok().link("next").0;
        let back = client.get(&last).await.ok().link("previous");
        assert!(back.1);
        let back = client.pages(&back.0, "previous", "/id").await;
        assert_eq!(back, [ids[..4].to_vec()]);
        assert_eq!(
            client.get(&format!("{path}?statsPeriod=1h")).await.ok().each("/id"),
            ids[..5]
        );
        let between = format!("{path}?start=2026-11-21T02:36:30&end=2026-11-21T02:39:00");
        assert_eq!(client.get(&between).await.ok().each("/id"), ids[1..4]);
        client.get(&format!("{path}?statsPeriod=x")).await.assert(400);
        client.get(&format!("{path}?per_page=500")).await.assert(400);

        let of_project = "/api/0/projects/acme/shop/events/";
        let all = client.get(of_project).await.ok();
        assert_eq!(all.each("/eventID").len(), 7);
        let expected = json!({
            "id": other.to_string(),
            "event.type": "default",
            "groupID": issue.to_string(),
            "eventID": other.to_string(),
            "projectID": api.project().to_string(),
            "message": "b happened",
            "title": "b happened",
            "location": null,
            "culprit": "",
            "user": null,
            "tags": [{ "key": "level", "value": "error" }],
            "platform": "other",
            "dateCreated": "2026-11-21T02:40:00Z",
            "crashFile": null,
            "metadata": { "title": "b happened" },
        });
        assert_eq!(all.body[0], expected);
        assert_eq!(
            client
                .pages(&format!("{of_project}?per_page=3"), "next", "/id")
                .await
                .len(),
            3
        );
        let full = client.get(&format!("{of_project}?full=1&per_page=1")).await.ok();
        assert_eq!(full.at("/0/entries/0/type"), "message");
    })
    .await;
}

#[tokio::test]
async fn events_are_searched() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let mut ids = Vec::new();
        for (age, region, environment) in [(4, "eu", "production"), (3, "us", "production"), (2, "eu", "staging")] {
            let mut event = message("a", NOW - minutes(age));
            event["tags"] = json!({ "region": region });
            event["environment"] = json!(environment);
            ids.push(json!(api.save(event).await.1.to_string()));
        }
        api.save(message("b", NOW)).await;
        let client = api.client();
        let path = "/api/0/organizations/acme/issues/SHOP-1/events/";
        for (parameters, expected) in [
            ("query=region:eu", vec![2, 0]),
            ("query=region:eu&environment=production", vec![0]),
            ("query=region:us%20OR%20environment:staging", vec![2, 1]),
            ("environment=staging", vec![2]),
            ("query=b", vec![]),
            ("query=issue:SHOP-2", vec![]),
            (
                "query=happened&start=2026-11-21T02:36:00&end=2026-11-21T02:37:30",
                vec![1, 0],
            ),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|index: usize| ids[index].clone()).collect();
            let found = client.get(&format!("{path}?{parameters}")).await.ok();
            assert_eq!(found.each("/id"), expected, "{parameters}");
        }
        let of_project = "/api/0/projects/acme/shop/events/?query=region:eu%20!environment:staging";
        assert_eq!(client.get(of_project).await.ok().each("/id"), ids[..1]);
        let one = async |path: &str| {
            client
                .get(&format!("/api/0/organizations/acme/issues/SHOP-1/events/{path}"))
                .await
        };
        assert_eq!(*one("latest/?query=region:us").await.ok().at("/id"), ids[1]);
        assert_eq!(*one("oldest/?environment=staging").await.ok().at("/id"), ids[2]);
        one("latest/?query=region:asia").await.assert(404);
        for (parameters, status) in [
            ("query=(region:eu", 400),
            ("query=count():%3E1", 400),
            ("query=issue:SHOP-9", 400),
            ("environment=nowhere", 404),
        ] {
            client.get(&format!("{path}?{parameters}")).await.assert(status);
        }
        let error = client.get(&format!("{path}?query=a%20(b")).await.assert(400);
        assert!(error.text("/detail").contains("at character 3"), "{}", error.body);
    })
    .await;
}

#[tokio::test]
async fn event_ids_are_resolved() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, id) = api.save(rich(NOW)).await;
        let path = "/api/0/organizations/acme/eventids/";
        let found = api.client().get(&format!("{path}{id}/")).await.ok();
        assert_eq!(
            (found.at("/organizationSlug"), found.at("/projectSlug")),
            (&json!("acme"), &json!("shop"))
        );
        assert_eq!(
            (found.at("/groupId"), found.at("/eventId")),
            (&json!(issue.to_string()), &json!(id.to_string()))
        );
        assert_eq!(found.at("/event/entries/0/type"), "message");
        assert_eq!(
            api.client()
                .get(&format!("{path}00000000000000000000000000000000/"))
                .await
                .assert(404)
                .body,
            json!({ "detail": "Event not found" })
        );
        api.client().get(&format!("{path}odd/")).await.assert(400);
    })
    .await;
}
