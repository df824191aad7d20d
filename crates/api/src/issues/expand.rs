use httpkit::ApiError;
use serde::Serialize;
use services::App;
use store::issues::Issue;

use crate::{parameters::Parameters, view::Empty};

/// Parts that a client gets only when it asks with `expand`. Of most nothing is kept so far, so they say that there is
/// none.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExpandedView {
    #[serde(skip_serializing_if = "Option::is_none")]
    inbox: Option<Option<Empty>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owners: Option<Option<Empty>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integration_issues: Option<[Empty; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentry_app_issues: Option<[Empty; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_event_has_attachments: Option<bool>,
}

impl ExpandedView {
    pub(super) async fn load(app: &App, issue: &Issue, parameters: &Parameters) -> Result<Self, ApiError> {
        let asked = |part: &str| parameters.holds("expand", part);
        let has_attachments = if asked("latestEventHasAttachments") {
            Some(services::attachments::has_latest_event_any(app, issue).await?)
        } else {
            None
        };
        Ok(Self {
            inbox: asked("inbox").then_some(None),
            owners: asked("owners").then_some(None),
            integration_issues: asked("integrationIssues").then_some([]),
            sentry_app_issues: asked("sentryAppIssues").then_some([]),
            latest_event_has_attachments: has_attachments,
        })
    }
}
