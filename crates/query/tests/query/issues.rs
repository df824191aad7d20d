//! Searches of issues, each with what it is read as.

use query::search::issues::parse;

use crate::issues_now;

fn check(text: &str, expected: &str) {
    let query = parse(text, &issues_now()).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(query.to_string(), expected, "{text}");
    assert_eq!(
        parse(expected, &issues_now()).as_ref(),
        Ok(&query),
        "{text} as {expected}"
    );
}

#[test]
fn an_issue_has_a_status_and_an_assignee() {
    check("is:unresolved", "is:unresolved");
    check("!is:resolved", "!is:resolved");
    check("is:archived", "is:archived");
    check("is:ignored", "is:archived");
    check("is:[resolved, ignored]", "is:resolved OR is:archived");
    check("is:!=resolved", "!is:resolved");
    check("is:assigned", "is:assigned");
    check("is:unassigned", "!is:assigned");
    check("is:regressed is:new is:ongoing", "is:regressed is:new is:ongoing");
    check("is:archived_forever", "is:archived_forever");
    check("status:resolved substatus:regressed", "is:resolved is:regressed");
    check("assigned:me", "assigned:me");
    check("assigned:[me, my_teams, none]", "assigned:[me, my_teams, none]");
    check("assigned_or_suggested:#back-end", "assigned_or_suggested:#back-end");
    check(
        "bookmarks:me subscribed:ada@example.com",
        "bookmarks:me subscribed:ada@example.com",
    );
    check("is:for_review", "is:for_review");
    check("is:needs_review", "is:for_review");
    check("is:unlinked", "!is:linked");
    check("is:escalating", "is:escalating");
    check("is:until_escalating", "is:archived_until_escalating");
    check(
        "!substatus:archived_until_condition_met",
        "!is:archived_until_condition_met",
    );
    check("assigned:ada@example.com", "assigned:ada@example.com");
    check("assigned:\"Ada Lovelace\"", "assigned:\"Ada Lovelace\"");
    check("!assigned:none", "!assigned:none");
    check("!has:assigned", "!is:assigned");
}

#[test]
fn an_issue_has_counts_and_times() {
    check("age:-24h", "first_seen:>=2027-01-14T08:00:00Z");
    check("age:+12h", "first_seen:<=2027-01-14T20:00:00Z");
    check("firstSeen:-2w", "first_seen:>=2027-01-01T08:00:00Z");
    check("first_seen:>2026-01-31", "first_seen:>2026-01-31T00:00:00Z");
    check(
        "lastSeen:2026-01-31",
        "last_seen:>=2026-01-31T00:00:00Z last_seen:<2026-02-01T00:00:00Z",
    );
    check("last_seen:+30d", "last_seen:<=2026-12-16T08:00:00Z");
    check("timesSeen:>10k", "times_seen:>10000");
    check("times_seen:5", "times_seen:5");
    check("!times_seen:5", "!times_seen:5");
    check("usersSeen:<=3", "users_seen:<=3");
    check("level:[Error, fatal]", "level:[error, fatal]");
    check("!level:warning", "!level:warning");
    check("issue.priority:[high, medium]", "issue.priority:[high, medium]");
    check(
        "issue.type:error issue.category:err*",
        "issue.type:error issue.category:err*",
    );
    check("issue:WEB-1A", "issue:WEB-1A");
    check("issue.id:[1, 2]", "issue:[1, 2]");
    check("project:[web, api-*]", "project:[web, api-*]");
    check("project.id:7", "project:7");
    check("firstRelease:1.*", "first_release:1.*");
    check("first-release:latest", "first_release:latest");
    check("first_release:\"\"", "!has:first_release");
    check("has:first_release", "has:first_release");
}

#[test]
fn everything_else_is_asked_of_events_or_of_the_text() {
    check("timeout \"connection reset\"", "timeout \"connection reset\"");
    check(
        "environment:production region:eu",
        "environment:production tags[region]:eu",
    );
    check("has:user !has:region", "has:user !has:tags[region]");
    check("error.unhandled:true", "error.handled:0");
    check("timestamp:>2026-01-31", "timestamp:>2026-01-31T00:00:00Z");
    check("message:oops", "message:*oops*");
    check("tags[is]:x", "tags[is]:x");
    check(
        "is:unresolved (assigned:me OR assigned:none) timeout",
        "is:unresolved AND (assigned:me OR assigned:none) timeout",
    );
    check("attempt:3", "tags[attempt]:3");
}
