//! Recipients of what happens to issues: those who take part in them, and those whose rules ask for it.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{ActivityKind, Assignee, Priority, SubscriptionReason, TeamId, UserId};
use serde_json::Value;
use store::{Connection, issues::Issue, notifications::Notification};

use super::{
    Reason, Recipient, Who,
    alerts::Around,
    audience::{Audience, Candidate, told},
    teams::{self, Happening},
};
use crate::{
    App,
    notifications::{
        causes::{ActivityCause, FIRST_SEEN},
        rules::{
            Severity,
            personal::{self, PersonalRule},
        },
        settings::{Answer, NotificationType, Provider},
    },
};

/// How many members of a project are asked whether they want to know of everything.
const MEMBERS: i64 = 5_000;

/// What an activity is to somebody. One can be several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Category {
    Comment,
    Mention,
    AssignedToThem,
    StatusChange,
}

/// What is known of an activity before people are looked at.
struct Happened<'a> {
    cause: &'a ActivityCause,
    issue: &'a Issue,
    around: Around,
    mentioned: Vec<Assignee>,
    /// To whom it was assigned by this activity.
    assigned: Option<Assignee>,
    personal: HashMap<UserId, PersonalRule>,
}

pub(super) async fn find(app: &App, db: &mut Connection, of: &Notification) -> Result<Vec<Recipient>, store::Error> {
    let cause: ActivityCause = serde_json::from_value(of.cause.clone())?;
    let (Some(organization), Some(project), Some(issue)) = (of.organization, of.project, of.issue) else {
        return Ok(Vec::new());
    };
    let Some(issue) = store::issues::find_or_target(db, organization, issue).await? else {
        return Ok(Vec::new()); // Deleted meanwhile.
    };
    let mentioned = mentioned_in(&cause);
    let assigned = assigned_by(&cause);
    let teams = mentioned.iter().copied().chain(assigned).filter_map(Assignee::team);
    let happened = Happened {
        around: Around::load(db, &issue, teams).await?,
        mentioned,
        assigned,
        personal: personal::of_project(db, project).await?.into_iter().collect(),
        cause: &cause,
        issue: &issue,
    };
    let mut rows = Vec::new();
    let mut candidates = Candidates::default();
    if happened.is_first_seen() {
        let severity = Severity::of_issue(issue.priority, issue.level);
        let happening = Happening::NewIssue(issue.id, severity);
        rows.extend(teams::find(app, db, organization, project, happening).await?);
    }
    if !happened.is_for_rules_alone() {
        happened.gather(&mut candidates);
        let every =
            store::notification_settings::users_with(db, NotificationType::WORKFLOW.name(), Answer::Always.name());
        let every: HashSet<UserId> = every.await?.into_iter().collect();
        if !every.is_empty() {
            let members = store::audience::members_of_project(db, organization, project, MEMBERS).await?;
            for user in members.into_iter().filter(|user| every.contains(user)) {
                candidates.add(user, Reason::EveryWorkflow, "");
            }
        }
    }
    for user in happened.personal.keys() {
        candidates.add(*user, Reason::PersonalRule, "");
    }
    let teams: Vec<TeamId> = happened.teams().map(|(team, _)| team).collect();
    let users = candidates.0.keys().copied();
    let audience = Audience::load(app, db, organization, Some(project), users, &teams).await?;
    let told_teams = happened.tell_teams(&audience, &mut rows);
    for (user, (reason, detail)) in candidates.0 {
        let candidate = Candidate { user, reason, detail };
        rows.extend(happened.judge(&audience, &told_teams, &candidate));
    }
    Ok(rows)
}

/// Each user once, with what speaks for them most.
#[derive(Default)]
struct Candidates(BTreeMap<UserId, (Reason, String)>);

impl Candidates {
    fn add(&mut self, user: UserId, reason: Reason, detail: &str) {
        self.0.entry(user).or_insert((reason, detail.to_owned()));
    }
}

fn mentioned_in(cause: &ActivityCause) -> Vec<Assignee> {
    let named = cause
        .data
        .get("mentions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    named.filter_map(|name| name.as_str()?.parse().ok()).collect()
}

fn assigned_by(cause: &ActivityCause) -> Option<Assignee> {
    if cause.kind != ActivityKind::Assigned.name() {
        return None;
    }
    let text = |name: &str| cause.data.get(name).and_then(Value::as_str);
    format!("{}:{}", text("assigneeType")?, text("assignee")?).parse().ok()
}

impl Happened<'_> {
    fn is_first_seen(&self) -> bool {
        self.cause.kind == FIRST_SEEN
    }

    /// Only those are told whose own rules ask for it: of what follows from an event, alert rules tell the others.
    fn is_for_rules_alone(&self) -> bool {
        self.is_first_seen() || self.cause.is_assigned_by_rule()
    }

    /// The teams that take part, each with why.
    fn teams(&self) -> impl Iterator<Item = (TeamId, Reason)> {
        let mentioned = self.mentioned.iter().filter_map(|who| who.team());
        let mentioned = mentioned.map(|team| (team, Reason::TeamMentioned));
        let assigned = self
            .assigned
            .and_then(Assignee::team)
            .map(|team| (team, Reason::Assigned));
        let subscribed = self.around.subscribed_teams.iter();
        let subscribed = subscribed.map(|team| (*team, Reason::TeamMentioned));
        mentioned.chain(assigned).chain(subscribed)
    }

    fn gather(&self, candidates: &mut Candidates) {
        for who in &self.mentioned {
            if let Assignee::User(user) = who {
                candidates.add(*user, Reason::Mentioned, "");
            }
        }
        if let Some(Assignee::User(user)) = self.assigned {
            candidates.add(user, Reason::Assigned, "");
        }
        for (user, reason) in &self.around.subscribers {
            candidates.add(*user, of_subscription(*reason), "");
        }
        for (team, reason) in self.teams() {
            for user in self.around.members.get(&team).into_iter().flatten() {
                candidates.add(*user, reason, "");
            }
        }
    }

    /// Rows for the channels of teams. Returns the teams that have one: their members are not told for the team's sake.
    fn tell_teams(&self, audience: &Audience, rows: &mut Vec<Recipient>) -> Vec<TeamId> {
        let mut told_teams = Vec::new();
        for (team, reason) in self.teams() {
            if self.is_for_rules_alone() || told_teams.contains(&team) {
                continue;
            }
            let channels = audience.team_channels(team, NotificationType::WORKFLOW);
            if !channels.is_empty() {
                told_teams.push(team);
            }
            for way in channels {
                rows.push(told(Who::Team(team), way, Reason::TeamChannel, reason.code()));
            }
        }
        told_teams
    }

    fn judge(&self, audience: &Audience, told_teams: &[TeamId], candidate: &Candidate) -> Vec<Recipient> {
        let user = candidate.user;
        let leave_out = |reason: Reason| vec![audience.leave_out(user, reason, &candidate.detail)];
        if let Err(reason) = audience.person(user) {
            return leave_out(reason);
        }
        let preferences = audience.preferences(user);
        if self.cause.actor == Some(user) && !preferences.own_activity {
            return leave_out(Reason::OwnAction);
        }
        if self.around.has_unsubscribed(user) {
            return leave_out(Reason::Unsubscribed);
        }
        let mut rows = self.by_personal_rule(audience, candidate);
        if self.is_for_rules_alone() {
            return rows;
        }
        match self.refuse(audience, told_teams, candidate) {
            None => rows.extend(audience.tell(candidate, NotificationType::WORKFLOW)),
            Some(_) if !rows.is_empty() => {}
            // Whose rule asks for other things has nothing to do with this one.
            Some(_) if candidate.reason == Reason::PersonalRule => {}
            Some(reason) => rows.extend(leave_out(reason)),
        }
        rows
    }

    /// Why the settings of somebody do not let it come.
    fn refuse(&self, audience: &Audience, told_teams: &[TeamId], candidate: &Candidate) -> Option<Reason> {
        let user = candidate.user;
        let answer = audience.answer(Assignee::User(user), NotificationType::WORKFLOW);
        match answer {
            Answer::Never => return Some(Reason::SettingOff),
            Answer::Always => {}
            _ if matches!(candidate.reason, Reason::EveryWorkflow | Reason::PersonalRule) => {
                return Some(Reason::OnlyParticipating);
            }
            _ => {}
        }
        let is_subscribed = self.around.subscribers.iter().any(|(of, _)| *of == user);
        // Who takes part on their own account, or wants to know of everything, is told beside the team.
        let is_named = is_subscribed || answer == Answer::Always || self.mentioned.contains(&Assignee::User(user));
        if !is_named && told_teams.iter().any(|team| self.around.is_in(*team, user)) {
            return Some(Reason::TeamTold);
        }
        let toggles = audience.preferences(user).workflow;
        let is_wanted = self.categories(user).into_iter().any(|category| match category {
            Category::Comment => toggles.comments,
            Category::Mention => toggles.mentions,
            Category::AssignedToThem => toggles.assigned,
            Category::StatusChange => toggles.status_changes,
        });
        (!is_wanted).then_some(Reason::ToggleOff)
    }

    fn categories(&self, user: UserId) -> Vec<Category> {
        let is = |who: &Assignee| match who {
            Assignee::User(of) => *of == user,
            Assignee::Team(team) => self.around.is_in(*team, user),
        };
        if self.cause.kind == ActivityKind::Note.name() {
            let mention = self.mentioned.iter().any(is).then_some(Category::Mention);
            return [Some(Category::Comment), mention].into_iter().flatten().collect();
        }
        if self.assigned.as_ref().is_some_and(is) {
            return vec![Category::AssignedToThem];
        }
        vec![Category::StatusChange]
    }

    /// What the user's rule for the project gives: one row for each of its ways.
    fn by_personal_rule(&self, audience: &Audience, candidate: &Candidate) -> Vec<Recipient> {
        let user = candidate.user;
        let Some(rule) = self.personal.get(&user) else {
            return Vec::new();
        };
        let categories = self.categories(user);
        let is_subscribed = self.around.subscribers.iter().any(|(of, _)| *of == user);
        let reason = if self.is_first_seen() {
            (rule.when.new_high_priority && self.issue.priority == Priority::High).then_some(Reason::PersonalRule)
        } else if rule.when.mentioned && categories.contains(&Category::Mention) {
            Some(Reason::Mentioned)
        } else if rule.when.assigned && categories.contains(&Category::AssignedToThem) {
            Some(Reason::Assigned)
        } else {
            let changes = categories.contains(&Category::StatusChange);
            (rule.when.status_changes && changes && is_subscribed).then_some(candidate.reason)
        };
        let Some(reason) = reason else { return Vec::new() };
        let mut rows = Vec::new();
        for provider in rule.by.providers() {
            let candidate = Candidate::new(user, reason, "rule of the project");
            let ways = audience.ways_of(user, provider);
            // Nobody knows who they are there: a mail says so.
            if ways.is_empty() && provider == Provider::Slack {
                let candidate =
                    Candidate::new(user, reason, "in place of a direct message: no Slack account is linked");
                let mails = audience.ways_of(user, Provider::Email).into_iter();
                rows.extend(mails.map(|way| audience.by(&candidate, way)));
            }
            rows.extend(ways.into_iter().map(|way| audience.by(&candidate, way)));
        }
        if rows.is_empty() {
            rows.push(audience.leave_out(user, Reason::NoProvider, "rule of the project"));
        }
        rows
    }
}

fn of_subscription(reason: SubscriptionReason) -> Reason {
    match reason {
        SubscriptionReason::Unknown | SubscriptionReason::DeploySetting => Reason::Subscribed,
        SubscriptionReason::Comment => Reason::Commented,
        SubscriptionReason::Assigned => Reason::Assigned,
        SubscriptionReason::Bookmark => Reason::Bookmarked,
        SubscriptionReason::StatusChange => Reason::ChangedStatus,
        SubscriptionReason::Mentioned => Reason::Mentioned,
        SubscriptionReason::TeamMentioned => Reason::TeamMentioned,
    }
}
