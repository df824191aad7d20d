//! Every way to write something wrong: the place, what is said about it, and what is suggested.

use query::{ParseError, Selection, parse_order, search};

use crate::{errors, issues_now, spans};

/// `marked` is the text with `»…«` around what the error is about.
fn check(parse: impl Fn(&str) -> Option<ParseError>, marked: &str, message: &str, suggestion: Option<&str>) {
    let text: String = marked.chars().filter(|c| !matches!(c, '»' | '«')).collect();
    let error = parse(&text).unwrap_or_else(|| panic!("{text} is read"));
    let mut shown: Vec<char> = text.chars().collect();
    shown.insert(error.position + error.length, '«');
    shown.insert(error.position, '»');
    let shown: String = shown.into_iter().collect();
    assert_eq!(
        (shown.as_str(), error.message.as_str(), error.suggestion.as_deref()),
        (marked, message, suggestion)
    );
}

fn of_events(marked: &str, message: &str, suggestion: Option<&str>) {
    check(
        |text| search::events::parse(text, &errors()).err(),
        marked,
        message,
        suggestion,
    );
}

fn of_spans(marked: &str, message: &str, suggestion: Option<&str>) {
    check(
        |text| search::events::parse(text, &spans()).err(),
        marked,
        message,
        suggestion,
    );
}

fn of_issues(marked: &str, message: &str, suggestion: Option<&str>) {
    check(
        |text| search::issues::parse(text, &issues_now()).err(),
        marked,
        message,
        suggestion,
    );
}

fn of_column(marked: &str, message: &str, suggestion: Option<&str>) {
    check(
        |text| Selection::parse(text, &spans()).err(),
        marked,
        message,
        suggestion,
    );
}

#[test]
fn what_is_not_closed_or_has_nothing_to_join() {
    of_events(
        "tags»[«\"a message:b]:",
        "tags[ is closed by ] and followed by a colon and a value; put it in quotes to search for the text",
        None,
    );
    of_events(
        "count_if»(«a, b) c",
        "count_if( is closed by ) and followed by a colon and a value; put it in quotes to search for the text",
        None,
    );
    of_events(
        "é »\"«a",
        "this quote is not closed: add a \" where the text ends",
        None,
    );
    of_events(
        "dist:»\"«a",
        "this quote is not closed: add a \" where the text ends",
        None,
    );
    of_events(
        "dist:\"a\"»b«",
        "put a space behind the closing quote, or a backslash before a quote that belongs to the value",
        None,
    );
    of_events("»\"  \"«", "there is nothing in these quotes", None);
    of_events(
        "dist:»[«a, b",
        "this list is not closed: add a ] behind its last value",
        None,
    );
    of_events("dist:»[]«", "this list is empty", None);
    of_events("dist:[a,»,«b]", "a value of this list is missing", None);
    of_events("dist:[a,»]«", "a value of this list is missing", None);
    of_events("dist:[\"a\" »b«]", "put a comma between the values of a list", None);
    of_events("dist:»>=«", "there is no value behind >=", None);
    of_events(
        "»level:« error",
        "level: has no value: write it right behind the colon, or put level: in quotes to search for the text",
        None,
    );
    of_events(
        "(»has:«)",
        "has: has no value: write it right behind the colon, or put has: in quotes to search for the text",
        None,
    );
    of_events(
        "a »(«b",
        "this parenthesis is not closed: add a ) where the group ends, or put text with parentheses in quotes",
        None,
    );
    of_events(
        "a b»)« c",
        "this parenthesis closes nothing: take it away, or put text with parentheses in quotes",
        None,
    );
    of_events("a »( )« c", "there is nothing in these parentheses", None);
    of_events(
        "a »OR«",
        "there is nothing behind this OR: write what it should join, or put \"OR\" in quotes",
        None,
    );
    of_events(
        "(a »and«) b",
        "there is nothing behind this AND: write what it should join, or put \"AND\" in quotes",
        None,
    );
    of_events(
        "»or« a",
        "there is nothing before this OR: write what it should join, or put \"OR\" in quotes",
        None,
    );
    of_events(
        "a AND »AND« b",
        "there is nothing before this AND: write what it should join, or put \"AND\" in quotes",
        None,
    );
    of_events(
        "a »OR« OR b",
        "there is nothing behind this OR: write what it should join, or put \"OR\" in quotes",
        None,
    );
}

#[test]
fn what_is_too_much() {
    let marked = format!("{}»x«", "x".repeat(8_192));
    of_events(
        &marked,
        "a search may have at most 8192 characters, this one has 8193",
        None,
    );
    let marked = format!("{}»dist:1«", "dist:1 ".repeat(100));
    of_events(&marked, "a search may have at most 100 terms", None);
    let list = vec!["1"; 1_001].join(",");
    let marked = format!("»dist:[{list}]«");
    of_events(&marked, "a search may have at most 1000 values", None);
    let marked = format!("{}»(«a", "(".repeat(20));
    of_events(&marked, "parentheses may be nested 20 deep at most", None);
}

#[test]
fn values_that_cannot_be_right() {
    of_events(
        "level:»eror«",
        "\"eror\" is no level: there are fatal, error, warning, info and debug, of logs also warn and trace",
        Some("error"),
    );
    of_events(
        "error.handled:»ture«",
        "\"ture\" is neither true nor false",
        Some("true"),
    );
    of_events(
        "error.handled:»>«1",
        "yes and no are neither more nor less: write true or false",
        None,
    );
    of_events("id:»abc«", "an event id is written with all of its 32 hex digits", None);
    of_events(
        "id:»abc*«",
        "an event id is written with all of its 32 hex digits",
        None,
    );
    of_events(
        "issue:»WEB-*«",
        "an issue is written with its whole short id, as WEB-1A",
        None,
    );
    of_events(
        "project.id:»>«5",
        "project.id takes names or numbers, which are neither more nor less",
        None,
    );
    of_events(
        "timestamp:>»yesterday«",
        "\"yesterday\" is no time: write a date as 2026-01-31, a time as 2026-01-31T10:00:00Z, -24h for the last 24 hours, or +24h for before that",
        None,
    );
    of_spans(
        "transaction.duration:>»5parsec«",
        "\"5parsec\" has no unit of time: there are ms, s, min, h, d or w",
        None,
    );
    of_spans(
        "transaction.duration:>»5mn«",
        "\"5mn\" has no unit of time: there are ms, s, min, h, d or w",
        Some("5min"),
    );
    of_spans(
        "transaction.duration:»slow«",
        "transaction.duration wants a duration, as 500ms, 2s or 1.5min, not \"slow\"",
        None,
    );
    of_spans(
        "transaction.duration:»5*«",
        "transaction.duration is compared as a number, which has no *",
        None,
    );
    of_events(
        "severity_number:»high«",
        "severity_number wants a number, as 5, 10k or 1.5, not \"high\"",
        None,
    );
    of_events(
        "»release«:>1.0",
        "release is a text: only numbers, durations and times can be compared with < and >",
        Some("release.version"),
    );
    of_events(
        "»timestmap«:>5",
        "timestmap is a text: only numbers, durations and times can be compared with < and >",
        Some("timestamp"),
    );
    of_spans(
        "»transaction.duratoin«:>5s",
        "transaction.duratoin is no field that is known; as a number of its own it is tags[transaction.duratoin,number]",
        Some("transaction.duration"),
    );
    of_events(
        "»flags[\"dark mode\"]«:true",
        "feature flags are not indexed yet: a flag that is also sent as a tag can be searched by that",
        Some("tags[dark mode]"),
    );
    of_events(
        "release.version:>»abc«",
        "a version to compare with is written as 1.2 or 1.2.3-beta.1",
        None,
    );
    of_events(
        "release.package:>»a«",
        "a package is neither more nor less than another",
        None,
    );
    of_events("release.build:>»a«", "a build to compare with is a whole number", None);
    of_events(
        "»release.stage«:adopted",
        "how far a release is adopted is not recorded yet: name the releases, as release:[1.0, 1.1]",
        None,
    );
    let marked = format!("»tags[{}]«:x", "x".repeat(201));
    of_events(&marked, "the name of a field or tag has at most 200 characters", None);
    of_events("has:»>«release", "has: takes the name of a field or tag", None);
    of_events(
        "has:»rel*«",
        "has: takes the whole name of a field or tag, without *",
        None,
    );
    of_events("has:»count()«", "\"count()\" is no name of a field or tag", None);
}

#[test]
fn keys_that_belong_elsewhere() {
    of_events(
        "»is«:unresolved",
        "is: asks about issues and works in the issue list; a tag of this name is tags[is]",
        None,
    );
    of_events(
        "»timesSeen«:>5",
        "timesSeen: asks about issues and works in the issue list; a tag of this name is tags[timesSeen]",
        Some("count()"),
    );
    of_issues(
        "»count()«:>5",
        "count() is about groups of events: of issues there are times_seen:, users_seen:, first_seen: and last_seen:",
        None,
    );
    of_events(
        "a OR »count():>5«",
        "count() is about groups of events and cannot stand in OR, in parentheses or behind !( : write it beside them",
        None,
    );
}

#[test]
fn groups_are_filtered_by_what_functions_give() {
    of_spans("»cuont«():>5", "there is no function \"cuont\"", Some("count"));
    of_spans("a »coutn«():>5", "there is no function \"coutn\"", Some("count"));
    of_spans(
        "count():»many«",
        "count() is compared with a number, as 5 or 10k, not with \"many\"",
        None,
    );
    of_spans(
        "p95():>»5sec1«",
        "p95() is compared with a duration, as 500ms or 2s, not with \"5sec1\"",
        None,
    );
    of_spans(
        "p95():>»5mn«",
        "p95() is compared with a duration, as 500ms or 2s, not with \"5mn\"",
        Some("5min"),
    );
    of_spans(
        "failure_rate():>»5s«",
        "failure_rate() is compared with a share, as 5% or 0.05, not with \"5s\"",
        None,
    );
    of_spans(
        "count():»[1, 2]«",
        "count() is compared with one value, not with a list",
        None,
    );
    of_spans(
        "»any(release)«:1",
        "any(release) is no number: groups are filtered by numbers, durations and times",
        None,
    );
    of_spans(
        "»!last_seen():2026-01-31«",
        "last_seen() cannot be negated for a whole day: write < or >= and a time",
        None,
    );
    of_spans(
        "last_seen():»!=«2026-01-31",
        "times are compared with <, <=, > and >=",
        None,
    );
}

#[test]
fn what_issues_cannot_be_asked() {
    of_issues(
        "é is:»unresolvd«",
        "\"unresolvd\" is no value of is: it takes unresolved, resolved, archived, ignored, for_review, assigned, unassigned, linked, unlinked, new, ongoing, escalating, regressed, archived_until_escalating, until_escalating, archived_until_condition_met, until_condition_met, archived_forever",
        Some("unresolved"),
    );
    of_issues("is:»un*«", "this key takes whole words, without *", None);
    of_issues(
        "is:»>«new",
        "> cannot be used here: write the value right behind the colon",
        None,
    );
    of_issues(
        "level:»erorr«",
        "\"erorr\" is no value of level: it takes fatal, error, warning, info, debug",
        Some("error"),
    );
    of_issues(
        "issue.priority:»urgent«",
        "\"urgent\" is no value of issue.priority: it takes high, medium, low",
        None,
    );
    for key in ["bookmarks", "subscribed"] {
        for nobody in ["#web", "my_teams", "none"] {
            of_issues(
                &format!("{key}:»{nobody}«"),
                "name a person: me, or an e-mail address",
                None,
            );
        }
    }
    of_issues(
        "times_seen:>»many«",
        "\"many\" is no number: write >100, 10k or the like",
        None,
    );
    of_issues("project:»*«", "every issue has one: write which you mean", None);
    of_issues(
        "age:»24h«",
        "\"24h\" is no time: write a date as 2026-01-31, a time as 2026-01-31T10:00:00Z, -24h for the last 24 hours, or +24h for before that",
        None,
    );
}

#[test]
fn columns_that_are_none() {
    of_column("»«", "a column is empty: name a field or a function", None);
    of_column("»conut«()", "there is no function \"conut\"", Some("count"));
    of_column(
        " »p59«(transaction.duration)",
        "there is no function \"p59\"",
        Some("p50"),
    );
    of_column("count_unique»(«user", "this parenthesis is not closed", None);
    of_column(
        "count()» / 2«",
        "nothing can follow the parenthesis that ends a function; calculations begin with equation|",
        None,
    );
    of_column(
        "percentile(transaction.duration,»«)",
        "an argument is missing here",
        None,
    );
    of_column("»count_unique()«", "write count_unique(field)", None);
    of_column("»last_seen(user)«", "last_seen() takes no arguments", None);
    of_column(
        "avg(»message«)",
        "avg wants a field of numbers, and message is none",
        None,
    );
    of_column(
        "sum(»tags[size]«)",
        "sum wants a field of numbers, and tags[size] is none",
        Some("tags[size,number]"),
    );
    of_column(
        "percentile(transaction.duration, »95«)",
        "\"95\" is no rank: write a number between 0 and 1, as 0.95",
        None,
    );
    of_column(
        "apdex(»fast«)",
        "\"fast\" is no threshold: write milliseconds, as 300",
        None,
    );
    of_column(
        "count_miserable(»release«,300)",
        "only a user can be miserable: write user",
        None,
    );
    of_column(
        "count_if(release,»equal«,1)",
        "\"equal\" compares nothing: there are equals, notEquals, less, greater, lessOrEquals, greaterOrEquals",
        Some("equals"),
    );
    of_column(
        "count_if(transaction.duration,less,»fast«)",
        "transaction.duration wants a duration, as 500ms, 2s or 1.5min, not \"fast\"",
        None,
    );
    of_column(
        "count_if(»\"a OR\"«)",
        "there is nothing behind this OR: write what it should join, or put \"OR\" in quotes",
        None,
    );
    of_column("count_if(»\"count():>5\"«)", "functions cannot be nested", None);
    of_column(
        "count_web_vitals(measurements.lcp,»bad«)",
        "\"bad\" is no rating: there are good, meh, poor, any",
        None,
    );
    of_column(
        "»error.unhandled«",
        "error.unhandled can be searched but not shown: ask for error.handled",
        Some("error.handled"),
    );
    of_column(
        "»release.version«",
        "release.version can be searched but not shown: ask for the whole release",
        Some("release"),
    );
    of_column(
        "any(»p95(transaction.duration)«)",
        "\"p95(transaction.duration)\" is no name of a field or tag",
        None,
    );
    of_column("»tags[a«", "\"tags[a\" is no name of a field or tag", None);
    let marked = format!("{}»x«", "x".repeat(1_000));
    of_column(&marked, "a column may have at most 1000 characters", None);
}

#[test]
fn equations_that_are_none() {
    of_column(
        "equation|count() »2«",
        "an operator is missing here: there are +, -, * and /",
        None,
    );
    of_column(
        "equation|count() /»«",
        "the equation ends too early: a number, field or function is missing",
        None,
    );
    of_column("equation|»(«count()", "this parenthesis is not closed", None);
    of_column("equation|»1 + 2«", "an equation needs a field or a function", None);
    of_column(
        "equation|»count() * transaction.duration«",
        "an equation is made of fields or of functions, not of both",
        None,
    );
    of_column(
        "equation|2 * »message«",
        "message is no number, and cannot be calculated with",
        None,
    );
    of_column(
        "equation|count() + »cuont«()",
        "there is no function \"cuont\"",
        Some("count"),
    );
    of_column(
        "equation|count() ^ 2".replace('^', "»^«").as_str(),
        "an operator is missing here: there are +, -, * and /",
        None,
    );
    of_column(
        "equation|»?«",
        "'?' cannot stand here: a number, field or function is missing",
        None,
    );
    of_column("equation|count() + »2x«", "\"2x\" is no number", None);
    let marked = format!("equation|count(){}»+« 1", " + 1".repeat(50));
    of_column(&marked, "an equation may have at most 50 operators", None);
    let marked = format!("equation|{}»(«count()", "(".repeat(20));
    of_column(&marked, "equations may be nested 20 deep at most", None);
}

#[test]
fn orders_are_among_the_columns() {
    let columns: Vec<Selection> = ["title", "count()"]
        .map(|text| Selection::parse(text, &spans()).unwrap())
        .into();
    let of_order = |text: &str| parse_order(text, &columns).err();
    check(
        of_order,
        "-»cuont()«",
        "cannot sort by \"cuont()\": it is none of the columns",
        Some("count()"),
    );
    check(
        of_order,
        " »project«",
        "cannot sort by \"project\": it is none of the columns",
        None,
    );
    check(
        of_order,
        "-»equation[0]«",
        "cannot sort by \"equation[0]\": it is none of the columns",
        None,
    );
}
