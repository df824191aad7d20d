//! Identity of the event, its type and level.

use model::Level;
use protocol::event::{Event, EventType, Object, Sdk};

use crate::Context;

/// The platforms that rules know (`ingest.md` §3.1); every other is `other`.
const PLATFORMS: [&str; 19] = [
    "as3",
    "c",
    "cfml",
    "cocoa",
    "csharp",
    "elixir",
    "go",
    "groovy",
    "haskell",
    "java",
    "javascript",
    "native",
    "node",
    "objc",
    "other",
    "perl",
    "php",
    "python",
    "ruby",
];

pub(crate) fn normalize(event: &mut Event, cx: &Context<'_>) {
    event.event_id = Some(cx.event_id);
    if !event
        .platform
        .as_deref()
        .is_some_and(|platform| PLATFORMS.contains(&platform))
    {
        event.platform = Some("other".to_owned());
    }
    if event.sdk.is_none()
        && let Some(client) = cx.sdk_client
        && let Some((name, version)) = client.split_once('/')
    {
        event.sdk = Some(Sdk {
            name: Some(name.to_owned()),
            version: Some(version.to_owned()),
            ..Sdk::default()
        });
    }
}

/// Runs last: steps before it remove exceptions that say nothing.
pub(crate) fn infer_type(event: &mut Event) {
    let reports: [(&Object, EventType); 5] = [
        (&event.csp, EventType::Csp),
        (&event.hpkp, EventType::Hpkp),
        (&event.expectct, EventType::ExpectCt),
        (&event.expectstaple, EventType::ExpectStaple),
        (&event.nel, EventType::Nel),
    ];
    event.kind = match event.kind {
        EventType::Transaction | EventType::Feedback => event.kind,
        _ if !event.exception.is_empty() => EventType::Error,
        _ => reports
            .iter()
            .find(|(report, _)| !report.is_empty())
            .map_or(EventType::Default, |(_, kind)| *kind),
    };
}

pub(crate) fn default_level(event: &mut Event) {
    let default = if event.kind == EventType::Transaction {
        Level::Info
    } else {
        Level::Error
    };
    event.level.get_or_insert(default);
}
