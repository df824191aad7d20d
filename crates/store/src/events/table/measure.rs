//! What is kept of each group while rows are read.

use query::Field;
use tantivy::{DocId, SegmentReader};

use super::{
    groups::Members,
    plan::{Measure, Plan},
    reader::{FieldReader, NONE},
    scalar::{Ordered, Scalar},
    scan::Scan,
    sketch::Sketch,
};
use crate::events::{
    QuestionError, columns,
    distinct::{Distinct, MOST_SLOTS, MOST_SLOTS_OF_FEW},
    filter::{Predicate, predicate},
};

/// So many groups are few: their distinct values are counted exactly for longer.
const FEW_GROUPS: usize = 4;

/// For each measure of a plan, what is kept of each group.
#[derive(Debug)]
pub(super) struct Kept {
    measures: Vec<Of>,
    groups: usize,
    /// Of sets and sketches, which grow.
    grown: usize,
}

#[derive(Debug)]
enum Of {
    Rows(Vec<u64>),
    Distinct(Vec<Distinct>),
    Summary(Vec<Summary>),
    Percentiles(Vec<Sketch>),
    Smallest(Vec<Scalar>),
    Span(Vec<Option<(i64, i64)>>),
    /// Time and id.
    Latest(Vec<Option<(i64, u128)>>),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Summary {
    pub(super) count: u64,
    pub(super) sum: f64,
    pub(super) least: f64,
    pub(super) greatest: f64,
}

const NO_NUMBERS: Summary = Summary {
    count: 0,
    sum: 0.0,
    least: f64::INFINITY,
    greatest: f64::NEG_INFINITY,
};

impl Kept {
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let measures = plan.measures.iter().map(|measure| match measure {
            Measure::Rows | Measure::RowsIf(_) => Of::Rows(Vec::new()),
            Measure::Distinct { .. } => Of::Distinct(Vec::new()),
            Measure::Summary(_) => Of::Summary(Vec::new()),
            Measure::Percentiles(_) => Of::Percentiles(Vec::new()),
            Measure::Smallest(_) => Of::Smallest(Vec::new()),
            Measure::Span(_) => Of::Span(Vec::new()),
            Measure::Latest(_) => Of::Latest(Vec::new()),
        });
        Self {
            measures: measures.collect(),
            groups: 0,
            grown: 0,
        }
    }

    /// Makes room for so many groups.
    pub(super) fn resize(&mut self, groups: usize) {
        if groups <= self.groups {
            return;
        }
        self.groups = groups;
        for measure in &mut self.measures {
            match measure {
                Of::Rows(of) => of.resize(groups, 0),
                Of::Distinct(of) => of.resize(groups, Distinct::default()),
                Of::Summary(of) => of.resize(groups, NO_NUMBERS),
                Of::Percentiles(of) => of.resize(groups, Sketch::default()),
                Of::Smallest(of) => of.resize(groups, Scalar::Null),
                Of::Span(of) => of.resize(groups, None),
                Of::Latest(of) => of.resize(groups, None),
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes_of(self.groups) + self.grown
    }

    /// What so many groups take before anything is kept of them.
    pub(super) fn bytes_of(&self, groups: usize) -> usize {
        let a_group = |measure: &Of| match measure {
            Of::Rows(_) => size_of::<u64>(),
            Of::Distinct(_) => size_of::<Distinct>(),
            Of::Summary(_) => size_of::<Summary>(),
            Of::Percentiles(_) => size_of::<Sketch>(),
            Of::Smallest(_) => size_of::<Scalar>(),
            Of::Span(_) => size_of::<Option<(i64, i64)>>(),
            Of::Latest(_) => size_of::<Option<(i64, u128)>>(),
        };
        groups.saturating_mul(self.measures.iter().map(a_group).sum())
    }

    pub(super) fn of(&self, measure: usize, group: usize) -> KeptOf<'_> {
        KeptOf {
            measure: &self.measures[measure],
            group,
        }
    }

    /// Takes in what another thread has kept; `numbers` are the numbers that its groups have here.
    pub(super) fn merge(&mut self, other: Self, numbers: &[u32]) {
        let slots = self.most_slots();
        self.grown += other.grown;
        for (mine, other) in self.measures.iter_mut().zip(other.measures) {
            let groups = numbers.iter().map(|number| *number as usize);
            match (mine, other) {
                (Of::Rows(mine), Of::Rows(of)) => groups.zip(of).for_each(|(group, of)| mine[group] += of),
                (Of::Distinct(mine), Of::Distinct(of)) => {
                    groups.zip(of).for_each(|(group, of)| mine[group].merge(&of, slots));
                }
                (Of::Summary(mine), Of::Summary(of)) => {
                    groups.zip(of).for_each(|(group, of)| mine[group].merge(&of));
                }
                (Of::Percentiles(mine), Of::Percentiles(of)) => {
                    groups.zip(of).for_each(|(group, of)| mine[group].merge(&of));
                }
                (Of::Smallest(mine), Of::Smallest(of)) => groups.zip(of).for_each(|(group, of)| {
                    if of < mine[group] {
                        mine[group] = of;
                    }
                }),
                (Of::Span(mine), Of::Span(of)) => groups.zip(of).for_each(|(group, of)| {
                    if let Some((first, last)) = of {
                        widen(&mut mine[group], first, last);
                    }
                }),
                (Of::Latest(mine), Of::Latest(of)) => {
                    groups.zip(of).for_each(|(group, of)| mine[group] = mine[group].max(of));
                }
                _ => debug_assert!(false, "both are kept for one plan"),
            }
        }
    }

    fn most_slots(&self) -> usize {
        if self.groups <= FEW_GROUPS {
            MOST_SLOTS_OF_FEW
        } else {
            MOST_SLOTS
        }
    }
}

/// One measure of one group.
pub(super) struct KeptOf<'a> {
    measure: &'a Of,
    group: usize,
}

impl<'a> KeptOf<'a> {
    /// Of rows or distinct values.
    pub(super) fn count(&self) -> u64 {
        match self.measure {
            Of::Rows(of) => of[self.group],
            Of::Distinct(of) => of[self.group].count(),
            _ => 0,
        }
    }

    pub(super) fn summary(&self) -> Option<Summary> {
        match self.measure {
            Of::Summary(of) => Some(of[self.group]).filter(|of| of.count > 0),
            _ => None,
        }
    }

    pub(super) fn percentile(&self, rank: f64) -> Option<f64> {
        match self.measure {
            Of::Percentiles(of) => of[self.group].percentile(rank),
            _ => None,
        }
    }

    pub(super) fn smallest(&self) -> &'a Scalar {
        match self.measure {
            Of::Smallest(of) => &of[self.group],
            _ => &Scalar::Null,
        }
    }

    pub(super) fn span(&self) -> Option<(i64, i64)> {
        match self.measure {
            Of::Span(of) => of[self.group],
            _ => None,
        }
    }

    pub(super) fn latest(&self) -> Option<u128> {
        match self.measure {
            Of::Latest(of) => of[self.group].map(|(_, id)| id),
            _ => None,
        }
    }
}

impl Summary {
    fn add(&mut self, number: f64) {
        self.count += 1;
        self.sum += number;
        self.least = self.least.min(number);
        self.greatest = self.greatest.max(number);
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }
}

fn widen(span: &mut Option<(i64, i64)>, first: i64, last: i64) {
    let (before, after) = span.unwrap_or((first, last));
    *span = Some((before.min(first), after.max(last)));
}

/// The fields and conditions of a plan in one segment, read a block of rows at a time.
pub(super) struct SegmentRows<'a> {
    segment: &'a SegmentReader,
    pub(super) readers: Vec<FieldReader<'a>>,
    /// Of the block, by reader.
    pub(super) codes: Vec<Vec<u64>>,
    conditions: Vec<Predicate>,
    /// By condition, whether it holds for the rows of the block.
    holds: Vec<Vec<bool>>,
    /// By measure, the least code that each group has in this segment, for `Measure::Smallest`.
    smallest: Vec<Vec<u64>>,
}

impl<'a> SegmentRows<'a> {
    pub(super) fn open(plan: &Plan, scan: &Scan<'a>, segment: &'a SegmentReader) -> Result<Self, QuestionError> {
        let reader = |field: &Field| FieldReader::open(scan, segment, field);
        let condition = |condition: &_| predicate(segment, condition, scan.reading());
        Ok(Self {
            segment,
            readers: plan.fields.iter().map(reader).collect::<Result<_, _>>()?,
            codes: vec![Vec::new(); plan.fields.len()],
            conditions: plan.conditions.iter().map(condition).collect::<Result<_, _>>()?,
            holds: vec![Vec::new(); plan.conditions.len()],
            smallest: vec![Vec::new(); plan.measures.len()],
        })
    }

    /// Reads a block of rows, which are ascending.
    pub(super) fn read(&mut self, docs: &[DocId]) -> Result<(), QuestionError> {
        for (reader, codes) in self.readers.iter_mut().zip(&mut self.codes) {
            reader.read(docs, codes)?;
        }
        let mut passing = Vec::new();
        for (condition, holds) in self.conditions.iter_mut().zip(&mut self.holds) {
            passing.clear();
            passing.extend_from_slice(docs);
            condition.retain(&mut passing);
            holds.clear();
            let mut passing = passing.iter().peekable();
            holds.extend(docs.iter().map(|doc| passing.next_if_eq(&doc).is_some()));
        }
        Ok(())
    }

    /// Adds the rows of the block to their groups, for which there is room.
    pub(super) fn add(
        &mut self,
        plan: &Plan,
        docs: &[DocId],
        members: &Members,
        kept: &mut Kept,
    ) -> Result<(), QuestionError> {
        let slots = kept.most_slots();
        let (groups, grown) = (kept.groups, &mut kept.grown);
        for (place, (measure, of)) in plan.measures.iter().zip(&mut kept.measures).enumerate() {
            match (*measure, of) {
                (Measure::Rows, Of::Rows(of)) => members.groups.iter().for_each(|group| of[*group as usize] += 1),
                (Measure::RowsIf(condition), Of::Rows(of)) => {
                    let holds = &self.holds[condition];
                    members
                        .iter()
                        .for_each(|(row, group)| of[group] += u64::from(holds[row]));
                }
                (Measure::Distinct { field, of: condition }, Of::Distinct(of)) => {
                    self.readers[field].learn_hashes(&self.codes[field])?;
                    let (reader, codes) = (&self.readers[field], &self.codes[field]);
                    let holds = condition.map(|condition| &self.holds[condition]);
                    for (row, group) in members.iter().filter(|(row, _)| holds.is_none_or(|holds| holds[*row])) {
                        let set = &mut of[group];
                        let before = set.bytes();
                        reader.hashes(codes[row], |hash| set.insert(hash, slots));
                        *grown = (*grown + set.bytes()).saturating_sub(before);
                    }
                }
                (Measure::Summary(field), Of::Summary(of)) => {
                    self.numbers(field, members)
                        .for_each(|(group, number)| of[group].add(number));
                }
                (Measure::Percentiles(field), Of::Percentiles(of)) => {
                    for (group, number) in self.numbers(field, members) {
                        let sketch = &mut of[group];
                        let before = sketch.bytes();
                        sketch.add(number);
                        *grown = (*grown + sketch.bytes()).saturating_sub(before);
                    }
                }
                (Measure::Smallest(field), Of::Smallest(_)) => {
                    let (reader, codes) = (&self.readers[field], &self.codes[field]);
                    let smallest = &mut self.smallest[place];
                    smallest.resize(groups, NONE);
                    for (row, group) in members.iter().filter(|(row, _)| codes[*row] != NONE) {
                        if smallest[group] == NONE || reader.place(codes[row]) < reader.place(smallest[group]) {
                            smallest[group] = codes[row];
                        }
                    }
                }
                (Measure::Span(field), Of::Span(of)) => {
                    self.times(field, members)
                        .for_each(|(_, group, time)| widen(&mut of[group], time, time));
                }
                (Measure::Latest(field), Of::Latest(of)) => {
                    let (high, low) = columns::ids(self.segment)?;
                    for (row, group, time) in self.times(field, members) {
                        if of[group].is_some_and(|(latest, _)| time < latest) {
                            continue;
                        }
                        let halves = high.first(docs[row]).zip(low.first(docs[row]));
                        let id = halves.map(|(high, low)| (time, u128::from(high) << 64 | u128::from(low)));
                        of[group] = of[group].max(id);
                    }
                }
                _ => debug_assert!(false, "kept for this plan"),
            }
        }
        Ok(())
    }

    /// Ends the segment: what was kept by codes, which mean nothing elsewhere, becomes values.
    pub(super) fn finish(&mut self, plan: &Plan, kept: &mut Kept) -> Result<(), QuestionError> {
        for (place, (measure, of)) in plan.measures.iter().zip(&mut kept.measures).enumerate() {
            let (Measure::Smallest(field), Of::Smallest(of)) = (measure, of) else {
                continue;
            };
            let smallest = std::mem::take(&mut self.smallest[place]);
            let mut wanted: Vec<_> = smallest.iter().enumerate().filter(|(_, code)| **code != NONE).collect();
            wanted.sort_unstable_by_key(|(_, code)| **code);
            let mut codes: Vec<_> = wanted.iter().map(|(_, code)| **code).collect();
            codes.dedup();
            let mut wanted = wanted.into_iter().peekable();
            let grown = &mut kept.grown;
            self.readers[*field].scalars(&codes, |code, scalar| {
                while let Some((group, _)) = wanted.next_if(|(_, wanted)| **wanted == code) {
                    if scalar < of[group] {
                        *grown += scalar.bytes();
                        of[group] = scalar.clone();
                    }
                }
            })?;
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> usize {
        let smallest: usize = self.smallest.iter().map(|codes| codes.len() * size_of::<u64>()).sum();
        smallest + self.readers.iter().map(FieldReader::bytes).sum::<usize>()
    }

    fn numbers<'b>(&'b self, field: usize, members: &'b Members) -> impl Iterator<Item = (usize, f64)> + 'b {
        let codes = &self.codes[field];
        let with_number = members.iter().filter(|(row, _)| codes[*row] != NONE);
        with_number.map(|(row, group)| (group, Ordered(codes[row]).number()))
    }

    fn times<'b>(&'b self, field: usize, members: &'b Members) -> impl Iterator<Item = (usize, usize, i64)> + 'b {
        let codes = &self.codes[field];
        let with_time = members.iter().filter(|(row, _)| codes[*row] != NONE);
        with_time.map(|(row, group)| (row, group, tantivy::u64_to_i64(codes[row])))
    }
}
