use model::IssueStatus;
use serde::Serialize;
use store::issues::Issue;

/// How far an issue has come, in the terms of Sentry's automatic repairs: there are none here, so only what people do
/// shows.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DerivedView {
    blocker: &'static str,
    progress: &'static str,
    status: &'static str,
    /// How many people have opened it.
    view_count: i64,
    has_open_fix_pr: bool,
    is_assigned: bool,
    has_root_cause: bool,
    last_completed_autofix_step: &'static str,
    last_progressed_at: Option<&'static str>,
}

impl DerivedView {
    pub(super) fn of(issue: &Issue, view_count: i64) -> Self {
        Self {
            blocker: "none",
            progress: "none",
            status: if issue.status == IssueStatus::Unresolved {
                "open"
            } else {
                "closed"
            },
            view_count,
            has_open_fix_pr: false,
            is_assigned: issue.assignee.is_some(),
            has_root_cause: false,
            last_completed_autofix_step: "none",
            last_progressed_at: None,
        }
    }
}
