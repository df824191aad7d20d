//! Advanced rules: the text of a JSON object with `rules`, `vars` and `applications` (`ingest.md` §5.2).

use std::{collections::BTreeMap, sync::Arc};

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use crate::{
    location::locate,
    pattern::Pattern,
    rule::{Custom, FILTERED, Pair, Redaction, Rule, Target, built_in},
    selector::Selector,
    settings::SettingsError,
};

pub(crate) const FIELD: &str = "relayPiiConfig";

/// Rules and where they are applied, in the order in which they are.
pub(crate) type Applications = Vec<(Selector, Vec<Rule>)>;

/// Bytes of the text, and of it what one regular expression may need when it is compiled.
const MAX_TEXT: usize = 256 * 1024;
const MAX_REGEX: usize = 1024 * 1024;
const MAX_NEST: u32 = 64;
/// Rules that one name may stand for in the end, through whatever lists of lists.
const MAX_RULES: usize = 1_000;

/// What can be used of a text, and what is wrong with the rest.
pub(crate) fn read(text: &str) -> (Applications, Vec<SettingsError>) {
    let mut reader = Reader {
        text,
        errors: Vec::new(),
        path: Vec::new(),
    };
    let applications = reader.config().unwrap_or_default();
    (applications, reader.errors)
}

/// A regular expression that a user wrote, within bounds.
pub(crate) fn bounded_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(MAX_REGEX)
        .dfa_size_limit(MAX_REGEX)
        .nest_limit(MAX_NEST)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large: repeat less, or less often".to_owned(),
            regex::Error::Syntax(message) => {
                let reason = message.lines().last().unwrap_or(&message);
                format!("not a regular expression: {}", reason.trim_start_matches("error: "))
            }
            error => error.to_string(),
        })
}

struct Reader<'t> {
    text: &'t str,
    errors: Vec<SettingsError>,
    path: Vec<String>,
}

/// A rule as it was written.
struct Written {
    target: WrittenTarget,
    redaction: Option<Redaction>,
}

enum WrittenTarget {
    Found(Target),
    /// All of these; the remarks may name the rule itself instead of them.
    Others {
        rules: Vec<String>,
        hide_inner: bool,
    },
}

impl Reader<'_> {
    fn config(&mut self) -> Option<Applications> {
        if self.text.trim().is_empty() {
            return None;
        }
        if self.text.len() > MAX_TEXT {
            self.wrong(format!("the text is longer than {MAX_TEXT} bytes"));
            return None;
        }
        let config = match serde_json::from_str::<Value>(self.text) {
            Ok(value) => value,
            Err(error) => {
                let message = error.to_string();
                let message = message
                    .rsplit_once(" at line ")
                    .map_or(message.as_str(), |(message, _)| message);
                self.errors.push(SettingsError {
                    field: FIELD,
                    path: String::new(),
                    line: Some(error.line()),
                    column: Some(error.column().max(1)),
                    message: format!("not JSON: {message}"),
                });
                return None;
            }
        };
        let config = self.object(&config)?;
        self.at("vars", |this| this.vars(config.get("vars")));
        let rules = self.at("rules", |this| this.rules(config.get("rules")));
        Some(self.at("applications", |this| {
            this.applications(config.get("applications"), &rules)
        }))
    }

    /// A key to hash with is accepted, and not used (`ingest.md` §5.2).
    fn vars(&mut self, vars: Option<&Value>) {
        let Some(vars) = vars.filter(|vars| !vars.is_null()) else {
            return;
        };
        if let Some(key) = self.object(vars).and_then(|vars| vars.get("hashKey"))
            && !key.is_null()
            && !key.is_string()
        {
            self.at("hashKey", |this| this.expected("a text or null", key));
        }
    }

    fn rules(&mut self, rules: Option<&Value>) -> BTreeMap<String, Written> {
        let rules = rules
            .filter(|rules| !rules.is_null())
            .and_then(|rules| self.object(rules));
        let mut read = BTreeMap::new();
        for (name, rule) in rules.into_iter().flatten() {
            if let Some(rule) = self.at(name, |this| this.rule(rule)) {
                read.insert(name.clone(), rule);
            }
        }
        read
    }

    fn rule(&mut self, rule: &Value) -> Option<Written> {
        let rule = self.object(rule)?;
        let kind = self.text_of(rule, "type")?;
        let target = match kind {
            "anything" => Target::Anything.into(),
            "bearer" => Target::Known(Pattern::Bearer).into(),
            "cookies" => Target::Known(Pattern::Cookies).into(),
            "creditcard" => Target::Known(Pattern::CreditCard).into(),
            "email" => Target::Known(Pattern::Email).into(),
            "iban" => Target::Known(Pattern::Iban).into(),
            "imei" => Target::Known(Pattern::Imei).into(),
            "ip" => Target::Known(Pattern::Ip).into(),
            "mac" => Target::Known(Pattern::Mac).into(),
            "password" => Target::Pair(Pair::Password).into(),
            "pemkey" => Target::Known(Pattern::PemKey).into(),
            "url_auth" | "urlauth" => Target::Known(Pattern::UrlAuth).into(),
            "us_ssn" | "usssn" => Target::Known(Pattern::UsSsn).into(),
            "userpath" => Target::Known(Pattern::UserPath).into(),
            "uuid" => Target::Known(Pattern::Uuid).into(),
            "pattern" => {
                let groups = self.groups(rule);
                Target::Custom(Arc::new(Custom::new(self.regex(rule, "pattern")?, groups?))).into()
            }
            "redact_pair" | "redactPair" => Target::Pair(Pair::Named(self.regex(rule, "keyPattern")?)).into(),
            "multiple" => WrittenTarget::Others {
                rules: self.names(rule, "rules")?,
                hide_inner: self.hide_inner(rule)?,
            },
            "alias" => WrittenTarget::Others {
                rules: vec![self.text_of(rule, "rule")?.to_owned()],
                hide_inner: self.hide_inner(rule)?,
            },
            unknown => {
                let message = format!("unknown type of rule {unknown:?}; there are {}", KINDS.join(", "));
                self.at("type", |this| this.wrong(message));
                return None;
            }
        };
        let redaction = match rule.get("redaction") {
            None => None,
            Some(redaction) => Some(self.at("redaction", |this| this.redaction(redaction))?),
        };
        Some(Written { target, redaction })
    }

    fn redaction(&mut self, redaction: &Value) -> Option<Redaction> {
        let redaction = self.object(redaction)?;
        match self.text_of(redaction, "method")? {
            "remove" | "default" => Some(Redaction::Remove),
            "replace" => Some(match redaction.get("text") {
                None => Redaction::replace(FILTERED),
                Some(Value::String(text)) => Redaction::replace(text),
                Some(text) => {
                    self.at("text", |this| this.expected("a text", text));
                    return None;
                }
            }),
            "mask" => Some(Redaction::Mask),
            "hash" => Some(Redaction::Hash),
            unknown => {
                let message = format!("unknown method {unknown:?}; there are remove, replace, mask, hash");
                self.at("method", |this| this.wrong(message));
                None
            }
        }
    }

    fn groups(&mut self, rule: &Map<String, Value>) -> Option<Vec<usize>> {
        let Some(groups) = rule.get("replaceGroups").filter(|groups| !groups.is_null()) else {
            return Some(vec![0]);
        };
        let numbers = groups.as_array().and_then(|groups| {
            let number = |group: &Value| Some(usize::from(u8::try_from(group.as_u64()?).ok()?));
            groups.iter().map(number).collect::<Option<Vec<usize>>>()
        });
        let Some(mut numbers) = numbers else {
            self.at("replaceGroups", |this| {
                this.expected("a list of numbers of groups", groups);
            });
            return None;
        };
        numbers.sort_unstable();
        numbers.dedup();
        Some(numbers)
    }

    fn regex(&mut self, rule: &Map<String, Value>, key: &str) -> Option<Regex> {
        let pattern = self.text_of(rule, key)?;
        bounded_regex(pattern)
            .map_err(|message| self.at(key, |this| this.wrong(message)))
            .ok()
    }

    fn hide_inner(&mut self, rule: &Map<String, Value>) -> Option<bool> {
        match rule.get("hideInner") {
            None | Some(Value::Null) => Some(false),
            Some(Value::Bool(hide)) => Some(*hide),
            Some(other) => {
                self.at("hideInner", |this| this.expected("true or false", other));
                None
            }
        }
    }

    fn applications(&mut self, applications: Option<&Value>, rules: &BTreeMap<String, Written>) -> Applications {
        let applications = applications
            .filter(|applications| !applications.is_null())
            .and_then(|applications| self.object(applications));
        let mut read: BTreeMap<Selector, BTreeMap<(Arc<str>, Source), Rule>> = BTreeMap::new();
        for (text, names) in applications.into_iter().flatten() {
            let selector = Selector::parse(text);
            let names = self.at(text, |this| {
                if let Err(error) = &selector {
                    this.wrong(error.to_string());
                }
                this.list(names)
            });
            if let (Ok(selector), Some(names)) = (selector, names) {
                let resolved = names.iter().flat_map(|name| resolve(name, rules));
                let by_id = read.entry(selector).or_default();
                by_id.extend(resolved.map(|(source, rule)| ((Arc::clone(&rule.id), source), rule)));
            }
        }
        read.into_iter()
            .map(|(selector, rules)| (selector, rules.into_values().collect()))
            .collect()
    }

    fn at<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(key.to_owned());
        let read = read(self);
        self.path.pop();
        read
    }

    fn object<'v>(&mut self, value: &'v Value) -> Option<&'v Map<String, Value>> {
        if !value.is_object() {
            self.expected("an object", value);
        }
        value.as_object()
    }

    fn list(&mut self, value: &Value) -> Option<Vec<String>> {
        let names = value.as_array().and_then(|names| {
            let names = names.iter().map(|name| name.as_str().map(str::to_owned));
            names.collect::<Option<Vec<_>>>()
        });
        if names.is_none() {
            self.expected("a list of names of rules", value);
        }
        names
    }

    fn names(&mut self, rule: &Map<String, Value>, key: &str) -> Option<Vec<String>> {
        let Some(names) = rule.get(key) else {
            self.missing(key);
            return None;
        };
        self.at(key, |this| this.list(names))
    }

    fn text_of<'v>(&mut self, map: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
        match map.get(key) {
            Some(Value::String(text)) => return Some(text),
            Some(other) => self.at(key, |this| this.expected("a text", other)),
            None => self.missing(key),
        }
        None
    }

    fn missing(&mut self, key: &str) {
        self.wrong(format!("{key:?} is missing"));
    }

    fn expected(&mut self, expected: &str, found: &Value) {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.wrong(format!("expected {expected}, found {found}"));
    }

    fn wrong(&mut self, message: impl Into<String>) {
        let place = locate(self.text, &self.path);
        self.errors.push(SettingsError {
            field: FIELD,
            path: self.path.join("."),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            message: message.into(),
        });
    }
}

impl From<Target> for WrittenTarget {
    fn from(target: Target) -> Self {
        Self::Found(target)
    }
}

const KINDS: [&str; 19] = [
    "anything",
    "pattern",
    "imei",
    "mac",
    "uuid",
    "email",
    "ip",
    "creditcard",
    "iban",
    "userpath",
    "pemkey",
    "url_auth",
    "us_ssn",
    "bearer",
    "password",
    "cookies",
    "redact_pair",
    "multiple",
    "alias",
];

/// The name of a rule from before another took its place in remarks.
type Source = Arc<str>;

/// The rules that a name stands for in the end. Names that nothing stands for are passed over, and so is a rule within
/// itself.
fn resolve(name: &str, rules: &BTreeMap<String, Written>) -> Vec<(Source, Rule)> {
    let mut resolved = Vec::new();
    let mut budget = MAX_RULES;
    resolve_into(name, rules, &mut Vec::new(), &mut budget, &mut resolved);
    resolved
}

fn resolve_into<'r>(
    name: &'r str,
    rules: &'r BTreeMap<String, Written>,
    within: &mut Vec<&'r str>,
    budget: &mut usize,
    resolved: &mut Vec<(Source, Rule)>,
) {
    if within.contains(&name) || *budget == 0 {
        return;
    }
    *budget -= 1;
    let Some(rule) = rules.get(name) else {
        resolved.extend(built_in(name).into_iter().map(|rule| (Arc::clone(&rule.id), rule)));
        return;
    };
    match &rule.target {
        WrittenTarget::Found(target) => {
            let id: Arc<str> = name.into();
            let found = Rule {
                id: Arc::clone(&id),
                target: target.clone(),
                redaction: rule.redaction.clone().unwrap_or(Redaction::Remove),
            };
            resolved.push((id, found));
        }
        WrittenTarget::Others {
            rules: names,
            hide_inner,
        } => {
            let first = resolved.len();
            within.push(name);
            for name in names {
                resolve_into(name, rules, within, budget, resolved);
            }
            within.pop();
            if *hide_inner {
                for (_, inner) in &mut resolved[first..] {
                    inner.id = name.into();
                    if let Some(redaction) = &rule.redaction {
                        inner.redaction = redaction.clone();
                    }
                }
            }
        }
    }
}
