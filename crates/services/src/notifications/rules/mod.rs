//! When users and teams want to be told of something in their projects, beside what alert rules tell, and where.

pub mod personal; // of a user, for one project
mod severity;
pub mod team; // of a team, for all its projects

pub use severity::Severity;
