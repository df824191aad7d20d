//! The form of types, toggles, cap and quiet hours.

use std::collections::HashMap;

use axum::response::Response;
use httpkit::{ApiError, CsrfForm};
use model::{Assignee, UserId};
use services::notifications::{
    preferences::{self, AlertToggles, Preferences, QuietHours, WorkflowToggles},
    settings::{self, Answer, Answers, Holder, NotificationType, Provider, Scope},
};

use super::{PROVIDERS, TYPES, page, saved, words};
use crate::{form::FormErrors, projects::settings::refused, visit::Visit};

/// What the form holds.
#[derive(Debug, Clone)]
pub(super) struct Choices {
    pub(super) types: Vec<TypeRow>,
    pub(super) alerts: Vec<Toggle>,
    pub(super) workflow: Vec<Toggle>,
    pub(super) own: Vec<Toggle>,
    pub(super) hourly_cap: String,
    pub(super) is_quiet: bool,
    /// As `22:00`.
    pub(super) quiet_from: String,
    pub(super) quiet_to: String,
    pub(super) quiet_weekends: bool,
}

/// One type: its answers, and by what it comes.
#[derive(Debug, Clone)]
pub(super) struct TypeRow {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// Name, words, and whether it is the chosen one.
    pub(super) answers: Vec<(&'static str, &'static str, bool)>,
    /// The name of the field, what it is called, and whether it is on.
    pub(super) providers: Vec<(String, &'static str, bool)>,
    pub(super) has_cap: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Toggle {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) is_on: bool,
}

impl Choices {
    pub(super) fn of(user: UserId, answers: &Answers, own: &Preferences) -> Self {
        let holder = Assignee::User(user);
        let chosen = |kind| answers.of(holder, kind, None, None);
        let comes = |kind, provider| answers.comes_by(holder, kind, provider, None, None);
        Self::new(&chosen, &comes, own)
    }

    pub(super) fn new(
        chosen: &dyn Fn(NotificationType) -> Answer,
        comes: &dyn Fn(NotificationType, Provider) -> bool,
        own: &Preferences,
    ) -> Self {
        let row = |kind: NotificationType| TypeRow {
            name: kind.name(),
            title: kind.title(),
            answers: kind
                .answers()
                .iter()
                .map(|answer| (answer.name(), words(kind, *answer), chosen(kind) == *answer))
                .collect(),
            providers: PROVIDERS
                .iter()
                .map(|provider| (field_of(kind, *provider), provider.title(), comes(kind, *provider)))
                .collect(),
            has_cap: kind == NotificationType::SPIKE_PROTECTION,
        };
        let toggle = |name, label, is_on| Toggle { name, label, is_on };
        let (alerts, workflow) = (own.alerts, own.workflow);
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let quiet = own.quiet_hours;
        Self {
            types: TYPES.into_iter().map(row).collect(),
            alerts: vec![
                toggle("alerts_assigned", "Issues assigned to me or my teams", alerts.assigned),
                toggle("alerts_watching", "Issues I’m watching", alerts.watching),
                toggle("alerts_my_teams", "Issues in my teams’ projects", alerts.my_teams),
                toggle("alerts_all", "All unresolved issues", alerts.all),
            ],
            workflow: vec![
                toggle("workflow_comments", "Comments on my issues", workflow.comments),
                toggle("workflow_assigned", "Assigned to me", workflow.assigned),
                toggle(
                    "workflow_status",
                    "Status changes on my issues",
                    workflow.status_changes,
                ),
                toggle("workflow_mentions", "Mentioned in comments", workflow.mentions),
            ],
            own: vec![
                toggle("own_activity", "Tell me what I did myself, too", own.own_activity),
                toggle(
                    "self_assign",
                    "Assign issues to me when I resolve what nobody sees to",
                    own.self_assign_on_resolve,
                ),
            ],
            hourly_cap: own.hourly_cap.to_string(),
            is_quiet: quiet.is_some(),
            quiet_from: time(quiet.map_or(22 * 60, |hours| hours.from)),
            quiet_to: time(quiet.map_or(7 * 60, |hours| hours.to)),
            quiet_weekends: quiet.is_some_and(|hours| hours.weekends),
        }
    }
}

fn field_of(kind: NotificationType, provider: Provider) -> String {
    format!("{}_{}", kind.name(), provider.name())
}

/// What was sent, by the names of its fields. A switch that is off is absent.
pub(super) type Sent = HashMap<String, String>;

/// `POST /settings/account/notifications/`
pub(crate) async fn save(visit: Visit, CsrfForm { form, .. }: CsrfForm<Sent>) -> Result<Response, ApiError> {
    let user = visit.user().id;
    let (own, errors) = preferences_in(&form);
    if !errors.listed().is_empty() {
        let mut typed = choices_in(&form, &own);
        typed.hourly_cap = text(&form, "hourly_cap");
        return Ok(refused(page(&visit, Some(typed), errors).await?));
    }
    preferences::set(&visit.app, user, &own).await?;
    let holder = Holder::User(user);
    let answers = TYPES.map(|kind| (kind, Scope::Everywhere, Some(text(&form, kind.name()))));
    settings::set_many(&visit.app, holder, &answers).await?;
    for kind in TYPES {
        let on: Vec<Provider> = PROVIDERS
            .into_iter()
            .filter(|provider| is_on(&form, &field_of(kind, *provider)))
            .collect();
        settings::set_providers(&visit.app, holder, kind, Scope::Everywhere, &on).await?;
    }
    Ok(saved())
}

fn is_on(form: &Sent, name: &str) -> bool {
    form.contains_key(name)
}

fn text(form: &Sent, name: &str) -> String {
    form.get(name).map(|text| text.trim().to_owned()).unwrap_or_default()
}

fn preferences_in(form: &Sent) -> (Preferences, FormErrors) {
    let mut errors = FormErrors::default();
    let on = |name: &str| is_on(form, name);
    let cap = text(form, "hourly_cap").parse().ok();
    let cap = cap.filter(|cap| (1..=preferences::HIGHEST_CAP).contains(cap));
    if cap.is_none() {
        errors = errors.and("hourly_cap", "Between 1 and 1,000 an hour.");
    }
    let (from, to) = (minute(&text(form, "quiet_from")), minute(&text(form, "quiet_to")));
    let quiet_hours = match (on("quiet"), from, to) {
        (false, ..) => None,
        (true, Some(from), Some(to)) if from != to => Some(QuietHours {
            from,
            to,
            weekends: on("quiet_weekends"),
        }),
        (true, ..) => {
            errors = errors.and("quiet_from", "Quiet hours begin and end at different times.");
            None
        }
    };
    let own = Preferences {
        alerts: AlertToggles {
            assigned: on("alerts_assigned"),
            watching: on("alerts_watching"),
            my_teams: on("alerts_my_teams"),
            all: on("alerts_all"),
        },
        workflow: WorkflowToggles {
            comments: on("workflow_comments"),
            assigned: on("workflow_assigned"),
            status_changes: on("workflow_status"),
            mentions: on("workflow_mentions"),
        },
        own_activity: on("own_activity"),
        self_assign_on_resolve: on("self_assign"),
        hourly_cap: cap.unwrap_or(Preferences::default().hourly_cap),
        quiet_hours,
    };
    (own, errors)
}

/// The form as it was sent, so that nothing is typed twice.
fn choices_in(form: &Sent, own: &Preferences) -> Choices {
    let chosen = |kind: NotificationType| kind.answer(&text(form, kind.name())).unwrap_or(kind.default());
    let comes = |kind, provider| is_on(form, &field_of(kind, provider));
    let mut choices = Choices::new(&chosen, &comes, own);
    choices.is_quiet = is_on(form, "quiet");
    choices.quiet_weekends = is_on(form, "quiet_weekends");
    choices.quiet_from = text(form, "quiet_from");
    choices.quiet_to = text(form, "quiet_to");
    choices
}

/// Of a day, as `22:00`.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)]) -> Sent {
        let field = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.iter().map(field).collect()
    }

    #[test]
    fn what_is_not_sent_is_off_and_what_is_wrong_is_named() {
        let form = sent(&[
            ("hourly_cap", "10"),
            ("workflow_mentions", "1"),
            ("quiet", "1"),
            ("quiet_from", "22:00"),
            ("quiet_to", "07:00"),
        ]);
        let (own, errors) = preferences_in(&form);
        assert!(errors.listed().is_empty());
        assert!(own.workflow.mentions && !own.workflow.comments && !own.alerts.my_teams);
        let hours = own.quiet_hours.unwrap();
        assert_eq!((hours.from, hours.to, hours.weekends), (1_320, 420, false));
        for (name, value) in [
            ("hourly_cap", "0"),
            ("hourly_cap", ""),
            ("quiet_to", "22:00"),
            ("quiet_to", "24:00"),
        ] {
            let mut wrong = form.clone();
            wrong.insert(name.to_owned(), value.to_owned());
            assert_eq!(preferences_in(&wrong).1.listed().len(), 1, "{name} {value}");
        }
    }
}
