//! What must be kept of a group so that its columns can be answered: equal parts of several columns are kept once.

use model::Timestamp;
use query::{
    Aggregate, Column, Comparison, Condition, Equation, Expr, Field, Having, Kind, Known, Operator, Pattern, Test,
};

use super::{measure::Kept, reader::texts, scalar::Scalar};
use crate::events::{Cell, QuestionError};

/// What is kept of each group. Fields are places in `Plan::fields`, conditions in `Plan::conditions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Rows,
    RowsIf(usize),
    Distinct {
        field: usize,
        of: Option<usize>,
    },
    /// How many, sum, least and greatest of numbers.
    Summary(usize),
    Percentiles(usize),
    /// The least value.
    Smallest(usize),
    /// The first and the last point in time.
    Span(usize),
    /// The id of the newest row; the field is its time.
    Latest(usize),
}

#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) measures: Vec<Measure>,
    /// All that are read of a row.
    pub(super) fields: Vec<Field>,
    pub(super) conditions: Vec<Expr<Condition>>,
    /// Places in `fields` of what rows are grouped by.
    pub(super) keys: Vec<usize>,
}

/// A column that is computed from the measures of a group.
#[derive(Debug, Clone)]
pub(super) enum Formula {
    /// A field by which rows are grouped: its place in the key.
    Key(usize),
    Number(f64),
    Aggregate {
        aggregate: Aggregate,
        measures: Vec<usize>,
    },
    Calculation(Box<Self>, Operator, Box<Self>),
}

/// A `Having` whose aggregate is planned.
#[derive(Debug)]
pub(super) struct Demand {
    formula: Formula,
    comparison: Comparison,
    value: f64,
}

impl Plan {
    pub(super) fn column(&mut self, column: &Column) -> Result<Formula, QuestionError> {
        match column {
            Column::Field(field) => Ok(Formula::Key(self.key(field))),
            Column::Aggregate(aggregate) => self.aggregate(aggregate),
            Column::Equation(equation) => self.equation(equation),
        }
    }

    pub(super) fn demand(&mut self, having: &Having) -> Result<Demand, QuestionError> {
        if matches!(having.aggregate, Aggregate::Any(_) | Aggregate::LatestEvent) {
            return Err(unsupported(
                "any() and latest_event() are no numbers: they cannot be compared".to_owned(),
            ));
        }
        Ok(Demand {
            formula: self.aggregate(&having.aggregate)?,
            comparison: having.comparison,
            value: having.value,
        })
    }

    /// The place in the key of a group; a field that is asked for twice stands there once.
    pub(super) fn key(&mut self, field: &Field) -> usize {
        let field = self.field(field);
        place_of(&mut self.keys, field)
    }

    pub(super) fn field(&mut self, field: &Field) -> usize {
        place_of(&mut self.fields, field.clone())
    }

    fn measure(&mut self, measure: Measure) -> usize {
        place_of(&mut self.measures, measure)
    }

    fn rows_if(&mut self, condition: Expr<Condition>) -> usize {
        let condition = place_of(&mut self.conditions, condition);
        self.measure(Measure::RowsIf(condition))
    }

    fn equation(&mut self, equation: &Equation) -> Result<Formula, QuestionError> {
        Ok(match equation {
            Equation::Number(number) => Formula::Number(*number),
            Equation::Aggregate(aggregate) => self.aggregate(aggregate)?,
            Equation::Field(field) => {
                return Err(unsupported(format!(
                    "an equation beside aggregates cannot use {field}, which differs from event to event"
                )));
            }
            Equation::Calculation(left, operator, right) => Formula::Calculation(
                Box::new(self.equation(left)?),
                *operator,
                Box::new(self.equation(right)?),
            ),
        })
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Formula, QuestionError> {
        let measures = match aggregate {
            Aggregate::Count | Aggregate::PerMinute | Aggregate::PerSecond => vec![self.measure(Measure::Rows)],
            Aggregate::CountIf(condition) => vec![self.rows_if(condition.as_ref().clone())],
            Aggregate::CountUnique(field) => vec![self.distinct(field, None)],
            Aggregate::Percentile(field, _) => {
                let field = self.number_field(field)?;
                vec![self.measure(Measure::Percentiles(field))]
            }
            Aggregate::Min(field) | Aggregate::Max(field) if field.kind() == Kind::Time => vec![self.span(field)],
            Aggregate::Average(field) | Aggregate::Sum(field) | Aggregate::Min(field) | Aggregate::Max(field) => {
                let field = self.number_field(field)?;
                vec![self.measure(Measure::Summary(field))]
            }
            Aggregate::Any(field) => {
                let field = self.field(field);
                vec![self.measure(Measure::Smallest(field))]
            }
            Aggregate::LastSeen | Aggregate::FirstSeen => vec![self.span(&Field::Known(Known::Timestamp))],
            Aggregate::LatestEvent => {
                let time = self.field(&Field::Known(Known::Timestamp));
                vec![self.measure(Measure::Latest(time))]
            }
            Aggregate::FailureRate => vec![self.rows_if(failed()), self.measure(Measure::Rows)],
            Aggregate::Apdex(threshold) => vec![
                self.rows_if(duration(Comparison::LessOrEqual, *threshold)),
                self.rows_if(duration(Comparison::LessOrEqual, threshold * TOLERATED)),
                self.rows_if(term(Known::Duration, Test::Present)),
            ],
            Aggregate::UserMisery(threshold) => vec![self.miserable(*threshold), self.distinct(&USER, None)],
            Aggregate::CountMiserable(threshold) => vec![self.miserable(*threshold)],
        };
        Ok(Formula::Aggregate {
            aggregate: aggregate.clone(),
            measures,
        })
    }

    fn distinct(&mut self, field: &Field, of: Option<usize>) -> usize {
        let field = self.field(field);
        self.measure(Measure::Distinct { field, of })
    }

    fn miserable(&mut self, threshold: f64) -> usize {
        let condition = place_of(
            &mut self.conditions,
            duration(Comparison::Greater, threshold * TOLERATED),
        );
        self.distinct(&USER, Some(condition))
    }

    fn span(&mut self, field: &Field) -> usize {
        let field = self.field(field);
        self.measure(Measure::Span(field))
    }

    fn number_field(&mut self, field: &Field) -> Result<usize, QuestionError> {
        match field.kind() {
            Kind::Number | Kind::Duration => Ok(self.field(field)),
            _ => Err(unsupported(format!(
                "{field} is no number: it has no sum, average or percentile"
            ))),
        }
    }
}

/// Who waited for more than four thresholds is frustrated.
const TOLERATED: f64 = 4.0;

const USER: Field = Field::Known(Known::User);

/// What Sentry's user misery starts from while there are few users.
const MISERY_BEFORE: f64 = 5.8875;
const CONTENT_BEFORE: f64 = 111.8625;

/// A transaction without a status counts as one whose status is unknown.
fn failed() -> Expr<Condition> {
    let fine = ["ok", "cancelled", "unknown"].map(|status| Pattern::Exact(status.to_owned()));
    Expr::And(vec![
        term(Known::Status, Test::Present),
        Expr::Not(Box::new(term(Known::Status, Test::Any(fine.into())))),
    ])
}

fn duration(comparison: Comparison, milliseconds: f64) -> Expr<Condition> {
    term(Known::Duration, Test::Number(comparison, milliseconds))
}

fn term(known: Known, test: Test) -> Expr<Condition> {
    Expr::Term(Condition::Field {
        field: Field::Known(known),
        test,
    })
}

fn place_of<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> usize {
    list.iter().position(|there| *there == wanted).unwrap_or_else(|| {
        list.push(wanted);
        list.len() - 1
    })
}

pub(super) fn unsupported(message: String) -> QuestionError {
    QuestionError::Unsupported(message)
}

/// What of a group a formula needs.
pub(super) struct Group<'a> {
    pub(super) key: &'a [Scalar],
    pub(super) kept: &'a Kept,
    pub(super) number: usize,
    /// How long the time is that `epm()` is about.
    pub(super) seconds: f64,
}

impl Formula {
    pub(super) fn answer(&self, group: &Group<'_>) -> Cell {
        match self {
            Self::Key(place) => group.key[*place].clone().into(),
            Self::Number(number) => Cell::Number(*number),
            Self::Aggregate { aggregate, measures } => group.aggregate(aggregate, measures),
            Self::Calculation(left, operator, right) => {
                let sides = number(&left.answer(group)).zip(number(&right.answer(group)));
                let result = sides.and_then(|(left, right)| calculate(left, *operator, right));
                result.map_or(Cell::Null, Cell::Number)
            }
        }
    }

    /// Whether its answers are numbers, as those of a chart must be.
    pub(super) fn is_number(&self) -> bool {
        match self {
            Self::Key(_) => false,
            Self::Number(_) => true,
            Self::Aggregate { aggregate, .. } => !matches!(aggregate, Aggregate::Any(_) | Aggregate::LatestEvent),
            Self::Calculation(left, _, right) => left.is_number() && right.is_number(),
        }
    }
}

impl Demand {
    pub(super) fn holds(&self, group: &Group<'_>) -> bool {
        number(&self.formula.answer(group)).is_some_and(|number| self.comparison.holds(number, self.value))
    }
}

impl Group<'_> {
    fn aggregate(&self, aggregate: &Aggregate, measures: &[usize]) -> Cell {
        let kept = |place: usize| self.kept.of(measures[place], self.number);
        let share = |part: f64, whole: f64| {
            if whole > 0.0 {
                Cell::Number(part / whole)
            } else {
                Cell::Null
            }
        };
        match aggregate {
            Aggregate::Count | Aggregate::CountIf(_) | Aggregate::CountUnique(_) | Aggregate::CountMiserable(_) => {
                Cell::Integer(i64::try_from(kept(0).count()).unwrap_or(i64::MAX))
            }
            Aggregate::Percentile(_, rank) => kept(0).percentile(*rank).map_or(Cell::Null, Cell::Number),
            Aggregate::Average(_) => kept(0)
                .summary()
                .map_or(Cell::Null, |of| share(of.sum, of.count as f64)),
            Aggregate::Sum(_) => kept(0).summary().map_or(Cell::Null, |of| Cell::Number(of.sum)),
            Aggregate::Min(_) | Aggregate::Max(_) | Aggregate::FirstSeen | Aggregate::LastSeen => {
                let first = matches!(aggregate, Aggregate::Min(_) | Aggregate::FirstSeen);
                if let Some((least, greatest)) = kept(0).span() {
                    return Cell::Time(Timestamp(if first { least } else { greatest }));
                }
                let of = kept(0).summary();
                of.map_or(Cell::Null, |of| {
                    Cell::Number(if first { of.least } else { of.greatest })
                })
            }
            Aggregate::Any(field) => match (field.kind(), kept(0).smallest()) {
                (Kind::Texts, Scalar::Text(entry)) => texts(entry)
                    .next()
                    .map_or(Cell::Null, |text| Cell::Text(text.to_owned())),
                (_, scalar) => scalar.clone().into(),
            },
            Aggregate::LatestEvent => kept(0).latest().map_or(Cell::Null, |id| Scalar::EventId(id).into()),
            Aggregate::PerSecond => share(kept(0).count() as f64, self.seconds),
            Aggregate::PerMinute => share(kept(0).count() as f64, self.seconds / 60.0),
            Aggregate::FailureRate => share(kept(0).count() as f64, kept(1).count() as f64),
            Aggregate::Apdex(_) => {
                let [satisfied, tolerant, all] = [0, 1, 2].map(|place| kept(place).count() as f64);
                share(satisfied + (tolerant - satisfied) / 2.0, all)
            }
            Aggregate::UserMisery(_) => {
                let [miserable, users] = [0, 1].map(|place| kept(place).count() as f64);
                Cell::Number((miserable + MISERY_BEFORE) / (users + MISERY_BEFORE + CONTENT_BEFORE))
            }
        }
    }
}

/// As a number: points in time are milliseconds since 1970.
pub(super) fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(*number),
        Cell::Integer(number) => Some(*number as f64),
        Cell::Time(time) => Some(time.0 as f64 / 1_000.0),
        Cell::Flag(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    }
}

/// Nothing where there is no finite result.
pub(super) fn calculate(left: f64, operator: Operator, right: f64) -> Option<f64> {
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
    };
    result.is_finite().then_some(result)
}
