//! How long a text may be, and how large and deep a value (`ingest.md` §3.1, truncation classes). Every cut goes through
//! here and leaves a remark.

use protocol::event::{
    Meta,
    meta::{Remark, RemarkKind},
};

use crate::notes::Place;

/// A length in characters, and how much longer a text may be before cutting it is worth the loss.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    length: usize,
    slack: usize,
}

pub(crate) const fn limit(length: usize, slack: usize) -> Limit {
    Limit { length, slack }
}

pub(crate) const HASH: Limit = limit(128, 0);
pub(crate) const ENUM: Limit = limit(128, 0);
pub(crate) const SUMMARY: Limit = limit(1024, 100);
pub(crate) const MESSAGE: Limit = limit(8192, 200);
pub(crate) const SYMBOL: Limit = limit(256, 20);
pub(crate) const PATH: Limit = limit(256, 40);
pub(crate) const SHORT_PATH: Limit = limit(128, 20);
pub(crate) const TAG_KEY: Limit = limit(200, 0);
pub(crate) const TAG_VALUE: Limit = limit(200, 0);
pub(crate) const CULPRIT: Limit = limit(200, 0);
pub(crate) const NAME: Limit = limit(128, 0);
pub(crate) const LOGGER: Limit = limit(64, 0);
pub(crate) const EMAIL: Limit = limit(75, 0);
pub(crate) const TITLE: Limit = limit(256, 0);

/// How large a value may be whose form the SDK's user chooses (as JSON, in bytes), and how many levels of members it may
/// have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bag {
    pub(crate) size: usize,
    pub(crate) depth: usize,
}

const fn bag(size: usize, depth: usize) -> Bag {
    Bag { size, depth }
}

pub(crate) const SMALL: Bag = bag(1 << 10, 3);
pub(crate) const MEDIUM: Bag = bag(2 << 10, 4);
pub(crate) const LARGE: Bag = bag(8 << 10, 5);
pub(crate) const LARGER: Bag = bag(16 << 10, 7);
pub(crate) const MASSIVE: Bag = bag(256 << 10, 7);

/// The rule of which remarks on cuts speak.
const RULE: &str = "!limit";
const DOTS: &str = "...";

pub(crate) fn is_longer(text: &str, characters: usize) -> bool {
    // Bytes are at least as many as characters: most texts need no counting.
    text.len() > characters && text.chars().nth(characters).is_some()
}

/// Where a text is to be cut, in bytes; `None` when it is short enough.
fn end(text: &str, limit: Limit) -> Option<usize> {
    if !is_longer(text, limit.length + limit.slack) {
        return None;
    }
    let kept = limit.length.saturating_sub(DOTS.len());
    text.char_indices().nth(kept).map(|(end, _)| end)
}

/// Cuts what is too long, with dots for what is missing, and says so.
pub(crate) fn trim(text: &mut String, limit: Limit, place: &Place<'_>, meta: &mut Meta) {
    let Some(mut end) = end(text, limit) else { return };
    let path = place.path();
    let remarks = meta.remarks(path.iter().copied());
    // What another rule put into the text stands whole or not at all.
    let ranges = remarks.iter().filter_map(|remark| remark.range);
    for (start, stop) in ranges {
        if start < end && end < stop && text.is_char_boundary(start) {
            end = start;
        }
    }
    let length = text.chars().count();
    text.truncate(end);
    text.push_str(DOTS);
    let cut = Remark::new(RULE, RemarkKind::Substituted).between(end, text.len());
    meta.at(path).cut(end).remark(cut).original_length(length);
}

pub(crate) fn trim_field(text: &mut Option<String>, limit: Limit, place: &Place<'_>, meta: &mut Meta) {
    if let Some(text) = text {
        trim(text, limit, place, meta);
    }
}

/// Cuts what is made here of several texts.
pub(crate) fn cut(text: &mut String, limit: Limit) {
    if let Some(end) = end(text, limit) {
        text.truncate(end);
        text.push_str(DOTS);
    }
}

pub(crate) fn cut_to(text: &str, limit: Limit) -> String {
    // A prefix in which the cut is decided and made: texts can be a megabyte.
    let end = text
        .char_indices()
        .nth(limit.length + limit.slack + 1)
        .map_or(text.len(), |(end, _)| end);
    let mut short = text[..end].to_owned();
    cut(&mut short, limit);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_only_beyond_the_slack() {
        let check = |length: usize, expected: usize| {
            let mut text = "é".repeat(length);
            assert_eq!(cut_to(&text, SYMBOL).chars().count(), expected, "{length}");
            cut(&mut text, SYMBOL);
            assert_eq!(text.chars().count(), expected, "{length}");
            assert_eq!(text.ends_with("..."), length != expected);
        };
        check(0, 0);
        check(256, 256);
        check(276, 276);
        check(277, 256);
        check(5000, 256);
    }

    #[test]
    fn a_cut_is_noted() {
        let mut meta = Meta::default();
        let place = Place::root("a");
        let mut text = "This is my long string I want to have trimmed!".to_owned();
        trim(&mut text, limit(20, 0), &place, &mut meta);
        assert_eq!(text, "This is my long s...");
        let remark = Remark::new("!limit", RemarkKind::Substituted).between(17, 20);
        assert_eq!(meta.remarks(["a"]), [remark]);
        assert_eq!(meta.get(["a"]).unwrap()["len"], 46);
    }

    #[test]
    fn what_was_scrubbed_stays_whole() {
        let check = |ranges: &[(usize, usize)], expected: &str, kept: &[(usize, usize)]| {
            let mut meta = Meta::default();
            for (start, stop) in ranges {
                meta.at(["a"])
                    .remark(Remark::new("@x:filter", RemarkKind::Substituted).between(*start, *stop));
            }
            let mut text = "0123[Filtered]efghijklmnop".to_owned();
            trim(&mut text, limit(16, 0), &Place::root("a"), &mut meta);
            assert_eq!(text, expected);
            let remarks = meta.remarks(["a"]);
            let ranges: Vec<_> = remarks.iter().filter_map(|remark| remark.range).collect();
            assert_eq!(ranges, kept);
        };
        check(&[], "0123[Filtered...", &[(13, 16)]);
        check(&[(4, 14)], "0123...", &[(4, 7)]);
        check(&[(0, 3)], "0123[Filtered...", &[(0, 3), (13, 16)]);
        check(&[(20, 24)], "0123[Filtered...", &[(13, 16)]);
    }
}
