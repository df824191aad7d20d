use alerts::workflow::detector_parts;
use httpkit::ApiError;
use model::{Assignee, ProjectId, Timestamp};
use serde_json::{Value, json};
use services::{
    App,
    access::OrganizationScope,
    issues::People,
    metric_alerts::{self, ListedAlert},
};
use store::projects::Project;

use super::View;
use crate::workflows::{Selection, by_project};

/// What is looked at in an organization, with what it is shown with.
pub(super) struct Detectors {
    organization: String,
    people: People,
    errors: Vec<Errors>,
    metrics: Vec<ListedAlert>,
}

/// The errors of a project.
pub(super) struct Errors {
    project: Project,
    /// The ids of its alerts.
    workflows: Vec<Value>,
}

#[derive(Clone, Copy)]
pub(super) enum Detector<'a> {
    Errors(&'a Errors),
    Metric(&'a ListedAlert),
}

impl Detectors {
    pub(super) async fn load(app: &App, scope: &OrganizationScope) -> Result<Self, ApiError> {
        let workflows = by_project(app, scope).await?;
        let of = |project: ProjectId| {
            let own = workflows.iter().filter(|(of, _)| *of == project);
            own.map(|(_, id)| id.clone()).collect()
        };
        let projects = services::projects::list(app, scope).await?.into_iter();
        Ok(Self {
            organization: scope.organization.id.to_string(),
            people: People::of(app, scope).await?,
            errors: projects
                .map(|project| Errors {
                    workflows: of(project.id),
                    project,
                })
                .collect(),
            metrics: metric_alerts::list(app, scope, &[]).await?,
        })
    }

    fn all(&self) -> impl Iterator<Item = Detector<'_>> {
        let errors = self.errors.iter().map(Detector::Errors);
        errors.chain(self.metrics.iter().map(Detector::Metric))
    }

    pub(super) fn find(&self, id: i64) -> Option<Detector<'_>> {
        self.all().find(|detector| detector.id() == id)
    }

    pub(super) fn selected(&self, selection: &Selection) -> Vec<Detector<'_>> {
        let projects = &selection.projects;
        let is_of = |detector: &Detector<'_>| {
            projects.is_empty() || detector.projects().iter().any(|project| projects.contains(project))
        };
        let has = |detector: &Detector<'_>| selection.has(detector.id(), &detector.name(), detector.kind());
        self.all().filter(is_of).filter(has).collect()
    }

    pub(super) fn view(&self, detector: Detector<'_>) -> View {
        let mut view = match detector {
            Detector::Errors(errors) => {
                let beside = json!({
                    "dataSources": [],
                    "conditionGroup": null,
                    "config": {},
                    "owner": null,
                    "createdBy": null,
                    "dateCreated": errors.project.created_at,
                    "dateUpdated": errors.project.created_at,
                    "enabled": true,
                });
                object(beside)
            }
            Detector::Metric(alert) => {
                let stored = &alert.stored;
                let mut view = detector_parts(&alert.rule, stored.id, &self.organization);
                view.extend(object(json!({
                    "owner": stored.owner.map(|owner| self.owner(owner)),
                    "createdBy": stored.created_by.map(|user| user.to_string()),
                    "dateCreated": stored.created_at,
                    "dateUpdated": stored.changed_at,
                    "enabled": stored.is_enabled,
                })));
                view
            }
        };
        view.extend(object(json!({
            "id": detector.id().to_string(),
            "projectId": detector.projects().first().map(|project| project.to_string()),
            "name": detector.name(),
            "description": null,
            "type": detector.kind(),
            "workflowIds": detector.workflows(),
            "latestGroup": null,
        })));
        view
    }

    fn owner(&self, owner: Assignee) -> Value {
        match owner {
            Assignee::User(id) => {
                let user = self.people.users.get(&id);
                let name = user.map(|user| user.name.as_str()).unwrap_or_default();
                json!({"type": "user", "id": id.to_string(), "name": name, "email": user.map_or("", |user| &user.email)})
            }
            Assignee::Team(id) => {
                let slug = self.people.teams.get(&id).map_or("", |team| &team.slug);
                json!({"type": "team", "id": id.to_string(), "name": slug})
            }
        }
    }
}

impl<'a> Detector<'a> {
    /// The project's for its errors: ids are never given twice.
    pub(super) fn id(self) -> i64 {
        match self {
            Self::Errors(errors) => errors.project.id.0,
            Self::Metric(alert) => alert.stored.id.0,
        }
    }

    pub(super) fn name(self) -> String {
        match self {
            Self::Errors(errors) => format!("Errors of {}", errors.project.slug),
            Self::Metric(alert) => alert.stored.name.clone(),
        }
    }

    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Errors(_) => "error",
            Self::Metric(_) => "metric_issue",
        }
    }

    fn projects(self) -> Vec<ProjectId> {
        match self {
            Self::Errors(errors) => vec![errors.project.id],
            Self::Metric(alert) => alert.stored.projects.clone(),
        }
    }

    pub(super) fn workflows(self) -> &'a [Value] {
        match self {
            Self::Errors(errors) => &errors.workflows,
            Self::Metric(_) => &[],
        }
    }

    pub(super) fn latest_incident(self) -> Option<Timestamp> {
        match self {
            Self::Errors(_) => None,
            Self::Metric(alert) => alert.latest_incident.as_ref().map(|incident| incident.detected_at),
        }
    }

    /// Whether an incident is open.
    pub(super) fn is_open(self) -> bool {
        match self {
            Self::Errors(_) => false,
            Self::Metric(alert) => alert
                .latest_incident
                .as_ref()
                .is_some_and(|incident| incident.closed_at.is_none()),
        }
    }
}

fn object(value: Value) -> View {
    match value {
        Value::Object(object) => object,
        _ => View::new(),
    }
}
