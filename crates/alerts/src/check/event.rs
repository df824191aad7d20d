//! What can be told from an event alone: its level, tags and attributes.

use std::borrow::Cow;

use model::Level;
use protocol::event::Event;
use serde_json::{Map, Value, json};

use super::{
    attributes::{ATTRIBUTES, Attribute},
    text_match::TextMatch,
};
use crate::{
    names::names,
    reader::{Field, Input, Reader},
};

/// A question that an event answers by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum EventCheck {
    Level(LevelCheck),
    Tag(TagCheck),
    Attribute(AttributeCheck),
}

names! {
    pub enum LevelMatch {
        Equal = "eq" "equal to",
        AtLeast = "gte" "greater than or equal to",
        AtMost = "lte" "less than or equal to",
        /// Ours: several levels in one filter.
        OneOf = "in" "one of",
    }
}

/// `level` is that of Python's `logging`: 50 is fatal. 0, Sentry's `sample`, is below all.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelCheck {
    pub comparison: LevelMatch,
    /// One, or several of [`LevelMatch::OneOf`].
    pub levels: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TagCheck {
    pub key: String,
    pub comparison: TextMatch,
    /// Empty where nothing is compared.
    pub value: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AttributeCheck {
    pub attribute: String,
    pub comparison: TextMatch,
    /// Empty where nothing is compared.
    pub value: String,
}

const LEVELS: [(i64, &str); 6] = [
    (50, "fatal"),
    (40, "error"),
    (30, "warning"),
    (20, "info"),
    (10, "debug"),
    (0, "sample"),
];

pub(super) const MOST_TEXT: usize = 1000;

/// For the form only: a level is read by [`read_levels`].
fn level_choices() -> Vec<(&'static str, &'static str)> {
    const NUMBERS: [&str; 6] = ["50", "40", "30", "20", "10", "0"];
    NUMBERS
        .iter()
        .zip(LEVELS)
        .map(|(number, (_, name))| (*number, name))
        .collect()
}

fn attribute_choices() -> Vec<(&'static str, &'static str)> {
    ATTRIBUTES.iter().map(|(name, _)| (*name, *name)).collect()
}

pub(super) const LEVEL_FIELDS: &[Field] = &[
    Field::choice::<LevelMatch>("match", "gte"),
    Field::of("level", Input::Choice(level_choices)),
];

pub(super) const TAG_FIELDS: &[Field] = &[
    Field::text("key", 200),
    Field::choice::<TextMatch>("match", "eq"),
    Field::optional_text("value", MOST_TEXT),
];

pub(super) const ATTRIBUTE_FIELDS: &[Field] = &[
    Field::of("attribute", Input::Choice(attribute_choices)),
    Field::choice::<TextMatch>("match", "eq"),
    Field::optional_text("value", MOST_TEXT),
];

impl EventCheck {
    pub(super) fn read_level(reader: &mut Reader<'_>) -> Option<Self> {
        let comparison = reader.choice::<LevelMatch>("match");
        let text = match reader.json("level") {
            // A list, as ours may be sent.
            Some(Value::Array(levels)) => {
                let parts = levels.iter().map(|level| match level {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                parts.collect::<Vec<_>>().join(",")
            }
            _ => reader.scalar("level").unwrap_or_default(),
        };
        let comparison = comparison?;
        match read_levels(comparison, &text) {
            Some(levels) => Some(Self::Level(LevelCheck { comparison, levels })),
            None => {
                reader.problem("level", "expected one of 50, 40, 30, 20, 10, 0");
                None
            }
        }
    }

    pub(super) fn read_tag(reader: &mut Reader<'_>) -> Option<Self> {
        let key = reader.text("key");
        let (comparison, value) = read_comparison(reader)?;
        Some(Self::Tag(TagCheck {
            key: key?,
            comparison,
            value,
        }))
    }

    pub(super) fn read_attribute(reader: &mut Reader<'_>) -> Option<Self> {
        let attribute = reader
            .scalar("attribute")
            .filter(|name| Attribute::find(name).is_some());
        if attribute.is_none() {
            reader.problem("attribute", "expected the name of an attribute of events");
        }
        let (comparison, value) = read_comparison(reader)?;
        Some(Self::Attribute(AttributeCheck {
            attribute: attribute?,
            comparison,
            value,
        }))
    }

    /// One of the filters of a frequency: told apart by its parameters, it has no id.
    pub(super) fn read_filter(filter: &Map<String, Value>) -> Result<Self, Vec<String>> {
        let (fields, read): (_, fn(&mut Reader<'_>) -> Option<Self>) = if filter.contains_key("attribute") {
            (ATTRIBUTE_FIELDS, Self::read_attribute)
        } else {
            (TAG_FIELDS, Self::read_tag)
        };
        let mut reader = Reader::new(fields, filter);
        read(&mut reader).ok_or(reader.problems)
    }

    pub(super) fn to_filter(&self) -> Value {
        let mut wire = Map::new();
        self.write(&mut wire);
        Value::Object(wire)
    }

    pub(super) fn write(&self, wire: &mut Map<String, Value>) {
        let mut put = |key: &str, value: &str| wire.insert(key.to_owned(), json!(value));
        match self {
            Self::Level(check) => {
                put("match", check.comparison.name());
                let levels: Vec<_> = check.levels.iter().map(i64::to_string).collect();
                put("level", &levels.join(","));
            }
            Self::Tag(check) => {
                put("key", &check.key);
                put("match", check.comparison.name());
                put("value", &check.value);
            }
            Self::Attribute(check) => {
                put("attribute", &check.attribute);
                put("match", check.comparison.name());
                put("value", &check.value);
            }
        }
    }

    pub fn text(&self) -> String {
        match self {
            Self::Level(check) => {
                let names: Vec<_> = check.levels.iter().map(|level| level_name(*level)).collect();
                format!("the event's level is {} {}", check.comparison.text(), names.join(", "))
            }
            Self::Tag(check) => {
                let (key, comparison) = (&check.key, check.comparison.text());
                format!("the event's tag {key} {comparison} {}", check.value)
                    .trim_end()
                    .to_owned()
            }
            Self::Attribute(check) => {
                let (attribute, comparison) = (&check.attribute, check.comparison.text());
                let text = format!("the event's {attribute} {comparison} {}", check.value);
                text.trim_end().to_owned()
            }
        }
    }

    /// Whether it is so of an event; `tags` are all that it can be searched by (`normalize::index_tags`).
    pub fn holds(&self, event: &Event, tags: &[(String, String)]) -> bool {
        match self {
            Self::Level(check) => check.holds(event.level.unwrap_or_default()),
            Self::Tag(check) => check.holds(tags),
            Self::Attribute(check) => check.holds(event),
        }
    }
}

fn read_comparison(reader: &mut Reader<'_>) -> Option<(TextMatch, String)> {
    let comparison = reader.choice::<TextMatch>("match");
    let value = reader.text("value");
    let (comparison, value) = (comparison?, value?);
    if !comparison.has_value() {
        return Some((comparison, String::new()));
    }
    if value.is_empty() {
        reader.problem("value", "this field is required");
        return None;
    }
    Some((comparison, value))
}

/// `40`, or `error`; several for [`LevelMatch::OneOf`].
fn read_levels(comparison: LevelMatch, text: &str) -> Option<Vec<i64>> {
    let one = |part: &str| {
        let part = part.trim();
        let known = LEVELS
            .iter()
            .find(|(number, name)| *name == part || part.parse() == Ok(*number));
        known.map(|(number, _)| *number)
    };
    if comparison != LevelMatch::OneOf {
        return Some(vec![one(text)?]);
    }
    let mut levels: Vec<_> = text.split(',').map(one).collect::<Option<_>>()?;
    levels.sort_unstable_by(|one, other| other.cmp(one));
    levels.dedup();
    Some(levels)
}

fn level_name(level: i64) -> &'static str {
    let known = LEVELS.iter().find(|(number, _)| *number == level);
    known.map_or("unknown", |(_, name)| name)
}

impl LevelCheck {
    fn holds(&self, level: Level) -> bool {
        let level = level.number();
        match self.comparison {
            LevelMatch::Equal | LevelMatch::OneOf => self.levels.contains(&level),
            LevelMatch::AtLeast => self.levels.iter().all(|least| level >= *least),
            LevelMatch::AtMost => self.levels.iter().all(|most| level <= *most),
        }
    }
}

impl TagCheck {
    /// Keys in any case, and `sentry:` in front of those of Sentry's own (`sentry:release`) is the same tag.
    fn holds(&self, tags: &[(String, String)]) -> bool {
        let wanted = plain_key(&self.key).to_lowercase();
        let values = tags
            .iter()
            .filter(|(key, _)| plain_key(key).to_lowercase() == wanted)
            .map(|(_, value)| Cow::Borrowed(value.as_str()));
        self.comparison.holds(&self.value.to_lowercase(), values)
    }
}

fn plain_key(key: &str) -> &str {
    key.strip_prefix("sentry:").unwrap_or(key)
}

impl AttributeCheck {
    fn holds(&self, event: &Event) -> bool {
        let values = Attribute::find(&self.attribute).map_or_else(Vec::new, |attribute| attribute.values(event));
        self.comparison.holds(&self.value.to_lowercase(), values.into_iter())
    }
}
