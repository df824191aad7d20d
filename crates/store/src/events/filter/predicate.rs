use std::fmt::Debug;

use tantivy::{DocId, columnar::Column};

use super::{doc_list::DocList, ordinals::Ordinals, ordinals::has_bit};
use crate::events::columns::Values;

/// Leaves those of some rows (ascending) that pass.
type ColumnTest = Box<dyn FnMut(&mut Vec<DocId>) + Send>;

/// A test of the rows of one segment.
pub(in crate::events) enum Predicate {
    Everything,
    Nothing,
    /// By a column.
    Column(ColumnTest),
    /// By inverted lists.
    Listed(DocList),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

impl Predicate {
    pub(super) fn all_of(parts: Vec<Self>) -> Self {
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Everything => {}
                Self::Nothing => return Self::Nothing,
                Self::All(parts) => all.extend(parts),
                part => all.push(part),
            }
        }
        // The cheap ones first, so that fewer rows are left for the others.
        all.sort_by_key(Self::effort);
        match all.len() {
            0 => Self::Everything,
            1 => all.remove(0),
            _ => Self::All(all),
        }
    }

    pub(super) fn any_of(parts: Vec<Self>) -> Self {
        let mut any = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Nothing => {}
                Self::Everything => return Self::Everything,
                Self::Any(parts) => any.extend(parts),
                part => any.push(part),
            }
        }
        any.sort_by_key(Self::effort);
        match any.len() {
            0 => Self::Nothing,
            1 => any.remove(0),
            _ => Self::Any(any),
        }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Everything => Self::Nothing,
            Self::Nothing => Self::Everything,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Rows with a value that holds.
    pub(super) fn column<T>(column: Column<T>, holds: impl Fn(T) -> bool + Send + 'static) -> Self
    where
        T: PartialOrd + Copy + Default + Debug + Send + Sync + 'static,
    {
        let mut values = Values::new(column);
        let mut kept: Vec<DocId> = Vec::new();
        Self::Column(Box::new(move |docs| {
            kept.clear();
            let (rows, values) = values.read(docs);
            for (row, value) in rows.iter().zip(values) {
                // A row with several values comes several times.
                if holds(*value) && kept.last() != Some(row) {
                    kept.push(*row);
                }
            }
            std::mem::swap(docs, &mut kept);
        }))
    }

    pub(super) fn ordinals(column: Column<u64>, set: Ordinals) -> Self {
        match set {
            Ordinals::None => Self::Nothing,
            Ordinals::One(one) => Self::column(column, move |ordinal| ordinal == one),
            Ordinals::Many(bits) => Self::column(column, move |ordinal| has_bit(&bits, ordinal)),
        }
    }

    /// Leaves those of these rows (ascending) that pass.
    pub(in crate::events) fn retain(&mut self, docs: &mut Vec<DocId>) {
        match self {
            Self::Everything => {}
            Self::Nothing => docs.clear(),
            Self::Column(test) => test(docs),
            Self::Listed(list) => list.retain(docs),
            Self::All(parts) => {
                for part in parts {
                    if docs.is_empty() {
                        break;
                    }
                    part.retain(docs);
                }
            }
            Self::Any(parts) => {
                let mut left = std::mem::take(docs);
                for part in parts {
                    if left.is_empty() {
                        break;
                    }
                    let mut passing = left.clone();
                    part.retain(&mut passing);
                    subtract(&mut left, &passing);
                    docs.append(&mut passing);
                }
                docs.sort_unstable();
            }
            Self::Not(inner) => {
                let mut passing = docs.clone();
                inner.retain(&mut passing);
                subtract(docs, &passing);
            }
        }
    }

    /// Of the lists that a row must be in, the shortest.
    pub(super) fn shortest_list(&self) -> Option<&DocList> {
        match self {
            Self::Listed(list) => Some(list),
            Self::All(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    Self::Listed(list) => Some(list),
                    _ => None,
                })
                .min_by_key(|list| list.len()),
            _ => None,
        }
    }

    fn effort(&self) -> usize {
        match self {
            Self::Everything | Self::Nothing => 0,
            Self::Listed(_) => 1,
            Self::Column(_) => 2,
            Self::Not(inner) => 1 + inner.effort(),
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::effort).sum::<usize>(),
        }
    }
}

/// Both ascending.
fn subtract(docs: &mut Vec<DocId>, without: &[DocId]) {
    let mut without = without.iter().copied().peekable();
    docs.retain(|doc| {
        while without.next_if(|other| other < doc).is_some() {}
        without.peek() != Some(doc)
    });
}
