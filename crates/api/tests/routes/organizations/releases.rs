//! Releases and deploys.

use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Answer, Api, Client, NOW},
    seed::{message, minutes},
};

const RELEASES: &str = "/api/0/organizations/acme/releases/";
const OF_PROJECT: &str = "/api/0/projects/acme/shop/releases/";

fn of_release(name: &str, release: &str, environment: &str, age: u64) -> Value {
    let mut event = message(name, NOW - minutes(age));
    event["release"] = release.into();
    event["environment"] = environment.into();
    event
}

async fn create(client: &Client, body: Value) -> Answer {
    client.post(RELEASES, body).await
}

async fn versions(client: &Client, parameters: &str) -> Vec<Value> {
    let listed = client.get(&format!("{RELEASES}?{parameters}")).await.ok();
    listed.each("/version")
}

#[tokio::test]
async fn events_make_releases_and_issues_count_in_them() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for event in [
            of_release("a", "shop@1.0.0", "production", 30),
            of_release("b", "shop@1.0.0", "staging", 20),
            of_release("a", "shop@1.1.0", "staging", 10),
            // None of these can be a release.
            of_release("c", "latest", "", 5),
            of_release("c", "..", "", 5),
        ] {
            api.save(event).await;
        }
        assert_eq!(versions(&client, "").await, ["shop@1.1.0", "shop@1.0.0"]);
        assert_eq!(versions(&client, "environment=production").await, ["shop@1.0.0"]);
        assert_eq!(versions(&client, "query=1.1").await, ["shop@1.1.0"]);
        let shown = client.get(&format!("{RELEASES}shop@1.0.0/")).await.ok();
        assert_eq!(shown.at("/newGroups"), 2);
        assert_eq!(shown.at("/firstEvent"), &json!((NOW - minutes(30)).to_string()));
        assert_eq!(shown.at("/lastEvent"), &json!((NOW - minutes(20)).to_string()));
        assert_eq!(shown.at("/dateReleased"), &Value::Null);
        assert_eq!(shown.each_in("/projects", "/slug"), ["shop"]);
        assert_eq!(shown.at("/versionInfo/package"), "shop");
        assert_eq!(shown.at("/versionInfo/version/minor"), 0);
        // To the build that makes it later it is there already.
        let repeated = create(&client, json!({ "version": "shop@1.0.0", "projects": ["shop"] })).await;
        repeated.assert(208);
    })
    .await;
}

#[tokio::test]
async fn a_release_is_made_once_given_to_projects_changed_and_removed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        api.add_project("depot").await;
        let body = json!({
            "version": "shop@2.0.0", "projects": ["shop"], "ref": "main", "url": "https://shop.example/2",
            "dateReleased": "2026-11-20T12:00:00Z", "owner": "owner@example.com",
        });
        let made = create(&client, body.clone()).await.assert(201);
        assert_eq!((made.at("/ref"), made.at("/status")), (&json!("main"), &json!("open")));
        assert_eq!(made.at("/owner/email"), "owner@example.com");
        assert_eq!(made.at("/dateReleased"), "2026-11-20T12:00:00Z");
        create(&client, body.clone()).await.assert(208);
        let mut more = body;
        more["projects"] = json!(["shop", "depot"]);
        let given = create(&client, more).await.assert(201);
        assert_eq!(given.each_in("/projects", "/slug").len(), 2);
        let path = format!("{RELEASES}shop@2.0.0/");
        let changed = client
            .put(&path, json!({ "ref": "v2", "status": "archived" }))
            .await
            .ok();
        assert_eq!(
            (changed.at("/ref"), changed.at("/status")),
            (&json!("v2"), &json!("archived"))
        );
        assert_eq!(changed.at("/url"), "https://shop.example/2", "what is not said stays");
        assert_eq!(client.get(&path).await.ok().body, changed.body);
        assert!(versions(&client, "").await.is_empty(), "what is put away is not listed");
        assert_eq!(versions(&client, "status=archived").await, ["shop@2.0.0"]);
        client.delete(&path).await.assert(204);
        client.get(&path).await.assert(404);

        // As sentry-cli has it.
        let of_project = client
            .post(
                OF_PROJECT,
                json!({ "version": "cli@1", "dateStarted": NOW.to_string() }),
            )
            .await
            .assert(201);
        assert_eq!(of_project.at("/dateStarted"), &json!(NOW.to_string()));
        let one = format!("{OF_PROJECT}cli@1/");
        let finalized = json!({ "projects": ["shop"], "version": "cli@1", "dateReleased": NOW.to_string() });
        let released = client.put(&one, finalized).await.ok();
        assert_eq!(released.at("/dateReleased"), &json!(NOW.to_string()));
        assert_eq!(client.get(OF_PROJECT).await.ok().each("/version"), ["cli@1"]);
        client
            .get("/api/0/projects/acme/depot/releases/cli@1/")
            .await
            .assert(404);
        client.delete(&one).await.assert(204);
        // One that issues began with stays.
        api.save(of_release("a", "kept@1", "", 1)).await;
        let kept = client.delete(&format!("{RELEASES}kept@1/")).await.assert(400);
        assert!(kept.text("/detail").contains("cannot be removed"), "{}", kept.body);
    })
    .await;
}

#[tokio::test]
async fn releases_order_as_semver_and_by_date_over_pages() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for (minute, version) in ["shop@1.10.0", "shop@1.9.0", "nightly", "shop@1.10.0-rc.1", "shop@2.0.0"]
            .iter()
            .enumerate()
        {
            api.clock.set(NOW + minutes(minute as u64));
            let body = json!({ "version": version, "projects": ["shop"] });
            create(&client, body).await.assert(201);
        }
        let by_date = ["shop@2.0.0", "shop@1.10.0-rc.1", "nightly", "shop@1.9.0", "shop@1.10.0"];
        let by_version = ["shop@2.0.0", "shop@1.10.0", "shop@1.10.0-rc.1", "shop@1.9.0", "nightly"];
        for (sort, expected) in [("", by_date), ("sort=date", by_date), ("sort=semver", by_version)] {
            let path = format!("{RELEASES}?per_page=2&{sort}");
            let pages = client.pages(&path, "next", "/version").await;
            assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1], "{sort}");
            assert_eq!(pages.concat(), expected, "{sort}");
        }
        client.get(&format!("{RELEASES}?sort=size")).await.assert(400);
        client.get(&format!("{RELEASES}?status=odd")).await.assert(400);
        // Released later than all others.
        let released = json!({ "dateReleased": (NOW + minutes(60)).to_string() });
        client.put(&format!("{RELEASES}nightly/"), released).await.ok();
        assert_eq!(versions(&client, "per_page=1").await, ["nightly"]);
    })
    .await;
}

#[tokio::test]
async fn deploys_are_listed_the_newest_first() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        create(&client, json!({ "version": "shop@1", "projects": ["shop"] }))
            .await
            .assert(201);
        let path = format!("{RELEASES}shop@1/deploys/");
        let body = json!({
            "environment": "staging", "name": "blue", "url": "https://shop.example/", "projects": ["shop"],
            "dateStarted": (NOW - minutes(9)).to_string(), "dateFinished": (NOW - minutes(5)).to_string(),
        });
        let first = client.post(&path, body).await.assert(201);
        assert_eq!(first.at("/dateStarted"), &json!((NOW - minutes(9)).to_string()));
        let second = client
            .post(&path, json!({ "environment": "production" }))
            .await
            .assert(201);
        assert_eq!(
            second.at("/dateFinished"),
            &json!(NOW.to_string()),
            "now, if nothing is said"
        );
        assert_eq!(
            client.get(&path).await.ok().each("/environment"),
            ["production", "staging"]
        );
        let release = client.get(&format!("{RELEASES}shop@1/")).await.ok();
        assert_eq!(release.at("/deployCount"), 2);
        assert_eq!(release.at("/lastDeploy/environment"), "production");
        for (bad, field) in [
            (json!({}), "environment"),
            (json!({ "environment": "a/b" }), "environment"),
            (json!({ "environment": "x".repeat(65) }), "environment"),
            (json!({ "environment": "a", "name": "x".repeat(65) }), "name"),
            (json!({ "environment": "a", "url": "javascript:alert(1)" }), "url"),
            (json!({ "environment": "a", "dateFinished": "soon" }), "dateFinished"),
            (json!({ "environment": "a", "projects": ["nowhere"] }), "projects"),
        ] {
            let refused = client.post(&path, bad).await.assert(400);
            assert!(refused.body.get(field).is_some(), "{field}: {}", refused.body);
        }
        let absent = format!("{RELEASES}absent/deploys/");
        client.get(&absent).await.assert(404);
        client.post(&absent, json!({ "environment": "a" })).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn commits_are_kept_and_what_they_fix_is_resolved() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let (issue, _) = api.save(of_release("a", "shop@1.0.0", "", 30)).await;
        let (other, _) = api.save(of_release("b", "shop@1.0.0", "", 30)).await;
        let commit = |id: &str, message: &str| {
            json!({ "id": id, "repository": "acme/shop", "message": message, "author_name": "Ada",
                "author_email": "owner@example.com", "timestamp": NOW.to_string(),
                "patch_set": [{ "path": "a.py", "type": "M" }] })
        };
        let body = json!({
            "version": "shop@1.1.0", "projects": ["shop"],
            "commits": [commit("b".repeat(40).as_str(), "Fixes shop-1, really"), commit("a", "Begins with SHOP-2")],
        });
        let made = create(&client, body).await.assert(201);
        assert_eq!(made.at("/commitCount"), 2);
        assert_eq!(made.at("/lastCommit/message"), "Fixes shop-1, really");
        assert_eq!(made.each_in("/authors", "/email"), ["owner@example.com"]);
        let commits = client.get(&format!("{RELEASES}shop@1.1.0/commits/")).await.ok();
        assert_eq!(commits.each("/id"), ["b".repeat(40), "a".to_owned()]);
        assert_eq!(commits.at("/0/repository/name"), "acme/shop");
        let fixed = client.get(&format!("/api/0/issues/{issue}/")).await.ok();
        assert_eq!(fixed.at("/status"), "resolved");
        assert_eq!(fixed.at("/statusDetails/inRelease"), "shop@1.1.0");
        assert_eq!(fixed.at("/activity/0/type"), "set_resolved_in_release");
        assert_eq!(fixed.at("/activity/0/user/email"), "owner@example.com");
        let untouched = client.get(&format!("/api/0/issues/{other}/")).await.ok();
        assert_eq!(untouched.at("/status"), "unresolved");
        // Set anew by PUT, as `sentry-cli releases set-commits` does.
        let again = json!({ "commits": [commit("c", "Closes SHOP-2")] });
        let changed = client.put(&format!("{RELEASES}shop@1.1.0/"), again).await.ok();
        assert_eq!(changed.at("/commitCount"), 1);
        let closed = client.get(&format!("/api/0/issues/{other}/")).await.ok();
        assert_eq!(closed.at("/status"), "resolved");
        // An event of the release before does not bring it back, one of this release does.
        api.clock.advance(std::time::Duration::from_secs(60));
        let mut late = of_release("a", "shop@1.0.0", "", 0);
        late["timestamp"] = api.app.now().to_string().into();
        let status = async || {
            client
                .get(&format!("/api/0/issues/{issue}/"))
                .await
                .ok()
                .text("/substatus")
        };
        api.save(late.clone()).await;
        let held = client.get(&format!("/api/0/issues/{issue}/")).await.ok();
        assert_eq!(held.at("/status"), "resolved");
        late["release"] = "shop@1.1.0".into();
        api.save(late).await;
        assert_eq!(status().await, "regressed");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_release_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let long = "x".repeat(201);
        for version in [
            "", ".", "..", "latest", "Latest", "a/b", "a\\b", "a\nb", "a\tb", " ", &long,
        ] {
            let refused = create(&client, json!({ "version": version, "projects": ["shop"] })).await;
            let refused = refused.assert(400);
            assert!(refused.body.get("version").is_some(), "{version:?}: {}", refused.body);
        }
        let good = |field: &str, value: Value| {
            let mut body = json!({ "version": "shop@1", "projects": ["shop"] });
            body[field] = value;
            body
        };
        for (field, value) in [
            ("projects", json!([])),
            ("projects", json!(["nowhere"])),
            ("ref", json!("x".repeat(201))),
            ("url", json!("ftp://a")),
            ("dateReleased", json!("yesterday")),
            ("status", json!("closed")),
            ("owner", json!("nobody")),
            ("commits", json!({})),
            ("commits", json!([1])),
            ("commits", json!([{ "message": "no id" }])),
            ("commits", json!([{ "id": "x".repeat(65) }])),
            ("refs", json!([{ "repository": "acme/shop", "commit": "f00" }])),
        ] {
            let refused = create(&client, good(field, value.clone())).await.assert(400);
            assert!(refused.body.get(field).is_some(), "{field} {value}: {}", refused.body);
        }
        create(&client, json!({ "version": "shop@1" })).await.assert(400);
        create(&client, json!([])).await.assert(400);
        assert!(versions(&client, "status=all").await.is_empty(), "nothing came of it");
        create(&client, good("refs", json!([]))).await.assert(201);
        let ci = api.client_for(&[Scope::OrgCi]).await;
        create(&ci, good("version", json!("shop@2"))).await.assert(201);
        ci.delete(&format!("{RELEASES}shop@2/")).await.assert(403);
        let reader = api.client_for(&[Scope::ProjectRead]).await;
        reader.get(RELEASES).await.ok();
        create(&reader, good("version", json!("shop@3"))).await.assert(403);
        let stranger = api.stranger().await;
        stranger.get(&format!("{RELEASES}shop@1/")).await.assert(404);
        let theirs = "/api/0/organizations/globex/releases/";
        assert_eq!(stranger.get(theirs).await.ok().body, json!([]));
        stranger.get(&format!("{theirs}shop@1/")).await.assert(404);
        let mine = json!({ "version": "shop@9", "projects": [api.project().to_string()] });
        stranger.post(theirs, mine).await.assert(400);
    })
    .await;
}
