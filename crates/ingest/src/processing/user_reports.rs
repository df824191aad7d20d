//! What people wrote about an error that they saw.

use protocol::items::{Invalid, user_report::UserReport};
use services::{project_config::ProjectConfig, user_reports::NewUserReport};

use super::{
    item::{Processed, RawItem, Save},
    stored,
};

pub(super) fn process(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    done.push(match read(raw, config) {
        Ok(report) => Processed::Save {
            what: Save::UserReport(Box::new(report)),
            quantities: raw.quantities(),
            item: raw.spooled(),
        },
        Err(error) => stored::refused(raw, &error),
    });
}

fn read(raw: &RawItem, config: &ProjectConfig) -> Result<NewUserReport, Invalid> {
    let sent = UserReport::parse(&raw.payload, raw.event_id())?;
    let mut report = NewUserReport {
        organization: raw.meta.organization,
        project: raw.meta.project,
        event_id: sent.event_id,
        name: sent.name,
        email: sent.email,
        comments: sent.comments,
        received_at: raw.meta.received_at,
    };
    report.scrub(&config.scrubber);
    Ok(report)
}
