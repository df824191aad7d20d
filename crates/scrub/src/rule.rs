//! Rules: what to look for, and what to put in its place.

use std::sync::{Arc, OnceLock};

use protocol::event::meta::RemarkKind;
use regex::{Regex, bytes};
use sha1::{Digest, Sha1};

use crate::pattern::{Letters, PASSWORD_KEY, PASSWORD_VALUE, Pattern};

/// A rule, ready for use.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// What remarks call it.
    pub(crate) id: Arc<str>,
    pub(crate) target: Target,
    pub(crate) redaction: Redaction,
}

/// What a rule is about.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// Every value, whatever it is.
    Anything,
    Known(Pattern),
    /// What a user wrote.
    Custom(Arc<Custom>),
    /// The whole value, when its name or its text seems to be one of those.
    Pair(Pair),
}

#[derive(Debug)]
pub(crate) struct Custom {
    pub(crate) regex: Regex,
    /// The groups that hold what is looked for.
    pub(crate) groups: Vec<usize>,
    /// The same for bytes, once there are any to look at.
    bytes_regex: OnceLock<Option<bytes::Regex>>,
}

impl Custom {
    pub(crate) fn new(regex: Regex, groups: Vec<usize>) -> Self {
        Self {
            regex,
            groups,
            bytes_regex: OnceLock::new(),
        }
    }

    pub(crate) fn bytes_regex(&self) -> Option<&bytes::Regex> {
        let compile = || bytes::Regex::new(self.regex.as_str()).ok();
        self.bytes_regex.get_or_init(compile).as_ref()
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Pair {
    Password,
    Named(Regex),
}

impl Pair {
    pub(crate) fn is_key(&self, key: &str) -> bool {
        match self {
            Self::Password => Letters::of(key).may_name_password(key.len()) && PASSWORD_KEY.is_match(key),
            Self::Named(regex) => regex.is_match(key),
        }
    }

    pub(crate) fn is_value(&self, text: &str) -> bool {
        match self {
            Self::Password => PASSWORD_VALUE.is_match(text),
            Self::Named(regex) => regex.is_match(text),
        }
    }
}

/// What is done with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Redaction {
    Remove,
    Replace(Arc<str>),
    Mask,
    Hash,
}

pub(crate) const FILTERED: &str = "[Filtered]";

impl Redaction {
    pub(crate) fn replace(text: &str) -> Self {
        Self::Replace(text.into())
    }

    pub(crate) fn remark(&self) -> RemarkKind {
        match self {
            Self::Remove => RemarkKind::Removed,
            Self::Replace(_) => RemarkKind::Substituted,
            Self::Mask => RemarkKind::Masked,
            Self::Hash => RemarkKind::Pseudonymized,
        }
    }

    pub(crate) fn apply(&self, text: &str) -> String {
        match self {
            Self::Remove => String::new(),
            Self::Replace(replacement) => replacement.as_ref().to_owned(),
            Self::Mask => "*".repeat(text.chars().count()),
            Self::Hash => hash(text),
        }
    }
}

/// HMAC-SHA1 with an empty key, in upper case: equal texts stay equal, in every project alike (`ingest.md` §5.2).
fn hash(text: &str) -> String {
    let inner = Sha1::new().chain_update([0x36; 64]).chain_update(text).finalize();
    let outer = Sha1::new().chain_update([0x5c; 64]).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Rules that are there without being written: `@ip`, `@ip:mask`… What `name` stands for, none if there is no such rule.
pub(crate) fn built_in(name: &str) -> Vec<Rule> {
    let Some((kind, method)) = name
        .strip_prefix('@')
        .map(|name| name.split_once(':').unwrap_or((name, "")))
    else {
        return Vec::new();
    };
    if kind == "common" {
        return match method {
            "" => COMMON.iter().flat_map(|name| built_in(name)).collect(),
            "filter" => COMMON_FILTER.iter().flat_map(|name| built_in(name)).collect(),
            _ => Vec::new(),
        };
    }
    let rule = BUILT_IN.iter().find(|rule| rule.name == kind);
    let rule = rule.and_then(|rule| Some((rule.target(method)?, rule.redaction(method)?)));
    rule.map(|(target, redaction)| Rule {
        id: name.into(),
        target,
        redaction,
    })
    .into_iter()
    .collect()
}

const COMMON: [&str; 7] = [
    "@bearer",
    "@creditcard",
    "@iban",
    "@password",
    "@pemkey",
    "@urlauth",
    "@usssn",
];
const COMMON_FILTER: [&str; 7] = [
    "@bearer:filter",
    "@creditcard:filter",
    "@iban:filter",
    "@password:filter",
    "@pemkey:filter",
    "@urlauth:legacy",
    "@usssn:filter",
];

struct BuiltIn {
    name: &'static str,
    target: fn() -> Target,
    text: &'static str,
    /// What it does when no method is named.
    default: &'static str,
    /// Whether there is `:filter`, and the rule is nothing but that, or both.
    filter: Filter,
}

#[derive(PartialEq, Eq)]
enum Filter {
    No,
    Also,
    Only,
}

impl BuiltIn {
    fn target(&self, method: &str) -> Option<Target> {
        match (self.name, method) {
            ("urlauth", "legacy") => Some(Target::Known(Pattern::UrlPassword)),
            (_, "legacy") => None,
            _ => Some((self.target)()),
        }
    }

    fn redaction(&self, method: &str) -> Option<Redaction> {
        let method = if method.is_empty() { self.default } else { method };
        match method {
            "legacy" => Some(Redaction::replace(FILTERED)),
            "filter" => (self.filter != Filter::No).then(|| Redaction::replace(FILTERED)),
            _ if self.filter == Filter::Only => None,
            "remove" => Some(Redaction::Remove),
            "replace" => Some(Redaction::replace(self.text)),
            // Ever since it came it has been a hash, and stored values are compared with new ones.
            "mask" if self.name == "imei" => Some(Redaction::Hash),
            "mask" => Some(Redaction::Mask),
            "hash" => Some(Redaction::Hash),
            _ => None,
        }
    }
}

const fn known(
    name: &'static str,
    target: fn() -> Target,
    text: &'static str,
    default: &'static str,
    filter: Filter,
) -> BuiltIn {
    BuiltIn {
        name,
        target,
        text,
        default,
        filter,
    }
}

const BUILT_IN: [BuiltIn; 15] = [
    known("anything", || Target::Anything, FILTERED, "replace", Filter::Also),
    known(
        "bearer",
        || Target::Known(Pattern::Bearer),
        "Bearer [token]",
        "replace",
        Filter::Also,
    ),
    known(
        "cookies",
        || Target::Known(Pattern::Cookies),
        FILTERED,
        "",
        Filter::Only,
    ),
    known(
        "creditcard",
        || Target::Known(Pattern::CreditCard),
        "[creditcard]",
        "replace",
        Filter::Also,
    ),
    known(
        "email",
        || Target::Known(Pattern::Email),
        "[email]",
        "replace",
        Filter::No,
    ),
    known(
        "iban",
        || Target::Known(Pattern::Iban),
        "[iban]",
        "replace",
        Filter::Also,
    ),
    known("imei", || Target::Known(Pattern::Imei), "[imei]", "replace", Filter::No),
    known("ip", || Target::Known(Pattern::Ip), "[ip]", "replace", Filter::No),
    known("mac", || Target::Known(Pattern::Mac), "[mac]", "mask", Filter::No),
    known(
        "password",
        || Target::Pair(Pair::Password),
        "[password]",
        "remove",
        Filter::Also,
    ),
    known(
        "pemkey",
        || Target::Known(Pattern::PemKey),
        "[pemkey]",
        "replace",
        Filter::Also,
    ),
    known(
        "urlauth",
        || Target::Known(Pattern::UrlAuth),
        "[auth]",
        "replace",
        Filter::No,
    ),
    known(
        "userpath",
        || Target::Known(Pattern::UserPath),
        "[user]",
        "replace",
        Filter::No,
    ),
    known(
        "usssn",
        || Target::Known(Pattern::UsSsn),
        "[us-ssn]",
        "mask",
        Filter::Also,
    ),
    known("uuid", || Target::Known(Pattern::Uuid), "[uuid]", "mask", Filter::No),
];
