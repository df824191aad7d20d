use serde_json::json;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

const PATH: &str = "/api/0/organizations/acme/issues/";

#[tokio::test]
async fn lists_are_paged_forward_and_back() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        // Some are seen at the same time, so that the id decides.
        for (name, age) in [("a", 5), ("b", 4), ("c", 4), ("d", 4), ("e", 2), ("f", 1), ("g", 0)] {
            api.save(message(name, NOW - crate::seed::minutes(age))).await;
        }
        let client = api.client();
        for path in [PATH, "/api/0/projects/acme/shop/issues/"] {
            for sort in ["date", "new", "freq", "user"] {
                let base = format!("{path}?query=is%3Aunresolved&sort={sort}&limit=2");
                let forward = client.pages(&base, "next", "/shortId").await;
                let names = json!(forward);
                assert_eq!(
                    names,
                    json!([
                        ["SHOP-7", "SHOP-6"],
                        ["SHOP-5", "SHOP-4"],
                        ["SHOP-3", "SHOP-2"],
                        ["SHOP-1"]
                    ]),
                    "{sort}"
                );
                // From the last page back to the first: the same pages, but for where they begin.
                let mut last = base.clone();
                while let (next, true) = client.get(&last).await.ok().link("next") {
                    last = next;
                }
                let (previous, more) = client.get(&last).await.ok().link("previous");
                assert!(more);
                let back = client.pages(&previous, "previous", "/shortId").await;
                assert_eq!(
                    json!(back),
                    json!([["SHOP-3", "SHOP-2"], ["SHOP-5", "SHOP-4"], ["SHOP-7", "SHOP-6"]]),
                    "{sort}"
                );
                // And forward again from there.
                let first = client.get(&previous).await.ok();
                assert!(first.link("next").1);
                assert_eq!(
                    client.get(&first.link("next").0).await.ok().each("/shortId"),
                    ["SHOP-1"]
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_header_tells_links_and_hits() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        api.save_issues(&["a", "b", "c"]).await;
        let first = api.client().get(&format!("{PATH}?limit=2")).await.ok();
        assert_eq!(
            (first.header("x-hits"), first.header("x-max-hits")),
            (Some("3"), Some("1000"))
        );
        let (next, more) = first.link("next");
        assert!(more && next.starts_with(&format!("{PATH}?limit=2&cursor=")), "{next}");
        assert!(!first.link("previous").1);
        assert!(
            first
                .header("link")
                .unwrap()
                .starts_with("<https://tocsin.example/api/0/")
        );
        let second = api.client().get(&next).await.ok();
        assert_eq!(
            (second.header("x-hits"), second.body.as_array().unwrap().len()),
            (Some("3"), 1)
        );
        assert_eq!((second.link("next").1, second.link("previous").1), (false, true));
        // Behind the end there is nothing, but a way back.
        let beyond = api.client().get(&second.link("next").0).await.ok();
        assert_eq!(beyond.body, json!([]));
        let back = api.client().get(&beyond.link("previous").0).await.ok();
        assert_eq!(back.each("/shortId"), ["SHOP-2", "SHOP-1"]);
        // Before the beginning there is nothing, but a way forward.
        let before = api.client().get(&first.link("previous").0).await.ok();
        assert_eq!(before.body, json!([]));
        let forward = api.client().get(&before.link("next").0).await.ok();
        assert_eq!(forward.each("/shortId"), ["SHOP-3", "SHOP-2"]);
        let empty = api.client().get(&format!("{PATH}?query=nothing")).await.ok();
        assert_eq!(
            (empty.header("x-hits"), empty.link("next").1, empty.link("previous").1),
            (Some("0"), false, false)
        );
        for bad in ["x", "1:2", "1:2:3", "a:0:0"] {
            let refused = api.client().get(&format!("{PATH}?cursor={bad}")).await.assert(400);
            assert_eq!(refused.body, json!({ "detail": "Invalid cursor parameter." }));
        }
        assert_eq!(
            api.client()
                .get(&format!("{PATH}?limit=5000"))
                .await
                .ok()
                .each("/id")
                .len(),
            3
        );
    })
    .await;
}
