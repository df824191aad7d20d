//! Why an event is in its issue: what was looked at, what counted, and the hash that came of it.

use serde_json::Value;

use crate::{events::payload, text};

#[derive(Debug, Clone, Default)]
pub(crate) struct GroupingView {
    /// Those that counted first.
    pub(crate) variants: Vec<VariantView>,
}

/// One way to look at the event.
#[derive(Debug, Clone, Default)]
pub(crate) struct VariantView {
    /// `app`, `system`, `custom_fingerprint`, …
    pub(crate) name: String,
    /// `stack trace of the exception, in-app frames`
    pub(crate) description: String,
    pub(crate) contributes: bool,
    pub(crate) hash: String,
    /// Settings have changed since the event came: it would go elsewhere today.
    pub(crate) is_other_today: bool,
    pub(crate) hint: String,
    /// The fingerprint, when one took part.
    pub(crate) fingerprint: Vec<String>,
    /// The rule of the project that gave it.
    pub(crate) rule: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) nodes_left_out: usize,
}

/// A part of the event, one line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// How far it is indented: 0 to [`MAX_DEPTH`].
    pub(crate) depth: usize,
    pub(crate) name: String,
    pub(crate) contributes: bool,
    pub(crate) hint: String,
    /// What it says, of a leaf.
    pub(crate) text: String,
}

const MAX_VARIANTS: usize = 10;
/// Lines of all trees of a page.
const MAX_NODES: usize = 160;
const MAX_DEPTH: usize = 9;
const MAX_TEXT: usize = 200;

/// What the grouping says of the event (`grouping-info`).
pub(crate) fn grouping(info: &Value) -> GroupingView {
    let variants = info.as_object().into_iter().flatten().take(MAX_VARIANTS);
    let mut room = MAX_NODES;
    let mut views: Vec<(&str, &Value)> = variants.map(|(name, variant)| (name.as_str(), variant)).collect();
    views.sort_by_key(|(_, variant)| payload::flag(variant, "contributes") != Some(true));
    GroupingView {
        variants: views
            .into_iter()
            .map(|(name, variant)| view(name, variant, &mut room))
            .collect(),
    }
}

fn view(name: &str, variant: &Value, room: &mut usize) -> VariantView {
    let line = |key: &str, max| text::line(&payload::text(variant, key).unwrap_or_default(), max);
    let hash = line("hash", 64);
    let values = payload::list(variant, "values").iter().filter_map(payload::scalar);
    let mut view = VariantView {
        name: text::line(name, 60),
        description: line("description", 200),
        contributes: payload::flag(variant, "contributes") == Some(true),
        is_other_today: !hash.is_empty() && payload::flag(variant, "hashMismatch") == Some(true),
        hash,
        hint: line("hint", 300),
        fingerprint: values.take(20).map(|value| text::line(&value, MAX_TEXT)).collect(),
        rule: line("matched_rule", 500),
        ..VariantView::default()
    };
    if let Some(component) = variant.get("component") {
        descend(component, 0, &mut view, room);
    }
    view
}

/// Adds the parts below a component. What neither counts nor says why not is passed over.
fn descend(component: &Value, depth: usize, view: &mut VariantView, room: &mut usize) {
    for part in payload::list(component, "values")
        .iter()
        .filter(|part| part.is_object())
    {
        let contributes = payload::flag(part, "contributes") == Some(true);
        let hint = text::line(&payload::text(part, "hint").unwrap_or_default(), 200);
        if !contributes && hint.is_empty() {
            continue;
        }
        if *room == 0 {
            view.nodes_left_out += 1;
        } else {
            *room -= 1;
            let texts = payload::list(part, "values").iter().filter_map(Value::as_str);
            let said: Vec<&str> = texts.take(5).collect();
            view.nodes.push(Node {
                depth: depth.min(MAX_DEPTH),
                name: text::line(&payload::text(part, "name").unwrap_or_default(), 60),
                contributes,
                hint,
                text: text::line(&said.join(" "), MAX_TEXT),
            });
        }
        // The parts of what does not count say nothing that the part itself does not.
        if contributes && depth < 30 {
            descend(part, depth + 1, view, room);
        }
    }
}

impl VariantView {
    /// Its name as people say it.
    pub(crate) fn label(&self) -> &str {
        match self.name.as_str() {
            "app" => "Your code",
            "system" => "All code",
            "default" => "Event",
            "custom_fingerprint" => "Fingerprint",
            "built_in_fingerprint" => "Built-in fingerprint",
            "checksum" | "hashed_checksum" => "Checksum",
            "fallback" => "Nothing to go by",
            other => other,
        }
    }
}

impl GroupingView {
    /// What decided, in one line for the closed section.
    pub(crate) fn summary(&self) -> String {
        let first = self.variants.first().filter(|variant| variant.contributes);
        first.map_or_else(String::new, |variant| format!("by {}", variant.description))
    }

    pub(crate) fn is_other_today(&self) -> bool {
        let mut counting = self.variants.iter().filter(|variant| variant.contributes).peekable();
        counting.peek().is_some() && counting.all(|variant| variant.is_other_today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn leaf(name: &str, text: &str, contributes: bool, hint: Option<&str>) -> Value {
        json!({"id": name, "name": name, "contributes": contributes, "hint": hint, "values": [text]})
    }

    #[test]
    fn tells_what_counted_and_why_the_rest_did_not() {
        let frame = json!({"id": "frame", "name": "frame", "contributes": true, "hint": null, "values": [
            leaf("module", "shop.cart", true, None),
            leaf("function", "charge", true, Some("cleaned")),
            leaf("filename", "cart.py", false, Some("module takes precedence")),
            leaf("context line", "", false, None),
        ]});
        let ignored = json!({"id": "frame", "name": "frame", "contributes": false, "hint": "non app frame",
            "values": [leaf("module", "django", true, None)]});
        let view = grouping(&json!({
            "system": {"contributes": false, "hint": "app takes precedence", "description": "all", "hash": null},
            "app": {"contributes": true, "hash": "ab", "hashMismatch": true, "description": "stack trace", "component":
                {"id": "app", "name": "in-app", "contributes": true, "values": [{"id": "stacktrace", "name": "stack trace",
                    "contributes": true, "values": [frame, ignored]}]}},
        }));
        assert_eq!(view.summary(), "by stack trace");
        assert!(view.is_other_today());
        let app = &view.variants[0];
        let told: Vec<_> = app
            .nodes
            .iter()
            .map(|node| (node.depth, node.name.as_str(), node.text.as_str(), node.hint.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (0, "stack trace", "", ""),
                (1, "frame", "", ""),
                (2, "module", "shop.cart", ""),
                (2, "function", "charge", "cleaned"),
                (2, "filename", "cart.py", "module takes precedence"),
                (1, "frame", "", "non app frame"),
            ]
        );
        assert_eq!(view.variants[1].hint, "app takes precedence");
    }

    #[test]
    fn a_huge_tree_is_cut_and_nonsense_is_nothing() {
        let leaves: Vec<Value> = (0..500)
            .map(|number| leaf("frame", &number.to_string(), true, None))
            .collect();
        let view = grouping(&json!({"app": {"contributes": true, "component": {"values": leaves}}}));
        assert_eq!(
            (view.variants[0].nodes.len(), view.variants[0].nodes_left_out),
            (MAX_NODES, 500 - MAX_NODES)
        );
        for nothing in [json!(null), json!([1]), json!({})] {
            assert!(grouping(&nothing).variants.is_empty());
        }
        assert!(grouping(&json!({"x": 7})).variants[0].nodes.is_empty());
        assert!(!grouping(&json!({"x": 7})).is_other_today());
    }
}
