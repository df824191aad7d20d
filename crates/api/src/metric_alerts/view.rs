use std::collections::HashMap;

use alerts::metric::{MetricAction, MetricRule, TargetType};
use httpkit::ApiError;
use model::{MetricAlertId, ProjectId, Timestamp, UserId};
use serde_json::{Map, Value, json};
use services::{
    App,
    access::OrganizationScope,
    incidents::{self, Incident},
    issues::People,
    metric_alerts::{ListedAlert, MetricSnooze},
};

use super::View;

/// What rules and incidents are shown with, read once for all of them.
#[derive(Debug)]
pub(crate) struct Rendering {
    people: People,
    /// Slugs.
    projects: HashMap<ProjectId, String>,
    organization: String,
    viewer: Option<UserId>,
}

impl Rendering {
    pub(crate) async fn load(app: &App, scope: &OrganizationScope) -> Result<Self, ApiError> {
        let projects = services::projects::list(app, scope).await?.into_iter();
        Ok(Self {
            people: People::of(app, scope).await?,
            projects: projects.map(|project| (project.id, project.slug)).collect(),
            organization: scope.organization.id.to_string(),
            viewer: scope.actor.user_id(),
        })
    }

    /// A rule as clients know it; the newest incident where it is asked for.
    pub(super) fn view(&self, alert: &ListedAlert, with_incident: bool) -> View {
        let stored = &alert.stored;
        let mut view = self.rule(stored.id, &alert.rule, stored.created_at);
        let snooze = self.snooze(&alert.snoozes);
        let beside = json!({
            "status": if stored.is_enabled { 0 } else { 4 },
            "projects": self.slugs(&stored.projects),
            "owner": stored.owner.map(|owner| owner.to_string()),
            "dateModified": stored.changed_at,
            "dateCreated": stored.created_at,
            "createdBy": stored.created_by.and_then(|user| self.user(user)),
            "snooze": snooze.is_some(),
            "snoozeForEveryone": snooze.is_some_and(|snooze| snooze.user.is_none()),
            "snoozeUntil": snooze.and_then(|snooze| snooze.until),
            "snoozeCreatedBy": snooze.and_then(|snooze| self.snoozed_by(snooze)),
            // Beyond Sentry's: what was measured last, or why nothing was.
            "lastValue": stored.progress.last_value,
            "lastEvaluated": stored.progress.evaluated_until,
            "problem": Some(&stored.progress.problem).filter(|problem| !problem.is_empty()),
        });
        if let Value::Object(beside) = beside {
            view.extend(beside);
        }
        if with_incident {
            let incident = alert.latest_incident.as_ref();
            let incident = incident.map(|incident| Value::Object(self.incident_without_rule(incident)));
            view.insert("latestIncident".to_owned(), incident.unwrap_or(Value::Null));
        }
        view
    }

    /// What a rule measures and does; also as it was when an incident began.
    fn rule(&self, id: MetricAlertId, rule: &MetricRule, created_at: Timestamp) -> View {
        let mut view = rule.to_wire();
        for (value, (_, trigger)) in view
            .get_mut("triggers")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .zip(rule.triggers())
        {
            value["alertRuleId"] = json!(id.to_string());
            value["dateCreated"] = json!(created_at);
            let actions = trigger
                .actions
                .iter()
                .map(|action| self.action(trigger.id, action, created_at));
            value["actions"] = actions.collect();
        }
        let beside = json!({
            "id": id.to_string(),
            "organizationId": self.organization,
            "resolution": 1,
            "originalAlertRuleId": null,
            "description": null,
            "monitorType": 0,
        });
        if let Value::Object(beside) = beside {
            view.extend(beside);
        }
        view
    }

    fn action(&self, trigger: i64, action: &MetricAction, created_at: Timestamp) -> Value {
        let mut view = action.wire();
        view.insert("alertRuleTriggerId".to_owned(), json!(trigger.to_string()));
        view.insert("dateCreated".to_owned(), json!(created_at));
        view.insert("desc".to_owned(), json!(self.words(action)));
        Value::Object(view)
    }

    /// What an action does, for people.
    fn words(&self, action: &MetricAction) -> String {
        let target = action.target.as_deref().unwrap_or_default();
        let known = match action.target_type {
            TargetType::User => self
                .people
                .users
                .get(&UserId(target.parse().unwrap_or(0)))
                .map(|user| user.email.clone()),
            TargetType::Team => {
                let team = self.people.teams.get(&model::TeamId(target.parse().unwrap_or(0)));
                team.map(|team| format!("members of #{}", team.slug))
            }
            TargetType::Specific | TargetType::SentryApp => Some(target.to_owned()).filter(|name| !name.is_empty()),
        };
        let whom = known.unwrap_or_else(|| "[removed]".to_owned());
        match action.kind.as_str() {
            "email" => format!("Send an email to {whom}"),
            "webhook" => format!("Send a request to {whom}"),
            "sentry_app" => "Send a notification via an app".to_owned(),
            service => format!("Send a {service} notification to {whom}"),
        }
    }

    /// An incident as clients know it.
    pub(crate) fn incident(&self, incident: &Incident) -> Result<View, ApiError> {
        let rule = incidents::rule(incident)?;
        let mut view = self.incident_without_rule(incident);
        let mut of_rule = self.rule(incident.alert, &rule, incident.started_at);
        of_rule.insert("projects".to_owned(), json!(self.slugs(&incident.projects)));
        view.insert("alertRule".to_owned(), Value::Object(of_rule));
        view.insert("discoverQuery".to_owned(), json!(rule.query));
        Ok(view)
    }

    fn incident_without_rule(&self, incident: &Incident) -> View {
        let view = json!({
            "id": incident.id.to_string(),
            "identifier": incident.identifier.to_string(),
            "organizationId": self.organization,
            "projects": self.slugs(&incident.projects),
            "activities": null,
            "status": incident.status.number(),
            "statusMethod": incident.method.number(),
            // Opened by a rule.
            "type": 2,
            "title": incident.title,
            "dateStarted": incident.started_at,
            "dateDetected": incident.detected_at,
            "dateCreated": incident.detected_at,
            "dateClosed": incident.closed_at,
        });
        match view {
            Value::Object(view) => view,
            _ => Map::new(),
        }
    }

    fn slugs(&self, projects: &[ProjectId]) -> Vec<&str> {
        projects
            .iter()
            .filter_map(|project| self.projects.get(project).map(String::as_str))
            .collect()
    }

    /// The one that the viewer feels.
    fn snooze<'a>(&self, snoozes: &'a [MetricSnooze]) -> Option<&'a MetricSnooze> {
        snoozes
            .iter()
            .find(|snooze| snooze.user.is_none() || snooze.user == self.viewer)
    }

    fn snoozed_by(&self, snooze: &MetricSnooze) -> Option<String> {
        let user = snooze.made_by?;
        if Some(user) == self.viewer {
            return Some("You".to_owned());
        }
        self.people.users.get(&user).map(|user| user.email.clone())
    }

    pub(crate) fn user(&self, id: UserId) -> Option<Value> {
        let user = self.people.users.get(&id)?;
        Some(json!({"id": user.id.0, "name": user.name, "email": user.email}))
    }
}
