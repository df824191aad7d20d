//! Templates: what the language has, what it does not, and its bounds.

use std::time::{Duration, Instant};

use alerts::template::{FILTERS, Form, MOST_SOURCE_BYTES, Message, Template, VARIABLES, rendered_trace, split_subject};
use serde_json::{Value, json};

#[track_caller]
fn check(source: &str, expected: &str) {
    check_with(source, Form::Text, expected);
}

#[track_caller]
fn check_with(source: &str, form: Form, expected: &str) {
    let values = json!({
        "title": "Card <declined> & \"lost\"", "level": "error", "count": 20, "rate": 0.256, "none": null, "empty": "",
        "list": ["a", "b", "c"], "tags": {"http.method": "POST", "http_method": "POST"}, "flag": true, "lines": "one\r\ntwo",
    });
    let template = Template::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    assert_eq!(template.render(&values, form).unwrap(), expected, "{source}");
}

#[test]
fn the_language_has_output_conditions_and_loops() {
    for (source, expected) in [
        ("", ""),
        ("a {{ level }} b", "a error b"),
        ("{{ count }} {{ rate }} {{ flag }}", "20 0.256 true"),
        ("{{ missing }}{{ none }}{{ a.b.c }}{{ list }}{{ tags }}", ""),
        (
            "{{ tags.http_method }} {{ tags['http.method'] }} {{ list[1] }} {{ list[-1] }}",
            "POST POST b c",
        ),
        (
            "{% if level == 'error' %}E{% elif level == 'fatal' %}F{% else %}O{% endif %}",
            "E",
        ),
        (
            "{% if level == 'warning' or level == 'error' and not missing %}yes{% endif %}",
            "yes",
        ),
        ("{% if level in ['error', 'fatal'] %}yes{% endif %}", "yes"),
        ("{% if count > 19 and count <= 20 %}yes{% endif %}", "yes"),
        ("{% if empty %}no{% endif %}{% if tags.url %}no{% endif %}", ""),
        (
            "{% for one in list %}{{ loop.index }}{{ one }}{% if not loop.last %},{% endif %}{% endfor %}",
            "1a,2b,3c",
        ),
        ("{% for one in missing %}x{% else %}none{% endfor %}", "none"),
        ("{{ 'yes' if flag else 'no' }}", "yes"),
        (
            "{{ level ~ '!' }} {{ count + 1 }} {{ count - 1 }} {{ count / 8 }}",
            "error! 21 19 2.5",
        ),
        ("{# a remark #}x{% raw %}{{ y }}{% endraw %}", "x{{ y }}"),
        ("{% if missing is defined %}a{% else %}b{% endif %}", "b"),
        ("{{ title[:4] }}", "Card"),
    ] {
        check(source, expected);
    }
}

#[test]
fn each_filter_works() {
    let examples = [
        (
            "truncate",
            "{{ 'one two three'|truncate(9) }}|{{ 'one'|truncate(3) }}",
            "one...|one",
        ),
        (
            "truncate",
            "{{ 'abcdefghij'|truncate(8) }}|{{ 'one two'|truncate(6, true) }}",
            "abcde...|one...",
        ),
        (
            "truncate",
            "{{ 'one two three'|truncate(length=8, end='…') }}|{{ missing|truncate(5) }}",
            "one two…|",
        ),
        ("truncate", "{{ 'abc'|truncate(2) }}|{{ 'abc'|truncate(0) }}", "..|"),
        ("upper", "{{ level|upper }}", "ERROR"),
        ("lower", "{{ 'ÄB'|lower }}", "äb"),
        ("capitalize", "{{ 'heLLO you'|capitalize }}", "Hello you"),
        ("title", "{{ 'high-priority issue'|title }}", "High-Priority Issue"),
        ("trim", "[{{ '  x '|trim }}]", "[x]"),
        (
            "default",
            "{{ missing|default('none') }} {{ empty|default('none') }} {{ level|default('none') }}",
            "none none error",
        ),
        ("d", "{{ none|d(0) }}", "0"),
        (
            "replace",
            "{{ 'a.b.c'|replace('.', '/') }}{{ 'x'|replace('', 'y') }}",
            "a/b/cx",
        ),
        ("join", "{{ list|join(', ') }}", "a, b, c"),
        ("first", "{{ list|first }}{{ level|first }}", "ae"),
        ("last", "{{ list|last }}{{ level|last }}", "cr"),
        (
            "length",
            "{{ list|length }} {{ level|length }} {{ missing|length }}",
            "3 5 0",
        ),
        ("count", "{{ list|count }}", "3"),
        (
            "round",
            "{{ rate|round(2) }} {{ 2.5|round }} {{ '3.14159'|round(1) }}",
            "0.26 3 3.1",
        ),
        ("int", "{{ 3.9|int }} {{ 'x'|int }}", "3 0"),
    ];
    for (_, source, expected) in examples {
        check(source, expected);
    }
    for (name, _) in FILTERS {
        assert!(examples.iter().any(|(of, ..)| of == name), "{name}");
    }
}

#[test]
fn values_are_escaped_for_where_they_go() {
    check_with("<b>{{ title }}</b>", Form::Text, "<b>Card <declined> & \"lost\"</b>");
    check_with(
        "<b>{{ title }}</b>",
        Form::Html,
        "<b>Card &lt;declined&gt; &amp; &quot;lost&quot;</b>",
    );
    check_with(
        "<!channel> {{ title }}",
        Form::Slack,
        "<!channel> Card &lt;declined&gt; &amp; \"lost\"",
    );
    // No value makes a header of its own.
    check_with("[{{ level }}]\n {{ lines }}", Form::Line, "[error] one two");
    check_with("{{ lines }}", Form::Text, "one \ntwo");
}

#[test]
fn lines_of_what_is_missing_leave_no_gap() {
    check("a\n{% if missing %}x{% endif %}\nb", "a\nb");
    check("a\n{% if level %}x{% endif %}\nb", "a\nx\nb");
    check("a\n{% if level %}\nx\n{% endif %}\nb", "a\nx\nb");
    check("a\n{% if missing %}\nx\n{% endif %}\n\nb", "a\n\nb");
    check(
        "a\n{% for one in list %}\n- {{ one }}\n{% endfor %}\nb",
        "a\n- a\n- b\n- c\nb",
    );
    // What was meant to be empty stays.
    check("a\n{{ missing }}\n\nb", "a\n\n\nb");
}

#[test]
fn errors_say_where() {
    let (mut found, mut expected) = (Vec::new(), Vec::new());
    for (source, line, column, part) in [
        ("{{ title", 1, 4, "end of input"),
        ("a\nb {% if level %}", 2, 15, "end of input"),
        ("a\n  {{ title | shout }}", 2, 14, "there is no filter shout"),
        ("{% if a is odd %}{% endif %}", 1, 12, "there is no test odd"),
        ("x\n{% set a = 1 %}", 2, 4, "set cannot be used"),
        ("{% nothing %}", 1, 4, "unknown statement"),
        ("{{ title title }}", 1, 10, "unexpected"),
    ] {
        let error = Template::parse(source).expect_err(source);
        found.push((source, error.line, error.column));
        expected.push((source, line, column));
        assert!(error.message.contains(part), "{source}: {error}");
    }
    assert_eq!(found, expected);
}

#[test]
fn nothing_can_be_bound_called_or_multiplied() {
    for source in [
        "{% set a = title ~ title %}",
        "{% set a %}x{% endset %}",
        "{% with a = title %}{{ a }}{% endwith %}",
        "{% filter upper %}x{% endfilter %}",
        "{% macro m() %}x{% endmacro %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% block a %}{% endblock %}",
        "{% autoescape false %}x{% endautoescape %}",
        "{% do title.upper() %}",
        "{{ range(10) }}",
        "{{ title.upper() }}",
        "{{ title * 1000000 }}",
        "{{ [1] * 1000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% for a in [title ~ title] %}{{ a }}{% endfor %}",
        "{% for a in title|list %}{{ a }}{% endfor %}",
        "{% for a in list recursive %}{{ loop(a) }}{% endfor %}",
        "{{ {'a': 1} }}",
        "{{ title|truncate(*list) }}",
    ] {
        assert!(Template::parse(source).is_err(), "{source}");
    }
}

#[test]
fn every_bound_holds() {
    let long = "x".repeat(MOST_SOURCE_BYTES + 1);
    assert!(Template::parse(&long).is_err());
    let deep = "{% if a %}".repeat(1000) + &"{% endif %}".repeat(1000);
    let nested = format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
    let chain = format!("{{{{ a{} }}}}", "|upper".repeat(2000));
    let elif = format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(1200));
    for source in [deep, nested, chain, elif] {
        // Whether it is taken or refused, nothing breaks.
        if let Ok(template) = Template::parse(&source) {
            assert!(template.render(&json!({}), Form::Text).is_ok());
        }
    }
    let big = json!({"text": "é".repeat(100_000), "list": vec!["x".repeat(5_000); 1_000]});
    let render = |source: &str, form: Form| Template::parse(source).unwrap().render(&big, form);
    for (form, most) in [
        (Form::Slack, 8 * 1024),
        (Form::Text, 64 * 1024),
        (Form::Html, 64 * 1024),
        (Form::Line, 1000),
    ] {
        let text = render(
            "{{ text }}{{ text }}{{ text }}{{ text }}{{ text }}{{ text }}{{ text }}{{ text }}{{ text }}",
            form,
        )
        .unwrap();
        assert!(
            text.len() <= most + '…'.len_utf8() && text.ends_with('…'),
            "{form:?}: {}",
            text.len()
        );
    }
    // Loops are no longer than a hundred, however long the list is.
    assert_eq!(
        render("{% for a in list %}x{% endfor %}", Form::Text).unwrap(),
        "x".repeat(100)
    );
    let begun = Instant::now();
    let loops = "{% for a in list %}{% for b in list %}{% for c in list %}{{ text|replace('é', text)|upper|length }}{% endfor %}{% endfor %}{% endfor %}";
    let error = render(loops, Form::Text).unwrap_err();
    assert!(error.message.contains("too many steps"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let nested = (0..100).fold(json!("x"), |inner, _| json!({"a": inner}));
    assert!(
        Template::parse("{{ a.a.a.a.a.a.a.a }}")
            .unwrap()
            .render(&nested, Form::Text)
            .is_ok()
    );
}

#[test]
fn a_subject_stands_in_front() {
    for (source, subject, body) in [
        (
            "Subject: [{{ level }}] x\n\nDear all\n",
            Some("[{{ level }}] x"),
            "Dear all\n",
        ),
        ("\nSubject: x\r\n\r\nbody", Some("x"), "body"),
        ("Subject: x", Some("x"), ""),
        ("Dear all\nSubject: x", None, "Dear all\nSubject: x"),
    ] {
        assert_eq!(split_subject(source), (subject, body), "{source}");
    }
}

#[test]
fn every_variable_is_filled_and_described() {
    let value = Message::sample().to_value();
    let names: Vec<_> = VARIABLES.iter().map(|(name, _)| *name).collect();
    let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, names);
    for name in names.iter().filter(|name| **name != "tags") {
        let text = Template::parse(&format!("{{{{ {name} }}}}"))
            .unwrap()
            .render(&value, Form::Text)
            .unwrap();
        assert!(!text.is_empty(), "{name}");
    }
    assert_eq!(value["tags"]["http_method"], "POST");
    assert_eq!(value["tags"]["http.method"], "POST");
    let empty = Message::default().to_value();
    assert_eq!(empty["count"], Value::Null);
}

#[test]
fn a_trace_has_the_newest_frames_first() {
    let event = super::event(json!({"exception": [
        {"type": "ConnectionError", "value": "no route"},
        {"type": "PaymentError", "value": "bank is away\nreally", "stacktrace": {"frames": [
            {"filename": "main.py", "lineno": 1, "function": "main"},
            {"filename": "pay.py", "lineno": 42, "function": "pay", "context_line": "   charge(card)  "},
        ]}},
    ]}));
    let expected = "PaymentError: bank is away\nreally\n  pay.py:42 in pay\n    charge(card)\n  main.py:1 in main\n\ncaused by ConnectionError: no route";
    assert_eq!(rendered_trace(&event).as_deref(), Some(expected));
    assert_eq!(rendered_trace(&super::event(json!({"message": "x"}))), None);
    let frames: Vec<_> = (0..30)
        .map(|line| json!({"filename": "f".repeat(400), "lineno": line}))
        .collect();
    let long = super::event(json!({"exception": [{"type": "E", "stacktrace": {"frames": frames}}]}));
    let text = rendered_trace(&long).unwrap();
    assert!(
        text.ends_with("… 10 more") && text.lines().all(|line| line.chars().count() <= 300),
        "{text}"
    );
}
