use std::fmt;

use super::facts::{ExceptionFacts, FrameFacts, FrameState};
use crate::{
    family::Families,
    glob::{Dialect, Glob},
    rule_text::{Escapes, shown},
};

/// One line: the frames that it is about, and what is done to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Tested on the next older frame.
    pub(super) caller: Option<Matcher>,
    pub(super) matchers: Vec<Matcher>,
    /// Tested on the next newer frame.
    pub(super) callee: Option<Matcher>,
    pub(super) actions: Vec<Action>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matcher {
    pub(super) negated: bool,
    pub(super) subject: Subject,
    pub(super) pattern: String,
    test: Test,
}

/// What a matcher looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Family,
    Function,
    Module,
    Path,
    Package,
    Category,
    InApp,
    ErrorType,
    ErrorValue,
    ErrorMechanism,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Families(Families),
    InApp(bool),
    Glob(Glob),
    /// A pattern that is malformed.
    Never,
}

impl Subject {
    /// The names of each, the shortest that says what it is first.
    const NAMES: [(Self, &'static [&'static str]); 10] = [
        (Self::Family, &["family"]),
        (Self::Function, &["stack.function", "function"]),
        (Self::Module, &["stack.module", "module"]),
        (Self::Path, &["stack.abs_path", "path"]),
        (Self::Package, &["stack.package", "package"]),
        (Self::Category, &["category"]),
        (Self::InApp, &["app"]),
        (Self::ErrorType, &["error.type", "type"]),
        (Self::ErrorValue, &["error.value", "value"]),
        (Self::ErrorMechanism, &["error.mechanism", "mechanism"]),
    ];

    pub(super) fn of_name(name: &str) -> Option<Self> {
        let named = Self::NAMES.iter().find(|(_, names)| names.contains(&name));
        named.map(|(subject, _)| *subject)
    }

    fn name(self) -> &'static str {
        let named = Self::NAMES.iter().find(|(subject, _)| *subject == self);
        named.map_or("", |(_, names)| names[0])
    }

    /// For advice.
    pub(super) fn all_names() -> String {
        let names: Vec<&str> = Self::NAMES.iter().map(|(_, names)| names[0]).collect();
        names.join(", ")
    }

    /// Whether rules change it while they run.
    fn is_dynamic(self) -> bool {
        matches!(self, Self::Category | Self::InApp)
    }

    fn is_of_exception(self) -> bool {
        matches!(self, Self::ErrorType | Self::ErrorValue | Self::ErrorMechanism)
    }
}

impl Matcher {
    pub(super) fn new(subject: Subject, negated: bool, pattern: String) -> Self {
        let glob = |pattern: &str, dialect| Glob::new(pattern, dialect).map_or(Test::Never, Test::Glob);
        let test = match subject {
            Subject::Family => Test::Families(Families::of_list(&pattern)),
            Subject::InApp => match pattern.as_str() {
                "1" | "yes" | "true" => Test::InApp(true),
                "0" | "no" | "false" => Test::InApp(false),
                _ => Test::Never,
            },
            Subject::Path | Subject::Package => glob(&pattern.to_lowercase(), Dialect::Path),
            _ => glob(&pattern, Dialect::Text),
        };
        Self {
            negated,
            subject,
            pattern,
            test,
        }
    }

    /// What never changes of a frame.
    fn matches_frame(&self, frame: &FrameFacts<'_>) -> bool {
        let glob = |value: Option<&str>| match (&self.test, value) {
            (Test::Glob(glob), Some(value)) => glob.matches(value),
            _ => false,
        };
        let matched = match self.subject {
            Subject::Family => matches!(self.test, Test::Families(families) if families.contains(frame.family)),
            Subject::Function => glob(frame.function),
            Subject::Module => glob(frame.module),
            Subject::Path => self.matches_path(frame.path.as_deref()),
            Subject::Package => self.matches_path(frame.package.as_deref()),
            _ => false,
        };
        matched != self.negated
    }

    /// A path is tried as it is and from the root: facts hold it with a slash before it.
    fn matches_path(&self, path: Option<&str>) -> bool {
        match (&self.test, path) {
            (Test::Glob(glob), Some(path)) => glob.matches(&path[1..]) || !path.starts_with("//") && glob.matches(path),
            _ => false,
        }
    }

    fn matches_state(&self, state: &FrameState<'_>) -> bool {
        let matched = match &self.test {
            Test::InApp(wanted) => state.in_app.unwrap_or(false) == *wanted,
            Test::Glob(glob) => state.category.is_some_and(|category| glob.matches(category)),
            _ => false,
        };
        matched != self.negated
    }

    fn matches_exception(&self, exception: &ExceptionFacts<'_>) -> bool {
        let value = match self.subject {
            Subject::ErrorType => exception.kind,
            Subject::ErrorValue => exception.value,
            _ => exception.mechanism,
        };
        let matched = matches!(&self.test, Test::Glob(glob) if glob.matches(value.unwrap_or("<unknown>")));
        matched != self.negated
    }

    fn matches(&self, frame: &FrameFacts<'_>, state: &FrameState<'_>, exception: &ExceptionFacts<'_>) -> bool {
        if self.subject.is_of_exception() {
            self.matches_exception(exception)
        } else if self.subject.is_dynamic() {
            self.matches_state(state)
        } else {
            self.matches_frame(frame)
        }
    }

    /// The pattern, where it must hold for a frame to match.
    pub(super) fn required_glob(&self) -> Option<&Glob> {
        match &self.test {
            Test::Glob(glob) if !self.negated => Some(glob),
            _ => None,
        }
    }
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// `+app -app +group -group`, with the frames that it is done to.
    Flag { flag: Flag, on: bool, range: Range },
    /// `category=name`
    Category(String),
    /// `max-frames=N`
    MaxFrames(usize),
    /// `min-frames=N`
    MinFrames(usize),
    /// `invert-stacktrace=1`
    InvertStacktrace(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    App,
    Group,
}

/// Which frames an action is done to, beginning at the one that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    This,
    /// `^`: those that it called.
    Newer,
    /// `v`: those that led to it.
    Older,
}

impl Range {
    pub(super) fn of(self, frame: usize, frames: usize) -> std::ops::Range<usize> {
        match self {
            Self::This => frame..frame + 1,
            Self::Newer => frame + 1..frames,
            Self::Older => 0..frame,
        }
    }
}

impl Action {
    /// Belongs to the first pass, which settles what is in app.
    fn modifies(&self) -> bool {
        matches!(self, Self::Flag { flag: Flag::App, .. } | Self::Category(_))
    }
}

impl Rule {
    pub(super) fn modifies(&self) -> bool {
        self.actions.iter().any(Action::modifies)
    }

    pub(super) fn updates(&self) -> bool {
        !self.actions.iter().all(Action::modifies)
    }

    #[cfg(test)]
    pub(super) fn is_well_formed(&self) -> bool {
        let beside = self.caller.iter().chain(&self.callee);
        self.matchers
            .iter()
            .chain(beside)
            .all(|matcher| matcher.test != Test::Never)
    }

    /// Families of frames that can match.
    pub(super) fn families(&self) -> Families {
        self.matchers
            .iter()
            .fold(Families::ALL, |all, matcher| match matcher.test {
                Test::Families(families) if matcher.negated => all.except(families),
                Test::Families(families) => all.and(families),
                _ => all,
            })
    }

    /// Looks at something of the frame itself that never changes, apart from its family.
    pub(super) fn is_of_frame(&self) -> bool {
        self.matchers.iter().any(|matcher| {
            let subject = matcher.subject;
            !subject.is_dynamic() && !subject.is_of_exception() && subject != Subject::Family
        })
    }

    pub(super) fn matches_facts(&self, frame: &FrameFacts<'_>) -> bool {
        let mut facts = self
            .matchers
            .iter()
            .filter(|matcher| !matcher.subject.is_dynamic() && !matcher.subject.is_of_exception());
        facts.all(|matcher| matcher.matches_frame(frame))
    }

    /// The part of [`Self::matches_facts`] that is about the package.
    pub(super) fn matches_package(&self, frame: &FrameFacts<'_>) -> bool {
        let mut of_package = self
            .matchers
            .iter()
            .filter(|matcher| matcher.subject == Subject::Package);
        of_package.all(|matcher| matcher.matches_frame(frame))
    }

    pub(super) fn matches_exception(&self, exception: &ExceptionFacts<'_>) -> bool {
        let mut of_exception = self.matchers.iter().filter(|matcher| matcher.subject.is_of_exception());
        of_exception.all(|matcher| matcher.matches_exception(exception))
    }

    /// What is left to test on a frame whose facts match: what rules may have changed, and the frames beside it. These
    /// must exist, even where a matcher is negated.
    pub(super) fn matches_state(
        &self,
        frame: usize,
        frames: &[FrameFacts<'_>],
        states: &[FrameState<'_>],
        exception: &ExceptionFacts<'_>,
    ) -> bool {
        let mut dynamic = self.matchers.iter().filter(|matcher| matcher.subject.is_dynamic());
        let beside = |matcher: &Option<Matcher>, index: Option<usize>| match (matcher, index) {
            (None, _) => true,
            // The exception is the same for all frames, also for those that are not there.
            (Some(matcher), _) if matcher.subject.is_of_exception() => matcher.matches_exception(exception),
            (Some(matcher), Some(index)) if index < frames.len() => {
                matcher.matches(&frames[index], &states[index], exception)
            }
            (Some(_), _) => false,
        };
        dynamic.all(|matcher| matcher.matches_state(&states[frame]))
            && beside(&self.caller, frame.checked_sub(1))
            && beside(&self.callee, Some(frame + 1))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(caller) = &self.caller {
            write!(f, "[ {caller} ] | ")?;
        }
        for (index, matcher) in self.matchers.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{matcher}")?;
        }
        if let Some(callee) = &self.callee {
            write!(f, " | [ {callee} ]")?;
        }
        self.actions.iter().try_for_each(|action| write!(f, " {action}"))
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "!" } else { "" };
        let pattern = shown(&self.pattern, Escapes::Backslash, |c| !c.is_whitespace());
        write!(f, "{not}{}:{pattern}", self.subject.name())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag { flag, on, range } => {
                let range = match range {
                    Range::This => "",
                    Range::Newer => "^",
                    Range::Older => "v",
                };
                let sign = if *on { '+' } else { '-' };
                let flag = match flag {
                    Flag::App => "app",
                    Flag::Group => "group",
                };
                write!(f, "{range}{sign}{flag}")
            }
            Self::Category(name) => write!(f, "category={name}"),
            Self::MaxFrames(number) => write!(f, "max-frames={number}"),
            Self::MinFrames(number) => write!(f, "min-frames={number}"),
            Self::InvertStacktrace(on) => write!(f, "invert-stacktrace={}", u8::from(*on)),
        }
    }
}
