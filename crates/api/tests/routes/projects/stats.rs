use model::{DataCategory, Outcome};
use serde_json::json;
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::minutes,
};

const PATH: &str = "/api/0/projects/acme/shop/stats/";

/// Errors in every outcome, this hour and the one before, and what is no error.
pub(crate) async fn count_outcomes(api: &Api) {
    for (ago, category, outcome, quantity) in [
        (0, DataCategory::Error, Outcome::ACCEPTED, 5),
        (60, DataCategory::Default, Outcome::ACCEPTED, 2),
        (60, DataCategory::Security, Outcome::ACCEPTED, 1),
        (0, DataCategory::Error, Outcome::filtered("localhost"), 3),
        (0, DataCategory::Error, Outcome::rate_limited("key_quota"), 4),
        (0, DataCategory::Error, Outcome::invalid("duplicate"), 6),
        (0, DataCategory::Error, Outcome::client_discard("sample_rate"), 9),
        (0, DataCategory::Transaction, Outcome::ACCEPTED, 100),
        (0, DataCategory::Attachment, Outcome::ACCEPTED, 4_096),
        (0, DataCategory::AttachmentItem, Outcome::ACCEPTED, 2),
    ] {
        api.count(minutes(ago), category, outcome, quantity).await;
    }
}

#[tokio::test]
async fn events_are_counted_by_the_hour() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        count_outcomes(&api).await;
        let client = api.client();
        let last_two = async |query: &str| {
            let points = client.get(&format!("{PATH}?{query}")).await.ok().body;
            let points = points.as_array().unwrap().clone();
            assert_eq!(points.len(), 24);
            points[22..]
                .iter()
                .map(|point| point[1].as_i64().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(last_two("").await, [3, 12]);
        assert_eq!(last_two("stat=received").await, [3, 12]);
        assert_eq!(last_two("stat=rejected").await, [0, 4]);
        assert_eq!(last_two("stat=blacklisted").await, [0, 3]);
        assert_eq!(last_two("stat=generated").await, [3, 5]);
        let hour = NOW.seconds() / 3_600 * 3_600;
        let since = format!("{PATH}?since={}&until={}", hour - 3_600, NOW.seconds());
        assert_eq!(
            client.get(&since).await.ok().body,
            json!([[hour - 3_600, 3], [hour, 12]])
        );
        let days = client
            .get(&format!("{PATH}?since={}.5&resolution=1d", NOW.seconds() - 86_400))
            .await
            .ok();
        assert_eq!(days.body.as_array().unwrap().len(), 2);
        assert_eq!(days.at("/1/1"), &json!(15));
        for bad in [
            "stat=odd",
            "resolution=10s",
            "since=yesterday",
            "since=inf",
            "since=10&until=5",
            "since=-99999999999",
        ] {
            client.get(&format!("{PATH}?{bad}")).await.assert(400);
        }
        api.client_for(&[Scope::EventRead]).await.get(PATH).await.assert(403);
        api.stranger().await.get(PATH).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn the_series_of_a_key_tells_what_happened() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        count_outcomes(&api).await;
        let key = &api.installation.public_key;
        let path = format!("/api/0/projects/acme/shop/keys/{key}/stats/");
        let points = api.client().get(&path).await.ok();
        let hour = NOW.seconds() / 3_600 * 3_600;
        let last = points.body.as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            last,
            json!({ "ts": hour, "total": 12, "dropped": 4, "accepted": 5, "filtered": 3 })
        );
        api.client()
            .get("/api/0/projects/acme/shop/keys/00000000000000000000000000000000/stats/")
            .await
            .assert(404);
        api.stranger().await.get(&path).await.assert(404);
    })
    .await;
}
