//! Columns, each with what it is read as.

use query::{Column, Direction, Selection, ValueType, parse_order};

use crate::spans;

fn select(text: &str) -> Selection {
    Selection::parse(text, &spans()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn check(text: &str, expected: &str) {
    let selection = select(text);
    assert_eq!(selection.column.to_string(), expected, "{text}");
    assert_eq!(
        Column::parse(expected, &spans()).as_ref(),
        Ok(&selection.column),
        "{text} as {expected}"
    );
    assert_eq!(selection.asked, text.trim());
}

#[test]
fn fields_and_tags_are_columns() {
    check("transaction", "transaction");
    check(" title ", "title");
    check("event_id", "id");
    check("project.name", "project");
    check("issue.id", "issue");
    check("user.display", "user");
    check("region", "tags[region]");
    check("tags[region]", "tags[region]");
    check("tags[count]", "tags[count]");
    check("tags[bytes, number]", "tags[bytes,number]");
    check("tags[environment]", "environment");
    check("\"my key\"", "tags[\"my key\"]");
    check("measurements.lcp", "measurements.lcp");
    check("span.duration", "transaction.duration");
}

#[test]
fn functions_are_columns() {
    check("count()", "count()");
    check("count", "count()");
    check("p95", "p95(transaction.duration)");
    check("p95()", "p95(transaction.duration)");
    check("median(measurements.lcp)", "p50(measurements.lcp)");
    for function in [
        "p50",
        "p75",
        "p90",
        "p95",
        "p99",
        "p100",
        "avg",
        "sum",
        "min",
        "max",
        "any",
        "count_unique",
    ] {
        let text = format!("{function}(transaction.duration)");
        check(&text, &text);
    }
    check("percentile(transaction.duration, 0.95)", "p95(transaction.duration)");
    check(
        "percentile( transaction.duration , 0.42 )",
        "percentile(transaction.duration, 0.42)",
    );
    check("avg(bytes)", "avg(tags[bytes,number])");
    check("min(timestamp)", "min(timestamp)");
    check("count_unique(user)", "count_unique(user)");
    check("count_unique(tags[region])", "count_unique(tags[region])");
    check("any(region)", "any(tags[region])");
    check("count_unique(\"a, b\")", "count_unique(tags[\"a, b\"])");
    check("count(span.duration)", "count_if(\"has:transaction.duration\")");
    check("apdex(300)", "apdex(300)");
    check("apdex()", "apdex(300)");
    check("apdex(transaction.duration, 500)", "apdex(500)");
    check("user_misery(400)", "user_misery(400)");
    check("count_miserable(user)", "count_miserable(user,300)");
    check("count_miserable(user,500)", "count_miserable(user,500)");
    check("failure_rate()", "failure_rate()");
    check("failure_count()", "failure_count()");
    for text in ["epm()", "tpm()", "spm()", "epm"] {
        check(text, "epm()");
    }
    check("eps()", "eps()");
    check("tps()", "eps()");
    check("last_seen()", "last_seen()");
    check("first_seen()", "first_seen()");
    check("latest_event()", "latest_event()");
}

#[test]
fn conditions_are_counted() {
    check(
        "count_if(transaction.duration,greater,300)",
        "count_if(transaction.duration,greater,300)",
    );
    check(
        "count_if(transaction.duration, lessOrEquals, 1.5s)",
        "count_if(transaction.duration,lessOrEquals,1500)",
    );
    check("count_if(level,equals,error)", "count_if(level,equals,error)");
    check("count_if(level,notEquals,error)", "count_if(level,notEquals,error)");
    check(
        "count_if(title,equals,\"a, \\\"b\\\" *\")",
        "count_if(title,equals,\"a, \\\"b\\\" \\*\")",
    );
    check(
        "count_if(error.handled,equals,true)",
        "count_if(error.handled,equals,1)",
    );
    check("count_if(region,equals,eu)", "count_if(\"tags[region]:eu\")");
    check(
        "count_if(timestamp,less,2026-01-31)",
        "count_if(\"timestamp:<2026-01-31T00:00:00Z\")",
    );
    check(
        "count_if(\"level:error OR title:\\\"a b\\\"\")",
        "count_if(\"level:error OR title:\\\"a b\\\"\")",
    );
    check(
        "count_web_vitals(measurements.lcp,meh)",
        "count_if(\"measurements.lcp:>=2500 measurements.lcp:<4000\")",
    );
    check(
        "count_web_vitals(measurements.cls,good)",
        "count_if(measurements.cls,less,0.1)",
    );
    check(
        "count_web_vitals(measurements.fid,poor)",
        "count_if(measurements.fid,greaterOrEquals,300)",
    );
    check(
        "count_web_vitals(measurements.fcp,any)",
        "count_if(measurements.fcp,greaterOrEquals,0)",
    );
}

#[test]
fn equations_follow_the_order_of_operations() {
    let check = |text: &str, expected: &str| check(&format!("equation|{text}"), &format!("equation|{expected}"));
    check("count() + 1 * 2", "count() + 1 * 2");
    check("(count() + 1) * 2", "(count() + 1) * 2");
    check("count()-1-2", "count() - 1 - 2");
    check("count()-(1-2)", "count() - (1 - 2)");
    check("count() / (2 * 3) / 4", "count() / (2 * 3) / 4");
    check("-count() * -2.5", "-1 * count() * -2.5");
    check("((count()))", "count()");
    check("10k * count()", "10000 * count()");
    check(
        "count_if(transaction.duration,greater,300) / count() * 100",
        "count_if(transaction.duration,greater,300) / count() * 100",
    );
    check(
        "measurements.fcp/measurements.lcp",
        "measurements.fcp / measurements.lcp",
    );
    check("transaction.duration - spans.db", "transaction.duration - spans.db");
    check("tags[my-bytes,number] / 2", "tags[my-bytes,number] / 2");
    check(
        "bytes / \"other bytes\"",
        "tags[bytes,number] / tags[\"other bytes\",number]",
    );
}

#[test]
fn equations_of_functions_are_aggregates() {
    assert!(select("equation|count() / 2").column.is_aggregate());
    assert!(!select("equation|transaction.duration / 2").column.is_aggregate());
    assert!(select("count()").column.is_aggregate());
    assert!(!select("title").column.is_aggregate());
}

#[test]
fn columns_have_types_and_units() {
    let check = |text: &str, value_type: ValueType, unit: Option<&str>| {
        let selection = select(text);
        assert_eq!((selection.value_type(), selection.unit()), (value_type, unit), "{text}");
    };
    check("title", ValueType::String, None);
    check("id", ValueType::String, None);
    check("issue", ValueType::String, None);
    check("issue.id", ValueType::Integer, None);
    check("project", ValueType::String, None);
    check("project.id", ValueType::Integer, None);
    check("error.type", ValueType::Array, None);
    check("error.handled", ValueType::Boolean, None);
    check("timestamp", ValueType::Date, None);
    check("transaction.duration", ValueType::Duration, Some("millisecond"));
    check("measurements.lcp", ValueType::Duration, Some("millisecond"));
    check("measurements.cls", ValueType::Number, None);
    check("measurements.stall_percentage", ValueType::Percentage, None);
    check("tags[bytes,number]", ValueType::Number, None);
    check("count()", ValueType::Integer, None);
    check("count_unique(user)", ValueType::Integer, None);
    check("p95()", ValueType::Duration, Some("millisecond"));
    check("avg(bytes)", ValueType::Number, None);
    check("max(timestamp)", ValueType::Date, None);
    check("any(title)", ValueType::String, None);
    check("last_seen()", ValueType::Date, None);
    check("latest_event()", ValueType::String, None);
    check("epm()", ValueType::Rate, Some("1/minute"));
    check("eps()", ValueType::Rate, Some("1/second"));
    check("failure_rate()", ValueType::Percentage, None);
    check("apdex(300)", ValueType::Number, None);
    check("equation|count() / 2", ValueType::Number, None);
    let names = [ValueType::Integer, ValueType::Rate, ValueType::Date].map(ValueType::name);
    assert_eq!(names, ["integer", "rate", "date"]);
}

#[test]
fn older_clients_know_functions_by_aliases() {
    let check = |text: &str, alias: &str| assert_eq!(select(text).alias(), alias, "{text}");
    check("count()", "count");
    check("p95()", "p95");
    check("p95(transaction.duration)", "p95_transaction_duration");
    check("count_unique(user)", "count_unique_user");
    check(
        "percentile(transaction.duration, 0.95)",
        "percentile_transaction_duration_0_95",
    );
    check("title", "title");
    check("equation|count() / 2", "equation|count() / 2");
}

#[test]
fn an_order_is_a_column_in_any_spelling() {
    let columns: Vec<Selection> = [
        "title",
        "count()",
        "p95()",
        "equation|count() / 2",
        "count_unique(user)",
        "equation|epm() - 1",
    ]
    .map(select)
    .into();
    let check = |text: &str, column: usize, direction: Direction| {
        let order = parse_order(text, &columns).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((order.column, order.direction), (column, direction), "{text}");
    };
    check("title", 0, Direction::Ascending);
    check("-title", 0, Direction::Descending);
    check("-count()", 1, Direction::Descending);
    check("count", 1, Direction::Ascending);
    check("-p95", 2, Direction::Descending);
    check("-p95(transaction.duration)", 2, Direction::Descending);
    check("-equation|count() / 2", 3, Direction::Descending);
    check("-equation[0]", 3, Direction::Descending);
    check("equation[1]", 5, Direction::Ascending);
    check("-count_unique_user", 4, Direction::Descending);
}
