use core::net::IpAddr;

use filter::{Client, Filters, Settings};
use protocol::event::Event;
use serde_json::{Value, json};

use crate::{check, filters, reason};

#[test]
fn addresses_and_networks_of_sender_and_person() {
    let filters = filters(json!({"blacklisted_ips": ["10.0.0.0/8", "192.0.2.7", " 2001:db8::/32 ", ""]}));
    for (client, user, filtered) in [
        (Some("10.1.2.3"), None, true),
        (Some("192.0.2.7"), None, true),
        (Some("192.0.2.8"), None, false),
        (Some("2001:db8::1"), None, true),
        (Some("2001:db9::1"), None, false),
        (Some("::ffff:10.0.0.1"), None, true),
        (None, Some("10.0.0.1"), true),
        (Some("192.0.2.8"), Some("192.0.2.7"), true),
        (None, Some("{{auto}}"), false),
        (None, None, false),
    ] {
        let event = Event::from_json(json!({"user": {"ip_address": user}})).unwrap();
        let client = Client {
            ip: client.map(|ip| ip.parse::<IpAddr>().unwrap()),
            ..Client::default()
        };
        let reason = filters.event(&event, &client);
        assert_eq!(
            reason.as_ref().map(|reason| reason.id()),
            filtered.then_some("ip-address"),
            "{client:?}"
        );
    }
}

#[test]
fn releases_by_pattern_in_any_case() {
    let release = |release: &str| json!({"release": release});
    check(
        json!({"releases": ["1.*", "Shop@2.?", "[34].0"]}),
        "release-version",
        &[
            (release("1.2.3"), true),
            (release("1"), false),
            (release("shop@2.1"), true),
            (release("shop@2.10"), false),
            (release("4.0"), true),
            (release("5.0"), false),
            (json!({}), false),
        ],
    );
}

#[test]
fn messages_and_exceptions_by_pattern() {
    let exception = |kind: Value, value: Value| json!({"exception": [{"type": kind, "value": value}]});
    check(
        json!({"error_messages": ["TypeError: *undefined*", "*timed out", "Boom", "code {4,5}??"]}),
        "error-message",
        &[
            (exception(json!("TypeError"), json!("x is Undefined\nat y")), true),
            (exception(json!("RangeError"), json!("x is undefined")), false),
            (exception(json!("boom"), Value::Null), true),
            (exception(Value::Null, json!("BOOM")), true),
            (exception(json!(""), json!("boom")), true),
            (exception(json!("A"), json!("boom")), false),
            (
                json!({"exception": [{"type": "A", "value": "ok"}, {"type": "B", "value": "it timed out"}]}),
                true,
            ),
            (json!({"logentry": {"formatted": "Request timed out"}}), true),
            (json!({"logentry": {"message": "request timed out"}}), true),
            (json!({"logentry": {"message": "boom", "formatted": "calm"}}), false),
            (json!({"message": "code 503"}), true),
            (json!({"message": "code 603"}), false),
            (json!({}), false),
        ],
    );
}

#[test]
fn localhost_by_address_url_and_headers() {
    let url = |url: &str| json!({"request": {"url": url}});
    let header = |name: &str, value: &str| json!({"request": {"headers": {name: value}}});
    check(
        json!({"localhost": true}),
        "localhost",
        &[
            (json!({"user": {"ip_address": "127.0.0.1"}}), true),
            (json!({"user": {"ip_address": "::1"}}), true),
            (json!({"user": {"ip_address": "127.0.0.2"}}), false),
            (url("http://localhost/"), true),
            (url("http://LOCALHOST:8000/a?b"), true),
            (url("https://user:secret@localhost"), true),
            (url("http://127.0.0.1:8080/"), true),
            (url("http://app.localhost/"), true),
            (url("http://a.b.localhost:3000"), true),
            (url("file:///home/index.html"), true),
            (url("FILE:/index.html"), true),
            (url("http://localhost.com/"), false),
            (url("http://notlocalhost/"), false),
            (url("http://example.com/localhost"), false),
            (url("http://localhost@example.com/"), false),
            (url("/relative"), false),
            (header("X-Forwarded-For", "127.0.0.1"), true),
            (header("X-Forwarded-For", "::1"), true),
            (header("X-Forwarded-For", "127.0.0.1, 192.0.2.1"), false),
            (header("Host", "localhost:3000"), true),
            (header("Host", "127.0.0.1"), true),
            (header("X-Forwarded-Host", "localhost:3000"), true),
            (header("Host", "localhost.example.com:3000"), false),
            (
                json!({"request": {"url": "https://example.com/", "headers": {"Host": "localhost"}}}),
                false,
            ),
            (
                json!({"request": {"url": "https://example.com/", "headers": {"X-Forwarded-For": "127.0.0.1"}}}),
                true,
            ),
            (json!({}), false),
        ],
    );
}

#[test]
fn extensions_by_message() {
    for message in [
        "top.GLOBALS",
        "originalCreateNotification",
        "canvas.contentDocument",
        "MyApp_RemoveAllHighlights",
        "http://tt.epicplay.com",
        "Can't find variable: ZiteReader",
        "jigsaw is not defined",
        "ComboSearch is not defined",
        "http://loading.retry.widdit.com/",
        "atomicFindClose",
        "fb_xd_fragment",
        "bmi_SafeAddOnload",
        "EBCallBackMessageReceived",
        "_gCrWeb",
        "conduitPage",
        "null is not an object (evaluating 'elt.parentNode')",
        "plugin.setSuspendState is not a function",
        "Extension context invalidated",
        "webkit-masked-url:",
        "can't access dead object",
    ] {
        let values = [message.to_owned(), format!("x {} y", message.to_uppercase())];
        for value in values {
            let event = json!({"exception": [{"value": value}]});
            check(
                json!({"browser_extensions": true}),
                "browser-extensions",
                &[(event, true)],
            );
        }
    }
    check(
        json!({"browser_extensions": true}),
        "browser-extensions",
        &[
            (json!({"exception": [{"value": "ok"}, {"value": "top.GLOBALS"}]}), false),
            (json!({"exception": [{"value": "GLOBALS"}]}), false),
            (json!({"message": "top.GLOBALS"}), false),
            (json!({}), false),
        ],
    );
}

#[test]
fn extensions_by_source() {
    let frames = |paths: &[&str]| {
        let frames: Vec<Value> = paths.iter().map(|path| json!({"abs_path": path})).collect();
        json!({"exception": [{"value": "x", "stacktrace": {"frames": frames}}]})
    };
    for source in [
        "https://graph.facebook.com/",
        "https://connect.facebook.net/en_US/sdk.js",
        "http://eatdifferent.com.woopra-ns.com/x.js",
        "http://static.woopra.com/js/woopra.js",
        "http://127.0.0.1:4001/isrunning",
        "https://webappstoolbarba.texthelp.com/x",
        "https://metrics.itunes.apple.com.edgesuite.net/x.js",
        "https://ff.kaspersky-labs.com/x",
        "webkit-masked-url://hidden/",
        "chrome://x/y.js",
        "chrome-extension://abc/y.js",
        "moz-extension://abc/y.js",
        "safari-extension://abc/y.js",
        "safari-web-extension://abc/y.js",
        "Chrome-Extension://abc/y.js",
    ] {
        check(
            json!({"browser_extensions": true}),
            "browser-extensions",
            &[
                (frames(&[source]), true),
                (frames(&["https://example.com/app.js", source]), true),
                (frames(&[source, "https://example.com/app.js"]), false),
                (frames(&[source, "<anonymous>", "[native code]"]), true),
            ],
        );
    }
    check(
        json!({"browser_extensions": true}),
        "browser-extensions",
        &[
            (frames(&["https://example.com/?from=chrome-extension://abc"]), false),
            (frames(&[]), false),
            (frames(&["<anonymous>"]), false),
        ],
    );
}

#[test]
fn health_checks_by_name() {
    let transaction = |name: &str| json!({"type": "transaction", "transaction": name});
    let mut cases = vec![
        (json!({"transaction": "/health", "message": "x"}), false),
        (transaction("/api/healthy/x"), false),
        (transaction("health"), false),
        (transaction("/already"), false),
        (transaction("/delivery"), false),
        (transaction("/pings"), false),
        (transaction("/deliver"), false),
        (json!({"type": "transaction"}), false),
    ];
    for name in [
        "my healthcheck!",
        "/a/HealthCheck/b",
        "GET heartbeat x",
        "/health",
        "a/healthy",
        "/x/healthz",
        "/live",
        "/livez",
        "/ready",
        "/readyz",
        "/api/ping",
        "/API/PING",
    ] {
        cases.push((transaction(name), true));
    }
    check(json!({"filtered_transaction": true}), "filtered-transaction", &cases);
}

#[test]
fn chunks_that_a_deployment_replaced() {
    let exception = |kind: &str, value: &str| json!({"exception": [{"type": kind, "value": value}]});
    check(
        json!({"chunk_load_error": true}),
        "chunk-load-error",
        &[
            (
                exception("ChunkLoadError", "Loading chunk 3662 failed.\n(error: https://x/y.js)"),
                true,
            ),
            (exception("ChunkLoadError", "Loading CSS chunk 1 failed"), false),
            (exception("Error", "Loading chunk 3662 failed."), false),
            (
                exception("Uncaught Error", "ChunkLoadError: Loading chunk 552 failed."),
                true,
            ),
            (
                exception("xUncaught y", "ChunkLoadError: Loading chunk 552 failed."),
                true,
            ),
            (exception("Error", "ChunkLoadError: Loading chunk 552 failed."), false),
            (
                json!({"exception": [{"type": "A"}, {"type": "ChunkLoadError", "value": "Loading chunk 1"}]}),
                true,
            ),
            (
                json!({"exception": [{"type": "ChunkLoadError"}, {"type": "A", "value": "Loading chunk 1"}]}),
                false,
            ),
        ],
    );
}

#[test]
fn hydration_errors_by_number() {
    let mut cases = Vec::new();
    for number in 415..430 {
        let filtered = matches!(number, 418 | 419 | 422 | 423 | 425);
        for value in [
            format!(
                "Minified React error #{number}; visit https://reactjs.org/docs/error-decoder.html?invariant={number} for it"
            ),
            format!("visit https://react.dev/errors/{number}?args[]=x"),
        ] {
            cases.push((json!({"exception": [{"type": "Error", "value": value}]}), filtered));
        }
    }
    check(json!({"react_hydration_errors": true}), "hydration-error", &cases);
}

#[test]
fn the_first_filter_in_the_order_of_the_reference_gives_the_reason() {
    // Each step takes away the filter that matched before.
    let event = json!({
        "type": "transaction", "transaction": "/health", "release": "1.0", "message": "boom",
        "user": {"ip_address": "127.0.0.1"},
        "request": {"headers": {"User-Agent": "Googlebot/2.1"}},
        "exception": [{"type": "ChunkLoadError", "value": "Loading chunk top.GLOBALS"}],
    });
    let settings = json!({
        "blacklisted_ips": ["127.0.0.1"], "releases": ["1.*"], "error_messages": ["boom"], "localhost": true,
        "browser_extensions": true, "web_crawlers": true, "filtered_transaction": true, "chunk_load_error": true,
        "custom": {"version": 1, "filters": [{"id": "mine", "condition": {"op": "and", "inner": []}}]},
    });
    let mut left = settings.as_object().unwrap().clone();
    for (setting, id) in [
        ("blacklisted_ips", "ip-address"),
        ("releases", "release-version"),
        ("error_messages", "error-message"),
        ("localhost", "localhost"),
        ("browser_extensions", "browser-extensions"),
        ("web_crawlers", "web-crawlers"),
        ("filtered_transaction", "filtered-transaction"),
        ("chunk_load_error", "chunk-load-error"),
        ("custom", "mine"),
    ] {
        assert_eq!(
            reason(&filters(Value::Object(left.clone())), &event).as_deref(),
            Some(id)
        );
        left.remove(setting);
    }
    assert_eq!(reason(&filters(Value::Object(left)), &event), None);
}

#[test]
fn a_new_project_filters_health_checks_stale_chunks_and_hydration_only() {
    let filters = Filters::new(&Settings::default()).unwrap();
    for (event, id) in [
        (
            json!({"type": "transaction", "transaction": "/healthz"}),
            Some("filtered-transaction"),
        ),
        (
            json!({"exception": [{"type": "ChunkLoadError", "value": "Loading chunk 1"}]}),
            Some("chunk-load-error"),
        ),
        (
            json!({"exception": [{"value": "https://react.dev/errors/418"}]}),
            Some("hydration-error"),
        ),
        (json!({"exception": [{"value": "top.GLOBALS"}]}), None),
        (
            json!({"request": {"url": "http://localhost/", "headers": {"User-Agent": "Googlebot"}}}),
            None,
        ),
    ] {
        assert_eq!(reason(&filters, &event).as_deref(), id, "{event}");
    }
    assert!(!filters.wants_browser());
    let stored = serde_json::to_value(Settings::default()).unwrap();
    assert_eq!(serde_json::from_value::<Settings>(stored).unwrap(), Settings::default());
    assert_eq!(
        serde_json::from_value::<Settings>(json!({})).unwrap(),
        Settings::default()
    );
}
