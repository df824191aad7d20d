use serde_json::json;
use services::Scope;
use store::stored_items::StoredItemKind;
use testkit::on_every_database;

use crate::api::Api;

const PATH: &str = "/api/0/projects/acme/shop/items/";
const REPLAY: &str = "3f1d5d4c6a8b4c1d9e2f00112233aabb";

#[tokio::test]
async fn what_is_kept_can_be_read() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        assert_eq!(client.get(&format!("{PATH}?kind=session")).await.ok().body, json!([]));
        for position in 0..5 {
            let payload = format!("{{\"sid\":\"a\",\"seq\":{position}}}");
            let kind = StoredItemKind::Session;
            api.store_item(kind, "a", position, payload.as_bytes()).await;
        }
        api.store_item(StoredItemKind::Session, "b", 0, b"{}").await;
        api.store_item(StoredItemKind::Profile, "p", 0, b"\x01\x02").await;
        let pages = client
            .pages(&format!("{PATH}?kind=session&key=a&per_page=2"), "next", "/position")
            .await;
        assert_eq!(
            pages,
            [vec![json!(4), json!(3)], vec![json!(2), json!(1)], vec![json!(0)]]
        );
        let all = client.get(&format!("{PATH}?kind=session")).await.ok();
        assert_eq!(all.each("/key"), ["b", "a", "a", "a", "a", "a"]);
        let newest = &all.body[1];
        assert_eq!(
            (
                &newest["kind"],
                &newest["release"],
                &newest["dateReceived"],
                &newest["size"]
            ),
            (
                &json!("session"),
                &json!("shop@1.2.0"),
                &json!("2026-11-21T02:40:00Z"),
                &json!(19)
            )
        );
        let payload = client
            .get(&format!("{PATH}{}/", newest["id"].as_str().unwrap()))
            .await
            .ok();
        assert_eq!(payload.body, json!({ "sid": "a", "seq": 4 }));
        let profile = client.get(&format!("{PATH}?kind=profile")).await.ok().text("/0/id");
        let payload = client.get(&format!("{PATH}{profile}/")).await.ok();
        assert_eq!(&payload.bytes[..], b"\x01\x02");
        assert_eq!(payload.header("x-content-type-options"), Some("nosniff"));
        let kinds = client.get(&format!("{PATH}kinds/")).await.ok();
        assert_eq!(
            kinds.body,
            json!([{ "kind": "profile", "count": 1 }, { "kind": "session", "count": 6 }])
        );
        for bad in ["", "?kind=odd"] {
            assert!(client.get(&format!("{PATH}{bad}")).await.assert(400).body["kind"][0].is_string());
        }
        client.get(&format!("{PATH}1/")).await.assert(404);
        client.get(&format!("{PATH}abc/")).await.assert(404);
        let path = format!("{PATH}{profile}/");
        api.client_for(&[Scope::ProjectRead]).await.get(&path).await.assert(403);
        let stranger = api.stranger().await;
        stranger.get(&path).await.assert(404);
        stranger.get(&format!("{PATH}?kind=session")).await.assert(404);
        stranger
            .get(&format!("/api/0/projects/globex/depot/items/{profile}/"))
            .await
            .assert(404);
    })
    .await;
}

#[tokio::test]
async fn a_replay_is_read_segment_by_segment() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let path = format!("/api/0/projects/acme/shop/replays/{REPLAY}/recording-segments/");
        client.get(&path).await.assert(404);
        // Sent in another order than recorded.
        for position in [1, 0, 2] {
            let payload = format!("{{\"segment_id\":{position}}}\n[{{\"type\":{position}}}]");
            let kind = StoredItemKind::ReplayRecording;
            api.store_item(kind, REPLAY, position, payload.as_bytes()).await;
        }
        let whole = client.get(&path).await.ok();
        assert_eq!(whole.body, json!([[{ "type": 0 }], [{ "type": 1 }], [{ "type": 2 }]]));
        assert!(!whole.link("next").1);
        let pages = client.pages(&format!("{path}?per_page=2"), "next", "/0/type").await;
        assert_eq!(pages, [vec![json!(0), json!(1)], vec![json!(2)]]);
        let listed = client.get(&format!("{path}?download=false")).await.ok();
        assert_eq!(listed.each("/data/segmentId"), [json!(0), json!(1), json!(2)]);
        let one = client.get(&format!("{path}1/")).await.ok();
        assert_eq!(
            one.body,
            json!({ "data": {
                "replayId": REPLAY, "segmentId": 1, "projectId": api.project().to_string(),
                "dateAdded": "2026-11-21T02:40:00Z",
            } })
        );
        let download = client.get(&format!("{path}1/?download")).await.ok();
        assert_eq!(download.body, json!([{ "type": 1 }]));
        client.get(&format!("{path}7/")).await.assert(404);
        client.get(&format!("{path}x/")).await.assert(404);
        client
            .get("/api/0/projects/acme/shop/replays/nonsense/recording-segments/")
            .await
            .assert(404);
        api.client_for(&[Scope::EventRead]).await.get(&path).await.assert(403);
        api.stranger().await.get(&path).await.assert(404);
    })
    .await;
}
