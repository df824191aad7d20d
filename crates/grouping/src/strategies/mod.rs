//! The versions of grouping. A stored hash must be found again: a version is never changed once released, a new one is
//! added beside it.

mod v1;

use std::{fmt, str::FromStr};

use protocol::event::Event;

use crate::Variant;

/// A version of grouping, by the name under which it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StrategyId {
    V1,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown grouping strategy {0:?}")]
pub struct UnknownStrategy(pub String);

impl StrategyId {
    /// What new projects get.
    pub const NEWEST: Self = Self::V1;

    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "tocsin:1",
        }
    }
}

impl FromStr for StrategyId {
    type Err = UnknownStrategy;
    fn from_str(text: &str) -> Result<Self, UnknownStrategy> {
        match text {
            "tocsin:1" => Ok(Self::V1),
            _ => Err(UnknownStrategy(text.to_owned())),
        }
    }
}

impl fmt::Display for StrategyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for StrategyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The variants of an event, those that decide first.
pub(crate) fn variants(event: &Event, strategy: StrategyId) -> Vec<Variant> {
    match strategy {
        StrategyId::V1 => v1::variants(event),
    }
}
