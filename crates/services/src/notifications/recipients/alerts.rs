//! Recipients of issue alerts: those whom the actions of the rules name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use alerts::{Action, AssignTarget, Fallthrough, MailTarget};
use model::{AlertRuleId, Assignee, OrganizationId, ProjectId, TeamId, UserId};
use serde_json::{Map, Value, json};
use store::{
    Connection,
    issue_owners::{IssueOwner, OwnerKind},
    issues::Issue,
    notifications::Notification,
};

use super::{
    Reason, Recipient, Who,
    audience::{Audience, Candidate, Way, told},
};
use crate::{
    App,
    notifications::{
        AlertCause,
        causes::{AddressedCause, NamedRule},
        settings::{Answer, NotificationType},
    },
};

/// How many are told of an issue that nobody owns.
const ACTIVE_MEMBERS: i64 = 20;

/// How many all members of a project are at most.
const ALL_MEMBERS: i64 = 5_000;

/// What the actions of the rules ask for.
#[derive(Default)]
struct Asked {
    people: Vec<(Candidate, Option<AlertRuleId>)>,
    teams: Vec<TeamAsked>,
    /// Rows that need no judgement of people.
    rows: Vec<Recipient>,
}

struct TeamAsked {
    team: TeamId,
    reason: Reason,
    detail: String,
    rule: Option<AlertRuleId>,
}

/// What is read once for all rules.
struct Issued<'a> {
    app: &'a App,
    organization: OrganizationId,
    project: ProjectId,
    issue: Issue,
    owners: Vec<IssueOwner>,
    teams: BTreeMap<TeamId, String>,
}

pub(super) async fn find(app: &App, db: &mut Connection, of: &Notification) -> Result<Vec<Recipient>, store::Error> {
    let cause: AlertCause = serde_json::from_value(of.cause.clone())?;
    let rules: Vec<NamedRule> = cause.rules.into_iter().map(NamedRule::from).collect();
    of_rules(app, db, of, &rules).await
}

/// A test goes to whom it names, or to whom the rules name that are tried.
pub(super) async fn find_for_test(
    app: &App,
    db: &mut Connection,
    of: &Notification,
) -> Result<Vec<Recipient>, store::Error> {
    let cause: AddressedCause = serde_json::from_value(of.cause.clone())?;
    if cause.rules.is_empty() {
        return super::others::of_account(db, of).await;
    }
    of_rules(app, db, of, &cause.rules).await
}

async fn of_rules(
    app: &App,
    db: &mut Connection,
    of: &Notification,
    rules: &[NamedRule],
) -> Result<Vec<Recipient>, store::Error> {
    let (Some(organization), Some(project), Some(issue)) = (of.organization, of.project, of.issue) else {
        return Ok(Vec::new());
    };
    let Some(issue) = store::issues::find_or_target(db, organization, issue).await? else {
        return Ok(Vec::new()); // Deleted meanwhile.
    };
    let issued = Issued {
        app,
        organization,
        project,
        owners: store::issue_owners::list(db, &[project], &[issue.id]).await?,
        teams: store::audience::teams_of_project(db, organization, project)
            .await?
            .into_iter()
            .collect(),
        issue,
    };
    let ids: Vec<AlertRuleId> = rules.iter().filter_map(|rule| rule.id).collect();
    let snoozes = store::alert_rules::snoozes(db, &ids, app.now()).await?;
    let mut asked = Asked::default();
    for rule in rules {
        let everybody = snoozes
            .iter()
            .any(|snooze| Some(snooze.rule) == rule.id && snooze.user.is_none());
        if everybody {
            asked.rows.push(Recipient::left_out(
                Who::Target,
                &rule.name,
                Reason::RuleMuted,
                &rule.name,
            ));
            continue;
        }
        issued.ask_of(db, rule, &mut asked).await?;
    }
    let muted: HashSet<(AlertRuleId, UserId)> = snoozes
        .iter()
        .filter_map(|snooze| Some((snooze.rule, snooze.user?)))
        .collect();
    issued.judge(db, asked, &muted).await
}

/// An action. Wrong templates hold nothing up: the message goes out without them, and says so.
pub(super) fn read(wire: &Map<String, Value>) -> Option<Action> {
    let whole = Action::read(wire);
    let plain = || {
        let mut wire = wire.clone();
        wire.remove("subject");
        wire.remove("template");
        Action::read(&wire).ok()
    };
    whole.ok().or_else(plain)
}

impl Issued<'_> {
    async fn ask_of(&self, db: &mut Connection, rule: &NamedRule, asked: &mut Asked) -> Result<(), store::Error> {
        for wire in &rule.actions {
            // What an older version took and this one does not is nothing that could be carried out.
            let Some(action) = wire.as_object().and_then(read) else {
                continue;
            };
            match (action.mail(), action.assign()) {
                (Some(mail), _) => self.ask_mail(db, rule, &mail, asked).await?,
                (None, Some(target)) => asked.rows.push(self.assigned(db, rule, target).await?),
                (None, None) => asked.rows.push(target(self.app, &action, &rule.name)),
            }
        }
        Ok(())
    }

    /// What became of an action that gives the issue to somebody: it was carried out when the rule fired.
    async fn assigned(
        &self,
        db: &mut Connection,
        rule: &NamedRule,
        target: AssignTarget,
    ) -> Result<Recipient, store::Error> {
        let wanted = match target {
            AssignTarget::Member(user) => Some(Assignee::User(user)),
            AssignTarget::Team(team) => Some(Assignee::Team(team)),
            AssignTarget::IssueOwners => self.owners.first().map(|owner| owner.owner),
        };
        let label = match wanted {
            None => rule.name.clone(),
            Some(Assignee::User(user)) => {
                let user = store::users::find(db, user).await?;
                user.map_or_else(|| "a former member".to_owned(), |user| user.email)
            }
            Some(Assignee::Team(team)) => {
                let slug = self.teams.get(&team);
                slug.map_or_else(|| "a former team".to_owned(), |slug| format!("#{slug}"))
            }
        };
        let reason = match wanted {
            None => Reason::NobodyToAssign,
            Some(_) if wanted == self.issue.assignee => Reason::GivenToThem,
            Some(_) => Reason::NotGivenToThem,
        };
        Ok(Recipient::left_out(Who::Target, &label, reason, &rule.name))
    }

    async fn ask_mail(
        &self,
        db: &mut Connection,
        rule: &NamedRule,
        mail: &alerts::MailAction,
        asked: &mut Asked,
    ) -> Result<(), store::Error> {
        let rule_id = rule.id;
        match &mail.target {
            MailTarget::Member(user) => {
                let candidate = Candidate::new(*user, Reason::MemberNamed, &rule.name);
                asked.people.push((candidate, rule_id));
            }
            MailTarget::Team(team) => asked.teams.push(TeamAsked {
                team: *team,
                reason: Reason::TeamNamed,
                detail: rule.name.clone(),
                rule: rule_id,
            }),
            MailTarget::Address(address) => {
                let why = (Reason::AddressNamed, rule.name.as_str());
                let row = super::address(db, self.organization, Some(self.issue.id), address, why).await?;
                asked.rows.push(row);
            }
            MailTarget::IssueOwners => {
                let owners = self.owners();
                if owners.is_empty() {
                    return self.fall_through(db, rule, mail.fallthrough, asked).await;
                }
                for (owner, reason, detail) in owners {
                    match owner {
                        Assignee::User(user) => {
                            asked.people.push((Candidate::new(user, reason, detail), rule_id));
                        }
                        Assignee::Team(team) => asked.teams.push(TeamAsked {
                            team,
                            reason,
                            detail,
                            rule: rule_id,
                        }),
                    }
                }
            }
        }
        Ok(())
    }

    /// Whose the issue is: of the rules the one that decides, then who has it, then whose commits may have caused it.
    fn owners(&self) -> Vec<(Assignee, Reason, String)> {
        let by_rule = |owner: &&IssueOwner| owner.kind != OwnerKind::Commit;
        let deciding = self.owners.iter().find(by_rule);
        let same =
            |owner: &&IssueOwner| deciding.is_some_and(|first| first.kind == owner.kind && first.rule == owner.rule);
        let of_rule = self.owners.iter().filter(by_rule).filter(same);
        let of_rule = of_rule.map(|owner| (owner.owner, Reason::Owner, owner.rule.clone()));
        let assignee = self.issue.assignee.map(|who| (who, Reason::Assigned, String::new()));
        let commits = self.owners.iter().filter(|owner| owner.kind == OwnerKind::Commit);
        let commits = commits.map(|owner| (owner.owner, Reason::SuspectCommit, owner.rule.clone()));
        of_rule.chain(assignee).chain(commits).collect()
    }

    async fn fall_through(
        &self,
        db: &mut Connection,
        rule: &NamedRule,
        to: Fallthrough,
        asked: &mut Asked,
    ) -> Result<(), store::Error> {
        let (limit, reason) = match to {
            Fallthrough::NoOne => {
                let row = Recipient::left_out(Who::Target, &rule.name, Reason::NobodyChosen, &rule.name);
                asked.rows.push(row);
                return Ok(());
            }
            Fallthrough::ActiveMembers => (ACTIVE_MEMBERS, Reason::FallthroughActive),
            Fallthrough::AllMembers => (ALL_MEMBERS, Reason::FallthroughAll),
        };
        let members = store::audience::members_of_project(db, self.organization, self.project, limit).await?;
        let candidates = members
            .into_iter()
            .map(|user| (Candidate::new(user, reason, &rule.name), rule.id));
        asked.people.extend(candidates);
        Ok(())
    }

    async fn judge(
        &self,
        db: &mut Connection,
        asked: Asked,
        muted: &HashSet<(AlertRuleId, UserId)>,
    ) -> Result<Vec<Recipient>, store::Error> {
        let around = Around::load(db, &self.issue, asked.teams.iter().map(|asked| asked.team)).await?;
        let in_teams = around.members.values().flatten().copied();
        let people = asked.people.iter().map(|(candidate, _)| candidate.user).chain(in_teams);
        let teams: Vec<TeamId> = asked.teams.iter().map(|asked| asked.team).collect();
        let audience = Audience::load(self.app, db, self.organization, Some(self.project), people, &teams).await?;
        let mut rows = asked.rows;
        let mut candidates = asked.people;
        for asked in asked.teams {
            self.tell_team(&audience, &around, asked, &mut rows, &mut candidates);
        }
        for (candidate, rule) in candidates {
            let is_muted = rule.is_some_and(|rule| muted.contains(&(rule, candidate.user)));
            let refused = match around.refuse_alert(&audience, &candidate) {
                None if is_muted => Some(Reason::RuleMutedByUser),
                refused => refused,
            };
            match refused {
                Some(reason) => rows.push(audience.leave_out(candidate.user, reason, &candidate.detail)),
                None => rows.extend(audience.tell(&candidate, NotificationType::ALERTS).into_iter().map(
                    |mut recipient| {
                        if let (Some(fields), Some(rule)) = (recipient.target.as_object_mut(), rule) {
                            fields.insert("rule".to_owned(), rule.0.into());
                        }
                        recipient
                    },
                )),
            }
        }
        Ok(rows)
    }

    /// By its channel, or else each member.
    fn tell_team(
        &self,
        audience: &Audience,
        around: &Around,
        asked: TeamAsked,
        rows: &mut Vec<Recipient>,
        people: &mut Vec<(Candidate, Option<AlertRuleId>)>,
    ) {
        let who = Who::Team(asked.team);
        let Some(slug) = self.teams.get(&asked.team) else {
            let label = asked.team.to_string();
            rows.push(Recipient::left_out(
                who,
                &label,
                Reason::TeamWithoutProject,
                &asked.detail,
            ));
            return;
        };
        let members = around.members.get(&asked.team).map(Vec::as_slice).unwrap_or_default();
        let label = format!("#{slug}");
        let channels = audience.team_channels(asked.team, NotificationType::ALERTS);
        if !channels.is_empty() {
            for way in channels {
                rows.push(told(who, way, Reason::TeamChannel, &label));
            }
            for user in members {
                rows.push(audience.leave_out(*user, Reason::TeamTold, &label));
            }
        } else if members.is_empty() {
            rows.push(Recipient::left_out(
                who,
                &label,
                Reason::TeamWithoutMembers,
                &asked.detail,
            ));
        } else {
            let detail = match asked.reason {
                Reason::TeamNamed | Reason::Assigned => label,
                _ => asked.detail,
            };
            let each = members
                .iter()
                .map(|user| (Candidate::new(*user, asked.reason, detail.clone()), asked.rule));
            people.extend(each);
        }
    }
}

/// Who has to do with an issue.
pub(super) struct Around {
    assignee: Option<Assignee>,
    /// Of the teams that matter.
    pub(super) members: HashMap<TeamId, Vec<UserId>>,
    pub(super) subscribers: Vec<(UserId, model::SubscriptionReason)>,
    pub(super) subscribed_teams: Vec<TeamId>,
    unsubscribed: HashSet<UserId>,
}

impl Around {
    pub(super) async fn load(
        db: &mut Connection,
        issue: &Issue,
        teams: impl IntoIterator<Item = TeamId>,
    ) -> Result<Self, store::Error> {
        let subscribers = store::issue_people::subscribers(db, issue.id).await?;
        let subscribed_teams = store::issue_people::team_subscribers(db, issue.id).await?;
        let subscribed_teams: Vec<TeamId> = subscribed_teams.into_iter().map(|team| team.id).collect();
        let mut all: BTreeSet<TeamId> = teams.into_iter().collect();
        all.extend(&subscribed_teams);
        all.extend(issue.assignee.and_then(Assignee::team));
        let all: Vec<TeamId> = all.into_iter().collect();
        let mut members: HashMap<TeamId, Vec<UserId>> = HashMap::new();
        for (team, user) in store::audience::members_of_teams(db, &all).await? {
            members.entry(team).or_default().push(user);
        }
        Ok(Self {
            assignee: issue.assignee,
            members,
            subscribers: subscribers
                .into_iter()
                .map(|(user, reason)| (user.id, reason))
                .collect(),
            subscribed_teams,
            unsubscribed: store::audience::unsubscribed(db, issue.id).await?.into_iter().collect(),
        })
    }

    pub(super) fn is_in(&self, team: TeamId, user: UserId) -> bool {
        self.members.get(&team).is_some_and(|members| members.contains(&user))
    }

    pub(super) fn is_assigned_to(&self, user: UserId) -> bool {
        match self.assignee {
            None => false,
            Some(Assignee::User(assignee)) => assignee == user,
            Some(Assignee::Team(team)) => self.is_in(team, user),
        }
    }

    fn is_watched_by(&self, user: UserId) -> bool {
        self.subscribers.iter().any(|(subscriber, _)| *subscriber == user)
            || self.subscribed_teams.iter().any(|team| self.is_in(*team, user))
    }

    pub(super) fn has_unsubscribed(&self, user: UserId) -> bool {
        self.unsubscribed.contains(&user)
    }

    /// Why somebody is not told of an alert.
    fn refuse_alert(&self, audience: &Audience, candidate: &Candidate) -> Option<Reason> {
        let user = candidate.user;
        let person = match audience.person(user) {
            Ok(person) => person,
            Err(reason) => return Some(reason),
        };
        let is_own = matches!(
            candidate.reason,
            Reason::Owner | Reason::Assigned | Reason::SuspectCommit
        );
        if !is_own && !person.is_in_project {
            return Some(Reason::NotInProject);
        }
        if self.has_unsubscribed(user) {
            return Some(Reason::Unsubscribed);
        }
        match audience.answer(Assignee::User(user), NotificationType::ALERTS) {
            Answer::Never => return Some(Reason::SettingOff),
            Answer::AssignedOnly if !self.is_assigned_to(user) => return Some(Reason::OnlyAssigned),
            _ => {}
        }
        let toggles = audience.preferences(user).alerts;
        let is_wanted = toggles.all
            || toggles.my_teams && (person.is_in_project || is_own)
            || toggles.assigned && self.is_assigned_to(user)
            || toggles.watching && self.is_watched_by(user);
        (!is_wanted).then_some(Reason::ToggleOff)
    }
}

/// The row of an action that another service carries out.
pub(super) fn target(app: &App, action: &Action, rule: &str) -> Recipient {
    let names = [
        "channel",
        "channel_id",
        "service",
        "team",
        "sentryAppInstallationUuid",
        "integration",
    ];
    let mut named = names.into_iter().map(|name| action.parameter(name));
    let label = named.find(|text| !text.is_empty()).unwrap_or(action.slug());
    let (label, target) = match action.slug() {
        "webhook" => {
            let url = action.parameter("url");
            (host_of(url), json!({ "url": url }))
        }
        _ => (label.to_owned(), Value::Object(action.parameters.clone())),
    };
    if app.channels.get(action.slug()).is_none() {
        return Recipient::left_out(Who::Target, &label, Reason::NoChannel, rule);
    }
    let way = Way {
        channel: action.slug().to_owned(),
        label,
        target,
    };
    told(Who::Target, way, Reason::TargetNamed, rule)
}

/// What of an address may be shown to everybody: the rest may be a secret.
pub(super) fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    host.rsplit('@').next().unwrap_or(host).to_owned()
}
