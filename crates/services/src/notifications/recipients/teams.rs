//! What teams are told by their own rules.

use model::{IssueId, OrganizationId, ProjectId, TeamId, Timestamp};
use serde_json::{Value, json};
use store::Connection;

use super::{
    Reason, Recipient, Who,
    alerts::host_of,
    audience::{Audience, Candidate, Way, mail_to, told},
};
use crate::{
    App, mails,
    notifications::{
        rules::{
            Severity,
            team::{self, Delivery, TeamRule},
        },
        settings::NotificationType,
    },
};

/// Something that rules of teams ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happening {
    NewIssue(IssueId, Severity),
    /// Something became slow.
    Performance(Severity),
    /// The rate of errors.
    ErrorRate(Severity),
}

impl Happening {
    fn severity(self) -> Severity {
        match self {
            Self::NewIssue(_, severity) | Self::Performance(severity) | Self::ErrorRate(severity) => severity,
        }
    }

    fn issue(self) -> Option<IssueId> {
        match self {
            Self::NewIssue(issue, _) => Some(issue),
            Self::Performance(_) | Self::ErrorRate(_) => None,
        }
    }

    fn triggers(self, rule: &TeamRule) -> bool {
        match self {
            Self::NewIssue(_, severity) => rule.when.new_issue.is_some_and(|least| severity >= least),
            Self::Performance(_) => rule.when.performance,
            Self::ErrorRate(severity) => rule.when.error_rate && severity == Severity::Critical,
        }
    }
}

pub(super) async fn find(
    app: &App,
    db: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
    happening: Happening,
) -> Result<Vec<Recipient>, store::Error> {
    let severity = happening.severity();
    let mut rows = Vec::new();
    for (team, slug, rule) in team::of_project(db, project).await? {
        if !happening.triggers(&rule) {
            continue;
        }
        let wait = (!rule.is_immediate(severity)).then(|| rule.window_end(app.now()));
        let mut own = Vec::new();
        for delivery in &rule.deliveries {
            own.push(row(app, db, organization, (team, &slug), delivery, happening).await?);
        }
        if rule.deliveries.is_empty() {
            own.extend(members(app, db, organization, project, (team, &slug)).await?);
        }
        rows.extend(own.into_iter().map(|recipient| waiting(recipient, wait)));
    }
    Ok(rows)
}

fn waiting(recipient: Recipient, wait: Option<Timestamp>) -> Recipient {
    Recipient {
        wait: wait.filter(|_| recipient.told),
        ..recipient
    }
}

async fn row(
    app: &App,
    db: &mut Connection,
    organization: OrganizationId,
    (team, slug): (TeamId, &str),
    delivery: &Delivery,
    happening: Happening,
) -> Result<Recipient, store::Error> {
    let who = Who::Team(team);
    let leave_out = |reason: Reason| Recipient::left_out(who, &delivery.label, reason, slug);
    if happening.severity() < delivery.least {
        return Ok(leave_out(Reason::BelowSeverity));
    }
    if app.channels.get(&delivery.channel).is_none() || !delivery.is_usable() {
        return Ok(leave_out(Reason::NoChannel));
    }
    let way = if delivery.channel == "email" {
        let issue = happening.issue();
        let refused = super::refused_address(db, organization, issue, &delivery.label, mails::Use::Alerts);
        if let Some(reason) = refused.await? {
            return Ok(leave_out(reason));
        }
        mail_to(&delivery.label)
    } else if let Some(url) = delivery.webhook().filter(|_| delivery.channel == "webhook") {
        Way {
            channel: delivery.channel.clone(),
            label: host_of(url),
            target: json!({ "url": url }),
        }
    } else {
        let mut target = Value::Object(delivery.target.clone());
        if delivery.target.is_empty() {
            target = json!({ "channel": delivery.label });
        }
        Way {
            channel: delivery.channel.clone(),
            label: delivery.label.clone(),
            target,
        }
    };
    Ok(told(who, way, Reason::TeamRule, slug))
}

/// A team that names no place is told by its members.
async fn members(
    app: &App,
    db: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
    (team, slug): (TeamId, &str),
) -> Result<Vec<Recipient>, store::Error> {
    let members = store::audience::members_of_teams(db, &[team]).await?;
    let users: Vec<_> = members.into_iter().map(|(_, user)| user).collect();
    let audience = Audience::load(app, db, organization, Some(project), users.iter().copied(), &[]).await?;
    let mut rows = Vec::new();
    for user in users {
        match audience.person(user) {
            Ok(_) => {
                let candidate = Candidate::new(user, Reason::TeamRule, slug);
                rows.extend(audience.tell(&candidate, NotificationType::ALERTS));
            }
            Err(reason) => rows.push(audience.leave_out(user, reason, slug)),
        }
    }
    Ok(rows)
}
