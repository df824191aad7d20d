use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Detection, Direction, Level, MetricRule, Reading};

/// After an incident began, or somebody closed it, the rule opens no other one for so long.
pub const REOPENS_AFTER: Duration = Duration::from_secs(600);

/// What a rule remembers from value to value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    critical: Run,
    warning: Run,
}

/// How long a trigger has been on one side of its thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Run {
    is_active: bool,
    /// Values in a row beyond the threshold, up to as many as are asked for.
    beyond: u32,
    /// Values in a row that are back.
    back: u32,
}

/// What a value changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Same,
    Opens(Level),
    Changes {
        from: Level,
        to: Level,
    },
    Closes {
        from: Level,
    },
    /// It would open an incident, but the last one is too recent.
    Waits(Level),
}

/// On which side of a trigger's thresholds a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Beyond,
    Back,
    Between,
    /// The value does not tell.
    Unknown,
}

impl State {
    /// The highest trigger that is active.
    pub fn level(&self) -> Option<Level> {
        match (self.critical.is_active, self.warning.is_active) {
            (true, _) => Some(Level::Critical),
            (_, true) => Some(Level::Warning),
            _ => None,
        }
    }

    /// Values were left out: what comes next is no row with what was before.
    pub fn interrupt(&mut self) {
        for run in [&mut self.critical, &mut self.warning] {
            (run.beyond, run.back) = (0, 0);
        }
    }

    fn run(&mut self, level: Level) -> &mut Run {
        match level {
            Level::Critical => &mut self.critical,
            Level::Warning => &mut self.warning,
        }
    }
}

/// What a value makes of a rule. `may_open` is false as long as the last incident is too recent, see [`REOPENS_AFTER`]:
/// a crossing that still holds then opens one.
pub fn step(rule: &MetricRule, state: State, reading: Reading, may_open: bool) -> (State, Verdict) {
    let before = state.level();
    let mut after = state;
    let mut waits = None;
    for (level, trigger) in rule.triggers() {
        let threshold = rule.compared(trigger.threshold);
        let side = side(rule.direction, threshold, rule.resolves_at(level), reading);
        let run = after.run(level);
        run.note(side, rule.period);
        if !run.is_active && run.beyond >= rule.period {
            if before.is_none() && !may_open {
                waits = waits.max(Some(level));
            } else {
                run.is_active = true;
            }
        } else if run.is_active && run.back >= rule.period {
            run.is_active = false;
        }
    }
    let verdict = match (before, after.level()) {
        (None, None) => waits.map_or(Verdict::Same, Verdict::Waits),
        (None, Some(level)) => Verdict::Opens(level),
        (Some(from), None) => Verdict::Closes { from },
        (Some(from), Some(to)) if from != to => Verdict::Changes { from, to },
        _ => Verdict::Same,
    };
    (after, verdict)
}

/// How many incidents values in a row would have opened, each `width` after the one before. `None` of a dynamic rule,
/// which compares each value with others.
pub fn openings(rule: &MetricRule, values: &[Option<f64>], width: Duration) -> Option<u64> {
    if matches!(rule.detection, Detection::Dynamic { .. }) {
        return None;
    }
    let (mut state, mut since, mut openings) = (State::default(), REOPENS_AFTER, 0);
    for value in values {
        let reading = value.map_or(Reading::Nothing, Reading::Value);
        let (next, verdict) = step(rule, state, reading, since >= REOPENS_AFTER);
        (state, since) = (next, since.saturating_add(width));
        if matches!(verdict, Verdict::Opens(_)) {
            openings += 1;
            since = width;
        }
    }
    Some(openings)
}

impl Run {
    fn note(&mut self, side: Side, period: u32) {
        match side {
            Side::Beyond => (self.beyond, self.back) = ((self.beyond + 1).min(period), 0),
            Side::Back => (self.beyond, self.back) = (0, (self.back + 1).min(period)),
            Side::Between => (self.beyond, self.back) = (0, 0),
            Side::Unknown => {}
        }
    }
}

/// Where nothing is said of it, a trigger ends as soon as the value is no longer beyond its threshold.
fn side(direction: Direction, threshold: f64, resolves_at: Option<f64>, reading: Reading) -> Side {
    let (value, may_be_more) = match reading {
        Reading::Value(value) => (value, false),
        Reading::AtLeast(value) => (value, true),
        Reading::Nothing => return Side::Unknown,
    };
    let opposite = match direction {
        Direction::Below => Direction::Above,
        Direction::Above | Direction::Outside => Direction::Below,
    };
    let side = if direction.is_beyond(value, threshold) {
        Side::Beyond
    } else if resolves_at.is_none_or(|resolve| opposite.is_beyond(value, resolve)) {
        Side::Back
    } else {
        Side::Between
    };
    // With the rows that are missing the value would be greater: what is above stays above, nothing else is sure.
    let is_sure = match direction {
        Direction::Above => side == Side::Beyond,
        Direction::Below => side == Side::Back,
        Direction::Outside => false,
    };
    if may_be_more && !is_sure { Side::Unknown } else { side }
}
