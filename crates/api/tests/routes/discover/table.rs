use serde_json::{Value, json};

use super::{ask, error, path, seed};
use crate::api::Api;

#[tokio::test]
async fn rows_of_events_can_be_found_again() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let parameters = [
            ("dataset", "errors"),
            ("field", "title"),
            ("field", "user.display"),
            ("field", "timestamp"),
            ("field", "project"),
            ("field", "region"),
            ("query", "level:error !region:us"),
            ("sort", "-timestamp"),
            ("statsPeriod", "1h"),
        ];
        let answer = ask(&api.client(), "events", &parameters).await.ok();
        let cells: Vec<Value> = answer
            .at("/data")
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                json!([
                    row["title"],
                    row["user.display"],
                    row["project"],
                    row["region"],
                    row["timestamp"]
                ])
            })
            .collect();
        assert_eq!(
            cells,
            [
                json!(["stock", "4", "depot", "eu", "2026-11-21T02:35:00Z"]),
                json!(["cart", "2", "shop", "eu", "2026-11-21T02:20:00Z"]),
                json!(["cart", "1", "shop", "eu", "2026-11-21T01:50:00Z"]),
            ]
        );
        let id = answer.text("/data/0/id");
        assert_eq!(answer.text("/data/0/project.name"), "depot");
        api.client()
            .get(&format!("/api/0/organizations/acme/eventids/{id}/"))
            .await
            .ok();
        assert_eq!(
            *answer.at("/meta"),
            json!({
                "fields": {
                    "title": "string", "user.display": "string", "timestamp": "date", "project": "string",
                    "region": "string", "id": "string", "project.name": "string",
                },
                "units": {
                    "title": null, "user.display": null, "timestamp": null, "project": null, "region": null, "id": null,
                    "project.name": null,
                },
                "isMetricsData": false, "isMetricsExtractedData": false, "tips": {}, "datasetReason": "unchanged",
                "dataset": "errors",
            })
        );
    })
    .await;
}

#[tokio::test]
async fn functions_make_groups() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let parameters = [
            ("dataset", "transactions"),
            ("field", "transaction"),
            ("field", "count()"),
            ("field", "count_unique(user)"),
            ("field", "avg(transaction.duration)"),
            ("field", "max(measurements.lcp)"),
            ("field", "failure_rate()"),
            ("field", "epm()"),
            ("field", "equation|count() * 2"),
            ("sort", "-count"),
            ("start", "2026-11-21T02:00:00"),
            ("end", "2026-11-21T03:00:00"),
        ];
        let answer = ask(&api.client(), "events", &parameters).await.ok();
        assert_eq!(
            answer.at("/data").as_array().unwrap()[0],
            json!({
                "transaction": "/pay", "count()": 3, "count_unique(user)": 1, "avg(transaction.duration)": 200.0,
                "max(measurements.lcp)": 1300.0, "failure_rate()": 1.0 / 3.0, "epm()": 0.05, "equation|count() * 2": 6.0,
            })
        );
        assert_eq!(answer.each_in("/data", "/transaction"), ["/pay", "/home"]);
        assert_eq!(
            *answer.at("/meta/fields"),
            json!({
                "transaction": "string", "count()": "integer", "count_unique(user)": "integer",
                "avg(transaction.duration)": "duration", "max(measurements.lcp)": "duration",
                "failure_rate()": "percentage", "epm()": "rate", "equation|count() * 2": "number",
            })
        );
        assert_eq!(answer.text("/meta/units/avg(transaction.duration)"), "millisecond");
        assert_eq!(answer.text("/meta/units/epm()"), "1~1minute".replace("~1", "/"));
        // Conditions on groups come behind the others.
        let parameters = [
            ("dataset", "transactions"),
            ("field", "transaction"),
            ("field", "p95(transaction.duration)"),
            ("query", "count():<2 transaction.duration:<1s"),
            ("statsPeriod", "1h"),
        ];
        let answer = ask(&api.client(), "events", &parameters).await.ok();
        assert_eq!(answer.each_in("/data", "/transaction"), ["/home"]);
        let p95 = answer.at("/data/0/p95(transaction.duration)").as_f64().unwrap();
        assert!((49.5..50.5).contains(&p95), "{p95}");
    })
    .await;
}

#[tokio::test]
async fn issues_projects_and_releases_are_asked_for_by_their_names() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let client = api.client();
        let parameters = [
            ("dataset", "errors"),
            ("field", "issue"),
            ("field", "count()"),
            ("sort", "-count()"),
            ("sort", "issue"),
            ("statsPeriod", "1h"),
        ];
        let answer = ask(&client, "events", &parameters).await.ok();
        let mut issues = answer.each_in("/data", "/issue");
        assert_eq!(issues.remove(0), "SHOP-1");
        issues.sort_by_key(ToString::to_string);
        assert_eq!(issues, ["DEPOT-1", "SHOP-2"]);
        assert_eq!(*answer.at("/data/0/count()"), 3);
        let number = answer.at("/data/0/issue.id").as_i64().unwrap().to_string();
        assert_eq!(*answer.at("/meta/fields/issue.id"), "integer");

        let count = async |query: &str, projects: &[&str]| {
            let mut parameters = vec![("dataset", "errors"), ("query", query), ("statsPeriod", "1h")];
            parameters.extend(projects.iter().map(|project| ("project", *project)));
            let answer = ask(&client, "events-meta", &parameters).await.ok();
            answer.at("/count").as_i64().unwrap()
        };
        assert_eq!(count("", &[]).await, 5);
        assert_eq!(count("", &["depot"]).await, 1);
        assert_eq!(count("issue:SHOP-1", &[]).await, 3);
        assert_eq!(count("issue:shop-1", &[]).await, 3);
        assert_eq!(count(&format!("issue.id:{number}"), &[]).await, 3);
        assert_eq!(count("!issue:SHOP-1", &[]).await, 2);
        assert_eq!(count("issue:[SHOP-1, DEPOT-1]", &[]).await, 4);
        assert_eq!(count("issue:SHOP-1", &["depot"]).await, 0);
        assert_eq!(count("has:issue", &[]).await, 5);
        assert_eq!(count("project:shop", &[]).await, 4);
        assert_eq!(count("!project.name:shop", &[]).await, 1);
        assert_eq!(count("project:*o*", &[]).await, 5);
        assert_eq!(count("project:x*", &[]).await, 0);
        assert_eq!(count("release:latest", &[]).await, 3);
        assert_eq!(count("release:latest", &["shop"]).await, 2);
        assert_eq!(count("(issue:SHOP-1 region:us) OR title:stock", &[]).await, 2);
        let counted = [
            ("dataset", "errors"),
            ("field", "count_if(issue,equals,SHOP-1)"),
            ("field", "count_unique(issue)"),
            ("statsPeriod", "1h"),
        ];
        let answer = ask(&client, "events", &counted).await.ok();
        assert_eq!(
            *answer.at("/data"),
            json!([{ "count_if(issue,equals,SHOP-1)": 3, "count_unique(issue)": 3 }])
        );
    })
    .await;
}

#[tokio::test]
async fn environments_and_time_narrow_a_question() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        for (parameters, expected) in [
            (vec![("environment", "production")], 3),
            (vec![("environment", "production"), ("environment", "staging")], 5),
            (vec![("statsPeriod", "15m")], 2),
            (
                vec![("start", "2026-11-21T01:50:00"), ("end", "2026-11-21T02:00:00Z")],
                1,
            ),
            (vec![("statsPeriodStart", "45m"), ("statsPeriodEnd", "15m")], 2),
            (vec![], 5),
            (vec![("query", "timestamp:>2026-11-21T02:25:00")], 2),
        ] {
            let mut parameters = parameters;
            parameters.push(("dataset", "errors"));
            let answer = ask(&api.client(), "events-meta", &parameters).await.ok();
            assert_eq!(*answer.at("/count"), expected, "{parameters:?}");
        }
        for (dataset, expected) in [
            ("discover", 9),
            ("transactions", 4),
            ("spans", 4),
            ("logs", 0),
            ("issuePlatform", 0),
        ] {
            let answer = ask(&api.client(), "events-meta", &[("dataset", dataset)]).await.ok();
            assert_eq!(*answer.at("/count"), expected, "{dataset}");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_neither_overlap_nor_leave_out() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        for number in 0..7 {
            api.save(error(&format!("e{number}"), 1, "1", "eu", "1")).await;
        }
        let fields = [("dataset", "errors"), ("field", "title"), ("statsPeriod", "1h")];
        for (sort, functions) in [("title", false), ("-count()", true), ("region", false)] {
            let mut parameters = fields.to_vec();
            parameters.extend([("sort", sort), ("per_page", "3"), ("field", "region")]);
            if functions {
                parameters.push(("field", "count()"));
            }
            let mut path = path("events", &parameters);
            let (mut sizes, mut titles) = (Vec::new(), Vec::new());
            loop {
                let answer = api.client().get(&path).await.ok();
                let page = answer.each_in("/data", "/title");
                sizes.push(page.len());
                titles.extend(page.into_iter().map(|title| title.as_str().unwrap().to_owned()));
                let (next, more) = answer.link("next");
                if !more {
                    assert!(answer.link("previous").1);
                    break;
                }
                path = next;
            }
            titles.sort();
            assert_eq!(sizes, [3, 3, 1], "{sort}");
            assert_eq!(titles, ["e0", "e1", "e2", "e3", "e4", "e5", "e6"], "{sort}");
        }
    })
    .await;
}

/// Row COR2: two equal queries within a minute are one execution, and new events show at once all the same.
#[tokio::test]
async fn cor2_two_equal_queries_within_a_minute_are_one_execution() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let client = api.client();
        let parameters = [("dataset", "errors"), ("field", "count()"), ("statsPeriod", "24h")];
        let count = async || {
            let answer = ask(&client, "events", &parameters).await.ok();
            answer.at("/data/0/count()").as_i64().unwrap()
        };
        let asked = || services::discover::asked(&api.app);
        let before = asked();
        assert_eq!(count().await, 5);
        assert_eq!(asked(), before + 1);
        api.clock.advance(std::time::Duration::from_secs(59));
        assert_eq!(count().await, 5);
        assert_eq!(asked(), before + 1);
        // Those who ask at the same time wait for one answer.
        api.clock.advance(std::time::Duration::from_secs(10));
        let (one, other) = tokio::join!(count(), count());
        assert_eq!((one, other, asked()), (5, 5, before + 2));
        // Another question, and another organization, are others.
        let other = [("dataset", "errors"), ("field", "count()"), ("statsPeriod", "23h")];
        ask(&client, "events", &other).await.ok();
        assert_eq!(asked(), before + 3);
        api.save(error("cart", 1, "9", "eu", "shop@2.0.0")).await;
        assert_eq!((count().await, asked()), (6, before + 4));
    })
    .await;
}

/// Row DSH1, what a dashboard asks: thirty questions over ninety days at once are all answered, though they take turns,
/// and one that is wrong says so without holding up the others.
#[tokio::test]
async fn dsh1_thirty_questions_at_once_and_a_wrong_one_hides_no_other() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let client = api.client();
        let asked = (0..30).map(|number| {
            let client = &client;
            async move {
                // No two are equal, so each is worked out.
                let days = format!("{}d", 61 + number);
                let aggregate = if number == 13 { "no_such_function()" } else { "count()" };
                let period = ("statsPeriod", days.as_str());
                if number % 2 == 0 {
                    let parameters = [("dataset", "errors"), ("field", aggregate), ("field", "region"), period];
                    (number, ask(client, "events", &parameters).await)
                } else {
                    let parameters = [("dataset", "errors"), ("yAxis", aggregate), ("partial", "1"), period];
                    (number, ask(client, "events-stats", &parameters).await)
                }
            }
        });
        for (number, answer) in futures_util::future::join_all(asked).await {
            if number == 13 {
                let answer = answer.assert(400);
                assert!(answer.at("/detail").as_str().unwrap().contains("no_such_function"));
                continue;
            }
            let answer = answer.ok();
            let counts: i64 = if number % 2 == 0 {
                let counts = answer.each_in("/data", "/count()");
                counts.iter().map(|count| count.as_i64().unwrap()).sum()
            } else {
                let points = answer.at("/data").as_array().unwrap().clone();
                assert!((2..=10_000).contains(&points.len()), "{} points", points.len());
                points.iter().map(|point| point[1][0]["count"].as_i64().unwrap()).sum()
            };
            assert_eq!(counts, 5, "question {number}");
        }
    })
    .await;
}
