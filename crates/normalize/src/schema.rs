//! Identity of the event, its type and level; what it must have, and what it may not have.

use model::Level;
use protocol::event::{Event, EventType, Object, Sdk};

use crate::{
    Context,
    notes::{Place, notes},
};

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
    event.sdk.take_if(|sdk| *sdk == Sdk::default());
    if event.sdk.is_none()
        && let Some((name, version)) = cx.sdk_client.and_then(|client| client.split_once('/'))
    {
        event.sdk = Some(Sdk {
            name: Some(name.to_owned()),
            version: Some(version.to_owned()),
            ..Sdk::default()
        });
    }
    // Go's name of a module that is not told.
    event
        .modules
        .0
        .retain(|(name, version)| !(name.is_empty() && version.is_empty()));
    required(event);
}

/// What is missing is said once.
fn required(event: &mut Event) {
    let notes = &mut notes!(event);
    if let Some(sdk) = &event.sdk {
        let place = Place::root("sdk");
        for (name, text) in [("name", &sdk.name), ("version", &sdk.version)] {
            if text.is_none() {
                notes.missing(&place.key(name));
            }
        }
    }
    let root = Place::root("debug_meta");
    let images = event.debug_meta.get("images").and_then(|images| images.as_array());
    let list = root.key("images");
    for (index, image) in images.into_iter().flatten().enumerate() {
        let fields: &[&str] = match image.get("type").and_then(|kind| kind.as_str()) {
            Some("proguard") => &["uuid"],
            Some("jvm") => &["debug_id"],
            _ => &["code_file", "debug_id"],
        };
        let place = list.index(index);
        for name in fields.iter().filter(|name| image.get(**name).is_none()) {
            notes.missing(&place.key(name));
        }
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
