//! What the page about the search language shows is read, and its keys are fields.

use query::{Column, search};

use crate::{issues_now, spans};

const PAGE: &str = include_str!("../../../../docs/search.md");

/// The lines below a heading.
fn section(heading: &str) -> impl Iterator<Item = &'static str> {
    let below = PAGE.lines().skip_while(move |line| *line != heading).skip(1);
    below.take_while(|line| !line.starts_with("## "))
}

/// What stands between backticks in the first column of tables, one or two at a time.
fn examples(heading: &str) -> Vec<String> {
    let rows = section(heading).filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.replace("\\|", "\u{1}").split('|').nth(1).map(str::to_owned));
    let spans = cells.flat_map(|cell| {
        let spans = cell
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|span| span.replace('\u{1}', "|"));
        spans.collect::<Vec<_>>()
    });
    spans.collect()
}

/// The blocks of searches.
fn blocks(heading: &str) -> Vec<&'static str> {
    let mut inside = false;
    let lines = section(heading).filter(move |line| {
        let fence = line.starts_with("```");
        inside = inside != fence;
        inside && !fence
    });
    lines.collect()
}

#[test]
fn searches_on_the_page_are_read() {
    let mut examples: Vec<String> = ["## Filters", "## Issues"].map(examples).concat();
    assert!(examples.len() > 35, "{examples:?}");
    examples.extend(blocks("## AND, OR and parentheses").into_iter().map(str::to_owned));
    examples.extend(
        PAGE.lines()
            .filter(|line| line.starts_with("is:unresolved "))
            .map(str::to_owned),
    );
    for example in examples {
        if let Err(error) = search::issues::parse(&example, &issues_now()) {
            panic!("{example}: {error}");
        }
    }
    for example in blocks("## Groups of events") {
        let query = search::events::parse(example, &spans()).unwrap_or_else(|error| panic!("{example}: {error}"));
        assert_eq!(query.having.len(), 3, "{example}");
    }
}

#[test]
fn keys_on_the_page_are_fields() {
    let keys = examples("## Keys");
    assert!(keys.len() > 50, "{keys:?}");
    for key in keys {
        let query = search::events::parse(&format!("has:{key}"), &spans());
        let query = query.unwrap_or_else(|error| panic!("{key}: {error}"));
        assert!(!query.to_string().contains("tags["), "{key} is a tag");
    }
}

#[test]
fn functions_on_the_page_are_columns() {
    let functions = examples("## Groups of events");
    assert!(functions.len() > 20, "{functions:?}");
    for function in functions
        .iter()
        .filter(|function| !function.contains("field") && *function != "(field)")
    {
        let column = Column::parse(function, &spans());
        let needs_field = matches!(function.as_str(), "avg" | "sum" | "min" | "max");
        match column {
            Ok(column) => assert_eq!(column.is_aggregate(), !needs_field, "{function}"),
            Err(error) => panic!("{function}: {error}"),
        }
    }
}

#[test]
fn the_error_on_the_page_is_what_is_said() {
    let shown: Vec<&str> = blocks("## When something is wrong");
    let error = search::issues::parse(shown[0], &issues_now()).expect_err("the example is wrong");
    assert_eq!(error.caret(shown[0]), shown[..2].join("\n"));
    let (begin, end) = shown[2].split_once('…').expect("the list of values is cut");
    let said = error.to_string();
    assert!(said.starts_with(begin) && said.ends_with(end), "{said}");
}
