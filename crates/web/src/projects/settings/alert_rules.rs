//! What a project begins with: the organization's set of rules, which it can be given later too. And maintenance: times
//! in which no rule of the project fires.

use std::time::Duration;

use alerts::IssueRule;
use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, PathParams, ProjectAccess,
    scopes::{AlertsRead, AlertsWrite, OrgWrite},
};
use model::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use services::{
    Scope,
    access::ProjectScope,
    alert_rules::{self, DefaultRules, MaintenanceWindow, NewWindow, WindowError},
    issues::People,
    settings::{Problem, SetError},
};

use super::{Frame, refused};
use crate::{
    form::{Area, FormErrors, NoFields, typed},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    text,
    urls::{Links, Section},
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "projects/settings/alert_rules.html")]
pub(crate) struct AlertRulesPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) errors: FormErrors,
    /// Of the project.
    rules: Vec<RuleLine>,
    /// What the organization's set says, rule by rule.
    defaults: Vec<String>,
    /// The set as JSON, for whoever may change it.
    set: SetForm,
    may_write: bool,
    may_set: bool,
    windows: Vec<WindowRow>,
    window: WindowForm,
}

#[derive(Debug, Clone)]
struct RuleLine {
    id: i64,
    name: String,
    is_on: bool,
}

#[derive(Debug, Clone)]
struct WindowRow {
    id: i64,
    starts_at: Timestamp,
    ends_at: Timestamp,
    reason: String,
    by: Option<String>,
    state: &'static str,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SetForm {
    issue_rules: String,
    metric_rules: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WindowForm {
    /// `2026-11-21T14:00`, in UTC; empty for now.
    starts: String,
    hours: String,
    reason: String,
}

/// `GET /organizations/{organization}/projects/{project}/settings/alert-rules/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<AlertsRead>) -> Result<Page<AlertRulesPage>, ApiError> {
    page(&visit, &access.scope, FormErrors::default()).await.map(Page)
}

async fn page(visit: &Visit, scope: &ProjectScope, errors: FormErrors) -> Result<AlertRulesPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::AlertRules).await?;
    let app = &visit.app;
    let rules = alert_rules::list(app, scope).await?;
    let defaults = alert_rules::default_rules(app, scope.whole()).await?;
    let windows = alert_rules::windows(app, scope).await?;
    let people = People::of(app, scope.whole()).await?;
    let names = alert_rules::names(&people);
    let (now, may_write) = (app.now(), scope.rights.allow(Scope::AlertsWrite));
    Ok(AlertRulesPage {
        shell,
        frame,
        errors,
        rules: rules
            .iter()
            .map(|rule| RuleLine {
                id: rule.stored.id.0,
                name: rule.stored.name.clone(),
                is_on: rule.stored.is_enabled,
            })
            .collect(),
        defaults: in_words(&defaults, &names),
        set: SetForm::of(&defaults),
        may_write,
        may_set: scope.whole().rights.allow(Scope::OrgWrite),
        windows: windows
            .iter()
            .map(|window| WindowRow::new(window, now, &people))
            .collect(),
        window: WindowForm {
            hours: "2".to_owned(),
            ..WindowForm::default()
        },
    })
}

/// `New fatal errors: when a new issue is created, if …, then …`
fn in_words(set: &DefaultRules, names: &alerts::Names) -> Vec<String> {
    let issue = |wire: &Map<String, Value>| {
        let name = wire.get("name").and_then(Value::as_str).unwrap_or("A rule");
        let Ok(rule) = IssueRule::read(wire) else {
            return format!("{name}: this version cannot read it");
        };
        let checks = |checks: &[alerts::Check]| {
            let texts: Vec<String> = checks.iter().map(|check| check.text(names)).collect();
            texts.join(if rule.action_match == alerts::Match::Any {
                " or "
            } else {
                " and "
            })
        };
        let mut text = format!("{name}: when {}", checks(&rule.conditions));
        if !rule.filters.is_empty() {
            text.push_str(&format!(", if {}", checks(&rule.filters)));
        }
        let actions: Vec<String> = rule.all_actions().map(|action| action.text(names)).collect();
        format!("{text}, then {}", actions.join("; "))
    };
    let metric = |wire: &Map<String, Value>| {
        let name = wire.get("name").and_then(Value::as_str).unwrap_or("A rule");
        format!("{name}, a rule about numbers")
    };
    set.issue_rules
        .iter()
        .map(issue)
        .chain(set.metric_rules.iter().map(metric))
        .collect()
}

impl SetForm {
    fn of(set: &DefaultRules) -> Self {
        let text = |rules: &[Map<String, Value>]| {
            if rules.is_empty() {
                String::new()
            } else {
                serde_json::to_string_pretty(rules).unwrap_or_default()
            }
        };
        Self {
            issue_rules: text(&set.issue_rules),
            metric_rules: text(&set.metric_rules),
        }
    }

    fn read(&self) -> Result<DefaultRules, FormErrors> {
        let read = |field: &str, text: &str| -> Result<Vec<Map<String, Value>>, FormErrors> {
            if text.trim().is_empty() {
                return Ok(Vec::new());
            }
            serde_json::from_str(text).map_err(|error| {
                let problem = Problem {
                    field: field.to_owned(),
                    line: Some(error.line()),
                    column: Some(error.column().max(1)),
                    message: "expected a list of rules as JSON".to_owned(),
                };
                FormErrors::of_problems(&[problem], str::to_owned)
            })
        };
        Ok(DefaultRules {
            issue_rules: read("issue_rules", &typed(&self.issue_rules))?,
            metric_rules: read("metric_rules", &typed(&self.metric_rules))?,
        })
    }
}

impl WindowRow {
    fn new(window: &MaintenanceWindow, now: Timestamp, people: &People) -> Self {
        Self {
            id: window.id.0,
            starts_at: window.starts_at,
            ends_at: window.ends_at,
            reason: text::line(&window.reason, 500),
            by: window.made_by.and_then(|user| people.name(model::Assignee::User(user))),
            state: match window {
                window if window.holds(now) => "goes on",
                window if window.starts_at > now => "planned",
                _ => "over",
            },
        }
    }

    fn is_over(&self) -> bool {
        self.state == "over"
    }
}

/// `POST …/settings/alert-rules/apply/`: gives the project those rules of the set that it lacks.
pub(crate) async fn apply(
    visit: Visit,
    access: ProjectAccess<AlertsWrite>,
    CsrfForm { .. }: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let applied = alert_rules::apply_defaults(&visit.app, &access.scope).await?;
    let notice = PendingNotice::counted(Done::DefaultsApplied, applied.added);
    Ok((notice, to_page(&visit, &access.scope)).into_response())
}

/// `POST …/settings/alert-rules/defaults/`: sets what new projects begin with. From the rules of this project, or from the
/// text of the form.
pub(crate) async fn set_defaults(
    visit: Visit,
    access: ProjectAccess<OrgWrite>,
    CsrfForm { form, .. }: CsrfForm<DefaultsForm>,
) -> Result<Response, ApiError> {
    let scope = &access.scope;
    let set = match form.from.as_str() {
        "project" => of_project(&visit, scope).await?,
        "stock" => DefaultRules::default(),
        _ => match form.set.read() {
            Ok(set) => set,
            Err(errors) => return Ok(refused(with_set(&visit, scope, form.set, errors).await?)),
        },
    };
    match alert_rules::set_default_rules(&visit.app, scope.whole(), &set).await {
        Ok(()) => Ok((PendingNotice::of(Done::DefaultsSaved), to_page(&visit, scope)).into_response()),
        Err(SetError::Invalid(problems)) => {
            let field = |field: &str| {
                let of = if field.starts_with("metric") {
                    "metric_rules"
                } else {
                    "issue_rules"
                };
                of.to_owned()
            };
            let problems: Vec<Problem> = problems
                .into_iter()
                .map(|problem| Problem {
                    message: format!("{}: {}", problem.field, problem.message),
                    ..problem
                })
                .collect();
            let errors = FormErrors::of_problems(&problems, field);
            Ok(refused(with_set(&visit, scope, form.set, errors).await?))
        }
        Err(SetError::Store(error)) => Err(error.into()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DefaultsForm {
    /// `project`, `stock`, or the text below.
    from: String,
    #[serde(flatten)]
    set: SetForm,
}

async fn with_set(
    visit: &Visit,
    scope: &ProjectScope,
    set: SetForm,
    errors: FormErrors,
) -> Result<AlertRulesPage, ApiError> {
    let page = page(visit, scope, errors).await?;
    Ok(AlertRulesPage { set, ..page })
}

/// The rules of the project that are on, as a set; those about numbers stay as the set has them.
async fn of_project(visit: &Visit, scope: &ProjectScope) -> Result<DefaultRules, ApiError> {
    let known = alert_rules::default_rules(&visit.app, scope.whole()).await?;
    let rules = alert_rules::list(&visit.app, scope).await?;
    let on = rules.iter().filter(|rule| rule.stored.is_enabled);
    let wire = on.filter_map(|rule| alert_rules::read(&rule.stored).ok().map(|rule| rule.to_wire()));
    Ok(DefaultRules {
        issue_rules: wire.collect(),
        ..known
    })
}

/// `POST …/settings/alert-rules/maintenance/`
pub(crate) async fn add_window(
    visit: Visit,
    access: ProjectAccess<AlertsWrite>,
    CsrfForm { form, .. }: CsrfForm<WindowForm>,
) -> Result<Response, ApiError> {
    let scope = &access.scope;
    let errors = match form.read(visit.app.now()) {
        Err(errors) => errors,
        Ok(new) => match alert_rules::add_window(&visit.app, scope, new).await {
            Ok(_) => return Ok((PendingNotice::of(Done::WindowAdded), to_page(&visit, scope)).into_response()),
            Err(WindowError::Store(error)) => return Err(error.into()),
            Err(error @ WindowError::ReasonTooLong) => FormErrors::one("reason", sentence(&error)),
            Err(error) => FormErrors::one("hours", sentence(&error)),
        },
    };
    let page = page(&visit, scope, errors).await?;
    Ok(refused(AlertRulesPage { window: form, ..page }))
}

fn sentence(error: &WindowError) -> String {
    let text = error.to_string();
    let mut rest = text.chars();
    let first: String = rest
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    format!("{first}{}.", rest.as_str())
}

impl WindowForm {
    fn read(&self, now: Timestamp) -> Result<NewWindow, FormErrors> {
        let starts = self.starts.trim();
        let starts_at = match starts {
            "" => Some(now),
            // Browsers leave the seconds out where they are zero.
            time if time.len() == 16 => format!("{time}:00Z").parse().ok(),
            time => format!("{time}Z").parse().ok(),
        };
        let Some(starts_at) = starts_at else {
            return Err(FormErrors::one("starts", "Write the time as 2026-01-31T12:00, in UTC."));
        };
        let hours: Option<u32> = self.hours.trim().parse().ok();
        let Some(hours) = hours.filter(|hours| (1..=720).contains(hours)) else {
            return Err(FormErrors::one("hours", "A whole number of hours, from 1 to 720."));
        };
        Ok(NewWindow {
            starts_at,
            ends_at: starts_at + Duration::from_secs(3_600) * hours,
            reason: self.reason.clone(),
        })
    }
}

/// `POST …/settings/alert-rules/maintenance/{window}/delete/`
pub(crate) async fn delete_window(
    visit: Visit,
    access: ProjectAccess<AlertsWrite>,
    path: PathParams,
    CsrfForm { .. }: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let id = path.get("window")?.parse().map_err(|_| ApiError::not_found())?;
    alert_rules::delete_window(&visit.app, &access.scope, id).await?;
    Ok((PendingNotice::of(Done::WindowRemoved), to_page(&visit, &access.scope)).into_response())
}

fn to_page(visit: &Visit, scope: &ProjectScope) -> Redirect {
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    Redirect::to(&links.project_section(&scope.project.slug, Section::AlertRules))
}

impl AlertRulesPage {
    /// Where its forms are sent to.
    fn verb(&self, verb: &str) -> String {
        self.shell
            .links
            .project_section_action(&self.frame.project, self.frame.section)
            + verb
    }

    fn issue_area(&self) -> Area {
        Area::new("issue_rules", "Rules about issues", &self.set.issue_rules, &self.errors)
            .help("A list of rules in the form in which the API has them.")
            .rows(8)
    }

    fn metric_area(&self) -> Area {
        Area::new(
            "metric_rules",
            "Rules about numbers",
            &self.set.metric_rules,
            &self.errors,
        )
        .help("The same of metric alert rules; their projects are those that are made.")
        .rows(4)
    }

    fn is_set_wrong(&self) -> bool {
        self.errors.has("issue_rules") || self.errors.has("metric_rules")
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |rules: Vec<RuleLine>, windows: Vec<WindowRow>, errors: FormErrors| {
            let (shell, frame) = Frame::sample(Section::AlertRules);
            let defaults = DefaultRules::default();
            Self {
                shell,
                frame,
                errors,
                rules,
                defaults: in_words(&defaults, &alerts::Names::default()),
                set: SetForm::of(&defaults),
                may_write: true,
                may_set: true,
                windows,
                window: WindowForm {
                    hours: "2".to_owned(),
                    ..WindowForm::default()
                },
            }
        };
        let rule = |name: &str, is_on: bool| RuleLine {
            id: 12,
            name: name.to_owned(),
            is_on,
        };
        let window = |reason: &str, state: &'static str| WindowRow {
            id: 3,
            starts_at: gallery::ago(3_600),
            ends_at: gallery::ago(-3_600),
            reason: reason.to_owned(),
            by: Some("Ada Lovelace".to_owned()),
            state,
        };
        let typical = page(
            vec![rule("[Production] High priority issue", true), rule("Old one", false)],
            vec![window("Moving the database", "goes on"), window("", "over")],
            FormErrors::default(),
        );
        let hostile = page(
            vec![rule(gallery::HOSTILE, true)],
            vec![window(gallery::HOSTILE, "planned")],
            FormErrors::one("issue_rules", "Line 1: Expected a list of rules as JSON."),
        );
        let read_only = Self {
            may_write: false,
            may_set: false,
            ..page(Vec::new(), Vec::new(), FormErrors::default())
        };
        vec![
            Sample::new("project-alert-rules-typical", &typical),
            Sample::new("project-alert-rules-hostile", &hostile),
            Sample::new("project-alert-rules-read-only", &read_only),
        ]
    }
}
