//! The search of issues: what is known of the issue itself, and what its events must have.

mod condition;
mod plan;

pub use condition::{Assignee, IssueCondition};
pub use plan::{PlanTerm, plan};

pub(crate) use condition::is_values;

use model::Timestamp;

use crate::{Condition, Dataset, Expr, FreeText, ParseError};

use super::{
    events::EventContext,
    key::Key,
    meaning::condition_of,
    tree::{self, Term},
};

/// What decides on the meaning of a search beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueContext {
    /// What relative times are relative to.
    pub now: Timestamp,
}

/// A search of issues as data.
pub type IssueQuery = Expr<IssueTerm>;

#[derive(Debug, Clone, PartialEq)]
pub enum IssueTerm {
    Issue(IssueCondition),
    /// Some event of the issue has it.
    Event(Condition),
    /// Title, culprit or message of the issue hold it, or the text of one of its events.
    Text(FreeText),
}

/// Reads a search of issues.
pub fn parse(text: &str, cx: &IssueContext) -> Result<IssueQuery, ParseError> {
    let events = EventContext {
        datasets: vec![Dataset::Errors, Dataset::Occurrences],
        now: cx.now,
    };
    tree::parse(text)?.try_map(&mut |term| match term {
        Term::Text(text) => Ok(Expr::Term(IssueTerm::Text(text))),
        Term::Filter(filter) => {
            if let Key::Function(written) = &filter.key {
                let message = format!("{written} is about groups of events: of issues there are times_seen:, users_seen:, first_seen: and last_seen:");
                return Err(ParseError::new(filter.key_span, message));
            }
            match condition::issue_condition(&filter, cx.now)? {
                Some(conditions) => Ok(conditions.map(&mut |condition| Expr::Term(IssueTerm::Issue(condition)))),
                None => {
                    let conditions = condition_of(&filter, &events)?;
                    Ok(conditions.map(&mut |condition| Expr::Term(IssueTerm::Event(condition))))
                }
            }
        }
    })
}
