use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
};

use model::ProjectId;
use query::{Field, Kind, Known};
use tantivy::{DocId, SegmentReader, columnar::Column};

use super::{
    BYTES_A_VALUE,
    matched::{Matched, MatchedSegment},
    texts::{self, SegmentTexts},
};
use crate::events::{
    Bindings, QuestionError,
    budget::{Budget, Share},
    columns::{self, Values},
    hash::NumberMap,
    schema,
};

/// What is known of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stat {
    pub(super) rows: i64,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Stat {
    pub(super) const NONE: Self = Self {
        rows: 0,
        first: i64::MAX,
        last: i64::MIN,
    };

    pub(super) fn add(&mut self, time: i64) {
        self.rows += 1;
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// The values of one field in the rows that were found.
pub(super) struct ValueCounts {
    /// With at least one value.
    pub(super) rows: i64,
    values: Counted,
    _memory: Vec<Share>,
}

enum Counted {
    /// Of each segment, put together when they are given out.
    Texts(Vec<SegmentTexts>),
    /// Put together, as texts.
    Others(BTreeMap<String, Stat>),
}

impl ValueCounts {
    pub(super) fn of(
        field: &Field,
        matched: &Matched<'_>,
        bindings: Option<&Bindings>,
        budget: &Budget,
    ) -> Result<Self, QuestionError> {
        match (field, field.kind()) {
            (_, Kind::Text) => Self::of_texts(field, matched, budget),
            (_, Kind::Texts) => Self::of_texts(field, matched, budget)?.split(budget),
            (Field::Known(Known::Issue), _) => {
                let bindings = bindings.ok_or_else(|| unsupported(field))?;
                Self::of_others(
                    matched,
                    budget,
                    |issue| issue.to_string(),
                    |segment, add| issues(segment, bindings, budget, add),
                )
            }
            (_, Kind::Number | Kind::Duration) => {
                let open = |segment: &SegmentReader| columns::numbers(segment, field);
                Self::of_column(matched, field, budget, open, f64::to_bits, |bits| {
                    f64::from_bits(bits).to_string()
                })
            }
            (Field::Known(known), Kind::Flag) => {
                let open = |segment: &SegmentReader| columns::flags(segment, *known);
                Self::of_column(matched, field, budget, open, u64::from, |flag| flag.to_string())
            }
            (_, Kind::Project) => {
                let open = |segment: &SegmentReader| Ok(Some(columns::projects(segment)?));
                Self::of_column(matched, field, budget, open, i64::cast_unsigned, |project| {
                    project.cast_signed().to_string()
                })
            }
            _ => Err(unsupported(field)),
        }
    }

    /// `bits` makes a number of a value, and `name` a text of that.
    fn of_column<T>(
        matched: &Matched<'_>,
        field: &Field,
        budget: &Budget,
        open: impl Fn(&SegmentReader) -> Result<Option<Column<T>>, QuestionError>,
        bits: impl Fn(T) -> u64,
        name: impl Fn(u64) -> String,
    ) -> Result<Self, QuestionError>
    where
        T: PartialOrd + Copy + Default + Debug + Send + Sync + 'static,
    {
        Self::of_others(matched, budget, name, |segment, add| {
            let Some(column) = open(segment.reader)? else {
                return Ok(());
            };
            let mut values = Values::new(column);
            segment.with_field(field, budget, |docs| {
                let (docs, values) = values.read(docs);
                let values: Vec<u64> = values.iter().map(|value| bits(*value)).collect();
                add(docs, &values)
            })
        })
    }

    fn of_texts(field: &Field, matched: &Matched<'_>, budget: &Budget) -> Result<Self, QuestionError> {
        let counted = matched.each(|segment| {
            let Some(column) = columns::texts(segment.reader, field)? else {
                return Ok(None);
            };
            let memory = budget.share(SegmentTexts::bytes(&column, segment.rows.len()))?;
            let (texts, rows) = SegmentTexts::count(column, field, segment, budget)?;
            Ok(Some((texts, rows, memory)))
        })?;
        let mut rows = 0;
        let mut memory = Vec::with_capacity(counted.len());
        let mut segments = Vec::with_capacity(counted.len());
        for (texts, of_segment, share) in counted {
            rows += of_segment;
            segments.push(texts);
            memory.push(share);
        }
        Ok(Self {
            rows,
            values: Counted::Texts(segments),
            _memory: memory,
        })
    }

    /// The texts of a field of which rows have several, one by one.
    fn split(self, budget: &Budget) -> Result<Self, QuestionError> {
        let mut memory = budget.share(0)?;
        let mut bytes = 0;
        let mut values: BTreeMap<String, Stat> = BTreeMap::new();
        self.for_each(budget, |joined, stat| {
            let mut texts: Vec<&str> = schema::texts(joined).filter(|text| !text.is_empty()).collect();
            texts.sort_unstable();
            texts.dedup();
            for text in texts {
                match values.get_mut(text) {
                    Some(sum) => sum.merge(stat),
                    None => {
                        bytes += text.len() + BYTES_A_VALUE;
                        values.insert(text.to_owned(), stat);
                    }
                }
            }
            memory.set(bytes)
        })?;
        Ok(Self {
            rows: self.rows,
            values: Counted::Others(values),
            _memory: vec![memory],
        })
    }

    /// Of values that are numbers in some way: `count` gives rows (ascending) and their values to the function that it
    /// gets.
    fn of_others(
        matched: &Matched<'_>,
        budget: &Budget,
        name: impl Fn(u64) -> String,
        count: impl Fn(&MatchedSegment<'_>, Adder<'_>) -> Result<(), QuestionError>,
    ) -> Result<Self, QuestionError> {
        let mut memory = budget.share(0)?;
        let mut stats: NumberMap<Stat> = NumberMap::default();
        let mut rows = 0;
        for segment in matched.segments() {
            let mut times = Values::new(columns::timestamps(segment.reader)?);
            count(segment, &mut |docs, values| {
                let (_, times) = times.read(docs);
                for (value, time) in values.iter().zip(times) {
                    stats.entry(*value).or_insert(Stat::NONE).add(*time);
                }
                rows += i64::try_from(docs.len()).unwrap_or(0);
                memory.set(stats.capacity() * 2 * (size_of::<u64>() + size_of::<Stat>()))
            })?;
        }
        let mut named = BTreeMap::new();
        for (value, stat) in stats {
            named.entry(name(value)).or_insert(Stat::NONE).merge(stat);
        }
        Ok(Self {
            rows,
            values: Counted::Others(named),
            _memory: vec![memory],
        })
    }

    /// Each value once.
    pub(super) fn for_each(
        &self,
        budget: &Budget,
        mut visit: impl FnMut(&str, Stat) -> Result<(), QuestionError>,
    ) -> Result<(), QuestionError> {
        match &self.values {
            Counted::Texts(segments) => texts::merge(segments, budget, visit),
            Counted::Others(values) => values.iter().try_for_each(|(value, stat)| visit(value, *stat)),
        }
    }
}

type Adder<'a> = &'a mut dyn FnMut(&[DocId], &[u64]) -> Result<(), QuestionError>;

/// The issues of rows, by the bindings of their hashes.
fn issues(
    segment: &MatchedSegment<'_>,
    bindings: &Bindings,
    budget: &Budget,
    add: Adder<'_>,
) -> Result<(), QuestionError> {
    let Some(column) = columns::texts(segment.reader, &Field::Known(Known::Hash))? else {
        return Ok(());
    };
    let mut hashes = Values::new(column.ords().clone());
    let mut projects = Values::new(columns::projects(segment.reader)?);
    let mut found: HashMap<(i64, u64), Option<u64>> = HashMap::new();
    let mut text = String::new();
    segment.rows.for_each_block(|docs| {
        budget.check()?;
        let (docs, hashes) = hashes.read(docs);
        let (_, projects) = projects.read(docs);
        let (mut rows, mut issues) = (Vec::new(), Vec::new());
        for ((doc, hash), project) in docs.iter().zip(hashes).zip(projects) {
            let issue = match found.get(&(*project, *hash)) {
                Some(issue) => *issue,
                None => {
                    column.ord_to_str(*hash, &mut text)?;
                    let issue = bindings.issue(ProjectId(*project), &text);
                    let issue = issue.map(|issue| issue.0.cast_unsigned());
                    found.insert((*project, *hash), issue);
                    issue
                }
            };
            if let Some(issue) = issue {
                rows.push(*doc);
                issues.push(issue);
            }
        }
        add(&rows, &issues)
    })
}

fn unsupported(field: &Field) -> QuestionError {
    QuestionError::Unsupported(format!("the values of {field} cannot be listed"))
}
