use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::{message, minutes, rich},
};

const ORGANIZATION: &str = "/api/0/organizations/acme/issues/";
const PROJECT: &str = "/api/0/projects/acme/shop/issues/";

/// What the last words of the titles of a list are.
async fn titles(api: &Api, path: &str) -> Vec<String> {
    let list = api.client().get(path).await.ok();
    let name = |title: &Value| title.as_str().unwrap().split(' ').next().unwrap().to_owned();
    list.each("/title").iter().map(name).collect()
}

#[tokio::test]
async fn an_issue_has_all_of_its_fields() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        api.save(rich(NOW - minutes(5))).await;
        let mut again = rich(NOW - minutes(3));
        again["event_id"] = json!("00000000000000000000000000000001");
        again["user"] = json!({ "id": "8" });
        let (issue, _) = api.save(again).await;
        let listed = api.client().get(ORGANIZATION).await.ok();
        let mut found = listed.body[0].clone();
        let stats = found.as_object_mut().unwrap().remove("stats").unwrap();
        let metadata = found.as_object_mut().unwrap().remove("metadata").unwrap();
        let expected = json!({
            "id": issue.to_string(),
            "shareId": null,
            "shortId": "SHOP-1",
            "title": "ZeroDivisionError: division by zero",
            "culprit": "/checkout",
            "permalink": format!("https://tocsin.example/organizations/acme/issues/{issue}/"),
            "logger": "shop.checkout",
            "level": "fatal",
            "status": "unresolved",
            "statusDetails": {},
            "substatus": "new",
            "isPublic": false,
            "platform": "python",
            "priority": "high",
            "priorityLockedAt": null,
            "seerFixabilityScore": null,
            "seerAutofixLastTriggered": null,
            "seerExplorerAutofixLastTriggered": null,
            "project": { "id": api.project().to_string(), "name": "shop", "slug": "shop", "platform": "python" },
            "type": "error",
            "issueType": "error",
            "issueCategory": "error",
            "numComments": 0,
            "assignedTo": null,
            "isBookmarked": false,
            "isSubscribed": false,
            "subscriptionDetails": null,
            "hasSeen": false,
            "annotations": [],
            "isUnhandled": true,
            "count": "2",
            "userCount": 2,
            "firstSeen": "2026-11-21T02:35:00Z",
            "lastSeen": "2026-11-21T02:37:00Z",
            "lifetime": {
                "stats": null,
                "count": "2",
                "userCount": 2,
                "firstSeen": "2026-11-21T02:35:00Z",
                "lastSeen": "2026-11-21T02:37:00Z",
            },
            "filtered": null,
            "derivedData": {
                "blocker": "none", "progress": "none", "status": "open", "viewCount": 0, "hasOpenFixPr": false,
                "isAssigned": false, "hasRootCause": false, "lastCompletedAutofixStep": "none",
                "lastProgressedAt": null,
            },
            "matchingEventId": null,
            "matchingEventEnvironment": null,
        });
        assert_eq!(found, expected);
        assert_eq!(
            (&metadata["type"], &metadata["value"]),
            (&json!("ZeroDivisionError"), &json!("division by zero"))
        );
        let points = stats["24h"].as_array().unwrap();
        assert_eq!((points.len(), &points[23]), (24, &json!([1_795_226_400, 2])));
        assert_eq!(points[0], json!([1_795_226_400 - 23 * 3600, 0]));

        let of_project = api.client().get(PROJECT).await.ok();
        assert_eq!(of_project.at("/0/shortId"), "SHOP-1");
        assert_eq!(
            (of_project.body[0].get("lifetime"), of_project.body[0].get("filtered")),
            (None, None)
        );
        assert_eq!(of_project.body[0].get("owners"), None);
        let expand = "expand=owners&expand=inbox&expand=integrationIssues&expand=latestEventHasAttachments&expand=odd";
        for path in [
            format!("{ORGANIZATION}?{expand}"),
            format!("{ORGANIZATION}{issue}/?{expand}"),
        ] {
            let expanded = api.client().get(&path).await.ok().body;
            // A list tells the first owner, an issue by itself all of them.
            let owners = if expanded.is_array() { json!(null) } else { json!([]) };
            let expanded = expanded.get(0).unwrap_or(&expanded);
            let part = |name: &str| expanded.get(name).cloned();
            let is_new = json!({ "reason": 0, "reason_details": null, "date_added": "2026-11-21T02:40:00Z" });
            assert_eq!((part("owners"), part("inbox")), (Some(owners), Some(is_new)));
            assert_eq!(part("integrationIssues"), Some(json!([])));
            assert_eq!(part("latestEventHasAttachments"), Some(json!(false)));
            assert_eq!(part("sentryAppIssues"), None);
        }
        let collapse = "collapse=stats&collapse=lifetime&collapse=filtered&collapse=unhandled&collapse=base";
        let short = api.client().get(&format!("{ORGANIZATION}?{collapse}")).await.ok();
        for part in ["stats", "lifetime", "filtered", "isUnhandled"] {
            assert_eq!(short.body[0].get(part), None, "{part}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_search_is_for_unresolved_issues_unless_one_is_given() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["apple", "banana", "cherry"]).await;
        let change = async |index: usize, status: &str| {
            let path = format!("{ORGANIZATION}{}/", ids[index]);
            api.client().put(&path, json!({ "status": status })).await.ok();
        };
        change(0, "resolved").await;
        change(1, "ignored").await;
        for path in [ORGANIZATION, PROJECT] {
            assert_eq!(titles(&api, path).await, ["cherry"]);
            assert_eq!(
                titles(&api, &format!("{path}?query=")).await,
                ["cherry", "banana", "apple"]
            );
            assert_eq!(titles(&api, &format!("{path}?query=is:resolved")).await, ["apple"]);
            assert_eq!(
                titles(&api, &format!("{path}?query=is:ignored&cursor=")).await,
                ["banana"]
            );
            assert_eq!(
                titles(&api, &format!("{path}?query=!is:resolved+BANANA")).await,
                ["banana"]
            );
            assert_eq!(titles(&api, &format!("{path}?query=nothing")).await, [""; 0]);
            let wrong = api.client().get(&format!("{path}?query=is:resolvd")).await.assert(400);
            let detail = wrong.text("/detail");
            assert!(
                detail.starts_with("Error parsing search query: ") && detail.contains("at character 4"),
                "{detail}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn issues_are_found_by_project_environment_and_time() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let depot = api.add_project("depot").await;
        let mut event = message("apple", NOW - minutes(90));
        event["environment"] = json!("production");
        api.save(event).await;
        let mut event = message("banana", NOW - minutes(60 * 24 * 3));
        event["environment"] = json!("staging");
        api.save(event).await;
        api.save_in(depot, message("cherry", NOW - minutes(1))).await;
        let check = async |parameters: &str, expected: &[&str]| {
            assert_eq!(
                titles(&api, &format!("{ORGANIZATION}?{parameters}")).await,
                expected,
                "{parameters}"
            );
        };
        let shop = api.project();
        check("", &["cherry", "apple", "banana"]).await;
        check("project=-1", &["cherry", "apple", "banana"]).await;
        check(&format!("project={shop}"), &["apple", "banana"]).await;
        check(
            &format!("project={shop}&project={depot}"),
            &["cherry", "apple", "banana"],
        )
        .await;
        check("project=depot", &["cherry"]).await;
        check("projectSlug=shop&project=", &["apple", "banana"]).await;
        check("environment=production", &["apple"]).await;
        check(
            "environment=production&environment=staging&environment=",
            &["apple", "banana"],
        )
        .await;
        check("statsPeriod=1h", &["cherry"]).await;
        check("statsPeriod=2h", &["cherry", "apple"]).await;
        check("statsPeriod=1w&groupStatsPeriod=auto", &["cherry", "apple", "banana"]).await;
        check("statsPeriod=", &["cherry", "apple", "banana"]).await;
        check(
            "start=2026-11-18T00:00:00&end=2026-11-21T02:00:00",
            &["apple", "banana"],
        )
        .await;
        let refused = async |parameters: &str, status: u16| {
            let answer = api
                .client()
                .get(&format!("{ORGANIZATION}?{parameters}"))
                .await
                .assert(status);
            assert!(answer.body["detail"].is_string(), "{}", answer.body);
        };
        refused("project=1", 403).await;
        refused("project=absent", 403).await;
        refused("environment=absent", 404).await;
        for bad in [
            "statsPeriod=14x",
            "statsPeriod=99999999999d",
            "statsPeriod=4294967295w&groupStatsPeriod=auto",
            "start=2026-11-18T00:00:00",
            "end=2026-11-18T00:00:00",
        ] {
            refused(bad, 400).await;
        }
        refused("start=yesterday&end=today", 400).await;
        refused("start=2026-11-21T02:00:00&end=2026-11-18T00:00:00", 400).await;
        refused("groupStatsPeriod=7d", 400).await;
        refused("limit=x", 400).await;
        // Of a project's issues, `statsPeriod` is the timeline.
        assert_eq!(
            titles(&api, &format!("{PROJECT}?statsPeriod=24h")).await,
            ["apple", "banana"]
        );
        let absent = format!("{PROJECT}?environment=absent");
        api.client().get(&absent).await.assert(404);
        api.client().get(&format!("{PROJECT}?statsPeriod=7d")).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn the_timeline_can_be_chosen() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        api.save(message("a", NOW - minutes(30))).await;
        api.save(message("a", NOW - minutes(60 * 26))).await;
        let stats = async |path: &str| api.client().get(path).await.ok().body[0].get("stats").cloned();
        let days = stats(&format!("{ORGANIZATION}?groupStatsPeriod=14d")).await.unwrap();
        let days = days["14d"].as_array().unwrap();
        assert_eq!(days.len(), 14);
        assert_eq!(days[12..], [json!([1_795_132_800, 1]), json!([1_795_219_200, 1])]);
        let auto = stats(&format!("{ORGANIZATION}?groupStatsPeriod=auto&statsPeriod=10h"))
            .await
            .unwrap();
        let auto = auto["auto"].as_array().unwrap();
        assert_eq!(auto.len(), 10);
        assert_eq!(auto[9], json!([1_795_228_800 - 3600, 1]));
        assert_eq!(stats(&format!("{ORGANIZATION}?groupStatsPeriod=")).await, None);
        assert_eq!(stats(&format!("{PROJECT}?statsPeriod=")).await, None);
        assert_eq!(
            stats(&format!("{PROJECT}?statsPeriod=14d")).await.unwrap()["14d"]
                .as_array()
                .unwrap()
                .len(),
            14
        );
    })
    .await;
}

#[tokio::test]
async fn issues_are_sorted() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let user = |mut event: Value, id: &str| {
            event["user"] = json!({ "id": id });
            event
        };
        // apple: oldest, two users; banana: three events; cherry: newest first and last.
        api.save(user(message("apple", NOW - minutes(50)), "1")).await;
        api.save(user(message("apple", NOW - minutes(20)), "2")).await;
        for age in [40, 39, 38] {
            api.save(message("banana", NOW - minutes(age))).await;
        }
        api.save(message("cherry", NOW - minutes(10))).await;
        for path in [ORGANIZATION, PROJECT] {
            for (sort, expected) in [
                ("date", ["cherry", "apple", "banana"]),
                ("new", ["cherry", "banana", "apple"]),
                ("freq", ["banana", "apple", "cherry"]),
                ("user", ["apple", "cherry", "banana"]),
            ] {
                assert_eq!(titles(&api, &format!("{path}?sort={sort}")).await, expected, "{sort}");
            }
            let unknown = api.client().get(&format!("{path}?sort=odd")).await.assert(400);
            assert!(unknown.text("/detail").starts_with("Invalid sort: \"odd\""));
        }
    })
    .await;
}

#[tokio::test]
async fn ids_of_issues_and_events_are_found_directly() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let depot = api.add_project("depot").await;
        let (issue, event) = api.save(rich(NOW)).await;
        let (other, other_event) = api.save_in(depot, message("b", NOW)).await;
        api.client()
            .put(&format!("{ORGANIZATION}{issue}/"), json!({ "status": "resolved" }))
            .await
            .ok();
        let hit = async |parameters: &str| api.client().get(&format!("{ORGANIZATION}?{parameters}")).await.ok();
        let found = hit("query=shop-1&shortIdLookup=1&project=depot").await;
        assert_eq!(found.header("x-sentry-direct-hit"), Some("1"));
        assert_eq!(found.each("/id"), [json!(issue.to_string())]);
        assert_eq!(found.header("link"), None);
        let searched = hit("query=shop-1").await;
        assert_eq!(
            (searched.header("x-sentry-direct-hit"), &searched.body),
            (None, &json!([]))
        );
        assert_eq!(
            hit("query=SHOP-99&shortIdLookup=1").await.header("x-sentry-direct-hit"),
            None
        );

        let found = hit(&format!("query={event}")).await;
        assert_eq!(found.header("x-sentry-direct-hit"), Some("1"));
        assert_eq!(found.at("/0/id"), &json!(issue.to_string()));
        assert_eq!(found.at("/0/matchingEventId"), &json!(event.to_string()));
        assert_eq!(found.at("/0/matchingEventEnvironment"), "production");
        assert_eq!(hit("query=00000000000000000000000000000000").await.body, json!([]));

        let named = hit(&format!("group={issue}&group={other}&group=1")).await;
        assert_eq!(named.each("/id").len(), 2);
        assert_eq!(
            hit(&format!("group={issue}&group={other}&project=depot"))
                .await
                .each("/shortId"),
            ["DEPOT-1"]
        );
        api.client().get(&format!("{ORGANIZATION}?group=x")).await.assert(400);

        // A project's list does not show what belongs to another.
        let here = api.client().get(&format!("{PROJECT}?query={event}")).await.ok();
        assert_eq!(here.each("/id"), [json!(issue.to_string())]);
        assert_eq!(
            api.client()
                .get(&format!("{PROJECT}?query={other_event}"))
                .await
                .ok()
                .body,
            json!([])
        );
        let there = api
            .client()
            .get(&format!("{PROJECT}?query=DEPOT-1&shortIdLookup=1"))
            .await
            .ok();
        assert_eq!(there.header("x-sentry-direct-hit"), None);
    })
    .await;
}

#[tokio::test]
async fn issues_are_called_groups_too() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(message("a", NOW)).await;
        let client = api.client_for(&[Scope::EventRead]).await;
        for path in ["organizations/acme/groups/", "projects/acme/shop/groups/"] {
            assert_eq!(
                client.get(&format!("/api/0/{path}")).await.ok().each("/id"),
                [json!(issue.to_string())]
            );
        }
        for path in [
            "organizations/acme/groups/",
            "organizations/acme/issues/",
            "groups/",
            "issues/",
        ] {
            let shown = client.get(&format!("/api/0/{path}{issue}/")).await.ok();
            assert_eq!(shown.at("/shortId"), "SHOP-1");
            client.get(&format!("/api/0/{path}{issue}/events/oldest/")).await.ok();
        }
    })
    .await;
}
