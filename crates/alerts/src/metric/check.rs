use super::{Detection, Direction, Level, MetricRule};
use crate::Problem;

/// The longest window, and how many of them in a row may be asked for.
const LONGEST_WINDOW: u32 = 1_440;
const MOST_WINDOWS: u32 = 20;

/// 89 days, in minutes: what is compared must still be kept.
const LONGEST_DELTA: u32 = 89 * 1_440;

/// The windows of crash rates.
const CRASH_WINDOWS: [u32; 6] = [30, 60, 120, 240, 720, 1_440];

/// The windows of which there are enough in four weeks, and not too many.
const DYNAMIC_WINDOWS: [u32; 3] = [15, 30, 60];

/// What is wrong with a rule that can be read.
pub fn check(rule: &MetricRule) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |field: &'static str, message: String| problems.push(Problem::new(field, message));
    if !(1..=LONGEST_WINDOW).contains(&rule.window_minutes) {
        refuse(
            "timeWindow",
            format!("The window must lie between 1 and {LONGEST_WINDOW} minutes."),
        );
    } else if rule.dataset.is_sessions() && !CRASH_WINDOWS.contains(&rule.window_minutes) {
        refuse(
            "timeWindow",
            format!(
                "Invalid time window for crash rates: allowed are {}.",
                listed(&CRASH_WINDOWS)
            ),
        );
    } else if is_dynamic(rule) && !DYNAMIC_WINDOWS.contains(&rule.window_minutes) {
        refuse(
            "timeWindow",
            format!(
                "Invalid time window for dynamic thresholds: allowed are {}.",
                listed(&DYNAMIC_WINDOWS)
            ),
        );
    }
    if !(1..=MOST_WINDOWS).contains(&rule.period) {
        refuse(
            "thresholdPeriod",
            format!("Ensure this value lies between 1 and {MOST_WINDOWS}."),
        );
    }
    if let Detection::Percent { minutes } = rule.detection {
        if rule.dataset.is_sessions() {
            refuse(
                "comparisonDelta",
                "Crash rates cannot be compared with another time.".to_owned(),
            );
        } else if !(1..=LONGEST_DELTA).contains(&minutes) {
            refuse(
                "comparisonDelta",
                "The time to compare with lies between 1 minute and 89 days before.".to_owned(),
            );
        }
    }
    if rule.query.contains("release:latest") {
        refuse(
            "query",
            "Invalid query: release:latest means another release every time.".to_owned(),
        );
    }
    if is_dynamic(rule) {
        if rule.dataset.is_sessions() {
            refuse("detectionType", "Crash rates have static thresholds only.".to_owned());
        }
        if rule.warning.is_some() {
            refuse(
                "triggers",
                "Dynamic alerts have one trigger, named critical.".to_owned(),
            );
        }
        if rule.resolve_threshold.is_some() {
            refuse(
                "resolveThreshold",
                "Dynamic alerts resolve when the value is usual again.".to_owned(),
            );
        }
    } else {
        thresholds(rule, &mut refuse);
    }
    problems
}

fn is_dynamic(rule: &MetricRule) -> bool {
    matches!(rule.detection, Detection::Dynamic { .. })
}

fn listed(minutes: &[u32]) -> String {
    let texts: Vec<String> = minutes.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

/// The warning comes first, and the resolution is outside of both.
fn thresholds(rule: &MetricRule, refuse: &mut impl FnMut(&'static str, String)) {
    let direction = rule.direction;
    let word = if direction == Direction::Below {
        "below"
    } else {
        "above"
    };
    if let Some(warning) = &rule.warning {
        let (critical, warning) = (rule.critical.threshold, warning.threshold);
        if rule.compared(critical) == rule.compared(warning)
            || direction.is_beyond(rule.compared(warning), rule.compared(critical))
        {
            refuse(
                "triggers",
                format!("Critical threshold must be {word} warning threshold"),
            );
        }
    }
    if rule.crash_free().is_some() {
        let all = rule
            .triggers()
            .map(|(_, trigger)| trigger.threshold)
            .chain(rule.resolve_threshold);
        if all.into_iter().any(|threshold| !(0.0..=100.0).contains(&threshold)) {
            refuse("triggers", "Rates lie between 0 and 100 percent.".to_owned());
        }
    }
    let lowest = if rule.warning.is_some() {
        Level::Warning
    } else {
        Level::Critical
    };
    let Some((resolve, lowest)) = rule.resolve_threshold.zip(rule.trigger(lowest)) else {
        return;
    };
    // What is counted is whole: more than 0 and less than 1 leave nothing between them, nor do they overlap.
    let slack = if rule.grows_with_rows() { 1.0 } else { 0.0 };
    let (resolve, begins) = (rule.compared(resolve), rule.compared(lowest.threshold));
    let overlaps = match direction {
        Direction::Below => resolve < begins - slack,
        _ => resolve > begins + slack,
    };
    if overlaps {
        refuse(
            "resolveThreshold",
            format!("Alert thresholds must be {word} the resolve threshold"),
        );
    } else if rule.grows_with_rows() && direction == Direction::Above && resolve <= 0.0 {
        refuse(
            "resolveThreshold",
            "Nothing is counted below 0, so it would never resolve.".to_owned(),
        );
    }
}
