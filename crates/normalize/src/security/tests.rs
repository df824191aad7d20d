use protocol::security::parse;
use serde_json::{Value, json};

use super::*;
use crate::tests::{NOW, context};

/// The normalized event of the only report in a body, as JSON.
fn made(body: &Value) -> Value {
    let origin = Origin {
        release: Some("shop@1".to_owned()),
        environment: Some("prod".to_owned()),
    };
    let report = parse(body.to_string().as_bytes()).unwrap().remove(0).unwrap();
    let mut event = event(report, &origin, NOW);
    let cx = Context {
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0"),
        ..context()
    };
    crate::event(&mut event, &cx).unwrap();
    let once = event.to_json();
    let mut again = Event::from_stored(&once).unwrap();
    crate::event(&mut again, &cx).unwrap();
    assert_eq!(again.to_json(), once, "twice is once");
    serde_json::from_str(&once).unwrap()
}

fn message(directive: &str, blocked_uri: &str) -> String {
    let report = json!({"csp-report": {"effective-directive": directive, "blocked-uri": blocked_uri}});
    made(&report)["logentry"]["formatted"].as_str().unwrap().to_owned()
}

#[test]
fn every_directive_has_its_words() {
    for (directive, blocked_uri, expected) in [
        (
            "img-src",
            "https://evil.example/a.png?b",
            "Blocked 'image' from 'evil.example'",
        ),
        ("img-src", "data", "Blocked 'image' from 'data:'"),
        ("img-src", "blob:https://x/1", "Blocked 'image' from 'blob:'"),
        ("img-src", "self", "Blocked inline 'image'"),
        ("font-src", "", "Blocked inline 'font'"),
        ("child-src", "self", "Blocked inline 'child'"),
        (
            "connect-src",
            "wss://live.example/x",
            "Blocked 'connect' from 'wss://live.example'",
        ),
        (
            "manifest-src",
            "http://a.example:81/",
            "Blocked 'manifest' from 'a.example:81'",
        ),
        ("media-src", "'self'", "Blocked inline 'media'"),
        ("object-src", "a.example", "Blocked 'object' from 'a.example:'"),
        ("frame-src", "https://a.example", "Blocked 'frame-src' from 'a.example'"),
        (
            "default-src",
            "https://a.example",
            "Blocked 'default-src' from 'a.example'",
        ),
        ("default-src", "self", "Blocked inline 'default-src'"),
        (
            "form-action",
            "https://a.example/post",
            "Blocked 'form' action to 'a.example'",
        ),
        (
            "script-src",
            "https://a.example/x.js",
            "Blocked 'script' from 'a.example'",
        ),
        ("script-src", "inline", "Blocked unsafe inline 'script'"),
        ("script-src", "eval", "Blocked unsafe eval() 'script'"),
        ("script-src", "self", "Blocked unsafe (eval() or inline) 'script'"),
        ("script-src-elem", "inline", "Blocked 'script' from 'inline:'"),
        ("script-src-elem", "self", "Blocked inline script attribute"),
        ("script-src-attr", "self", "Blocked unsafe 'script' element"),
        (
            "script-src-attr",
            "https://a.example",
            "Blocked inline script attribute from 'a.example'",
        ),
        ("style-src", "self", "Blocked inline 'style'"),
        ("style-src", "https://a.example", "Blocked 'style' from 'a.example'"),
        ("style-src-elem", "self", "Blocked 'style' or 'link' element"),
        (
            "style-src-elem",
            "https://a.example",
            "Blocked 'style' from 'a.example'",
        ),
        ("style-src-attr", "self", "Blocked style attribute"),
        (
            "style-src-attr",
            "https://a.example",
            "Blocked style attribute from 'a.example'",
        ),
    ] {
        assert_eq!(message(directive, blocked_uri), expected, "{directive} {blocked_uri}");
    }
}

#[test]
fn a_csp_violation_becomes_an_event() {
    let event = made(&json!({"csp-report": {
        "document-uri": "https://shop.example/pay?x=1", "referrer": "https://www.example/", "effective-directive": "img-src",
        "violated-directive": "img-src https://shop.example cdn.example", "blocked-uri": "https://evil.example/a.png",
    }}));
    assert_eq!(event["type"], "csp");
    assert_eq!(event["level"], "error");
    assert_eq!(event["platform"], "other");
    assert_eq!(event["logger"], "csp");
    assert_eq!(event["culprit"], "img-src 'self' cdn.example");
    assert_eq!(event["release"], "shop@1");
    assert_eq!(event["environment"], "prod");
    assert_eq!(event["user"]["ip_address"], "192.0.2.7");
    assert_eq!(
        event["tags"],
        json!([
            ["effective-directive", "img-src"],
            ["blocked-uri", "https://evil.example/a.png"]
        ])
    );
    assert_eq!(event["request"]["url"], "https://shop.example/pay");
    assert_eq!(event["request"]["query_string"], json!([["x", "1"]]));
    let headers = event["request"]["headers"].as_array().unwrap();
    assert_eq!(headers[0], json!(["Referer", "https://www.example/"]));
    assert_eq!(headers[1][0], "User-Agent");
    assert_eq!(event["csp"]["document_uri"], "https://shop.example/pay?x=1");
}

#[test]
fn addresses_with_secrets_are_cut_in_tags() {
    let tag = |uri: &str| {
        made(&json!({"csp-report": {"effective-directive": "img-src", "blocked-uri": uri}}))["tags"][1][1].clone()
    };
    assert_eq!(
        tag("https://api.stripe.com/v1/tokens?card=4242#x"),
        "https://api.stripe.com/v1/tokens"
    );
    assert_eq!(tag("https://api.stripe.com/v1#card"), "https://api.stripe.com/v1");
    assert_eq!(tag("https://other.example/?a=b"), "https://other.example/?a=b");
}

#[test]
fn certificate_reports_become_events() {
    let check = |body: Value, kind: &str, message: &str, culprit: Value, tags: Value| {
        let event = made(&body);
        assert_eq!(event["type"], kind, "{body}");
        assert_eq!(event["logentry"]["formatted"], message, "{body}");
        assert_eq!(event["culprit"], culprit, "{body}");
        assert_eq!(event["tags"], tags, "{body}");
        assert_eq!(event["request"]["url"], "a.example", "{body}");
        assert_eq!(event["logger"], "csp", "{body}");
    };
    check(
        json!({"hostname": "a.example", "port": 443, "include-subdomains": true, "known-pins": []}),
        "hpkp",
        "Public key pinning validation failed for 'a.example'",
        Value::Null,
        json!([
            ["hostname", "a.example"],
            ["port", "443"],
            ["include-subdomains", "true"]
        ]),
    );
    check(
        json!({"expect-ct-report": {"hostname": "a.example", "port": 443}}),
        "expectct",
        "Expect-CT failed for 'a.example'",
        json!("a.example"),
        json!([["hostname", "a.example"], ["port", "443"]]),
    );
    check(
        json!({"expect-staple-report": {"hostname": "a.example", "response-status": "MISSING"}}),
        "expectstaple",
        "Expect-Staple failed for 'a.example'",
        json!("a.example"),
        json!([["hostname", "a.example"], ["response_status", "MISSING"]]),
    );
}

#[test]
fn network_errors_become_events() {
    let nel = |body: Value| {
        made(
            &json!([{"age": 20_500, "type": "network-error", "url": "https://a.example/pay", "user_agent": "UA/1", "body": body}]),
        )
    };
    let event = nel(
        json!({"phase": "connection", "type": "tcp.aborted", "method": "POST", "protocol": "http/1.1",
        "status_code": 0, "server_ip": "203.0.113.1", "elapsed_time": 37, "sampling_fraction": 1, "referrer": ""}),
    );
    assert_eq!(event["type"], "nel");
    assert_eq!(event["logger"], "nel");
    assert_eq!(event["logentry"]["formatted"], "connection / tcp.aborted");
    assert_eq!(event["timestamp"], json!(1_794_999_979.5));
    assert_eq!(event["request"]["url"], "https://a.example/pay");
    assert_eq!(event["request"]["headers"], json!([["User-Agent", "UA/1"]]));
    assert_eq!(
        event["tags"],
        json!([
            ["method", "POST"],
            ["protocol", "http/1.1"],
            ["status_code", "0"],
            ["server_ip", "203.0.113.1"]
        ])
    );
    assert_eq!(event["user"]["ip_address"], "192.0.2.7");
    let event = nel(json!({"phase": "application", "type": "http.error", "status_code": 502}));
    assert_eq!(event["logentry"]["formatted"], "application / http.error (502)");
    assert_eq!(nel(json!({}))["logentry"]["formatted"], " / ");
}

#[test]
fn an_sdk_may_send_the_interface_itself() {
    let mut event = crate::tests::read(json!({"csp": {"effective_directive": "img-src", "blocked_uri": "http://a/"}}));
    crate::event(&mut event, &context()).unwrap();
    assert_eq!((event.kind, event.logger.as_deref()), (EventType::Csp, Some("csp")));
    assert_eq!(event.user.unwrap().ip_address.as_deref(), Some("192.0.2.7"));
}
