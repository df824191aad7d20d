use model::OrganizationRole;
use serde_json::{Value, json};
use testkit::on_every_database;

use crate::api::{Api, Client};

async fn write(client: &Client, path: &str, text: &str) -> String {
    client.post(path, json!({ "text": text })).await.assert(201).text("/id")
}

#[tokio::test]
async fn a_comment_is_written_changed_and_deleted() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let issue = api.save_issues(&["a"]).await[0];
        let client = api.client();
        let path = format!("/api/0/organizations/acme/issues/{issue}/comments/");
        let written = client
            .post(&path, json!({ "text": "  It was <b>me</b>.\n" }))
            .await
            .assert(201);
        assert_eq!(
            (written.at("/type"), written.at("/data")),
            (&json!("note"), &json!({ "text": "It was <b>me</b>." }))
        );
        assert_eq!(written.at("/user/email"), "owner@example.com");
        let second = write(&client, &path, "And again.").await;
        let comments = client.get(&path).await.ok();
        assert_eq!(
            comments.each("/data/text"),
            ["And again.", "It was <b>me</b>."],
            "newest first"
        );
        let shown = client.get(&format!("/api/0/issues/{issue}/")).await.ok();
        assert_eq!(shown.at("/numComments"), 2);
        assert_eq!(shown.each_in("/activity", "/type"), ["note", "note", "first_seen"]);
        assert_eq!(shown.at("/subscriptionDetails"), &json!({ "reason": "commented" }));

        // Under its other name, by the path without an organization.
        let one = format!("/api/0/groups/{issue}/notes/{second}/");
        let changed = client.put(&one, json!({ "text": "Not again." })).await.ok();
        assert_eq!(changed.at("/data/text"), "Not again.");
        client.delete(&one).await.assert(204);
        client.delete(&one).await.assert(404);
        client.put(&one, json!({ "text": "Gone." })).await.assert(404);
        assert_eq!(client.get(&path).await.ok().each("/data/text"), ["It was <b>me</b>."]);
        assert_eq!(
            client
                .get(&format!("/api/0/issues/{issue}/"))
                .await
                .ok()
                .at("/numComments"),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn comments_are_refused_with_the_reason() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["a", "b"]).await;
        let client = api.client();
        let path = format!("/api/0/issues/{}/comments/", ids[0]);
        for (body, field) in [
            (json!({}), "text"),
            (json!({ "text": " \n" }), "text"),
            (json!({ "text": "x".repeat(50_001) }), "text"),
            (json!({ "text": "x", "mentions": ["ada"] }), "mentions"),
            (json!({ "text": "x", "mentions": ["user:999"] }), "mentions"),
            (json!({ "text": "x", "mentions": ["team:999"] }), "mentions"),
        ] {
            let refused = client.post(&path, body.clone()).await.assert(400);
            assert!(refused.at(&format!("/{field}/0")).is_string(), "{body}");
        }
        let id = write(&client, &path, "Once.").await;
        client.post(&path, json!({ "text": "Once." })).await.assert(400);
        api.clock.advance(crate::seed::minutes(61));
        client.post(&path, json!({ "text": "Once." })).await.assert(201);
        // A comment belongs to its issue.
        let elsewhere = format!("/api/0/issues/{}/comments/{id}/", ids[1]);
        client.put(&elsewhere, json!({ "text": "x" })).await.assert(404);
        client.delete(&elsewhere).await.assert(404);
        // What else happened to an issue is no comment.
        client
            .put(&format!("/api/0/issues/{}/", ids[0]), json!({ "status": "resolved" }))
            .await
            .ok();
        let activity = client
            .get(&format!("/api/0/issues/{}/activities/", ids[0]))
            .await
            .ok()
            .text("/activity/0/id");
        client
            .put(&format!("{path}{activity}/"), json!({ "text": "x" }))
            .await
            .assert(404);
        client.delete(&format!("{path}{activity}/")).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn only_own_comments_are_changed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let issue = api.save_issues(&["a"]).await[0];
        let (_, ada) = api.colleague("ada@example.com", OrganizationRole::Member).await;
        let (_, grace) = api.colleague("grace@example.com", OrganizationRole::Member).await;
        let path = format!("/api/0/issues/{issue}/comments/");
        let of_ada = format!("{path}{}/", write(&ada, &path, "mine").await);
        let of_owner = format!("{path}{}/", write(&api.client(), &path, "the owner's").await);
        grace.put(&of_ada, json!({ "text": "x" })).await.assert(403);
        api.client().put(&of_ada, json!({ "text": "x" })).await.assert(403);
        // Whoever may delete issues keeps order, which members may not here.
        let strict = json!({ "eventsMemberAdmin": false });
        api.client().put("/api/0/organizations/acme/", strict).await.ok();
        ada.delete(&of_owner).await.assert(403);
        api.client().delete(&of_ada).await.assert(204);
        assert_eq!(ada.get(&path).await.ok().each("/data/text"), ["the owner's"]);
        api.stranger().await.get(&path).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_mentioned_takes_part() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let issue = api.save_issues(&["a"]).await[0];
        let (user, ada) = api.colleague("ada@example.com", OrganizationRole::Member).await;
        let (_, grace) = api.colleague("grace@example.com", OrganizationRole::Member).await;
        let client = api.client();
        let team = client.get("/api/0/teams/acme/acme/").await.ok().text("/id");
        let path = format!("/api/0/issues/{issue}");
        let comments = format!("{path}/comments/");
        let participants = async || -> Vec<Value> {
            let shown = client.get(&format!("{path}/participants/")).await.ok();
            let members = shown.body.as_array().unwrap().clone();
            let name = |member: &Value| match member["type"].as_str().unwrap() {
                "team" => json!(format!("#{}", member["slug"].as_str().unwrap())),
                _ => member["email"].clone(),
            };
            members.iter().map(name).collect()
        };
        assert_eq!(participants().await, [""; 0]);
        let body = json!({ "text": "look", "mentions": [format!("user:{}", user.id)] });
        let written = client.post(&comments, body).await.assert(201);
        assert_eq!(written.at("/data/mentions"), &json!([format!("user:{}", user.id)]));
        assert_eq!(participants().await, ["owner@example.com", "ada@example.com"]);
        assert_eq!(
            ada.get(&format!("{path}/")).await.ok().at("/subscriptionDetails"),
            &json!({ "reason": "mentioned" })
        );

        // By name in the text; an address in a sentence mentions nobody else.
        write(
            &client,
            &comments,
            "@GRACE@example.com, and #acme: see mail@example.com #nothing",
        )
        .await;
        assert_eq!(
            participants().await,
            ["owner@example.com", "ada@example.com", "grace@example.com", "#acme"]
        );
        let latest = client.get(&comments).await.ok();
        assert_eq!(latest.at("/0/data/mentions").as_array().unwrap().len(), 2);
        assert_eq!(latest.at("/0/data/mentions/0"), &json!(format!("team:{team}")));

        // Who has said no is not asked again.
        grace
            .put(&format!("{path}/"), json!({ "isSubscribed": false }))
            .await
            .ok();
        write(&client, &comments, "@grace@example.com please").await;
        assert!(!participants().await.contains(&json!("grace@example.com")));
        assert_eq!(
            client
                .get(&format!("{path}/"))
                .await
                .ok()
                .each_in("/participants", "/email")
                .len(),
            2
        );
    })
    .await;
}

#[tokio::test]
async fn comments_come_in_pages() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let issue = api.save_issues(&["a"]).await[0];
        let client = api.client();
        let path = format!("/api/0/issues/{issue}/comments/");
        for number in 0..5 {
            write(&client, &path, &format!("{number}")).await;
        }
        let pages = client.pages(&format!("{path}?per_page=2"), "next", "/data/text").await;
        assert_eq!(pages, [vec!["4", "3"], vec!["2", "1"], vec!["0"]]);
    })
    .await;
}
