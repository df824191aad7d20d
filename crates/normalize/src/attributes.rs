//! The texts at the top level: release, environment, dist, logger, transaction.

use protocol::event::{Event, FieldError};

use crate::limits::{CULPRIT, LOGGER, cut_field, is_longer, trim_field};

/// Why a text cannot stay.
enum Refusal {
    /// Clients send it without meaning it: no error.
    Silent,
    Invalid(&'static str),
}

pub(crate) fn normalize(event: &mut Event) {
    promote_environment(event);
    let errors = &mut event.errors;
    apply(errors, "release", &mut event.release, release);
    apply(errors, "dist", &mut event.dist, dist);
    apply(errors, "environment", &mut event.environment, environment);
    apply(errors, "logger", &mut event.logger, logger);
    cut_field(&mut event.logger, LOGGER);
    for text in [&mut event.transaction, &mut event.culprit] {
        trim_field(text);
        cut_field(text, CULPRIT);
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

fn apply(errors: &mut Vec<FieldError>, name: &str, field: &mut Option<String>, rule: fn(&str) -> Result<(), Refusal>) {
    let Some(text) = field.take() else { return };
    let trimmed = text.trim();
    match rule(trimmed) {
        Ok(()) => {
            let kept = if trimmed.len() == text.len() {
                text
            } else {
                trimmed.to_owned()
            };
            *field = Some(kept);
        }
        Err(Refusal::Silent) => {}
        Err(Refusal::Invalid(reason)) => errors.push(FieldError::invalid(name, text, reason)),
    }
}

fn release(text: &str) -> Result<(), Refusal> {
    if text.is_empty() || matches!(text, "." | "..") || text.eq_ignore_ascii_case("latest") || is_longer(text, 200) {
        return Err(Refusal::Silent);
    }
    if text.contains(['\n', '\r', '\t', '\x0c', '\x0b', '/', '\\']) {
        return Err(Refusal::Invalid("invalid character in a release"));
    }
    Ok(())
}

fn dist(text: &str) -> Result<(), Refusal> {
    if is_longer(text, 64) {
        return Err(Refusal::Silent);
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if text.is_empty() || !text.bytes().all(allowed) {
        return Err(Refusal::Invalid("expected letters, digits and _.- in a dist"));
    }
    Ok(())
}

fn environment(text: &str) -> Result<(), Refusal> {
    if text.eq_ignore_ascii_case("none") || is_longer(text, 64) {
        return Err(Refusal::Silent);
    }
    if text.is_empty() {
        return Err(Refusal::Invalid("an environment is not empty"));
    }
    if text.contains(['/', '\r', '\n', '\x0c']) {
        return Err(Refusal::Invalid("invalid character in an environment"));
    }
    Ok(())
}

fn logger(text: &str) -> Result<(), Refusal> {
    match text {
        "" => Err(Refusal::Silent),
        text if text.contains(['\n', '\r']) => Err(Refusal::Invalid("a logger has no line breaks")),
        _ => Ok(()),
    }
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
        for silent in ["", ".", "..", "Latest", &"x".repeat(201)] {
            check("release", silent, None, 0);
        }
        for bad in ["a/b", "a\\b", "a\nb", "a\tb", "a\u{b}b"] {
            check("release", bad, None, 1);
        }
        check("release", &"é".repeat(200), Some(&"é".repeat(200)), 0);
    }

    #[test]
    fn dists() {
        check("dist", " build_1.2-3 ", Some("build_1.2-3"), 0);
        check("dist", &"x".repeat(65), None, 0);
        for bad in ["", "a b", "é"] {
            check("dist", bad, None, 1);
        }
    }

    #[test]
    fn environments() {
        check("environment", " prod eu ", Some("prod eu"), 0);
        for silent in ["none", "None", &"x".repeat(65)] {
            check("environment", silent, None, 0);
        }
        for bad in ["", " ", "a/b", "a\nb"] {
            check("environment", bad, None, 1);
        }
        let mut event = read(json!({"tags": [["environment", "staging"], ["environment", "x"]]}));
        super::normalize(&mut event);
        assert_eq!(event.environment.as_deref(), Some("staging"));
    }

    #[test]
    fn loggers() {
        check("logger", "my.pkg", Some("my.pkg"), 0);
        check("logger", "", None, 0);
        check("logger", "a\nb", None, 1);
        check("logger", &"x".repeat(64), Some(&"x".repeat(64)), 0);
        check("logger", &"x".repeat(80), Some(&format!("{}...", "x".repeat(61))), 0);
    }

    #[test]
    fn transactions() {
        check("transaction", "  ", None, 0);
        check("transaction", " /a ", Some("/a"), 0);
        check("culprit", &"x".repeat(201), Some(&format!("{}...", "x".repeat(197))), 0);
    }
}
