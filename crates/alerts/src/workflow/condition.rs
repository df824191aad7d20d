//! A condition: a type, and a comparison that is a value or an object.

use serde_json::{Map, Value, json};

use crate::check::{Check, EventCheck, Of, Part};

/// A type, the id of the older model, and the names of its parameters where they differ (older, newer).
struct Kind {
    name: &'static str,
    id: &'static str,
    renamed: &'static [(&'static str, &'static str)],
}

const fn kind(name: &'static str, id: &'static str) -> Kind {
    Kind { name, id, renamed: &[] }
}

const EVENTS: &str = "sentry.rules.conditions.event_frequency.EventFrequencyCondition";
const USERS: &str = "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyCondition";
const SESSIONS: &str = "sentry.rules.conditions.event_frequency.EventFrequencyPercentCondition";

const KINDS: &[Kind] = &[
    kind("every_event", "sentry.rules.conditions.every_event.EveryEventCondition"),
    kind(
        "first_seen_event",
        "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition",
    ),
    kind(
        "regression_event",
        "sentry.rules.conditions.regression_event.RegressionEventCondition",
    ),
    kind(
        "reappeared_event",
        "sentry.rules.conditions.reappeared_event.ReappearedEventCondition",
    ),
    kind(
        "new_high_priority_issue",
        "sentry.rules.conditions.new_high_priority_issue.NewHighPriorityIssueCondition",
    ),
    kind(
        "existing_high_priority_issue",
        "sentry.rules.conditions.existing_high_priority_issue.ExistingHighPriorityIssueCondition",
    ),
    Kind {
        name: "age_comparison",
        id: "sentry.rules.filters.age_comparison.AgeComparisonFilter",
        renamed: &[("comparison_type", "comparisonType")],
    },
    kind("assigned_to", "sentry.rules.filters.assigned_to.AssignedToFilter"),
    kind(
        "issue_category",
        "sentry.rules.filters.issue_category.IssueCategoryFilter",
    ),
    kind(
        "issue_occurrences",
        "sentry.rules.filters.issue_occurrences.IssueOccurrencesFilter",
    ),
    kind(
        "issue_priority_greater_or_equal",
        "tocsin.rules.filters.priority.PriorityFilter",
    ),
    kind(
        "issue_severity",
        "sentry.rules.filters.issue_severity.IssueSeverityFilter",
    ),
    kind(
        "latest_release",
        "sentry.rules.filters.latest_release.LatestReleaseFilter",
    ),
    Kind {
        name: "latest_adopted_release",
        id: "sentry.rules.filters.latest_adopted_release_filter.LatestAdoptedReleaseFilter",
        renamed: &[
            ("older_or_newer", "ageComparison"),
            ("oldest_or_newest", "releaseAgeType"),
        ],
    },
    kind("level", "sentry.rules.filters.level.LevelFilter"),
    kind("tagged_event", "sentry.rules.filters.tagged_event.TaggedEventFilter"),
    kind(
        "event_attribute",
        "sentry.rules.filters.event_attribute.EventAttributeFilter",
    ),
    kind("event_frequency_count", EVENTS),
    kind("event_frequency_percent", EVENTS),
    kind("event_unique_user_frequency_count", USERS),
    kind("event_unique_user_frequency_percent", USERS),
    kind("percent_sessions_count", SESSIONS),
    kind("percent_sessions_percent", SESSIONS),
];

pub(super) fn read(part: Part, wire: &Map<String, Value>) -> Result<Check, Vec<String>> {
    let name = wire.get("type").and_then(Value::as_str).unwrap_or_default();
    let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
        let name: String = name.chars().take(200).collect();
        return Err(vec![format!("type: {name:?} is not known here")]);
    };
    let comparison = wire.get("comparison");
    // `false` would turn it round, which no client does.
    if comparison == Some(&json!(false)) {
        return Err(vec!["comparison: expected true".to_owned()]);
    }
    let mut older = Map::new();
    older.insert("id".to_owned(), json!(id_in(part, kind)));
    match comparison {
        Some(Value::Object(parameters)) => {
            for (key, value) in parameters {
                let key = kind
                    .renamed
                    .iter()
                    .find(|(_, newer)| newer == key)
                    .map_or(key.as_str(), |(older, _)| older);
                older.insert(key.to_owned(), value.clone());
            }
        }
        Some(value @ (Value::Number(_) | Value::String(_))) => {
            older.insert("value".to_owned(), value.clone());
        }
        _ => {}
    }
    if name.ends_with("_percent") {
        older.insert("comparisonType".to_owned(), json!("percent"));
    }
    Check::read(part, &older)
}

/// The older model knows some kinds by one id in each list.
fn id_in(part: Part, kind: &Kind) -> &'static str {
    match (part, kind.name) {
        (Part::Condition, "level") => "sentry.rules.conditions.level.LevelCondition",
        (Part::Condition, "tagged_event") => "sentry.rules.conditions.tagged_event.TaggedEventCondition",
        (Part::Condition, "event_attribute") => "sentry.rules.conditions.event_attribute.EventAttributeCondition",
        _ => kind.id,
    }
}

/// `type` and `comparison`.
pub(super) fn write(part: Part, check: &Check) -> Map<String, Value> {
    let kind = kind_of(check);
    let mut parameters = check.to_wire(part);
    parameters.remove("id");
    parameters.remove("comparisonType");
    for (older, newer) in kind.renamed {
        if let Some(value) = parameters.remove(*older) {
            parameters.insert((*newer).to_owned(), value);
        }
    }
    // What is a number in this model is a text in the older one.
    for key in ["level", "value"] {
        let is_number = matches!(
            check,
            Check::Event(EventCheck::Level(_)) | Check::Category(_) | Check::Priority(_)
        );
        if let Some(Value::String(text)) = parameters.get(key)
            && is_number
            && let Ok(number) = text.parse::<i64>()
        {
            parameters.insert(key.to_owned(), json!(number));
        }
    }
    let comparison = match check {
        Check::Priority(priority) => json!(priority.number()),
        _ if parameters.is_empty() => json!(true),
        _ => Value::Object(parameters),
    };
    let mut wire = Map::new();
    wire.insert("type".to_owned(), json!(kind.name));
    wire.insert("comparison".to_owned(), comparison);
    wire
}

fn kind_of(check: &Check) -> &'static Kind {
    let name = match check {
        Check::EveryEvent => "every_event",
        Check::FirstSeen => "first_seen_event",
        Check::Regression => "regression_event",
        Check::Reappeared => "reappeared_event",
        Check::NewHighPriority => "new_high_priority_issue",
        Check::ExistingHighPriority => "existing_high_priority_issue",
        Check::Frequency(frequency) => match (frequency.of, frequency.change) {
            (Of::Events, None) => "event_frequency_count",
            (Of::Events, Some(_)) => "event_frequency_percent",
            (Of::Users, None) => "event_unique_user_frequency_count",
            (Of::Users, Some(_)) => "event_unique_user_frequency_percent",
            (Of::Sessions, None) => "percent_sessions_count",
            (Of::Sessions, Some(_)) => "percent_sessions_percent",
        },
        Check::Event(EventCheck::Level(_)) => "level",
        Check::Event(EventCheck::Tag(_)) => "tagged_event",
        Check::Event(EventCheck::Attribute(_)) => "event_attribute",
        Check::Age(_) => "age_comparison",
        Check::Occurrences(_) => "issue_occurrences",
        Check::AssignedTo(_) => "assigned_to",
        Check::LatestRelease => "latest_release",
        Check::AdoptedRelease(_) => "latest_adopted_release",
        Check::Category(_) => "issue_category",
        Check::Severity(_) => "issue_severity",
        Check::Priority(_) => "issue_priority_greater_or_equal",
    };
    let kind = KINDS.iter().find(|kind| kind.name == name);
    kind.expect("every check has a type")
}
