use model::{EventId, Timestamp};
use serde::Serialize;
use store::user_reports::UserReport;

use crate::{issues::IssueView, view::Empty};

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserReportView {
    id: String,
    #[serde(rename = "eventID")]
    event_id: EventId,
    name: String,
    email: String,
    comments: String,
    date_created: Timestamp,
    user: Option<Empty>,
    event: EventReference,
    issue: Option<IssueView>,
}

#[derive(Debug, Clone, Serialize)]
struct EventReference {
    /// `null` until the event is there.
    id: Option<EventId>,
    #[serde(rename = "eventID")]
    event_id: EventId,
}

impl UserReportView {
    pub(crate) fn of(report: UserReport, issue: Option<IssueView>) -> Self {
        Self {
            id: report.id.to_string(),
            event_id: report.event_id,
            name: report.name,
            email: report.email,
            comments: report.comments,
            date_created: report.created_at,
            user: None,
            event: EventReference {
                id: report.issue.map(|_| report.event_id),
                event_id: report.event_id,
            },
            issue,
        }
    }
}
