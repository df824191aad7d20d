//! What a team wants to be told of in its projects: at once, or gathered in windows of the clock.

use std::time::Duration;

use integrations::email::is_address;
use model::{NotificationRuleId, ProjectId, TeamId, Timestamp, time_zone};
use protocol::url::Url;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Connection, notification_rules as stored, teams::Team};

use super::Severity;
use crate::{
    App,
    access::OrganizationScope,
    audit::{self, Action, Change, Entry, Target, TargetKind},
};

/// A team talks in few places.
const MOST_DELIVERIES: usize = 20;

/// Services in which teams have places, and by what these are named.
const SERVICES: &[&str] = &["slack", "msteams", "discord", "pagerduty", "opsgenie"];
const TARGETS: &[&str] = &[
    "account",
    "channel",
    "channel_id",
    "integration",
    "priority",
    "server",
    "service",
    "severity",
    "team",
    "workspace",
];

/// Bytes of the name of a place.
const LONGEST: usize = 2_000;

/// Into how many equal windows a day can be cut: by how many hours each lasts.
pub const WINDOWS: [u16; 8] = [1, 2, 3, 4, 6, 8, 12, 24];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TeamRule {
    pub when: Triggers,
    pub deliveries: Vec<Delivery>,
    /// What is at least so severe is told at once. What is critical always is.
    pub immediate_from: Severity,
    /// How many hours the others are gathered; one of [`WINDOWS`].
    pub digest_hours: u16,
    /// In whose days the windows lie.
    pub time_zone: String,
}

/// Any of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Triggers {
    /// There is a new issue that is at least so severe.
    pub new_issue: Option<Severity>,
    /// A metric alert rule says that something became slow.
    pub performance: bool,
    /// A metric alert rule says that the rate of errors is critical.
    pub error_rate: bool,
}

/// Where the team is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// `email`, or the channel of another service.
    pub channel: String,
    /// As people read it: an address, `#platform-alerts`.
    pub label: String,
    /// By channel; of a mail, nothing that the label does not say.
    #[serde(default)]
    pub target: Map<String, Value>,
    /// Less severe things are not told there.
    pub least: Severity,
}

impl Default for TeamRule {
    fn default() -> Self {
        Self {
            when: Triggers::default(),
            deliveries: Vec::new(),
            immediate_from: Severity::High,
            digest_hours: 4,
            time_zone: "UTC".to_owned(),
        }
    }
}

impl Default for Triggers {
    fn default() -> Self {
        Self {
            new_issue: Some(Severity::High),
            performance: true,
            error_rate: true,
        }
    }
}

impl TeamRule {
    /// Whether something of this severity does not wait.
    pub fn is_immediate(&self, severity: Severity) -> bool {
        severity == Severity::Critical || severity >= self.immediate_from
    }

    /// When the window ends in which something lies: windows begin at midnight of the zone.
    pub fn window_end(&self, at: Timestamp) -> Timestamp {
        let width = self.digest_hours.max(1) * 60;
        let minute = time_zone::local(&self.time_zone, at).minute;
        let end = (minute / width + 1) * width;
        // The day on which clocks are put back or forward has a window that is longer or shorter.
        time_zone::next_at(&self.time_zone, at, end % (24 * 60)).min(at + Duration::from_secs(25 * 3_600))
    }

    fn problem(&self) -> Option<String> {
        if self.deliveries.len() > MOST_DELIVERIES {
            return Some(format!(
                "there may be at most {MOST_DELIVERIES} places in which a team is told"
            ));
        }
        if !WINDOWS.contains(&self.digest_hours) {
            return Some("a digest comes every 1, 2, 3, 4, 6, 8, 12 or 24 hours".to_owned());
        }
        if time_zone::canonical_name(&self.time_zone).is_none() {
            return Some(format!("there is no time zone {:?}", self.time_zone));
        }
        self.deliveries.iter().find_map(Delivery::problem)
    }
}

impl Delivery {
    /// What is wrong with it. Whoever may write the rule of a team says here where messages go, so only what can be
    /// checked is taken, and never the place of a person, as a browser.
    fn problem(&self) -> Option<String> {
        if self.label.trim().is_empty() || self.channel.trim().is_empty() {
            return Some(format!("say where {:?} is to be sent", self.channel));
        }
        match self.channel.as_str() {
            "email" if !self.target.is_empty() => Some("of a mail, its address says all".to_owned()),
            "email" if !is_address(self.label.trim()) => Some(format!("{:?} is no address of mail", self.label)),
            "webhook" if self.webhook().is_none() => Some(format!("{:?} is no address of a webhook", self.label)),
            "email" | "webhook" => None,
            service if SERVICES.contains(&service) => self.problem_of_target(),
            other => Some(format!("a team cannot be told by {other:?}")),
        }
    }

    /// Where a webhook of a team goes: an address of the web without a login, and nothing else.
    pub(crate) fn webhook(&self) -> Option<&str> {
        let url = match (self.target.len(), self.target.get("url")) {
            (0, None) => self.label.trim(),
            (1, Some(url)) => url.as_str()?,
            _ => return None,
        };
        let is_web =
            Url::parse(url).is_some_and(|url| url.is_http()) && url.bytes().all(|byte| byte.is_ascii_graphic());
        let host = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
        let is_open = !host.is_empty() && !host.contains('@');
        (is_web && is_open && url.len() <= LONGEST).then_some(url)
    }

    /// Names of places within a service, which looks for them in the account of the organization.
    fn problem_of_target(&self) -> Option<String> {
        let is_name = |(key, value): (&String, &Value)| {
            let is_short = value.as_str().is_some_and(|value| value.len() <= LONGEST) || value.is_i64();
            TARGETS.contains(&key.as_str()) && is_short
        };
        let is_known = self.target.iter().all(is_name);
        (!is_known).then(|| {
            format!(
                "where {:?} is to be sent is not a place of {}",
                self.label, self.channel
            )
        })
    }

    /// Whether messages may go there: what an older version took may be more.
    pub(crate) fn is_usable(&self) -> bool {
        self.problem().is_none()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TeamRuleError {
    #[error("{0}")]
    Invalid(String),
    #[error("the team has no rule")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

pub async fn get(app: &App, team: &Team) -> Result<Option<TeamRule>, store::Error> {
    let found = stored::of_team(&mut *app.store.read().await?, team.organization, team.id).await?;
    found.map(|rule| Ok(serde_json::from_str(&rule.value)?)).transpose()
}

/// Those of the teams that have a project, with their slugs.
pub(crate) async fn of_project(
    db: &mut Connection,
    project: ProjectId,
) -> Result<Vec<(TeamId, String, TeamRule)>, store::Error> {
    let rules = stored::of_teams_of(db, project).await?;
    let read = |(rule, slug): (stored::TeamRule, String)| Ok((rule.team, slug, serde_json::from_str(&rule.value)?));
    rules.into_iter().map(read).collect()
}

/// Writes the rule of a team; the caller has seen to it that the actor may change the team.
pub async fn set(app: &App, scope: &OrganizationScope, team: &Team, rule: &TeamRule) -> Result<(), TeamRuleError> {
    if let Some(problem) = rule.problem() {
        return Err(TeamRuleError::Invalid(problem));
    }
    let mut tx = app.store.begin().await?;
    let before: Option<TeamRule> = match stored::of_team(&mut tx, team.organization, team.id).await? {
        Some(row) => Some(serde_json::from_str(&row.value).map_err(store::Error::from)?),
        None => None,
    };
    let row = stored::TeamRule {
        id: NotificationRuleId(app.ids.next()),
        team: team.id,
        value: serde_json::to_string(rule).map_err(store::Error::from)?,
    };
    stored::set_of_team(&mut tx, &row, app.now()).await?;
    let change = match &before {
        Some(before) => Change::between(&shown(before), &shown(rule)),
        None => Change::created(&shown(rule)),
    };
    record(app, &mut tx, scope, team, change).await?;
    Ok(tx.commit().await?)
}

pub async fn remove(app: &App, scope: &OrganizationScope, team: &Team) -> Result<(), TeamRuleError> {
    let mut tx = app.store.begin().await?;
    let before = stored::of_team(&mut tx, team.organization, team.id).await?;
    let before = before.ok_or(TeamRuleError::Gone)?;
    stored::delete_of_team(&mut tx, team.id).await?;
    let before: TeamRule = serde_json::from_str(&before.value).map_err(store::Error::from)?;
    record(app, &mut tx, scope, team, Change::removed(&shown(&before))).await?;
    Ok(tx.commit().await?)
}

/// What the audit log keeps: where a team is told may hold keys.
fn shown(rule: &TeamRule) -> TeamRule {
    let mut shown = rule.clone();
    for delivery in &mut shown.deliveries {
        delivery.target.clear();
    }
    shown
}

async fn record(
    app: &App,
    tx: &mut store::Tx,
    scope: &OrganizationScope,
    team: &Team,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(team.organization),
        action: Action::TEAM_NOTIFICATIONS_EDITED,
        target: Target {
            kind: TargetKind::Team,
            id: team.id.0,
            label: &team.slug,
        },
        change,
    };
    audit::record(app, tx, &scope.actor, entry).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ntf4_windows_lie_on_the_clock() {
        let check = |hours: u16, zone: &str, at: &str, expected: &str| {
            let rule = TeamRule {
                digest_hours: hours,
                time_zone: zone.to_owned(),
                ..TeamRule::default()
            };
            let end = rule.window_end(at.parse().unwrap());
            assert_eq!(end.to_string(), expected, "{hours} {zone} {at}");
        };
        check(4, "UTC", "2026-11-21T09:10:00Z", "2026-11-21T12:00:00Z");
        check(4, "UTC", "2026-11-21T11:50:00Z", "2026-11-21T12:00:00Z");
        check(4, "UTC", "2026-11-21T12:00:00Z", "2026-11-21T16:00:00Z");
        check(4, "UTC", "2026-11-21T23:00:00Z", "2026-11-22T00:00:00Z");
        check(24, "UTC", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
        check(12, "Europe/Vienna", "2026-11-21T09:10:00Z", "2026-11-21T11:00:00Z");
        check(1, "Asia/Kolkata", "2026-11-21T09:10:00Z", "2026-11-21T09:30:00Z");
    }

    #[test]
    fn a_team_is_told_in_places_of_its_own_only() {
        let check = |channel: &str, label: &str, target: Value, is_right: bool| {
            let rule = TeamRule {
                deliveries: vec![Delivery {
                    channel: channel.to_owned(),
                    label: label.to_owned(),
                    target: target.as_object().cloned().unwrap_or_default(),
                    least: Severity::Low,
                }],
                ..TeamRule::default()
            };
            assert_eq!(
                rule.problem().is_none(),
                is_right,
                "{channel} {label} {target}: {:?}",
                rule.problem()
            );
        };
        check("email", "team@example.com", json!({}), true);
        check("email", "not an address", json!({}), false);
        check(
            "email",
            "team@example.com",
            json!({"address": "other@example.com"}),
            false,
        );
        check("slack", "#ops", json!({"channel_id": "C1"}), true);
        check("slack", "#ops", json!({"url": "https://hooks.example/"}), false);
        check("slack", "#ops", json!({"channel": {"deep": 1}}), false);
        check("pagerduty", "platform", json!({}), true);
        check("webhook", "https://example.com/hook", json!({}), true);
        check("webhook", "hook", json!({"url": "https://example.com/hook"}), true);
        check("webhook", "hook", json!({}), false);
        check("webhook", "hook", json!({"url": "file:///etc/passwd"}), false);
        check("webhook", "hook", json!({"url": "https://a:b@example.com/"}), false);
        check(
            "webhook",
            "hook",
            json!({"url": "https://example.com/", "headers": {"Authorization": "x"}}),
            false,
        );
        // Somebody else's browser.
        check("web_push", "browser 7", json!({"subscription": 7}), false);
        check("carrier_pigeon", "loft", json!({}), false);
    }

    #[test]
    fn what_is_critical_never_waits() {
        let rule = TeamRule {
            immediate_from: Severity::Critical,
            ..TeamRule::default()
        };
        assert!(rule.is_immediate(Severity::Critical) && !rule.is_immediate(Severity::High));
        assert!(TeamRule::default().is_immediate(Severity::High));
        assert!(!TeamRule::default().is_immediate(Severity::Medium));
    }
}
