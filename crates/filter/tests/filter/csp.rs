use serde_json::{Value, json};

use crate::{check, filters, reason};

fn report(blocked_uri: &str, source_file: &str) -> Value {
    json!({"type": "csp", "csp": {"blocked_uri": blocked_uri, "source_file": source_file}})
}

#[test]
fn sources_by_scheme_host_and_port() {
    for (source, uri, expected) in [
        ("example.com", "http://example.com/x.js", true),
        ("example.com", "https://EXAMPLE.com:81/", true),
        ("example.com", "https://www.example.com/", false),
        ("example.com", "example.com", true),
        ("Example.com", "example.com", true),
        ("*.example.com", "https://a.b.example.com/", true),
        ("*.example.com", "https://example.com/", true),
        ("*.example.com", "https://notexample.com/", false),
        ("https://example.com", "https://example.com/", true),
        ("https://example.com", "http://example.com/", false),
        ("example.com:81", "http://example.com:81/", true),
        ("example.com:81", "http://example.com:82/", false),
        ("example.com:81", "http://example.com/", false),
        ("example.com:*", "http://example.com:82/", true),
        ("*:8000", "http://any.example:8000/", true),
        ("*:8000", "http://any.example/", false),
        ("http://*", "http://any.example/", true),
        ("http://*", "https://any.example/", false),
        ("https://*.example.com:8443", "https://a.example.com:8443/", true),
        ("*", "anything", true),
        ("*://*:*", "https://any.example/", true),
        ("chrome-extension://*", "chrome-extension://abcdef", true),
        ("chrome-extension://*", "chrome-extension", true),
        ("chrome-extension://*", "https://example.com", false),
        ("about", "about:blank", true),
    ] {
        let settings = || json!({"csp": {"disallowed_sources": [source], "use_defaults": false}});
        let cases = [
            (report(uri, ""), expected),
            (report("https://page.example", uri), expected),
        ];
        for case in cases {
            if source == "*" || source == "*://*:*" {
                assert!(reason(&filters(settings()), &case.0).is_some());
            } else {
                check(settings(), "invalid-csp", &[case]);
            }
        }
    }
}

#[test]
fn what_browsers_bring_along_is_dropped_by_default() {
    let mut cases = vec![
        (report("https://cdn.example.com", "https://example.com"), false),
        (report("self", ""), false),
        (report("data", ""), false),
        (json!({"type": "csp"}), false),
        (json!({"type": "error", "csp": {"blocked_uri": "about"}}), false),
    ];
    for uri in [
        "about",
        "ms-browser-extension",
        "chrome-extension://abc",
        "moz-extension",
        "safari-web-extension://abc/x.js",
        "http://foo.superfish.com/x",
        "http://localhost:8000",
        "https://ff.kaspersky-labs.com/x",
        "https://translate.googleapis.com/x.css",
    ] {
        cases.push((report(uri, ""), true));
        cases.push((report("", uri), true));
    }
    check(json!({"csp": {"use_defaults": true}}), "invalid-csp", &cases);
}
