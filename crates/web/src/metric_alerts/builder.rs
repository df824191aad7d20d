//! Making and changing a rule: a form that reads as a sentence, with a chart of what it would have measured below.

use alerts::{
    Problem,
    metric::{MetricRule, chart, is_service, openings},
};
use askama::{Template, filters::Safe};
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess, PathParams,
    scopes::{AlertsRead, AlertsWrite},
};
use model::{Assignee, MetricAlertId, ProjectId};
use serde_json::{Map, Value};
use services::{
    access::{AccessError, OrganizationScope},
    issues::People,
    metric_alerts::{self, ChangeError, Draft, PreviewError},
};
use store::projects::Project;

use super::form::{ActionRow, DELTAS, DETECTIONS, DIRECTIONS, MetricForm, SUBJECTS, WINDOWS};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    number,
    page::Page,
    shell::{Part, Shell},
    urls::Links,
    visit::{Visit, display_name},
};

#[derive(Debug, Template)]
#[template(path = "metric_alerts/builder.html")]
pub(crate) struct MetricBuilderPage {
    pub(crate) shell: Shell,
    /// None while it is made.
    alert: Option<i64>,
    form: MetricForm,
    pub(crate) errors: FormErrors,
    /// Slugs to choose from.
    projects: Vec<String>,
    environments: Vec<String>,
    /// `user:7` and `team:2` with their names.
    people: Vec<(String, String)>,
    services: Vec<String>,
    preview: MetricPreview,
}

/// The chart below the form, which is also an answer of its own.
#[derive(Debug, Clone, Template)]
#[template(path = "metric_alerts/preview.html")]
pub(crate) struct MetricPreview {
    svg: String,
    /// `It would have opened 3 incidents in the last day.`
    line: String,
    /// Why there is no chart.
    problem: String,
}

/// Functions that are offered; any other may be typed.
pub(crate) const FUNCTIONS: [&str; 9] = [
    "count()",
    "count_unique(user)",
    "p95(transaction.duration)",
    "avg(transaction.duration)",
    "failure_rate()",
    "apdex(300)",
    "p95(measurements.lcp)",
    "percentage(sessions_crashed, sessions)",
    "percentage(users_crashed, users)",
];

/// `GET /organizations/{organization}/alerts/metric/new/`
pub(crate) async fn show_new(
    visit: Visit,
    access: OrganizationAccess<AlertsWrite>,
) -> Result<Page<MetricBuilderPage>, ApiError> {
    let projects = services::projects::list(&visit.app, &access.scope).await?;
    let asked = visit
        .field("of")
        .and_then(|slug| projects.iter().find(|project| project.slug == slug));
    let project = asked.or(projects.first()).map_or("", |project| project.slug.as_str());
    page(
        &visit,
        &access.scope,
        None,
        MetricForm::new(project),
        FormErrors::default(),
    )
    .await
    .map(Page)
}

/// `GET /organizations/{organization}/alerts/metric/{alert}/edit/`
pub(crate) async fn show_edit(
    visit: Visit,
    access: OrganizationAccess<AlertsWrite>,
    path: PathParams,
) -> Result<Page<MetricBuilderPage>, ApiError> {
    let alert = metric_alerts::get(&visit.app, &access.scope, super::alert::id(&path)?).await?;
    let known = services::projects::list(&visit.app, &access.scope).await?;
    let slugs = known
        .into_iter()
        .filter(|project| alert.stored.projects.contains(&project.id));
    let slugs = slugs.map(|project| project.slug).collect();
    let owner = alert.stored.owner.map_or_else(String::new, |owner| owner.to_string());
    let form = MetricForm::of_rule(&alert.rule, slugs, owner, alert.stored.revision);
    page(
        &visit,
        &access.scope,
        Some(alert.stored.id),
        form,
        FormErrors::default(),
    )
    .await
    .map(Page)
}

/// `POST /organizations/{organization}/alerts/metric/new/`
pub(crate) async fn send_new(
    visit: Visit,
    access: OrganizationAccess<AlertsWrite>,
    CsrfForm { form, .. }: CsrfForm<Map<String, Value>>,
) -> Result<Response, ApiError> {
    send(&visit, &access.scope, None, &form).await
}

/// `POST /organizations/{organization}/alerts/metric/{alert}/edit/`
pub(crate) async fn send_edit(
    visit: Visit,
    access: OrganizationAccess<AlertsWrite>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let id = metric_alerts::get(&visit.app, &access.scope, super::alert::id(&path)?)
        .await?
        .stored
        .id;
    send(&visit, &access.scope, Some(id), &form).await
}

async fn send(
    visit: &Visit,
    scope: &OrganizationScope,
    id: Option<MetricAlertId>,
    fields: &Map<String, Value>,
) -> Result<Response, ApiError> {
    let form = MetricForm::read(fields);
    if fields.get("action").and_then(Value::as_str) == Some("preview") {
        return Ok(Page(page(visit, scope, id, form, FormErrors::default()).await?).into_response());
    }
    let errors = match draft(visit, scope, &form).await? {
        Err(problems) => errors_of(&problems),
        Ok(draft) => {
            let saved = match id {
                Some(id) => metric_alerts::update(&visit.app, scope, id, form.revision, draft).await,
                None => metric_alerts::create(&visit.app, scope, draft).await,
            };
            match saved {
                Ok(alert) => {
                    let links = Links::new(&scope.organization.slug, visit.scope().query());
                    let page = links.metric_alert(alert.id.0);
                    return Ok((PendingNotice::of(Done::RuleSaved), Redirect::to(&page)).into_response());
                }
                Err(error) => refused(error)?,
            }
        }
    };
    Ok(crate::projects::settings::refused(
        page(visit, scope, id, form, errors).await?,
    ))
}

fn refused(error: ChangeError) -> Result<FormErrors, ApiError> {
    Ok(match error {
        ChangeError::Invalid(problems) => errors_of(&problems),
        ChangeError::TooMany => FormErrors::one("name", "The organization has as many metric alert rules as it may."),
        ChangeError::Changed => FormErrors::one(
            "name",
            "Somebody else has changed the rule meanwhile. Open it again, and put your change in.",
        ),
        ChangeError::NotFound => return Err(ApiError::not_found()),
        ChangeError::Access(error) => return Err(error.into()),
        ChangeError::Store(error) => return Err(error.into()),
    })
}

/// The field of the form that a field of the rule is.
fn field(name: &str) -> &str {
    match name {
        "timeWindow" => "window",
        "thresholdPeriod" => "period",
        "thresholdType" => "direction",
        "resolveThreshold" => "resolve",
        "comparisonDelta" => "delta",
        "detectionType" | "seasonality" => "detection",
        "dataset" | "eventTypes" | "queryType" => "subject",
        "triggers" => "critical",
        name => name,
    }
}

fn errors_of(problems: &[Problem]) -> FormErrors {
    problems.iter().fold(FormErrors::default(), |errors, problem| {
        errors.and(field(problem.field), problem.message.clone())
    })
}

async fn draft(
    visit: &Visit,
    scope: &OrganizationScope,
    form: &MetricForm,
) -> Result<Result<Draft, Vec<Problem>>, ApiError> {
    let rule = match MetricRule::read(&form.wire()) {
        Ok(rule) => rule,
        Err(problems) => return Ok(Err(problems)),
    };
    let owner: Option<Assignee> = form.owner.parse().ok();
    let known = services::projects::list(&visit.app, scope).await?;
    Ok(Ok(Draft {
        rule,
        projects: chosen(&known, form),
        owner,
    }))
}

fn chosen(known: &[Project], form: &MetricForm) -> Vec<ProjectId> {
    let is_chosen = |project: &&Project| form.projects.contains(&project.slug);
    known.iter().filter(is_chosen).map(|project| project.id).collect()
}

/// `POST /organizations/{organization}/alerts/metric/preview/`
pub(crate) async fn show_preview(
    visit: Visit,
    access: OrganizationAccess<AlertsRead>,
    CsrfForm { form, .. }: CsrfForm<Map<String, Value>>,
) -> Result<Page<MetricPreview>, ApiError> {
    preview(&visit, &access.scope, &MetricForm::read(&form)).await.map(Page)
}

async fn preview(visit: &Visit, scope: &OrganizationScope, form: &MetricForm) -> Result<MetricPreview, ApiError> {
    let problem = |problem: String| MetricPreview {
        svg: String::new(),
        line: String::new(),
        problem,
    };
    // A rule needs no name to be tried.
    let named = MetricForm {
        name: Some(form.name.clone())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "Preview".to_owned()),
        ..form.clone()
    };
    let draft = match draft(visit, scope, &named).await? {
        Ok(draft) if draft.projects.is_empty() => {
            return Ok(problem("Choose a project, and its chart stands here.".to_owned()));
        }
        Ok(draft) => draft,
        Err(problems) => {
            let first = problems
                .into_iter()
                .next()
                .map_or_else(String::new, |problem| problem.message);
            return Ok(problem(first));
        }
    };
    match metric_alerts::preview(&visit.app, scope, &draft.rule, &draft.projects).await {
        Ok(drawn) => Ok(MetricPreview {
            line: would_open(&draft.rule, &drawn),
            svg: chart::svg(&drawn),
            problem: String::new(),
        }),
        Err(PreviewError::Rule(message)) => Ok(problem(message)),
        Err(PreviewError::Store(error)) => Err(error.into()),
    }
}

fn would_open(rule: &MetricRule, drawn: &chart::Chart) -> String {
    let over = crate::time::span(drawn.end().since(drawn.start).as_secs());
    match openings(rule, &drawn.points, drawn.width) {
        Some(count) => format!(
            "It would have opened {} in the last {over}.",
            number::of(count, "incident")
        ),
        None => format!(
            "What is usual is worked out from the four weeks before each value; here are those of the last {over}."
        ),
    }
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    id: Option<MetricAlertId>,
    form: MetricForm,
    errors: FormErrors,
) -> Result<MetricBuilderPage, ApiError> {
    let app = &visit.app;
    let title = if id.is_some() {
        "Edit metric alert rule"
    } else {
        "New metric alert rule"
    };
    let shell = visit.shell_of(&scope.organization, Part::Alerts, title).await?;
    let projects = services::projects::list(app, scope).await?;
    let visibility = services::projects::Visibility::Visible;
    let environments = services::organizations::environments(app, scope, visibility).await?;
    let people = People::of(app, scope).await.map_err(AccessError::from)?;
    let teams = people
        .teams
        .values()
        .map(|team| (format!("team:{}", team.id), format!("#{}", team.slug)));
    let users = people
        .users
        .values()
        .map(|user| (format!("user:{}", user.id), display_name(user)));
    let services = app
        .channels
        .slugs()
        .into_iter()
        .filter(|slug| is_service(slug))
        .map(str::to_owned)
        .collect();
    Ok(MetricBuilderPage {
        preview: preview(visit, scope, &form).await?,
        alert: id.map(|id| id.0),
        projects: projects.into_iter().map(|project| project.slug).collect(),
        environments,
        people: teams.chain(users).collect(),
        services,
        form,
        errors,
        shell,
    })
}

impl MetricBuilderPage {
    fn action(&self) -> String {
        match self.alert {
            Some(alert) => self.shell.links.metric_alert_action(alert, "edit"),
            None => self.shell.links.new_metric_alert_action(),
        }
    }

    fn back(&self) -> String {
        match self.alert {
            Some(alert) => self.shell.links.metric_alert(alert),
            None => self.shell.links.alerts(),
        }
    }

    /// Whether a choice that is no number stands in the form otherwise: one that clients made stays.
    fn other_window(&self) -> Option<&str> {
        let known = WINDOWS
            .iter()
            .any(|(minutes, _)| minutes.to_string() == self.form.window);
        (!known && !self.form.window.is_empty()).then_some(self.form.window.as_str())
    }

    fn other_service(&self, row: &ActionRow) -> Option<String> {
        let is_known = row.target.is_empty()
            || row.target == "email"
            || self.people.iter().any(|(value, _)| *value == row.target)
            || self.services.contains(&row.target);
        (!is_known).then(|| row.target.clone())
    }

    fn is_project(&self, slug: &str) -> bool {
        self.form.projects.iter().any(|project| project == slug)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |form: MetricForm, errors: FormErrors, problem: &str| {
            let here = "/organizations/acme/alerts/metric/new/";
            Self {
                shell: gallery::shell(Part::Alerts, "New metric alert rule", here),
                alert: None,
                form,
                errors,
                projects: vec!["shop".to_owned(), "web".to_owned()],
                environments: vec!["production".to_owned()],
                people: vec![
                    ("team:2".to_owned(), "#payments".to_owned()),
                    ("user:7".to_owned(), "Ada Lovelace".to_owned()),
                ],
                services: vec!["webhook".to_owned()],
                preview: MetricPreview {
                    svg: if problem.is_empty() {
                        chart::svg(&super::alert::sample_chart())
                    } else {
                        String::new()
                    },
                    line: "It would have opened 1 incident in the last day.".to_owned(),
                    problem: problem.to_owned(),
                },
            }
        };
        let mut typical = MetricForm::new("shop");
        typical.name = "Many errors".to_owned();
        typical.warning = "20".to_owned();
        typical.actions[0] = ActionRow {
            level: "critical".to_owned(),
            target: "team:2".to_owned(),
            ..ActionRow::default()
        };
        let hostile = MetricForm {
            name: gallery::HOSTILE.to_owned(),
            query: gallery::HOSTILE.to_owned(),
            aggregate: gallery::HOSTILE.to_owned(),
            critical: gallery::HOSTILE.to_owned(),
            window: "7".to_owned(),
            actions: vec![ActionRow {
                level: "warning".to_owned(),
                target: "pigeon".to_owned(),
                text: gallery::HOSTILE.to_owned(),
                ..ActionRow::default()
            }],
            ..MetricForm::new("shop")
        };
        let wrong = FormErrors::one("aggregate", gallery::HOSTILE).and("critical", "A valid number is required.");
        vec![
            Sample::new(
                "metric-builder-new",
                &page(MetricForm::new("shop"), FormErrors::default(), "Nothing yet."),
            ),
            Sample::new("metric-builder-typical", &page(typical, FormErrors::default(), "")),
            Sample::new("metric-builder-hostile", &page(hostile, wrong, gallery::HOSTILE)),
        ]
    }
}

/// The chart is made here and escapes what it shows.
impl MetricPreview {
    fn drawing(&self) -> Safe<&str> {
        Safe(&self.svg)
    }
}
