use httpkit::ApiError;
use model::{IssueStatus, Priority, UserId};
use serde_json::Value;
use services::{App, access::OrganizationScope, issues::IssueChange};
use store::users::User;

use super::view::ChangeView;
use crate::{body::Fields, users::UserReference, view::Empty};

/// The body that changes issues; fields that are absent stay.
#[derive(Debug, Default)]
pub(super) struct ChangeRequest {
    status: Option<(String, IssueStatus)>,
    priority: Option<Priority>,
    seen: Option<bool>,
    assignee: Option<Assignee>,
    discard: bool,
}

/// Whom to assign to.
#[derive(Debug, PartialEq, Eq)]
enum Assignee {
    Nobody,
    Id(UserId),
    /// E-mail or name.
    Name(String),
}

/// What asks for more than the status itself. Saying no beats resolving now what was to be resolved later.
const DETAILS: [&str; 9] = [
    "inNextRelease",
    "inUpcomingRelease",
    "inRelease",
    "inCommit",
    "ignoreDuration",
    "ignoreCount",
    "ignoreWindow",
    "ignoreUserCount",
    "ignoreUserWindow",
];

impl ChangeRequest {
    pub(super) fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let status = status(&mut fields);
        refuse_details(&mut fields);
        refuse_substatus(&mut fields, status.as_ref().map(|(_, status)| *status));
        for name in ["isBookmarked", "isSubscribed", "isPublic", "inbox", "merge"] {
            if fields.flag(name) == Some(true) {
                fields.refuse(name, "This is not supported yet.");
            }
        }
        let request = Self {
            status,
            priority: fields.choice("priority", priority),
            seen: fields.flag("hasSeen"),
            assignee: assignee(&mut fields),
            discard: fields.flag("discard") == Some(true),
        };
        if request.discard && request.changes_anything() {
            fields.refuse("discard", "An issue that is discarded cannot be changed as well.");
        }
        fields.finish()?;
        Ok(request)
    }

    /// Whether the issues are to be deleted, and their events to be dropped from now on.
    pub(super) fn discard(&self) -> bool {
        self.discard
    }

    fn changes_anything(&self) -> bool {
        self.status.is_some() || self.priority.is_some() || self.seen.is_some() || self.assignee.is_some()
    }

    pub(super) fn has_status(&self) -> bool {
        self.status.is_some()
    }

    /// Finds out who is meant.
    pub(super) async fn resolve(self, app: &App, scope: &OrganizationScope) -> Result<ResolvedChange, ApiError> {
        let assignee = match self.assignee {
            None => None,
            Some(Assignee::Nobody) => Some(None),
            Some(name) => {
                let members = services::organizations::members(app, scope).await?;
                let found = members.into_iter().find(|user| name.is(user));
                Some(Some(found.ok_or_else(|| {
                    ApiError::field("assignedTo", "No member of the organization is meant by this.")
                })?))
            }
        };
        Ok(ResolvedChange {
            status: self.status,
            priority: self.priority,
            seen: self.seen,
            assignee,
        })
    }
}

impl Assignee {
    fn is(&self, user: &User) -> bool {
        match self {
            Self::Nobody => false,
            Self::Id(id) => user.id == *id,
            Self::Name(name) => user.email == name.to_lowercase() || !name.is_empty() && user.name == *name,
        }
    }
}

fn status(fields: &mut Fields) -> Option<(String, IssueStatus)> {
    let text = fields.text("status")?;
    let status = match text.as_str() {
        "resolved" => IssueStatus::Resolved,
        "unresolved" => IssueStatus::Unresolved,
        // `muted` is what sentry-cli calls it.
        "ignored" | "muted" => IssueStatus::Ignored,
        "resolvedInNextRelease" => {
            fields.refuse("status", "Resolving in the next release is not supported yet.");
            return None;
        }
        _ => {
            fields.refuse("status", &format!("\"{text}\" is not a valid choice."));
            return None;
        }
    };
    Some((text, status))
}

fn refuse_details(fields: &mut Fields) {
    let asks = |value: &Value| {
        !matches!(value, Value::Null | Value::Bool(false)) && value.as_i64() != Some(0) && value.as_str() != Some("")
    };
    let in_details: Vec<&str> = match fields.value("statusDetails") {
        Some(Value::Object(details)) => DETAILS
            .into_iter()
            .filter(|name| details.get(*name).is_some_and(asks))
            .collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(_) => return fields.refuse("statusDetails", "Invalid data. Expected a dictionary."),
    };
    for name in in_details {
        fields.refuse("statusDetails", &format!("{name} is not supported yet."));
    }
    // Old clients send them beside the status. sentry-cli sends `snoozeDuration: null` with every change.
    for name in DETAILS.into_iter().chain(["snoozeDuration"]) {
        if fields.value(name).is_some_and(asks) {
            fields.refuse(name, "This is not supported yet.");
        }
    }
}

/// The substatus that a status gets here may be sent along.
fn refuse_substatus(fields: &mut Fields, status: Option<IssueStatus>) {
    let Some(substatus) = fields.text("substatus") else {
        return;
    };
    let taken = match status {
        Some(IssueStatus::Ignored) => substatus == "archived_forever",
        Some(IssueStatus::Unresolved) => substatus == "ongoing",
        Some(IssueStatus::Resolved) | None => false,
    };
    if !taken {
        fields.refuse(
            "substatus",
            &format!("The substatus \"{substatus}\" cannot be set here yet."),
        );
    }
}

fn priority(text: &str) -> Option<Priority> {
    [Priority::Low, Priority::Medium, Priority::High]
        .into_iter()
        .find(|priority| priority.name() == text)
}

/// `7`, `user:7`, an e-mail or a name; empty or `null` for nobody.
fn assignee(fields: &mut Fields) -> Option<Assignee> {
    fields.value("assignedTo")?;
    let text = fields.text("assignedTo").unwrap_or_default();
    if text.starts_with("team:") {
        fields.refuse("assignedTo", "Assigning to teams is not supported yet.");
        return None;
    }
    let id = text.strip_prefix("user:").unwrap_or(&text);
    Some(match id.parse() {
        _ if text.is_empty() => Assignee::Nobody,
        Ok(id) => Assignee::Id(UserId(id)),
        Err(_) => Assignee::Name(text),
    })
}

/// A change in which everybody is known.
#[derive(Debug)]
pub(super) struct ResolvedChange {
    status: Option<(String, IssueStatus)>,
    priority: Option<Priority>,
    seen: Option<bool>,
    assignee: Option<Option<User>>,
}

impl ResolvedChange {
    pub(super) fn change(&self) -> IssueChange {
        IssueChange {
            status: self.status.as_ref().map(|(_, status)| *status),
            priority: self.priority,
            assignee: self.assignee.as_ref().map(|user| user.as_ref().map(|user| user.id)),
            seen: self.seen,
        }
    }

    pub(super) fn view(&self) -> ChangeView {
        ChangeView {
            status: self.status.as_ref().map(|(text, _)| text.clone()),
            status_details: self.status.as_ref().map(|_| Empty {}),
            assigned_to: self.assignee.as_ref().map(|user| user.as_ref().map(UserReference::of)),
            has_seen: self.seen,
            priority: self.priority.map(Priority::name),
        }
    }
}
