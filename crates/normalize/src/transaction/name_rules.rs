//! Which parts of a project's addresses are ids, though they do not look it: rules that were learned from its own names.

use std::time::Duration;

use model::Timestamp;
use serde::{Deserialize, Serialize};

/// A rule that was not used so long is forgotten.
const LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);
/// More would make each transaction slow.
const MAX_RULES: usize = 500;

/// `/user/*/**`: the second part of every address that begins with `/user/` and has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NameRule {
    /// Parts between slashes; `*` is any one part, which is replaced, `**` at the end any number of them.
    pub pattern: String,
    pub expiry: Timestamp,
    #[serde(default)]
    pub redaction: Redaction,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Redaction {
    Replace {
        #[serde(default = "star")]
        substitution: String,
    },
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

fn star() -> String {
    "*".to_owned()
}

impl Default for Redaction {
    fn default() -> Self {
        Self::Replace { substitution: star() }
    }
}

impl NameRule {
    pub fn new(pattern: impl Into<String>, found_at: Timestamp) -> Self {
        Self {
            pattern: pattern.into(),
            expiry: found_at + LIFETIME,
            redaction: Redaction::default(),
        }
    }

    fn apply(&self, name: &str) -> Option<String> {
        let Redaction::Replace { substitution } = &self.redaction else {
            return None;
        };
        // So that `/user/*/**` is also `/user/jane`, without a slash at the end.
        let slashed = !name.ends_with('/');
        let full = if slashed { format!("{name}/") } else { name.to_owned() };
        let mut parts = full.split('/');
        let mut renamed = Vec::new();
        for expected in self.pattern.split('/') {
            match expected {
                "**" => {
                    renamed.push(parts.next()?);
                    renamed.extend(parts.by_ref());
                }
                "*" => {
                    parts.next()?;
                    renamed.push(substitution.as_str());
                }
                expected => renamed.push(parts.next().filter(|part| *part == expected)?),
            }
        }
        if parts.next().is_some() {
            return None;
        }
        let mut renamed = renamed.join("/");
        if slashed {
            renamed.truncate(renamed.trim_end_matches('/').len());
        }
        Some(renamed)
    }
}

/// The rules of a project, those of longer patterns first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NameRules {
    rules: Vec<NameRule>,
}

impl NameRules {
    pub fn new(mut rules: Vec<NameRule>) -> Self {
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.pattern.matches('/').count()));
        rules.truncate(MAX_RULES);
        Self { rules }
    }

    pub fn as_slice(&self) -> &[NameRule] {
        &self.rules
    }

    /// The first rule that has not expired and fits: its pattern, and the name that it gives if that is another.
    pub fn apply(&self, name: &str, now: Timestamp) -> Option<(&str, String)> {
        let mut current = self.rules.iter().filter(|rule| rule.expiry > now);
        let (rule, renamed) = current.find_map(|rule| Some((rule, rule.apply(name)?)))?;
        (renamed != name).then_some((rule.pattern.as_str(), renamed))
    }

    /// These rules and those that were found since. What is found again, or was used, lives on.
    pub fn merged<'a>(self, found: impl IntoIterator<Item = &'a str>, now: Timestamp) -> Self {
        let mut rules = self.rules;
        rules.retain(|rule| rule.expiry > now);
        for pattern in found {
            match rules.iter_mut().find(|rule| rule.pattern == pattern) {
                Some(rule) => rule.expiry = rule.expiry.max(now + LIFETIME),
                None => rules.push(NameRule::new(pattern, now)),
            }
        }
        Self::new(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::NOW;

    #[test]
    fn stars_are_replaced() {
        let check = |pattern: &str, name: &str, expected: Option<&str>| {
            let rules = NameRules::new(vec![NameRule::new(pattern, NOW)]);
            let renamed = rules.apply(name, NOW).map(|(_, renamed)| renamed);
            assert_eq!(renamed.as_deref(), expected, "{pattern} on {name}");
        };
        check("/user/*/**", "/user/jane", Some("/user/*"));
        check("/user/*/**", "/user/jane/", Some("/user/*/"));
        check("/user/*/**", "/user/jane/posts/1", Some("/user/*/posts/1"));
        check("/user/*/**", "/users/jane", None);
        check("/user/*/**", "/user", None);
        check("/user/*/**", "/user/*", None);
        check("/*/settings/*/**", "/acme/settings/x/y", Some("/*/settings/*/y"));
        check("/user/*", "/user/jane/posts", None);
        check("", "x", None);
    }

    #[test]
    fn the_first_rule_that_fits_and_lives() {
        let old = NameRule {
            expiry: NOW,
            ..NameRule::new("/a/*/b/*/**", NOW)
        };
        let rules = NameRules::new(vec![
            NameRule::new("/a/*/**", NOW),
            old,
            NameRule::new("/a/*/c/*/**", NOW),
        ]);
        let apply = |name: &str| rules.apply(name, NOW).map(|(pattern, name)| (pattern.to_owned(), name));
        let pair = |pattern: &str, name: &str| Some((pattern.to_owned(), name.to_owned()));
        assert_eq!(apply("/a/x/b/y"), pair("/a/*/**", "/a/*/b/y"));
        assert_eq!(apply("/a/x/c/y"), pair("/a/*/c/*/**", "/a/*/c/*"));
    }

    #[test]
    fn rules_live_as_long_as_they_are_found() {
        let later = NOW + Duration::from_secs(24 * 3600);
        let rules = NameRules::new(vec![NameRule::new("/a/*/**", NOW), NameRule::new("/b/*/**", NOW)]);
        let rules = rules.merged(["/a/*/**", "/c/*/**"], later);
        let expiries: Vec<_> = rules.as_slice().iter().map(|rule| rule.expiry).collect();
        assert_eq!(expiries, [later + LIFETIME, NOW + LIFETIME, later + LIFETIME]);
        let rules = rules.merged([], NOW + LIFETIME);
        assert_eq!(rules.as_slice().len(), 2);
    }

    #[test]
    fn the_form_that_is_stored() {
        let json = r#"[{"pattern":"/user/*/**","expiry":"2027-01-01T00:00:00Z","redaction":{"method":"replace","substitution":"X"}},{"pattern":"/a/*/**","expiry":"2027-01-01T00:00:00Z"},{"pattern":"/b/*/**","expiry":"2027-01-01T00:00:00Z","redaction":{"method":"hash"}}]"#;
        let rules: NameRules = serde_json::from_str(json).unwrap();
        let renamed = |name: &str| rules.apply(name, NOW).map(|(_, renamed)| renamed);
        assert_eq!(renamed("/user/1").as_deref(), Some("/user/X"));
        assert_eq!(renamed("/a/1").as_deref(), Some("/a/*"));
        assert_eq!(renamed("/b/1"), None);
    }
}
