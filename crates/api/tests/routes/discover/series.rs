use serde_json::{Value, json};

use super::{ask, seed};
use crate::api::Api;

/// 02:00 on the day of the tests.
const TWO: i64 = 1_795_226_400;

const HOUR: [(&str, &str); 3] = [
    ("dataset", "errors"),
    ("start", "2026-11-21T02:00:00"),
    ("end", "2026-11-21T02:40:00"),
];

fn counts(series: &Value) -> Vec<Value> {
    let points = series["data"].as_array().unwrap();
    points.iter().map(|point| point[1][0]["count"].clone()).collect()
}

#[tokio::test]
async fn a_chart_counts_in_buckets() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let client = api.client();
        let with = |more: &[(&'static str, &'static str)]| [HOUR.as_slice(), more].concat();
        let answer = ask(&client, "events-stats", &with(&[("interval", "10m")])).await.ok();
        assert_eq!(
            *answer.at("/data"),
            json!([
                [TWO, [{ "count": 1 }]],
                [TWO + 600, [{ "count": 0 }]],
                [TWO + 1200, [{ "count": 1 }]],
                [TWO + 1800, [{ "count": 2 }]],
            ])
        );
        assert_eq!(
            (answer.at("/start"), answer.at("/end")),
            (&json!(TWO), &json!(TWO + 2400))
        );
        assert_eq!(*answer.at("/meta/fields"), json!({ "count()": "integer" }));

        // Several values, each under its name and with its order.
        let several = [
            ("interval", "20m"),
            ("yAxis", "count()"),
            ("yAxis", "count_unique(user)"),
        ];
        let answer = ask(&client, "events-stats", &with(&several)).await.ok();
        assert_eq!(counts(answer.at("/count()")), [1, 3]);
        assert_eq!(counts(answer.at("/count_unique(user)")), [1, 3]);
        assert_eq!(*answer.at("/count_unique(user)/order"), 1);

        // A bucket that reaches beyond the end is left out, unless it is asked for.
        let answer = ask(&client, "events-stats", &with(&[("interval", "15m")])).await.ok();
        assert_eq!(counts(&answer.body), [1, 1]);
        let answer = ask(&client, "events-stats", &with(&[("interval", "15m"), ("partial", "1")]))
            .await
            .ok();
        assert_eq!(counts(&answer.body), [1, 1, 2]);

        let compared = with(&[("interval", "20m"), ("comparisonDelta", "1200")]);
        let answer = ask(&client, "events-stats", &compared).await.ok();
        assert_eq!(
            answer.at("/data")[1],
            json!([TWO + 1200, [{ "count": 3, "comparisonCount": 1 }]])
        );
        // One that makes no sense is replaced by the usual one.
        let answer = ask(&client, "events-stats", &with(&[("interval", "9d")])).await.ok();
        assert_eq!(answer.at("/data").as_array().unwrap().len(), 40);
    })
    .await;
}

#[tokio::test]
async fn the_groups_that_come_first_have_a_series_each() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let client = api.client();
        let top = [
            ("dataset", "errors"),
            ("statsPeriod", "2h"),
            ("interval", "1h"),
            ("partial", "1"),
            ("topEvents", "1"),
            ("field", "title"),
            ("field", "project"),
            ("field", "count()"),
            ("sort", "-count()"),
        ];
        let answer = ask(&client, "events-stats", &top).await.ok();
        let names: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
        assert_eq!(names, ["shop,cart", "Other"]);
        assert_eq!(counts(answer.at("/shop,cart")), [0, 1, 2]);
        assert_eq!(counts(answer.at("/Other")), [0, 0, 2]);
        assert_eq!(
            (answer.at("/shop,cart/order"), answer.at("/Other/order")),
            (&json!(0), &json!(1))
        );
        let mut several = top.to_vec();
        several.extend([
            ("yAxis", "count()"),
            ("yAxis", "count_unique(user)"),
            ("excludeOther", "1"),
        ]);
        let answer = ask(&client, "events-stats", &several).await.ok();
        assert_eq!(answer.body.as_object().unwrap().len(), 1);
        assert_eq!(counts(answer.at("/shop,cart/count_unique(user)")), [0, 1, 2]);
        assert_eq!(*answer.at("/shop,cart/order"), 0);
    })
    .await;
}

#[tokio::test]
async fn time_series_say_what_they_are_about() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let client = api.client();
        let parameters = [
            ("dataset", "transactions"),
            ("start", "2026-11-21T02:00:00"),
            ("end", "2026-11-21T03:00:00"),
            ("interval", "30m"),
            ("yAxis", "avg(transaction.duration)"),
            ("yAxis", "epm()"),
        ];
        let answer = ask(&client, "events-timeseries", &parameters).await.ok();
        assert_eq!(
            answer.body,
            json!({
                "meta": { "dataset": "transactions", "start": TWO * 1000, "end": (TWO + 3600) * 1000 },
                "timeSeries": [
                    {
                        "values": [
                            { "timestamp": TWO * 1000, "value": 200.0, "incomplete": false },
                            { "timestamp": (TWO + 1800) * 1000, "value": 125.0, "incomplete": true,
                              "incompleteReason": "INCOMPLETE_BUCKET" },
                        ],
                        "yAxis": "avg(transaction.duration)",
                        "meta": { "valueType": "duration", "valueUnit": "millisecond", "interval": 1_800_000 },
                    },
                    {
                        "values": [
                            { "timestamp": TWO * 1000, "value": 2.0 / 30.0, "incomplete": false },
                            { "timestamp": (TWO + 1800) * 1000, "value": 2.0 / 30.0, "incomplete": true,
                              "incompleteReason": "INCOMPLETE_BUCKET" },
                        ],
                        "yAxis": "epm()",
                        "meta": { "valueType": "rate", "valueUnit": "1/minute", "interval": 1_800_000 },
                    },
                ],
            })
        );
        let top = [
            ("dataset", "errors"),
            ("statsPeriod", "1h"),
            ("interval", "1h"),
            ("topEvents", "1"),
            ("groupBy", "issue"),
            ("sort", "-count()"),
        ];
        let answer = ask(&client, "events-timeseries", &top).await.ok();
        assert_eq!(
            *answer.at("/timeSeries/0/groupBy"),
            json!([{ "key": "issue", "value": "SHOP-1" }])
        );
        assert_eq!(
            *answer.at("/timeSeries/1/meta"),
            json!({ "valueType": "integer", "valueUnit": null, "interval": 3_600_000, "isOther": true, "order": 1 })
        );
        assert_eq!(answer.body["timeSeries"][1].get("groupBy"), None);
    })
    .await;
}
