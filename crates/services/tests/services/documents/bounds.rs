//! Whatever is sent, a document stays within its bounds.

use std::collections::BTreeMap;

use model::{OrganizationId, ProjectId};
use normalize::Context;
use proptest::prelude::*;
use protocol::event::Event;
use query::{Kind, Known};
use serde_json::{Value as Json, json};
use services::{
    events::{
        TraceOrigin,
        document::{self, MAX_FIELD_CHARS, MAX_TAG_CHARS},
    },
    project_config::ProjectConfig,
    settings::{OrganizationSettings, ProjectSettings},
};
use store::events::{Document, SearchText, Value};

use super::{ID, NOW, documents, seconds, source, texts, transaction};

#[track_caller]
fn check_bounds(document: &Document) {
    let chars = |text: &str| text.chars().count();
    let mut seen = BTreeMap::new();
    for (field, value) in &document.fields {
        *seen.entry(*field).or_insert(0) += 1;
        assert!(!matches!(
            field,
            Known::Id | Known::Project | Known::Timestamp | Known::ReceivedAt | Known::Issue | Known::Hash
        ));
        match (field.kind(), value) {
            (Kind::Text | Kind::Texts, Value::Text(text)) => {
                assert!(
                    !text.is_empty() && chars(text) <= MAX_FIELD_CHARS,
                    "{field:?}: {text:?}"
                );
            }
            (Kind::Number | Kind::Duration, Value::Number(number)) => assert!(number.is_finite()),
            (Kind::Flag, Value::Flag(_)) => {}
            (kind, value) => panic!("{field:?} is a {kind:?}, and is {value:?}"),
        }
    }
    for (field, count) in seen {
        let most = if field.kind() == Kind::Texts { 60 } else { 1 };
        assert!(count <= most, "{field:?} {count} times");
    }
    assert!(document.tags.len() <= 1_000 && document.numbers.len() <= 1_000);
    for (key, value) in &document.tags {
        assert!(!key.is_empty() && !value.is_empty());
        assert!(chars(key) <= MAX_TAG_CHARS && chars(value) <= MAX_TAG_CHARS);
    }
    assert!(
        document
            .numbers
            .iter()
            .all(|(key, number)| !key.is_empty() && number.is_finite())
    );
    let text: usize = document
        .text
        .iter()
        .map(|text| match text {
            SearchText::Prose(text) | SearchText::Surroundings(text) => text.len(),
        })
        .sum();
    assert!(text <= 24 << 10, "{text} bytes of text");
    let day = 24 * 3_600_000_000;
    assert!((NOW.0 - 30 * day..=NOW.0 + day).contains(&document.timestamp.0));
}

#[test]
fn the_largest_event_makes_a_document_of_bounded_size() {
    let long = "é".repeat(20_000);
    let frames: Vec<Json> = (0..400)
        .map(|number| json!({"function": format!("f{number} {long}"), "module": format!("m{number}"), "filename": format!("{long}{number}")}))
        .collect();
    let exceptions: Vec<Json> = (0..100)
        .map(|number| json!({"type": format!("E{number}{long}"), "value": format!("{number}\n{long}"), "stacktrace": {"frames": frames[..20]}}))
        .collect();
    let tags: serde_json::Map<String, Json> = (0..3_000).map(|number| (format!("t{number}"), json!(long))).collect();
    let breadcrumbs: Vec<Json> = (0..500)
        .map(|number| json!({"message": format!("{number} {long}"), "category": long}))
        .collect();
    let mut event = json!({
        "logentry": {"formatted": long, "message": format!("%s {long}")}, "transaction": long, "culprit": long, "tags": tags,
        "user": {"id": long, "email": long, "username": long}, "request": {"url": format!("http://a.example/{long}")},
        "exception": exceptions, "breadcrumbs": breadcrumbs, "server_name": long, "logger": long, "release": "x".repeat(200),
    });
    for document in documents(event.clone()) {
        check_bounds(&document);
        let (prose, surroundings) = texts(&document);
        assert!(prose.iter().map(|text| text.len()).sum::<usize>() > 15_000);
        assert!(surroundings.iter().map(|text| text.len()).sum::<usize>() > 7_000);
    }
    let data: serde_json::Map<String, Json> = (0..3_000).map(|number| (format!("d{number}"), json!(long))).collect();
    event["type"] = json!("transaction");
    for (key, value) in transaction().as_object().unwrap() {
        event[key] = value.clone();
    }
    event["spans"][0]["data"] = Json::Object(data.clone());
    event["spans"][0]["description"] = json!(long);
    event["contexts"]["trace"]["data"] = Json::Object(data);
    for document in documents(event) {
        check_bounds(&document);
    }
    let attributes: serde_json::Map<String, Json> = (0..1_500)
        .map(|number| (format!("a{number}"), json!({"type": "string", "value": long})))
        .collect();
    let member = json!({"body": long, "name": long, "level": long, "attributes": attributes});
    check_bounds(&document::of_log(&source(0), &member));
    check_bounds(&document::of_span(&source(0), &member));
}

/// Values of any form under keys that mean something.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,40}".prop_map(Json::from),
        Just(json!("6cf173d587eb48568a9b2e12dcfbea52")),
        Just(json!("438f40bd3b4a41ee")),
        Just(json!(seconds(10.0))),
        Just(json!("transaction")),
    ];
    leaf.prop_recursive(6, 96, 8, |inner| {
        let keys = prop_oneof![
            prop::sample::select(vec![
                "type",
                "value",
                "values",
                "exception",
                "stacktrace",
                "frames",
                "function",
                "filename",
                "module",
                "mechanism",
                "handled",
                "threads",
                "id",
                "main",
                "thread_id",
                "tags",
                "contexts",
                "trace",
                "trace_id",
                "span_id",
                "data",
                "spans",
                "timestamp",
                "start_timestamp",
                "op",
                "description",
                "measurements",
                "user",
                "geo",
                "request",
                "url",
                "headers",
                "breadcrumbs",
                "message",
                "category",
                "attributes",
                "body",
                "level",
                "transaction",
                "sdk",
                "name",
                "replay",
                "replay_id",
                "feedback",
                "response",
                "status_code",
                "end_timestamp",
                "sentry.op",
            ])
            .prop_map(str::to_owned),
            ".{0,12}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((keys, inner), 0..10).prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_event_has_documents_within_bounds(event in any_json()) {
        let config = ProjectConfig::new(
            (OrganizationId(1), ProjectId(7)),
            &OrganizationSettings::default(),
            &ProjectSettings::default(),
        );
        let cx = Context::new(NOW, ID.parse().unwrap());
        let mut forms = vec![event.clone()];
        if let Json::Object(mut members) = event.clone() {
            // Else hardly any would be a valid transaction.
            for (key, value) in transaction().as_object().unwrap() {
                if key != "spans" {
                    members.insert(key.clone(), value.clone());
                }
            }
            forms.push(Json::Object(members));
        }
        for form in forms {
            let Ok(event) = Event::from_json(form) else { continue };
            if let Ok(processed) = services::events::process(event, &cx, TraceOrigin::default(), &config) {
                prop_assert!(!processed.documents.is_empty());
                processed.documents.iter().for_each(check_bounds);
            }
        }
        check_bounds(&document::of_log(&source(0), &event));
        check_bounds(&document::of_span(&source(0), &event));
        let member = json!({"attributes": event});
        check_bounds(&document::of_span(&source(0), &member));
    }
}
