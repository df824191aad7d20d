//! Bodies that change issues.

mod status;

use httpkit::ApiError;
use model::{Assignee, Priority, TeamId, UserId};
use services::{
    App,
    access::OrganizationScope,
    issues::{IssueChange, Marks},
};
use store::users::User;

use self::status::StatusRequest;
use super::{assignee::AssigneeView, view::ChangeView};
use crate::body::Fields;

/// The body that changes issues; fields that are absent stay.
#[derive(Debug, Default)]
pub(super) struct ChangeRequest {
    status: Option<StatusRequest>,
    priority: Option<Priority>,
    seen: Option<bool>,
    /// Whether somebody should look at it.
    inbox: Option<bool>,
    assignee: Option<AssigneeName>,
    marks: Marks,
    merge: bool,
    discard: bool,
}

/// Whom to assign to.
#[derive(Debug, PartialEq, Eq)]
enum AssigneeName {
    Nobody,
    Id(UserId),
    Team(TeamId),
    /// E-mail or name.
    Name(String),
}

impl ChangeRequest {
    pub(super) fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let request = Self {
            status: StatusRequest::read(&mut fields),
            priority: fields.choice("priority", priority),
            seen: fields.flag("hasSeen"),
            inbox: fields.flag("inbox"),
            assignee: assignee(&mut fields),
            marks: Marks {
                bookmarked: fields.flag("isBookmarked"),
                subscribed: fields.flag("isSubscribed"),
                public: fields.flag("isPublic"),
            },
            merge: fields.flag("merge") == Some(true),
            discard: fields.flag("discard") == Some(true),
        };
        for (name, asked) in [("discard", request.discard), ("merge", request.merge)] {
            if asked && (request.changes_anything() || request.discard && request.merge) {
                fields.refuse(name, "This cannot be asked for together with other changes.");
            }
        }
        fields.finish()?;
        Ok(request)
    }

    /// Whether the issues are to be deleted, and their events to be dropped from now on.
    pub(super) fn discard(&self) -> bool {
        self.discard
    }

    /// Whether the issues are to become one.
    pub(super) fn merge(&self) -> bool {
        self.merge
    }

    fn changes_anything(&self) -> bool {
        self.status.is_some()
            || self.priority.is_some()
            || self.seen.is_some()
            || self.inbox.is_some()
            || self.assignee.is_some()
            || self.marks != Marks::default()
    }

    /// Finds out who is meant.
    pub(super) async fn resolve(self, app: &App, scope: &OrganizationScope) -> Result<ResolvedChange, ApiError> {
        let assignee = match &self.assignee {
            None => None,
            Some(AssigneeName::Nobody) => Some(None),
            Some(AssigneeName::Team(id)) => {
                let teams = services::teams::list(app, scope).await?;
                let team = teams.iter().find(|team| team.id == *id);
                let team = team.ok_or_else(|| unknown_assignee("There is no such team in the organization."))?;
                Some(Some((Assignee::Team(team.id), AssigneeView::team(team))))
            }
            Some(name) => {
                let members = services::organizations::members(app, scope).await?;
                let user = members.iter().find(|user| name.is(user));
                let user = user.ok_or_else(|| unknown_assignee("No member of the organization is meant by this."))?;
                Some(Some((Assignee::User(user.id), AssigneeView::user(user))))
            }
        };
        Ok(ResolvedChange {
            request: self,
            assignee,
        })
    }
}

fn unknown_assignee(why: &str) -> ApiError {
    ApiError::field("assignedTo", why)
}

impl AssigneeName {
    fn is(&self, user: &User) -> bool {
        match self {
            Self::Nobody | Self::Team(_) => false,
            Self::Id(id) => user.id == *id,
            Self::Name(name) => user.email == name.to_lowercase() || !name.is_empty() && user.name == *name,
        }
    }
}

fn priority(text: &str) -> Option<Priority> {
    [Priority::Low, Priority::Medium, Priority::High]
        .into_iter()
        .find(|priority| priority.name() == text)
}

/// `7`, `user:7`, `team:7`, an e-mail or a name; empty or `null` for nobody.
fn assignee(fields: &mut Fields) -> Option<AssigneeName> {
    fields.value("assignedTo")?;
    let text = fields.text("assignedTo").unwrap_or_default();
    if text.is_empty() {
        return Some(AssigneeName::Nobody);
    }
    Some(match (text.parse(), text.parse()) {
        (Ok(Assignee::User(user)), _) => AssigneeName::Id(user),
        (Ok(Assignee::Team(team)), _) => AssigneeName::Team(team),
        (Err(_), Ok(id)) => AssigneeName::Id(UserId(id)),
        (Err(_), Err(_)) => AssigneeName::Name(text),
    })
}

/// A change in which everybody is known.
#[derive(Debug)]
pub(super) struct ResolvedChange {
    request: ChangeRequest,
    assignee: Option<Option<(Assignee, AssigneeView)>>,
}

impl ResolvedChange {
    pub(super) fn change(&self) -> IssueChange {
        IssueChange {
            status: self.request.status.as_ref().map(|status| status.status.clone()),
            priority: self.request.priority,
            assignee: self
                .assignee
                .as_ref()
                .map(|assignee| assignee.as_ref().map(|(id, _)| *id)),
            review: self.request.inbox,
            seen: self.request.seen,
            marks: self.request.marks,
        }
    }

    pub(super) fn view(&self) -> ChangeView {
        let ChangeRequest {
            status,
            priority,
            seen,
            inbox,
            marks,
            ..
        } = &self.request;
        ChangeView {
            status: status.as_ref().map(|status| status.name.clone()),
            status_details: status.as_ref().map(StatusRequest::details),
            assigned_to: self
                .assignee
                .as_ref()
                .map(|assignee| assignee.as_ref().map(|(_, view)| view.clone())),
            has_seen: *seen,
            inbox: *inbox,
            is_bookmarked: marks.bookmarked,
            is_subscribed: marks.subscribed,
            is_public: marks.public,
            priority: priority.map(Priority::name),
        }
    }
}
