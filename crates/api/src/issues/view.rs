use model::{IssueStatus, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use services::issues::{Seen, ShortId};
use store::{issues::Issue, projects::Project, users::User};

use super::{expand::ExpandedView, stats::StatsView};
use crate::{
    projects::ProjectReference,
    tags::TagKeyView,
    users::{UserReference, UserView},
    view::Empty,
};

/// What all forms of an issue have in common.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueView {
    id: String,
    share_id: Option<&'static str>,
    short_id: String,
    title: String,
    culprit: String,
    permalink: String,
    logger: Option<String>,
    level: &'static str,
    status: &'static str,
    status_details: Empty,
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
    num_comments: u32,
    assigned_to: Option<UserReference>,
    is_bookmarked: bool,
    is_subscribed: bool,
    subscription_details: Option<Empty>,
    has_seen: bool,
    annotations: [&'static str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    is_unhandled: Option<bool>,
    #[serde(flatten)]
    seen: SeenView,
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
    pub(super) assignee: Option<&'a User>,
    pub(super) has_seen: bool,
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
        Self {
            id: issue.id.to_string(),
            share_id: None,
            short_id: ShortId::of(issue).to_string(),
            title: issue.title.clone(),
            culprit: issue.culprit.clone(),
            permalink: beside.permalink,
            logger: Some(issue.logger.clone()).filter(|logger| !logger.is_empty()),
            level: issue.level.name(),
            status: issue.status.name(),
            status_details: Empty {},
            substatus: (issue.status != IssueStatus::Resolved).then(|| issue.substatus.name()),
            is_public: false,
            platform: issue.platform.clone(),
            priority: issue.priority.name(),
            priority_locked_at: None,
            seer_fixability_score: None,
            seer_autofix_last_triggered: None,
            seer_explorer_autofix_last_triggered: None,
            project: beside.project.map(ProjectReference::of),
            kind: issue.event_type.clone(),
            issue_type: category,
            issue_category: category,
            metadata: issue.metadata.clone(),
            num_comments: 0,
            assigned_to: beside.assignee.map(UserReference::of),
            is_bookmarked: false,
            is_subscribed: false,
            subscription_details: None,
            has_seen: beside.has_seen,
            annotations: [],
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
    #[serde(flatten)]
    pub(super) releases: Option<ReleasesView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Vec<TagKeyView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stats: Option<StatsView>,
    #[serde(flatten)]
    pub(super) expanded: ExpandedView,
    pub(super) activity: [ActivityView; 1],
    pub(super) seen_by: Vec<ViewerView>,
    pub(super) participants: [UserView; 0],
    pub(super) user_report_count: i64,
    pub(super) plugin_actions: [&'static str; 0],
    pub(super) plugin_issues: [&'static str; 0],
    pub(super) plugin_contexts: [&'static str; 0],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReleasesView {
    first_release: Option<ReleaseView>,
    last_release: Option<ReleaseView>,
}

/// A release of which nothing but its name is known.
#[derive(Debug, Serialize)]
struct ReleaseView {
    version: String,
}

impl ReleasesView {
    pub(super) fn of(issue: &Issue) -> Self {
        let view = |version: &Option<String>| version.clone().map(|version| ReleaseView { version });
        Self {
            first_release: view(&issue.first_release),
            last_release: view(&issue.last_release),
        }
    }
}

/// Something that happened to the issue: so far, that it came to be.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActivityView {
    id: &'static str,
    user: Option<UserView>,
    #[serde(rename = "type")]
    kind: &'static str,
    data: Empty,
    date_created: Timestamp,
}

impl ActivityView {
    pub(super) fn first_seen(issue: &Issue) -> Self {
        Self {
            id: "0",
            user: None,
            kind: "first_seen",
            data: Empty {},
            date_created: issue.first_seen,
        }
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
    pub(super) status_details: Option<Empty>,
    /// `null` when nobody is any longer. The outer option leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assigned_to: Option<Option<UserReference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) has_seen: Option<bool>,
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
