use std::fmt;

use super::{
    facts::{Facts, FrameFacts, folded},
    tag::tag,
};
use crate::{
    family::Families,
    glob::{Dialect, Glob},
    rule_text::{Escapes, shown},
};

/// One line: what it is about, and the fingerprint that it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(super) matchers: Vec<Matcher>,
    pub(super) fingerprint: Vec<String>,
    pub(super) title: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matcher {
    negated: bool,
    subject: Subject,
    pattern: String,
    test: Test,
}

/// What a matcher looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    ErrorType,
    ErrorValue,
    Message,
    Logger,
    Level,
    Module,
    Path,
    Package,
    Function,
    Family,
    InApp,
    Sdk,
    Release,
    Tag(String),
}

/// The object that all matchers on it must find together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Object {
    Exception,
    Message,
    Frame,
    /// Of which there is one.
    Event,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Glob(Glob),
    /// Without regard to case.
    FoldedGlob(Glob),
    Families(Families),
    /// One of a list.
    Names(Vec<String>),
    InApp(bool),
    /// A pattern that is malformed.
    Never,
}

const NAMES: [(Subject, &[&str]); 13] = [
    (Subject::ErrorType, &["error.type", "type"]),
    (Subject::ErrorValue, &["error.value", "value"]),
    (Subject::Message, &["message"]),
    (Subject::Logger, &["logger"]),
    (Subject::Level, &["level"]),
    (Subject::Module, &["stack.module", "module"]),
    (Subject::Path, &["stack.abs_path", "path"]),
    (Subject::Package, &["stack.package", "package"]),
    (Subject::Function, &["stack.function", "function"]),
    (Subject::Family, &["family"]),
    (Subject::InApp, &["app"]),
    (Subject::Sdk, &["sdk"]),
    (Subject::Release, &["release"]),
];

impl Subject {
    pub(super) fn of_name(name: &str) -> Option<Self> {
        if let Some(key) = name.strip_prefix("tags.").filter(|key| !key.is_empty()) {
            return Some(Self::Tag(key.to_owned()));
        }
        let named = NAMES.iter().find(|(_, names)| names.contains(&name));
        named.map(|(subject, _)| subject.clone())
    }

    fn name(&self) -> String {
        if let Self::Tag(key) = self {
            return format!("tags.{key}");
        }
        let named = NAMES.iter().find(|(subject, _)| subject == self);
        named.map_or_else(String::new, |(_, names)| names[0].to_owned())
    }

    /// For advice.
    pub(super) fn all_names() -> String {
        let names: Vec<&str> = NAMES.iter().map(|(_, names)| names[0]).collect();
        format!("{}, tags.…", names.join(", "))
    }

    fn object(&self) -> Object {
        match self {
            Self::ErrorType | Self::ErrorValue => Object::Exception,
            Self::Message => Object::Message,
            Self::Module | Self::Path | Self::Package | Self::Function | Self::InApp => Object::Frame,
            Self::Logger | Self::Level | Self::Family | Self::Sdk | Self::Release | Self::Tag(_) => Object::Event,
        }
    }
}

impl Matcher {
    pub(super) fn new(subject: Subject, negated: bool, pattern: String) -> Self {
        let glob = |glob: Option<Glob>, test: fn(Glob) -> Test| glob.map_or(Test::Never, test);
        let test = match subject {
            Subject::Path | Subject::Package | Subject::Release => {
                glob(Glob::new(&folded(&pattern), Dialect::LoosePath), Test::FoldedGlob)
            }
            Subject::ErrorValue | Subject::Message | Subject::Level => {
                glob(Glob::new(&pattern.to_lowercase(), Dialect::Text), Test::FoldedGlob)
            }
            Subject::Family => Test::Families(Families::of_list(&pattern)),
            Subject::Sdk => Test::Names(pattern.split(',').map(|name| name.trim().to_owned()).collect()),
            Subject::InApp => match pattern.as_str() {
                "1" | "yes" | "true" => Test::InApp(true),
                "0" | "no" | "false" => Test::InApp(false),
                _ => Test::Never,
            },
            _ => glob(Glob::new(&pattern, Dialect::Text), Test::Glob),
        };
        Self {
            negated,
            subject,
            pattern,
            test,
        }
    }

    fn test(&self, value: Option<&str>) -> bool {
        match (&self.test, value) {
            (Test::Glob(glob), Some(value)) => glob.matches(value),
            (Test::FoldedGlob(glob), Some(value)) => glob.matches(&value.to_lowercase()),
            (Test::Names(names), Some(value)) => names.iter().any(|name| name == "all" || name == value),
            _ => false,
        }
    }

    /// A path is tried as it is and from the root. It is folded already.
    fn test_path(&self, path: Option<&str>) -> bool {
        match (&self.test, path) {
            (Test::FoldedGlob(glob), Some(path)) => {
                glob.matches(path) || !path.starts_with('/') && glob.matches(&format!("/{path}"))
            }
            _ => false,
        }
    }

    fn matches_frame(&self, frame: &FrameFacts<'_>) -> bool {
        let matched = match self.subject {
            Subject::Function => self.test(frame.function),
            Subject::Module => self.test(frame.module),
            Subject::Path => self.test_path(frame.abs_path.as_deref()) || self.test_path(frame.filename.as_deref()),
            Subject::Package => self.test_path(frame.package.as_deref()),
            _ => matches!(self.test, Test::InApp(wanted) if wanted == frame.in_app),
        };
        matched != self.negated
    }

    fn matches_event(&self, facts: &Facts<'_>) -> bool {
        let event = facts.event();
        let matched = match &self.subject {
            Subject::Logger => self.test(event.logger.as_deref()),
            Subject::Level => self.test(event.level.map(|level| level.name())),
            Subject::Sdk => self.test(Some(facts.sdk())),
            Subject::Release => self.test_path(event.release.as_deref().map(folded).as_deref()),
            Subject::Tag(key) => self.test(tag(event, key).as_deref()),
            _ => matches!(self.test, Test::Families(families) if families.contains(facts.family())),
        };
        matched != self.negated
    }

    fn matches_text(&self, text: Option<&str>) -> bool {
        self.test(text) != self.negated
    }
}

impl Rule {
    /// For each kind of object that the rule is about there must be one that all its matchers on that kind agree on.
    pub(super) fn matches(&self, facts: &Facts<'_>) -> bool {
        let of = |object: Object| {
            self.matchers
                .iter()
                .filter(move |matcher| matcher.subject.object() == object)
        };
        let concerns = |object: Object| of(object).next().is_some();
        // The event first: that is one object, and most rules name a platform or a tag.
        of(Object::Event).all(|matcher| matcher.matches_event(facts))
            && (!concerns(Object::Exception)
                || facts.exceptions().iter().any(|exception| {
                    of(Object::Exception).all(|matcher| match matcher.subject {
                        Subject::ErrorType => matcher.matches_text(exception.kind.as_deref()),
                        _ => matcher.matches_text(exception.value.as_deref()),
                    })
                }))
            && (!concerns(Object::Message)
                || facts
                    .messages()
                    .any(|message| of(Object::Message).all(|matcher| matcher.matches_text(Some(message)))))
            && (!concerns(Object::Frame)
                || facts
                    .frames()
                    .iter()
                    .any(|frame| of(Object::Frame).all(|matcher| matcher.matches_frame(frame))))
    }

    /// As stored beside the event, to tell later.
    pub(super) fn matchers_as_pairs(&self) -> Vec<(String, &str)> {
        let pairs = self.matchers.iter().map(|matcher| {
            let not = if matcher.negated { "!" } else { "" };
            (format!("{not}{}", matcher.subject.name()), matcher.pattern.as_str())
        });
        pairs.collect()
    }
}

pub(super) fn is_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// Of values that can do without quotes.
pub(super) fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, ',' | '"' | '{' | '#' | '=')
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for matcher in &self.matchers {
            let not = if matcher.negated { "!" } else { "" };
            let key = shown(&matcher.subject.name(), Escapes::All, is_key);
            let pattern = shown(&matcher.pattern, Escapes::All, |c| !c.is_whitespace());
            write!(f, "{not}{key}:{pattern} ")?;
        }
        write!(f, "->")?;
        for (index, value) in self.fingerprint.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let is_variable = matches!(super::Entry::of(value), super::Entry::Variable { .. }) && value == value.trim();
            if is_variable {
                write!(f, "{comma} {value}")?;
            } else {
                write!(f, "{comma} {}", shown(value, Escapes::All, is_bare))?;
            }
        }
        match &self.title {
            Some(title) => write!(f, " title={}", shown(title, Escapes::All, |_| false)),
            None => Ok(()),
        }
    }
}
