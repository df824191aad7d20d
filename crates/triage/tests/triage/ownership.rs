//! Ownership rules: how they are read, and which of them events match.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::event::Event;
use serde_json::{Value, json};
use triage::ownership::{
    AutoAssignment, Codeowners, MatcherKind, OwnerName, Rules, Settings, Source, parse, unmapped_names,
};

fn settings(raw: &str) -> Settings {
    Settings {
        raw: raw.to_owned(),
        ..Settings::default()
    }
}

fn event(json: &Value) -> Event {
    Event::from_slice(json.to_string().as_bytes()).unwrap()
}

fn with_frames(frames: Value) -> Event {
    event(
        &json!({ "platform": "python", "exception": { "values": [{ "type": "E", "stacktrace": { "frames": frames } }] } }),
    )
}

/// The rules that an event matches, the one that decides first.
fn matched(raw: &str, event: &Event) -> Vec<String> {
    let rules = Rules::new(&settings(raw), &[]).unwrap();
    let found = rules.matched(event, || tags(event)).into_iter();
    found.map(|matched| matched.rule).collect()
}

fn tags(event: &Event) -> Vec<(String, String)> {
    event
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[test]
fn lines_are_matchers_with_owners() {
    let raw = "# a comment\n\n  src/* #web Ada@Example.com\nurl:https://a.example/* #web\nmodule:shop.* a@b.c\n\
        tags.transaction:/pay/* #pay\npath:\"with space/*\" #web\ncodeowners:/docs/ #docs\nC:/code/* #win\npath:gone/*";
    let rules = parse(raw).unwrap();
    let text = |index: usize| {
        let rule: &triage::ownership::Rule = &rules[index];
        (rule.matcher.kind.to_string(), rule.matcher.pattern.clone())
    };
    assert_eq!(text(0), ("path".to_owned(), "src/*".to_owned()));
    assert_eq!(
        rules[0].owners,
        [OwnerName::Team("web".into()), OwnerName::User("ada@example.com".into())]
    );
    assert_eq!(text(1), ("url".to_owned(), "https://a.example/*".to_owned()));
    assert_eq!(rules[3].matcher.kind, MatcherKind::Tag("transaction".into()));
    assert_eq!(text(4), ("path".to_owned(), "with space/*".to_owned()));
    assert_eq!(text(6), ("path".to_owned(), "C:/code/*".to_owned()));
    assert!(rules[7].owners.is_empty());
    assert_eq!(rules[4].to_string(), "path:\"with space/*\" #web");
    let odd = r#"url:"a\n\tb\"c\\d" #web"#;
    let rules = parse(odd).unwrap();
    assert_eq!(rules[0].matcher.pattern, "a\n\tb\"c\\d");
    assert_eq!(rules[0].to_string(), odd);
}

#[test]
fn what_is_no_rule_is_named_by_its_line() {
    let check = |raw: &str, lines: &[usize]| {
        let found: Vec<usize> = parse(raw).unwrap_err().iter().map(|problem| problem.line).collect();
        assert_eq!(found, lines, "{raw}");
    };
    check("src/* #web\npath: #web\nsrc/* #", &[2, 3]);
    check("path:\"open #web", &[1]);
    check("path:\"a\"b #web", &[1]);
    check(&format!("{} #web", "a".repeat(501)), &[1]);
    check(&"a #web\n".repeat(3_001), &[1]);
    check(&"#".repeat(100_001), &[1]);
    assert_eq!(parse("").unwrap(), []);
}

#[test]
fn each_kind_looks_at_its_part_of_the_event() {
    let event = event(&json!({
        "platform": "java",
        "request": { "url": "https://Shop.example/cart?a=1" },
        "user": { "email": "ada@example.com", "plan": "gold" },
        "tags": [["transaction", "/pay/1"], ["os", "linux"]],
        "exception": { "values": [{ "type": "E", "stacktrace": { "frames": [
            { "filename": "src\\Views\\Cart.py", "abs_path": "/app/src/views/cart.py", "in_app": false },
            { "module": "com.example.shop.Cart", "filename": "Cart.java" },
        ] } }] },
    }));
    let check = |rule: &str, expected: bool| {
        assert_eq!(
            matched(&format!("{rule} #web"), &event).len(),
            usize::from(expected),
            "{rule}"
        );
    };
    check("path:src/views/*", true);
    check("*/VIEWS/*", true);
    check("views/*", false);
    check("path:com/example/shop/Cart.java", true);
    check("module:com.example.*", true);
    check("module:shop", false);
    check("url:https://shop.example/*", true);
    check("url:*.other/*", false);
    check("tags.transaction:/pay/*", true);
    check("tags.transaction:/PAY/*", false);
    check("tags.os:linux", true);
    check("tags.absent:*", false);
    check("tags.user.email:*@example.com", true);
    check("tags.user.plan:gold", true);
    check("codeowners:*.java", true);
    // CODEOWNERS do not know the frames of libraries.
    check("codeowners:src/", false);
}

#[test]
fn the_last_line_that_matches_decides() {
    let event = with_frames(json!([{ "filename": "src/a/b.py" }]));
    assert_eq!(
        matched("src/* #one\nsrc/a/* #two\nlib/* #three", &event),
        ["path:src/a/* #two", "path:src/* #one"]
    );
    assert_eq!(matched("src/* #one\nsrc/a/*", &event), Vec::<String>::new());
    let file = Codeowners {
        raw: "src/ @org/core\nsrc/a/ ada@example.com".to_owned(),
        names: BTreeMap::from([("@org/core".to_owned(), "#core".to_owned())]),
        ..Codeowners::default()
    };
    let off = Settings {
        auto_assignment: AutoAssignment::Off,
        ..settings("src/* #one")
    };
    let rules = Rules::new(&off, &[file]).unwrap();
    assert!(!rules.assigns());
    let found = rules.matched(&event, || tags(&event));
    let sources: Vec<Source> = found.iter().map(|matched| matched.source).collect();
    assert_eq!(sources, [Source::Project, Source::Codeowners, Source::Codeowners]);
    assert_eq!(found[1].owners, [OwnerName::User("ada@example.com".into())]);
    // The same frames again come from memory.
    assert_eq!(rules.matched(&event, || tags(&event)), found);
}

#[test]
fn codeowners_paths_mean_what_gitignore_says() {
    let check = |pattern: &str, file: &str, expected: bool| {
        let event = with_frames(json!([{ "filename": file }]));
        let found = matched(&format!("codeowners:{pattern} #web"), &event);
        assert_eq!(found.len(), usize::from(expected), "{pattern} {file}");
    };
    check("*", "src/a.py", true);
    check("*.py", "src/deep/a.py", true);
    check("*.js", "src/a.py", false);
    check("/src/", "src/deep/a.py", true);
    check("/src/", "lib/src/a.py", false);
    check("src/", "lib/src/a.py", true);
    check("src", "src/a.py", true);
    check("docs/*", "docs/a.md", true);
    check("docs/*", "docs/deep/a.md", false);
    check("/docs/**", "docs/deep/a.md", true);
    check("/a/**/z.py", "a/b/c/z.py", true);
    check("/a/**/z.py", "a/z.py", true);
    check("src/a.py", "/src/a.py", true);
    check("src/a.py", "./src/a.py", true);
    check("apps/web", "apps/web/a.py", true);
    check("apps/web", "apps/website/a.py", false);
    check("/s?c/", "src/a.py", true);
    check(".github/", ".github/a.py", true);
}

#[test]
fn names_and_places_of_a_file_get_their_meaning_here() {
    let file = Codeowners {
        raw: "# all\n* @ada   # nobody else\n/src/api/ @org/api @unknown\nbad[1] @ada\ngone/".to_owned(),
        source_root: "src/".to_owned(),
        stack_root: "app/".to_owned(),
        names: BTreeMap::from([
            ("@ada".to_owned(), "Ada@Example.com".to_owned()),
            ("@org/api".to_owned(), "#api".to_owned()),
        ]),
    };
    let rules: Vec<String> = file.rules().iter().map(ToString::to_string).collect();
    assert_eq!(
        rules,
        [
            "codeowners:* ada@example.com",
            "codeowners:/app/api/ #api",
            "codeowners:gone/"
        ]
    );
    assert_eq!(unmapped_names(&file).into_iter().collect::<Vec<_>>(), ["@unknown"]);
}

proptest! {
    #[test]
    fn no_text_is_a_panic_and_what_is_printed_reads_the_same(raw in "[ -~\n\u{e9}]{0,80}", path in "[ -~\u{e9}]{0,40}") {
        let file = Codeowners { raw: raw.clone(), ..Codeowners::default() };
        let event = with_frames(json!([{ "filename": path, "module": path }]));
        if let Ok(rules) = Rules::new(&settings(&raw), std::slice::from_ref(&file)) {
            rules.matched(&event, || tags(&event));
        }
        if let Ok(rules) = parse(&raw) {
            let printed: Vec<String> = rules.iter().map(ToString::to_string).collect();
            prop_assert_eq!(parse(&printed.join("\n")).unwrap(), rules);
        }
    }

    /// Any pattern and text: what matches does so whatever the case, and a star matches all.
    #[test]
    fn a_path_matches_itself(path in "[a-z0-9_./-]{1,40}") {
        prop_assume!(!path.starts_with('#'));
        let event = with_frames(json!([{ "filename": path.to_uppercase() }]));
        let raw = format!("path:{path} #web\npath:* #web");
        prop_assert_eq!(matched(&raw, &event).len(), 2);
    }
}

#[test]
fn of_many_rules_the_last_ones_are_told_up_to_one_without_owners() {
    let rule = |number: usize| format!("path:{}*", ["a", "b"][number % 2]);
    let rules = |nobodys: usize| -> String {
        let lines = (0..30).map(|number| match number == nobodys {
            true => format!("{}\n", rule(number)),
            false => format!("{} #t{number}\n", rule(number)),
        });
        lines.collect()
    };
    let told = |numbers: std::ops::Range<usize>| -> Vec<String> {
        let told = numbers.rev().map(|number| format!("{} #t{number}", rule(number)));
        told.collect()
    };
    let event = with_frames(json!([{ "filename": "a.py" }, { "filename": "b.py" }]));
    assert_eq!(matched(&rules(30), &event), told(20..30));
    assert_eq!(matched(&rules(25), &event), told(26..30));
    assert_eq!(matched(&rules(5), &event), told(20..30));
}
