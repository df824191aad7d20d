use serde_json::json;

use super::{Seed, organization, project};
use crate::{
    api::{Api, NOW},
    conformance::caller::Caller,
    seed::{message, minutes},
};

pub(super) async fn call(api: &Api, caller: &Caller<'_>, seed: &Seed) {
    issue(api, caller, seed).await;
    statuses(api, caller).await;
    subscription(api, caller).await;
    project_events(caller, seed).await;
    let (organization, project) = (organization("issues/"), project("issues/"));
    // Each of these is a field that the description has in every issue.
    let parts = [
        "inbox",
        "integrationIssues",
        "latestEventHasAttachments",
        "owners",
        "sentryAppIssues",
        "sessions",
    ];
    let expanded = format!("{organization}?expand={}", parts.join("&expand="));
    caller.list(&expanded).await;
    caller.list(&project).await;
    for issues in [&organization, &project] {
        let (one, _) = api.save(message("to be changed", NOW)).await;
        let chosen = format!("{issues}?id={one}");
        let shown = format!("{organization}{one}/");
        let written = caller
            .put(
                &chosen,
                json!({ "status": "resolved", "hasSeen": true, "isPublic": true }),
            )
            .await;
        written.shows(&shown, "/status", "resolved").await;
        caller.delete(&chosen).await.absent(&shown).await;
    }
    let (one, _) = api.save(message("to be deleted", NOW)).await;
    let one = format!("{organization}{one}/");
    caller.delete(&one).await.absent(&one).await;
}

async fn issue(api: &Api, caller: &Caller<'_>, seed: &Seed) {
    let issue = organization(&format!("issues/{}/", seed.issue));
    caller.get(&issue).await;
    let change = json!({ "isBookmarked": true, "assignedTo": "owner@example.com", "priority": "high" });
    let written = caller
        .put(&issue, change)
        .await
        .shows(&issue, "/isBookmarked", true)
        .await;
    written.shows(&issue, "/priority", "high").await;
    caller.list(&format!("{issue}events/")).await;
    caller.get(&format!("{issue}events/latest/")).await;
    caller.get(&format!("{issue}events/{}/", seed.event)).await;
    hashes(api, caller, seed).await;
    for tag in ["region", "user"] {
        caller.get(&format!("{issue}tags/{tag}/")).await;
        caller.list(&format!("{issue}tags/{tag}/values/")).await;
    }
}

/// All that a status can depend on, set for one issue and for many, and shown by it and by its short id.
async fn statuses(api: &Api, caller: &Caller<'_>) {
    let (issue, _) = api.save(message("to be settled", NOW)).await;
    let (one, many) = (
        organization(&format!("issues/{issue}/")),
        organization(&format!("issues/?id={issue}")),
    );
    let short = caller.text(&caller.get(&one).await, "/shortId");
    let short = organization(&format!("shortids/{short}/"));
    let in_an_hour = (NOW + minutes(60)).to_string();
    let commit = json!({ "repository": "acme/shop", "commit": "f00" });
    for (status, details, pointer, expected) in [
        (
            "resolved",
            json!({ "inNextRelease": true }),
            "/inNextRelease",
            json!(true),
        ),
        (
            "resolved",
            json!({ "inRelease": "shop@1.2.0" }),
            "/inRelease",
            json!("shop@1.2.0"),
        ),
        ("resolved", json!({ "inCommit": commit }), "/inCommit", json!("f00")),
        (
            "ignored",
            json!({ "ignoreCount": 9, "ignoreWindow": 60 }),
            "/ignoreWindow",
            json!(60),
        ),
        (
            "ignored",
            json!({ "ignoreUserCount": 9, "ignoreUserWindow": 60 }),
            "/ignoreUserWindow",
            json!(60),
        ),
        (
            "ignored",
            json!({ "ignoreDuration": 60 }),
            "/ignoreUntil",
            json!(in_an_hour),
        ),
    ] {
        for path in [&one, &many] {
            let body = json!({ "status": status, "statusDetails": details });
            let written = caller.put(path, body).await;
            written
                .shows(&one, &format!("/statusDetails{pointer}"), expected.clone())
                .await;
            let again = caller.put(path, json!({ "status": "unresolved" })).await;
            again.shows(&one, "/status", "unresolved").await;
        }
        caller
            .put(&one, json!({ "status": status, "statusDetails": details }))
            .await;
        caller.get(&one).await;
        caller.get(&short).await;
    }
    caller.delete(&one).await.absent(&one).await;
}

async fn subscription(api: &Api, caller: &Caller<'_>) {
    let (issue, _) = api.save(message("to be followed", NOW)).await;
    let one = organization(&format!("issues/{issue}/"));
    for (wanted, pointer) in [(true, "/isSubscribed"), (false, "/subscriptionDetails/disabled")] {
        let written = caller.put(&one, json!({ "isSubscribed": wanted })).await;
        written.shows(&one, pointer, true).await;
        let shown = caller.get(&one).await;
        let short = caller.text(&shown, "/shortId");
        caller.get(&organization(&format!("shortids/{short}/"))).await;
    }
    caller.delete(&one).await.absent(&one).await;
}

/// A second hash comes with another issue, which is merged into this one.
async fn hashes(api: &Api, caller: &Caller<'_>, seed: &Seed) {
    let (other, _) = api.save(message("to be merged", NOW)).await;
    let both = organization(&format!("issues/?id={}&id={other}", seed.issue));
    let merged = caller.put(&both, json!({ "merge": 1 })).await;
    while services::jobs::step(&api.app).await.unwrap() {}
    let issue = organization(&format!("issues/{}/", seed.issue));
    merged.shows(&issue, "/count", "3").await;
    caller.list(&format!("{issue}hashes/")).await;
    caller.list(&format!("{issue}hashes/?full=false")).await;

    let links = format!("{issue}external-issues/");
    for number in [1, 2] {
        let link = json!({
            "serviceType": "tracker", "displayName": format!("TRK-{number}"),
            "webUrl": format!("https://tracker.example/{number}"),
        });
        api.client().post(&links, link).await.assert(201);
    }
    caller.list(&links).await;
    caller.get(&issue).await;
}

async fn project_events(caller: &Caller<'_>, seed: &Seed) {
    caller.list(&project("events/")).await;
    let event = project(&format!("events/{}/", seed.event));
    caller.get(&event).await;
    caller.get(&project(&format!("events/{}/", seed.transaction))).await;
    let attachments = format!("{event}attachments/");
    let listed = caller.list(&attachments).await;
    caller
        .get(&format!("{attachments}{}/", caller.text(&listed, "/0/id")))
        .await;
}
