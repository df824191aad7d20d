//! Reports of browsers: one, or a batch with an event each.

use model::{EventId, Outcome};
use protocol::{
    envelope::{ItemHeaders, ItemType},
    security::{self, Origin},
};

use super::{Items, Request};

pub(super) fn items(request: &Request<'_>) -> Vec<Items> {
    let reports = match security::parse(&request.body) {
        Ok(reports) => reports,
        Err(error) => return vec![Err(Outcome::invalid(error.reason()))],
    };
    let origin = Origin::from_query(request.query());
    let item = |(number, report): (usize, Result<security::Report, security::Error>)| {
        let report = report.map_err(|error| Outcome::invalid(error.reason()))?;
        let event = normalize::security::event(report, &origin, request.meta.received_at);
        let headers = ItemHeaders::new(ItemType::Security);
        Ok(vec![request.item_of_event(
            EventId::random(),
            number,
            headers,
            event.to_json(),
        )])
    };
    reports.into_iter().enumerate().map(item).collect()
}
