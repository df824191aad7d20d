use axum::body::Body;
use http::{Request, header};
use model::EventId;
use serde_json::json;
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Answer, Api, Client, NOW},
    seed::message,
};

const EVENTS: &str = "/api/0/projects/acme/shop/events";

async fn get_with(client: &Client, path: &str, headers: &[(header::HeaderName, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    client.request(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn attachments_of_an_event_are_listed_and_shown() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let (issue, event) = api.save(message("crash", NOW)).await;
        let path = format!("{EVENTS}/{event}/attachments/");
        assert_eq!(client.get(&path).await.ok().body, json!([]));
        let log = api.attach(event, "app.log", "event.attachment", b"line\n").await;
        let picture = api
            .attach(event, "Screenshot 1.png", "event.attachment", b"\x89PNG")
            .await;
        let dump = api.attach(event, "crash.dmp", "event.minidump", b"MDMP").await;
        let listed = client.get(&path).await.ok();
        assert_eq!(
            listed.each("/id"),
            [dump.to_string(), picture.to_string(), log.to_string()]
        );
        let expected = json!({
            "id": log.to_string(),
            "event_id": event.to_string(),
            "type": "event.attachment",
            "name": "app.log",
            "mimetype": "text/plain",
            "dateCreated": "2026-11-21T02:40:00Z",
            "size": 5,
            "headers": { "Content-Type": "text/plain" },
            "sha1": "8cad5b5d56cf2d36b0f61de2be5f77cc0b2ff3c5",
        });
        let shown = client.get(&format!("{path}{log}/")).await.ok().body;
        for (key, value) in expected.as_object().unwrap() {
            if key != "sha1" {
                assert_eq!(&shown[key], value, "{key}");
            }
        }
        assert_eq!(shown["sha1"].as_str().unwrap().len(), 40);
        assert_eq!(shown, listed.body[2]);
        let names = async |query: &str| client.get(&format!("{path}?{query}")).await.ok().each("/name");
        assert_eq!(names("query=APP").await, ["app.log"]);
        assert_eq!(names("query=is:screenshot").await, ["Screenshot 1.png"]);
        let pages = client.pages(&format!("{path}?per_page=2"), "next", "/name").await;
        assert_eq!(
            pages,
            [
                vec![json!("crash.dmp"), json!("Screenshot 1.png")],
                vec![json!("app.log")]
            ]
        );

        for of_issue in [
            format!("/api/0/organizations/acme/issues/{issue}/attachments/"),
            format!("/api/0/issues/{issue}/attachments/"),
        ] {
            assert_eq!(client.get(&of_issue).await.ok().body, listed.body);
            let dumps = client
                .get(&format!("{of_issue}?types=event.minidump&types=x"))
                .await
                .ok();
            assert_eq!(dumps.each("/name"), ["crash.dmp"]);
            let pictures = client.get(&format!("{of_issue}?screenshot")).await.ok();
            assert_eq!(pictures.each("/name"), ["Screenshot 1.png"]);
            let none = client
                .get(&format!("{of_issue}?start=2026-11-01T00:00:00&end=2026-11-02T00:00:00"))
                .await
                .ok();
            assert_eq!(none.body, json!([]));
        }
        let expanded = "/api/0/organizations/acme/issues/?expand=latestEventHasAttachments";
        let has_any = async || client.get(expanded).await.ok().each("/latestEventHasAttachments");
        assert_eq!(has_any().await, [json!(true)]);
        api.save(message("crash", NOW)).await;
        assert_eq!(has_any().await, [json!(false)]);
        client.delete(&format!("{path}{log}/")).await.assert(204);
        client.get(&format!("{path}{log}/")).await.assert(404);
        client.delete(&format!("{path}{log}/")).await.assert(404);
        assert_eq!(client.get(&path).await.ok().body.as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_download_is_a_file_and_never_a_page() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let (_, event) = api.save(message("crash", NOW)).await;
        let content = b"<script>alert(1)</script>";
        let page = api.attach(event, "../größe.html", "event.attachment", content).await;
        let path = format!("{EVENTS}/{event}/attachments/{page}/?download=1");
        let whole = client.get(&path).await.ok();
        assert_eq!(&whole.bytes[..], content);
        let etag = whole.header("etag").unwrap().to_owned();
        for (name, value) in [
            ("content-type", "text/html"),
            (
                "content-disposition",
                "attachment; filename=\"gr__e.html\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.html",
            ),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("x-content-type-options", "nosniff"),
            ("content-length", "25"),
            ("accept-ranges", "bytes"),
            ("cache-control", "private, no-cache"),
        ] {
            assert_eq!(whole.header(name), Some(value), "{name}");
        }
        let part = get_with(&client, &path, &[(header::RANGE, "bytes=1-6")])
            .await
            .assert(206);
        assert_eq!(&part.bytes[..], b"script");
        assert_eq!(part.header("content-range"), Some("bytes 1-6/25"));
        let end = get_with(
            &client,
            &path,
            &[(header::RANGE, "bytes=-9"), (header::IF_RANGE, &etag)],
        )
        .await;
        assert_eq!(&end.assert(206).bytes[..], b"</script>");
        let stale = get_with(
            &client,
            &path,
            &[(header::RANGE, "bytes=-9"), (header::IF_RANGE, "\"x\"")],
        )
        .await;
        assert_eq!(stale.assert(200).bytes.len(), 25);
        let behind = get_with(&client, &path, &[(header::RANGE, "bytes=25-")])
            .await
            .assert(416);
        assert_eq!(behind.header("content-range"), Some("bytes */25"));
        get_with(&client, &path, &[(header::IF_NONE_MATCH, &etag)])
            .await
            .assert(304);
    })
    .await;
}

/// FIL1: a byte range across the border of two blobs reads right.
#[tokio::test]
async fn fil1_a_range_across_blobs_reads_right() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let content: Vec<u8> = (0..3_670_016_u32).map(|index| (index % 251) as u8).collect();
        let (_, event) = api.save(message("crash", NOW)).await;
        let id = api.attach(event, "core", "event.attachment", &content).await;
        let path = format!("{EVENTS}/{event}/attachments/{id}/?download=1");
        let range = [(header::RANGE, "bytes=1048570-1048590")];
        let part = get_with(&api.client(), &path, &range).await.assert(206);
        assert_eq!(&part.bytes[..], &content[1_048_570..=1_048_590]);
        assert_eq!(&api.client().get(&path).await.ok().bytes[..], &content[..]);
    })
    .await;
}

#[tokio::test]
async fn attachments_of_others_are_not_there() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let (issue, event) = api.save(message("crash", NOW)).await;
        let id = api.attach(event, "app.log", "event.attachment", b"secret").await;
        let early = EventId([5; 16]);
        // One that came without its event is there, an event with neither is not.
        api.attach(early, "early.log", "event.attachment", b"x").await;
        let listed = client.get(&format!("{EVENTS}/{early}/attachments/")).await.ok();
        assert_eq!(listed.each("/name"), ["early.log"]);
        for path in [
            format!("{EVENTS}/{}/attachments/", EventId([6; 16])),
            format!("{EVENTS}/{}/attachments/?query=a", EventId([6; 16])),
            format!("{EVENTS}/abc/attachments/"),
            format!("{EVENTS}/{early}/attachments/{id}/"),
            format!("{EVENTS}/{event}/attachments/x/"),
        ] {
            client.get(&path).await.assert(404);
        }
        api.add_project("depot").await;
        client
            .get(&format!("/api/0/projects/acme/depot/events/{event}/attachments/{id}/"))
            .await
            .assert(404);
        let stranger = api.stranger().await;
        for path in [
            format!("{EVENTS}/{event}/attachments/"),
            format!("{EVENTS}/{event}/attachments/{id}/?download"),
            format!("/api/0/projects/globex/depot/events/{event}/attachments/"),
            format!("/api/0/projects/globex/depot/events/{event}/attachments/{id}/?download"),
            format!("/api/0/issues/{issue}/attachments/"),
        ] {
            stranger.get(&path).await.assert(404);
        }
        let path = format!("{EVENTS}/{event}/attachments/{id}/");
        stranger.delete(&path).await.assert(404);
        api.client_for(&[Scope::EventRead]).await.get(&path).await.assert(403);
        api.client_for(&[Scope::ProjectWrite])
            .await
            .delete(&path)
            .await
            .assert(403);
        client.get(&path).await.ok();
    })
    .await;
}
