//! Texts with parts that were put in place of something: rules go over what is left, and remarks follow their parts.

use std::ops::Range;

use protocol::event::meta::{Remark, RemarkKind};

use crate::{
    pattern::{Characters, Pattern, find_ip},
    rule::{Pair, Redaction, Rule, Target},
};

/// Stands for a part that was replaced while the rest is searched. It cannot be told from a real U+0000 by looking,
/// so places are counted.
const PLACEHOLDER: char = '\0';

/// A text that is being worked on.
#[derive(Debug)]
pub(crate) struct Parts {
    /// What is left to be searched, with a placeholder for each part that was replaced.
    searched: String,
    /// In the order of their places.
    replaced: Vec<Replaced>,
}

#[derive(Debug, Clone)]
struct Replaced {
    /// Where the placeholder is.
    at: usize,
    text: String,
    rule: String,
    kind: RemarkKind,
}

impl Parts {
    /// `remarks`: what is known to be replaced already.
    pub(crate) fn new<'r>(text: &str, remarks: impl IntoIterator<Item = Remark<'r>>) -> Self {
        let mut remarks: Vec<_> = remarks
            .into_iter()
            .filter_map(|remark| Some((remark.range?, remark)))
            .collect();
        remarks.sort_by_key(|(range, _)| *range);
        let mut parts = Self {
            searched: String::with_capacity(text.len()),
            replaced: Vec::with_capacity(remarks.len()),
        };
        let mut copied = 0;
        for ((start, end), remark) in remarks {
            // SDKs may say anything of a text; what does not fit it is not believed.
            let (Some(before), Some(part)) = (text.get(copied..start), text.get(start..end)) else {
                continue;
            };
            parts.searched.push_str(before);
            parts.push_replaced(part.to_owned(), remark.rule, remark.kind);
            copied = end;
        }
        parts.searched.push_str(&text[copied..]);
        parts
    }

    fn push_replaced(&mut self, text: String, rule: &str, kind: RemarkKind) {
        self.replaced.push(Replaced {
            at: self.searched.len(),
            text,
            rule: rule.to_owned(),
            kind,
        });
        self.searched.push(PLACEHOLDER);
    }

    /// Whether the rule changed something.
    pub(crate) fn apply(&mut self, rule: &Rule) -> bool {
        let ranges = found(rule, &self.searched);
        self.replace(&ranges, rule)
    }

    /// Puts one thing in the place of all.
    pub(crate) fn replace_all(&mut self, rule: &Rule) -> bool {
        let everything = 0..self.searched.len();
        self.replace(std::slice::from_ref(&everything), rule)
    }

    fn replace(&mut self, ranges: &[Range<usize>], rule: &Rule) -> bool {
        let mut next = Self {
            searched: String::with_capacity(self.searched.len()),
            replaced: Vec::with_capacity(self.replaced.len() + ranges.len()),
        };
        let mut copied = 0;
        let mut changed = false;
        for range in ranges {
            if range.start < copied || self.is_replaced(range) || self.is_result(range, &rule.redaction) {
                continue;
            }
            self.copy(copied..range.start, &mut next);
            let replacement = match &rule.redaction {
                Redaction::Remove | Redaction::Replace(_) => rule.redaction.apply(""),
                Redaction::Mask | Redaction::Hash => rule.redaction.apply(&self.text_of(range.clone())),
            };
            next.push_replaced(replacement, &rule.id, rule.redaction.remark());
            copied = range.end;
            changed = true;
        }
        if changed {
            self.copy(copied..self.searched.len(), &mut next);
            *self = next;
        }
        changed
    }

    /// Nothing in the range is left of the text as it was sent.
    fn is_replaced(&self, range: &Range<usize>) -> bool {
        !range.is_empty() && self.within(range).len() == range.len()
    }

    /// SDKs scrub as well, and it was they who wrote it.
    fn is_result(&self, range: &Range<usize>, redaction: &Redaction) -> bool {
        matches!(redaction, Redaction::Replace(text) if self.searched[range.clone()] == **text)
    }

    fn within(&self, range: &Range<usize>) -> &[Replaced] {
        let start = self.replaced.partition_point(|part| part.at < range.start);
        let end = self.replaced.partition_point(|part| part.at < range.end);
        &self.replaced[start..end]
    }

    fn copy(&self, range: Range<usize>, next: &mut Self) {
        let shift = next.searched.len();
        for part in self.within(&range) {
            next.replaced.push(Replaced {
                at: part.at - range.start + shift,
                ..part.clone()
            });
        }
        next.searched.push_str(&self.searched[range]);
    }

    fn text_of(&self, range: Range<usize>) -> String {
        let mut text = String::new();
        let mut copied = range.start;
        for part in self.within(&range) {
            text.push_str(&self.searched[copied..part.at]);
            text.push_str(&part.text);
            copied = part.at + PLACEHOLDER.len_utf8();
        }
        text.push_str(&self.searched[copied..range.end]);
        text
    }

    /// The text as it is now, and what is to be said of it.
    pub(crate) fn finish(&self) -> (String, Vec<Remark<'_>>) {
        let mut text = String::new();
        let mut remarks = Vec::with_capacity(self.replaced.len());
        let mut copied = 0;
        for part in &self.replaced {
            text.push_str(&self.searched[copied..part.at]);
            let start = text.len();
            text.push_str(&part.text);
            remarks.push(Remark::new(&part.rule, part.kind).between(start, text.len()));
            copied = part.at + PLACEHOLDER.len_utf8();
        }
        text.push_str(&self.searched[copied..]);
        (text, remarks)
    }
}

/// Whether a rule has anything to do in a text: cheaper than doing it.
pub(crate) fn concerns(rule: &Rule, text: &str, characters: &Characters) -> bool {
    match &rule.target {
        Target::Anything => !text.is_empty(),
        Target::Known(Pattern::Ip) => Pattern::Ip.is_possible(characters) && find_ip(text.as_bytes(), 0).is_some(),
        Target::Known(pattern) => {
            pattern.is_possible(characters) && pattern.regex().is_some_and(|regex| regex.is_match(text))
        }
        Target::Custom(custom) => custom.regex.is_match(text),
        Target::Pair(Pair::Password) if !characters.may_name_password() => false,
        Target::Pair(pair) => pair.is_value(text),
    }
}

/// More of one rule in one text is not told apart: what is behind becomes one part with the last.
const MAX_MATCHES: usize = 10_000;

/// Where a rule finds what it looks for, in order.
fn found(rule: &Rule, text: &str) -> Vec<Range<usize>> {
    let mut ranges = match &rule.target {
        Target::Anything => lines(text),
        Target::Known(Pattern::Ip) => {
            let mut at = 0;
            std::iter::from_fn(|| {
                let range = find_ip(text.as_bytes(), at)?;
                at = range.end;
                Some(range)
            })
            .take(MAX_MATCHES + 1)
            .collect()
        }
        Target::Known(pattern) => pattern
            .regex()
            .map_or_else(Vec::new, |regex| groups(regex, pattern.groups(), text)),
        Target::Custom(custom) => groups(&custom.regex, &custom.groups, text),
        Target::Pair(pair) => pair.is_value(text).then_some(0..text.len()).into_iter().collect(),
    };
    if ranges.len() > MAX_MATCHES {
        ranges.truncate(MAX_MATCHES);
        if let Some(last) = ranges.last_mut() {
            last.end = text.len();
        }
    }
    ranges
}

/// Each line is replaced for itself, as every text has been so far.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut ranges = Vec::new();
    for line in text.split('\n').take(MAX_MATCHES + 1) {
        ranges.push(at..at + line.len());
        at += line.len() + 1;
    }
    ranges
}

fn groups(regex: &regex::Regex, wanted: &[usize], text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    if wanted == [0] {
        ranges.extend(regex.find_iter(text).take(MAX_MATCHES + 1).map(|found| found.range()));
    } else {
        for captures in regex.captures_iter(text).take(MAX_MATCHES + 1) {
            ranges.extend(wanted.iter().filter_map(|group| Some(captures.get(*group)?.range())));
        }
    }
    ranges
}
