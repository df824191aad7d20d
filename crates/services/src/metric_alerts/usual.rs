//! What a rule measured at like times before, found out once a window and then remembered.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alerts::metric::{
    Sensitivity,
    seasonal::{self, Band},
};
use model::Timestamp;
use store::events::Buckets;

use super::measure::{MeasureError, Subject, values, window};
use crate::App;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Values of the slots before one, the oldest first.
type History = Arc<Vec<Option<f64>>>;

/// By rule: its revision, the slot that they lie before, and the values.
#[derive(Debug, Default)]
pub(super) struct Histories(Mutex<HashMap<i64, (i64, Timestamp, History)>>);

/// How many rules are remembered; when there are more, all begin anew.
const MOST_RULES: usize = 2_000;

impl Histories {
    fn get(&self, (rule, revision): (i64, i64), slot: Timestamp) -> Option<History> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, at, history) = known.get(&rule)?;
        (*of == revision && *at == slot).then(|| Arc::clone(history))
    }

    fn set(&self, (rule, revision): (i64, i64), slot: Timestamp, history: &History) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_RULES {
            known.clear();
        }
        known.insert(rule, (revision, slot, Arc::clone(history)));
    }
}

/// What is usual for the window that ends there: `None` while there is too little history.
pub(super) async fn band(
    app: &App,
    subject: &Subject<'_>,
    end: Timestamp,
    sensitivity: Sensitivity,
) -> Result<Option<Band>, MeasureError> {
    // Windows begin each minute, slots where they did on the days before: the one that holds the middle of the window.
    let width = window(subject.rule);
    let slot = (end - width / 2).truncate(width);
    let history = match subject
        .version
        .and_then(|version| app.metric_alerts.usual.get(version, slot))
    {
        Some(known) => known,
        None => {
            let found = Arc::new(history(app, subject, slot).await?);
            if let Some(version) = subject.version {
                app.metric_alerts.usual.set(version, slot, &found);
            }
            found
        }
    };
    Ok(seasonal::band(&history, slots_a_day(width), sensitivity))
}

fn slots_a_day(width: Duration) -> usize {
    usize::try_from(DAY.as_secs() / width.as_secs().max(1))
        .unwrap_or(1)
        .max(1)
}

/// The values of the four weeks before a slot. What lies before the first event is no history.
pub(super) async fn history(
    app: &App,
    subject: &Subject<'_>,
    slot: Timestamp,
) -> Result<Vec<Option<f64>>, MeasureError> {
    let width = window(subject.rule);
    let slots = slots_a_day(width) * seasonal::DAYS;
    let buckets = Buckets {
        start: slot - width * u32::try_from(slots).unwrap_or(u32::MAX),
        width,
        slots,
    };
    let mut values = values(app, subject, buckets).await?;
    let first = values.iter().position(|value| value.is_some_and(|value| value != 0.0));
    for value in &mut values[..first.unwrap_or(slots)] {
        *value = None;
    }
    Ok(values)
}
