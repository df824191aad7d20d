use serde_json::{Value, json};
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::{message, minutes},
};

fn event(region: &str, user: Option<&str>, age: u64) -> Value {
    let mut event = message("a", NOW - minutes(age));
    event["tags"] = json!({ "region": region });
    event["user"] = user.map_or(Value::Null, |id| json!({ "id": id }));
    event
}

#[tokio::test]
async fn tags_are_counted_by_value() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        for (region, user, age) in [
            ("eu", Some("7"), 9),
            ("us", None, 5),
            ("eu", None, 3),
            ("ap\"ac", None, 4),
        ] {
            api.save(event(region, user, age)).await;
        }
        let (issue, _) = api.save(event("eu", None, 2)).await;
        let client = api.client();
        let path = format!("/api/0/issues/{issue}/tags/");
        let all = client.get(&path).await.ok();
        assert_eq!(all.each("/key"), ["level", "region", "user"]);
        let value = |value: &str, count: u32, first: &str, last: &str| {
            json!({
                "key": "region", "name": value, "value": value, "count": count,
                "firstSeen": format!("2026-11-21T02:{first}:00Z"), "lastSeen": format!("2026-11-21T02:{last}:00Z"),
            })
        };
        let values = [
            value("eu", 3, "31", "38"),
            value("ap\"ac", 1, "36", "36"),
            value("us", 1, "35", "35"),
        ];
        let region =
            json!({ "key": "region", "name": "Region", "uniqueValues": 3, "totalValues": 5, "topValues": values });
        assert_eq!(all.body[1], region);
        assert_eq!(
            client.get(&format!("{path}?key=region")).await.ok().body,
            json!([region])
        );
        for key in ["region", "sentry:region"] {
            assert_eq!(client.get(&format!("{path}{key}/")).await.ok().body, region);
        }
        let user = client.get(&format!("{path}user/")).await.ok();
        assert_eq!(
            (user.at("/topValues/0/value"), user.at("/topValues/0/query")),
            (&json!("id:7"), &json!("user.id:\"7\""))
        );
        assert_eq!(user.at("/uniqueValues"), 1);

        let list = format!("/api/0/organizations/acme/issues/{issue}/tags/region/values/");
        assert_eq!(client.get(&list).await.ok().each("/value"), ["eu", "ap\"ac", "us"]);
        assert_eq!(
            client.get(&format!("{list}?sort=-age")).await.ok().each("/value"),
            ["ap\"ac", "us", "eu"]
        );
        assert_eq!(
            client.get(&format!("{list}?sort=count")).await.ok().each("/count"),
            [3, 1, 1]
        );
        let pages = client.pages(&format!("{list}?per_page=2"), "next", "/value").await;
        assert_eq!(pages, [vec![json!("eu"), json!("ap\"ac")], vec![json!("us")]]);
        for absent in ["absent/", "absent/values/", "%2f/"] {
            client.get(&format!("{path}{absent}")).await.assert(404);
        }
    })
    .await;
}
