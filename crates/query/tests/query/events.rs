//! Searches of events, each with what it is read as.

use query::search::events::{EventContext, parse};

use crate::{errors, spans};

/// The search in its canonical form says what was understood; reading that changes nothing.
fn check(cx: &EventContext, text: &str, expected: &str) {
    let query = parse(text, cx).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(query.to_string(), expected, "{text}");
    assert_eq!(parse(expected, cx).as_ref(), Ok(&query), "{text} as {expected}");
}

#[test]
fn terms_are_joined() {
    let check = |text: &str, expected: &str| check(&errors(), text, expected);
    check("", "");
    check("  \n ", "");
    check("platform:python", "platform:python");
    check("platform:python release:1.0", "platform:python release:1.0");
    check("platform:python AND release:1.0", "platform:python release:1.0");
    check("platform:python and release:1.0", "platform:python release:1.0");
    check("platform:a OR platform:b", "platform:a OR platform:b");
    check("platform:a or platform:b", "platform:a OR platform:b");
    check("dist:1 dist:2 OR dist:3 dist:4", "dist:1 dist:2 OR dist:3 dist:4");
    check(
        "dist:1 (dist:2 OR dist:3) dist:4",
        "dist:1 AND (dist:2 OR dist:3) dist:4",
    );
    check("((dist:1))", "dist:1");
    check("(dist:1 dist:2) dist:3", "dist:1 dist:2 dist:3");
    check("dist:1 OR (dist:2 OR dist:3)", "dist:1 OR dist:2 OR dist:3");
    check("(dist:1 OR dist:2)(dist:3)", "(dist:1 OR dist:2) dist:3");
    check("!dist:1", "!dist:1");
    check("!(dist:1 OR dist:2)", "!(dist:1 OR dist:2)");
    check("!(dist:1)", "!dist:1");
    check("!(!dist:1)", "dist:1");
    check("dist:0 !(dist:1 dist:2)", "dist:0 AND !(dist:1 dist:2)");
}

#[test]
fn words_are_free_text() {
    let check = |text: &str, expected: &str| check(&errors(), text, expected);
    check("connection reset", "connection reset");
    check("connection  AND  reset", "connection reset");
    check("\"connection reset\"", "\"connection reset\"");
    check("!timeout", "!timeout");
    check("!\"time out\"", "!\"time out\"");
    check("!(time out)", "!(time out)");
    check("time dist:1 out", "time dist:1 out");
    check("a \"b \\\"c\\\" *\" d", "a \"b \\\"c\\\" *\" d");
    check("ValueError: no such key", "ValueError: no such key");
    check(
        "std::vector http://example.com:80/x",
        "std::vector http://example.com:80/x",
    );
    check("! -", "! -");
    check("call(one, two) failed", "call(one, two) failed");
    check("(call(one, two) OR dist:1)", "call(one, two) OR dist:1");
    check("call(one dist:1 two", "call(one dist:1 two");
    check(
        "querySelector(\"a b\") tags[0] max(a)",
        "querySelector(\"a b\") tags[0] max(a)",
    );
    check("[Violation] slow", "[Violation] slow");
    check("a&b <c> 100%", "a&b <c> 100%");
    check("\"or\"", "\"or\"");
    check("läuft nicht", "läuft nicht");
}

#[test]
fn texts_are_compared_whole_or_by_stars() {
    let check = |text: &str, expected: &str| check(&errors(), text, expected);
    check("release:\"shop 1\"", "release:\"shop 1\"");
    check("release:1.*", "release:1.*");
    check("release:\"shop *\"", "release:\"shop *\"");
    check("transaction:*/api/**/users*", "transaction:*/api/*/users*");
    check(r"transaction:a\*b", r"transaction:a\*b");
    check(r"location:C:\app\main.py", r"location:C:\\app\\main.py");
    check(r#"title:"say \"hi\"""#, r#"title:"say \"hi\"""#);
    check("release:[1.0, 2.0]", "release:[1.0, 2.0]");
    check("!release:[1.*,\"2 0\", 3 0]", "!release:[1.*, \"2 0\", \"3 0\"]");
    check("release:[1.0]", "release:1.0");
    check("release:=1.0", "release:1.0");
    check("release:!=1.0", "!release:1.0");
    check("!release:!=1.0", "release:1.0");
    check("release:\"\"", "!has:release");
    check("!release:\"\"", "has:release");
    check("release:[\"\", 1.0]", "release:1.0 OR !has:release");
    check("release:*", "has:release");
    check("stack.function:<lambda>", "stack.function:\"<lambda>\"");
    check("transaction:>a", "transaction:\">a\"");
    check("transaction:\">=5\"", "transaction:\">=5\"");
    check("title:call(a)", "title:\"call(a)\"");
    check("(title:call(a))", "title:\"call(a)\"");
    check("title:a:b", "title:a:b");
    check("message:undefined", "message:*undefined*");
    check("message:undefined*", "message:undefined*");
    check("level:ERROR", "level:error");
    check("level:[error, fatal]", "level:[error, fatal]");
    check("level:err*", "level:err*");
    check("user:42", "user:[id:42, email:42, username:42, ip:42]");
    check("user:id:42", "user:id:42");
    check(
        "user.display:ada",
        "user.email:ada OR user.username:ada OR user.id:ada OR user.ip:ada",
    );
    check(
        "user.display:!=ada",
        "!(user.email:ada OR user.username:ada OR user.id:ada OR user.ip:ada)",
    );
    check("user.display:\"\"", "!has:user");
    check(
        "trace:0123456789ABCDEF0123456789ABCDEF",
        "trace:0123456789abcdef0123456789abcdef",
    );
    check(
        "replay.id:01234567-89ab-cdef-0123-456789abcdef",
        "replayId:0123456789abcdef0123456789abcdef",
    );
}

#[test]
fn keys_are_fields_or_tags() {
    let check = |text: &str, expected: &str| check(&errors(), text, expected);
    check("event.type:csp", "event.type:csp");
    check("platform.name:go", "platform:go");
    check("region:eu", "tags[region]:eu");
    check("tags[region]:eu", "tags[region]:eu");
    check("tag[region,string]:eu", "tags[region]:eu");
    check("tags[ \"a ]\\\" b\" ]:eu", "tags[\"a ]\\\" b\"]:eu");
    check("\"my key\":eu", "tags[\"my key\"]:eu");
    check("tags[environment]:eu", "environment:eu");
    check("tags[sentry:user]:id:1", "user:id:1");
    check("tags[project]:x", "tags[project]:x");
    check("tags[size,number]:>5k", "tags[size,number]:>5000");
    check("has:release", "has:release");
    check("!has:region", "!has:tags[region]");
    check("has:tags[release]", "has:release");
    check("has:[release, dist]", "has:release OR has:dist");
    check("has:\"my key\"", "has:tags[\"my key\"]");
    check("has:[tags[\"a ]\"], dist]", "has:tags[\"a ]\"] OR has:dist");
    check("has:measurements.lcp", "has:measurements.lcp");
    check(
        "os.name:Linux browser:\"Chrome 1\"",
        "tags[os.name]:Linux tags[browser]:\"Chrome 1\"",
    );
    check("region:<unknown>", "tags[region]:\"<unknown>\"");
    check("sentry.release:1", "release:1");
    check(
        "sentry.status_code:500 sentry.segment.name:/",
        "http.status_code:500 transaction:\"/\"",
    );
    check(
        "sentry.origin:auto sentry.kind:server",
        "tags[origin]:auto tags[span.kind]:server",
    );
    check("sentry.x:1", "tags[sentry.x]:1");
}

#[test]
fn values_are_of_the_kind_of_their_field() {
    let check = |text: &str, expected: &str| check(&errors(), text, expected);
    check("error.handled:true", "error.handled:1");
    check("error.handled:[0, no]", "error.handled:[0, 0]");
    check("error.unhandled:true", "error.handled:0");
    check("error.unhandled:false", "error.handled:1");
    check("!has:error.unhandled", "!has:error.handled");
    check("error.main_thread:1", "error.main_thread:1");
    check("error.handled:\"\"", "!has:error.handled");
    check(
        "id:01234567-89AB-CDEF-0123-456789ABCDEF",
        "id:0123456789abcdef0123456789abcdef",
    );
    check("project:web", "project:web");
    check("project.name:[web, api-*]", "project:[web, api-*]");
    check("project.id:7", "project:7");
    check("issue:WEB-1A", "issue:WEB-1A");
    check("issue.id:[1, 2]", "issue:[1, 2]");
    check("!has:issue", "!has:issue");
    check("severity_number:>=17", "severity_number:>=17");
    check("severity_number:[1, 5]", "severity_number:1 OR severity_number:5");
}

#[test]
fn numbers_and_durations_have_units() {
    let check = |text: &str, expected: &str| check(&spans(), text, expected);
    check("transaction.duration:>500", "transaction.duration:>500");
    check("transaction.duration:>=1.5s", "transaction.duration:>=1500");
    check("span.duration:<2min", "transaction.duration:<120000");
    check("transaction.duration:<=1m", "transaction.duration:<=60000");
    check(
        "transaction.duration:>1h transaction.duration:<1d",
        "transaction.duration:>3600000 transaction.duration:<86400000",
    );
    check("transaction.duration:1wk", "transaction.duration:604800000");
    check("transaction.duration:!=5", "!transaction.duration:5");
    check("transaction.duration:\"\"", "!has:transaction.duration");
    check("measurements.lcp:>2.5s", "measurements.lcp:>2500");
    check("measurements.lcp:<1m", "measurements.lcp:<60000");
    check("measurements.cls:>0.1", "measurements.cls:>0.1");
    check("measurements.custom:>1m", "measurements.custom:>1000000");
    check("measurements.custom:>2mib", "measurements.custom:>2097152");
    check(
        "measurements.stall_percentage:>5%",
        "measurements.stall_percentage:>0.05",
    );
    check("spans.db:>1s", "spans.db:>1000");
}

#[test]
fn attributes_are_texts_and_numbers() {
    let check = |text: &str, expected: &str| check(&spans(), text, expected);
    check("queue:jobs", "tags[queue]:jobs");
    check("attempt:3", "tags[attempt]:3 OR tags[attempt,number]:3");
    check("!attempt:3", "!(tags[attempt]:3 OR tags[attempt,number]:3)");
    check("attempt:!=3", "!(tags[attempt]:3 OR tags[attempt,number]:3)");
    check("attempt:\"3\"", "tags[attempt]:3");
    check(
        "attempt:[1, 2]",
        "tags[attempt]:[1, 2] OR tags[attempt,number]:1 OR tags[attempt,number]:2",
    );
    check("attempt:>3", "tags[attempt,number]:>3");
    check("wait:<=1.5s", "tags[wait,number]:<=1500");
    check("has:attempt", "has:tags[attempt] OR has:tags[attempt,number]");
    check("attempt:<none>", "tags[attempt]:\"<none>\"");
    check(
        "text(a attempt:3",
        "text(a AND (tags[attempt]:3 OR tags[attempt,number]:3)",
    );
}

#[test]
fn times_are_points_and_stretches() {
    let check = |text: &str, expected: &str| check(&errors(), text, expected);
    check("timestamp:>2026-01-31", "timestamp:>2026-01-31T00:00:00Z");
    check(
        "timestamp:2026-01-31",
        "timestamp:>=2026-01-31T00:00:00Z timestamp:<2026-02-01T00:00:00Z",
    );
    check(
        "!timestamp:2026-01-31T10:00",
        "!(timestamp:>=2026-01-31T10:00:00Z timestamp:<2026-01-31T10:01:00Z)",
    );
    check(
        "timestamp:\"2026-01-31 10:00:05\"",
        "timestamp:>=2026-01-31T10:00:05Z timestamp:<2026-01-31T10:00:06Z",
    );
    check(
        "timestamp:<2026-01-31T12:00:00+02:00",
        "timestamp:<2026-01-31T10:00:00Z",
    );
    check("event.timestamp:-24h", "timestamp:>=2027-01-14T08:00:00Z");
    check("timestamp:+7d", "timestamp:<=2027-01-08T08:00:00Z");
    check("timestamp:>-1h", "timestamp:>2027-01-15T07:00:00Z");
    check("timestamp.received:-30min", "timestamp.received:>=2027-01-15T07:30:00Z");
}

#[test]
fn releases_are_compared_by_their_parts() {
    let check = |text: &str, expected: &str| check(&errors(), text, expected);
    check("release:latest", "release:latest");
    check("release.version:>1.2", "release.version:>1.2");
    check("release.version:>=2.0.0-beta.1", "release.version:>=2.0.0-beta.1");
    check("release.version:1.2.*", "release.version:1.2.*");
    check("!release.version:[1.2, 1.3]", "!release.version:[1.2, 1.3]");
    check("release.package:com.example.app", "release.package:com.example.app");
    check("release.build:421", "release.build:421");
    check("release.build:<421", "release.build:<421");
    check("has:release.version", "has:release");
    check("release.version:\"\"", "!has:release");
}

#[test]
fn groups_are_filtered_by_functions() {
    let check = |text: &str, expected: &str| check(&spans(), text, expected);
    check("count():>10", "count():>10");
    check("count():99", "count():=99");
    check("!count():>10", "count():<=10");
    check("count():!=10k", "count():!=10000");
    check(
        "dist:1 count():>10 dist:2 count():<20",
        "dist:1 dist:2 count():>10 count():<20",
    );
    check("a count():>10 b", "a b count():>10");
    check("(dist:1 OR dist:2) AND count():>10", "(dist:1 OR dist:2) count():>10");
    check("(count():>10 dist:1)", "dist:1 count():>10");
    check("p95(transaction.duration):>1s", "p95(transaction.duration):>1000");
    check("p95():>1s", "p95(transaction.duration):>1000");
    check(
        "percentile(transaction.duration, 0.97):<=2",
        "percentile(transaction.duration, 0.97):<=2",
    );
    check("failure_rate():>5%", "failure_rate():>0.05");
    check("failure_count():>=1", "failure_count():>=1");
    check("apdex(300):<0.9", "apdex(300):<0.9");
    check(
        "count_if(transaction.op,equals,\"http server\"):>1",
        "count_if(transaction.op,equals,\"http server\"):>1",
    );
    check("last_seen():>2026-01-31", "last_seen():>2026-01-31T00:00:00Z");
    check("last_seen():-1d", "last_seen():>=2027-01-14T08:00:00Z");
    check(
        "first_seen():2026-01-31",
        "first_seen():>=2026-01-31T00:00:00Z first_seen():<2026-02-01T00:00:00Z",
    );
}
