//! Searches and columns, from text to data and back.

mod columns;
mod complete;
mod documentation;
mod errors;
mod events;
mod issues;
mod plan;
mod properties;
mod stored_inputs;

use model::Timestamp;
use query::{
    Dataset,
    search::{events::EventContext, issues::IssueContext},
};

/// 2027-01-15T08:00:00Z
const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

fn errors() -> EventContext {
    EventContext {
        datasets: vec![Dataset::Errors],
        now: NOW,
    }
}

fn spans() -> EventContext {
    EventContext {
        datasets: vec![Dataset::Transactions, Dataset::Spans],
        now: NOW,
    }
}

fn issues_now() -> IssueContext {
    IssueContext { now: NOW }
}
