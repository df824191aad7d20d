//! Client reports: they are nothing but outcomes.

use protocol::items::client_report::ClientReport;

use super::{
    item::{Origin, Processed, RawItem},
    stored,
};

pub(super) fn process(raw: &RawItem, done: &mut Vec<Processed>) {
    let report = match ClientReport::parse(&raw.payload, raw.meta.received_at) {
        Ok(report) => report,
        Err(error) => return done.push(stored::refused(raw, &error)),
    };
    let origin = Origin {
        received_at: report.timestamp.unwrap_or(raw.meta.received_at),
        // What was discarded has ids that nobody told us.
        event_id: None,
        ..raw.origin()
    };
    done.extend(report.discarded.into_iter().map(|discarded| Processed::Counted {
        origin,
        outcome: discarded.outcome,
        quantities: vec![(discarded.category, discarded.quantity)],
    }));
}
