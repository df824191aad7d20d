//! The weekly report: what happened in the projects of one's teams, in numbers that are exactly those of the queries.
//!
//! The numbers of a week are found once for an organization, project by project, and kept; each member's report sums up
//! the projects of their teams. A row a receiver and week says who got it, so that nobody gets a week twice.

mod letter; // what a report says,
mod numbers; // of what happened,
mod sending; // and who gets it when
mod settings;
mod week;

pub use letter::{VARIABLES, Written};
pub use numbers::{ProjectNumbers, Summary, TopIssue, WeekNumbers};
pub use sending::{
    Preview, SendError, WeeklyReportJob, WeeklyReports, preview, preview_with, send_to, settings_of, tell,
};
pub use settings::ReportSettings;
pub use week::Week;
