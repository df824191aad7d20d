//! All rules of a project, and which of them an event matches.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use protocol::event::{Event, Frame, User};
use serde_json::Value;

use super::{
    codeowners::{self, Codeowners},
    glob,
    grammar::{self, MatcherKind, OwnerName, Rule, RuleProblem},
    settings::{AutoAssignment, Settings},
};

/// The most rules that are told of one event.
const MOST_MATCHED: usize = 10;

/// The most frames of an event that are looked at, the newest.
const MOST_FRAMES: usize = 500;

/// Longer texts of events are compared up to here.
const LONGEST_TEXT: usize = 1_000;

/// For how many texts of frames it is remembered which rules they match.
const REMEMBERED: usize = 4_096;

/// Rules in their order: the last one that matches decides.
#[derive(Debug, Default)]
pub struct Rules {
    rules: Vec<Compiled>,
    of_files: Vec<usize>,
    of_modules: Vec<usize>,
    others: Vec<usize>,
    assigns: bool,
    /// The frames of a program are few, and its rules may be thousands.
    remembered: Mutex<HashMap<Text, Arc<[u32]>>>,
}

/// What a frame says, and what it says that of.
type Text = (Part, Box<str>);

#[derive(Debug)]
struct Compiled {
    rule: Rule,
    source: Source,
    pattern: Vec<char>,
}

/// Where a rule was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Codeowners,
    Project,
}

/// What of a frame is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    File,
    /// CODEOWNERS know only the program's own files.
    OwnFile,
    Module,
}

/// A rule that an event matches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Matched {
    pub rule: String,
    pub source: Source,
    pub owners: Vec<OwnerName>,
}

impl Rules {
    /// Those of CODEOWNERS files first: what the project itself says decides.
    pub fn new(own: &Settings, files: &[Codeowners]) -> Result<Self, Vec<RuleProblem>> {
        let of_files = files.iter().flat_map(Codeowners::rules);
        let of_files = of_files.map(|rule| (rule, Source::Codeowners));
        let own_rules = grammar::parse(&own.raw)?
            .into_iter()
            .map(|rule| (rule, Source::Project));
        let mut rules = Self {
            assigns: own.auto_assignment == AutoAssignment::Owner,
            ..Self::default()
        };
        for (index, (rule, source)) in of_files.chain(own_rules).enumerate() {
            match rule.matcher.kind {
                MatcherKind::Path | MatcherKind::Codeowners => rules.of_files.push(index),
                MatcherKind::Module => rules.of_modules.push(index),
                MatcherKind::Url | MatcherKind::Tag(_) => rules.others.push(index),
            }
            let pattern = match rule.matcher.kind {
                MatcherKind::Codeowners => rule.matcher.pattern.chars().collect(),
                MatcherKind::Tag(_) => rule.matcher.pattern.chars().collect(),
                MatcherKind::Path | MatcherKind::Module | MatcherKind::Url => glob_pattern(&rule.matcher.pattern),
            };
            rules.rules.push(Compiled { rule, source, pattern });
        }
        Ok(rules)
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether issues are assigned to their owners.
    pub fn assigns(&self) -> bool {
        self.assigns
    }

    /// The rules that an event matches, the one that decides first. One without owners ends the list: what stands before
    /// it says nothing. `tags` are all that the event is found by, not only those that were sent as such; they are asked
    /// for when a rule is about one.
    pub fn matched(&self, event: &Event, tags: impl FnOnce() -> Vec<(String, String)>) -> Vec<Matched> {
        let mut found = vec![false; self.rules.len()];
        if !self.of_files.is_empty() || !self.of_modules.is_empty() {
            for frame in frames(event) {
                self.match_frame(frame, event, &mut found);
            }
        }
        let is_of_tag = |index: &usize| matches!(self.rules[*index].rule.matcher.kind, MatcherKind::Tag(_));
        let tags = match self.others.iter().any(is_of_tag) {
            true => tags(),
            false => Vec::new(),
        };
        for index in &self.others {
            found[*index] = found[*index] || self.rules[*index].matches_event(event, &tags);
        }
        let matched = found.iter().enumerate().rev().filter(|(_, found)| **found);
        matched
            .map(|(index, _)| &self.rules[index])
            .take_while(|compiled| !compiled.rule.owners.is_empty())
            .take(MOST_MATCHED)
            .map(|compiled| Matched {
                rule: compiled.rule.to_string(),
                source: compiled.source,
                owners: compiled.rule.owners.clone(),
            })
            .collect()
    }

    fn match_frame(&self, frame: &Frame, event: &Event, found: &mut [bool]) {
        let file = if frame.in_app == Some(false) {
            Part::File
        } else {
            Part::OwnFile
        };
        let java = java_path(frame, event);
        let texts = [
            (file, frame.filename.as_deref()),
            (file, frame.abs_path.as_deref()),
            (file, java.as_deref()),
            (Part::Module, frame.module.as_deref()),
        ];
        for (part, text) in texts {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                for index in self.of_text(part, text).iter() {
                    found[*index as usize] = true;
                }
            }
        }
    }

    /// The rules that a text of a frame matches.
    fn of_text(&self, part: Part, text: &str) -> Arc<[u32]> {
        let candidates = match part {
            Part::Module => &self.of_modules,
            Part::File | Part::OwnFile => &self.of_files,
        };
        if candidates.is_empty() {
            return Arc::default();
        }
        let text = cut(text);
        let key = (part, Box::from(text));
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered().get(&key) {
            return Arc::clone(known);
        }
        let plain: Vec<char> = text.chars().collect();
        let parts = codeowners::parts(&plain);
        let normal = glob::normal_path(text);
        // Of each text, no more rules than of a whole event are told.
        let matching = candidates.iter().rev().filter(|index| {
            let compiled = &self.rules[**index];
            match compiled.rule.matcher.kind {
                MatcherKind::Codeowners => part == Part::OwnFile && codeowners::means(&compiled.pattern, &parts),
                _ => glob::matches(&compiled.pattern, &normal),
            }
        });
        let matching = matching.take(MOST_MATCHED);
        let matching: Arc<[u32]> = matching.filter_map(|index| u32::try_from(*index).ok()).collect();
        let mut remembered = remembered();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key, Arc::clone(&matching));
        matching
    }
}

impl Compiled {
    /// Of rules that are about no frame.
    fn matches_event(&self, event: &Event, tags: &[(String, String)]) -> bool {
        match &self.rule.matcher.kind {
            MatcherKind::Url => {
                let url = event.request.as_ref().and_then(|request| request.url.as_deref());
                url.is_some_and(|url| glob::matches(&self.pattern, &glob::normal_path(cut(url))))
            }
            MatcherKind::Tag(tag) => {
                let is_like = |value: &str| {
                    let value: Vec<char> = cut(value).chars().collect();
                    glob::matches(&self.pattern, &value)
                };
                let of_user = tag.strip_prefix("user.").zip(event.user.as_ref());
                of_user.is_some_and(|(field, user)| user_field(user, field).is_some_and(is_like))
                    || tags.iter().any(|(name, value)| is_tag(name, tag) && is_like(value))
            }
            MatcherKind::Path | MatcherKind::Module | MatcherKind::Codeowners => false,
        }
    }
}

/// A pattern as [`glob::normal_path`] makes texts, but that a backslash before what means something stays.
fn glob_pattern(pattern: &str) -> Vec<char> {
    let mut normal = Vec::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('*' | '?')) => normal.push('\\'),
            ('\\', _) => normal.push('/'),
            (other, _) => normal.extend(other.to_lowercase()),
        }
    }
    normal
}

fn cut(text: &str) -> &str {
    text.char_indices()
        .nth(LONGEST_TEXT)
        .map_or(text, |(end, _)| &text[..end])
}

/// The frames of the exceptions, else those of the other stacks; the newest of each first.
fn frames(event: &Event) -> impl Iterator<Item = &Frame> {
    let of_exceptions = event
        .exception
        .iter()
        .filter_map(|exception| exception.stacktrace.as_ref());
    let mut stacks: Vec<_> = of_exceptions.chain(event.stacktrace.as_ref()).collect();
    if stacks.is_empty() {
        stacks.extend(event.threads.iter().filter_map(|thread| thread.stacktrace.as_ref()));
    }
    stacks
        .into_iter()
        .flat_map(|stack| stack.frames.iter().rev())
        .take(MOST_FRAMES)
}

/// Java knows the names of files, and of their folders only the packages.
fn java_path(frame: &Frame, event: &Event) -> Option<String> {
    let platform = frame.platform.as_deref().or(event.platform.as_deref());
    if platform != Some("java") {
        return None;
    }
    let (package, _) = frame.module.as_deref()?.rsplit_once('.')?;
    let name = frame.filename.as_deref().filter(|name| !name.contains('/'))?;
    Some(format!("{}/{name}", package.replace('.', "/")))
}

fn user_field<'a>(user: &'a User, field: &str) -> Option<&'a str> {
    match field {
        "id" => user.id.as_deref(),
        "email" => user.email.as_deref(),
        "ip_address" | "ip" => user.ip_address.as_deref(),
        "username" => user.username.as_deref(),
        "name" => user.name.as_deref(),
        other => user.data.get(other).and_then(Value::as_str),
    }
}

/// Tags whose names Sentry itself made are also known without their prefix.
fn is_tag(name: &str, wanted: &str) -> bool {
    name == wanted
        || matches!(
            (name, wanted),
            ("sentry:release", "release") | ("sentry:dist", "dist") | ("sentry:user", "user")
        )
}
