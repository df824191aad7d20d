//! The page on templates has every variable and filter, and nothing else.

use alerts::template::{FILTERS, VARIABLES};

const PAGE: &str = include_str!("../../../../docs/message-templates.md");

#[test]
fn the_page_lists_what_there_is() {
    let listed: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |(name, text): &(&str, &str)| format!("| `{name}` | {text} |");
    let expected: Vec<String> = VARIABLES.iter().chain(FILTERS).map(row).collect();
    assert_eq!(listed, expected);
}
