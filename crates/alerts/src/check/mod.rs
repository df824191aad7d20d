//! What a rule asks: its conditions (WHEN) and its filters (IF). Both are [`Check`]s; which stand where, and by which
//! ids, say [`CONDITIONS`] and [`FILTERS`].

mod attributes;
mod event;
mod frequency;
mod issue;
mod text_match;

use model::Priority;
use serde_json::{Map, Value, json};

use crate::{
    reader::{Field, Reader},
    rule::Names,
};

pub use event::{AttributeCheck, EventCheck, LevelCheck, LevelMatch, TagCheck};
pub use frequency::{Frequency, Interval, Measure, Of, Operator, Window};
pub use issue::{AdoptedRelease, Age, AssignedTo, Category, Older, ReleaseAge, Unit};
pub use text_match::TextMatch;

/// A question that a rule asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    EveryEvent,
    /// The issue is new, or new in the rule's environment.
    FirstSeen,
    /// It was resolved.
    Regression,
    /// It was archived.
    Reappeared,
    NewHighPriority,
    ExistingHighPriority,
    Frequency(Frequency),
    Event(EventCheck),
    Age(Age),
    /// Seen at least so many times.
    Occurrences(u64),
    AssignedTo(AssignedTo),
    /// The event is from the latest release.
    LatestRelease,
    AdoptedRelease(AdoptedRelease),
    Category(Category),
    /// At least so severe, from 0 to 1.
    Severity(f64),
    /// At least so urgent.
    Priority(Priority),
}

/// Where in a rule a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Condition,
    Filter,
}

/// A kind of check, as the wire and forms know it.
#[derive(Debug)]
pub struct CheckKind {
    pub id: &'static str,
    /// A sentence with a place for each parameter.
    pub label: &'static str,
    pub fields: &'static [Field],
    /// Forms offer it. The others are what older and newer clients may send.
    pub is_offered: bool,
    read: fn(&mut Reader<'_>) -> Option<Check>,
}

macro_rules! kinds {
    ($($id:literal $label:literal $fields:expr, $offered:literal, $read:expr;)*) => {
        &[$(CheckKind { id: $id, label: $label, fields: $fields, is_offered: $offered, read: $read },)*]
    };
}

/// What may stand in WHEN.
pub const CONDITIONS: &[CheckKind] = kinds! {
    "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition" "A new issue is created" &[], true, |_| Some(Check::FirstSeen);
    "sentry.rules.conditions.regression_event.RegressionEventCondition" "A resolved issue comes back" &[], true, |_| Some(Check::Regression);
    "sentry.rules.conditions.reappeared_event.ReappearedEventCondition" "An archived issue comes back or escalates" &[], true, |_| Some(Check::Reappeared);
    "sentry.rules.conditions.new_high_priority_issue.NewHighPriorityIssueCondition" "A new issue is of high priority" &[], true, |_| Some(Check::NewHighPriority);
    "sentry.rules.conditions.existing_high_priority_issue.ExistingHighPriorityIssueCondition" "A known issue becomes one of high priority" &[], true, |_| Some(Check::ExistingHighPriority);
    "sentry.rules.conditions.event_frequency.EventFrequencyCondition" "The issue is seen {operator} {value} times in {interval}" frequency::COUNT_FIELDS, true, |reader| count(Of::Events, reader);
    "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyCondition" "The issue is seen by {operator} {value} users in {interval}" frequency::COUNT_FIELDS, true, |reader| count(Of::Users, reader);
    "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyConditionWithConditions" "The issue is seen by {operator} {value} users in {interval} with matching events" frequency::COUNT_FIELDS, false, |reader| count(Of::Users, reader);
    "sentry.rules.conditions.event_frequency.EventFrequencyPercentCondition" "The issue affects {operator} {value} percent of sessions in {interval}" frequency::SESSION_FIELDS, true, share;
    "sentry.rules.conditions.every_event.EveryEventCondition" "Each event of the issue" &[], true, |_| Some(Check::EveryEvent);
    "sentry.rules.conditions.tagged_event.TaggedEventCondition" "The event's tag {key} {match} {value}" event::TAG_FIELDS, false, tag;
    "sentry.rules.conditions.event_attribute.EventAttributeCondition" "The event's {attribute} {match} {value}" event::ATTRIBUTE_FIELDS, false, attribute;
    "sentry.rules.conditions.level.LevelCondition" "The event's level is {match} {level}" event::LEVEL_FIELDS, false, level;
};

/// What may stand in IF.
pub const FILTERS: &[CheckKind] = kinds! {
    "sentry.rules.filters.age_comparison.AgeComparisonFilter" "The issue is {comparison_type} than {value} {time}" issue::AGE_FIELDS, true, |reader| Age::read(reader).map(Check::Age);
    "sentry.rules.filters.issue_occurrences.IssueOccurrencesFilter" "The issue was seen at least {value} times" issue::OCCURRENCES_FIELDS, true, occurrences;
    "sentry.rules.filters.assigned_to.AssignedToFilter" "The issue is assigned to {targetType}" issue::ASSIGNED_FIELDS, true, |reader| AssignedTo::read(reader).map(Check::AssignedTo);
    "sentry.rules.filters.latest_release.LatestReleaseFilter" "The event is from the latest release" &[], true, |_| Some(Check::LatestRelease);
    "sentry.rules.filters.latest_adopted_release_filter.LatestAdoptedReleaseFilter" "The {oldest_or_newest} release of the issue is {older_or_newer} than the latest adopted release in {environment}" issue::ADOPTED_FIELDS, true, |reader| AdoptedRelease::read(reader).map(Check::AdoptedRelease);
    "sentry.rules.filters.issue_category.IssueCategoryFilter" "The issue's category is {value}" issue::CATEGORY_FIELDS, true, |reader| Category::read(reader).map(Check::Category);
    "sentry.rules.filters.issue_severity.IssueSeverityFilter" "The issue's severity is at least {value}" issue::SEVERITY_FIELDS, false, |reader| reader.decimal("value").map(Check::Severity);
    "tocsin.rules.filters.priority.PriorityFilter" "The issue's priority is at least {value}" issue::PRIORITY_FIELDS, true, |reader| issue::read_priority(reader).map(Check::Priority);
    "sentry.rules.filters.event_attribute.EventAttributeFilter" "The event's {attribute} {match} {value}" event::ATTRIBUTE_FIELDS, true, attribute;
    "sentry.rules.filters.tagged_event.TaggedEventFilter" "The event's tag {key} {match} {value}" event::TAG_FIELDS, true, tag;
    "sentry.rules.filters.level.LevelFilter" "The event's level is {match} {level}" event::LEVEL_FIELDS, true, level;
    // The newer model counts in filters.
    "sentry.rules.conditions.event_frequency.EventFrequencyCondition" "The issue is seen {operator} {value} times in {interval}" frequency::COUNT_FIELDS, false, |reader| count(Of::Events, reader);
    "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyCondition" "The issue is seen by {operator} {value} users in {interval}" frequency::COUNT_FIELDS, false, |reader| count(Of::Users, reader);
    "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyConditionWithConditions" "The issue is seen by {operator} {value} users in {interval} with matching events" frequency::COUNT_FIELDS, false, |reader| count(Of::Users, reader);
    "sentry.rules.conditions.event_frequency.EventFrequencyPercentCondition" "The issue affects {operator} {value} percent of sessions in {interval}" frequency::SESSION_FIELDS, false, share;
};

fn count(of: Of, reader: &mut Reader<'_>) -> Option<Check> {
    let mut frequency = Frequency::read_count(of, reader);
    if of == Of::Users {
        let filters = read_filters(reader);
        if let Some(frequency) = &mut frequency {
            frequency.filters = filters?;
        }
    }
    frequency.map(Check::Frequency)
}

fn share(reader: &mut Reader<'_>) -> Option<Check> {
    Frequency::read_share(reader).map(Check::Frequency)
}

fn tag(reader: &mut Reader<'_>) -> Option<Check> {
    EventCheck::read_tag(reader).map(Check::Event)
}

fn attribute(reader: &mut Reader<'_>) -> Option<Check> {
    EventCheck::read_attribute(reader).map(Check::Event)
}

fn level(reader: &mut Reader<'_>) -> Option<Check> {
    EventCheck::read_level(reader).map(Check::Event)
}

fn occurrences(reader: &mut Reader<'_>) -> Option<Check> {
    let value = reader.whole("value")?;
    Some(Check::Occurrences(value.unsigned_abs()))
}

/// The filters of a frequency, each of which an event that counts must pass.
fn read_filters(reader: &mut Reader<'_>) -> Option<Vec<EventCheck>> {
    let filters = match reader.json("filters").or_else(|| reader.json("conditions")) {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(Value::Array(filters)) if filters.len() <= frequency::MOST_FILTERS => filters,
        Some(_) => {
            let most = frequency::MOST_FILTERS;
            reader.problem("filters", format_args!("expected a list of at most {most} filters"));
            return None;
        }
    };
    let mut read = Vec::new();
    for filter in filters {
        match filter.as_object().map(EventCheck::read_filter) {
            Some(Ok(filter)) => read.push(filter),
            Some(Err(problems)) => {
                for problem in problems {
                    reader.problem("filters", problem);
                }
                return None;
            }
            None => {
                reader.problem("filters", "expected a list of objects");
                return None;
            }
        }
    }
    Some(read)
}

impl Part {
    pub fn kinds(self) -> &'static [CheckKind] {
        match self {
            Self::Condition => CONDITIONS,
            Self::Filter => FILTERS,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Filter => "filter",
        }
    }
}

impl Check {
    /// Reads one from the wire, or says what is wrong with it.
    pub fn read(part: Part, wire: &Map<String, Value>) -> Result<Self, Vec<String>> {
        let id = wire.get("id").and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = part.kinds().iter().find(|kind| kind.id == id) else {
            let id: String = id.chars().take(200).collect();
            return Err(vec![format!("id: there is no {} {id:?}", part.name())]);
        };
        let mut reader = Reader::new(kind.fields, wire);
        let check = (kind.read)(&mut reader);
        match check {
            Some(check) if reader.problems.is_empty() => Ok(check),
            _ => Err(reader.problems),
        }
    }

    /// Its id in a list.
    pub fn id(&self, part: Part) -> &'static str {
        let at = |condition, filter| if part == Part::Condition { condition } else { filter };
        match self {
            Self::EveryEvent => "sentry.rules.conditions.every_event.EveryEventCondition",
            Self::FirstSeen => "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition",
            Self::Regression => "sentry.rules.conditions.regression_event.RegressionEventCondition",
            Self::Reappeared => "sentry.rules.conditions.reappeared_event.ReappearedEventCondition",
            Self::NewHighPriority => "sentry.rules.conditions.new_high_priority_issue.NewHighPriorityIssueCondition",
            Self::ExistingHighPriority => {
                "sentry.rules.conditions.existing_high_priority_issue.ExistingHighPriorityIssueCondition"
            }
            Self::Frequency(frequency) => match frequency.of {
                Of::Events => "sentry.rules.conditions.event_frequency.EventFrequencyCondition",
                Of::Users if frequency.filters.is_empty() => {
                    "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyCondition"
                }
                Of::Users => "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyConditionWithConditions",
                Of::Sessions => "sentry.rules.conditions.event_frequency.EventFrequencyPercentCondition",
            },
            Self::Event(EventCheck::Level(_)) => at(
                "sentry.rules.conditions.level.LevelCondition",
                "sentry.rules.filters.level.LevelFilter",
            ),
            Self::Event(EventCheck::Tag(_)) => at(
                "sentry.rules.conditions.tagged_event.TaggedEventCondition",
                "sentry.rules.filters.tagged_event.TaggedEventFilter",
            ),
            Self::Event(EventCheck::Attribute(_)) => at(
                "sentry.rules.conditions.event_attribute.EventAttributeCondition",
                "sentry.rules.filters.event_attribute.EventAttributeFilter",
            ),
            Self::Age(_) => "sentry.rules.filters.age_comparison.AgeComparisonFilter",
            Self::Occurrences(_) => "sentry.rules.filters.issue_occurrences.IssueOccurrencesFilter",
            Self::AssignedTo(_) => "sentry.rules.filters.assigned_to.AssignedToFilter",
            Self::LatestRelease => "sentry.rules.filters.latest_release.LatestReleaseFilter",
            Self::AdoptedRelease(_) => "sentry.rules.filters.latest_adopted_release_filter.LatestAdoptedReleaseFilter",
            Self::Category(_) => "sentry.rules.filters.issue_category.IssueCategoryFilter",
            Self::Severity(_) => "sentry.rules.filters.issue_severity.IssueSeverityFilter",
            Self::Priority(_) => "tocsin.rules.filters.priority.PriorityFilter",
        }
    }

    /// The one form in which it is written.
    pub fn to_wire(&self, part: Part) -> Map<String, Value> {
        let mut wire = Map::new();
        wire.insert("id".to_owned(), json!(self.id(part)));
        match self {
            Self::Frequency(frequency) => frequency.write(&mut wire),
            Self::Event(check) => check.write(&mut wire),
            Self::Age(age) => age.write(&mut wire),
            Self::Occurrences(value) => {
                wire.insert("value".to_owned(), json!(value));
            }
            Self::AssignedTo(assigned) => assigned.write(&mut wire),
            Self::AdoptedRelease(adopted) => adopted.write(&mut wire),
            Self::Category(category) => {
                wire.insert("value".to_owned(), json!(category.name()));
            }
            Self::Severity(value) => issue::write_value(&mut wire, *value),
            Self::Priority(priority) => {
                wire.insert("value".to_owned(), json!(priority.number().to_string()));
            }
            Self::EveryEvent
            | Self::FirstSeen
            | Self::Regression
            | Self::Reappeared
            | Self::NewHighPriority
            | Self::ExistingHighPriority
            | Self::LatestRelease => {}
        }
        wire
    }

    /// What it asks, as a clause: `the issue is older than 5 day(s)`.
    pub fn text(&self, names: &Names) -> String {
        match self {
            Self::EveryEvent => "an event comes in".to_owned(),
            Self::FirstSeen => "a new issue is created".to_owned(),
            Self::Regression => "a resolved issue comes back".to_owned(),
            Self::Reappeared => "an archived issue comes back or escalates".to_owned(),
            Self::NewHighPriority => "a new issue is of high priority".to_owned(),
            Self::ExistingHighPriority => "a known issue becomes one of high priority".to_owned(),
            Self::Frequency(frequency) => frequency.text(),
            Self::Event(check) => check.text(),
            Self::Age(age) => age.text(),
            Self::Occurrences(value) => format!("the issue was seen at least {value} times"),
            Self::AssignedTo(assigned) => assigned.text(names),
            Self::LatestRelease => "the event is from the latest release".to_owned(),
            Self::AdoptedRelease(adopted) => adopted.text(),
            Self::Category(category) => format!("the issue's category is {}", category.text()),
            Self::Severity(value) => format!("the issue's severity is at least {value}"),
            Self::Priority(priority) => format!("the issue's priority is at least {}", priority.name()),
        }
    }

    /// A short name for it: the key of a reason, so it is stored and never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EveryEvent => "every_event",
            Self::FirstSeen => "first_seen",
            Self::Regression => "regression",
            Self::Reappeared => "reappeared",
            Self::NewHighPriority => "new_high_priority",
            Self::ExistingHighPriority => "existing_high_priority",
            Self::Frequency(frequency) => match frequency.of {
                Of::Events => "event_frequency",
                Of::Users => "user_frequency",
                Of::Sessions => "session_share",
            },
            Self::Event(EventCheck::Level(_)) => "level",
            Self::Event(EventCheck::Tag(_)) => "tag",
            Self::Event(EventCheck::Attribute(_)) => "attribute",
            Self::Age(_) => "age",
            Self::Occurrences(_) => "occurrences",
            Self::AssignedTo(_) => "assigned_to",
            Self::LatestRelease => "latest_release",
            Self::AdoptedRelease(_) => "adopted_release",
            Self::Category(_) => "category",
            Self::Severity(_) => "severity",
            Self::Priority(_) => "priority",
        }
    }
}
