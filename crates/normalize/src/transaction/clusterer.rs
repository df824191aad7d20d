//! Learns rules for names from names: where one place of a path takes very many values, they are ids.

use std::collections::BTreeMap;

use protocol::event::{Event, SpanStatus};
use serde_json::Value;

use super::trace_status;

/// So many values at one place are one id.
pub const MERGE_AT: usize = 200;
/// Deeper paths are looked at as far as this.
const MAX_DEPTH: usize = 64;

const STAR: &str = "*";

/// The name of a normalized transaction, if rules can be learned from it: an address that some route answered. What
/// was not found says how people guess, not how the program is built.
pub fn sample_name(event: &Event) -> Option<&str> {
    let source = event.transaction_info.as_ref()?.source.as_deref();
    let response = event
        .context("response")
        .and_then(|response| response.get("status_code"));
    let not_found = event.tag("http.status_code") == Some("404")
        || response.and_then(Value::as_u64) == Some(404)
        || trace_status(event) == Some(SpanStatus::NotFound);
    if source != Some("sanitized") || not_found {
        return None;
    }
    event.transaction.as_deref().filter(|name| name.contains('/'))
}

/// The patterns of the rules that follow from a sample of names: `/user/*/**`. `merge_at` is [`MERGE_AT`], but for tests.
pub fn cluster<'a>(names: impl IntoIterator<Item = &'a str>, merge_at: usize) -> Vec<String> {
    let mut tree = Node::default();
    for name in names {
        let mut node = &mut tree;
        for part in name.split('/').take(MAX_DEPTH) {
            node = node.children.entry(part).or_default();
        }
    }
    tree.merge(merge_at.max(1));
    let mut patterns = Vec::new();
    tree.patterns(&mut Vec::new(), &mut patterns);
    // The longer ones come first: a name is changed by one rule only.
    patterns.sort_by_key(|pattern: &String| std::cmp::Reverse(pattern.matches('/').count()));
    patterns
}

#[derive(Default)]
struct Node<'a> {
    children: BTreeMap<&'a str, Node<'a>>,
}

impl<'a> Node<'a> {
    fn merge(&mut self, merge_at: usize) {
        if self.children.len() >= merge_at {
            let mut merged = Node::default();
            for child in std::mem::take(&mut self.children).into_values() {
                merged.absorb(child);
            }
            self.children.insert(STAR, merged);
        }
        for child in self.children.values_mut() {
            child.merge(merge_at);
        }
    }

    fn absorb(&mut self, other: Self) {
        for (part, child) in other.children {
            self.children.entry(part).or_default().absorb(child);
        }
    }

    fn patterns(&self, path: &mut Vec<&'a str>, patterns: &mut Vec<String>) {
        for (part, child) in &self.children {
            path.push(part);
            if *part == STAR && self.children.len() == 1 {
                patterns.push(format!("{}/**", path.join("/")));
            }
            child.patterns(path, patterns);
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(names: &[&str], expected: &[&str]) {
        assert_eq!(cluster(names.iter().copied(), 3), expected, "{names:?}");
    }

    #[test]
    fn many_values_at_one_place_are_an_id() {
        check(&[], &[]);
        check(&["/a/x", "/a/y"], &[]);
        check(&["/a/x", "/a/y", "/a/z"], &["/a/*/**"]);
        check(&["/a/x", "/a/x", "/a/x"], &[]);
        check(&["/a", "/b", "/c"], &["/*/**"]);
        check(&["/a/x/s", "/a/y/t", "/a/z/s"], &["/a/*/**"]);
        check(
            &["/a/1/p/x", "/a/2/p/y", "/a/3/p/z", "/b/x", "/b/y"],
            &["/a/*/p/*/**", "/a/*/**"],
        );
    }

    #[test]
    fn the_threshold_of_projects() {
        let names: Vec<String> = (0..MERGE_AT).map(|n| format!("/user/{n}/posts")).collect();
        let names = || names.iter().map(String::as_str);
        assert_eq!(cluster(names(), MERGE_AT), ["/user/*/**"]);
        assert_eq!(cluster(names().skip(1), MERGE_AT), [""; 0]);
    }

    #[test]
    fn hostile_names_do_no_harm() {
        let deep = "/".repeat(100_000);
        check(&[&deep, "", "/", "//"], &[]);
    }

    #[test]
    fn samples_are_addresses_that_were_found() {
        let check = |fields: Value, expected: Option<&str>| {
            let event = crate::tests::read(fields.clone());
            assert_eq!(sample_name(&event), expected, "{fields}");
        };
        let info = json!({"source": "sanitized"});
        check(json!({"transaction": "/a/b", "transaction_info": info}), Some("/a/b"));
        check(json!({"transaction": "job", "transaction_info": info}), None);
        check(
            json!({"transaction": "/a/b", "transaction_info": {"source": "route"}}),
            None,
        );
        check(json!({"transaction": "/a/b"}), None);
        check(
            json!({"transaction": "/a/b", "transaction_info": info, "tags": {"http.status_code": "404"}}),
            None,
        );
        check(
            json!({"transaction": "/a/b", "transaction_info": info, "contexts": {"response": {"status_code": 404}}}),
            None,
        );
        check(
            json!({"transaction": "/a/b", "transaction_info": info, "contexts": {"trace": {"status": "not_found"}}}),
            None,
        );
    }
}
