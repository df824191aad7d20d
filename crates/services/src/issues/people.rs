//! People around an issue: who marked it, who is told about it, who may see to it.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{
    ActivityKind, Assignee, IssueId, OrganizationRole, ProjectId, SubscriptionReason, TeamId, Timestamp, UserId,
};
use store::{
    Connection,
    issue_links::IssueLink,
    issue_people::{self, Subscription},
    issues::{Issue, Tracked},
    teams::Team,
    users::User,
};
use triage::Data;

use super::change::{By, Place, note};
use crate::{
    App,
    access::{OrganizationScope, role},
    secret,
};

/// What somebody marks of an issue; what is `None` stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// For the actor himself.
    pub bookmarked: Option<bool>,
    /// Whether the actor is told about it.
    pub subscribed: Option<bool>,
    /// Whether everybody who has its link may see it.
    pub public: Option<bool>,
}

/// Writes marks. What only a user has, no token of an organization gets.
pub(super) async fn set_marks(
    app: &App,
    db: &mut Connection,
    scope: &OrganizationScope,
    issue: &Tracked,
    marks: Marks,
    now: Timestamp,
) -> Result<(), store::Error> {
    if let Some(user) = scope.actor.user_id() {
        if let Some(is_set) = marks.bookmarked {
            issue_people::set_bookmark(db, issue.id, user, is_set, now).await?;
            if is_set {
                issue_people::subscribe(db, issue.id, user, SubscriptionReason::Bookmark, now).await?;
            }
        }
        if let Some(is_active) = marks.subscribed {
            issue_people::set_subscription(db, issue.id, user, is_active, now).await?;
        }
    }
    let by = By::of(scope);
    let change = match marks.public {
        Some(true) if scope.membership.allow_shared_issues => {
            let key = secret::random_hex::<16>();
            let is_new = issue_people::share(db, issue.id, &key, by.user(), now).await?;
            is_new.then_some(ActivityKind::SetPublic)
        }
        Some(false) => issue_people::unshare(db, issue.id)
            .await?
            .then_some(ActivityKind::SetPrivate),
        Some(true) | None => None,
    };
    if let Some(kind) = change {
        note(app, db, Place::of(issue), kind, by, Data::new()).await?;
    }
    Ok(())
}

/// What stands around several issues, read at once.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// Those that the actor has marked.
    pub bookmarked: HashSet<IssueId>,
    /// What is decided on for the actor.
    pub subscriptions: HashMap<IssueId, Subscription>,
    /// The keys of those that are shared.
    pub shares: HashMap<IssueId, String>,
    pub links: HashMap<IssueId, Vec<IssueLink>>,
}

pub async fn around(app: &App, scope: &OrganizationScope, issues: &[Issue]) -> Result<Around, store::Error> {
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    if ids.is_empty() {
        return Ok(Around::default());
    }
    let mut db = app.store.read().await?;
    let mut around = Around {
        shares: issue_people::shares(&mut db, &ids).await?.into_iter().collect(),
        ..Around::default()
    };
    for link in store::issue_links::list(&mut db, scope.organization.id, &ids).await? {
        around.links.entry(link.issue).or_default().push(link);
    }
    if let Some(user) = scope.actor.user_id() {
        around.bookmarked = issue_people::bookmarked(&mut db, &ids, user)
            .await?
            .into_iter()
            .collect();
        let subscriptions = issue_people::subscriptions(&mut db, user, &scope.own_teams(), &ids).await?;
        around.subscriptions = subscriptions.into_iter().collect();
    }
    Ok(around)
}

/// Who is told about an issue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Participants {
    pub users: Vec<(User, SubscriptionReason)>,
    pub teams: Vec<Team>,
}

pub async fn participants(app: &App, issue: &Issue) -> Result<Participants, store::Error> {
    let mut db = app.store.read().await?;
    Ok(Participants {
        users: issue_people::subscribers(&mut db, issue.id).await?,
        teams: issue_people::team_subscribers(&mut db, issue.id).await?,
    })
}

/// Who can see to the issues of a project: those who see it, and the teams that have it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assignable {
    /// By e-mail.
    pub users: Vec<User>,
    /// By slug.
    pub teams: Vec<Team>,
}

impl Assignable {
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub fn team(&self, id: TeamId) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == id)
    }
}

pub async fn assignable(app: &App, scope: &OrganizationScope, project: ProjectId) -> Result<Assignable, store::Error> {
    let mut db = app.store.read().await?;
    assignable_in(&mut db, scope, project).await
}

pub(super) async fn assignable_in(
    db: &mut Connection,
    scope: &OrganizationScope,
    project: ProjectId,
) -> Result<Assignable, store::Error> {
    let organization = scope.organization.id;
    let of_project: HashSet<TeamId> = store::teams::ids_of_project(db, project).await?.into_iter().collect();
    let mut teams = store::teams::list(db, organization).await?;
    teams.retain(|team| of_project.contains(&team.id));
    let in_teams: HashSet<UserId> = issue_people::members_of_teams(db, &of_project)
        .await?
        .into_iter()
        .collect();
    let sees = |role: OrganizationRole, user: UserId| {
        role != OrganizationRole::Billing
            && (scope.membership.open_membership || role::sees_all(role) || in_teams.contains(&user))
    };
    let members = store::members::list(db, organization).await?;
    let users = members
        .into_iter()
        .filter(|(member, user)| user.is_active && sees(member.role, user.id))
        .map(|(_, user)| user);
    Ok(Assignable {
        users: users.collect(),
        teams,
    })
}

/// Users and teams by what activities and issues name them with.
#[derive(Debug, Clone, Default)]
pub struct People {
    pub users: BTreeMap<UserId, User>,
    pub teams: BTreeMap<TeamId, Team>,
}

impl People {
    /// All of an organization.
    pub async fn of(app: &App, scope: &OrganizationScope) -> Result<Self, store::Error> {
        let mut db = app.store.read().await?;
        let users = store::users::list(&mut db, scope.organization.id).await?;
        let teams = store::teams::list(&mut db, scope.organization.id).await?;
        Ok(Self {
            users: users.into_iter().map(|user| (user.id, user)).collect(),
            teams: teams.into_iter().map(|team| (team.id, team)).collect(),
        })
    }

    /// As people read it: the name of a user, the slug of a team.
    pub fn name(&self, who: Assignee) -> Option<String> {
        match who {
            Assignee::User(id) => self.users.get(&id).map(|user| match user.name.as_str() {
                "" => user.email.clone(),
                name => name.to_owned(),
            }),
            Assignee::Team(id) => self.teams.get(&id).map(|team| format!("#{}", team.slug)),
        }
    }
}
