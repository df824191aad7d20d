//! The search of issues: `is:unresolved level:error !release:1.* "time out"`. All filters must hold.

mod ast;
mod lexer;
mod parser;

pub use ast::{Assignee, Condition, Filter, IssueQuery, Pattern};
pub use parser::{ParseError, parse};
