//! The texts at the top level: release, environment, dist, logger, transaction.

use protocol::event::{
    Event, FieldError,
    meta::{Remark, RemarkKind},
};

use crate::{
    limits::is_longer,
    notes::{Notes, Place, notes},
};

const MAX_LOGGER: usize = 64;

/// Why a text cannot stay.
enum Refusal {
    /// The value tells.
    Plain(&'static str),
    Invalid(String),
}

fn invalid_character(character: char) -> Refusal {
    Refusal::Invalid(format!("invalid character {character:?}"))
}

const EMPTY: &str = "expected a non-empty string";

pub(crate) fn normalize(event: &mut Event) {
    apply(&mut notes!(event), "environment", &mut event.environment, environment);
    promote_environment(event);
    let notes = &mut notes!(event);
    apply(notes, "environment", &mut event.environment, environment);
    apply(notes, "release", &mut event.release, release);
    apply(notes, "dist", &mut event.dist, dist);
    logger(notes, &mut event.logger);
    for text in [&mut event.transaction, &mut event.culprit].into_iter().flatten() {
        let trimmed = text.trim();
        if trimmed.len() != text.len() {
            *text = trimmed.to_owned();
        }
    }
}

/// Old clients send the environment as a tag; the first such tag counts.
fn promote_environment(event: &mut Event) {
    if event.environment.is_none()
        && let Some(value) = event.tag("environment")
    {
        event.environment = Some(value.to_owned());
    }
}

fn apply(notes: &mut Notes<'_>, name: &str, field: &mut Option<String>, rule: fn(&str) -> Result<(), Refusal>) {
    let Some(text) = field.take() else { return };
    let trimmed = text.trim();
    let place = Place::root(name);
    match rule(trimmed) {
        Ok(()) => {
            let kept = if trimmed.len() == text.len() {
                text
            } else {
                trimmed.to_owned()
            };
            *field = Some(kept);
        }
        Err(Refusal::Plain(kind)) => notes.refused(&place, text, kind),
        Err(Refusal::Invalid(reason)) => notes.invalid(&place, text, &reason),
    }
}

fn release(text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::Invalid(EMPTY.to_owned()));
    }
    let bad = |character: char| matches!(character, '\n' | '\r' | '\t' | '\x0c' | '\x0b' | '/' | '\\');
    if matches!(text, "." | "..") || text.eq_ignore_ascii_case("latest") || is_longer(text, 200) || text.contains(bad) {
        return Err(Refusal::Plain(FieldError::INVALID_DATA));
    }
    Ok(())
}

fn dist(text: &str) -> Result<(), Refusal> {
    if is_longer(text, 64) {
        return Err(Refusal::Plain(FieldError::VALUE_TOO_LONG));
    }
    if text.is_empty() {
        return Err(Refusal::Invalid(EMPTY.to_owned()));
    }
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-');
    match text.chars().find(|character| !allowed(*character)) {
        Some(character) => Err(invalid_character(character)),
        None => Ok(()),
    }
}

fn environment(text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::Invalid(EMPTY.to_owned()));
    }
    let bad = |character: char| matches!(character, '/' | '\r' | '\n' | '\x0c');
    if text.eq_ignore_ascii_case("none") || is_longer(text, 64) || text.contains(bad) {
        return Err(Refusal::Plain(FieldError::INVALID_DATA));
    }
    Ok(())
}

/// The end of a logger's name says most: what is too long loses words at its beginning.
fn logger(notes: &mut Notes<'_>, field: &mut Option<String>) {
    let text = field.get_or_insert_default();
    if let Some(bad) = text.chars().find(|character| matches!(character, '\r' | '\n')) {
        let text = std::mem::take(text);
        notes.invalid(&Place::root("logger"), text, &format!("invalid character {bad:?}"));
        return;
    }
    if !is_longer(text, MAX_LOGGER) {
        return;
    }
    let length = text.chars().count();
    let start = text
        .char_indices()
        .nth(length - (MAX_LOGGER - 1))
        .map_or(0, |(start, _)| start);
    let separator = |character: char| matches!(character, '.' | ' ' | '/' | ':');
    // One word alone is too long: trimming cuts it as it cuts every text.
    let Some(word) = text[start..].find(separator) else {
        return;
    };
    *text = format!("*{}", &text[start + word..]);
    notes
        .at(&Place::root("logger"))
        .remark(Remark::new("@logger:replace", RemarkKind::Substituted).between(0, 1))
        .original_length(length);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::read;

    /// The field afterwards, and whether an error was noted.
    #[track_caller]
    fn check(field: &str, input: &str, expected: Option<&str>, errors: usize) {
        let mut event = read(json!({field: input}));
        super::normalize(&mut event);
        let stored: Value = serde_json::from_str(&event.to_json()).unwrap();
        assert_eq!(stored.get(field).and_then(Value::as_str), expected, "{field} {input:?}");
        assert_eq!(event.errors.len(), errors, "{field} {input:?}");
    }

    #[test]
    fn releases() {
        check("release", " shop@1.4.2 (a) ", Some("shop@1.4.2 (a)"), 0);
        for bad in [
            "",
            ".",
            "..",
            "Latest",
            &"x".repeat(201),
            "a/b",
            "a\\b",
            "a\nb",
            "a\tb",
            "a\u{b}b",
        ] {
            check("release", bad, None, 1);
        }
        check("release", &"é".repeat(200), Some(&"é".repeat(200)), 0);
        let mut event = read(json!({"release": "latest"}));
        super::normalize(&mut event);
        let expected = json!({"err": ["invalid_data"], "val": "latest"});
        assert_eq!(Value::Object(event.meta.get(["release"]).unwrap().clone()), expected);
    }

    #[test]
    fn dists() {
        check("dist", " build_1.2-3 ", Some("build_1.2-3"), 0);
        for bad in ["", "a b", "é", &"x".repeat(65)] {
            check("dist", bad, None, 1);
        }
        let mut event = read(json!({"dist": "x".repeat(65)}));
        super::normalize(&mut event);
        assert_eq!(event.errors[0].kind.as_deref(), Some("value_too_long"));
    }

    #[test]
    fn environments() {
        check("environment", " prod eu ", Some("prod eu"), 0);
        for bad in ["", " ", "a/b", "a\nb", "none", "None", &"x".repeat(65)] {
            check("environment", bad, None, 1);
        }
        let mut event = read(json!({"tags": [["environment", "staging"], ["environment", "x"]]}));
        super::normalize(&mut event);
        assert_eq!(event.environment.as_deref(), Some("staging"));
        let mut event = read(json!({"environment": "", "tags": {"environment": "staging"}}));
        super::normalize(&mut event);
        assert_eq!((event.environment.as_deref(), event.errors.len()), (Some("staging"), 1));
    }

    #[test]
    fn loggers() {
        check("logger", "my.pkg", Some("my.pkg"), 0);
        check("logger", "", Some(""), 0);
        check("logger", "a\nb", Some(""), 1);
        check("logger", &"x".repeat(64), Some(&"x".repeat(64)), 0);
        let long = format!("{}.{}", "some.package".repeat(8), "service.Mailer");
        check(
            "logger",
            &long,
            Some("*.packagesome.packagesome.packagesome.package.service.Mailer"),
            0,
        );
        let mut event = read(json!({"logger": "x".repeat(80)}));
        super::normalize(&mut event);
        crate::trim(&mut event);
        assert_eq!(event.logger, Some(format!("{}...", "x".repeat(61))));
    }

    #[test]
    fn transactions() {
        check("transaction", "  ", Some(""), 0);
        check("transaction", " /a ", Some("/a"), 0);
        check("culprit", " a in b\n", Some("a in b"), 0);
        let mut event = read(json!({"culprit": "x".repeat(201)}));
        crate::trim(&mut event);
        assert_eq!(event.culprit, Some(format!("{}...", "x".repeat(197))));
    }
}
