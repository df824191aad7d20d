//! What a search bar offers, at the cursor `|`.

use query::{
    Dataset, Field, Known,
    search::complete::{At, Completion, Mode, complete},
};

fn at(marked: &str, mode: &Mode) -> Completion {
    let cursor = marked.chars().take_while(|c| *c != '|').count();
    complete(&marked.replace('|', ""), cursor, mode)
}

/// The text with the range in `»…«`, and the first suggestions.
fn check(mode: &Mode, marked: &str, range: &str, suggestions: &[&str]) {
    let completion = at(marked, mode);
    let mut text: Vec<char> = marked.chars().filter(|c| *c != '|').collect();
    text.insert(completion.range.end, '«');
    text.insert(completion.range.start, '»');
    let offered: Vec<&str> = completion
        .suggestions
        .iter()
        .map(|suggestion| suggestion.text.as_str())
        .take(suggestions.len().max(1))
        .collect();
    assert_eq!(
        (text.iter().collect::<String>().as_str(), offered.as_slice()),
        (range, suggestions),
        "{marked}"
    );
}

#[test]
fn keys_are_offered_where_one_is_typed() {
    let check_issues =
        |marked: &str, range: &str, suggestions: &[&str]| check(&Mode::Issues, marked, range, suggestions);
    check_issues("|", "»«", &["is:", "assigned:", "age:"]);
    check_issues("is:unresolved |", "is:unresolved »«", &["is:"]);
    check_issues("first|", "»first«", &["first_seen:", "first_release:"]);
    check_issues("!(rel|", "!(»rel«", &["release:", "first_release:"]);
    check_issues("a le|vel:error b", "a »level:«error b", &["level:"]);
    check_issues("zzz|", "»zzz«", &[]);
    let events = |datasets: &[Dataset], marked: &str, range: &str, suggestions: &[&str]| {
        check(&Mode::Events(datasets.to_vec()), marked, range, suggestions);
    };
    events(&[Dataset::Errors], "error.h|", "»error.h«", &["error.handled:"]);
    events(&[Dataset::Logs], "error.h|", "»error.h«", &[]);
    events(&[Dataset::Spans], "dur|", "»dur«", &["span.duration:"]);
    events(&[Dataset::Transactions], "dur|", "»dur«", &["transaction.duration:"]);
    events(&[Dataset::Errors], "cou|", "»cou«", &["count():", "geo.country_code:"]);
}

#[test]
fn values_are_offered_behind_the_colon() {
    let check = |marked: &str, range: &str, suggestions: &[&str]| check(&Mode::Issues, marked, range, suggestions);
    check("is:|", "is:»«", &["unresolved", "resolved"]);
    check("is:res|x y", "is:»resx« y", &["resolved", "unresolved"]);
    check("!is:a|", "!is:»a«", &["archived", "assigned"]);
    check("is:[new, re| , x]", "is:[new, »re «, x]", &["resolved", "regressed"]);
    check("is:[|", "is:[»«", &["unresolved"]);
    check("assigned:m|", "assigned:»m«", &["me", "my_teams"]);
    check("age:|", "age:»«", &["-1h"]);
    check("times_seen:>|5", "times_seen:»>5«", &[">10"]);
    check("has:err|", "has:»err«", &["error.type"]);
    check("error.handled:t|)", "error.handled:»t«)", &["true"]);
    check("release:1.|", "release:»1.«", &[]);
    check("level:\"fa|", "level:»\"fa«", &["fatal"]);
}

#[test]
fn the_field_says_whose_values_to_look_up() {
    let check = |marked: &str, key: &str, field: Option<Field>, prefix: &str| {
        let expected = At::Value {
            key: key.to_owned(),
            field,
            prefix: prefix.to_owned(),
        };
        assert_eq!(at(marked, &Mode::Issues).at, expected, "{marked}");
    };
    check("is:un|", "is", None, "un");
    check(
        "release:\"shop 1|\"",
        "release",
        Some(Field::Known(Known::Release)),
        "shop 1",
    );
    check(
        "release:\"a\\\"b\"|",
        "release",
        Some(Field::Known(Known::Release)),
        "a\"b",
    );
    check(
        "region:[eu, \"us w|",
        "region",
        Some(Field::Tag("region".to_owned())),
        "us w",
    );
    check(
        "tags[my key]:x|",
        "tags[my key]",
        Some(Field::Tag("my key".to_owned())),
        "x",
    );
    check("\"my key\":|x", "my key", Some(Field::Tag("my key".to_owned())), "");
    check(
        "first_release:1|",
        "first_release",
        Some(Field::Known(Known::Release)),
        "1",
    );
    check("user.display:a|", "user.display", Some(Field::Known(Known::User)), "a");
}

#[test]
fn nothing_is_offered_in_text() {
    for marked in ["\"abc|\"", "\"abc|", "a \"b c|", "http://exa|", "std::ve|"] {
        assert_eq!(at(marked, &Mode::Issues).at, At::Nothing, "{marked}");
    }
}
