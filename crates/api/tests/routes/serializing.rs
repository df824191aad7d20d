//! How what is stored becomes JSON, whatever the list is of.

use serde_json::Value;

use crate::{
    api::{Api, NOW},
    seed::{message, minutes, rich},
    statements::counted,
};

/// A list is loaded by statements for all of its rows, never by one for each.
#[tokio::test]
async fn api2_a_list_of_100_issues_uses_a_bounded_number_of_queries() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for number in 0..100_u64 {
            let mut payload = message(&format!("issue {number}"), NOW - minutes(number));
            payload["user"] = serde_json::json!({ "id": number.to_string() });
            payload["release"] = format!("shop@1.0.{number}").into();
            let (issue, _) = api.save(payload).await;
            let one = format!("/api/0/organizations/acme/issues/{issue}/");
            let mut change = serde_json::json!({ "assignedTo": "owner@example.com", "isBookmarked": true });
            // Every third has a state with details.
            if number % 3 == 0 {
                change["status"] = "ignored".into();
                change["statusDetails"] = serde_json::json!({ "ignoreCount": 5 });
                change["isPublic"] = true.into();
            }
            client.put(&one, change).await.ok();
        }
        let expand = ["inbox", "owners", "latestEventHasAttachments"]
            .map(|name| format!("&expand={name}"))
            .concat();
        for path in [
            "organizations/acme/issues",
            "projects/acme/shop/issues",
            "organizations/acme/projects",
        ] {
            let ask = async |limit: usize| {
                let path = format!("/api/0/{path}/?query=&limit={limit}&per_page={limit}{expand}");
                let (answer, statements) = counted(client.get(&path)).await;
                (answer.ok().body.as_array().unwrap().len(), statements)
            };
            let (few, of_few) = ask(5).await;
            let (many, of_many) = ask(100).await;
            if path.ends_with("issues") {
                assert_eq!((few, many), (5, 100), "{path}");
            }
            assert!(
                of_few > 0 && of_many <= of_few + 2,
                "{path}: {of_few} and {of_many} statements"
            );
            assert!(of_many <= 40, "{path}: {of_many} statements");
        }
    })
    .await;
}

/// What is absent is `null` in every answer, and the same event is the same answer each time.
#[tokio::test]
async fn api2_none_stays_null_and_the_same_event_is_the_same_answer() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let (_, event) = api.save(message("plain", NOW)).await;
    let path = format!("/api/0/projects/acme/shop/events/{event}/");
    let shown = api.client().get(&path).await.ok();
    for name in ["user", "release", "culprit"] {
        assert!(
            shown.body.get(name).is_some_and(|value| value.is_null() || value == ""),
            "{name}: {}",
            shown.body
        );
    }
    assert_eq!(shown.raw(), api.client().get(&path).await.ok().raw());
    let (_, event) = api.save(rich(NOW)).await;
    let shown = api
        .client()
        .get(&format!("/api/0/projects/acme/shop/events/{event}/"))
        .await
        .ok();
    assert!(
        shown.body["entries"]
            .as_array()
            .is_some_and(|entries| !entries.is_empty()),
        "{}",
        shown.body
    );
    assert_ne!(shown.body["user"], Value::Null);
}
