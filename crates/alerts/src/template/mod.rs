//! Templates of messages, in the language that Jinja and Liquid share, and bounded in every way: they are written by
//! members and rendered for each alert.
//!
//! There is output, `if`, `for` over a list, comparisons, `and`, `or`, `not`, dotted paths and the filters of
//! [`FILTERS`]. There is no way to bind, call or multiply anything ([`checks`]), so no value grows beyond what a few
//! filters make of what was passed in; fuel bounds the steps, a writer the output. What is missing is empty, and a line
//! on which nothing but block tags stand leaves no empty line behind.

mod checks;
mod filters;
mod trace;
mod variables;

use std::io;

use minijinja::{Environment, Error, UndefinedBehavior, Value as Jinja};
use serde_json::Value;

pub use filters::FILTERS;
pub use trace::rendered_trace;
pub use variables::{Message, VARIABLES};

/// Longer templates are refused.
pub const MOST_SOURCE_BYTES: usize = 16 * 1024;
/// About 20 ms of the dearest steps.
const FUEL: u64 = 20_000;
const RECURSION: usize = 64;
/// Of a list, and of the keys of an object: loops are no longer.
const MOST_ITEMS: usize = 100;
const MOST_VALUE_BYTES: usize = 16 * 1024;
const MOST_DEPTH: usize = 6;
/// At the end of lines on which only block tags stand. Private use, and taken out of what is rendered.
const MARK: char = '\u{e000}';

/// A template that was found to be in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
}

/// What a template is rendered for: how values are escaped, and how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One line: of a subject. What breaks lines becomes a space.
    Line,
    /// Text as it is: of a mail.
    Text,
    Html,
    /// `&`, `<` and `>` of values are escaped; those of the template are Slack's own syntax.
    Slack,
}

impl Form {
    fn most_bytes(self) -> usize {
        match self {
            Self::Line => 1000,
            Self::Slack => 8 * 1024,
            Self::Text | Self::Html => 64 * 1024,
        }
    }
}

/// Where a template is wrong, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct TemplateError {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl Template {
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        if source.len() > MOST_SOURCE_BYTES {
            return Err(TemplateError {
                line: 1,
                column: 1,
                message: format!("expected at most {MOST_SOURCE_BYTES} bytes"),
            });
        }
        let template = Self {
            source: source.replace("\r\n", "\n"),
        };
        checks::check(&template.source)?;
        environment(Form::Text)
            .template_from_str(&template.source)
            .map_err(|error| of_engine(&template.source, &error))?;
        Ok(template)
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// Fills it in. What is too long is cut; an error is one of the template, not of the values.
    pub fn render(&self, variables: &Value, form: Form) -> Result<String, TemplateError> {
        let marked = marked(&self.source);
        let environment = environment(form);
        let of_engine = |error: Error| of_engine(&self.source, &error);
        let template = environment.template_from_str(&marked).map_err(of_engine)?;
        let mut output = Output {
            bytes: Vec::new(),
            most: form.most_bytes(),
            is_full: false,
        };
        let rendered = template.render_captured_to(bounded(variables, 0), &mut output);
        let is_full = output.is_full;
        match rendered {
            Err(error) if !is_full => return Err(of_engine(error)),
            _ => {}
        }
        let mut text = unmarked(&String::from_utf8_lossy(&output.bytes));
        if form == Form::Line {
            text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        if is_full {
            text.push('…');
        }
        Ok(text)
    }
}

/// A template of a mail may begin with its subject: `Subject: …` on the first line, then an empty one.
pub fn split_subject(source: &str) -> (Option<&str>, &str) {
    let trimmed = source.trim_start();
    let Some((subject, body)) = trimmed
        .strip_prefix("Subject:")
        .map(|rest| rest.split_once('\n').unwrap_or((rest, "")))
    else {
        return (None, source);
    };
    (Some(subject.trim()), body.trim_start_matches(['\r', '\n']))
}

fn environment<'s>(form: Form) -> Environment<'s> {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(RECURSION);
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    filters::add(&mut environment);
    environment.set_formatter(move |output, _, value| {
        let text = filters::text(value);
        output.write_str(&escaped(&text, form)).map_err(Error::from)
    });
    environment
}

fn escaped(text: &str, form: Form) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match (c, form) {
            (MARK, _) => {}
            ('&', Form::Html | Form::Slack) => escaped.push_str("&amp;"),
            ('<', Form::Html | Form::Slack) => escaped.push_str("&lt;"),
            ('>', Form::Html | Form::Slack) => escaped.push_str("&gt;"),
            ('"', Form::Html) => escaped.push_str("&quot;"),
            ('\'', Form::Html) => escaped.push_str("&#39;"),
            (c, _) if c.is_control() && !matches!(c, '\n' | '\t') => escaped.push(' '),
            (c, _) => escaped.push(c),
        }
    }
    escaped
}

/// Marks the end of lines that begin and end with block tags.
fn marked(source: &str) -> String {
    let mut marked = String::with_capacity(source.len() + 64);
    for line in source.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        marked.push_str(content);
        let trimmed = content.trim();
        if trimmed.starts_with("{%") && trimmed.ends_with("%}") {
            marked.push(MARK);
        }
        marked.push_str(&line[content.len()..]);
    }
    marked
}

/// Drops marked lines on which nothing was written, and the marks of the others. Where lines were dropped between empty
/// ones, one of those is left.
fn unmarked(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut was_dropped = false;
    for line in text.split_inclusive('\n') {
        let is_blank = line.chars().all(|c| c == MARK || c.is_whitespace());
        let follows_gap = was_dropped && (kept.is_empty() || kept.ends_with("\n\n"));
        if is_blank && (line.contains(MARK) || follows_gap) {
            was_dropped = true;
            continue;
        }
        was_dropped = false;
        kept.extend(line.chars().filter(|c| *c != MARK));
    }
    kept
}

/// The values with all that is long cut, so that steps are cheap and loops short.
fn bounded(value: &Value, depth: usize) -> Jinja {
    match value {
        Value::String(text) => Jinja::from(&text[..text.floor_char_boundary(MOST_VALUE_BYTES)]),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Jinja::from(whole),
            (None, Some(decimal)) => Jinja::from(decimal),
            (None, None) => Jinja::UNDEFINED,
        },
        Value::Bool(value) => Jinja::from(*value),
        Value::Null => Jinja::UNDEFINED,
        Value::Array(_) | Value::Object(_) if depth == MOST_DEPTH => Jinja::UNDEFINED,
        Value::Array(values) => {
            let values = values.iter().take(MOST_ITEMS);
            Jinja::from(values.map(|value| bounded(value, depth + 1)).collect::<Vec<_>>())
        }
        Value::Object(values) => {
            let values = values.iter().take(MOST_ITEMS);
            Jinja::from_pairs(values.map(|(key, value)| (Jinja::from(key.as_str()), bounded(value, depth + 1))))
        }
    }
}

/// Takes so many bytes and no more, cut where a character ends.
struct Output {
    bytes: Vec<u8>,
    most: usize,
    is_full: bool,
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.most - self.bytes.len();
        if bytes.len() <= room {
            self.bytes.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        self.is_full = true;
        let is_boundary = |end: &usize| bytes[*end] & 0xc0 != 0x80;
        let end = (0..=room).rev().find(is_boundary).unwrap_or(0);
        self.bytes.extend_from_slice(&bytes[..end]);
        Err(io::Error::other("the message is too long"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the engine says of a template, in our form.
fn of_engine(source: &str, error: &Error) -> TemplateError {
    let line = error.line().unwrap_or(1);
    let column = error.range().map_or(1, |range| column(source, range.start));
    let message = match error.kind() {
        minijinja::ErrorKind::OutOfFuel => "the template takes too many steps".to_owned(),
        kind => match error.detail() {
            Some(detail) => detail.to_owned(),
            None => kind.to_string(),
        },
    };
    TemplateError { line, column, message }
}

/// Of a place in the source, in characters.
fn column(source: &str, offset: usize) -> usize {
    let offset = source.floor_char_boundary(offset.min(source.len()));
    let before = &source[..offset];
    let line = before.rfind('\n').map_or(before, |end| &before[end + 1..]);
    line.chars().count() + 1
}
