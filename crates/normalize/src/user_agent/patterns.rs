//! The patterns of uap-core (see `data/NOTICE`). There are more than a thousand, and most traffic needs a few dozen of
//! them: a pattern is compiled when a user agent holds a text without which the pattern cannot match.

use std::{
    borrow::Cow,
    sync::{LazyLock, OnceLock},
};

use aho_corasick::AhoCorasick;
use regex::bytes::{Captures, Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

use super::{Device, Product, UserAgent};

const DATA: &str = include_str!("../../data/user_agents.tsv");

/// Bytes that a compiled pattern may take.
const MAX_COMPILED: usize = 1 << 20;

pub(super) fn parse(text: &str) -> UserAgent {
    static BROWSERS: LazyLock<Patterns> = LazyLock::new(|| Patterns::read("browser"));
    static SYSTEMS: LazyLock<Patterns> = LazyLock::new(|| Patterns::read("os"));
    static DEVICES: LazyLock<Patterns> = LazyLock::new(|| Patterns::read("device"));
    UserAgent {
        browser: BROWSERS.find(text).and_then(|found| found.product(3)),
        os: SYSTEMS.find(text).and_then(|found| found.product(3)),
        device: DEVICES.find(text).map(|found| found.device()),
    }
}

/// All patterns of a kind, in the order in which they are tried.
struct Patterns {
    patterns: Vec<Pattern>,
    /// Texts of which a pattern needs one, in lower case.
    needles: AhoCorasick,
    /// The pattern of each needle.
    owners: Vec<usize>,
    /// Patterns that may match without any.
    always: Vec<usize>,
}

struct Pattern {
    source: &'static str,
    any_case: bool,
    /// What replaces the groups, in the order of the groups; empty for none.
    replacements: [&'static str; 4],
    compiled: OnceLock<Option<Regex>>,
}

impl Patterns {
    fn read(kind: &str) -> Self {
        let mut patterns = Vec::new();
        let (mut needles, mut owners, mut always) = (Vec::new(), Vec::new(), Vec::new());
        for line in DATA.lines() {
            let mut fields = line.split('\t');
            if fields.next() != Some(kind) {
                continue;
            }
            let mut field = || fields.next().unwrap_or_default();
            let pattern = Pattern {
                any_case: field() == "i",
                source: field(),
                replacements: [field(), field(), field(), field()],
                compiled: OnceLock::new(),
            };
            match needed(pattern.source) {
                Some(texts) => {
                    owners.extend(texts.iter().map(|_| patterns.len()));
                    needles.extend(texts);
                }
                None => always.push(patterns.len()),
            }
            patterns.push(pattern);
        }
        Self {
            patterns,
            needles: AhoCorasick::new(needles).expect("a few thousand short texts"),
            owners,
            always,
        }
    }

    /// The first pattern that matches.
    fn find<'t>(&'static self, text: &'t str) -> Option<Found<'t>> {
        let lower = text.to_ascii_lowercase();
        let mut candidates = self.always.clone();
        candidates.extend(
            self.needles
                .find_overlapping_iter(&lower)
                .map(|needle| self.owners[needle.pattern().as_usize()]),
        );
        candidates.sort_unstable();
        candidates.dedup();
        candidates.into_iter().find_map(|index| {
            let pattern = &self.patterns[index];
            let captures = pattern.compiled()?.captures(text.as_bytes())?;
            Some(Found { pattern, captures })
        })
    }
}

impl Pattern {
    fn compiled(&self) -> Option<&Regex> {
        let compile = || {
            RegexBuilder::new(self.source)
                .unicode(false)
                .case_insensitive(self.any_case)
                .size_limit(MAX_COMPILED)
                .build()
                .ok()
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

struct Found<'t> {
    pattern: &'static Pattern,
    captures: Captures<'t>,
}

impl Found<'_> {
    fn product(&self, version_parts: usize) -> Option<Product> {
        let family = self.part(0, Some(1))?;
        let version = (1..=version_parts).map_while(|part| self.part(part, Some(part + 1)));
        Some(Product {
            version: version.collect(),
            family,
        })
    }

    fn device(&self) -> Device {
        Device {
            family: self.part(0, Some(1)),
            brand: self.part(1, None),
            model: self.part(2, Some(1)),
        }
    }

    /// What the pattern says, its `$1` filled in, else the group of the match.
    fn part(&self, replacement: usize, group: Option<usize>) -> Option<String> {
        let text = match self.pattern.replacements[replacement] {
            "" => self.group(group?).into_owned(),
            text if text.contains('$') => self.filled(text),
            text => text.to_owned(),
        };
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn group(&self, group: usize) -> Cow<'_, str> {
        self.captures
            .get(group)
            .map_or(Cow::Borrowed(""), |text| String::from_utf8_lossy(text.as_bytes()))
    }

    fn filled(&self, template: &str) -> String {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('$') {
            filled.push_str(before);
            let group = after.chars().next().and_then(|digit| digit.to_digit(10));
            rest = match group {
                Some(group) => {
                    filled.push_str(&self.group(group as usize));
                    &after[1..]
                }
                None => after,
            };
        }
        filled + rest
    }
}

/// Texts (in lower case) of which one is in everything that the pattern matches; `None` when there are no good ones.
fn needed(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern)
        .ok()?;
    needed_by(&hir)
}

/// Shorter ones are in nearly every user agent.
const MIN_NEEDLE: usize = 3;
const MAX_NEEDLES: usize = 60;
/// What browsers say of themselves whatever they are and run on.
const COMMON: [&str; 10] = [
    "android",
    "applewebkit",
    " build/",
    "chrome",
    "linux",
    "mobile",
    "mozilla",
    "safari",
    "version",
    "windows",
];

fn needed_by(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(capture) => needed_by(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needed_by(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(needed_by(branch)?);
            }
            (all.len() <= MAX_NEEDLES).then_some(all)
        }
        HirKind::Concat(parts) => {
            let mut sets: Vec<Vec<String>> = parts.iter().filter_map(needed_by_group).collect();
            let mut literal = String::new();
            for part in parts {
                match letter(part) {
                    Some(text) => literal.push_str(&text),
                    None => sets.push(vec![std::mem::take(&mut literal)]),
                }
            }
            sets.push(vec![literal]);
            sets.retain(|set| set.iter().all(|text| text.len() >= MIN_NEEDLE));
            // The rarer, the longer and the fewer, the fewer false hopes.
            sets.into_iter().max_by_key(|set| {
                let is_common = |text: &String| {
                    COMMON
                        .iter()
                        .any(|common| text.contains(common) || common.contains(text))
                };
                let shortest = set.iter().map(String::len).min().unwrap_or_default();
                (!set.iter().any(is_common), shortest.min(8), usize::MAX - set.len())
            })
        }
        _ => letter(hir)
            .filter(|text| text.len() >= MIN_NEEDLE)
            .map(|text| vec![text]),
    }
}

/// Of the parts of a sequence those that are more than letters.
fn needed_by_group(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(_) | HirKind::Repetition(_) | HirKind::Alternation(_) | HirKind::Concat(_) => needed_by(hir),
        _ => None,
    }
}

/// A text that is matched as it stands, or a letter in either case.
fn letter(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            Some(text.to_ascii_lowercase())
        }
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => {
            let mut letters = class.iter().flat_map(|range| range.start()..=range.end());
            let first = letters.next()?.to_ascii_lowercase();
            let same =
                letters.next().is_none_or(|second| second.to_ascii_lowercase() == first) && letters.next().is_none();
            (same && first.is_ascii()).then(|| char::from(first).to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_most_wait() {
        for (kind, least) in [("browser", 300), ("os", 150), ("device", 500)] {
            let patterns = Patterns::read(kind);
            assert!(patterns.patterns.len() >= least, "{kind}");
            for pattern in &patterns.patterns {
                assert!(pattern.compiled().is_some(), "{}", pattern.source);
            }
            let always = patterns.always.len();
            assert!(
                always * 10 < patterns.patterns.len(),
                "{kind}: {always} are always tried"
            );
        }
    }

    #[test]
    fn texts_that_a_pattern_needs() {
        let check = |pattern: &str, expected: Option<&[&str]>| {
            let needed = needed(pattern);
            let needed = needed
                .as_ref()
                .map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(needed.as_deref(), expected, "{pattern}");
        };
        check(r"(Chrome)/(\d+)", Some(&["chrome"]));
        check(r"(Firefox|Fennec)/(\d+)", Some(&["firefox", "fennec"]));
        check(r"[Ff]irefox (\d+)", Some(&["firefox "]));
        check(r"(?:abcdef)?x(\d+)", None);
        check(r"(\d+)", None);
        check(r"; *(?:ABC|de)x", None);
    }
}
