//! Why was I, or anybody, told or not: of an event, an issue, by a rule, to a user.

use askama::Template;
use httpkit::{ApiError, OrganizationAccess, scopes::AlertsRead};
use model::{AlertRuleId, EventId, Timestamp, UserId};
use services::{
    access::OrganizationScope,
    diagnostics::trace::{self, EventTrace, LedgerFilter, Verdict},
    issues::ShortId,
};
use store::{IdPage, IdStart};

use super::told::{AttemptRow, DeliveryRow, PeopleNames, PersonRow, ToldRow};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    scope,
    shell::{Part, Shell},
    visit::{Visit, display_name},
};

#[derive(Debug, Template)]
#[template(path = "alert_reports/why.html")]
pub(crate) struct WhyPage {
    pub(crate) shell: Shell,
    asked: Asked,
    /// The members, to choose one.
    members: Vec<(i64, String)>,
    rules: Vec<(i64, String)>,
    event: Option<EventAnswer>,
    told: Vec<ToldRow>,
    next: Option<String>,
    pub(crate) errors: FormErrors,
}

/// What was asked for, as typed.
#[derive(Debug, Clone, Default)]
struct Asked {
    event: String,
    issue: String,
    rule: Option<i64>,
    user: Option<i64>,
}

impl Asked {
    fn is_any(&self) -> bool {
        !self.event.is_empty() || !self.issue.is_empty() || self.rule.is_some() || self.user.is_some()
    }
}

/// What became of one event.
#[derive(Debug, Clone)]
struct EventAnswer {
    is_stored: bool,
    received_at: Option<Timestamp>,
    /// Of what was not accepted: what happened, and why.
    dropped: Vec<(String, String)>,
    rules: Vec<RuleRow>,
}

#[derive(Debug, Clone)]
struct RuleRow {
    name: String,
    /// Its page, where it can be tried on what came lately; none of one that is gone.
    link: Option<String>,
    has_fired: bool,
    is_known: bool,
    reasons: Vec<String>,
}

/// Notifications a page.
const ROWS: i64 = 25;

/// `GET /organizations/{organization}/alerts/why/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<AlertsRead>) -> Result<Page<WhyPage>, ApiError> {
    let scope = &access.scope;
    let shell = visit
        .shell_of(&scope.organization, Part::Alerts, "Who was told, and why")
        .await?;
    let text = |name: &str| visit.field(name).unwrap_or_default().trim().to_owned();
    let asked = Asked {
        event: text("event"),
        issue: text("issue"),
        rule: text("rule").parse().ok(),
        user: match text("user").as_str() {
            "me" => scope.actor.user_id().map(|user| user.0),
            typed => typed.parse().ok(),
        },
    };
    let users = services::members::members(&visit.app, scope).await?;
    let names: PeopleNames = users.iter().map(|one| (one.user.id, display_name(&one.user))).collect();
    let mut page = WhyPage {
        members: users
            .iter()
            .map(|one| (one.user.id.0, display_name(&one.user)))
            .collect(),
        rules: rules(&visit, scope).await?,
        event: None,
        told: Vec::new(),
        next: None,
        errors: FormErrors::default(),
        asked,
        shell,
    };
    if let Some(filter) = page.filter(&visit, scope).await? {
        page.answer(&visit, scope, filter, &names).await?;
    }
    Ok(Page(page))
}

async fn rules(visit: &Visit, scope: &OrganizationScope) -> Result<Vec<(i64, String)>, ApiError> {
    let names = trace::names_of_rules(&visit.app, scope).await?;
    let mut rules: Vec<(i64, String)> = names.into_iter().map(|(id, (name, _))| (id.0, name)).collect();
    rules.sort_by(|one, other| {
        one.1
            .to_lowercase()
            .cmp(&other.1.to_lowercase())
            .then(one.0.cmp(&other.0))
    });
    Ok(rules)
}

impl WhyPage {
    /// `None`: something that was typed cannot be read, or is not there.
    async fn filter(&mut self, visit: &Visit, scope: &OrganizationScope) -> Result<Option<LedgerFilter>, ApiError> {
        let mut filter = LedgerFilter {
            rule: self.asked.rule.map(AlertRuleId),
            user: self.asked.user.map(UserId),
            ..LedgerFilter::default()
        };
        if !self.asked.event.is_empty() {
            match self.asked.event.parse::<EventId>() {
                Ok(event) => filter.event = Some(event),
                Err(_) => {
                    self.errors = FormErrors::one("event", "That is no event id: it has 32 hex digits.");
                    return Ok(None);
                }
            }
        }
        if !self.asked.issue.is_empty() {
            match services::issues::get(&visit.app, scope, &self.asked.issue).await {
                Ok(issue) => {
                    self.asked.issue = ShortId::of(&issue).to_string();
                    filter.issue = Some(issue.id);
                }
                Err(services::access::AccessError::NotFound) => {
                    self.errors = FormErrors::one("issue", "There is no such issue, or you do not see it.");
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(filter))
    }

    async fn answer(
        &mut self,
        visit: &Visit,
        scope: &OrganizationScope,
        filter: LedgerFilter,
        names: &PeopleNames,
    ) -> Result<(), ApiError> {
        if let Some(event) = filter.event {
            let trace = trace::of_event(&visit.app, scope, event).await?;
            let about_user = filter.user;
            let told = trace
                .told
                .iter()
                .filter(|told| about_user.is_none_or(|user| !trace::of_user(told, user).is_empty()));
            self.told = told.map(|told| ToldRow::new(told, names, &self.shell.links)).collect();
            let projects = services::projects::list(&visit.app, scope).await?;
            let project = trace
                .place
                .and_then(|place| projects.iter().find(|one| one.id == place.project));
            self.event = Some(EventAnswer::new(&trace, &self.rules, |rule| {
                Some(self.shell.links.alert_rule(&project?.slug, rule))
            }));
            return Ok(());
        }
        let before = visit.field("before").and_then(|id| id.parse().ok());
        let page = IdPage {
            start: before.map_or(IdStart::Newest, IdStart::OlderThan),
            limit: ROWS + 1,
        };
        let mut told = trace::list(&visit.app, scope, filter, page).await?;
        if told.len() as i64 > ROWS {
            told.truncate(ROWS as usize);
            let last = told.last().map_or(0, |told| told.notification.id.0).to_string();
            let (rule, user) = (self.asked.rule, self.asked.user);
            let (rule, user) = (rule.map(|id| id.to_string()), user.map(|id| id.to_string()));
            let mut pairs = vec![("before", last.as_str())];
            pairs.extend(rule.as_deref().map(|rule| ("rule", rule)));
            pairs.extend(user.as_deref().map(|user| ("user", user)));
            if !self.asked.issue.is_empty() {
                pairs.push(("issue", &self.asked.issue));
            }
            self.next = Some(self.shell.links.alerts_why(&pairs));
        }
        self.told = told
            .iter()
            .map(|told| ToldRow::new(told, names, &self.shell.links))
            .collect();
        Ok(())
    }

    fn is_rule(&self, id: &i64) -> bool {
        self.asked.rule == Some(*id)
    }

    fn is_user(&self, id: &i64) -> bool {
        self.asked.user == Some(*id)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |asked: Asked, event: Option<EventAnswer>, told: Vec<ToldRow>, errors: FormErrors| {
            let shell = gallery::scoped_shell(
                Part::Alerts,
                "Who was told, and why",
                "/organizations/acme/alerts/why/",
                scope::Scope::default(),
            );
            Self {
                shell,
                asked,
                members: vec![(1, "Ada Lovelace".to_owned()), (2, gallery::HOSTILE.to_owned())],
                rules: vec![(7, "New fatal errors".to_owned())],
                event,
                told,
                next: None,
                errors,
            }
        };
        let typical = EventAnswer {
            is_stored: true,
            received_at: Some(gallery::ago(300)),
            dropped: Vec::new(),
            rules: vec![
                RuleRow {
                    name: "New fatal errors".to_owned(),
                    link: Some("/organizations/acme/projects/shop/alerts/rules/7/".to_owned()),
                    has_fired: true,
                    is_known: true,
                    reasons: vec!["A new issue is created".to_owned()],
                },
                RuleRow {
                    name: gallery::HOSTILE.to_owned(),
                    link: None,
                    has_fired: false,
                    is_known: true,
                    reasons: vec![gallery::HOSTILE.to_owned()],
                },
                RuleRow {
                    name: "Old one".to_owned(),
                    link: None,
                    has_fired: false,
                    is_known: false,
                    reasons: vec!["what was decided is not kept any more".to_owned()],
                },
            ],
        };
        let dropped = EventAnswer {
            is_stored: false,
            received_at: None,
            dropped: vec![("filtered".to_owned(), "error-message".to_owned())],
            rules: Vec::new(),
        };
        let asked = Asked {
            event: "4c79f60c11214eb38604f4ae0781bfb2".to_owned(),
            ..Asked::default()
        };
        let wrong = Asked {
            event: gallery::HOSTILE.to_owned(),
            ..Asked::default()
        };
        let error = FormErrors::one("event", "That is no event id: it has 32 hex digits.");
        vec![
            Sample::new(
                "why-empty",
                &page(Asked::default(), None, Vec::new(), FormErrors::default()),
            ),
            Sample::new(
                "why-event",
                &page(asked.clone(), Some(typical), vec![sample_row()], FormErrors::default()),
            ),
            Sample::new(
                "why-dropped",
                &page(asked, Some(dropped), Vec::new(), FormErrors::default()),
            ),
            Sample::new("why-refused", &page(wrong, None, Vec::new(), error)),
        ]
    }
}

impl EventAnswer {
    /// `known` are the rules that there are.
    fn new(trace: &EventTrace, known: &[(i64, String)], link: impl Fn(i64) -> Option<String>) -> Self {
        let is_known = |rule: i64| known.iter().any(|(id, _)| *id == rule);
        let row = |of: &trace::RuleVerdict| RuleRow {
            name: of.name.clone(),
            link: is_known(of.rule.0).then(|| link(of.rule.0)).flatten(),
            has_fired: matches!(of.verdict, Verdict::Fired { .. }),
            is_known: matches!(of.verdict, Verdict::Fired { .. } | Verdict::Silent(_)),
            reasons: of.verdict.reasons(),
        };
        let dropped = trace.outcomes.iter();
        Self {
            is_stored: trace.place.is_some(),
            received_at: trace.place.map(|place| place.received_at),
            dropped: dropped
                .map(|found| (found.outcome.kind.name().to_owned(), found.outcome.reason.to_string()))
                .collect(),
            rules: trace.rules.iter().map(row).collect(),
        }
    }
}

/// A notification with every kind of recipient.
pub(crate) fn sample_row() -> ToldRow {
    let person = |name: &str, is_told: bool, reason: &str, delivery: Option<DeliveryRow>| PersonRow {
        name: name.to_owned(),
        channel: if delivery.is_some() { "email" } else { "" }.to_owned(),
        is_told,
        reason: reason.to_owned(),
        detail: "New fatal errors".to_owned(),
        delivery,
    };
    let sent = DeliveryRow {
        state: "delivered",
        class: "badge-success",
        is_doubtful: true,
        next: None,
        attempts: vec![
            AttemptRow {
                number: 1,
                at: gallery::ago(290),
                outcome: "the answer was lost",
                answer: String::new(),
            },
            AttemptRow {
                number: 2,
                at: gallery::ago(20),
                outcome: "taken",
                answer: "250 2.0.0 queued".to_owned(),
            },
        ],
    };
    let waiting = DeliveryRow {
        state: "on its way",
        class: "badge-warning",
        is_doubtful: false,
        next: Some(gallery::ago(-240)),
        attempts: vec![AttemptRow {
            number: 1,
            at: gallery::ago(60),
            outcome: "to be tried again",
            answer: gallery::HOSTILE.to_owned(),
        }],
    };
    ToldRow {
        about: "New fatal errors".to_owned(),
        at: gallery::ago(300),
        is_waiting: false,
        issue: Some("/organizations/acme/issues/7/".to_owned()),
        event: None,
        people: vec![
            person("Ada Lovelace", true, "You are assigned to this issue.", Some(sent)),
            person("grace@example.com", false, "Their settings say never.", None),
            person(
                gallery::HOSTILE,
                true,
                "An ownership rule names you for this issue.",
                Some(waiting),
            ),
        ],
    }
}
