use serde_json::{Value, json};

use super::{ask, seed};
use crate::api::{Answer, Api};

fn facet<'a>(answer: &'a Answer, key: &str) -> &'a Value {
    let facets = answer.body.as_array().unwrap();
    let found = facets.iter().find(|facet| facet["key"] == key);
    found.unwrap_or_else(|| panic!("no {key} in {}", answer.body))
}

#[tokio::test]
async fn tags_have_their_most_frequent_values() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        seed(&api).await;
        let parameters = [("dataset", "errors"), ("statsPeriod", "1h"), ("query", "!title:login")];
        let answer = ask(&api.client(), "events-facets", &parameters).await.ok();
        assert_eq!(
            facet(&answer, "region")["topValues"],
            json!([
                { "name": "eu", "value": "eu", "count": 3 },
                { "name": "us", "value": "us", "count": 1 },
            ])
        );
        let projects = &facet(&answer, "project")["topValues"];
        assert_eq!(
            (&projects[0]["name"], &projects[0]["count"]),
            (&json!("shop"), &json!(3))
        );
        assert_eq!(projects[0]["value"], json!(api.project().to_string()));
        assert_eq!(facet(&answer, "release")["topValues"][0]["value"], "shop@1.0.0");
        let keys = answer.each("/key");
        let mut sorted = keys.clone();
        sorted.sort_by_key(ToString::to_string);
        assert_eq!(keys, sorted);

        let one = [("dataset", "errors"), ("project", "shop"), ("per_page", "2")];
        let answer = ask(&api.client(), "events-facets", &one).await.ok();
        assert_eq!(answer.each("/key").len(), 2);
        assert!(answer.link("next").1);
        let all = [("dataset", "errors"), ("project", "shop"), ("includeAll", "1")];
        let answer = ask(&api.client(), "events-facets", &all).await.ok();
        assert!(
            answer.each("/key").iter().all(|key| key != "project"),
            "{}",
            answer.body
        );
    })
    .await;
}
