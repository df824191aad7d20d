//! Values of fields that can be compared, put into maps, and carried from segment to segment.

use std::sync::Arc;

use model::{EventId, IssueId, ProjectId, Timestamp};

use crate::events::Cell;

/// A value of a field. Nothing stands behind everything else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Scalar {
    Flag(bool),
    Number(Ordered),
    Time(i64),
    EventId(u128),
    Project(i64),
    Issue(i64),
    Text(Arc<str>),
    Null,
}

/// A number as bits that have its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Ordered(pub(super) u64);

impl Ordered {
    /// Both zeros are one.
    pub(super) fn of(number: f64) -> Self {
        Self(tantivy::f64_to_u64(number + 0.0))
    }

    pub(super) fn number(self) -> f64 {
        tantivy::u64_to_f64(self.0)
    }
}

impl Scalar {
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => size_of::<Self>() + 2 * size_of::<usize>() + text.len(),
            _ => size_of::<Self>(),
        }
    }
}

impl From<Scalar> for Cell {
    fn from(value: Scalar) -> Self {
        match value {
            Scalar::Flag(flag) => Self::Flag(flag),
            Scalar::Number(number) => Self::Number(number.number()),
            Scalar::Time(micros) => Self::Time(Timestamp(micros)),
            Scalar::EventId(id) => Self::EventId(EventId(id.to_be_bytes())),
            Scalar::Project(project) => Self::Project(ProjectId(project)),
            Scalar::Issue(issue) => Self::Issue(IssueId(issue)),
            Scalar::Text(text) => Self::Text(text.as_ref().to_owned()),
            Scalar::Null => Self::Null,
        }
    }
}

impl From<&Cell> for Scalar {
    fn from(cell: &Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Text(text) => Self::Text(text.as_str().into()),
            // A row of one group has one of the values.
            Cell::Texts(texts) => texts
                .first()
                .map_or(Self::Null, |text| Self::Text(text.as_str().into())),
            Cell::Number(number) => Self::Number(Ordered::of(*number)),
            Cell::Integer(number) => Self::Number(Ordered::of(*number as f64)),
            Cell::Flag(flag) => Self::Flag(*flag),
            Cell::Time(time) => Self::Time(time.0),
            Cell::EventId(id) => Self::EventId(u128::from_be_bytes(id.0)),
            Cell::Project(project) => Self::Project(project.0),
            Cell::Issue(issue) => Self::Issue(issue.0),
        }
    }
}
