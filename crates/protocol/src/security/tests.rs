use serde_json::{Value, json};

use super::*;

fn read(body: &Value) -> Vec<Result<Report, Error>> {
    parse(body.to_string().as_bytes()).unwrap()
}

#[track_caller]
fn check(body: Value, kind: EventType, interface: Value) {
    let reports = read(&body);
    let report = Report {
        kind,
        interface: interface.as_object().unwrap().clone(),
    };
    assert_eq!(reports, [Ok(report)], "{body}");
}

#[test]
fn both_spellings_of_a_csp_violation_are_one() {
    let interface = json!({
        "effective_directive": "script-src-elem", "blocked_uri": "https://evil.example/x.js", "document_uri": "https://a.example/",
        "status_code": 200, "violated_directive": "script-src-elem", "line_number": 3, "column_number": 4,
        "script_sample": "x", "disposition": "report",
    });
    check(
        json!({"csp-report": {
            "document-uri": "https://a.example/", "violated-directive": "script-src-elem", "effective-directive": "script-src-elem",
            "blocked-uri": "https://evil.example/x.js", "status-code": "200", "line-number": 3, "column-number": "4",
            "script-sample": "x", "disposition": "report",
        }}),
        EventType::Csp,
        interface.clone(),
    );
    let mut modern = interface;
    modern["violated_directive"] = json!("");
    check(
        json!([{"type": "csp-violation", "age": 5, "url": "https://a.example/", "user_agent": "x", "body": {
            "documentURL": "https://a.example/", "effectiveDirective": "script-src-elem", "blockedURL": "https://evil.example/x.js",
            "statusCode": 200, "lineNumber": 3, "columnNumber": 4, "sample": "x", "disposition": "report",
        }}]),
        EventType::Csp,
        modern,
    );
}

#[test]
fn the_directive_is_the_first_word_of_either_field() {
    let check = |fields: Value, expected: Option<&str>| {
        let report = read(&json!({"csp-report": fields})).remove(0);
        let directive = report.map(|report| report.interface["effective_directive"].clone());
        match expected {
            Some(expected) => assert_eq!(directive, Ok(json!(expected)), "{fields}"),
            None => assert_eq!(directive, Err(Error::Malformed("no known directive")), "{fields}"),
        }
    };
    check(json!({"effective-directive": "img-src"}), Some("img-src"));
    check(json!({"effective-directive": "img-src https://x"}), Some("img-src"));
    check(
        json!({"violated-directive": "style-src 'self' cdn.example"}),
        Some("style-src"),
    );
    check(
        json!({"effective-directive": "nonsense", "violated-directive": "font-src"}),
        Some("font-src"),
    );
    check(json!({"effective-directive": "nonsense"}), None);
    check(json!({"effective-directive": "", "violated-directive": ""}), None);
    check(json!({"effective-directive": 5}), None);
    check(json!({}), None);
}

#[test]
fn what_is_missing_or_of_the_wrong_kind_is_left_out() {
    check(
        json!({"csp-report": {"effective-directive": "img-src", "line-number": -1, "status-code": "x", "referrer": 5, "own": {"a": 1}, "nothing": null}}),
        EventType::Csp,
        json!({"effective_directive": "img-src", "blocked_uri": "self", "violated_directive": ""}),
    );
}

#[test]
fn certificate_reports() {
    check(
        json!({"date-time": "2026-11-01T10:00:00+01:00", "hostname": "a.example", "port": 443, "include-subdomains": false,
            "known-pins": ["pin-sha256=\"AAAA\"", 5], "effective-expiration-date": "soon"}),
        EventType::Hpkp,
        json!({"date_time": "2026-11-01T09:00:00Z", "hostname": "a.example", "port": 443, "include_subdomains": false,
            "known_pins": ["pin-sha256=\"AAAA\""]}),
    );
    check(
        json!({"expect-ct-report": {"hostname": "a.example", "port": 443, "scts": [{"version": 1}], "failure-mode": "enforce"}}),
        EventType::ExpectCt,
        json!({"hostname": "a.example", "port": 443, "scts": [{"version": 1}], "failure_mode": "enforce"}),
    );
    check(
        json!({"expect-staple-report": {"hostname": "a.example", "response-status": "MISSING", "cert-status": "GOOD"}}),
        EventType::ExpectStaple,
        json!({"hostname": "a.example", "response_status": "MISSING", "cert_status": "GOOD"}),
    );
    for report in [
        json!({"known-pins": []}),
        json!({"expect-ct-report": {"hostname": ""}}),
        json!({"expect-staple-report": {"hostname": 5}}),
    ] {
        assert_eq!(read(&report), [Err(Error::Malformed("no hostname"))], "{report}");
    }
}

#[test]
fn each_report_of_a_batch_counts_by_itself() {
    let batch = json!([
        {"type": "csp-violation", "body": {"effectiveDirective": "img-src"}},
        {"type": "network-error", "age": 20, "url": "https://a.example/", "body": {"type": "tcp.aborted", "phase": "connection"}},
        {"type": "network-error"},
        {"type": "deprecation", "body": {}},
        {"type": "csp-violation", "body": "x"},
        {"unknown": 1},
        5,
    ]);
    let kinds: Vec<Result<EventType, &str>> = read(&batch)
        .into_iter()
        .map(|report| report.map(|report| report.kind).map_err(Error::reason))
        .collect();
    let expected = [
        Ok(EventType::Csp),
        Ok(EventType::Nel),
        Err("security_report"),
        Err("security_report_type"),
        Err("security_report"),
        Err("security_report_type"),
        Err("security_report"),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn bodies_that_hold_no_reports() {
    let check = |body: &[u8], expected: &str| {
        assert_eq!(
            parse(body).map_err(Error::reason),
            Err(expected),
            "{}",
            body.escape_ascii()
        );
    };
    check(b"", "no_data");
    check(b" \n", "no_data");
    check(b"[]", "no_data");
    check(b"{", "invalid_json");
    check(b"5", "invalid_json");
    check(b"\xff\xfe", "invalid_json");
    check("[".repeat(1_000).as_bytes(), "invalid_json");
    check(format!("[{}5]", "5,".repeat(MAX_REPORTS)).as_bytes(), "security_report");
}

#[test]
fn content_types_of_browsers() {
    for accepted in [
        "application/json",
        "application/csp-report; charset=utf-8",
        "Application/Reports+JSON",
        "application/expect-ct-report+json",
        "application/expect-staple-report",
    ] {
        assert!(accepts(Some(accepted)), "{accepted}");
    }
    for refused in [
        None,
        Some(""),
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        assert!(!accepts(refused), "{refused:?}");
    }
}

#[test]
fn the_address_names_release_and_environment() {
    let origin = Origin::from_query("sentry_key=a&sentry_release=shop-front%402.0.1&sentry_environment=production");
    assert_eq!(origin.release.as_deref(), Some("shop-front@2.0.1"));
    assert_eq!(origin.environment.as_deref(), Some("production"));
    assert_eq!(Origin::from_query("a=b"), Origin::default());
}

#[test]
fn addresses_are_reduced_to_who_it_was() {
    for (uri, expected) in [
        ("", "'self'"),
        ("self", "'self'"),
        ("'self'", "'self'"),
        ("data", "data:"),
        ("blob", "blob:"),
        ("inline", "inline:"),
        ("https", "https://"),
        ("https://cdn.example/a.js?b", "cdn.example"),
        ("http://cdn.example:8000/a.js", "cdn.example:8000"),
        ("https://cdn.example:443/", "cdn.example"),
        ("wss://live.example/x", "wss://live.example"),
        ("data:text/plain,a", "data:"),
        ("chrome-extension://abc/x", "chrome-extension://abc"),
        ("http://", "http://"),
    ] {
        assert_eq!(reduced_uri(uri), expected, "{uri}");
    }
}

#[test]
fn sources_that_are_the_page_itself_are_called_so() {
    let check = |directive: &str, document: &str, expected: &str| {
        assert_eq!(
            reduced_directive(directive, document),
            expected,
            "{directive} on {document}"
        );
    };
    check("", "", "");
    check("img-src", "https://a.example/", "img-src");
    check(
        "img-src  'self'  'none' ",
        "https://a.example/",
        "img-src 'self' 'none'",
    );
    check(
        "img-src https://a.example cdn.example",
        "https://a.example/x",
        "img-src 'self' cdn.example",
    );
    check(
        "img-src a.example https://b.example data:",
        "https://a.example/x",
        "img-src 'self' https://b.example data:",
    );
    check("img-src b.example", "app://a.example/x", "img-src app://b.example");
}
