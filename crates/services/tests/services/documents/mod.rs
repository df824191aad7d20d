//! What of events, spans and logs the event index gets.

mod bounds;

use std::collections::{BTreeMap, BTreeSet};

use model::{EventId, OrganizationId, ProjectId, Timestamp};
use normalize::Context;
use protocol::event::Event;
use query::Dataset;
use serde_json::{Value as Json, json};
use services::{
    events::{
        ProcessedEvent, TraceOrigin,
        document::{self, Source},
    },
    project_config::ProjectConfig,
    settings::{OrganizationSettings, ProjectSettings},
};
use store::events::{Document, SearchText, Value};

const NOW: Timestamp = Timestamp(1_795_230_000_000_000);
const ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";

fn processed(event: Json) -> ProcessedEvent {
    processed_with(event, &ProjectSettings::default())
}

fn processed_with(event: Json, settings: &ProjectSettings) -> ProcessedEvent {
    let config = ProjectConfig::new(
        (OrganizationId(1), ProjectId(7)),
        &OrganizationSettings::default(),
        settings,
    );
    let cx = Context::new(NOW, ID.parse().unwrap());
    let event = Event::from_json(event).unwrap();
    services::events::process(event, &cx, TraceOrigin::default(), &config).unwrap()
}

fn documents(event: Json) -> Vec<Document> {
    processed(event).documents
}

/// The fields as texts; several values of one are joined by a bar.
fn fields(document: &Document) -> BTreeMap<&'static str, String> {
    let mut fields: BTreeMap<&'static str, String> = BTreeMap::new();
    for (field, value) in &document.fields {
        let text = match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
        };
        let all = fields.entry(field.name()).or_default();
        if !all.is_empty() {
            all.push('|');
        }
        all.push_str(&text);
    }
    fields
}

/// Exactly these fields.
#[track_caller]
fn check(document: &Document, expected: &[(&str, &str)]) {
    let expected: BTreeMap<&str, String> = expected
        .iter()
        .map(|(name, text)| (*name, (*text).to_owned()))
        .collect();
    assert_eq!(fields(document), expected);
}

fn texts(document: &Document) -> (Vec<&str>, Vec<&str>) {
    let (mut prose, mut surroundings) = (Vec::new(), Vec::new());
    for text in &document.text {
        match text {
            SearchText::Prose(text) => prose.push(text.as_str()),
            SearchText::Surroundings(text) => surroundings.extend(text.lines()),
        }
    }
    (prose, surroundings)
}

fn seconds(before_now: f64) -> f64 {
    NOW.0 as f64 / 1e6 - before_now
}

#[test]
fn an_error_is_found_by_everything_that_discover_knows_of_it() {
    let processed = processed(json!({
        "timestamp": seconds(60.0), "platform": "python", "level": "fatal", "environment": "prod", "release": "shop@1.4.2",
        "dist": "7", "logger": "shop.pay", "transaction": "/pay", "server_name": "web-1",
        "tags": {"region": "eu", "http.status_code": "502"},
        "user": {"id": "5", "username": "ada", "email": "ada@example.com", "geo": {"country_code": "NL", "city": "Delft"}},
        "request": {"url": "https://shop.example/pay?x=1", "method": "POST", "headers": {"Referer": "https://shop.example/"}},
        "sdk": {"name": "sentry.python", "version": "2.75.0"},
        "contexts": {
            "trace": {"trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ee", "parent_span_id": "438f40bd3b4a41ef", "op": "http.server"},
            "replay": {"replay_id": "A".repeat(32)}, "profile": {"profile_id": "b".repeat(32)},
        },
        "exception": [
            {"type": "KeyError", "value": "'EUR'", "mechanism": {"type": "chained", "handled": true}, "thread_id": 1,
             "stacktrace": {"frames": [{"function": "rate", "module": "shop.rates", "filename": "shop/rates.py", "in_app": true}]}},
            {"type": "PaymentError", "value": "no rate\nfor EUR", "mechanism": {"type": "django", "handled": false}, "thread_id": 1,
             "stacktrace": {"frames": [
                {"function": "main", "module": "shop.main", "filename": "shop/main.py", "in_app": true},
                {"function": "pay", "module": "shop.pay", "filename": "shop/pay.py", "package": "shop", "in_app": true},
             ]}},
        ],
        "threads": [{"id": 1, "main": true}, {"id": 2, "main": false}],
        "breadcrumbs": [{"category": "http", "message": "GET /rates"}, {"category": "query", "message": "SELECT rate"}],
    }));
    let [document] = &processed.documents[..] else {
        panic!("one document")
    };
    check(
        document,
        &[
            ("culprit", "/pay"),
            ("dist", "7"),
            ("environment", "prod"),
            ("error.handled", "false"),
            ("error.main_thread", "true"),
            ("error.mechanism", "chained|django"),
            ("error.type", "KeyError|PaymentError"),
            ("error.value", "'EUR'|no rate for EUR"),
            ("event.type", "error"),
            ("geo.city", "Delft"),
            ("geo.country_code", "NL"),
            (
                "grouping.config",
                &processed.grouping.as_ref().unwrap().strategy.to_string(),
            ),
            ("http.method", "POST"),
            ("http.referer", "https://shop.example/"),
            ("http.status_code", "502"),
            ("http.url", "https://shop.example/pay"),
            ("level", "fatal"),
            ("location", "shop/pay.py"),
            ("logger", "shop.pay"),
            ("message", &processed.summary.metadata.search_text),
            ("platform", "python"),
            ("profile.id", &"b".repeat(32)),
            ("release", "shop@1.4.2"),
            ("replayId", &"a".repeat(32)),
            ("sdk.name", "sentry.python"),
            ("sdk.version", "2.75.0"),
            ("server_name", "web-1"),
            ("stack.filename", "shop/pay.py|shop/main.py|shop/rates.py"),
            ("stack.function", "pay|main|rate"),
            ("stack.module", "shop.pay|shop.main|shop.rates"),
            ("stack.package", "shop"),
            ("title", "PaymentError: no rate"),
            ("trace", "6cf173d587eb48568a9b2e12dcfbea52"),
            ("trace.parent_span", "438f40bd3b4a41ef"),
            ("trace.span", "438f40bd3b4a41ee"),
            ("transaction", "/pay"),
            ("user", "id:5"),
            ("user.email", "ada@example.com"),
            ("user.id", "5"),
            ("user.username", "ada"),
        ],
    );
    assert_eq!(document.dataset, Dataset::Errors);
    assert_eq!((document.project, document.id.to_string().as_str()), (ProjectId(7), ID));
    assert_eq!(
        (document.timestamp, document.received_at),
        (Timestamp(NOW.0 - 60_000_000), NOW)
    );
    assert_eq!(
        document.hash,
        processed.grouping.as_ref().unwrap().hashes[0].to_string()
    );
    assert_eq!(document.payload, processed.payload);
    assert_eq!(document.payload.as_ptr(), processed.payload.as_ptr(), "not copied");
    let tags: BTreeSet<&str> = document.tags.iter().map(|(key, _)| key.as_str()).collect();
    let expected = ["handled", "http.status_code", "mechanism", "region", "replayId", "url"];
    assert_eq!(
        tags,
        BTreeSet::from(expected),
        "those that are fields are not kept twice"
    );
    let (prose, surroundings) = texts(document);
    assert_eq!(prose, ["PaymentError: no rate\nfor EUR", "KeyError: 'EUR'"]);
    let expected = "/pay pay shop.pay shop/pay.py main shop.main shop/main.py rate shop.rates shop/rates.py";
    assert_eq!(surroundings[..10], expected.split(' ').collect::<Vec<_>>());
    assert_eq!(surroundings[10..], ["SELECT rate", "query", "GET /rates", "http"]);
}

#[test]
fn every_kind_of_event_has_its_dataset() {
    let check = |event: Json, dataset: Dataset, kind: &str, title: &str| {
        let documents = documents(event.clone());
        let fields = fields(&documents[0]);
        assert_eq!(
            (
                documents[0].dataset,
                fields["event.type"].as_str(),
                fields["title"].as_str()
            ),
            (dataset, kind, title),
            "{event}"
        );
        assert_eq!(
            documents[0].hash.is_empty(),
            dataset == Dataset::Transactions,
            "{event}"
        );
    };
    check(json!({"message": "disk full"}), Dataset::Errors, "default", "disk full");
    check(
        json!({"exception": {"type": "E", "value": "v"}}),
        Dataset::Errors,
        "error",
        "E: v",
    );
    let csp =
        json!({"message": "Blocked", "csp": {"effective_directive": "img-src", "blocked_uri": "http://evil.example/"}});
    check(csp, Dataset::Errors, "csp", "Blocked");
    let feedback = json!({"type": "feedback", "contexts": {"feedback": {"message": "It is broken"}}});
    check(
        feedback,
        Dataset::Occurrences,
        "feedback",
        "User Feedback: It is broken",
    );
    check(transaction(), Dataset::Transactions, "transaction", "/pay");
}

#[test]
fn what_nothing_says_to_be_unhandled_is_handled() {
    let check = |event: Json, handled: Option<&str>, main: Option<&str>| {
        let documents = documents(event.clone());
        let fields = fields(&documents[0]);
        assert_eq!(fields.get("error.handled").map(String::as_str), handled, "{event}");
        assert_eq!(fields.get("error.main_thread").map(String::as_str), main, "{event}");
    };
    check(json!({"message": "x"}), Some("true"), None);
    let of = |handled: Json| json!({"exception": [{"type": "E", "mechanism": {"type": "x", "handled": handled}, "thread_id": 2}], "threads": [{"id": 1, "main": true}, {"id": 2, "main": false}]});
    check(of(json!(true)), Some("true"), Some("false"));
    check(of(json!(false)), Some("false"), Some("false"));
    check(of(Json::Null), Some("true"), Some("false"));
    check(transaction(), None, None);
}

/// One of 1.5 seconds with two spans.
fn transaction() -> Json {
    json!({
        "type": "transaction", "transaction": "/pay", "transaction_info": {"source": "route"}, "platform": "python",
        "start_timestamp": seconds(3.0), "timestamp": seconds(1.5), "environment": "prod", "release": "shop@1.4.2",
        "user": {"id": "5"}, "tags": {"region": "eu"}, "sdk": {"name": "sentry.python", "version": "2.75.0"},
        "measurements": {"lcp": {"value": 548.5, "unit": "millisecond"}},
        "contexts": {
            "trace": {
                "trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ee", "parent_span_id": "438f40bd3b4a41ed",
                "op": "http.server", "status": "internal_error", "data": {"http.response.status_code": 500, "cached": false},
            },
        },
        "spans": [
            {"trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ef", "parent_span_id": "438f40bd3b4a41ee",
             "op": "db.query", "description": "SELECT a FROM users WHERE id = 5", "status": "ok", "origin": "auto.db",
             "start_timestamp": seconds(2.5), "timestamp": seconds(2.0), "tags": {"pool": "main"},
             "data": {"db.system": "postgresql", "rows": 3, "list": ["a", "b"], "slow": true}},
            {"trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41f0", "parent_span_id": "438f40bd3b4a41ee",
             "op": "http.client", "description": "GET https://rates.example/eur", "start_timestamp": seconds(2.0), "timestamp": seconds(1.75),
             "data": {"http.response.status_code": 503}},
        ],
    })
}

#[test]
fn a_transaction_has_its_times_and_numbers() {
    let documents = documents(transaction());
    check(
        &documents[0],
        &[
            ("culprit", "/pay"),
            ("environment", "prod"),
            ("event.type", "transaction"),
            ("http.status_code", "500"),
            ("level", "info"),
            ("location", "/pay"),
            ("message", "/pay"),
            ("platform", "python"),
            ("release", "shop@1.4.2"),
            ("sdk.name", "sentry.python"),
            ("sdk.version", "2.75.0"),
            ("span.self_time", "750"),
            ("title", "/pay"),
            ("trace", "6cf173d587eb48568a9b2e12dcfbea52"),
            ("trace.parent_span", "438f40bd3b4a41ed"),
            ("trace.span", "438f40bd3b4a41ee"),
            ("transaction", "/pay"),
            ("transaction.duration", "1500"),
            ("transaction.op", "http.server"),
            ("transaction.source", "route"),
            ("transaction.status", "internal_error"),
            ("user", "id:5"),
            ("user.id", "5"),
        ],
    );
    let numbers: BTreeMap<&str, f64> = documents[0]
        .numbers
        .iter()
        .map(|(key, number)| (key.as_str(), *number))
        .collect();
    let expected = [
        ("measurements.lcp", 548.5),
        ("spans.db", 500.0),
        ("spans.http", 250.0),
        ("spans.total.time", 750.0),
    ];
    assert_eq!(numbers, BTreeMap::from(expected));
    assert_eq!(documents[0].tags, [("region".to_owned(), "eu".to_owned())]);
}

#[test]
fn the_spans_of_a_transaction_are_rows_of_their_own() {
    let documents = documents(transaction());
    let [_, root, query, request] = &documents[..] else {
        panic!("{} documents", documents.len())
    };
    assert!(
        documents[1..]
            .iter()
            .all(|span| span.dataset == Dataset::Spans && span.hash.is_empty())
    );
    let shared = [
        ("environment", "prod"),
        ("platform", "python"),
        ("release", "shop@1.4.2"),
        ("sdk.name", "sentry.python"),
        ("sdk.version", "2.75.0"),
        ("segment.id", "438f40bd3b4a41ee"),
        ("trace", "6cf173d587eb48568a9b2e12dcfbea52"),
        ("transaction", "/pay"),
        ("user", "id:5"),
        ("user.id", "5"),
    ];
    let own = [
        ("http.status_code", "500"),
        ("is_transaction", "true"),
        ("span.description", "/pay"),
        ("span.self_time", "750"),
        ("trace.parent_span", "438f40bd3b4a41ed"),
        ("trace.span", "438f40bd3b4a41ee"),
        ("transaction.duration", "1500"),
        ("transaction.op", "http.server"),
        ("transaction.status", "internal_error"),
    ];
    check(root, &[&shared[..], &own].concat());
    let own = [
        ("is_transaction", "false"),
        ("span.action", "SELECT"),
        ("span.category", "db"),
        ("span.description", "SELECT a FROM users WHERE id = 5"),
        ("span.domain", ",users,"),
        ("span.group", "2c75b324f3159c33"),
        ("span.self_time", "500"),
        ("trace.parent_span", "438f40bd3b4a41ee"),
        ("trace.span", "438f40bd3b4a41ef"),
        ("transaction.duration", "500"),
        ("transaction.op", "db.query"),
        ("transaction.status", "ok"),
    ];
    check(query, &[&shared[..], &own].concat());
    let tag = |document: &Document, key: &str| {
        let found = document.tags.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.clone())
    };
    for (key, expected) in [
        ("db.system", "postgresql"),
        ("list", r#"["a","b"]"#),
        ("origin", "auto.db"),
        ("pool", "main"),
        ("sentry.normalized_description", "SELECT a FROM users WHERE id = %s"),
        ("slow", "true"),
        ("span.system", "postgresql"),
    ] {
        assert_eq!(tag(query, key).as_deref(), Some(expected), "{key}");
    }
    assert_eq!(tag(root, "region").as_deref(), Some("eu"));
    assert_eq!(tag(root, "cached").as_deref(), Some("false"));
    assert_eq!(query.numbers, [("rows".to_owned(), 3.0)]);
    assert_eq!(fields(request)["http.status_code"], "503");
    assert_eq!(texts(query).0, ["SELECT a FROM users WHERE id = 5"]);
    assert_eq!(query.timestamp, Timestamp(NOW.0 - 2_500_000));
    let payload: Json = serde_json::from_slice(&query.payload).unwrap();
    assert_eq!(payload["name"], "SELECT a FROM users WHERE id = 5");
    assert_eq!(payload["attributes"]["rows"], json!({"type": "integer", "value": 3}));
    assert_eq!(
        payload["attributes"]["sentry.op"],
        json!({"type": "string", "value": "db.query"})
    );
    assert_eq!(payload["end_timestamp"].as_f64(), Some(seconds(2.0)));
}

#[test]
fn a_span_has_the_same_id_whenever_it_is_read() {
    let ids = |event: Json| documents(event)[1..].iter().map(|span| span.id).collect::<Vec<_>>();
    let once = ids(transaction());
    assert_eq!(once, ids(transaction()));
    assert_eq!(once.iter().collect::<BTreeSet<_>>().len(), 3);
    let mut other = transaction();
    other["contexts"]["trace"]["trace_id"] = json!("6cf173d587eb48568a9b2e12dcfbea53");
    assert_ne!(once[0], ids(other)[0], "of another trace");
    let span = json!({"trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ee"});
    assert_eq!(document::of_span(&source(3), &span).id, once[0], "and however it came");
}

fn source(member: u32) -> Source {
    Source {
        project: ProjectId(7),
        received_at: NOW,
        position: 4096,
        item: 2,
        member,
    }
}

fn attributes(values: Json) -> Json {
    let typed = values
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), json!({"type": "string", "value": value})));
    Json::Object(typed.collect())
}

#[test]
fn a_span_that_was_sent_alone() {
    let span = json!({
        "trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ee", "parent_span_id": "438f40bd3b4a41ef",
        "name": "GET /pay", "status": "error", "is_segment": true, "start_timestamp": seconds(2.0), "end_timestamp": seconds(1.75),
        "attributes": attributes(json!({
            "sentry.op": "http.server", "sentry.description": "the way to pay", "sentry.environment": "prod", "sentry.release": "shop@1", "sentry.segment.name": "/pay",
            "sentry.segment.id": "438f40bd3b4a41ee", "sentry.exclusive_time": 250.0, "sentry.group": "2c75b324f3159c33", "sentry.category": "http",
            "sentry.status": "not_found", "sentry.sdk.name": "sentry.js", "sentry.sdk.version": "11", "user.email": "ada@example.com", "user.geo.city": "Delft",
            "http.request.method": "GET", "http.response.status_code": 404, "server.address": "web-1", "cart.items": 3, "cart.gift": true, "sentry.origin": "auto",
        })),
    });
    let document = document::of_span(&source(0), &span);
    check(
        &document,
        &[
            ("environment", "prod"),
            ("geo.city", "Delft"),
            ("http.method", "GET"),
            ("http.status_code", "404"),
            ("is_transaction", "true"),
            ("release", "shop@1"),
            ("sdk.name", "sentry.js"),
            ("sdk.version", "11"),
            ("segment.id", "438f40bd3b4a41ee"),
            ("server_name", "web-1"),
            ("span.category", "http"),
            ("span.description", "the way to pay"),
            ("span.group", "2c75b324f3159c33"),
            ("span.self_time", "250"),
            ("trace", "6cf173d587eb48568a9b2e12dcfbea52"),
            ("trace.parent_span", "438f40bd3b4a41ef"),
            ("trace.span", "438f40bd3b4a41ee"),
            ("transaction", "/pay"),
            ("transaction.duration", "250"),
            ("transaction.op", "http.server"),
            ("transaction.status", "not_found"),
            ("user", "email:ada@example.com"),
            ("user.email", "ada@example.com"),
        ],
    );
    let expected = [
        ("user.geo.city", "Delft"),
        ("http.request.method", "GET"),
        ("server.address", "web-1"),
        ("cart.gift", "true"),
        ("origin", "auto"),
    ];
    assert_eq!(
        document.tags,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
    let expected = [("http.response.status_code", 404.0), ("cart.items", 3.0)];
    assert_eq!(document.numbers, expected.map(|(key, number)| (key.to_owned(), number)));
    assert_eq!(serde_json::from_slice::<Json>(&document.payload).unwrap(), span);
    assert_eq!(document.timestamp, Timestamp(NOW.0 - 2_000_000));
}

#[test]
fn a_log() {
    let log = json!({
        "timestamp": seconds(5.0), "trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ee", "level": "warn",
        "body": "card of Ada was declined",
        "attributes": attributes(json!({
            "sentry.severity_number": 14, "sentry.severity_text": "warning", "sentry.environment": "prod", "sentry.message.template": "card of %s was declined",
            "sentry.message.parameter.0": "Ada", "sentry.observed_timestamp_nanos": "1795230000000000000", "sentry.payload_size_bytes": 200, "user.id": "5",
        })),
    });
    let document = document::of_log(&source(0), &log);
    check(
        &document,
        &[
            ("environment", "prod"),
            ("level", "warn"),
            ("message", "card of Ada was declined"),
            ("severity_number", "14"),
            ("trace", "6cf173d587eb48568a9b2e12dcfbea52"),
            ("trace.span", "438f40bd3b4a41ee"),
            ("user", "id:5"),
            ("user.id", "5"),
        ],
    );
    let expected = [
        ("message.template", "card of %s was declined"),
        ("message.parameter.0", "Ada"),
    ];
    assert_eq!(
        document.tags,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
    assert_eq!(document.numbers, [("payload_size".to_owned(), 200.0)]);
    assert_eq!(texts(&document).0, ["card of Ada was declined"]);
    assert_eq!(document.dataset, Dataset::Logs);
    assert_eq!(document.id, document::of_log(&source(0), &log).id, "the same place");
    assert_ne!(document.id, document::of_log(&source(1), &log).id, "the next one");
}

#[test]
fn a_wrong_clock_makes_no_days_of_its_own() {
    for time in [
        json!(0),
        json!(-1e9),
        json!(1e300),
        json!(seconds(-2.0 * 86_400.0)),
        json!(null),
    ] {
        let log = json!({"timestamp": time, "body": "x", "level": "info"});
        assert_eq!(document::of_log(&source(0), &log).timestamp, NOW, "{log}");
        let span = json!({"start_timestamp": time, "end_timestamp": seconds(1.0)});
        let document = document::of_span(&source(0), &span);
        assert!((NOW.0 - document.timestamp.0) <= 1_000_000, "{span}");
    }
}

#[test]
fn nothing_is_searchable_that_was_scrubbed() {
    const CARD: &str = "4242424242424242";
    let places = [
        "$string",
        "request.url",
        "exception.values.*.value",
        "spans.*.description",
        "contexts.trace.data.**",
    ];
    let applications: serde_json::Map<String, Json> = places
        .into_iter()
        .map(|place| (place.to_owned(), json!(["@creditcard:mask"])))
        .collect();
    let mut settings = ProjectSettings::default();
    settings.scrubbing.relay_pii_config = json!({ "applications": applications }).to_string();
    let error = json!({
        "message": format!("paid with {CARD}"),
        "user": {"id": CARD, "username": CARD}, "request": {"url": format!("https://shop.example/{CARD}")},
        "exception": {"type": "E", "value": format!("card {CARD} declined"), "stacktrace": {"frames": [{"function": "pay"}]}},
        "breadcrumbs": [{"message": format!("card {CARD}"), "category": "pay"}],
    });
    let mut transaction = transaction();
    transaction["spans"][0]["description"] = json!(format!("SELECT {CARD}"));
    transaction["spans"][1]["data"] = json!({"x": CARD});
    transaction["contexts"]["trace"]["data"] = json!({"x": CARD});
    for (event, kept) in [(error, "declined"), (transaction, "SELECT")] {
        let count = |settings| {
            let documents = processed_with(event.clone(), settings).documents;
            let printed = format!("{documents:?}");
            assert!(printed.contains(kept), "{printed}");
            (printed.matches(CARD).count(), printed)
        };
        let mut unscrubbed = ProjectSettings::default();
        unscrubbed.scrubbing.scrub_data = false;
        assert!(count(&unscrubbed).0 > 5, "where nothing is scrubbed it is found");
        let (left, printed) = count(&settings);
        assert_eq!(left, 0, "{printed}");
    }
}

#[test]
fn ids_of_rows_are_of_their_place() {
    let log = json!({"body": "x"});
    let id = |source: Source| document::of_log(&source, &log).id;
    let place = source(0);
    let others = [
        Source {
            project: ProjectId(8),
            ..place
        },
        Source {
            received_at: Timestamp(NOW.0 + 1),
            ..place
        },
        Source {
            position: 4097,
            ..place
        },
        Source { item: 3, ..place },
        Source { member: 1, ..place },
    ];
    let ids: BTreeSet<EventId> = others.into_iter().chain([place]).map(id).collect();
    assert_eq!(ids.len(), 6);
}
