//! Aggregates over time.

use query::{Column, Field, Known};

use super::{
    gather::{Gathered, Timeline, gather},
    groups::Groups,
    plan::{Formula, Group, Plan, number, unsupported},
    scalar::Scalar,
    scan::Scan,
    segments,
};
use crate::events::{EventIndex, Limits, QuestionError, Scope, Series, SeriesAnswer, SeriesQuestion};

impl EventIndex {
    /// Blocking. Points in time are milliseconds since 1970 in the answer; what a bucket has no value for is `None`.
    pub fn series(
        &self,
        scope: &Scope,
        question: &SeriesQuestion,
        limits: &Limits,
    ) -> Result<SeriesAnswer, QuestionError> {
        let mut plan = Plan::default();
        let formulas: Vec<_> = question
            .values
            .iter()
            .map(|value| formula(&mut plan, value))
            .collect::<Result<_, _>>()?;
        let fields = question.groups.as_ref().map_or(&[][..], |groups| &groups.fields);
        let places: Vec<_> = fields.iter().map(|field| plan.key(field)).collect();
        let time = plan.field(&Field::Known(Known::Timestamp));
        let timeline = Timeline {
            buckets: question.buckets,
            time,
        };

        let keys = keys(question, &places, plan.keys.len())?;
        // Without fields everything is the one group that there is.
        let (groups, numbers) = if question.groups.is_some() {
            Groups::exactly(&keys, plan.keys.len())
        } else {
            (Groups::by(0), vec![0])
        };
        let scan = Scan::new(self, scope, &question.filter, question.bindings.as_deref(), limits);
        let readers = self.readers(scope)?;
        let gathered = gather(&scan, &segments(&readers), &plan, &groups, Some(&timeline))?;

        let series = |group: usize| timeline.series(&gathered, &formulas, group);
        Ok(SeriesAnswer {
            groups: numbers.iter().map(|group| series(*group as usize)).collect(),
            other: question.groups.is_some().then(|| series(groups.len())),
        })
    }
}

fn formula(plan: &mut Plan, value: &Column) -> Result<Formula, QuestionError> {
    if let Column::Field(field) = value {
        return Err(unsupported(format!(
            "{field} differs from event to event: a chart wants a count or the like"
        )));
    }
    let formula = plan.column(value)?;
    if !formula.is_number() {
        return Err(unsupported(
            "a chart wants numbers: any() and latest_event() are none".to_owned(),
        ));
    }
    Ok(formula)
}

/// The groups that are asked for; a field that is named twice stands in a key once.
fn keys(question: &SeriesQuestion, places: &[usize], fields: usize) -> Result<Vec<Vec<Scalar>>, QuestionError> {
    let asked = question.groups.iter().flat_map(|groups| &groups.keys);
    asked
        .map(|cells| {
            if cells.len() != places.len() {
                return Err(unsupported("a group has one value for each of its fields".to_owned()));
            }
            let mut key = vec![Scalar::Null; fields];
            cells
                .iter()
                .zip(places)
                .for_each(|(cell, place)| key[*place] = Scalar::from(cell));
            Ok(key)
        })
        .collect()
}

impl Timeline {
    fn series(&self, gathered: &Gathered, formulas: &[Formula], group: usize) -> Series {
        let seconds = self.buckets.width_micros() as f64 / 1e6;
        let value = |formula: &Formula, slot: usize| {
            number(&formula.answer(&Group {
                key: &[],
                kept: &gathered.kept,
                number: group * self.buckets.slots + slot,
                seconds,
            }))
        };
        let values = |formula| (0..self.buckets.slots).map(|slot| value(formula, slot)).collect();
        Series {
            values: formulas.iter().map(values).collect(),
        }
    }
}
