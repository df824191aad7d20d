use std::time::Duration;

use grouping::{PreviousStrategy, Settings, StrategyId};
use model::Timestamp;
use serde::Serialize;
use services::settings::ProjectTopic as _;

use crate::body::Fields;

/// For how long the hashes of the version before still find their issues, when nobody says for how long.
const TRANSITION: Duration = Duration::from_secs(90 * 24 * 3600);

/// The settings as a project's details show them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupingSettingsView {
    grouping_config: &'static str,
    derived_grouping_enhancements: &'static str,
    grouping_enhancements: String,
    /// In seconds since 1970; 0 without one.
    secondary_grouping_expiry: i64,
    secondary_grouping_config: Option<&'static str>,
    fingerprinting_rules: String,
}

impl GroupingSettingsView {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            grouping_config: settings.strategy.name(),
            derived_grouping_enhancements: "",
            grouping_enhancements: settings.stack_trace_rules.clone(),
            secondary_grouping_expiry: settings.previous.map_or(0, |previous| previous.until.seconds()),
            secondary_grouping_config: settings.previous.map(|previous| previous.strategy.name()),
            fingerprinting_rules: settings.fingerprint_rules.clone(),
        }
    }
}

/// The settings with what a body changes of them; `None` when it changes nothing.
pub(crate) fn change(fields: &mut Fields, before: &Settings, now: Timestamp) -> Option<Settings> {
    let mut settings = before.clone();
    if fields.is_given("fingerprintingRules") {
        settings.fingerprint_rules = fields.whole_text("fingerprintingRules").unwrap_or_default();
    }
    if fields.is_given("groupingEnhancements") {
        settings.stack_trace_rules = fields.whole_text("groupingEnhancements").unwrap_or_default();
    }
    if let Some(strategy) = fields.choice("groupingConfig", |name| name.parse().ok()) {
        settings.strategy = strategy;
    }
    settings.previous = previous(fields, before, settings.strategy, now);
    if settings == *before {
        return None;
    }
    fields.refuse_settings(&settings.problems(), wire_name);
    Some(settings)
}

/// What the project moved away from: as the body says, or what it has had when it moves now.
fn previous(fields: &mut Fields, before: &Settings, strategy: StrategyId, now: Timestamp) -> Option<PreviousStrategy> {
    let named = fields.choice("secondaryGroupingConfig", |name| name.parse().ok());
    let until = fields.number("secondaryGroupingExpiry").map(Timestamp::from_seconds);
    if until.is_some_and(|until| until.seconds() != 0 && (until < now || until > now + TRANSITION)) {
        fields.refuse(
            "secondaryGroupingExpiry",
            "The time must lie within the next 90 days, in seconds since 1970.",
        );
    }
    if fields.is_given("secondaryGroupingConfig") && named.is_none() {
        return None;
    }
    let moved = (strategy != before.strategy).then_some(before.strategy);
    let previous = match (named.or(moved), before.previous) {
        (Some(strategy), _) => Some(PreviousStrategy {
            strategy,
            until: now + TRANSITION,
        }),
        (None, previous) => previous,
    };
    previous.map(|previous| PreviousStrategy {
        until: until.filter(|until| until.seconds() != 0).unwrap_or(previous.until),
        ..previous
    })
}

/// Settings call their texts by what they hold.
fn wire_name(field: &str) -> &str {
    match field {
        "fingerprint_rules" => "fingerprintingRules",
        "stack_trace_rules" => "groupingEnhancements",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp(1_795_228_800_000_000);

    fn check(before: &Settings, body: serde_json::Value) -> Result<Option<Settings>, Vec<String>> {
        let serde_json::Value::Object(object) = body else {
            panic!("not an object");
        };
        let mut fields = Fields::of(object);
        let changed = change(&mut fields, before, NOW);
        match fields.finish() {
            Ok(()) => Ok(changed),
            Err(error) => Err(error.fields.into_keys().collect()),
        }
    }

    #[test]
    fn a_move_to_another_version_keeps_the_one_before_for_a_while() {
        let old = Settings {
            strategy: StrategyId::V2023,
            ..Settings::default()
        };
        let moved = check(&old, json!({ "groupingConfig": StrategyId::V2026.name() }));
        let moved = moved.unwrap().unwrap();
        assert_eq!(moved.strategy, StrategyId::V2026);
        let previous = moved.previous.unwrap();
        assert_eq!(
            (previous.strategy, previous.until),
            (StrategyId::V2023, NOW + TRANSITION)
        );
        // Sending the same again changes nothing, and a client may say for how long.
        assert_eq!(
            check(&moved, json!({ "groupingConfig": StrategyId::V2026.name() })),
            Ok(None)
        );
        let soon = NOW + Duration::from_secs(60);
        let shorter = check(&moved, json!({ "secondaryGroupingExpiry": soon.seconds() }))
            .unwrap()
            .unwrap();
        assert_eq!(shorter.previous.unwrap().until, soon);
        let ended = check(&moved, json!({ "secondaryGroupingConfig": null }))
            .unwrap()
            .unwrap();
        assert_eq!(ended.previous, None);
    }

    #[test]
    fn wrong_values_are_named() {
        let before = Settings::default();
        for (body, field) in [
            (json!({ "groupingConfig": "newstyle:1999" }), "groupingConfig"),
            (json!({ "secondaryGroupingConfig": "x" }), "secondaryGroupingConfig"),
            (json!({ "secondaryGroupingExpiry": 12 }), "secondaryGroupingExpiry"),
            (json!({ "fingerprintingRules": 7.5e300 }), "fingerprintingRules"),
            (json!({ "fingerprintingRules": "nonsense" }), "fingerprintingRules"),
            (
                json!({ "groupingEnhancements": "stack.function:x" }),
                "groupingEnhancements",
            ),
        ] {
            assert_eq!(check(&before, body), Err(vec![field.to_owned()]), "{field}");
        }
    }
}
