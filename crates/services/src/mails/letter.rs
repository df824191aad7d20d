//! What a mail says: blocks that are laid out as plain text and as HTML.

use askama::Template;
use serde::{Deserialize, Serialize};

/// The content of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    pub subject: String,
    /// What mail programs show beside the subject.
    #[serde(default)]
    pub preview: String,
    #[serde(default)]
    pub heading: String,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Block {
    Text(String),
    Heading(String),
    Facts(Vec<Fact>),
    /// Kept as it is, in lines.
    Code(String),
    /// What somebody wrote.
    Quote(String),
    Items(Vec<Item>),
    Button(Link),
    /// Text with its line breaks, and the same as HTML that is safe already.
    Written {
        text: String,
        html: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// One of several things that a mail tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub title: String,
    #[serde(default)]
    pub url: String,
    #[serde(default)]
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub label: String,
    pub url: String,
}

impl Block {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn heading(text: impl Into<String>) -> Self {
        Self::Heading(text.into())
    }

    pub fn button(label: &str, url: impl Into<String>) -> Self {
        Self::Button(Link {
            label: label.to_owned(),
            url: url.into(),
        })
    }

    /// Those with a value; `None` when none has one.
    pub fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, String)>) -> Option<Self> {
        let facts: Vec<Fact> = facts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(label, value)| Fact {
                label: label.to_owned(),
                value,
            })
            .collect();
        (!facts.is_empty()).then_some(Self::Facts(facts))
    }
}

/// What stands below every letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Footer {
    /// Why the reader gets it.
    pub(crate) reason: String,
    pub(crate) links: Vec<Link>,
}

#[derive(Debug, Template)]
#[template(path = "mails/letter.html")]
struct Html<'a> {
    letter: &'a Letter,
    footer: &'a Footer,
}

#[derive(Debug, Template)]
#[template(path = "mails/letter.txt")]
struct Text<'a> {
    letter: &'a Letter,
    footer: &'a Footer,
}

impl Letter {
    pub(crate) fn html(&self, footer: &Footer) -> String {
        let letter = self;
        Html { letter, footer }
            .render()
            .expect("writing to a string does not fail")
    }

    pub(crate) fn text(&self, footer: &Footer) -> String {
        let letter = self;
        let text = Text { letter, footer }
            .render()
            .expect("writing to a string does not fail");
        // Blocks are set apart by one empty line, whatever they begin and end with.
        let mut lines = String::with_capacity(text.len());
        let mut empty = 1;
        for line in text.lines().map(str::trim_end) {
            empty = if line.is_empty() { empty + 1 } else { 0 };
            if empty < 2 {
                lines.push_str(line);
                lines.push('\n');
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            subject: "WEB-1 - <b>".to_owned(),
            preview: "in production".to_owned(),
            heading: "<b>Error".to_owned(),
            blocks: vec![
                Block::text("A & B"),
                Block::facts([("Project", "web".to_owned()), ("Release", String::new())]).unwrap(),
                Block::heading("Stack trace"),
                Block::Code("line 1\n  line <2>".to_owned()),
                Block::Quote("said\nso".to_owned()),
                Block::Items(vec![Item {
                    title: "One".to_owned(),
                    url: "https://tocsin.example/?a=1&b=2".to_owned(),
                    detail: "3 events".to_owned(),
                }]),
                Block::button("View", "https://tocsin.example/"),
                Block::Written {
                    text: "own\nwords".to_owned(),
                    html: "own<br>words".to_owned(),
                },
            ],
        }
    }

    fn footer() -> Footer {
        Footer {
            reason: "You are assigned.".to_owned(),
            links: vec![Link {
                label: "Unsubscribe".to_owned(),
                url: "https://tocsin.example/unsubscribe/x/".to_owned(),
            }],
        }
    }

    #[test]
    fn text_is_laid_out_in_lines() {
        assert_eq!(
            letter().text(&footer()),
            "<b>Error\n\nA & B\n\nProject: web\n\nSTACK TRACE\n\nline 1\n  line <2>\n\n> said\n> so\n\n\
             * One (3 events)\n  https://tocsin.example/?a=1&b=2\n\nView: https://tocsin.example/\n\nown\nwords\n\n\
             --\nYou are assigned.\nUnsubscribe: https://tocsin.example/unsubscribe/x/\n"
        );
    }

    #[test]
    fn html_holds_everything_and_is_safe() {
        let html = letter().html(&footer());
        for part in [
            "&#60;b&#62;Error",
            "A &#38; B",
            "line &#60;2&#62;",
            "href=\"https://tocsin.example/?a=1&#38;b=2\"",
            "own<br>words",
            "prefers-color-scheme: dark",
            "You are assigned.",
            "in production",
        ] {
            assert!(html.contains(part), "{part} in\n{html}");
        }
        assert!(!html.contains("<b>Error") && !html.contains("<script"));
    }
}
