//! What of a search is asked of whom.

use crate::{Condition, Expr, FreeText};

use super::{IssueCondition, IssueQuery, IssueTerm};

/// A part of a search that one store can answer.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanTerm {
    Issue(IssueCondition),
    /// One event of the issue has all of this. Nothing in it is negated: that is said of the issue.
    Events(Expr<Condition>),
    /// As [`IssueTerm::Text`].
    Text(FreeText),
}

/// Puts conditions of events together where one event must have them.
///
/// Of `browser:Chrome release:1.0` an issue must have one event with both. What is negated is said of the issue:
/// `!release:1.0` finds issues of which no event has that release, also beside conditions that an event must have.
pub fn plan(query: IssueQuery) -> Expr<PlanTerm> {
    match query {
        Expr::Term(IssueTerm::Issue(condition)) => Expr::Term(PlanTerm::Issue(condition)),
        Expr::Term(IssueTerm::Event(condition)) => Expr::Term(PlanTerm::Events(Expr::Term(condition))),
        Expr::Term(IssueTerm::Text(text)) => Expr::Term(PlanTerm::Text(text)),
        Expr::Not(inner) => plan(*inner).negate(),
        Expr::And(parts) => Expr::and(together(parts, Expr::and)),
        Expr::Or(parts) => Expr::or(together(parts, Expr::or)),
    }
}

/// The plans of the parts, those about events as one in the place of the first.
fn together(parts: Vec<IssueQuery>, join: fn(Vec<Expr<Condition>>) -> Expr<Condition>) -> Vec<Expr<PlanTerm>> {
    let mut plans: Vec<Expr<PlanTerm>> = Vec::with_capacity(parts.len());
    let mut events = Vec::new();
    let mut place = 0;
    for part in parts {
        match plan(part) {
            Expr::Term(PlanTerm::Events(conditions)) => {
                if events.is_empty() {
                    place = plans.len();
                }
                events.push(conditions);
            }
            other => plans.push(other),
        }
    }
    if !events.is_empty() {
        plans.insert(place, Expr::Term(PlanTerm::Events(join(events))));
    }
    plans
}
