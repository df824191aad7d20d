//! Which values fields have, and how often.

mod counts;
mod matched;
mod texts;

use std::{
    cmp::{Ordering, Reverse},
    collections::BTreeMap,
};

use model::Timestamp;
use query::{Condition, Expr, Field, Known};

use self::{
    counts::{Stat, ValueCounts},
    matched::Matched,
};
use super::{
    Bindings, EventIndex, Facet, FacetValue, Limits, QuestionError, Scope, ValueOrder,
    budget::{Budget, Share},
    columns, filter,
};

/// A field of the rows, and how many of them have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRows {
    pub field: Field,
    pub rows: i64,
}

/// A page of the values of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    pub values: Vec<FacetValue>,
    /// How many values there are on all pages.
    pub distinct: i64,
}

/// About what a value in a list takes.
const BYTES_A_VALUE: usize = 96;

impl EventIndex {
    /// The `top` most frequent values of the fields, by default of all tags, in the order of the fields or, by default,
    /// of their names. A field that no row has is left out.
    pub fn facets(
        &self,
        scope: &Scope,
        filter: &Expr<Condition>,
        bindings: Option<&Bindings>,
        top: usize,
        keys: Option<&[Field]>,
        limits: &Limits,
    ) -> Result<Vec<Facet>, QuestionError> {
        let budget = Budget::new(limits);
        let hidden = self.hidden();
        let readers = self.readers(scope)?;
        let matched = Matched::find(&readers, scope, filter, self.reading(&hidden, &budget))?;
        let fields = match keys {
            Some(fields) => fields.to_vec(),
            None => tags(&matched)?,
        };
        let mut facets = Vec::with_capacity(fields.len());
        for field in fields {
            let counts = ValueCounts::of(&field, &matched, bindings, &budget)?;
            let mut best = Best::new(ValueOrder::Rows, top, &budget)?;
            let mut distinct = 0;
            counts.for_each(&budget, |value, stat| {
                distinct += 1;
                best.offer(value, stat)
            })?;
            if counts.rows > 0 {
                facets.push(Facet {
                    field,
                    rows: counts.rows,
                    distinct,
                    values: best.into_values(0),
                });
            }
        }
        Ok(facets)
    }

    /// Those values of a field in which `contains` stands, without case, from `offset` on.
    #[expect(clippy::too_many_arguments, reason = "a page of a search in the rows of a search")]
    pub fn tag_values(
        &self,
        scope: &Scope,
        filter: &Expr<Condition>,
        field: &Field,
        contains: &str,
        order: ValueOrder,
        offset: usize,
        limit: usize,
        limits: &Limits,
    ) -> Result<Values, QuestionError> {
        let budget = Budget::new(limits);
        let hidden = self.hidden();
        let readers = self.readers(scope)?;
        let matched = Matched::find(&readers, scope, filter, self.reading(&hidden, &budget))?;
        let counts = ValueCounts::of(field, &matched, None, &budget)?;
        let contains = filter::fold(contains);
        let mut best = Best::new(order, offset.saturating_add(limit), &budget)?;
        let mut distinct = 0;
        counts.for_each(&budget, |value, stat| {
            if contains.is_empty() || filter::fold(value).contains(&contains) {
                distinct += 1;
                best.offer(value, stat)?;
            }
            Ok(())
        })?;
        Ok(Values {
            values: best.into_values(offset),
            distinct,
        })
    }

    /// The tags and numbers that rows have, those with the most rows first.
    pub fn tag_keys(
        &self,
        scope: &Scope,
        filter: &Expr<Condition>,
        limits: &Limits,
    ) -> Result<Vec<FieldRows>, QuestionError> {
        let budget = Budget::new(limits);
        let hidden = self.hidden();
        let readers = self.readers(scope)?;
        let matched = Matched::find(&readers, scope, filter, self.reading(&hidden, &budget))?;
        let mut rows: BTreeMap<Field, i64> = BTreeMap::new();
        for segment in matched.segments() {
            let known = Known::TAGS.iter().map(|(_, known)| Field::Known(*known));
            for field in columns::open_fields(segment.reader)?.into_iter().chain(known) {
                budget.check()?;
                let count = segment.count_present(&field, self.reading(&hidden, &budget))?;
                if count > 0 {
                    *rows.entry(field).or_default() += count;
                }
            }
        }
        let mut keys: Vec<_> = rows
            .into_iter()
            .map(|(field, rows)| FieldRows { field, rows })
            .collect();
        keys.sort_by_key(|key| Reverse(key.rows));
        Ok(keys)
    }
}

/// All tags of the rows' segments, by name.
fn tags(matched: &Matched<'_>) -> Result<Vec<Field>, QuestionError> {
    let mut fields: BTreeMap<String, Field> = BTreeMap::new();
    for segment in matched.segments() {
        for field in columns::open_fields(segment.reader)? {
            if matches!(field, Field::Tag(_)) {
                fields.insert(field.to_string(), field);
            }
        }
    }
    // A tag that is kept as a field comes from there.
    fields.extend(
        Known::TAGS
            .iter()
            .map(|(name, known)| ((*name).to_owned(), Field::Known(*known))),
    );
    Ok(fields.into_values().collect())
}

/// The first values in an order.
struct Best {
    order: ValueOrder,
    most: usize,
    /// In order whenever it was cut; then up to as many again.
    values: Vec<FacetValue>,
    memory: Share,
}

impl Best {
    fn new(order: ValueOrder, most: usize, budget: &Budget) -> Result<Self, QuestionError> {
        Ok(Self {
            order,
            most,
            values: Vec::new(),
            memory: budget.share(0)?,
        })
    }

    fn offer(&mut self, value: &str, stat: Stat) -> Result<(), QuestionError> {
        self.values.push(FacetValue {
            value: value.to_owned(),
            rows: stat.rows,
            first_seen: Timestamp(stat.first),
            last_seen: Timestamp(stat.last),
        });
        if self.values.len() >= self.most.saturating_mul(2).max(64) {
            self.cut();
        }
        if self.values.len().is_power_of_two() {
            self.memory.set(self.values.len() * 2 * BYTES_A_VALUE)?;
        }
        Ok(())
    }

    fn cut(&mut self) {
        let order = self.order;
        self.values.sort_unstable_by(|left, right| compare(order, left, right));
        self.values.truncate(self.most);
    }

    fn into_values(mut self, offset: usize) -> Vec<FacetValue> {
        self.cut();
        self.values.drain(..offset.min(self.values.len()));
        self.values
    }
}

/// Most rows or latest first; the value decides between equals.
fn compare(order: ValueOrder, left: &FacetValue, right: &FacetValue) -> Ordering {
    let first = match order {
        ValueOrder::Rows => right.rows.cmp(&left.rows),
        ValueOrder::LastSeen => right.last_seen.cmp(&left.last_seen),
        ValueOrder::FirstSeen => right.first_seen.cmp(&left.first_seen),
    };
    first.then_with(|| left.value.cmp(&right.value))
}
