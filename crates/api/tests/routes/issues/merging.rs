//! Merging, taking apart, and what looks alike.

use model::IssueId;
use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Answer, Api, NOW},
    seed::{message, minutes},
};

const ISSUES: &str = "/api/0/organizations/acme/issues/";

impl Api {
    /// An event of an issue, and one more of another.
    async fn two_issues(&self) -> (IssueId, IssueId) {
        let of = |name: &str, user: &str, age: u64| {
            let mut event = message(name, NOW - minutes(age));
            event["user"] = json!({ "id": user });
            event["tags"] = json!({ "name": name });
            event
        };
        let (one, _) = self.save(of("one", "a", 30)).await;
        self.save(of("two", "a", 20)).await;
        let (two, _) = self.save(of("two", "b", 10)).await;
        (one, two)
    }

    async fn merge(&self, one: IssueId, two: IssueId) -> Answer {
        let path = format!("{ISSUES}?id={one}&id={two}");
        self.client().put(&path, json!({ "merge": 1 })).await
    }

    async fn jobs(&self) {
        while services::jobs::step(&self.app).await.unwrap() {}
    }

    /// Numbers and tags, without what tells that it is this issue.
    async fn numbers(&self, issue: IssueId) -> Vec<Value> {
        let path = format!("{ISSUES}{issue}/");
        let shown = self.client().get(&path).await.ok();
        let tags = self.client().get(&format!("{path}tags/")).await.ok();
        let mut numbers: Vec<Value> = ["/count", "/userCount", "/firstSeen", "/lastSeen", "/title"]
            .iter()
            .map(|pointer| shown.at(pointer).clone())
            .collect();
        numbers.push(tags.body);
        numbers
    }
}

#[tokio::test]
async fn tsk4_merge_two_unmerge_one_hash_counts_first_seen_users_and_tags_equal_the_originals() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let (one, two) = api.two_issues().await;
        let originals = [api.numbers(one).await, api.numbers(two).await];
        let merged = api.merge(one, two).await.ok();
        assert_eq!(
            merged.body,
            json!({ "merge": { "parent": two.to_string(), "children": [one.to_string()] } })
        );
        // Both names show the same issue.
        let whole = client.get(&format!("{ISSUES}{one}/")).await.ok();
        assert_eq!(whole.text("/id"), two.to_string());
        assert_eq!((whole.at("/count"), whole.at("/userCount")), (&json!("3"), &json!(2)));
        assert_eq!(client.get(ISSUES).await.ok().each("/id"), [json!(two.to_string())]);
        assert_eq!(whole.at("/activity/0/type"), "merge");
        assert_eq!(whole.at("/activity/0/data/issues/0/id"), &json!(one.to_string()));

        let hashes = client.get(&format!("{ISSUES}{two}/hashes/")).await.ok();
        let titles = hashes.each("/latestEvent/title");
        assert_eq!(titles, ["two happened", "one happened"], "the one seen last first");
        let hash = hashes.text("/1/id");
        let unmerge = format!("{ISSUES}{two}/hashes/?id={hash}");
        // What followed the merge is still on its way.
        let busy = client.delete(&unmerge).await.assert(409);
        assert!(busy.text("/detail").contains("try again"), "{}", busy.body);
        api.jobs().await;
        client.delete(&unmerge).await.assert(202);
        client.delete(&unmerge).await.assert(409);
        let listed = client.get(&format!("{ISSUES}?sort=new")).await.ok();
        let ids = listed.each("/id");
        assert_eq!(ids.len(), 2);
        let new = ids.iter().find(|id| **id != json!(two.to_string())).unwrap();
        let new = IssueId(new.as_str().unwrap().parse().unwrap());
        assert_eq!([api.numbers(new).await, api.numbers(two).await], originals);
        api.jobs().await;
        assert_eq!([api.numbers(new).await, api.numbers(two).await], originals);

        let source = client.get(&format!("{ISSUES}{two}/")).await.ok();
        assert_eq!(source.at("/activity/0/type"), "unmerge_source");
        assert_eq!(source.at("/activity/0/data/fingerprints"), &json!([hash]));
        let apart = client.get(&format!("{ISSUES}{new}/")).await.ok();
        assert_eq!(apart.at("/activity/0/type"), "unmerge_destination");
        assert_eq!(
            (apart.at("/status"), apart.at("/substatus")),
            (&json!("unresolved"), &json!("ongoing"))
        );
        // The old name still leads to what it was merged into.
        assert_eq!(
            client.get(&format!("{ISSUES}{one}/")).await.ok().text("/id"),
            two.to_string()
        );
        assert_eq!(api.save(message("one", NOW)).await.0, new);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_merged_or_taken_apart_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let (one, two) = api.two_issues().await;
        api.merge(one, one).await.assert(400);
        let depot = api.add_project("depot").await;
        let (elsewhere, _) = api.save_in(depot, message("one", NOW)).await;
        let several = api.merge(one, elsewhere).await.assert(400);
        assert!(several.text("/detail").contains("several projects"), "{}", several.body);
        let by_search = client.put(&format!("{ISSUES}?query="), json!({ "merge": 1 })).await;
        by_search.assert(400);
        let hashes = client.get(&format!("{ISSUES}{one}/hashes/")).await.ok();
        let hash = hashes.text("/0/id");
        client
            .delete(&format!("{ISSUES}{one}/hashes/?id={hash}"))
            .await
            .assert(400);
        client
            .delete(&format!("{ISSUES}{two}/hashes/?id={hash}"))
            .await
            .assert(409);
        let reader = api.client_for(&[Scope::EventRead]).await;
        reader
            .delete(&format!("{ISSUES}{one}/hashes/?id={hash}"))
            .await
            .assert(403);
        let stranger = api.stranger().await;
        stranger.get(&format!("{ISSUES}{one}/similar/")).await.assert(404);
        stranger
            .delete(&format!("/api/0/issues/{one}/hashes/?id={hash}"))
            .await
            .assert(404);
    })
    .await;
}

#[tokio::test]
async fn similar_issues_are_listed_with_their_scores() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let error = |name: &str, value: &str| {
            let frames: Vec<Value> = ["serve", "handle", "checkout", "pay"]
                .iter()
                .map(|function| json!({ "function": function, "module": "shop", "in_app": true }))
                .collect();
            json!({
                "fingerprint": [name], "timestamp": NOW.to_string(),
                "exception": { "values": [{ "type": "Declined", "value": value, "stacktrace": { "frames": frames } }] },
            })
        };
        let (of, _) = api.save(error("a", "card 1 declined")).await;
        let (like, _) = api.save(error("b", "card 2 declined")).await;
        api.save(message("c", NOW)).await;
        for path in [
            format!("{ISSUES}{of}/similar/"),
            format!("/api/0/issues/{of}/similar/"),
            format!("/api/0/groups/{of}/similar/"),
        ] {
            let listed = api.client().get(&path).await.ok();
            assert_eq!(listed.each("/0/id"), [json!(like.to_string())]);
            assert_eq!(
                listed.at("/0/1"),
                &json!({ "exception:stacktrace:pairs": 1.0, "exception:message:character-shingles": 1.0 })
            );
        }
    })
    .await;
}
