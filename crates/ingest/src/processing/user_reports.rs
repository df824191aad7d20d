//! What people wrote about an error that they saw.

use std::sync::Arc;

use protocol::items::{Invalid, user_report::UserReport};
use scrub::JsonKind;
use services::{project_config::ProjectConfig, user_reports::NewUserReport};

use super::{
    item::{Processed, RawItem, Save},
    stored,
};

pub(super) fn process(raw: &Arc<RawItem>, config: &ProjectConfig, done: &mut Vec<Processed>) {
    done.push(match read(raw, config) {
        Ok(report) => Processed::Save {
            what: Save::UserReport(Box::new(report)),
            quantities: raw.quantities(),
            raw: Arc::clone(raw),
        },
        Err(error) => stored::refused(raw, &error),
    });
}

fn read(raw: &RawItem, config: &ProjectConfig) -> Result<NewUserReport, Invalid> {
    let report = UserReport::parse(&raw.payload, raw.event_id())?;
    let mut json = report.to_json();
    config.scrubber.json(JsonKind::UserReport, &mut json);
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    Ok(NewUserReport {
        organization: raw.meta.organization,
        project: raw.meta.project,
        event_id: report.event_id,
        name: text("name"),
        email: text("email"),
        comments: text("comments"),
        received_at: raw.meta.received_at,
    })
}
