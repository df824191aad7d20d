//! Text from outside, made safe to lay out: cut to a length, with what was cut said.

use crate::number;

/// The start of a text, and how long all of it is when that was too much for a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) shown: String,
    /// Bytes of the whole text, when `shown` is only its start.
    pub(crate) whole: Option<usize>,
}

impl Cut {
    pub(crate) fn new(text: &str, max_bytes: usize) -> Self {
        if text.len() <= max_bytes {
            return Self {
                shown: text.to_owned(),
                whole: None,
            };
        }
        let end = text.floor_char_boundary(max_bytes);
        Self {
            shown: text[..end].to_owned(),
            whole: Some(text.len()),
        }
    }

    /// `first 8 kB of 10.4 MB`, when something was cut.
    pub(crate) fn remark(&self) -> Option<String> {
        self.whole
            .map(|whole| format!("first {} of {}", number::size(self.shown.len()), number::size(whole)))
    }
}

/// At most `max` characters of one line, with an ellipsis where something is missing.
pub(crate) fn line(text: &str, max: usize) -> String {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
    if first.len() < text.trim().len() || first.chars().nth(max).is_some() {
        let mut cut: String = first.chars().take(max).collect();
        cut.push('…');
        return cut;
    }
    first.to_owned()
}

/// How people call the channel of a notification.
pub(crate) fn channel_name(slug: &str) -> &str {
    match slug {
        "email" => "e-mail",
        "web_push" | "browser" => "browser",
        "slack" => "Slack",
        "discord" => "Discord",
        "msteams" => "Microsoft Teams",
        "pagerduty" => "PagerDuty",
        "opsgenie" => "Opsgenie",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters_and_says_so() {
        let cut = Cut::new("grüße", 3);
        assert_eq!((cut.shown.as_str(), cut.whole), ("gr", Some(7)));
        assert_eq!(cut.remark().as_deref(), Some("first 2 B of 7 B"));
        assert_eq!(Cut::new("grüße", 7).remark(), None);
    }

    #[test]
    fn a_line_is_the_first_with_text() {
        assert_eq!(line("\n  boom \n  more", 80), "boom…");
        assert_eq!(line("boom", 80), "boom");
        assert_eq!(line("boomboom", 4), "boom…");
        assert_eq!(line("", 4), "");
    }
}
