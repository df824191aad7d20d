//! Whose an issue is: rules that people write, and CODEOWNERS files.

mod codeowners;
mod glob;
mod grammar;
mod rules;
mod settings;

pub use codeowners::{Codeowners, unmapped_names};
pub use grammar::{Matcher, MatcherKind, OwnerName, Rule, RuleProblem, parse};
pub use rules::{Matched, Rules, Source};
pub use settings::{AutoAssignment, Settings};
