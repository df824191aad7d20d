use std::time::Duration;

use model::{DataCategory, ProjectId};
use quota::{RateLimit, RateLimits, Scope, Scoping};

use crate::{HERE, at};

fn limit(seconds: u64, categories: &[DataCategory], scope: Scope, reason: Option<&str>) -> RateLimit {
    RateLimit {
        quota: String::new(),
        categories: categories.to_vec(),
        scope,
        scope_id: HERE.id(scope),
        reason_code: reason.map(str::to_owned),
        namespaces: Vec::new(),
        until: at(0) + Duration::from_secs(seconds),
    }
}

fn limits(list: impl IntoIterator<Item = RateLimit>) -> RateLimits {
    let mut limits = RateLimits::default();
    limits.merge(list);
    limits
}

#[test]
fn headers_have_the_syntax_that_sdks_read() {
    use DataCategory::{Default, Error, MetricBucket, Security, Span, Transaction};
    let bucket = |namespaces: &[&str], reason| RateLimit {
        namespaces: namespaces.iter().map(|name| (*name).to_owned()).collect(),
        ..limit(10, &[MetricBucket], Scope::Organization, reason)
    };
    for (list, header) in [
        (vec![], None),
        (
            vec![
                limit(60, &[Span, Transaction], Scope::Key, None),
                limit(
                    2700,
                    &[Security, Error, Default],
                    Scope::Organization,
                    Some("error_usage_exceeded"),
                ),
            ],
            Some("60:transaction;span:key, 2700:default;error;security:organization:error_usage_exceeded"),
        ),
        (
            vec![limit(1, &[], Scope::Project, Some("project_quota"))],
            Some("1::project:project_quota"),
        ),
        (vec![limit(1, &[], Scope::Global, None)], Some("1::global")),
        (
            vec![bucket(&["custom", "spans"], Some("metrics"))],
            Some("10:metric_bucket:organization:metrics:custom;spans"),
        ),
        (
            vec![bucket(&["custom"], None)],
            Some("10:metric_bucket:organization::custom"),
        ),
        (
            vec![limit(5, &[Error], Scope::Key, Some("a:b, c\r\nX: y"))],
            Some("5:error:key:abcXy"),
        ),
        (vec![limit(0, &[Error], Scope::Key, None)], None),
    ] {
        let limits = limits(list);
        assert_eq!(limits.header(at(0)).as_deref(), header);
        assert_eq!(limits.retry_after(at(0)).is_some(), header.is_some());
    }
}

#[test]
fn retry_after_is_the_longest_in_seconds_rounded_up() {
    let limits = limits([
        limit(10, &[DataCategory::Error], Scope::Key, None),
        limit(30, &[DataCategory::Span], Scope::Key, None),
    ]);
    assert_eq!(limits.retry_after(at(0)), Some(30));
    assert_eq!(limits.retry_after(at(0) + Duration::from_micros(1)), Some(30));
    assert_eq!(limits.retry_after(at(29) + Duration::from_micros(1)), Some(1));
    assert_eq!(limits.retry_after(at(30)), None);
    assert_eq!(limits.header(at(10)).as_deref(), Some("20:span:key"));
}

#[test]
fn of_limits_on_the_same_the_longer_stays() {
    let error = &[DataCategory::Error];
    let mut merged = limits([
        limit(10, error, Scope::Key, Some("short")),
        limit(30, error, Scope::Key, Some("long")),
        limit(20, error, Scope::Key, Some("middle")),
        limit(5, error, Scope::Project, None),
    ]);
    assert_eq!(
        merged.header(at(0)).as_deref(),
        Some("30:error:key:long, 5:error:project")
    );
    merged.remove_ended(at(5));
    assert_eq!(merged.iter().count(), 1);
    merged.remove_ended(at(30));
    assert!(merged.is_empty());
}

#[test]
fn an_item_is_under_the_limits_of_its_category_and_scope() {
    let limits = limits([
        limit(10, &[DataCategory::Error], Scope::Key, Some("key")),
        limit(20, &[], Scope::Project, Some("project")),
    ]);
    let reason = |scoping: &Scoping, category, now| {
        limits
            .check(scoping, category, now)
            .map(|limit| limit.reason().to_owned())
    };
    assert_eq!(reason(&HERE, DataCategory::Error, at(0)).as_deref(), Some("project"));
    assert_eq!(reason(&HERE, DataCategory::Span, at(19)).as_deref(), Some("project"));
    assert_eq!(reason(&HERE, DataCategory::Span, at(20)), None);
    let elsewhere = Scoping {
        project: ProjectId(99),
        ..HERE
    };
    assert_eq!(reason(&elsewhere, DataCategory::Error, at(0)).as_deref(), Some("key"));
    assert_eq!(reason(&elsewhere, DataCategory::Span, at(0)), None);
}

#[test]
fn what_is_written_is_read_as_an_sdk_reads_it() {
    for header in [
        "60:transaction;span:key, 2700:default;error;security:organization:error_usage_exceeded",
        "1::project:project_quota",
        "10:metric_bucket:organization:metrics:custom;spans",
        "10:metric_bucket:organization::custom",
    ] {
        let limits = RateLimits::parse(header, &HERE, at(0));
        assert_eq!(limits.header(at(0)).as_deref(), Some(header));
    }
    for (header, understood) in [
        ("", None),
        ("x:error:key", None),
        ("60", Some("60::key")),
        ("60:error;flying:key", Some("60:error:key")),
        ("60:flying:key", None),
        ("60:error:planet", Some("60:error:key")),
        (
            " 5 : error : key ,, 9:span:project:a:b:c",
            Some("5:error:key, 9:span:project:a:b"),
        ),
        ("-5:error:key", None),
    ] {
        let limits = RateLimits::parse(header, &HERE, at(0));
        assert_eq!(limits.header(at(0)).as_deref(), understood, "{header}");
    }
}
