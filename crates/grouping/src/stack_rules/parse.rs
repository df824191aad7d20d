//! `[ "[" matcher "]" "|" ] matcher+ [ "|" "[" matcher "]" ] action+` (`ingest.md` §6.8).

use super::rule::{Action, Flag, Matcher, Range, Rule, Subject};
use crate::rule_text::{Escapes, Line, LineError, within_limit};

pub(super) fn rule(line: &mut Line<'_>) -> Result<Rule, LineError> {
    let caller = caller(line)?;
    let mut matchers = Vec::new();
    while is_matcher(line.rest()) {
        matchers.push(matcher(line)?);
        line.skip_space();
    }
    if matchers.is_empty() {
        return line.error("a rule begins with what it is about: write a matcher such as `stack.function:name`");
    }
    let callee = callee(line)?;
    let mut actions = Vec::new();
    while !line.is_done() {
        actions.push(action(line)?);
        line.skip_space();
    }
    if actions.is_empty() {
        return line.error("the rule does nothing: end it with an action such as `-app`, `+group` or `max-frames=5`");
    }
    Ok(Rule {
        caller,
        matchers,
        callee,
        actions,
    })
}

fn caller(line: &mut Line<'_>) -> Result<Option<Matcher>, LineError> {
    if !line.rest().starts_with('[') {
        return Ok(None);
    }
    let caller = bracketed(line)?;
    if !line.eat("|") {
        return line.error("the caller is set off by a bar: write `[ matcher ] | matcher`");
    }
    line.skip_space();
    Ok(Some(caller))
}

fn callee(line: &mut Line<'_>) -> Result<Option<Matcher>, LineError> {
    if !line.eat("|") {
        return Ok(None);
    }
    line.skip_space();
    if !line.rest().starts_with('[') {
        return line.error("the callee stands in brackets: write `| [ matcher ]`");
    }
    bracketed(line).map(Some)
}

fn bracketed(line: &mut Line<'_>) -> Result<Matcher, LineError> {
    line.eat("[");
    line.skip_space();
    let matcher = matcher(line)?;
    line.skip_space();
    if !line.eat("]") {
        return line.error("brackets hold one matcher, with a space before the closing one: write `[ matcher ]`");
    }
    line.skip_space();
    Ok(matcher)
}

/// Flags begin with a sign or a range, variables have `=` behind their name.
fn is_matcher(rest: &str) -> bool {
    let name = rest.trim_start_matches('!');
    let name_end = name.find(|c: char| !is_name(c)).unwrap_or(name.len());
    rest.starts_with('!') || name[name_end..].starts_with(':')
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

fn matcher(line: &mut Line<'_>) -> Result<Matcher, LineError> {
    let negated = line.eat("!");
    let start = *line;
    let name = line.take_while(is_name);
    if name.is_empty() {
        return line.error("here should be what to match, such as `stack.function:name`");
    }
    let Some(subject) = Subject::of_name(name) else {
        return start.error(format!(
            "`{name}` cannot be matched on: use one of {}",
            Subject::all_names()
        ));
    };
    if !line.eat(":") {
        return line.error(format!(
            "`{name}` lacks its pattern: write a colon and the pattern directly behind it"
        ));
    }
    let at = line.at();
    let pattern = if line.eat("\"") {
        line.quoted(Escapes::Backslash)?
    } else {
        let bare = line.take_while(|c| !c.is_whitespace());
        within_limit(bare.replace("\\\\", "\\"), at)?
    };
    if pattern.is_empty() && line.read_since(at).is_empty() {
        return line.error("the pattern is missing: write it directly behind the colon, without a space");
    }
    Ok(Matcher::new(subject, negated, pattern))
}

fn action(line: &mut Line<'_>) -> Result<Action, LineError> {
    let start = *line;
    let range = if line.eat("^") {
        Range::Newer
    } else if line.rest().starts_with("v+") || line.rest().starts_with("v-") {
        line.eat("v");
        Range::Older
    } else {
        Range::This
    };
    let on = line.eat("+");
    if on || line.eat("-") {
        let at = *line;
        let flag = match line.take_while(is_name) {
            "app" => Flag::App,
            "group" => Flag::Group,
            name => return at.error(format!("there is no flag `{name}`: use `app` or `group`")),
        };
        return Ok(Action::Flag { flag, on, range });
    }
    if range != Range::This {
        return line.error("behind `^` comes a flag with its sign: write `^-app`, `^+app`, `^-group` or `^+group`");
    }
    let name = line.take_while(is_name);
    if !line.eat("=") {
        return start.error(
            "here should be an action: `+app`, `-app`, `+group` or `-group`, with `^` or `v` before it for the newer or older frames, or `max-frames=`, `min-frames=`, `category=`",
        );
    }
    let value = *line;
    let text = line.take_while(is_name);
    let number = || match text.parse() {
        Ok(number) => Ok(number),
        Err(_) => value.error(format!("`{name}` needs a number of frames, such as `{name}=5`")),
    };
    match name {
        "max-frames" => number().map(Action::MaxFrames),
        "min-frames" => number().map(Action::MinFrames),
        "category" => Ok(Action::Category(text.to_owned())),
        "invert-stacktrace" => match text {
            "1" | "yes" | "true" => Ok(Action::InvertStacktrace(true)),
            "0" | "no" | "false" => Ok(Action::InvertStacktrace(false)),
            _ => value.error("`invert-stacktrace` is `1` or `0`"),
        },
        _ => start.error(format!(
            "`{name}` cannot be set: use `max-frames`, `min-frames`, `category` or `invert-stacktrace`"
        )),
    }
}
