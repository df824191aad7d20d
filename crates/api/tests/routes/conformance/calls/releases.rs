use serde_json::{Value, json};

use super::{organization, project};
use crate::conformance::caller::Caller;

fn release(version: &str) -> Value {
    let commit = |id: &str, message: &str| {
        json!({ "id": id, "repository": "acme/shop", "message": message, "author_name": "Ada", "author_email": "ada@example.com",
            "timestamp": "2026-11-20T10:00:00Z" })
    };
    json!({
        "version": version, "projects": ["shop"], "ref": "6ba09a7c53235ee8a8fa5ee4c1ca8ca886e7fdbb", "url": "https://shop.example/",
        "dateReleased": "2026-11-20T12:00:00Z",
        "commits": [
            commit("6ba09a7c53235ee8a8fa5ee4c1ca8ca886e7fdbb", "second"),
            commit("5ba09a7c53235ee8a8fa5ee4c1ca8ca886e7fdbb", "first"),
        ],
    })
}

pub(super) async fn call(caller: &Caller<'_>) {
    let releases = organization("releases/");
    for version in ["shop@2.0.0", "shop@2.1.0"] {
        let written = caller.post(&releases, release(version)).await;
        written.lists(&releases, "/version", version).await;
    }
    let one = format!("{releases}shop@2.0.0/");
    deploys(caller, &format!("{one}deploys/")).await;
    let written = caller.put(&one, json!({ "url": "https://shop.example/next/" })).await;
    written.shows(&one, "/url", "https://shop.example/next/").await;
    caller.get(&one).await;
    caller.list(&releases).await;
    caller.list(&format!("{one}commits/")).await;

    let of_project = project("releases/");
    caller.list(&of_project).await;
    caller.list(&format!("{of_project}shop@2.0.0/commits/")).await;

    let last = format!("{releases}shop@2.1.0/");
    caller.delete(&last).await.absent(&last).await;
}

async fn deploys(caller: &Caller<'_>, deploys: &str) {
    for name in ["first", "second"] {
        let body = json!({ "environment": "production", "name": name, "url": "https://shop.example/" });
        caller.post(deploys, body).await.lists(deploys, "/name", name).await;
    }
    caller.list(deploys).await;
}
