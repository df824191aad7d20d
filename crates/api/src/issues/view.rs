use httpkit::ApiError;
use model::{IssueStatus, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use services::{
    App,
    access::OrganizationScope,
    issues::{Around, Seen, ShortId},
};
use store::{issue_links::IssueLink, issue_people::Subscription, issues::Issue, projects::Project, users::User};

use super::{
    activities::ActivityView, assignee::AssigneeView, derived::DerivedView, expand::ExpandedView, stats::StatsView,
    status_details::StatusDetailsView,
};
use crate::{
    projects::ProjectReference,
    releases::{self, NamedRelease},
    tags::TagKeyView,
    users::UserView,
};

/// What all forms of an issue have in common.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueView {
    id: String,
    share_id: Option<String>,
    short_id: String,
    title: String,
    culprit: String,
    permalink: String,
    logger: Option<String>,
    level: &'static str,
    status: &'static str,
    status_details: StatusDetailsView,
    substatus: Option<&'static str>,
    is_public: bool,
    platform: String,
    priority: &'static str,
    priority_locked_at: Option<Timestamp>,
    seer_fixability_score: Option<f64>,
    seer_autofix_last_triggered: Option<Timestamp>,
    seer_explorer_autofix_last_triggered: Option<Timestamp>,
    project: Option<ProjectReference>,
    #[serde(rename = "type")]
    kind: String,
    issue_type: &'static str,
    issue_category: &'static str,
    metadata: Map<String, Value>,
    num_comments: i64,
    assigned_to: Option<AssigneeView>,
    is_bookmarked: bool,
    is_subscribed: bool,
    subscription_details: Option<SubscriptionView>,
    has_seen: bool,
    annotations: Vec<AnnotationView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_unhandled: Option<bool>,
    #[serde(flatten)]
    seen: SeenView,
}

/// Why the actor is told about it, or is not.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionView {
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl SubscriptionView {
    fn of(subscription: &Subscription) -> Self {
        let reason = subscription.is_active.then(|| subscription.reason.name());
        Self {
            disabled: (!subscription.is_active).then_some(true),
            reason,
        }
    }
}

/// A link to another system.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum AnnotationView {
    #[serde(rename_all = "camelCase")]
    Link {
        url: String,
        display_name: String,
    },
    Address(String),
}

impl AnnotationView {
    fn of(link: &IssueLink) -> Self {
        Self::Link {
            url: link.url.clone(),
            display_name: link.display_name.clone(),
        }
    }

    fn without_name(self) -> Self {
        match self {
            Self::Link { url, .. } | Self::Address(url) => Self::Address(url),
        }
    }
}

/// How often and when; the counts of events are texts because they may be large.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeenView {
    count: String,
    user_count: i64,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
}

impl SeenView {
    pub(super) fn of(issue: &Issue) -> Self {
        Self {
            count: issue.times_seen.to_string(),
            user_count: issue.users_seen,
            first_seen: Some(issue.first_seen),
            last_seen: Some(issue.last_seen),
        }
    }

    /// `None`: never.
    pub(super) fn within(seen: Option<&Seen>) -> Self {
        Self {
            count: seen.map_or(0, |seen| seen.events).to_string(),
            user_count: seen.map_or(0, |seen| seen.users),
            first_seen: seen.map(|seen| seen.first_seen),
            last_seen: seen.map(|seen| seen.last_seen),
        }
    }
}

/// What an issue does not hold itself.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    pub(super) permalink: String,
    pub(super) project: Option<&'a Project>,
    pub(super) assignee: Option<AssigneeView>,
    pub(super) status_details: StatusDetailsView,
    pub(super) has_seen: bool,
    pub(super) around: &'a Around,
}

impl IssueView {
    pub(super) fn with_seen(self, seen: SeenView) -> Self {
        Self { seen, ..self }
    }

    pub(super) fn of(issue: &Issue, beside: Beside<'_>) -> Self {
        // To Sentry a feedback is an issue of another category; all else are errors.
        let category = if issue.event_type == "feedback" {
            "feedback"
        } else {
            "error"
        };
        let around = beside.around;
        let share = around.shares.get(&issue.id);
        let subscription = around.subscriptions.get(&issue.id);
        let links = around.links.get(&issue.id).map_or(&[][..], Vec::as_slice);
        Self {
            id: issue.id.to_string(),
            share_id: share.cloned(),
            short_id: ShortId::of(issue).to_string(),
            title: issue.title.clone(),
            culprit: issue.culprit.clone(),
            permalink: beside.permalink,
            logger: Some(issue.logger.clone()).filter(|logger| !logger.is_empty()),
            level: issue.level.name(),
            status: issue.status.name(),
            status_details: beside.status_details,
            substatus: (issue.status != IssueStatus::Resolved).then(|| issue.substatus.name()),
            is_public: share.is_some(),
            platform: issue.platform.clone(),
            priority: issue.priority.name(),
            priority_locked_at: issue.priority_locked_at,
            seer_fixability_score: None,
            seer_autofix_last_triggered: None,
            seer_explorer_autofix_last_triggered: None,
            project: beside.project.map(ProjectReference::of),
            kind: issue.event_type.clone(),
            issue_type: category,
            issue_category: category,
            metadata: issue.metadata.clone(),
            num_comments: issue.comments,
            assigned_to: beside.assignee,
            is_bookmarked: around.bookmarked.contains(&issue.id),
            is_subscribed: subscription.is_some_and(|subscription| subscription.is_active),
            subscription_details: subscription.map(SubscriptionView::of),
            has_seen: beside.has_seen,
            annotations: links.iter().map(AnnotationView::of).collect(),
            is_unhandled: Some(issue.unhandled),
            seen: SeenView::of(issue),
        }
    }
}

/// An issue in a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueInList {
    #[serde(flatten)]
    pub(super) issue: IssueView,
    pub(super) derived_data: DerivedView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stats: Option<StatsView>,
    #[serde(flatten)]
    pub(super) ranges: Option<RangesView>,
    #[serde(flatten)]
    pub(super) expanded: ExpandedView,
    /// The event that was asked for by its id.
    pub(super) matching_event_id: Option<String>,
    pub(super) matching_event_environment: Option<String>,
}

/// The numbers over all time and of what matches the search, which lists of organizations show side by side.
#[derive(Debug, Serialize)]
pub(crate) struct RangesView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lifetime: Option<RangeView>,
    /// `null`: the search asks nothing of single events. The outer option leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filtered: Option<Option<RangeView>>,
}

#[derive(Debug, Serialize)]
pub(super) struct RangeView {
    pub(super) stats: Option<StatsView>,
    #[serde(flatten)]
    pub(super) seen: SeenView,
}

impl IssueInList {
    /// As lists of projects show it, which know links only by where they lead.
    pub(super) fn with_plain_links(mut self) -> Self {
        let annotations = self.issue.annotations.into_iter();
        self.issue.annotations = annotations.map(AnnotationView::without_name).collect();
        self
    }

    /// Takes away what the client does not want to read.
    pub(super) fn collapse(&mut self, part: &str) {
        match (part, &mut self.ranges) {
            ("stats", _) => self.stats = None,
            ("unhandled", _) => self.issue.is_unhandled = None,
            ("lifetime", Some(ranges)) => ranges.lifetime = None,
            ("filtered", Some(ranges)) => ranges.filtered = None,
            _ => {}
        }
    }
}

/// The numbers of an issue alone, for lists that ask for them later.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueStatsView {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_unhandled: Option<bool>,
    #[serde(flatten)]
    seen: SeenView,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<StatsView>,
    #[serde(flatten)]
    ranges: Option<RangesView>,
}

impl From<IssueInList> for IssueStatsView {
    fn from(listed: IssueInList) -> Self {
        Self {
            id: listed.issue.id,
            is_unhandled: listed.issue.is_unhandled,
            seen: listed.issue.seen,
            stats: listed.stats,
            ranges: listed.ranges,
        }
    }
}

/// An issue by itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueDetails {
    #[serde(flatten)]
    pub(super) issue: IssueView,
    pub(super) derived_data: DerivedView,
    #[serde(flatten)]
    pub(super) releases: Option<ReleasesView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Vec<TagKeyView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stats: Option<StatsView>,
    #[serde(flatten)]
    pub(super) expanded: ExpandedView,
    pub(super) activity: Vec<ActivityView>,
    pub(super) seen_by: Vec<ViewerView>,
    pub(super) participants: Vec<UserView>,
    pub(super) user_report_count: i64,
    pub(super) plugin_actions: [&'static str; 0],
    pub(super) plugin_issues: [&'static str; 0],
    pub(super) plugin_contexts: [&'static str; 0],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReleasesView {
    first_release: Option<NamedRelease>,
    last_release: Option<NamedRelease>,
}

impl ReleasesView {
    pub(super) async fn load(app: &App, scope: &OrganizationScope, issue: &Issue) -> Result<Self, ApiError> {
        let mut versions: Vec<&str> = [&issue.first_release, &issue.last_release]
            .into_iter()
            .filter_map(|version| version.as_deref())
            .collect();
        versions.dedup();
        let named = releases::named(app, scope, &versions).await?;
        let view = |version: &Option<String>| {
            let version = version.as_deref()?;
            named.iter().find(|named| named.version() == version).cloned()
        };
        Ok(Self {
            first_release: view(&issue.first_release),
            last_release: view(&issue.last_release),
        })
    }
}

/// Somebody who has opened the issue.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ViewerView {
    #[serde(flatten)]
    user: UserView,
    last_seen: Timestamp,
}

impl ViewerView {
    pub(super) fn of(user: &User, at: Timestamp) -> Self {
        Self {
            user: UserView::of(user),
            last_seen: at,
        }
    }
}

/// The answer to a change of many issues: what was changed, as it is now.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangeView {
    /// As it was sent: `muted` stays `muted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_details: Option<Map<String, Value>>,
    /// `null` when nobody is any longer. The outer option leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assigned_to: Option<Option<AssigneeView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) has_seen: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) inbox: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_bookmarked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_subscribed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_public: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) priority: Option<&'static str>,
}

/// What a short id stands for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShortIdView {
    pub(super) organization_slug: String,
    pub(super) project_slug: String,
    pub(super) group_id: String,
    pub(super) group: IssueInList,
    pub(super) short_id: String,
}
