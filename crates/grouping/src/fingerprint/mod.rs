//! Fingerprints: what clients and rules say instead of, or beside, what grouping finds (`ingest.md` §6.7).

mod facts;
mod parse;
mod rule;
mod tag;
#[cfg(test)]
mod tests;
mod variable;

use std::sync::LazyLock;

use protocol::event::{Event, Object};
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use self::rule::Rule;
use self::{facts::Facts, variable::Entry};
use crate::{
    Hash, SettingsError, Variant, VariantKind, rule_text::read_lines, settings::RulesField, strategies::Differences,
};

/// Where a fingerprint came from, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FingerprintInfo {
    /// What the client sent, if that is more than the default.
    pub client_values: Vec<String>,
    pub matched_rule: Option<MatchedRule>,
    /// The fingerprint that is in force, with its variables resolved; empty for the default.
    pub values: Vec<String>,
}

/// The rule that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchedRule {
    /// As it can be written.
    pub text: String,
    /// One that every project has.
    pub is_builtin: bool,
}

#[derive(Debug, Default)]
pub(crate) struct FingerprintRules(Vec<Rule>);

impl FingerprintRules {
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<SettingsError>> {
        read_lines(RulesField::FingerprintRules, text, parse::rule).map(Self)
    }
}

fn builtin() -> &'static [Rule] {
    static BUILTIN: LazyLock<FingerprintRules> =
        LazyLock::new(|| match FingerprintRules::parse(include_str!("builtin.txt")) {
            Ok(rules) => rules,
            Err(errors) => unreachable!("the built-in rules are constants and tested: {errors:?}"),
        });
    &BUILTIN.0
}

/// Where the event keeps what is told here.
const INFO: &str = "_fingerprint_info";

/// Applies the first rule that matches, those of the project before the built-in ones. An event that went through this
/// before is taken back to what its client said. Also gives the title that the rule sets.
pub(crate) fn apply_rules(event: &mut Event, rules: &FingerprintRules) -> (FingerprintInfo, Option<String>) {
    restore(event);
    let mut info = FingerprintInfo::default();
    if !is_default(&event.fingerprint) {
        info.client_values.clone_from(&event.fingerprint);
    }
    let facts = Facts::new(event);
    let of_project = rules.0.iter().map(|rule| (rule, false));
    let matched = of_project
        .chain(builtin().iter().map(|rule| (rule, true)))
        .find(|(rule, _)| rule.matches(&facts));
    let title = matched
        .and_then(|(rule, _)| rule.title.as_deref())
        .map(|title| variable::expand_title(title, event));
    if let Some((rule, is_builtin)) = matched {
        info.matched_rule = Some(MatchedRule {
            text: rule.to_string(),
            is_builtin,
        });
        event.fingerprint.clone_from(&rule.fingerprint);
    }
    store(event, &info, matched);
    (info, title)
}

fn is_default(fingerprint: &[String]) -> bool {
    match fingerprint {
        [] => true,
        [only] => Entry::of(only).is_default(),
        _ => false,
    }
}

fn store(event: &mut Event, info: &FingerprintInfo, matched: Option<(&Rule, bool)>) {
    let mut stored = Object::new();
    if !info.client_values.is_empty() {
        stored.insert("client_fingerprint".to_owned(), info.client_values.clone().into());
    }
    if let (Some((rule, is_builtin)), Some(told)) = (matched, &info.matched_rule) {
        let attributes = rule.title.as_ref().map(|title| json!({"title": title}));
        let rule = json!({
            "text": told.text,
            "matchers": rule.matchers_as_pairs(),
            "fingerprint": rule.fingerprint,
            "attributes": attributes.unwrap_or_else(|| json!({})),
            "is_builtin": is_builtin,
        });
        stored.insert("matched_rule".to_owned(), rule);
    }
    if stored.is_empty() {
        event.other.shift_remove(INFO);
    } else {
        event.other.insert(INFO.to_owned(), stored.into());
    }
}

fn restore(event: &mut Event) {
    let Some(Value::Object(mut stored)) = event.other.shift_remove(INFO) else {
        return;
    };
    // Without a rule the fingerprint is the client's still.
    if stored.contains_key("matched_rule") {
        let client = stored.shift_remove("client_fingerprint");
        let entries = client.as_ref().and_then(Value::as_array).into_iter().flatten();
        event.fingerprint = entries.filter_map(Value::as_str).map(str::to_owned).collect();
    }
}

/// Replaces the variants by the fingerprint, or salts them with it.
pub(crate) fn apply(
    event: &Event,
    info: &mut FingerprintInfo,
    variants: Vec<Variant>,
    differences: Differences,
) -> Vec<Variant> {
    if is_default(&event.fingerprint) {
        return variants;
    }
    let entries: Vec<Entry<'_>> = event.fingerprint.iter().map(|text| Entry::of(text)).collect();
    let resolved: Vec<String> = entries.iter().map(|entry| entry.resolve(event, differences)).collect();
    info.values.clone_from(&resolved);
    if !entries.iter().any(|entry| entry.is_default()) {
        let is_built_in = info.matched_rule.as_ref().is_some_and(|rule| rule.is_builtin);
        let custom = Variant::of_fingerprint(resolved, is_built_in);
        let overridden = variants
            .into_iter()
            .map(|variant| variant.ignored("not used: the fingerprint takes precedence"));
        return std::iter::once(custom).chain(overridden).collect();
    }
    variants
        .into_iter()
        .map(|variant| salt(variant, &entries, &resolved))
        .collect()
}

/// The entries in their order, with the variant's own texts in the place of `{{ default }}`.
fn salt(mut variant: Variant, entries: &[Entry<'_>], resolved: &[String]) -> Variant {
    let Some(component) = variant.component.as_ref().filter(|_| variant.contributes) else {
        return variant;
    };
    let mut texts = Vec::new();
    for (entry, text) in entries.iter().zip(resolved) {
        if entry.is_default() {
            texts.extend(component.leaves());
        } else {
            texts.push(text);
        }
    }
    variant.hash = Some(Hash::of(texts));
    variant.kind = VariantKind::SaltedComponent;
    variant.values = resolved.to_vec();
    variant
}
