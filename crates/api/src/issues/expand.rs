use std::collections::HashSet;

use httpkit::ApiError;
use model::{IssueId, Timestamp};
use serde::Serialize;
use services::App;
use store::{issue_owners::IssueOwner, issues::Issue};

use super::rendering::Rendering;
use crate::{parameters::Parameters, view::Empty};

/// Parts that a client gets only when it asks with `expand`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExpandedView {
    #[serde(skip_serializing_if = "Option::is_none")]
    inbox: Option<Option<InboxView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owners: Option<OwnersView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integration_issues: Option<[Empty; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentry_app_issues: Option<[Empty; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_event_has_attachments: Option<bool>,
    /// Sessions are not counted by issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_count: Option<u64>,
}

/// Why somebody should look at the issue.
#[derive(Debug, Clone, Serialize)]
struct InboxView {
    reason: i64,
    reason_details: Option<Empty>,
    date_added: Timestamp,
}

/// Who may see to the issue: a list tells the first one, an issue by itself all of them.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum OwnersView {
    First(Option<OwnerView>),
    All(Vec<OwnerView>),
}

#[derive(Debug, Clone, Serialize)]
struct OwnerView {
    #[serde(rename = "type")]
    kind: &'static str,
    owner: String,
    date_added: Timestamp,
}

impl OwnerView {
    fn of(owner: &IssueOwner) -> Self {
        Self {
            kind: owner.kind.name(),
            owner: owner.owner.to_string(),
            date_added: owner.created_at,
        }
    }
}

/// The issues whose latest event has attachments, read once for all of a list; `None` when nobody asks.
#[derive(Debug)]
pub(super) struct Attached(Option<HashSet<IssueId>>);

impl Attached {
    pub(super) async fn load(app: &App, issues: &[Issue], parameters: &Parameters) -> Result<Self, ApiError> {
        if !parameters.holds("expand", "latestEventHasAttachments") {
            return Ok(Self(None));
        }
        Ok(Self(Some(services::attachments::of_latest_events(app, issues).await?)))
    }
}

impl ExpandedView {
    /// Of an issue by itself.
    pub(super) async fn load(
        app: &App,
        rendering: &Rendering,
        issue: &Issue,
        parameters: &Parameters,
    ) -> Result<Self, ApiError> {
        let attached = Attached::load(app, std::slice::from_ref(issue), parameters).await?;
        let listed = Self::in_list(app, rendering, &attached, issue, parameters);
        let owners = || OwnersView::All(rendering.owners(issue).iter().map(OwnerView::of).collect());
        Ok(Self {
            owners: listed.owners.is_some().then(owners),
            ..listed
        })
    }

    pub(super) fn in_list(
        app: &App,
        rendering: &Rendering,
        attached: &Attached,
        issue: &Issue,
        parameters: &Parameters,
    ) -> Self {
        let asked = |part: &str| parameters.holds("expand", part);
        let review = services::issues::current_review(issue, app.now()).map(|review| InboxView {
            reason: review.reason.number(),
            reason_details: None,
            date_added: review.since,
        });
        Self {
            inbox: asked("inbox").then_some(review),
            owners: asked("owners").then(|| OwnersView::First(rendering.owners(issue).first().map(OwnerView::of))),
            integration_issues: asked("integrationIssues").then_some([]),
            sentry_app_issues: asked("sentryAppIssues").then_some([]),
            latest_event_has_attachments: attached.0.as_ref().map(|issues| issues.contains(&issue.id)),
            session_count: asked("sessions").then_some(0),
        }
    }
}
