use serde_json::Value;

/// Longer names are refused.
const MAX_NAME: usize = 128;
const MAX_TEXT: usize = 2_000;
const MAX_TEXTS: usize = 100;

/// Where an option can be set, from wide to narrow: the narrowest place in which it is set counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    System,
    Organization,
    Project,
    User,
    UserOrganization,
    UserProject,
}

impl Level {
    /// Stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Organization => "organization",
            Self::Project => "project",
            Self::User => "user",
            Self::UserOrganization => "user-organization",
            Self::UserProject => "user-project",
        }
    }
}

/// What an option can hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Flag,
    /// One line.
    Text,
    Texts,
    Integer {
        least: i64,
        most: i64,
    },
    /// Between 0 and 1.
    Rate,
    Choice(&'static [&'static str]),
}

impl Kind {
    /// What is wrong with a value.
    pub fn problem(self, value: &Value) -> Option<String> {
        let is_line = |text: &str| text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control);
        let (fits, expected) = match self {
            Self::Flag => (value.is_boolean(), "true or false".to_owned()),
            Self::Text => (
                value.as_str().is_some_and(is_line),
                format!("one line of at most {MAX_TEXT} characters"),
            ),
            Self::Texts => {
                let texts = value.as_array().filter(|texts| texts.len() <= MAX_TEXTS);
                let fits = texts.is_some_and(|texts| texts.iter().all(|text| text.as_str().is_some_and(is_line)));
                (fits, format!("a list of at most {MAX_TEXTS} texts"))
            }
            Self::Integer { least, most } => {
                let fits = value.as_i64().is_some_and(|number| (least..=most).contains(&number));
                (fits, format!("a whole number from {least} to {most}"))
            }
            Self::Rate => {
                let fits = value.as_f64().is_some_and(|rate| (0.0..=1.0).contains(&rate));
                (fits, "a number from 0 to 1".to_owned())
            }
            Self::Choice(choices) => {
                let fits = value.as_str().is_some_and(|choice| choices.contains(&choice));
                (fits, format!("one of {}", choices.join(", ")))
            }
        };
        (!fits).then(|| format!("expected {expected}"))
    }
}

/// What may be done with an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    pub const NONE: Self = Self(0);
    /// May not be empty.
    pub const REQUIRED: Self = Self(1);
    /// Once set, it stays.
    pub const IMMUTABLE: Self = Self(1 << 1);
    /// Comes from the settings of the process alone.
    pub const NO_STORE: Self = Self(1 << 2);
    /// Never comes from the settings of the process.
    pub const STORE_ONLY: Self = Self(1 << 3);
    /// Where the settings of the process have it, nothing else counts.
    pub const PRIORITIZE_DISK: Self = Self(1 << 4);
    /// Its value is never shown.
    pub const CREDENTIAL: Self = Self(1 << 5);
    /// Administrators change it in pages.
    pub const ADMIN_MODIFIABLE: Self = Self(1 << 6);

    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Two of them that contradict each other.
    pub const fn contradiction(self) -> Option<&'static str> {
        let pairs = [
            (Self::NO_STORE, Self::STORE_ONLY, "never stored, and stored only"),
            (
                Self::PRIORITIZE_DISK,
                Self::STORE_ONLY,
                "stored only, and the settings come first",
            ),
            (
                Self::NO_STORE,
                Self::ADMIN_MODIFIABLE,
                "never stored, and administrators change it",
            ),
            (
                Self::IMMUTABLE,
                Self::ADMIN_MODIFIABLE,
                "it stays, and administrators change it",
            ),
            (
                Self::CREDENTIAL,
                Self::ADMIN_MODIFIABLE,
                "never shown, and administrators change it in pages",
            ),
        ];
        let mut index = 0;
        while index < pairs.len() {
            let (one, other, words) = pairs[index];
            if self.has(one) && self.has(other) {
                return Some(words);
            }
            index += 1;
        }
        None
    }
}

/// An option that there is.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    pub name: &'static str,
    pub about: &'static str,
    pub kind: Kind,
    /// JSON.
    default: &'static str,
    pub levels: &'static [Level],
    pub flags: Flags,
}

impl Definition {
    /// # Panics
    /// While the program is built, where the name is too long or flags contradict each other.
    pub(super) const fn new(name: &'static str, kind: Kind, default: &'static str, flags: Flags) -> Self {
        assert!(
            !name.is_empty() && name.len() <= MAX_NAME,
            "the name of an option is too long"
        );
        assert!(
            flags.contradiction().is_none(),
            "flags of an option contradict each other"
        );
        Self {
            name,
            about: "",
            kind,
            default,
            levels: &[Level::System],
            flags,
        }
    }

    pub(super) const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    pub(super) const fn at(self, levels: &'static [Level]) -> Self {
        Self { levels, ..self }
    }

    pub fn default(&self) -> Value {
        serde_json::from_str(self.default).expect("a test reads the default of every option")
    }

    pub fn is_at(&self, level: Level) -> bool {
        self.levels.contains(&level)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_checked_by_kind() {
        let check = |kind: Kind, value: Value, fits: bool| {
            assert_eq!(kind.problem(&value).is_none(), fits, "{kind:?} {value}");
        };
        check(Kind::Flag, json!(true), true);
        check(Kind::Flag, json!(1), false);
        check(Kind::Text, json!("x"), true);
        check(Kind::Text, json!("x\ny"), false);
        check(Kind::Text, json!("x".repeat(MAX_TEXT + 1)), false);
        check(Kind::Texts, json!(["a", "b"]), true);
        check(Kind::Texts, json!(["a", 1]), false);
        check(Kind::Integer { least: 1, most: 9 }, json!(9), true);
        check(Kind::Integer { least: 1, most: 9 }, json!(10), false);
        check(Kind::Integer { least: 1, most: 9 }, json!(1.5), false);
        check(Kind::Rate, json!(0.5), true);
        check(Kind::Rate, json!(1.01), false);
        check(Kind::Choice(&["raw"]), json!("raw"), true);
        check(Kind::Choice(&["raw"]), json!("cooked"), false);
        check(Kind::Choice(&["raw"]), json!(null), false);
    }

    #[test]
    fn flags_that_contradict_each_other_are_found() {
        assert_eq!(Flags::NONE.contradiction(), None);
        assert_eq!(Flags::REQUIRED.with(Flags::NO_STORE).contradiction(), None);
        for (one, other) in [
            (Flags::NO_STORE, Flags::STORE_ONLY),
            (Flags::STORE_ONLY, Flags::PRIORITIZE_DISK),
            (Flags::ADMIN_MODIFIABLE, Flags::NO_STORE),
            (Flags::IMMUTABLE, Flags::ADMIN_MODIFIABLE),
            (Flags::CREDENTIAL, Flags::ADMIN_MODIFIABLE),
        ] {
            assert!(one.with(other).contradiction().is_some(), "{one:?} {other:?}");
        }
    }

    #[test]
    #[should_panic(expected = "contradict each other")]
    fn an_option_with_such_flags_cannot_be_registered() {
        let flags = Flags::NO_STORE.with(Flags::STORE_ONLY);
        std::hint::black_box(Definition::new("a.b", Kind::Flag, "false", flags));
    }
}
