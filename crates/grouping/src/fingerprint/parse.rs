//! `matcher+ -> fingerprint`, with `matcher := ["!"] key ":" pattern` (`ingest.md` §6.7).

use super::rule::{Matcher, Rule, Subject, is_key};
use crate::rule_text::{Escapes, Line, LineError, within_limit};

pub(super) fn rule(line: &mut Line<'_>) -> Result<Rule, LineError> {
    let mut matchers = Vec::new();
    loop {
        line.skip_space();
        if line.eat("->") {
            break;
        }
        if line.rest().is_empty() {
            return line.error("the fingerprint is missing: write `->` and what to group by");
        }
        matchers.push(matcher(line)?);
    }
    if matchers.is_empty() {
        return line
            .error("a rule begins with what it is about: write a matcher such as `error.type:Name` before `->`");
    }
    let (mut fingerprint, mut title) = (Vec::new(), None);
    loop {
        line.take_while(|c| c.is_whitespace() || c == ',');
        if line.rest().is_empty() {
            break;
        }
        let at = *line;
        match value(line)? {
            Value::Entry(entry) => fingerprint.push(entry),
            Value::Title(_) if title.is_some() => return at.error("the title is given twice: remove one"),
            Value::Title(text) => title = Some(text),
        }
    }
    if fingerprint.is_empty() {
        return line.error("the fingerprint is empty: write what to group by, or `{{ default }}` to leave it as it is");
    }
    Ok(Rule {
        matchers,
        fingerprint,
        title,
    })
}

fn matcher(line: &mut Line<'_>) -> Result<Matcher, LineError> {
    let negated = line.eat("!");
    let start = *line;
    let key = if line.eat("\"") {
        line.quoted(Escapes::All)?
    } else {
        line.take_while(is_key).to_owned()
    };
    if key.is_empty() {
        return start.error("here should be a matcher such as `error.type:Name`, or `->` and the fingerprint");
    }
    if !line.eat(":") {
        return line.error(format!(
            "`{key}` lacks its pattern: write a colon and the pattern directly behind it"
        ));
    }
    let Some(subject) = Subject::of_name(&key) else {
        return start.error(format!(
            "`{key}` cannot be matched on: use one of {}",
            Subject::all_names()
        ));
    };
    let at = *line;
    let pattern = if line.eat("\"") {
        line.quoted(Escapes::All)?
    } else {
        let bare = line.take_while(|c| !c.is_whitespace());
        if bare.is_empty() {
            return at.error("the pattern is missing: write it directly behind the colon, without a space");
        }
        within_limit(bare.to_owned(), at.at())?
    };
    Ok(Matcher::new(subject, negated, pattern))
}

enum Value {
    Entry(String),
    Title(String),
}

fn value(line: &mut Line<'_>) -> Result<Value, LineError> {
    let start = *line;
    if line.eat("\"") {
        return line.quoted(Escapes::All).map(Value::Entry);
    }
    let name = line.take_while(is_key);
    if line.rest().starts_with("=\"") {
        if name != "title" {
            return start.error(format!("`{name}` cannot be set: only `title=\"…\"` can"));
        }
        line.eat("=\"");
        return line.quoted(Escapes::All).map(Value::Title);
    }
    *line = start;
    if line.rest().starts_with('#') {
        return line.error("comments have lines of their own: move it, or put it in quotes if it is meant as text");
    }
    bare(line).map(Value::Entry)
}

/// Up to a space or comma, but for those within `{{ … }}`.
fn bare(line: &mut Line<'_>) -> Result<String, LineError> {
    let start = line.at();
    loop {
        line.take_while(|c| !c.is_whitespace() && !matches!(c, ',' | '{'));
        if !line.rest().starts_with('{') {
            return within_limit(line.read_since(start).to_owned(), start);
        }
        let variable = *line;
        let is_open = line.eat("{{");
        let name = line.take_while(|c| c != '}').trim();
        let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '{');
        if !(is_open && is_name && line.eat("}}")) {
            return variable.error("variables are written `{{ name }}`: mend it, or put the brace in quotes");
        }
    }
}
