//! What the search of issues finds, through the API.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::{message, minutes},
};

const PATH: &str = "/api/0/organizations/acme/issues/";

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// An event of the issue of this name, so many minutes ago.
fn event(name: &str, age: u64, more: Value) -> Value {
    let mut event = message(name, NOW - minutes(age));
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

/// Three issues of `shop` with events that differ, and one of `depot`.
async fn seed(api: &Api) {
    for (name, age, more) in [
        // One event with Chrome, another one with release 2: none with both.
        (
            "apple",
            300,
            json!({ "release": "shop@1.0", "environment": "production", "tags": { "browser": "Chrome" }, "user": { "id": "1" } }),
        ),
        (
            "apple",
            200,
            json!({ "release": "shop@2.0", "environment": "staging", "tags": { "browser": "Firefox" }, "user": { "id": "2" } }),
        ),
        (
            "apple",
            10,
            json!({ "release": "shop@2.0", "environment": "staging", "user": { "id": "2" } }),
        ),
        (
            "banana",
            250,
            json!({ "release": "shop@2.0", "environment": "production", "tags": { "browser": "Chrome" }, "level": "fatal" }),
        ),
        (
            "banana",
            100,
            json!({ "release": "shop@2.0", "environment": "production", "level": "fatal", "user": { "id": "1" } }),
        ),
        (
            "cherry",
            50,
            json!({ "level": "warning", "breadcrumbs": { "values": [{ "message": "opened the basket" }] } }),
        ),
    ] {
        api.save(event(name, age, more)).await;
    }
    let depot = api.add_project("depot").await;
    api.save_in(depot, event("date", 5, json!({ "release": "depot@1.0" })))
        .await;
    let resolved = api.client().get(&format!("{PATH}?query=banana")).await.ok();
    let id = resolved.text("/0/id");
    api.client()
        .put(
            &format!("{PATH}{id}/"),
            json!({ "status": "resolved", "assignedTo": "owner@example.com" }),
        )
        .await
        .ok();
}

async fn found(api: &Api, parameters: &str) -> Vec<String> {
    let list = api.client().get(&format!("{PATH}?{parameters}")).await.ok();
    let name = |title: &Value| title.as_str().unwrap().split(' ').next().unwrap().to_owned();
    list.each("/title").iter().map(name).collect()
}

#[tokio::test]
async fn searches_mix_what_issues_and_events_have() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let all = ["apple", "banana", "cherry", "date"];
        let cases: &[(&str, &[&str])] = &[
            ("", &all),
            ("is:unresolved", &["apple", "cherry", "date"]),
            ("release:shop@1.0", &["apple"]),
            ("release:shop@*", &["apple", "banana"]),
            ("release:[shop@1.0, depot@1.0]", &["apple", "date"]),
            ("browser:Chrome", &["apple", "banana"]),
            // One event must have both.
            ("browser:Chrome release:shop@2.0", &["banana"]),
            ("browser:Chrome release:shop@1.0", &["apple"]),
            // No event may have it.
            ("!browser:Chrome", &["cherry", "date"]),
            ("!release:shop@1.0", &["banana", "cherry", "date"]),
            ("has:browser", &["apple", "banana"]),
            ("!has:release", &["cherry"]),
            ("user.id:2", &["apple"]),
            ("level:fatal OR level:warning", &["banana", "cherry"]),
            // Of the issue or of its events, in parentheses or not.
            ("is:resolved OR release:shop@1.0", &["apple", "banana"]),
            (
                "(is:resolved OR release:depot@1.0) level:[fatal, error]",
                &["banana", "date"],
            ),
            (
                "is:unresolved AND (browser:Chrome OR level:warning)",
                &["apple", "cherry"],
            ),
            ("is:unresolved !(browser:Chrome OR level:warning)", &["date"]),
            ("assigned:me OR browser:Firefox", &["apple", "banana"]),
            ("assigned:me browser:Firefox", &[]),
            ("project:depot OR release:shop@1.0", &["apple", "date"]),
            ("!project:shop", &["date"]),
            ("issue:[SHOP-1, depot-1]", &["apple", "date"]),
            ("issue:SHOP-99", &[]),
            ("times_seen:>2", &["apple"]),
            ("times_seen:>1 !browser:Firefox", &["banana"]),
            ("last_seen:-1h", &["apple", "cherry", "date"]),
            ("age:+4h", &["apple", "banana"]),
            ("cherry", &["cherry"]),
            ("basket", &["cherry"]),
            ("!basket", &["apple", "banana", "date"]),
            ("basket OR banana", &["banana", "cherry"]),
            ("nothing-of-the-kind", &[]),
        ];
        for (query, expected) in cases {
            let names: BTreeSet<String> = found(&api, &format!("query={}", encoded(query)))
                .await
                .into_iter()
                .collect();
            let expected: BTreeSet<String> = expected.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(names, expected, "{query}");
        }
        assert_eq!(
            found(&api, &format!("query={}&project=depot", encoded("!browser:Chrome"))).await,
            ["date"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_mistake_is_told_with_its_place() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        for (query, position, suggestion) in [
            ("is:unresolvd", 3, json!("unresolved")),
            ("é (level:error OR", 17, Value::Null),
            ("a \"b", 2, Value::Null),
        ] {
            let wrong = api
                .client()
                .get(&format!("{PATH}?query={}", encoded(query)))
                .await
                .assert(400);
            assert!(
                wrong.text("/detail").starts_with("Error parsing search query: "),
                "{query}"
            );
            let place = wrong.at("/position").as_u64().unwrap();
            if suggestion.is_null() {
                assert!(place <= query.chars().count() as u64, "{query}: {}", wrong.body);
            } else {
                assert_eq!((place, wrong.at("/suggestion")), (position, &suggestion), "{query}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_time_holds_for_the_events_that_match() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let check = async |parameters: &str, expected: &[&str]| {
            assert_eq!(
                found(&api, &format!("query=&{parameters}")).await,
                expected,
                "{parameters}"
            );
        };
        check("statsPeriod=1h", &["date", "apple", "cherry"]).await;
        // Of the time before, those that had an event in it: apple was seen before and after, but not then.
        let between = |from: u64, to: u64| format!("start={}&end={}", NOW - minutes(from), NOW - minutes(to));
        check(&between(150, 60), &["banana"]).await;
        check(&between(260, 150), &["apple", "banana"]).await;
        check(&between(199, 101), &[]).await;
        // When it was first seen is told of all time.
        check(&format!("sort=new&{}", between(320, 150)), &["banana", "apple"]).await;
        check("environment=production&statsPeriod=2h", &["banana"]).await;
        check("environment=production", &["banana", "apple"]).await;
        check("environment=staging&statsPeriod=2h", &["apple"]).await;
        let in_time = format!("{}&query=release:shop@1.0", between(260, 150));
        assert_eq!(found(&api, &in_time).await, [""; 0]);
        assert_eq!(found(&api, "environment=staging&query=browser:Chrome").await, [""; 0]);
        assert_eq!(
            found(&api, "environment=production&query=browser:Chrome").await,
            ["banana", "apple"]
        );
    })
    .await;
}

#[tokio::test]
async fn counts_are_of_the_time_the_environments_and_the_search() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let list = api
            .client()
            .get(&format!("{PATH}?query=issue:SHOP-1+release:shop@2.0&statsPeriod=4h"))
            .await
            .ok();
        let at = |pointer: &str| list.at(&format!("/0{pointer}")).clone();
        assert_eq!((at("/count"), at("/userCount")), (json!("2"), json!(1)));
        assert_eq!(
            (at("/lifetime/count"), at("/lifetime/userCount")),
            (json!("3"), json!(2))
        );
        assert_eq!(
            (at("/filtered/count"), at("/filtered/userCount")),
            (json!("2"), json!(1))
        );
        assert_eq!(at("/firstSeen"), json!((NOW - minutes(200)).to_string()));
        assert_eq!(at("/lifetime/firstSeen"), json!((NOW - minutes(300)).to_string()));
        let sum = |points: Value| {
            points
                .as_array()
                .unwrap()
                .iter()
                .map(|point| point[1].as_i64().unwrap())
                .sum::<i64>()
        };
        assert_eq!((sum(at("/stats/24h")), sum(at("/filtered/stats/24h"))), (3, 2));

        let staging = api
            .client()
            .get(&format!("{PATH}?query=apple&environment=staging"))
            .await
            .ok();
        assert_eq!(staging.at("/0/count"), "2");
        assert_eq!(staging.at("/0/lifetime/count"), "2");
        assert_eq!(staging.at("/0/filtered"), &Value::Null);
        assert_eq!(sum(staging.at("/0/stats/24h").clone()), 2);

        // The same numbers alone.
        let id = staging.text("/0/id");
        let path =
            format!("/api/0/organizations/acme/issues-stats/?groups={id}&environment=staging&query=browser:Firefox");
        let stats = api.client().get(&path).await.ok();
        assert_eq!(stats.at("/0/id"), &json!(id));
        assert_eq!(
            (stats.at("/0/count"), stats.at("/0/filtered/count")),
            (&json!("2"), &json!("1"))
        );
        assert_eq!(stats.body[0].get("title"), None);
        let nothing = "/api/0/organizations/acme/issues-stats/";
        api.client().get(nothing).await.assert(400);

        let series = api.client().get(&format!("/api/0/issues/{id}/stats/")).await.ok();
        assert_eq!(
            (series.body.as_array().unwrap().len(), sum(series.body.clone())),
            (24, 3)
        );
        let (since, until) = ((NOW - minutes(240)).seconds(), NOW.seconds());
        let narrow = format!("/api/0/issues/{id}/stats/?since={since}&until={until}&resolution=1h&environment=staging");
        assert_eq!(sum(api.client().get(&narrow).await.ok().body), 2);
        for bad in ["resolution=0s", "since=x", "since=9&until=8", "resolution=1s"] {
            let path = format!("/api/0/issues/{id}/stats/?{bad}");
            api.client().get(&path).await.assert(400);
        }
    })
    .await;
}

#[tokio::test]
async fn frequent_issues_are_those_of_the_time() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let check = async |parameters: &str, expected: &[&str]| {
            assert_eq!(
                found(&api, &format!("query=&{parameters}")).await,
                expected,
                "{parameters}"
            );
        };
        check("sort=freq", &["apple", "banana", "date", "cherry"]).await;
        check("sort=freq&statsPeriod=2h", &["date", "cherry", "banana", "apple"]).await;
        check("sort=freq&statsPeriod=4h", &["apple", "date", "cherry", "banana"]).await;
        check("sort=user&statsPeriod=1d", &["apple", "banana", "date", "cherry"]).await;
        check("sort=freq&environment=production", &["banana", "apple"]).await;
        check("sort=user&environment=production", &["banana", "apple"]).await;
        // A tenth of ten hours is the last one.
        check("sort=trends&statsPeriod=10h", &["date", "cherry", "apple", "banana"]).await;
        // What was resolved waits for nobody.
        check("sort=inbox", &["date", "cherry", "apple", "banana"]).await;
    })
    .await;
}

#[tokio::test]
async fn pages_by_frequency_neither_repeat_nor_skip_while_events_come_in() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        for (index, name) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
            for event in 0..=(index as u64 / 2) {
                api.save(message(name, NOW - minutes(30 + event))).await;
            }
        }
        let base = format!("{PATH}?sort=freq&statsPeriod=1d&limit=2");
        let first = api.client().get(&base).await.ok();
        assert_eq!(first.each("/shortId"), ["SHOP-5", "SHOP-4"]);
        assert_eq!(first.header("x-hits"), Some("5"));
        // The last one becomes the most frequent one.
        api.clock.advance(minutes(1));
        for _ in 0..9 {
            api.save(message("a", NOW + Duration::from_secs(30))).await;
        }
        let second = api.client().get(&first.link("next").0).await.ok();
        assert_eq!(second.each("/shortId"), ["SHOP-3", "SHOP-2"]);
        let third = api.client().get(&second.link("next").0).await.ok();
        assert_eq!(
            (third.each("/shortId"), third.link("next").1),
            (vec![json!("SHOP-1")], false)
        );
        let back = api.client().get(&third.link("previous").0).await.ok();
        assert_eq!(back.each("/shortId"), ["SHOP-3", "SHOP-2"]);
        assert_eq!(
            api.client().get(&base).await.ok().each("/shortId"),
            ["SHOP-1", "SHOP-5"]
        );
    })
    .await;
}

#[tokio::test]
async fn searches_are_counted() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let counts = async |parameters: &str| {
            let path = format!("/api/0/organizations/acme/issues-count/?{parameters}");
            api.client().get(&path).await.ok().body
        };
        assert_eq!(
            counts("query=is:unresolved&query=browser:Chrome&query=").await,
            json!({ "is:unresolved": 3, "browser:Chrome": 2, "": 4 })
        );
        assert_eq!(counts("query=&project=depot").await, json!({ "": 1 }));
        let (start, end) = (NOW - minutes(150), NOW - minutes(60));
        assert_eq!(
            counts(&format!("query=&start={start}&end={end}")).await,
            json!({ "": 1 })
        );
        assert_eq!(counts("").await, json!({}));
        let wrong = "/api/0/organizations/acme/issues-count/?query=is:odd";
        api.client().get(wrong).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn changes_are_made_to_what_a_search_finds() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let query = encoded("browser:Chrome OR level:warning");
        api.client()
            .put(&format!("{PATH}?query={query}"), json!({ "status": "ignored" }))
            .await
            .ok();
        let mut ignored = found(&api, "query=is:ignored").await;
        ignored.sort();
        assert_eq!(ignored, ["apple", "banana", "cherry"]);
        api.client()
            .delete(&format!("{PATH}?query={}", encoded("is:ignored !browser:Chrome")))
            .await
            .assert(204);
        let mut left = found(&api, "query=").await;
        left.sort();
        assert_eq!(left, ["apple", "banana", "date"]);
    })
    .await;
}

#[tokio::test]
async fn organizations_see_their_own() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let stranger = api.stranger().await;
        for parameters in [
            "query=",
            "query=browser:Chrome",
            "query=basket",
            "sort=freq&statsPeriod=1d",
            "query=issue:SHOP-1",
        ] {
            let theirs = stranger
                .get(&format!("/api/0/organizations/globex/issues/?{parameters}"))
                .await
                .ok();
            assert_eq!(theirs.body, json!([]), "{parameters}");
        }
        let keys = stranger.get("/api/0/organizations/globex/tags/").await.ok();
        assert_eq!(keys.body, json!([]));
        let values = stranger
            .get("/api/0/organizations/globex/tags/browser/values/")
            .await
            .ok();
        assert_eq!(values.body, json!([]));
        for path in [
            "issues/",
            "tags/",
            "tags/browser/values/",
            "issues-count/?query=",
            "issues-stats/?groups=1",
        ] {
            stranger
                .get(&format!("/api/0/organizations/acme/{path}"))
                .await
                .assert(404);
        }
        for path in ["tags/", "tags/browser/values/"] {
            stranger
                .get(&format!("/api/0/projects/acme/shop/{path}"))
                .await
                .assert(404);
        }
    })
    .await;
}

#[tokio::test]
async fn tags_of_all_events_are_listed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let client = api.client();
        let keys = client.get("/api/0/organizations/acme/tags/?project=shop").await.ok();
        let browser = keys.body.as_array().unwrap().iter().find(|tag| tag["key"] == "browser");
        assert_eq!(
            browser,
            Some(&json!({ "key": "browser", "name": "Browser", "totalValues": 3 }))
        );
        assert!(keys.each("/key").contains(&json!("environment")));
        let names = async |path: &str| client.get(path).await.ok().each("/value");
        let values = "/api/0/organizations/acme/tags/browser/values/";
        assert_eq!(names(values).await, ["Firefox", "Chrome"]);
        assert_eq!(names(&format!("{values}?sort=-count")).await, ["Chrome", "Firefox"]);
        assert_eq!(names(&format!("{values}?query=FIRE")).await, ["Firefox"]);
        assert_eq!(names(&format!("{values}?statsPeriod=1h")).await, [""; 0]);
        assert_eq!(names(&format!("{values}?environment=production")).await, ["Chrome"]);
        let pages = client.pages(&format!("{values}?per_page=1"), "next", "/value").await;
        assert_eq!(pages, [[json!("Firefox")], [json!("Chrome")]]);

        let project = client.get("/api/0/projects/acme/shop/tags/").await.ok();
        let browser = project
            .body
            .as_array()
            .unwrap()
            .iter()
            .find(|tag| tag["key"] == "browser");
        assert_eq!(
            browser,
            Some(&json!({
                "key": "browser", "name": "Browser", "uniqueValues": 2, "totalValues": 3, "canDelete": false,
            }))
        );
        let values = "/api/0/projects/acme/shop/tags/release/values/";
        assert_eq!(names(values).await, ["shop@2.0", "shop@1.0"]);
        client
            .get("/api/0/organizations/acme/tags/?dataset=odd")
            .await
            .assert(400);
    })
    .await;
}

/// Most events of some issues are older than the time that is asked about, so what their rows count misleads.
#[tokio::test]
async fn pages_by_frequency_are_those_of_a_plain_sort() {
    const ISSUES: u64 = 80;
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let mut random = 7_u64;
        let mut below = |end: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % end
        };
        let mut expected = Vec::new();
        for number in 0..ISSUES {
            let name: String = [number / 26, number % 26]
                .into_iter()
                .map(|letter| char::from(b'a' + u8::try_from(letter).unwrap()))
                .collect();
            let (old, new) = (below(4), below(5));
            let ages = (0..old).map(|event| 300 + event).chain((0..new).map(|event| 1 + event));
            let mut issue = None;
            for age in ages {
                issue = Some(api.save(message(&name, NOW - minutes(age))).await.0);
            }
            if new > 0 {
                expected.push((new, issue.unwrap()));
            }
        }
        expected.sort_unstable();
        let expected: Vec<String> = expected.iter().rev().map(|(_, issue)| issue.to_string()).collect();
        for limit in [3, 25] {
            let mut path = format!("{PATH}?sort=freq&statsPeriod=2h&limit={limit}");
            let mut found = Vec::new();
            loop {
                let page = api.client().get(&path).await.ok();
                found.extend(page.each("/id"));
                let (next, has_more) = page.link("next");
                if !has_more {
                    break;
                }
                path = next;
            }
            assert_eq!(found, expected, "pages of {limit}");
        }
    })
    .await;
}
