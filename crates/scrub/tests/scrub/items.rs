//! Items that are no events.

use protocol::event::{Event, Meta, Span};
use scrub::JsonKind;
use serde_json::{Value, json};

use crate::{advanced, defaults, scrubber};

fn scrub(kind: JsonKind, mut value: Value) -> Value {
    scrubber(&defaults()).json(kind, &mut value);
    value
}

#[test]
fn logs_keep_their_words() {
    let log = scrub(
        JsonKind::Log,
        json!({
            "timestamp": 1, "trace_id": "4111111111111111", "level": "secret",
            "body": "for a@b.co: 1.2.3.4 Bearer abc",
            "attributes": {
                "api_key": {"type": "string", "value": "x"},
                "note": {"type": "string", "value": "at 1.2.3.4"},
                "client.address": {"type": "string", "value": "1.2.3.4"},
                "gen_ai.prompt": {"type": "string", "value": "my auth is a@b.co"},
                "gen_ai.usage.input_tokens": {"type": "integer", "value": 5},
                "http.request.header.cookie": {"type": "string", "value": "sessionid=x; theme=y"},
                "http.request.header.cookie.csrf": {"type": "string", "value": "x"},
            },
            "_meta": {"attributes": {"": {"err": ["too_large"], "val": {"password": "hunter2"}}}},
        }),
    );
    assert_eq!(log["trace_id"], "4111111111111111");
    assert_eq!(log["level"], "secret");
    assert_eq!(log["body"], "for [email]: [ip] [Filtered]");
    assert_eq!(
        log["attributes"],
        json!({
            "api_key": null,
            "note": {"type": "string", "value": "at [ip]"},
            "client.address": null,
            "gen_ai.prompt": {"type": "string", "value": "my auth is [email]"},
            "gen_ai.usage.input_tokens": {"type": "integer", "value": 5},
            "http.request.header.cookie": {"type": "string", "value": "sessionid=[Filtered]; theme=y"},
            "http.request.header.cookie.csrf": null,
        })
    );
    assert_eq!(
        log["_meta"]["attributes"]["note"]["value"][""]["rem"],
        json!([["@ip:replace", "s", 3, 7]])
    );
    assert_eq!(log["_meta"]["attributes"][""]["val"], json!({"password": "[Filtered]"}));
    assert_eq!(
        scrub(JsonKind::Log, json!({"body": "fine"})),
        json!({"body": "fine"}),
        "nothing to say, nothing added"
    );
}

#[test]
fn metrics_and_spans_are_scrubbed_in_their_attributes() {
    let attributes = json!({"token": {"type": "string", "value": "x"}, "n": {"type": "string", "value": "::1"}});
    for kind in [JsonKind::TraceMetric, JsonKind::Span] {
        let value = scrub(kind, json!({"name": "auth.failed 1.2.3.4", "attributes": attributes}));
        assert_eq!(value["name"], "auth.failed 1.2.3.4");
        assert_eq!(
            value["attributes"],
            json!({"token": null, "n": {"type": "string", "value": "[ip]"}})
        );
    }
    let mut span = json!({"name": "a@b.co", "attributes": {"x": {"value": "a@b.co"}}});
    let rules = advanced(&json!({"applications": {"$span.name": ["@email"], "$log.**": ["@anything"]}}));
    scrubber(&rules).json(JsonKind::Span, &mut span);
    assert_eq!(
        (&span["name"], &span["attributes"]["x"]["value"]),
        (&json!("[email]"), &json!("a@b.co"))
    );
}

#[test]
fn spans_that_come_alone_are_scrubbed_as_those_of_transactions() {
    let json = json!({
        "span_id": "0123456789abcdef", "description": "GET 1.2.3.4",
        "data": {"url.full": "http://u:p@1.2.3.4/", "password": "x", "server.address": "1.2.3.4", "gen_ai.usage.total_tokens": 5},
        "sentry_tags": {"user.ip": "1.2.3.4", "user": "ip:1.2.3.4", "domain": "1.2.3.4"},
    });
    let (mut span, _) = Span::from_slice(json.to_string().as_bytes()).unwrap();
    let mut meta = Meta::default();
    scrubber(&defaults()).span(&mut span, &mut meta);
    let span = serde_json::to_value(&span).unwrap();
    assert_eq!(span["description"], "GET 1.2.3.4");
    assert_eq!(
        span["data"],
        json!({
            "url.full": "http://u:[Filtered]@[ip]/", "password": "[Filtered]", "server.address": "1.2.3.4",
            "gen_ai.usage.total_tokens": 5,
        })
    );
    assert_eq!(span["sentry_tags"], json!({"user": "ip:[ip]", "domain": "1.2.3.4"}));
    assert_eq!(meta.remarks(["data", "password"]).len(), 1);
}

#[test]
fn reports_of_users_are_scrubbed_where_they_write() {
    let report = scrub(
        JsonKind::UserReport,
        json!({"event_id": "ceee0822ed8f4622b2a3789e73e75cd1", "name": "Auth Or", "email": "a@b.co", "comments": "card 4111111111111111"}),
    );
    assert_eq!(report["comments"], "card [Filtered]");
    assert_eq!(
        (&report["name"], &report["email"]),
        (&json!("Auth Or"), &json!("a@b.co"))
    );
}

#[test]
fn replays_lose_texts_and_addresses() {
    let scrubber = scrubber(&defaults());
    let mut event = Event::from_json(json!({"user": {"ip_address": "1.2.3.4"}, "tags": {"t": "1.2.3.4"}})).unwrap();
    let mut urls = ["http://u:p@h/".to_owned(), "http://1.2.3.4/".to_owned()];
    scrubber.replay_event(&mut event, &mut urls);
    assert_eq!(urls, ["http://u:[Filtered]@h/", "http://[ip]/"]);
    assert_eq!(event.user.unwrap().ip_address, None);
    assert_eq!(
        event.meta.remarks(["urls"]).len() + event.meta.remarks(["urls", "0"]).len(),
        1
    );

    let mut frame = json!({"type": 2, "timestamp": 1, "data": {"node": {"childNodes": [
        {"type": 3, "textContent": "card 4111 1111 1111 1111"}, {"attributes": {"password": "kept"}}, {"textContent": "my secret"},
    ]}}});
    scrubber.replay_recording(&mut frame);
    assert_eq!(
        frame["data"]["node"]["childNodes"],
        json!([
            {"type": 3, "textContent": "card [Filtered]"}, {"attributes": {"password": "kept"}}, {"textContent": "[Filtered]"},
        ])
    );
}

#[test]
fn what_was_replaced_in_one_text_of_a_frame_hides_nothing_in_the_next() {
    let mut frame =
        json!({"type": 5, "data": ["card 4111 1111 1111 1111, card 4111 1111 1111 1111", "Bearer abcdefghijkl"]});
    scrubber(&defaults()).replay_recording(&mut frame);
    assert_eq!(frame["data"], json!(["card [Filtered], card [Filtered]", "[Filtered]"]));
}
