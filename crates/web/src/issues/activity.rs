//! What happened to an issue, in words.

use model::{ActivityKind, Assignee, Timestamp};
use serde_json::Value;
use services::{
    access::OrganizationScope,
    issues::{People, comments},
};
use store::issues::{Issue, IssueActivity};

use crate::{avatar::Picture, text};

/// One line of the activity, or a comment.
#[derive(Debug, Clone)]
pub(crate) struct ActivityItem {
    pub(crate) at: Timestamp,
    pub(crate) who: String,
    pub(crate) picture: Picture,
    /// What was done, behind the name.
    pub(crate) words: String,
    pub(crate) comment: Option<CommentView>,
}

#[derive(Debug, Clone)]
pub(crate) struct CommentView {
    pub(crate) id: i64,
    pub(crate) text: String,
    pub(crate) is_edited: bool,
    pub(crate) may_change: bool,
    pub(crate) may_remove: bool,
}

/// Who does what nobody did.
const NOBODY: &str = "Tocsin";

/// A release or a reason stands in one line.
const LONGEST: usize = 120;

impl ActivityItem {
    pub(crate) fn new(activity: &IssueActivity, people: &People, scope: &OrganizationScope) -> Self {
        let who = activity.user.map(|user| {
            let name = people.name(Assignee::User(user));
            name.unwrap_or_else(|| "A former member".to_owned())
        });
        let who = who.unwrap_or_else(|| NOBODY.to_owned());
        let user = activity.user.and_then(|user| people.users.get(&user));
        let comment = (activity.kind == ActivityKind::Note).then(|| CommentView {
            id: activity.id.0,
            text: field(activity, "text").unwrap_or_default(),
            is_edited: activity.changed_at.is_some(),
            may_change: activity.user.is_some() && activity.user == scope.actor.user_id(),
            may_remove: comments::may_remove(scope, activity),
        });
        Self {
            at: activity.created_at,
            picture: user.map_or_else(|| Picture::of_name(&who), Picture::of_user),
            who,
            words: words(activity, people),
            comment,
        }
    }

    /// With which every activity began.
    pub(crate) fn first_seen(issue: &Issue) -> Self {
        Self {
            at: issue.first_seen,
            who: NOBODY.to_owned(),
            picture: Picture::of_name(NOBODY),
            words: "saw it for the first time".to_owned(),
            comment: None,
        }
    }
}

fn field(activity: &IssueActivity, name: &str) -> Option<String> {
    match activity.data.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn words(activity: &IssueActivity, people: &People) -> String {
    let line = |name: &str| field(activity, name).map(|value| text::line(&value, LONGEST));
    let items = |name: &str| activity.data.get(name).and_then(Value::as_array).map_or(0, Vec::len) as u64;
    match activity.kind {
        ActivityKind::SetResolved => "resolved it".to_owned(),
        ActivityKind::SetUnresolved => "opened it again".to_owned(),
        ActivityKind::SetIgnored => archived(activity),
        ActivityKind::SetPublic => "shared it with everybody who has the link".to_owned(),
        ActivityKind::SetPrivate => "stopped sharing it".to_owned(),
        ActivityKind::SetRegression => match line("version") {
            Some(version) => format!("found that it came back in {version}"),
            None => "found that it came back".to_owned(),
        },
        ActivityKind::CreateIssue => match line("title") {
            Some(title) => format!("linked {title}"),
            None => "linked it".to_owned(),
        },
        ActivityKind::Note => "wrote".to_owned(),
        ActivityKind::FirstSeen => "saw it for the first time".to_owned(),
        ActivityKind::Assigned => assigned(activity, people),
        ActivityKind::Unassigned => "took the assignee off".to_owned(),
        ActivityKind::SetResolvedInRelease => match line("version") {
            Some(version) => format!("resolved it in {version}"),
            None => "resolved it in the next release".to_owned(),
        },
        ActivityKind::Merge => format!("merged {} into it", crate::number::of(items("issues").max(1), "issue")),
        ActivityKind::SetResolvedByAge => "resolved it: it was not seen for long".to_owned(),
        ActivityKind::SetResolvedInCommit => match line("commit") {
            Some(commit) => format!("resolved it in commit {commit}"),
            None => "resolved it in a commit".to_owned(),
        },
        ActivityKind::Deploy => match line("version") {
            Some(version) => format!("saw {version} deployed"),
            None => "saw a deploy".to_owned(),
        },
        ActivityKind::UnmergeSource => {
            format!(
                "moved {} to another issue",
                crate::number::of(items("fingerprints").max(1), "fingerprint")
            )
        }
        ActivityKind::UnmergeDestination => {
            format!(
                "moved {} here from another issue",
                crate::number::of(items("fingerprints").max(1), "fingerprint")
            )
        }
        ActivityKind::MarkReviewed => "reviewed it".to_owned(),
        ActivityKind::AutoSetOngoing => "counts it as ongoing: it has been open for a week".to_owned(),
        ActivityKind::SetEscalating => "found it escalating: it happens far more often than before".to_owned(),
        ActivityKind::SetPriority => {
            let priority = line("priority").unwrap_or_default();
            format!("set its priority to {priority}")
        }
        ActivityKind::DeletedAttachment => "deleted an attachment".to_owned(),
    }
}

fn archived(activity: &IssueActivity) -> String {
    let number = |name: &str| {
        activity
            .data
            .get(name)
            .and_then(Value::as_i64)
            .filter(|number| *number > 0)
    };
    let is_set = |name: &str| activity.data.get(name).and_then(Value::as_bool) == Some(true);
    let window = |name: &str| number(name).map_or_else(String::new, |minutes| format!(" within {}", span(minutes)));
    if is_set("ignoreUntilEscalating") {
        return "archived it until it escalates".to_owned();
    }
    let mut until = Vec::new();
    if let Some(events) = number("ignoreCount") {
        until.push(format!("it happens {events} times more{}", window("ignoreWindow")));
    }
    if let Some(users) = number("ignoreUserCount") {
        until.push(format!("{users} more users have it{}", window("ignoreUserWindow")));
    }
    match (until.is_empty(), number("ignoreDuration")) {
        (false, _) => format!("archived it until {}", until.join(" or ")),
        (true, Some(minutes)) => format!("archived it for {}", span(minutes)),
        (true, None) if field(activity, "ignoreUntil").is_some() => "archived it for a while".to_owned(),
        (true, None) => "archived it".to_owned(),
    }
}

pub(super) fn span(minutes: i64) -> String {
    let (count, unit) = match minutes {
        _ if minutes % (24 * 60) == 0 => (minutes / (24 * 60), "day"),
        _ if minutes % 60 == 0 => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    crate::number::of(count.unsigned_abs(), unit)
}

fn assigned(activity: &IssueActivity, people: &People) -> String {
    let id = field(activity, "assignee").unwrap_or_default();
    let kind = field(activity, "assigneeType").unwrap_or_else(|| "user".to_owned());
    let who: Option<Assignee> = format!("{kind}:{id}").parse().ok();
    let integration = field(activity, "integration");
    let name = match who {
        Some(Assignee::User(user)) if Some(user) == activity.user => "themselves".to_owned(),
        Some(who) => people.name(who).unwrap_or_else(|| "a former member".to_owned()),
        None => "somebody".to_owned(),
    };
    let rule = match integration.as_deref() {
        Some("projectOwnership") => ", as an ownership rule says",
        Some("alertRule") => ", as an alert rule says",
        _ => "",
    };
    format!("assigned it to {}{rule}", text::line(&name, LONGEST))
}

#[cfg(test)]
mod tests {
    use model::{ActivityId, IssueId, OrganizationId, ProjectId};
    use serde_json::json;

    use super::*;

    fn said(kind: ActivityKind, data: Value) -> String {
        let activity = IssueActivity {
            id: ActivityId(1),
            organization: OrganizationId(1),
            project: ProjectId(1),
            issue: IssueId(1),
            kind,
            user: None,
            data: data.as_object().unwrap().clone(),
            created_at: Timestamp(0),
            changed_at: None,
        };
        words(&activity, &People::default())
    }

    #[test]
    fn activities_are_sentences() {
        for (kind, data, expected) in [
            (ActivityKind::SetIgnored, json!({}), "archived it"),
            (
                ActivityKind::SetIgnored,
                json!({"ignoreUntilEscalating": true}),
                "archived it until it escalates",
            ),
            (
                ActivityKind::SetIgnored,
                json!({"ignoreDuration": 120}),
                "archived it for 2 hours",
            ),
            (
                ActivityKind::SetIgnored,
                json!({"ignoreCount": 100, "ignoreWindow": 60, "ignoreUserCount": 5}),
                "archived it until it happens 100 times more within 1 hour or 5 more users have it",
            ),
            (
                ActivityKind::SetResolvedInRelease,
                json!({"version": ""}),
                "resolved it in the next release",
            ),
            (
                ActivityKind::SetResolvedInRelease,
                json!({"version": "web@1"}),
                "resolved it in web@1",
            ),
            (
                ActivityKind::Assigned,
                json!({"assignee": "9", "assigneeType": "team"}),
                "assigned it to a former member",
            ),
            (
                ActivityKind::Assigned,
                json!({"assignee": {"no": 1}}),
                "assigned it to somebody",
            ),
            (
                ActivityKind::Merge,
                json!({"issues": [{"id": "1"}, {"id": "2"}]}),
                "merged 2 issues into it",
            ),
        ] {
            assert_eq!(said(kind, data.clone()), expected, "{data}");
        }
        for kind in ActivityKind::ALL {
            assert!(!said(*kind, json!({})).is_empty());
        }
    }
}
