use serde_json::{Value, json};
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::{message, minutes, rich},
};

#[tokio::test]
async fn an_issue_is_shown_with_all_around_it() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(rich(NOW - minutes(5))).await;
        let path = format!("/api/0/organizations/acme/issues/{issue}/");
        let shown = api.client().get(&path).await.ok();
        assert_eq!(
            (shown.at("/id"), shown.at("/shortId")),
            (&json!(issue.to_string()), &json!("SHOP-1"))
        );
        assert_eq!(shown.at("/firstRelease/version"), "shop@1.2.0");
        assert_eq!(shown.at("/firstRelease/versionInfo/package"), "shop");
        assert_eq!(shown.at("/firstRelease/newGroups"), 1);
        assert_eq!(shown.at("/lastRelease"), shown.at("/firstRelease"));
        assert_eq!(shown.at("/activity/0/type"), "first_seen");
        assert_eq!(shown.at("/activity/0/dateCreated"), "2026-11-21T02:35:00Z");
        assert_eq!(
            (shown.at("/seenBy"), shown.at("/participants")),
            (&json!([]), &json!([]))
        );
        assert_eq!(shown.at("/userReportCount"), 0);
        let (hours, days) = (
            shown.at("/stats/24h").as_array().unwrap(),
            shown.at("/stats/30d").as_array().unwrap(),
        );
        assert_eq!((hours.len(), days.len()), (24, 30));
        assert_eq!((&hours[23][1], &days[29]), (&json!(1), &json!([1_795_219_200, 1])));
        let tags = shown.at("/tags").as_array().unwrap();
        let region = json!({ "key": "region", "name": "Region", "uniqueValues": 1, "totalValues": 1 });
        assert!(tags.contains(&region), "{tags:?}");
        let keys: Vec<&str> = tags.iter().map(|tag| tag["key"].as_str().unwrap()).collect();
        for key in ["environment", "level", "release", "server_name", "user"] {
            assert!(keys.contains(&key), "{keys:?}");
        }
        let short = api
            .client()
            .get(&format!("{path}?collapse=release&collapse=stats&collapse=tags"))
            .await
            .ok();
        for part in ["firstRelease", "lastRelease", "stats", "tags"] {
            assert_eq!(short.body.get(part), None, "{part}");
        }
        // By its short id as well, in the organization only.
        let by_short_id = api.client().get("/api/0/organizations/acme/issues/shop-1/").await.ok();
        assert_eq!(by_short_id.at("/id"), shown.at("/id"));
        for path in [
            "/api/0/organizations/acme/issues/SHOP-2/",
            "/api/0/organizations/acme/issues/1/",
            "/api/0/issues/x/",
        ] {
            assert_eq!(
                api.client().get(path).await.assert(404).body,
                json!({ "detail": "The requested resource does not exist" })
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_issue_goes_through_its_states() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(message("a", NOW - minutes(5))).await;
        let client = api.client();
        for path in [
            format!("/api/0/organizations/acme/issues/{issue}/"),
            format!("/api/0/issues/{issue}/"),
        ] {
            let state = async |body: Value| {
                let changed = client.put(&path, body).await.ok();
                assert_eq!(changed.at("/statusDetails"), &json!({}));
                let shown = client.get(&path).await.ok();
                assert_eq!(
                    (shown.at("/status"), shown.at("/substatus")),
                    (changed.at("/status"), changed.at("/substatus"))
                );
                (changed.text("/status"), changed.at("/substatus").clone())
            };
            assert_eq!(
                state(json!({ "status": "resolved" })).await,
                ("resolved".to_owned(), json!(null))
            );
            assert_eq!(
                state(json!({ "status": "unresolved" })).await,
                ("unresolved".to_owned(), json!("ongoing"))
            );
            assert_eq!(
                state(json!({ "status": "ignored" })).await,
                ("ignored".to_owned(), json!("archived_forever"))
            );
            assert_eq!(
                state(json!({})).await,
                ("ignored".to_owned(), json!("archived_forever"))
            );
            assert_eq!(state(json!({ "status": "resolved" })).await.0, "resolved");
        }
        api.clock.advance(minutes(1));
        api.save(message("a", api.app.now())).await;
        let reopened = client.get(&format!("/api/0/issues/{issue}/")).await.ok();
        assert_eq!(
            (reopened.at("/status"), reopened.at("/substatus")),
            (&json!("unresolved"), &json!("regressed"))
        );
        assert_eq!(
            client.delete(&format!("/api/0/issues/{issue}/")).await.assert(202).body,
            Value::Null
        );
        client.get(&format!("/api/0/issues/{issue}/")).await.assert(404);
        client.delete(&format!("/api/0/issues/{issue}/")).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn an_issue_is_assigned_and_seen() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(message("a", NOW)).await;
        let client = api.client();
        let path = format!("/api/0/organizations/acme/issues/{issue}/");
        let user = client.get("/api/0/users/me/").await.ok().text("/id");
        let number: i64 = user.parse().unwrap();
        let forms = [
            json!("OWNER@example.com"),
            json!(format!("user:{user}")),
            json!(user),
            json!(number),
        ];
        for (form, nobody) in forms.into_iter().zip([json!(""), json!(null), json!(""), json!(null)]) {
            let assigned = client.put(&path, json!({ "assignedTo": form })).await.ok();
            assert_eq!(assigned.at("/assignedTo/id"), &json!(user), "{form}");
            assert_eq!(assigned.at("/assignedTo/type"), "user");
            let mine = client
                .get("/api/0/organizations/acme/issues/?query=assigned:me")
                .await
                .ok();
            assert_eq!(mine.at("/0/assignedTo/email"), "owner@example.com");
            assert_eq!(
                client
                    .put(&path, json!({ "assignedTo": nobody }))
                    .await
                    .ok()
                    .at("/assignedTo"),
                &json!(null)
            );
        }
        assert_eq!(
            client
                .put(&path, json!({ "hasSeen": true, "priority": "medium" }))
                .await
                .ok()
                .at("/hasSeen"),
            true
        );
        let shown = client.get(&path).await.ok();
        assert_eq!(
            (shown.at("/seenBy/0/email"), shown.at("/seenBy/0/lastSeen")),
            (&json!("owner@example.com"), &json!("2026-11-21T02:40:00Z"))
        );
        assert_eq!(shown.at("/priority"), "medium");
        assert_eq!(
            client.put(&path, json!({ "hasSeen": false })).await.ok().at("/hasSeen"),
            false
        );
        assert_eq!(client.get(&path).await.ok().at("/seenBy"), &json!([]));
    })
    .await;
}

#[tokio::test]
async fn hashes_come_with_their_latest_event() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(message("a", NOW - minutes(2))).await;
        let (_, latest) = api.save(message("a", NOW - minutes(1))).await;
        let path = format!("/api/0/organizations/acme/issues/{issue}/hashes/");
        let hashes = api.client().get(&path).await.ok();
        assert_eq!(hashes.body.as_array().unwrap().len(), 1);
        assert_eq!(hashes.text("/0/id").len(), 32);
        assert_eq!(hashes.at("/0/latestEvent/eventID"), &json!(latest.to_string()));
        assert_eq!(hashes.at("/0/latestEvent/fingerprints/0"), hashes.at("/0/id"));
        assert!(hashes.at("/0/latestEvent/entries").is_array());
        assert!(!hashes.link("next").1);
        let short = api.client().get(&format!("{path}?full=false")).await.ok();
        assert_eq!(short.at("/0/latestEvent/event.type"), "default");
        assert_eq!(short.body[0]["latestEvent"].get("entries"), None);
    })
    .await;
}

#[tokio::test]
async fn short_ids_are_resolved() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(message("a", NOW)).await;
        let path = "/api/0/organizations/acme/shortids/";
        let found = api.client().get(&format!("{path}shop-1/?collapse=stats")).await.ok();
        assert_eq!(found.at("/organizationSlug"), "acme");
        assert_eq!(
            (found.at("/projectSlug"), found.at("/shortId")),
            (&json!("shop"), &json!("SHOP-1"))
        );
        assert_eq!(
            (found.at("/groupId"), found.at("/group/id")),
            (&json!(issue.to_string()), &json!(issue.to_string()))
        );
        assert_eq!(found.at("/group").get("stats"), None);
        api.client().get(&format!("{path}SHOP-2/")).await.assert(404);
        api.client().get(&format!("{path}{issue}/")).await.assert(404);
        api.client().get(&format!("{path}odd/")).await.assert(404);
    })
    .await;
}
