//! What people type into search bars and ask of tables, as data. Lives here: the fields of events, the grammar, and its
//! error messages. Stays out: how a store answers it. Start at [`search`] for conditions, at [`Selection`] for columns.

mod columns;
mod condition;
mod dataset;
mod discover;
mod error;
mod field;
mod release;

pub mod search;

pub use columns::{Selection, ValueType, parse_order};
pub use condition::{Comparison, Condition, EventQuery, Expr, FreeText, Having, Pattern, Test};
pub use dataset::Dataset;
pub use discover::{Aggregate, Column, Direction, Equation, Operator, OrderBy};
pub use error::ParseError;
pub use field::{Field, Kind, Known};
pub use model::Version;
pub use release::{LATEST_RELEASE, ReleaseTest};
pub use search::{
    events::{EventContext, parse as parse_events},
    issues::{Assignee, IssueCondition, IssueContext, IssueQuery, IssueTerm, PlanTerm, parse as parse_issues, plan},
};
