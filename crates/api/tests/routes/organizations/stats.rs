use model::{DataCategory, EventId, Outcome};
use serde_json::{Value, json};
use services::Scope;
use store::event_outcomes::EventOutcome;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    projects::stats::count_outcomes,
    seed::message,
};

const STATS: &str = "/api/0/organizations/acme/stats_v2/";
const SUMMARY: &str = "/api/0/organizations/acme/stats-summary/";
const SERIES: &str = "/api/0/organizations/acme/stats/";

/// The groups as pairs of what they are told apart by and their total.
fn groups(body: &Value, field: &str) -> Vec<(Value, i64)> {
    let groups = body["groups"].as_array().unwrap().iter();
    groups
        .map(|group| (group["by"].clone(), group["totals"][field].as_i64().unwrap()))
        .collect()
}

#[tokio::test]
async fn sums_are_told_apart_as_asked() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        count_outcomes(&api).await;
        let client = api.client();
        let stats = async |query: &str| {
            client
                .get(&format!("{STATS}?field=sum(quantity)&{query}"))
                .await
                .ok()
                .body
        };
        let by_outcome = stats("groupBy=outcome&category=error&statsPeriod=1d&interval=1h").await;
        assert_eq!(
            groups(&by_outcome, "sum(quantity)"),
            [
                (json!({ "outcome": "accepted" }), 8),
                (json!({ "outcome": "client_discard" }), 9),
                (json!({ "outcome": "filtered" }), 3),
                (json!({ "outcome": "invalid" }), 6),
                (json!({ "outcome": "rate_limited" }), 4),
            ]
        );
        assert_eq!(by_outcome["start"], "2026-11-20T03:00:00Z");
        assert_eq!(by_outcome["end"], "2026-11-21T02:40:00Z");
        let intervals = by_outcome["intervals"].as_array().unwrap();
        assert_eq!((intervals.len(), &intervals[23]), (24, &json!("2026-11-21T02:00:00Z")));
        let series = by_outcome["groups"][0]["series"]["sum(quantity)"].as_array().unwrap();
        assert_eq!((series.len(), &series[22], &series[23]), (24, &json!(3), &json!(5)));

        let by_category = stats("groupBy=category&outcome=accepted").await;
        assert_eq!(
            groups(&by_category, "sum(quantity)"),
            [
                (json!({ "category": "attachment" }), 4_096),
                (json!({ "category": "attachment_item" }), 2),
                (json!({ "category": "error" }), 8),
                (json!({ "category": "transaction" }), 100),
            ]
        );
        let reasons = stats("groupBy=outcome&groupBy=reason&category=error&outcome=filtered&outcome=accepted").await;
        assert_eq!(
            groups(&reasons, "sum(quantity)"),
            [
                (json!({ "outcome": "accepted", "reason": "none" }), 8),
                (json!({ "outcome": "filtered", "reason": "localhost" }), 3),
            ]
        );
        let (project, key) = (api.project(), &api.installation.public_key);
        let by_project = stats(&format!("groupBy=project&category=transaction&project={project}")).await;
        assert_eq!(
            groups(&by_project, "sum(quantity)"),
            [(json!({ "project": project.0 }), 100)]
        );
        let by_key = stats(&format!("groupBy=key&category=transaction&key={key}&project=-1")).await;
        assert_eq!(groups(&by_key, "sum(quantity)"), [(json!({ "key_id": key }), 100)]);
        let reason = stats("groupBy=category&reason=key_quota").await;
        assert_eq!(groups(&reason, "sum(quantity)"), [(json!({ "category": "error" }), 4)]);
        // Pieces instead of bytes.
        let seen = client
            .get(&format!(
                "{STATS}?field=sum(times_seen)&field=sum(quantity)&groupBy=category&category=attachment"
            ))
            .await
            .ok()
            .body;
        assert_eq!(
            seen["groups"],
            json!([{
                "by": { "category": "attachment" },
                "totals": { "sum(quantity)": 4_096, "sum(times_seen)": 2 },
                "series": seen["groups"][0]["series"],
            }])
        );
        // Nothing at all.
        assert_eq!(stats("groupBy=category&category=replay").await["groups"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_summed_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for (query, detail) in [
            ("groupBy=category", "At least one \"field\" is required."),
            ("field=sum(x)&groupBy=category", "Invalid field: \"sum(x)\""),
            ("field=sum(quantity)", "At least one \"groupBy\" is required."),
            ("field=sum(quantity)&groupBy=color", "Invalid groupBy: \"color\""),
            (
                "field=sum(quantity)&groupBy=outcome",
                "Query must have category as groupby or filter",
            ),
            (
                "field=sum(quantity)&groupBy=outcome&category=errors_of_mine",
                "Invalid category: \"errors_of_mine\"",
            ),
            (
                "field=sum(quantity)&groupBy=category&outcome=lost",
                "Invalid outcome: \"lost\"",
            ),
            (
                "field=sum(quantity)&groupBy=category&interval=7h",
                "The interval should divide one day without a remainder.",
            ),
            (
                "field=sum(quantity)&groupBy=category&interval=90m",
                "The interval has to be a multiple of one hour.",
            ),
            (
                "field=sum(quantity)&groupBy=category&interval=2d",
                "The interval has to be at most one day.",
            ),
            ("field=sum(quantity)&groupBy=category&key=abc", "Invalid key: \"abc\""),
        ] {
            let refused = client.get(&format!("{STATS}?{query}")).await.assert(400);
            assert_eq!(refused.body, json!({ "detail": detail }), "{query}");
        }
        for query in [
            "category=attachment&category=error",
            "statsPeriod=500d",
            "statsPeriod=x",
            "start=2026-11-01",
        ] {
            let query = format!("{STATS}?field=sum(quantity)&groupBy=category&{query}");
            client.get(&query).await.assert(400);
        }
        let foreign = api.other_installation().await;
        let query = format!(
            "{STATS}?field=sum(quantity)&groupBy=category&project={}",
            foreign.project_id
        );
        client.get(&query).await.assert(403);
        let any = "?field=sum(quantity)&groupBy=category";
        api.client_for(&[Scope::ProjectRead])
            .await
            .get(&format!("{STATS}{any}"))
            .await
            .assert(403);
        let stranger = api.client_with(&foreign.auth_token);
        stranger.get(&format!("{STATS}{any}")).await.assert(404);
        stranger.get(&format!("{SUMMARY}{any}")).await.assert(404);
        stranger.get(SERIES).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn the_summary_is_told_by_project_and_as_a_table() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let path = format!("{SUMMARY}?field=sum(quantity)&statsPeriod=1d");
        assert_eq!(client.get(&path).await.ok().at("/projects"), &json!([]));
        let empty = client.get(&format!("{path}&download=1")).await.ok();
        assert_eq!(empty.raw(), "project_id,project_slug\r\n");
        count_outcomes(&api).await;
        let id = api.project().to_string();
        let summary = client.get(&format!("{path}&category=error")).await.ok();
        assert_eq!(
            summary.at("/projects"),
            &json!([{
                "id": id,
                "slug": "shop",
                "stats": [{
                    "category": "error",
                    "outcomes": {
                        "accepted": 8, "filtered": 3, "rate_limited": 4, "invalid": 6, "abuse": 0, "client_discard": 9,
                        "cardinality_limited": 0,
                    },
                    "totals": { "dropped": 10, "sum(quantity)": 30 },
                }],
            }])
        );
        assert_eq!(summary.at("/start"), "2026-11-20T03:00:00Z");
        let accepted = client
            .get(&format!("{path}&category=error&outcome=accepted"))
            .await
            .ok();
        assert_eq!(
            accepted.at("/projects/0/stats/0"),
            &json!({ "category": "error", "outcomes": { "accepted": 8 }, "totals": { "sum(quantity)": 8 } })
        );
        let table = client
            .get(&format!(
                "{path}&category=error&outcome=accepted&outcome=filtered&download=true"
            ))
            .await
            .ok();
        assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(
            table.header("content-disposition"),
            Some("attachment; filename=\"stats_summary.csv\"")
        );
        assert_eq!(
            table.raw(),
            format!(
                "project_id,project_slug,accepted_errors,filtered_errors,sum(quantity)_errors\r\n{id},shop,8,3,11\r\n"
            )
        );
        client.get(SUMMARY).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn the_older_series_is_of_all_projects_or_of_each() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        count_outcomes(&api).await;
        let depot = api.add_project("depot").await;
        let client = api.client();
        let whole = client.get(SERIES).await.ok();
        assert_eq!(whole.body.as_array().unwrap().len(), 24);
        assert_eq!(whole.at("/23/1"), &json!(12));
        let each = client.get(&format!("{SERIES}?group=project&stat=generated")).await.ok();
        let shop = api.project().to_string();
        assert_eq!(each.at(&format!("/{shop}/23/1")), &json!(5));
        assert_eq!(each.at(&format!("/{depot}/23/1")), &json!(0));
        let one = client.get(&format!("{SERIES}?projectID={depot}")).await.ok();
        assert_eq!(one.at("/23/1"), &json!(0));
        client.get(&format!("{SERIES}?group=color")).await.assert(400);
        client.get(&format!("{SERIES}?projectID=1")).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn what_became_of_an_event_is_told() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let path = |id: EventId| format!("/api/0/organizations/acme/event-outcomes/{id}/");
        let (issue, stored) = api.save(message("stored", NOW)).await;
        let shown = client.get(&path(stored)).await.ok();
        assert_eq!(shown.at("/outcomes"), &json!([]));
        assert_eq!(
            (shown.at("/stored/groupId"), shown.at("/stored/project/slug")),
            (&json!(issue.to_string()), &json!("shop"))
        );
        let dropped = EventId([7; 16]);
        let outcome = EventOutcome {
            project: api.project(),
            event_id: dropped,
            received_at: NOW,
            category: DataCategory::Error,
            outcome: Outcome::filtered("localhost"),
        };
        let mut tx = api.app.store.begin().await.unwrap();
        store::event_outcomes::add(&mut tx, &outcome).await.unwrap();
        tx.commit().await.unwrap();
        let shown = client.get(&path(dropped)).await.ok();
        assert_eq!(shown.at("/stored"), &json!(null));
        let told = &shown.at("/outcomes/0");
        assert_eq!(
            (
                &told["outcome"],
                &told["reason"],
                &told["category"],
                &told["dateReceived"]
            ),
            (
                &json!("filtered"),
                &json!("localhost"),
                &json!("error"),
                &json!("2026-11-21T02:40:00Z")
            )
        );
        // Nothing is known of others, and no id is no id.
        let unknown = client.get(&path(EventId([9; 16]))).await.ok();
        assert_eq!(
            (unknown.at("/stored"), unknown.at("/outcomes")),
            (&json!(null), &json!([]))
        );
        client
            .get("/api/0/organizations/acme/event-outcomes/abc/")
            .await
            .assert(400);
        let stranger = api.stranger().await;
        stranger.get(&path(stored)).await.assert(404);
        let elsewhere = stranger
            .get(&format!("/api/0/organizations/globex/event-outcomes/{stored}/"))
            .await
            .ok();
        assert_eq!(elsewhere.at("/stored"), &json!(null));
        api.client_for(&[Scope::OrgRead])
            .await
            .get(&path(stored))
            .await
            .assert(403);
    })
    .await;
}
