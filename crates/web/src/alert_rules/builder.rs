//! Making and changing a rule: a form that reads as a sentence. Without script each change of its rows is a round trip in
//! which nothing typed is lost; with it, the line that tells what the rule would have done follows by itself.

use alerts::{ActionKind, IssueRule, Problem};
use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{AlertsRead, AlertsWrite},
};
use model::{AlertRuleId, Timestamp};
use serde_json::{Map, Value};
use services::{
    access::ProjectScope,
    alert_rules::{self, RuleDraft, RuleError, TrialError},
    issues::{Assignable, assignable},
};

use super::{
    choices,
    form::{List, RuleForm},
    preview::{PreviewPart, Replayed, Told},
    sentence::{Choice, Group, Piece, RowView, Targets, offered},
};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::{Part, Shell},
    urls::Links,
    visit::{Visit, display_name},
};

#[derive(Debug, Template)]
#[template(path = "alert_rules/builder.html")]
pub(crate) struct BuilderPage {
    pub(crate) shell: Shell,
    /// The slug.
    project: String,
    /// None while it is made.
    rule: Option<i64>,
    form: RuleForm,
    pub(crate) errors: FormErrors,
    lists: Vec<ListView>,
    owners: Vec<Group>,
    environments: Vec<Choice>,
    frequencies: Vec<Choice>,
    preview: PreviewPart,
    /// What became of a test.
    trial: Option<String>,
}

/// One of WHEN, IF and THEN.
#[derive(Debug, Clone)]
struct ListView {
    name: &'static str,
    rows: Vec<RowView>,
    /// What can be added.
    offered: Vec<(&'static str, String)>,
}

/// How many of a list have to hold, as the form says it.
const MATCHES: [(&str, &str); 3] = [("all", "all"), ("any", "any"), ("none", "none")];

/// `GET /organizations/{organization}/alerts/new/`: leads to the builder of the project that was chosen.
pub(crate) async fn choose(visit: Visit, access: OrganizationAccess<AlertsRead>) -> Result<Redirect, ApiError> {
    let links = Links::new(&access.scope.organization.slug, visit.scope().query());
    let asked = visit.field("of").unwrap_or_default();
    let projects = services::projects::list(&visit.app, &access.scope).await?;
    let project = projects.iter().find(|project| project.slug == asked);
    Ok(Redirect::to(&match project {
        Some(project) => links.new_alert_rule(&project.slug),
        None => links.alerts(),
    }))
}

/// `GET /organizations/{organization}/projects/{project}/alerts/rules/new/`
pub(crate) async fn show_new(visit: Visit, access: ProjectAccess<AlertsWrite>) -> Result<Page<BuilderPage>, ApiError> {
    let form = RuleForm::new();
    page(&visit, &access.scope, None, form, FormErrors::default())
        .await
        .map(Page)
}

/// `GET /organizations/{organization}/projects/{project}/alerts/rules/{rule}/edit/`
pub(crate) async fn show_edit(
    visit: Visit,
    access: ProjectAccess<AlertsWrite>,
    path: PathParams,
) -> Result<Page<BuilderPage>, ApiError> {
    let rule = alert_rules::get(&visit.app, &access.scope, super::rule::id(&path)?)
        .await?
        .stored;
    let mut wire = rule.definition.clone();
    wire.insert("name".to_owned(), rule.name.clone().into());
    let form = RuleForm::of_rule(&wire, rule.owner, rule.revision);
    page(&visit, &access.scope, Some(rule.id), form, FormErrors::default())
        .await
        .map(Page)
}

/// `POST /organizations/{organization}/projects/{project}/alerts/rules/new/`
pub(crate) async fn send_new(
    visit: Visit,
    access: ProjectAccess<AlertsWrite>,
    CsrfForm { form, .. }: CsrfForm<Map<String, Value>>,
) -> Result<Response, ApiError> {
    send(&visit, &access.scope, None, &form).await
}

/// `POST /organizations/{organization}/projects/{project}/alerts/rules/{rule}/edit/`
pub(crate) async fn send_edit(
    visit: Visit,
    access: ProjectAccess<AlertsWrite>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let rule = super::rule::id(&path)?;
    send(&visit, &access.scope, Some(rule), &form).await
}

/// Which button was pressed.
enum Pressed<'a> {
    Save,
    Preview,
    Test,
    Add(List, &'a str),
    Remove(List, usize),
}

impl<'a> Pressed<'a> {
    fn of(fields: &'a Map<String, Value>) -> Self {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let action = text("action");
        let list = |name: &str| List::ALL.into_iter().find(|list| list.name() == name);
        match action.split_once('-') {
            Some(("add", name)) if let Some(list) = list(name) => Self::Add(list, text(&format!("add_{name}"))),
            Some(("remove", rest))
                if let Some((name, place)) = rest.split_once('-')
                    && let Some(list) = list(name)
                    && let Ok(place) = place.parse() =>
            {
                Self::Remove(list, place)
            }
            _ => match action {
                "preview" => Self::Preview,
                "test" => Self::Test,
                _ => Self::Save,
            },
        }
    }
}

async fn send(
    visit: &Visit,
    scope: &ProjectScope,
    rule: Option<AlertRuleId>,
    fields: &Map<String, Value>,
) -> Result<Response, ApiError> {
    let mut form = RuleForm::of_fields(fields);
    let none = FormErrors::default();
    match Pressed::of(fields) {
        Pressed::Add(list, id) => form.add(list, id),
        Pressed::Remove(list, place) => form.remove(list, place),
        Pressed::Preview => {
            let preview = preview(visit, scope, &form).await?;
            let page = page(visit, scope, rule, form, none).await?;
            return Ok(Page(BuilderPage { preview, ..page }).into_response());
        }
        Pressed::Test => return test(visit, scope, rule, form).await,
        Pressed::Save => return save(visit, scope, rule, form).await,
    }
    Ok(Page(page(visit, scope, rule, form, none).await?).into_response())
}

async fn save(
    visit: &Visit,
    scope: &ProjectScope,
    id: Option<AlertRuleId>,
    form: RuleForm,
) -> Result<Response, ApiError> {
    let rule = match form.read() {
        Ok(rule) => rule,
        Err(problems) => return refused(visit, scope, id, form, errors_of(&problems)).await,
    };
    let saved = match id {
        None => {
            let draft = draft(rule, &form, true);
            alert_rules::create(&visit.app, scope, draft).await
        }
        Some(id) => {
            let before = alert_rules::get(&visit.app, scope, id).await?.stored;
            let draft = draft(rule, &form, before.is_enabled);
            alert_rules::update(&visit.app, scope, id, form.revision, draft).await
        }
    };
    let errors = match saved {
        Ok(rule) => {
            let links = Links::new(&scope.organization.slug, visit.scope().query());
            let to = Redirect::to(&links.alert_rule(&scope.project.slug, rule.id.0));
            return Ok((PendingNotice::of(Done::RuleSaved), to).into_response());
        }
        Err(error) => rule_errors(error)?,
    };
    refused(visit, scope, id, form, errors).await
}

fn draft(rule: IssueRule, form: &RuleForm, is_enabled: bool) -> RuleDraft {
    RuleDraft {
        rule,
        owner: form.owner(),
        is_enabled,
    }
}

async fn refused(
    visit: &Visit,
    scope: &ProjectScope,
    rule: Option<AlertRuleId>,
    form: RuleForm,
    errors: FormErrors,
) -> Result<Response, ApiError> {
    let page = page(visit, scope, rule, form, errors).await?;
    Ok(crate::projects::settings::refused(page))
}

/// Does the actions once, saved or not.
async fn test(
    visit: &Visit,
    scope: &ProjectScope,
    id: Option<AlertRuleId>,
    form: RuleForm,
) -> Result<Response, ApiError> {
    let rule = match form.read() {
        Ok(rule) => rule,
        Err(problems) => return refused(visit, scope, id, form, errors_of(&problems)).await,
    };
    let trial = match alert_rules::send_trial(&visit.app, scope, rule).await {
        Ok(_) => {
            "Sent a test to everybody whom the actions name, about the newest event of the project. Nothing is saved yet."
        }
        Err(TrialError::NoEvent) => {
            "There is no event yet that a test could tell of. Send one, or a sample event from the project’s set-up page."
        }
        Err(TrialError::Rule(error)) => {
            let errors = rule_errors(error)?;
            return refused(visit, scope, id, form, errors).await;
        }
        Err(TrialError::Store(error)) => return Err(error.into()),
    };
    let page = page(visit, scope, id, form, FormErrors::default()).await?;
    let trial = Some(trial.to_owned());
    Ok(Page(BuilderPage { trial, ..page }).into_response())
}

/// `POST /organizations/{organization}/projects/{project}/alerts/rules/preview/`: the line under the form.
pub(crate) async fn show_preview(
    visit: Visit,
    access: ProjectAccess<AlertsRead>,
    CsrfForm { form, .. }: CsrfForm<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let form = RuleForm::of_fields(&form);
    Ok(Page(preview(&visit, &access.scope, &form).await?).into_response())
}

async fn preview(visit: &Visit, scope: &ProjectScope, form: &RuleForm) -> Result<PreviewPart, ApiError> {
    let now = visit.app.now();
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    let told = match form.read_to_preview() {
        Ok(rule) => {
            let preview = alert_rules::preview(&visit.app, scope, &rule).await?;
            Told::Replayed(Replayed::of(&preview, now))
        }
        Err(_) => Told::Incomplete,
    };
    Ok(PreviewPart { links, now, told })
}

fn errors_of(problems: &[Problem]) -> FormErrors {
    let with = |errors: FormErrors, problem: &Problem| {
        let mut rest = problem.message.chars();
        let first: String = rest
            .next()
            .map(|first| first.to_uppercase().collect())
            .unwrap_or_default();
        let message = format!("{first}{}.", rest.as_str().trim_end_matches('.'));
        errors.and(problem.field, message)
    };
    problems.iter().fold(FormErrors::default(), with)
}

/// What could not be taken; a failure that is no field's goes on as it is.
fn rule_errors(error: RuleError) -> Result<FormErrors, ApiError> {
    Ok(match error {
        RuleError::Invalid(problems) => errors_of(&problems),
        RuleError::Duplicate { name, .. } => FormErrors::one(
            "name",
            format!("The rule “{name}” of this project does the same already: change that one."),
        ),
        RuleError::TooMany { most, is_slow } => FormErrors::one(
            "conditions",
            if is_slow {
                format!("A project may have {most} rules that count: delete one first.")
            } else {
                format!("A project may have {most} rules that do not count: delete one first.")
            },
        ),
        RuleError::Changed => FormErrors::one(
            "name",
            "Somebody else has changed the rule since you opened it. Look at it in another tab, then send yours again from a fresh page.",
        ),
        RuleError::NotFound => return Err(ApiError::not_found()),
        RuleError::Store(error) => return Err(error.into()),
    })
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    rule: Option<AlertRuleId>,
    form: RuleForm,
    errors: FormErrors,
) -> Result<BuilderPage, ApiError> {
    let title = match rule {
        None => format!("New alert rule of {}", scope.project.slug),
        Some(_) => format!("{} of {}", form.name, scope.project.slug),
    };
    let shell = visit.shell_of(&scope.organization, Part::Alerts, &title).await?;
    let people = assignable(&visit.app, scope.whole(), scope.project.id).await?;
    let environments = services::projects::environments_of_project(&visit.app, scope).await?;
    let environments = environments
        .into_iter()
        .map(|one| one.name)
        .filter(|name| !name.is_empty());
    let is_set_up = |id: &str| ActionKind::find(id).is_some_and(|kind| alert_rules::is_set_up(&visit.app, kind));
    let now = visit.app.now();
    Ok(BuilderPage::new(
        shell,
        scope.project.slug.clone(),
        rule.map(|rule| rule.0),
        (form, errors),
        &targets(&people),
        environments.collect(),
        is_set_up,
        now,
    ))
}

fn targets(people: &Assignable) -> Targets {
    Targets {
        teams: people
            .teams
            .iter()
            .map(|team| (team.id.0, format!("#{}", team.slug)))
            .collect(),
        members: people
            .users
            .iter()
            .map(|user| (user.id.0, display_name(user)))
            .collect(),
    }
}

impl BuilderPage {
    #[expect(
        clippy::too_many_arguments,
        reason = "it puts together what was read from as many places"
    )]
    fn new(
        shell: Shell,
        project: String,
        rule: Option<i64>,
        (form, errors): (RuleForm, FormErrors),
        targets: &Targets,
        environments: Vec<String>,
        is_set_up: impl Fn(&str) -> bool + Copy,
        now: Timestamp,
    ) -> Self {
        let list = |list: List| ListView {
            name: list.name(),
            rows: form
                .rows(list)
                .iter()
                .enumerate()
                .map(|(place, row)| {
                    let view = RowView::new(list, place, row, targets);
                    // A row that nobody has filled yet is not wrong.
                    if errors.is_empty() {
                        RowView {
                            problems: Vec::new(),
                            ..view
                        }
                    } else {
                        view
                    }
                })
                .collect(),
            offered: offered(list, is_set_up),
        };
        Self {
            lists: List::ALL.map(list).into(),
            owners: choices::owners(&form.owner, targets),
            environments: choices::environments(&form.environment, environments),
            frequencies: choices::frequencies(&form.frequency),
            preview: PreviewPart::nothing(&shell.links, now),
            trial: None,
            shell,
            project,
            rule,
            form,
            errors,
        }
    }

    /// Where the form is sent to.
    fn action(&self) -> String {
        match self.rule {
            None => self.shell.links.new_alert_rule_action(&self.project),
            Some(rule) => self.shell.links.alert_rule_action(&self.project, rule, "edit"),
        }
    }

    /// Where it leads back to.
    fn back(&self) -> String {
        match self.rule {
            None => self.shell.links.alerts(),
            Some(rule) => self.shell.links.alert_rule(&self.project, rule),
        }
    }

    fn list(&self, name: &str) -> &ListView {
        self.lists
            .iter()
            .find(|list| list.name == name)
            .expect("the template names lists there are")
    }

    fn branches(&self) -> String {
        self.form.branches.to_string()
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let targets = Targets {
            teams: [(4, "#payments".to_owned()), (5, "#web".to_owned())].into(),
            members: [(7, "Ada Lovelace".to_owned()), (8, "Grace Hopper".to_owned())].into(),
        };
        let page = |form: RuleForm, errors: FormErrors| {
            let here = "/organizations/acme/projects/shop/alerts/rules/new/";
            let shell = gallery::shell(Part::Alerts, "New alert rule of shop", here);
            let environments = vec!["production".to_owned(), "staging".to_owned()];
            let own = |id: &str| id.contains("mail") || id.contains("tocsin");
            Self::new(
                shell,
                "shop".to_owned(),
                None,
                (form, errors),
                &targets,
                environments,
                own,
                gallery::NOW,
            )
        };
        let wire = |name: &str, address: &str| -> Map<String, Value> {
            let wire = serde_json::json!({
                "name": name, "actionMatch": "any", "filterMatch": "all", "frequency": 5, "environment": "production",
                "conditions": [{"id": "sentry.rules.conditions.event_frequency.EventFrequencyCondition", "value": 20,
                    "operator": "gte", "interval": "5m"}],
                "filters": [{"id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40"},
                    {"id": "sentry.rules.filters.tagged_event.TaggedEventFilter", "key": name, "match": "co", "value": name}],
                "actions": [{"id": "sentry.mail.actions.NotifyEmailAction", "targetType": "Address", "targetIdentifier": address},
                    {"id": "tocsin.rules.actions.assign.AssignAction", "targetType": "Team", "targetIdentifier": "4"}],
            });
            wire.as_object().cloned().unwrap_or_default()
        };
        let of = |wire: &Map<String, Value>| RuleForm::of_rule(wire, None, 3);
        let typical = Self {
            rule: Some(12),
            preview: PreviewPart {
                told: Told::Replayed(Replayed::sample()),
                ..PreviewPart::nothing(&gallery::shell(Part::Alerts, "", "/").links, gallery::NOW)
            },
            trial: Some("Sent a test to everybody whom the actions name.".to_owned()),
            ..page(
                of(&wire("[Production] High priority", "platform@example.com")),
                FormErrors::default(),
            )
        };
        let empty = RuleForm {
            conditions: Vec::new(),
            actions: Vec::new(),
            ..RuleForm::new()
        };
        let wrong = errors_of(&empty.read().err().unwrap_or_default());
        vec![
            Sample::new("alert-builder-new", &page(RuleForm::new(), FormErrors::default())),
            Sample::new("alert-builder-typical", &typical),
            Sample::new("alert-builder-wrong", &page(empty, wrong)),
            Sample::new(
                "alert-builder-hostile",
                &page(of(&wire(gallery::HOSTILE, gallery::HOSTILE)), FormErrors::default()),
            ),
        ]
    }
}
