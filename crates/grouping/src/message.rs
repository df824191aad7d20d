//! What of a message stays the same from event to event: parameters are replaced by their kind (`ingest.md` §6.6).

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Longer texts are grouped as they are: they hardly ever come from a template.
const MAX_BYTES: usize = 8192;

/// The first two lines that are not blank, with their parameters replaced.
pub(crate) fn normalize(text: &str) -> String {
    parameterize(&first_lines(text))
}

/// `...` at the end says that there was more.
fn first_lines(text: &str) -> String {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let kept: Vec<&str> = lines.by_ref().take(2).collect();
    let joined = kept.join("\n");
    let trimmed = joined.trim();
    if trimmed == text.trim() {
        trimmed.to_owned()
    } else {
        format!("{trimmed}...")
    }
}

/// Kinds in order: the first that fits at a position wins. Each is one group of [`PATTERN`].
const KINDS: [(&str, &str); 17] = [
    (
        "email",
        r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    ),
    ("url", r"\b(?:wss?|https?|ftp)://[^ \t\r\n]+"),
    (
        "hostname",
        r"\b(?:[a-z0-9-]{1,63}\.)+(?:aero|app|at|au|be|biz|br|ca|ch|cloud|cn|co|com|cz|de|dev|dk|edu|es|eu|fi|fr|gov|hu|ie|il|info|int|internal|io|it|jp|kr|local|mil|museum|mx|name|net|nl|no|nz|online|org|pl|pro|pt|ro|ru|se|shop|site|sk|store|tech|test|tr|tv|tw|ua|uk|us|xyz|za)\b",
    ),
    (
        "ip",
        r"\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\b|\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b|\b(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}\b",
    ),
    (
        "traceparent",
        r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\b|\b1-[0-9a-f]{8}-[0-9a-f]{24}\b",
    ),
    (
        "uuid",
        r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
    ),
    ("sha1", r"\b[0-9a-fA-F]{40}\b"),
    ("md5", r"\b[0-9a-fA-F]{32}\b"),
    ("date", DATE),
    ("duration", r"\b[0-9]+(?:\.[0-9]+)?(?:ms|s)\b"),
    ("swift_txn_id", r"\btx[0-9a-f]{21}-[0-9a-f]{10}[A-Za-z0-9_-]*\b"),
    (
        "hex",
        r"\b0[xX][0-9a-fA-F]+\b|-?\b[0-9a-f]{8,128}\b|-?\b[0-9A-F]{8,128}\b|-?\b(?:[a-f]{1,5}[0-9][0-9a-f]{0,4}|[0-9]{1,5}[a-f][0-9a-f]{0,4})\b|-?\b(?:[A-F]{1,5}[0-9][0-9A-F]{0,4}|[0-9]{1,5}[A-F][0-9A-F]{0,4})\b",
    ),
    (
        "git_sha",
        r"\b(?:[a-f]{1,6}[0-9][0-9a-f]{0,5}|[0-9]{1,6}[a-f][0-9a-f]{0,5})\b",
    ),
    ("float", r"-?\b[0-9]+\.[0-9]+\b"),
    ("int", r"-?\b[0-9]{1,7}\b"),
    ("quoted_str", r#"='[^'\n]*'|="[^"\n]*""#),
    ("bool", r"=(?:[Tt]rue|[Ff]alse)\b"),
];

const DATE: &str = concat!(
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [0-9]{1,2}[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[ -][0-9]{2,4} [0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?: (?:GMT|UTC|[A-Z]{3}|[+-][0-9]{4}))?",
    r"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]* (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* [0-9]{1,2},? (?:[0-9]{4} )?[0-9]{2}:[0-9]{2}:[0-9]{2}(?: GMT[+-][0-9]{4}(?: \([^)]*\))?)?(?: [0-9]{4})?",
    r"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]* (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* [0-9]{1,2}, [0-9]{4}\b",
    r"|\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:Z\b|[+-][0-9]{2}:?[0-9]{2}\b)?)?",
    r"|\b[0-9]{8}T[0-9]{6}Z?\b",
    r"|\b[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}\b",
    r"|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp][Mm])?\b",
    r"|datetime\.datetime\([^)]*\)",
);

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    // Word boundaries of ASCII: this build of the engine has no Unicode tables, and needs none here.
    let groups: Vec<String> = KINDS
        .iter()
        .map(|(kind, pattern)| format!("(?P<{kind}>{})", pattern.replace(r"\b", r"(?-u:\b)")))
        .collect();
    Regex::new(&groups.join("|")).expect("the patterns are constants and tested")
});

/// Replaces parameters by `<kind>`.
pub(crate) fn parameterize(text: &str) -> String {
    if text.len() > MAX_BYTES {
        return text.to_owned();
    }
    PATTERN
        .replace_all(text, |found: &Captures<'_>| {
            let kind = KINDS
                .iter()
                .map(|(kind, _)| *kind)
                .find(|kind| found.name(kind).is_some());
            replacement(
                kind.unwrap_or_default(),
                found.get_match().as_str(),
                text,
                found.get_match().start(),
            )
        })
        .into_owned()
}

fn replacement(kind: &str, found: &str, text: &str, start: usize) -> String {
    match kind {
        // Shorter mixtures of letters and digits are names (`v1`, `b2`), one of seven lower-case ones is a commit.
        "hex" if !found.starts_with(['0', '-']) && found.len() < 4 => found.to_owned(),
        "hex" if found.len() == 7 && found.bytes().all(|byte| !byte.is_ascii_uppercase()) => "<git_sha>".to_owned(),
        // The sign of equality is no part of the value.
        "quoted_str" | "bool" => format!("=<{kind}>"),
        // `a-12` is a name with a number, `x = -12` a negative number.
        "int" | "float" | "hex" if found.starts_with('-') && joins_words(text, start) => format!("-<{kind}>"),
        _ => format!("<{kind}>"),
    }
}

fn joins_words(text: &str, at: usize) -> bool {
    text[..at]
        .chars()
        .next_back()
        .is_some_and(|before| before.is_alphanumeric() || before == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_their_kind() {
        let check = |text: &str, expected: &str| assert_eq!(normalize(text), expected, "{text}");
        check(
            "user 42 not found at 10.0.0.1, id='a'",
            "user <int> not found at <ip>, id=<quoted_str>",
        );
        check("card 42 declined", "card <int> declined");
        check("mail to a.b+c@example.co.uk failed", "mail to <email> failed");
        check("GET https://x.example/a?b=1 refused", "GET <url> refused");
        check("no route to api.internal.example.com", "no route to <hostname>");
        check("peer 2001:db8:85a3::8a2e:370:7334 left", "peer <ip> left");
        check("id 123e4567-e89b-12d3-a456-426614174000", "id <uuid>");
        check("sum d41d8cd98f00b204e9800998ecf8427e", "sum <md5>");
        check("rev da39a3ee5e6b4b0d3255bfef95601890afd80709", "rev <sha1>");
        check("at 2026-11-01T10:20:30.123Z exactly", "at <date> exactly");
        check("took 12ms or 1.5s", "took <duration> or <duration>");
        check("0xDEADbeef and 12345678 and a1b2", "<hex> and <hex> and <hex>");
        check("commit a1b2c3d or ab1c2d3", "commit <git_sha> or <git_sha>");
        check("b2 and v1 and 0xf", "b2 and v1 and <hex>");
        check("1.5 of -3", "<float> of <int>");
        check("row-17", "row-<int>");
        check("ok=true, name=\"x y\"", "ok=<bool>, name=<quoted_str>");
        check("Größe 5 überschritten", "Größe <int> überschritten");
    }

    #[test]
    fn two_lines_are_kept() {
        assert_eq!(normalize("\n a\n\nb\nc"), "a\nb...");
        assert_eq!(normalize("a\nb"), "a\nb");
        assert_eq!(normalize(""), "");
    }

    #[test]
    fn long_texts_stay() {
        let text = "1 ".repeat(MAX_BYTES);
        assert!(normalize(text.trim()).starts_with("1 1"));
    }
}
