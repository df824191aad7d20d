//! What a team wants to be told of, and where.

use std::collections::HashMap;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, TeamAccess,
    scopes::{TeamRead, TeamWrite},
};
use model::time_zone;
use serde_json::Map;
use services::{
    Scope,
    access::OrganizationScope,
    notifications::rules::{
        Severity,
        team::{self, Delivery, TeamRule, Triggers, WINDOWS},
    },
};
use store::teams::Team;

use super::Frame;
use crate::{
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    shell::Shell,
    urls::{Links, OrganizationSection},
    visit::Visit,
};

/// How many places more than there are can be filled in at once.
const BLANK_ROWS: usize = 2;

#[derive(Debug, Template)]
#[template(path = "settings/team_notifications.html")]
pub(crate) struct TeamNotificationsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) team: String,
    rule: TeamRule,
    /// Whether the team has a rule at all.
    is_set: bool,
    /// By which a team can be told.
    channels: Vec<String>,
    zones: Vec<String>,
    may_write: bool,
    pub(crate) errors: FormErrors,
}

/// `GET /organizations/{organization}/settings/teams/{team}/notifications/`
pub(crate) async fn show(visit: Visit, access: TeamAccess<TeamRead>) -> Result<Page<TeamNotificationsPage>, ApiError> {
    let rule = team::get(&visit.app, &access.team).await?;
    let is_set = rule.is_some();
    let rule = rule.unwrap_or_default();
    let page = page(
        &visit,
        &access.scope,
        &access.team,
        (rule, is_set),
        FormErrors::default(),
    )
    .await?;
    Ok(Page(page))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    team: &Team,
    (rule, is_set): (TeamRule, bool),
    errors: FormErrors,
) -> Result<TeamNotificationsPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::Teams).await?;
    let mut channels: Vec<String> = visit.app.channels.slugs().iter().map(ToString::to_string).collect();
    // Browsers are people's own.
    channels.retain(|channel| channel != "web_push" && channel != "email");
    channels.sort_unstable();
    channels.insert(0, "email".to_owned());
    Ok(TeamNotificationsPage {
        shell,
        frame,
        team: team.slug.clone(),
        rule,
        is_set,
        channels,
        zones: time_zone::names(),
        may_write: scope.rights_in_team(team.id).allow(Scope::TeamWrite),
        errors,
    })
}

type Sent = HashMap<String, String>;

/// `POST /organizations/{organization}/settings/teams/{team}/notifications/`
pub(crate) async fn save(
    visit: Visit,
    access: TeamAccess<TeamWrite>,
    CsrfForm { form, .. }: CsrfForm<Sent>,
) -> Result<Response, ApiError> {
    let (scope, team) = (&access.scope, &access.team);
    let before = team::get(&visit.app, team).await?;
    let is_set = before.is_some();
    let rule = rule_in(&form, &before.unwrap_or_default());
    match team::set(&visit.app, scope, team, &rule).await {
        Ok(()) => Ok(saved(scope, team)),
        Err(error) => {
            let errors = FormErrors::of_api(error.into())?;
            Ok(refused(page(&visit, scope, team, (rule, is_set), errors).await?))
        }
    }
}

/// `POST /organizations/{organization}/settings/teams/{team}/notifications/remove/`
pub(crate) async fn remove(
    visit: Visit,
    access: TeamAccess<TeamWrite>,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    team::remove(&visit.app, &access.scope, &access.team).await?;
    Ok(saved(&access.scope, &access.team))
}

fn saved(scope: &OrganizationScope, team: &Team) -> Response {
    let page = Links::new(&scope.organization.slug, String::new()).team_notifications(&team.slug);
    (PendingNotice::of(Done::NotificationsSaved), Redirect::to(&page)).into_response()
}

/// The rule that a form says. What a place needs beside its name stays, while both its name and channel do.
fn rule_in(form: &Sent, before: &TeamRule) -> TeamRule {
    let text = |name: &str| form.get(name).map(|text| text.trim()).unwrap_or_default();
    let severity = |name: &str| Severity::from_name(text(name));
    let mut deliveries = Vec::new();
    for index in 0.. {
        let (channel, label) = (format!("channel_{index}"), format!("label_{index}"));
        if !form.contains_key(&channel) {
            break;
        }
        let (channel, label) = (text(&channel).to_owned(), text(&label).to_owned());
        if label.is_empty() {
            continue;
        }
        let mut known = before.deliveries.iter();
        let known = known.find(|known| known.channel == channel && known.label == label);
        deliveries.push(Delivery {
            target: known.map_or_else(Map::new, |known| known.target.clone()),
            least: severity(&format!("least_{index}")).unwrap_or(Severity::Low),
            channel,
            label,
        });
    }
    TeamRule {
        when: Triggers {
            new_issue: severity("new_issue"),
            performance: form.contains_key("performance"),
            error_rate: form.contains_key("error_rate"),
        },
        deliveries,
        immediate_from: severity("immediate_from").unwrap_or(Severity::High),
        digest_hours: text("digest_hours").parse().unwrap_or(0),
        time_zone: text("time_zone").to_owned(),
    }
}

impl TeamNotificationsPage {
    /// Those that there are, and blank ones.
    fn places(&self) -> Vec<Delivery> {
        let blank = || Delivery {
            channel: "email".to_owned(),
            label: String::new(),
            target: Map::new(),
            least: Severity::Low,
        };
        let mut places = self.rule.deliveries.clone();
        places.extend(std::iter::repeat_with(blank).take(BLANK_ROWS));
        places
    }

    fn is_least(&self, severity: &Severity) -> bool {
        self.rule.when.new_issue == Some(*severity)
    }

    fn is_immediate(&self, severity: &Severity) -> bool {
        self.rule.immediate_from == *severity
    }

    fn is_window(&self, hours: &u16) -> bool {
        self.rule.digest_hours == *hours
    }

    fn is_zone(&self, zone: &str) -> bool {
        self.rule.time_zone == zone
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |rule: TeamRule, is_set, may_write, errors| {
            let (shell, frame) = Frame::sample(OrganizationSection::Teams);
            Self {
                shell,
                frame,
                team: "platform".to_owned(),
                rule,
                is_set,
                channels: vec!["email".to_owned(), "pagerduty".to_owned(), "slack".to_owned()],
                zones: vec!["Europe/Vienna".to_owned(), "UTC".to_owned()],
                may_write,
                errors,
            }
        };
        let to = |channel: &str, label: &str, least| Delivery {
            channel: channel.to_owned(),
            label: label.to_owned(),
            target: Map::new(),
            least,
        };
        let guides = TeamRule {
            deliveries: vec![
                to("slack", "#platform-alerts", Severity::Low),
                to("email", "platform-team@example.com", Severity::Low),
                to("pagerduty", "Backend", Severity::Critical),
            ],
            ..TeamRule::default()
        };
        let hostile = TeamRule {
            deliveries: vec![to("fax", gallery::HOSTILE, Severity::Low)],
            time_zone: gallery::HOSTILE.to_owned(),
            ..TeamRule::default()
        };
        let wrong = FormErrors::one("deliveries", "There is no such time zone.");
        vec![
            Sample::new(
                "team-notifications-empty",
                &page(TeamRule::default(), false, true, FormErrors::default()),
            ),
            Sample::new(
                "team-notifications-typical",
                &page(guides.clone(), true, true, FormErrors::default()),
            ),
            Sample::new(
                "team-notifications-read-only",
                &page(guides, true, false, FormErrors::default()),
            ),
            Sample::new("team-notifications-hostile", &page(hostile, true, true, wrong)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_a_rule_and_blank_rows_are_left_out() {
        let fields = [
            ("new_issue", "medium"),
            ("error_rate", "1"),
            ("immediate_from", "critical"),
            ("digest_hours", "4"),
            ("time_zone", "UTC"),
            ("channel_0", "slack"),
            ("label_0", "#ops"),
            ("least_0", "low"),
            ("channel_1", "email"),
            ("label_1", " "),
            ("channel_2", "pagerduty"),
            ("label_2", "Backend"),
            ("least_2", "critical"),
        ];
        let form: Sent = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut target = Map::new();
        target.insert("channel_id".to_owned(), "C1".into());
        let before = TeamRule {
            deliveries: vec![Delivery {
                channel: "slack".to_owned(),
                label: "#ops".to_owned(),
                target: target.clone(),
                least: Severity::High,
            }],
            ..TeamRule::default()
        };
        let rule = rule_in(&form, &before);
        assert_eq!(rule.when.new_issue, Some(Severity::Medium));
        assert!(rule.when.error_rate && !rule.when.performance);
        let places: Vec<(&str, Severity)> = rule.deliveries.iter().map(|to| (to.label.as_str(), to.least)).collect();
        assert_eq!(places, [("#ops", Severity::Low), ("Backend", Severity::Critical)]);
        assert_eq!(rule.deliveries[0].target, target);
        assert_eq!((rule.immediate_from, rule.digest_hours), (Severity::Critical, 4));
    }
}
