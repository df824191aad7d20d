//! Bytes: attachments and memory of crashed processes. What is found is covered with asterisks, so that every byte stays
//! where it is.

use std::ops::Range;

use protocol::event::walk::{Fate, Found, Kind, Pii, Place, Visitor};

use crate::{
    Scrubber, minidump,
    pattern::find_ip,
    rule::{Pair, Rule, Target},
};

const COVER: u8 = b'*';

/// Characters that a text in UTF-16 must have in a row to be looked at as one.
const SHORTEST_WIDE_TEXT: usize = 4;

impl Scrubber {
    /// The name of an attachment, after its content: rules name the attachment by it.
    pub fn attachment_name(&self, name: &mut String) {
        let mut ignored = protocol::event::Meta::default();
        let root = Place::root(Kind::ATTACHMENTS, Pii::True);
        let place = root.child("filename", Kind::STRING);
        if self.visitor(&mut ignored).visit(&place, Found::Text(name)) == Fate::Remove {
            name.clear();
        }
    }

    /// The content of an attachment: texts in UTF-8 and, as Windows has them, in UTF-16.
    pub fn attachment(&self, name: &str, content: &mut [u8]) {
        let root = Place::root(Kind::ATTACHMENTS, Pii::True);
        let place = root.child(name, Kind::BINARY);
        for rule in self.rules_for(&place) {
            cover(rule, content);
        }
    }

    /// Memory in a minidump, and what the system told of the process. Nothing is touched but for rules that name
    /// `$minidump`, `$heap_memory` or `$stack_memory`: what is cut there is lost to whoever looks for the cause.
    pub fn minidump(&self, name: &str, content: &mut [u8]) {
        let asked = Kind::MINIDUMP.or(Kind::HEAP_MEMORY).or(Kind::STACK_MEMORY);
        let rules: Vec<_> = self.mentioning(asked).collect();
        if rules.is_empty() {
            return;
        }
        let root = Place::root(Kind::ATTACHMENTS, Pii::True);
        let file = root.child(name, Kind::BINARY.or(Kind::MINIDUMP));
        for region in minidump::regions(content) {
            let (name, kind) = match region.kind {
                minidump::RegionKind::Stack => ("stack_memory", Kind::STACK_MEMORY),
                minidump::RegionKind::Heap => ("heap_memory", Kind::HEAP_MEMORY),
                minidump::RegionKind::Process => ("process", Kind::NONE),
            };
            let place = file.child(name, Kind::BINARY.or(kind));
            let Some(bytes) = content.get_mut(region.range) else {
                continue;
            };
            for (selector, rules) in &rules {
                if selector.matches(&place) || selector.matches(&file) {
                    rules.iter().for_each(|rule| cover(rule, bytes));
                }
            }
        }
    }
}

fn cover(rule: &Rule, bytes: &mut [u8]) {
    if matches!(rule.target, Target::Anything) {
        bytes.fill(COVER);
        return;
    }
    for range in found(rule, bytes) {
        bytes[range].fill(COVER);
    }
    for range in wide_texts(bytes) {
        let narrow: Vec<u8> = bytes[range.clone()].iter().step_by(2).copied().collect();
        for found in found(rule, &narrow) {
            for at in found {
                bytes[range.start + 2 * at] = COVER;
            }
        }
    }
}

fn found(rule: &Rule, bytes: &[u8]) -> Vec<Range<usize>> {
    match &rule.target {
        Target::Anything => Vec::new(),
        Target::Known(pattern) => match pattern.bytes_regex() {
            Some(regex) => groups(regex, pattern.groups(), bytes),
            None => addresses(bytes),
        },
        Target::Custom(custom) => custom
            .bytes_regex()
            .map_or_else(Vec::new, |regex| groups(regex, &custom.groups, bytes)),
        Target::Pair(pair) => lines_with(pair, bytes),
    }
}

fn groups(regex: &regex::bytes::Regex, wanted: &[usize], bytes: &[u8]) -> Vec<Range<usize>> {
    if wanted == [0] {
        return regex.find_iter(bytes).map(|found| found.range()).collect();
    }
    let matches = regex.captures_iter(bytes);
    matches
        .flat_map(|captures| {
            let ranges = wanted.iter().filter_map(|group| Some(captures.get(*group)?.range()));
            ranges.collect::<Vec<_>>()
        })
        .collect()
}

fn addresses(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(|| {
        let range = find_ip(bytes, at)?;
        at = range.end;
        Some(range)
    })
    .collect()
}

/// Lines that name what lets somebody in: a file has no names and values, but it has lines.
fn lines_with(pair: &Pair, bytes: &[u8]) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut ranges = Vec::new();
    for line in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
        let end = at + line.len();
        let text = line
            .strip_suffix(b"\n")
            .or(line.strip_suffix(b"\r"))
            .or(line.strip_suffix(b"\0"));
        let text = text.unwrap_or(line);
        if pair.is_value(&String::from_utf8_lossy(text)) {
            ranges.push(at..at + text.len());
        }
        at = end;
    }
    ranges
}

/// Where characters of ASCII alternate with zeros.
fn wide_texts(bytes: &[u8]) -> Vec<Range<usize>> {
    let is_wide = |at: usize| matches!(bytes.get(at..at + 2), Some([b' '..=b'~' | b'\t' | b'\r' | b'\n', 0]));
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while is_wide(at) {
            at += 2;
        }
        if at - start >= 2 * SHORTEST_WIDE_TEXT {
            ranges.push(start..at);
        }
        at += 1;
    }
    ranges
}
