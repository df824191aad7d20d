//! Tables and charts: rows of events, or groups of them with what is summed up of each, also over time.
//!
//! Segments are read column by column. Texts are ordinals of a segment's dictionary there, so groups and distinct values
//! are found by number, and what a number means is looked up once a segment; across segments and days values are
//! compared, never ordinals.

mod gather;
mod groups;
mod measure;
mod order;
mod plan;
mod reader;
mod rows;
mod scalar;
mod scan;
mod series;
mod sketch;

pub(super) use scan::share_out;

use query::{Column, Equation, OrderBy};
use tantivy::SegmentReader;

use self::{
    gather::{Gathered, gather},
    groups::Groups,
    plan::{Demand, Formula, Group, Plan},
    scalar::Scalar,
    scan::Scan,
};
use super::{Cell, EventIndex, Limits, QuestionError, Scope, Table, TableQuestion, day_index::DayReader};

/// Groups whose values are worked out between two looks at the limits.
const GROUPS: usize = 4096;

impl EventIndex {
    /// Rows of events, or groups where an aggregate is among the columns or conditions. Blocking.
    pub fn table(&self, scope: &Scope, question: &TableQuestion, limits: &Limits) -> Result<Table, QuestionError> {
        order::check(question)?;
        let scan = Scan::new(
            self,
            scope,
            &question.query.filter,
            question.bindings.as_deref(),
            limits,
        );
        let readers = self.readers(scope)?;
        let in_groups = !question.query.having.is_empty() || question.columns.iter().any(has_aggregate);
        if in_groups {
            table_of_groups(&scan, &readers, question)
        } else {
            rows::table(&scan, &readers, question)
        }
    }
}

/// All segments, each with its number.
fn segments(readers: &[DayReader]) -> Vec<(usize, &SegmentReader)> {
    readers
        .iter()
        .flat_map(|reader| reader.searcher.segment_readers())
        .enumerate()
        .collect()
}

fn has_aggregate(column: &Column) -> bool {
    fn in_equation(equation: &Equation) -> bool {
        match equation {
            Equation::Aggregate(_) => true,
            Equation::Number(_) | Equation::Field(_) => false,
            Equation::Calculation(left, _, right) => in_equation(left) || in_equation(right),
        }
    }
    match column {
        Column::Field(_) => false,
        Column::Aggregate(_) => true,
        Column::Equation(equation) => in_equation(equation),
    }
}

fn table_of_groups(scan: &Scan<'_>, readers: &[DayReader], question: &TableQuestion) -> Result<Table, QuestionError> {
    let mut plan = Plan::default();
    let columns: Vec<_> = question
        .columns
        .iter()
        .map(|column| plan.column(column))
        .collect::<Result<_, _>>()?;
    let demands: Vec<_> = question
        .query
        .having
        .iter()
        .map(|having| plan.demand(having))
        .collect::<Result<_, _>>()?;
    let gathered = gather(scan, &segments(readers), &plan, &Groups::by(plan.keys.len()), None)?;
    let answer = GroupAnswer {
        gathered,
        columns,
        demands,
        seconds: (scan.scope.end.0.saturating_sub(scan.scope.start.0)) as f64 / 1e6,
    };
    let mut ranked = answer.ranked(scan, &question.order)?;
    let more = order::page(&mut ranked, question, |left, right| {
        // Keys differ from group to group, so the order is the same whenever it is asked for.
        order::compare(&left.by, &right.by, &question.order).then_with(|| left.key.cmp(&right.key))
    });
    Ok(Table {
        rows: ranked.iter().map(|group| answer.row(group)).collect(),
        more,
    })
}

/// Turns what was kept of groups into rows.
struct GroupAnswer {
    gathered: Gathered,
    columns: Vec<Formula>,
    demands: Vec<Demand>,
    seconds: f64,
}

struct Ranked {
    number: usize,
    key: Vec<Scalar>,
    by: Vec<Scalar>,
}

impl GroupAnswer {
    /// The groups that meet all demands, with what they are ordered by.
    fn ranked(&self, scan: &Scan<'_>, order: &[OrderBy]) -> Result<Vec<Ranked>, QuestionError> {
        let mut ranked = Vec::new();
        let mut share = scan.budget.share(0)?;
        for number in 0..self.gathered.groups.len() {
            if number % GROUPS == 0 {
                scan.budget.check()?;
                share.set(ranked.len() * (size_of::<Ranked>() + (1 + order.len()) * size_of::<Scalar>()))?;
            }
            let key = self.gathered.groups.key(number);
            let group = self.group(&key, number);
            if self.demands.iter().all(|demand| demand.holds(&group)) {
                let by = order
                    .iter()
                    .map(|by| Scalar::from(&self.columns[by.column].answer(&group)))
                    .collect();
                ranked.push(Ranked { number, key, by });
            }
        }
        Ok(ranked)
    }

    fn row(&self, ranked: &Ranked) -> Vec<Cell> {
        let group = self.group(&ranked.key, ranked.number);
        self.columns.iter().map(|column| column.answer(&group)).collect()
    }

    fn group<'a>(&'a self, key: &'a [Scalar], number: usize) -> Group<'a> {
        Group {
            key,
            kept: &self.gathered.kept,
            number,
            seconds: self.seconds,
        }
    }
}
