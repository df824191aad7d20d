//! Telling alerts and messages apart.

use std::collections::{BTreeMap, BTreeSet};

use model::{AlertRuleId, ProjectId, TeamId, Timestamp, time_zone};

use super::{Measured, RuleRef, gather::Gathered};
use crate::{App, access::OrganizationScope, reports};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupBy {
    Team,
    Project,
    Rule,
    /// The channel by which messages go.
    Integration,
    Day,
    /// From Monday on.
    Week,
    Month,
}

impl GroupBy {
    pub const ALL: [Self; 7] = [
        Self::Team,
        Self::Project,
        Self::Rule,
        Self::Integration,
        Self::Day,
        Self::Week,
        Self::Month,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Project => "project",
            Self::Rule => "rule",
            Self::Integration => "integration",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }
}

/// What a group is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupKey {
    /// As addresses have it: an id, a channel, a date.
    pub id: String,
    /// As people read it.
    pub label: String,
}

/// The numbers of each group, the one with most alerts first; of times the oldest.
pub(super) async fn groups(
    app: &App,
    scope: &OrganizationScope,
    by: GroupBy,
    gathered: &Gathered,
    channel: Option<&str>,
) -> Result<Vec<(GroupKey, Measured)>, store::Error> {
    let names = Names::find(app, scope).await?;
    let channels: Vec<&str> = match by {
        GroupBy::Integration => {
            let of_alerts = gathered.alerts.iter().flat_map(|alert| alert.first_sent.keys());
            let of_messages = gathered.messages.iter().map(|message| &message.channel);
            let all: BTreeSet<&str> = of_alerts.chain(of_messages).map(String::as_str).collect();
            all.into_iter()
                .filter(|one| channel.is_none_or(|asked| asked == *one))
                .collect()
        }
        _ => Vec::new(),
    };
    let mut groups: Vec<(GroupKey, Measured)> = channels
        .into_iter()
        .map(|one| {
            let key = GroupKey {
                id: one.to_owned(),
                label: one.to_owned(),
            };
            (key, Measured::of(&gathered.alerts, &gathered.messages, Some(one)))
        })
        .collect();
    if by != GroupBy::Integration {
        let mut parts: BTreeMap<GroupKey, (Vec<_>, Vec<_>)> = BTreeMap::new();
        for alert in &gathered.alerts {
            for key in names.keys(by, alert.project, &[alert.rule], alert.began_at) {
                parts.entry(key).or_default().0.push(alert);
            }
        }
        for message in &gathered.messages {
            for key in names.keys(by, message.project, &message.rules, message.created_at) {
                parts.entry(key).or_default().1.push(message);
            }
        }
        groups = parts
            .into_iter()
            .map(|(key, (alerts, messages))| (key, Measured::of(alerts, messages, channel)))
            .collect();
    }
    match by {
        GroupBy::Day | GroupBy::Week | GroupBy::Month => groups.sort_by(|a, b| a.0.id.cmp(&b.0.id)),
        _ => groups.sort_by(|a, b| (b.1.alerts, &a.0.label).cmp(&(a.1.alerts, &b.0.label))),
    }
    Ok(groups)
}

/// What things are called.
struct Names {
    zone: String,
    projects: BTreeMap<ProjectId, String>,
    teams: Vec<(ProjectId, TeamId, String)>,
    rules: BTreeMap<RuleRef, String>,
}

impl Names {
    async fn find(app: &App, scope: &OrganizationScope) -> Result<Self, store::Error> {
        let zone = reports::settings_of(app, scope).await?.time_zone;
        let organization = scope.organization.id;
        let mut db = app.store.read().await?;
        let projects = store::projects::list(&mut db, organization).await?;
        let teams = store::teams::of_projects(&mut db, organization).await?;
        let mut rules = BTreeMap::new();
        for rule in store::alert_rules::list_of_organization(&mut db, organization, &[]).await? {
            rules.insert(RuleRef::Issue(rule.id), rule.name);
        }
        for rule in store::metric_alerts::list(&mut db, organization, &[]).await? {
            rules.insert(RuleRef::Metric(rule.id), rule.name);
        }
        Ok(Self {
            zone,
            projects: projects.into_iter().map(|project| (project.id, project.slug)).collect(),
            teams: teams
                .into_iter()
                .map(|(project, team)| (project, team.id, team.slug))
                .collect(),
            rules,
        })
    }

    /// The groups that something is in.
    fn keys(&self, by: GroupBy, project: Option<ProjectId>, rules: &[RuleRef], at: Timestamp) -> Vec<GroupKey> {
        let key = |id: String, label: &str| GroupKey {
            id,
            label: label.to_owned(),
        };
        let date = |at: Timestamp| time_zone::date(&self.zone, at);
        match by {
            GroupBy::Project => {
                let named = project.and_then(|project| Some((project, self.projects.get(&project)?)));
                named.map(|(id, slug)| key(id.to_string(), slug)).into_iter().collect()
            }
            GroupBy::Team => {
                let own = self.teams.iter().filter(|(of, _, _)| Some(*of) == project);
                own.map(|(_, id, slug)| key(id.to_string(), slug)).collect()
            }
            GroupBy::Rule => rules.iter().map(|rule| self.rule(*rule)).collect(),
            GroupBy::Day => vec![key(date(at), &date(at))],
            GroupBy::Week => {
                let weekday = time_zone::local(&self.zone, at).weekday;
                let monday = date(time_zone::day_start(&self.zone, at, weekday.into()));
                vec![key(monday.clone(), &format!("week of {monday}"))]
            }
            GroupBy::Month => {
                let month = date(at).get(..7).unwrap_or_default().to_owned();
                vec![key(month.clone(), &month)]
            }
            // By channel they are told apart where they are measured.
            GroupBy::Integration => Vec::new(),
        }
    }

    fn rule(&self, rule: RuleRef) -> GroupKey {
        let id = rule.to_string();
        let label = self.rules.get(&rule).cloned();
        GroupKey {
            label: label.unwrap_or_else(|| format!("a deleted rule ({id})")),
            id,
        }
    }
}

/// As addresses have it: `issue:7`, `metric:7`.
impl std::fmt::Display for RuleRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Issue(id) => write!(f, "issue:{id}"),
            Self::Metric(id) => write!(f, "metric:{id}"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the number of a rule, or metric: and the number of a metric alert rule")]
pub struct ParseRuleError;

impl std::str::FromStr for RuleRef {
    type Err = ParseRuleError;

    /// A number alone is an issue alert rule.
    fn from_str(text: &str) -> Result<Self, ParseRuleError> {
        let number = |text: &str| text.parse::<i64>().map_err(|_| ParseRuleError);
        match text.split_once(':') {
            None => Ok(Self::Issue(AlertRuleId(number(text)?))),
            Some(("issue", id)) => Ok(Self::Issue(AlertRuleId(number(id)?))),
            Some(("metric", id)) => Ok(Self::Metric(model::MetricAlertId(number(id)?))),
            Some(_) => Err(ParseRuleError),
        }
    }
}
