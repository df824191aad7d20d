//! Relative links in documents lead to a committed file and, with a `#`, to a heading in it.

use super::{Finding, Tree};

const RULE: &str = "link";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts("", &[".md"]) {
        for (line, target) in links(text) {
            if let Some(advice) = objection(tree, path, target) {
                findings.push(Finding::new(path, line, RULE, advice));
            }
        }
    }
    findings
}

fn objection(tree: &Tree, from: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, heading) = target
        .split_once('#')
        .map_or((target, None), |(file, heading)| (file, Some(heading)));
    let to = if file.is_empty() {
        Some(from.to_owned())
    } else {
        resolve(from, file)
    };
    let Some(to) = to.filter(|to| tree.contains(to)) else {
        return Some(format!("`{target}` leads nowhere: no such file is committed"));
    };
    let heading = heading?;
    let found = tree
        .text(&to)
        .is_some_and(|text| headings(text).any(|title| anchor(title) == heading));
    (!found).then(|| format!("`{target}` leads nowhere: {to} has no such heading"))
}

/// The path that `target` means in the document `from`; nothing when it leaves the tree.
fn resolve(from: &str, target: &str) -> Option<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if target.starts_with('/') {
        return None;
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The lines outside fenced code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fence && !fenced).then_some((index + 1, line))
    })
}

/// `[text](target)`, `![text](target)` and `src="target"`, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for (open, close) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
            for (at, _) in line.match_indices(open) {
                let in_code = line[..at].matches('`').count() % 2 == 1;
                let rest = &line[at + open.len()..];
                if let Some(end) = rest.find(close).filter(|_| !in_code) {
                    found.push((number, rest[..end].split_whitespace().next().unwrap_or("")));
                }
            }
        }
    }
    found
}

fn headings(text: &str) -> impl Iterator<Item = &str> {
    prose(text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| line.trim_start_matches('#').trim())
}

/// A heading's anchor as Git forges make it: lower case, spaces to dashes, other signs dropped.
fn anchor(title: &str) -> String {
    let kept = title
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    fn check_document(text: &str) -> Vec<Finding> {
        check(&Tree::of(&[
            ("docs/a.md", text),
            ("docs/img/x.png", ""),
            ("README.md", "# Run it, now!\n"),
        ]))
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        let text = "[a](../README.md#run-it-now) ![b](img/x.png) [c](https://example.com) [d](#top) [e](img)\n# Top\n";
        assert_eq!(check_document(text), []);
        assert_eq!(check_document("`[a](none.md)`\n```\n[a](none.md)\n```\n"), []);
    }

    #[test]
    fn links_that_lead_nowhere_fail() {
        for bad in [
            "[a](none.md)",
            "[a](../README.md#absent)",
            "![b](img/y.png)",
            "[a](../../outside.md)",
            "[a](/README.md)",
            "<img src=\"img/y.png\">",
            "[a](#absent)",
        ] {
            assert_eq!(
                places(&check_document(&format!("\n{bad}\n"))),
                [("docs/a.md", 2, RULE)],
                "{bad}"
            );
        }
    }
}
