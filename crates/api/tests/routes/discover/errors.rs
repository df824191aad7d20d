use super::{ask, error, seed};
use crate::api::Api;
use services::Scope;

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_advice() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let client = api.client();
        let refused = async |endpoint: &str, parameters: &[(&str, &str)], status: u16, expected: &str| {
            let answer = ask(&client, endpoint, parameters).await.assert(status);
            let detail = answer.text("/detail");
            assert!(detail.contains(expected), "{parameters:?}: {detail}");
        };
        let table = async |parameters: &[(&str, &str)], expected: &str| {
            let mut all = vec![("field", "title")];
            all.extend_from_slice(parameters);
            refused("events", &all, 400, expected).await;
        };
        refused("events", &[], 400, "No columns selected").await;
        refused("events", &[("field", "")], 400, "No columns selected").await;
        refused("events", &[("field", "nosuch(title)")], 400, "nosuch").await;
        refused("events", &[("field", "p95(title)")], 400, "title").await;
        refused("events", &[("field", "count(")], 400, "count(").await;
        let many: Vec<String> = (0..21).map(|number| format!("tag{number}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|name| ("field", name.as_str())).collect();
        refused("events", &many, 400, "At most 20 fields").await;
        ask(&client, "events", &many[..20]).await.ok();
        table(&[("dataset", "everything")], "dataset must be one of: discover, errors").await;
        table(&[("statsPeriod", "91d")], "90 days").await;
        table(&[("statsPeriod", "0d")], "before the end").await;
        table(&[("statsPeriod", "soon")], "Invalid statsPeriod").await;
        table(
            &[("start", "2026-01-01T00:00:00"), ("end", "2026-11-01T00:00:00")],
            "90 days",
        )
        .await;
        table(&[("start", "2026-11-01T00:00:00")], "both start and end").await;
        table(&[("statsPeriodStart", "3h")], "both required").await;
        table(&[("sort", "-count()")], "Cannot sort by").await;
        table(&[("per_page", "101")], "Invalid per_page").await;
        table(&[("cursor", "0:9999:0"), ("per_page", "100")], "narrow the search").await;
        table(&[("cursor", "0:99999999999999999999999:0")], "narrow the search").await;
        table(&[("query", "level:error (release:1")], "(at character 13)").await;
        table(&[("query", "issue:SHOP-99")], "SHOP-99").await;
        table(&[("query", "project:nowhere")], "nowhere").await;
        table(
            &[("query", "count():>1"), ("allowAggregateConditions", "0")],
            "allowAggregateConditions",
        )
        .await;
        for endpoint in ["events-stats", "events-timeseries"] {
            refused(endpoint, &[("yAxis", "title")], 400, "cannot be drawn").await;
            refused(endpoint, &[("topEvents", "x")], 400, "must be an integer").await;
            refused(endpoint, &[("topEvents", "0")], 400, "at least 1").await;
            refused(endpoint, &[("topEvents", "11")], 400, "up to 10").await;
            refused(
                endpoint,
                &[("topEvents", "5")],
                400,
                "required parameter when doing topEvents",
            )
            .await;
            refused(endpoint, &[("comparisonDelta", "x")], 400, "must be an integer").await;
        }
        refused("events", &[("field", "title"), ("environment", "nowhere")], 404, "").await;
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_the_events_of_others() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let other = api.other_installation().await;
        let stranger = api.client_with(&other.auth_token);
        api.save_in(other.project_id, error("theirs", 1, "1", "eu", "1")).await;
        let number = other.project_id.to_string();
        let parameters = [("dataset", "errors"), ("field", "title"), ("project", &number)];
        ask(&api.client(), "events", &parameters).await.assert(403);
        for endpoint in [
            "events",
            "events-stats",
            "events-timeseries",
            "events-meta",
            "events-facets",
            "discover/saved",
        ] {
            ask(&stranger, endpoint, &[("field", "title")]).await.assert(404);
            ask(&api.anonymous(), endpoint, &[("field", "title")]).await.assert(401);
            let narrow = api.client_for(&[Scope::TeamRead]).await;
            ask(&narrow, endpoint, &[("field", "title")]).await.assert(403);
        }
        // What they asked, and what a search names, is no way around.
        let theirs = format!("project.id:{number}");
        ask(&api.client(), "events-meta", &[("query", &theirs)])
            .await
            .assert(400);
        let answer = ask(
            &api.client(),
            "events-meta",
            &[("dataset", "errors"), ("query", "title:theirs")],
        )
        .await;
        assert_eq!(*answer.ok().at("/count"), 0);
        let path = "/api/0/organizations/globex/events-meta/?dataset=errors&query=title:theirs";
        assert_eq!(*stranger.get(path).await.ok().at("/count"), 1);
    })
    .await;
}
