//! Recipients of everything else: incidents, deploys, quotas, reports, and what names its recipient itself.

use std::collections::HashSet;

use model::{Assignee, OrganizationId, OrganizationRole, ProjectId, UserId};
use serde_json::{Value, json};
use store::{Connection, notifications::Notification};

use super::{
    Reason, Recipient, Who,
    alerts::{self, host_of},
    audience::{Audience, Candidate, Way, mail_to, told},
    teams::{self, Happening},
};
use crate::{
    App, mails,
    notifications::{
        actions,
        causes::{AddressedCause, DeployCause, DigestCause, HeldCause, MetricAction, MetricCause, SavedRuleCause},
        rules::Severity,
        settings::{Answer, NotificationType},
    },
};

/// How many members of a project are asked at most.
const MEMBERS: i64 = 5_000;

/// An incident: whom its rule names, who subscribed to it, and teams whose rules ask for it.
pub(super) async fn of_metric_alert(
    app: &App,
    db: &mut Connection,
    of: &Notification,
) -> Result<Vec<Recipient>, store::Error> {
    let cause: MetricCause = serde_json::from_value(of.cause.clone())?;
    let Some(organization) = of.organization else {
        return Ok(Vec::new());
    };
    // Rules over several projects are for all who see one of them.
    let projects: Vec<ProjectId> = match cause.projects.as_slice() {
        [] => of.project.into_iter().collect(),
        projects => projects.to_vec(),
    };
    if cause.snoozed {
        let row = Recipient::left_out(Who::Target, &cause.name, Reason::RuleMuted, &cause.name);
        return Ok(vec![row]);
    }
    let mut rows = Vec::new();
    // Those whom the rule names, and those who are told for another reason, as their settings say.
    let (mut named, mut others) = (Vec::new(), Vec::new());
    for action in &cause.actions {
        let target = action.target();
        match (action.kind.as_str(), action.target_type.as_str()) {
            ("email", "user") => named.extend(target.parse().map(UserId)),
            ("email", "team") => {
                let Ok(team) = target.parse().map(model::TeamId) else {
                    continue;
                };
                let audience = Audience::load(app, db, organization, of.project, [], &[team]).await?;
                let channels = audience.team_channels(team, NotificationType::ALERTS);
                if channels.is_empty() {
                    let members = store::audience::members_of_teams(db, &[team]).await?;
                    others.extend(members.into_iter().map(|(_, user)| (user, Reason::TeamNamed)));
                }
                let team_rows = channels.into_iter();
                rows.extend(team_rows.map(|way| told(Who::Team(team), way, Reason::TeamChannel, &cause.name)));
            }
            ("email", _) => {
                let why = (Reason::AddressNamed, cause.name.as_str());
                rows.push(super::address(db, organization, None, &target, why).await?);
            }
            _ => rows.push(service(app, action, &target, &cause.name)),
        }
    }
    others.extend(cause.subscribers.iter().map(|user| (*user, Reason::Subscribed)));
    let users = named.iter().copied().chain(others.iter().map(|(user, _)| *user));
    let mut audience = Audience::load(app, db, organization, of.project, users, &[]).await?;
    audience.widen(db, &projects).await?;
    let named = named.into_iter().map(|user| (user, Reason::MemberNamed));
    for (user, reason) in named.chain(others) {
        // Whom a metric alert rule names is told whatever their settings say of alerts.
        let asks_settings = reason == Reason::TeamNamed;
        let answer = audience.answer(Assignee::User(user), NotificationType::ALERTS);
        let refused = match audience.person(user) {
            Err(reason) => Some(reason),
            Ok(_) if cause.snoozed_for.contains(&user) => Some(Reason::RuleMutedByUser),
            Ok(_) if asks_settings && answer == Answer::Never => Some(Reason::SettingOff),
            Ok(_) => None,
        };
        match refused {
            Some(reason) => rows.push(audience.leave_out(user, reason, &cause.name)),
            None => {
                let candidate = Candidate::new(user, reason, &cause.name);
                rows.extend(audience.tell(&candidate, NotificationType::ALERTS));
            }
        }
    }
    let severity = match cause.status.as_str() {
        "critical" => Some(Severity::Critical),
        "warning" => Some(Severity::Medium),
        _ => None,
    };
    if let Some(severity) = severity {
        let happening = if cause.is_performance {
            Happening::Performance(severity)
        } else {
            Happening::ErrorRate(severity)
        };
        for project in &projects {
            rows.extend(teams::find(app, db, organization, *project, happening).await?);
        }
    }
    Ok(rows)
}

/// The row of an action that another service carries out.
fn service(app: &App, action: &MetricAction, target: &str, detail: &str) -> Recipient {
    let (label, place) = match action.kind.as_str() {
        "webhook" => (host_of(target), json!({ "url": target })),
        _ => (target.to_owned(), Value::Object(action.rest.clone())),
    };
    if app.channels.get(&action.kind).is_none() {
        return Recipient::left_out(Who::Target, &label, Reason::NoChannel, detail);
    }
    let way = Way {
        channel: action.kind.clone(),
        label,
        target: place,
    };
    told(Who::Target, way, Reason::TargetNamed, detail)
}

/// A deploy: of members of its projects those who want to know of all, and those whose commits went live; by confirmed
/// addresses only.
pub(super) async fn of_deploy(
    app: &App,
    db: &mut Connection,
    of: &Notification,
) -> Result<Vec<Recipient>, store::Error> {
    let cause: DeployCause = serde_json::from_value(of.cause.clone())?;
    let Some(organization) = of.organization else {
        return Ok(Vec::new());
    };
    let committers: HashSet<UserId> = store::audience::committers(db, organization, &cause.version)
        .await?
        .into_iter()
        .collect();
    let mut rows = Vec::new();
    for project in &cause.projects {
        let members = store::audience::members_of_project(db, organization, *project, MEMBERS).await?;
        let audience = Audience::load(app, db, organization, Some(*project), members.iter().copied(), &[]).await?;
        for user in members {
            rows.extend(of_deploy_to(&audience, &cause, user, committers.contains(&user)));
        }
    }
    Ok(rows)
}

fn of_deploy_to(audience: &Audience, cause: &DeployCause, user: UserId, is_committer: bool) -> Vec<Recipient> {
    let leave_out = |reason: Reason| vec![audience.leave_out(user, reason, &cause.version)];
    let answer = audience.answer(Assignee::User(user), NotificationType::DEPLOY);
    let reason = match answer {
        Answer::Always => Reason::EveryDeploy,
        Answer::CommittedOnly if is_committer => Reason::OwnCommits,
        Answer::Never => return leave_out(Reason::SettingOff),
        // Most people, of most deploys: of that nobody asks why.
        _ => return Vec::new(),
    };
    let person = match audience.person(user) {
        Ok(person) => person,
        Err(reason) => return leave_out(reason),
    };
    if cause.actor == Some(user) && !audience.preferences(user).own_activity {
        return leave_out(Reason::OwnAction);
    }
    if !person.is_verified && person.routed_to.is_none() {
        return leave_out(Reason::NotVerified);
    }
    audience.tell(&Candidate::new(user, reason, &cause.version), NotificationType::DEPLOY)
}

/// A quota that is or will be used up: the owners of the organization.
pub(super) async fn of_quota(
    app: &App,
    db: &mut Connection,
    of: &Notification,
) -> Result<Vec<Recipient>, store::Error> {
    let cause: AddressedCause = serde_json::from_value(of.cause.clone())?;
    let Some(organization) = of.organization else {
        return Ok(Vec::new());
    };
    let kind = cause.kind.as_deref().and_then(NotificationType::from_name);
    let kind = kind.filter(|kind| kind.is_quota()).unwrap_or(NotificationType::QUOTA);
    let owners = store::audience::members_with_role(db, organization, OrganizationRole::Owner).await?;
    let audience = Audience::load(app, db, organization, None, owners.iter().copied(), &[]).await?;
    let mut rows = Vec::new();
    for user in owners {
        // Who wants to hear of no quota wants to hear of none of them.
        let is_off = [NotificationType::QUOTA, kind]
            .into_iter()
            .any(|kind| audience.answer(Assignee::User(user), kind) == Answer::Never);
        if is_off {
            rows.push(audience.leave_out(user, Reason::SettingOff, kind.name()));
        } else {
            rows.extend(audience.tell(&Candidate::new(user, Reason::OrganizationOwner, kind.name()), kind));
        }
    }
    Ok(rows)
}

/// A spike of events: members of the project who want to know, and what actions of the organization name.
pub(super) async fn of_spike(
    app: &App,
    db: &mut Connection,
    of: &Notification,
) -> Result<Vec<Recipient>, store::Error> {
    let (Some(organization), Some(project)) = (of.organization, of.project) else {
        return Ok(Vec::new());
    };
    let mut rows = Vec::new();
    let members = store::audience::members_of_project(db, organization, project, MEMBERS).await?;
    let audience = Audience::load(app, db, organization, Some(project), members.iter().copied(), &[]).await?;
    for user in members {
        let answer = audience.answer(Assignee::User(user), NotificationType::SPIKE_PROTECTION);
        if answer == Answer::Never {
            rows.push(audience.leave_out(user, Reason::SettingOff, NotificationType::SPIKE_PROTECTION.name()));
        } else {
            let candidate = Candidate::new(user, Reason::ProjectMember, "");
            rows.extend(audience.tell(&candidate, NotificationType::SPIKE_PROTECTION));
        }
    }
    rows.extend(of_actions(app, db, organization, Some(project), "spike-protection").await?);
    Ok(rows)
}

/// What the notification actions of an organization name for a trigger.
pub(super) async fn of_actions(
    app: &App,
    db: &mut Connection,
    organization: OrganizationId,
    project: Option<ProjectId>,
    trigger: &str,
) -> Result<Vec<Recipient>, store::Error> {
    let mut rows = Vec::new();
    for action in store::notification_actions::list(db, organization).await? {
        let holds = action.projects.is_empty() || project.is_some_and(|project| action.projects.contains(&project));
        if action.trigger != trigger || !holds {
            continue;
        }
        let detail = action.id.to_string();
        match (action.service.as_str(), action.target_kind.as_str()) {
            ("email" | "sentry_notification", "user" | "team") => {
                let users = match (action.target_kind.as_str(), action.target_id.parse()) {
                    ("user", Ok(id)) => vec![UserId(id)],
                    ("team", Ok(id)) => {
                        let members = store::audience::members_of_teams(db, &[model::TeamId(id)]).await?;
                        members.into_iter().map(|(_, user)| user).collect()
                    }
                    _ => Vec::new(),
                };
                rows.extend(mails_to(app, db, organization, project, &users, &detail).await?);
            }
            ("sentry_notification", _) => {
                let owners = store::audience::members_with_role(db, organization, OrganizationRole::Owner).await?;
                rows.extend(mails_to(app, db, organization, project, &owners, &detail).await?);
            }
            ("email", _) => {
                let why = (Reason::NotificationAction, detail.as_str());
                rows.push(super::address(db, organization, None, &action.target_id, why).await?);
            }
            _ => rows.push(actions::row_of(app, &action)),
        }
    }
    Ok(rows)
}

async fn mails_to(
    app: &App,
    db: &mut Connection,
    organization: OrganizationId,
    project: Option<ProjectId>,
    users: &[UserId],
    detail: &str,
) -> Result<Vec<Recipient>, store::Error> {
    let audience = Audience::load(app, db, organization, project, users.iter().copied(), &[]).await?;
    let mut rows = Vec::new();
    for user in users {
        match audience.person(*user) {
            Err(reason) => rows.push(audience.leave_out(*user, reason, detail)),
            Ok(_) => {
                let candidate = Candidate::new(*user, Reason::NotificationAction, detail);
                rows.extend(audience.tell(&candidate, NotificationType::SPIKE_PROTECTION));
            }
        }
    }
    Ok(rows)
}

/// A report of a user, or for an address.
pub(super) async fn of_report(
    app: &App,
    db: &mut Connection,
    of: &Notification,
) -> Result<Vec<Recipient>, store::Error> {
    let cause: AddressedCause = serde_json::from_value(of.cause.clone())?;
    let Some(organization) = of.organization else {
        return Ok(Vec::new());
    };
    if let Some(address) = &cause.address {
        let refused = super::refused_address(db, organization, None, address, mails::Use::Reports).await?;
        return Ok(vec![match refused {
            None => told(Who::Address, mail_to(address), Reason::Report, ""),
            Some(reason) => Recipient::left_out(Who::Address, address, reason, ""),
        }]);
    }
    let Some(user) = cause.user else { return Ok(Vec::new()) };
    let audience = Audience::load(app, db, organization, None, [user], &[]).await?;
    let answer = audience.answer(Assignee::User(user), NotificationType::REPORTS);
    Ok(match audience.person(user) {
        Err(reason) => vec![audience.leave_out(user, reason, "")],
        Ok(_) if answer == Answer::Never => vec![audience.leave_out(user, Reason::SettingOff, "reports")],
        Ok(_) => audience.tell(&Candidate::new(user, Reason::Report, ""), NotificationType::REPORTS),
    })
}

/// A rule that somebody saved: those of the channels it names that want to know.
pub(super) fn of_saved_rule(app: &App, of: &Notification) -> Result<Vec<Recipient>, store::Error> {
    let cause: SavedRuleCause = serde_json::from_value(of.cause.clone())?;
    let mut rows = Vec::new();
    for wire in &cause.actions {
        if cause.is_metric {
            let action: MetricAction = serde_json::from_value(wire.clone())?;
            rows.push(service(app, &action, &action.target(), &cause.name));
        } else if let Some(action) = wire.as_object().and_then(alerts::read) {
            rows.push(alerts::target(app, &action, &cause.name));
        }
    }
    Ok(rows)
}

/// What was held back, and the notice of it, go to whom it was held back from.
pub(super) fn of_held(of: &Notification) -> Vec<Recipient> {
    let digest = serde_json::from_value(of.cause.clone()).map(|cause: DigestCause| (cause.recipient, Reason::Gathered));
    let notice = || {
        let cause = serde_json::from_value(of.cause.clone());
        cause.map(|cause: HeldCause| (cause.recipient, Reason::HeldBack))
    };
    let found = digest.or_else(|_| notice()).ok();
    let row = found.map(|(recipient, reason)| {
        let way = Way {
            channel: recipient.channel,
            label: recipient.label,
            target: recipient.target,
        };
        told(recipient.who, way, reason, "")
    });
    row.into_iter().collect()
}

/// About an account, or to try an address: to whom it names.
pub(super) async fn of_account(db: &mut Connection, of: &Notification) -> Result<Vec<Recipient>, store::Error> {
    let cause: AddressedCause = serde_json::from_value(of.cause.clone())?;
    let reason = match of.kind {
        model::NotificationKind::Test => Reason::Test,
        _ => Reason::OwnAccount,
    };
    let user = match cause.user {
        Some(user) => store::users::find(db, user).await?,
        None => None,
    };
    let address = cause.address.clone().or(user.as_ref().map(|user| user.email.clone()));
    let Some(address) = address else { return Ok(Vec::new()) };
    let who = user.map_or(Who::Address, |user| Who::User(user.id));
    Ok(vec![told(who, mail_to(&address), reason, "")])
}
