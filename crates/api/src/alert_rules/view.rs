use alerts::Names;
use httpkit::ApiError;
use model::UserId;
use serde_json::{Map, Value, json};
use services::{
    App,
    access::{OrganizationScope, ProjectScope},
    alert_rules::{self, ListedRule, Snooze},
    issues::People,
};

/// What rules are shown with, read once for all of them.
#[derive(Debug)]
pub(super) struct Rendering {
    people: People,
    pub(super) names: Names,
    project: String,
    viewer: Option<UserId>,
}

/// Rules of several projects as clients know them.
pub(crate) async fn views(
    app: &App,
    scope: &OrganizationScope,
    rules: &[ListedRule],
) -> Result<Vec<Map<String, Value>>, ApiError> {
    let people = People::of(app, scope).await?;
    let projects = services::projects::list(app, scope).await?;
    let mut rendering = Rendering {
        names: alert_rules::names(&people),
        people,
        project: String::new(),
        viewer: scope.actor.user_id(),
    };
    let mut views = Vec::with_capacity(rules.len());
    for rule in rules {
        let project = projects.iter().find(|project| project.id == rule.stored.project);
        rendering.project = project.map_or_else(String::new, |project| project.slug.clone());
        views.push(rendering.view(rule));
    }
    Ok(views)
}

impl Rendering {
    pub(super) async fn load(app: &App, scope: &ProjectScope) -> Result<Self, ApiError> {
        let people = People::of(app, scope.whole()).await?;
        Ok(Self {
            names: alert_rules::names(&people),
            people,
            project: scope.project.slug.clone(),
            viewer: scope.actor.user_id(),
        })
    }

    /// A rule as clients know it, each condition, filter and action with its words.
    pub(super) fn view(&self, rule: &ListedRule) -> Map<String, Value> {
        let ListedRule {
            stored,
            snoozes,
            last_fired,
            ..
        } = rule;
        let mut view = Map::new();
        view.insert("id".to_owned(), json!(stored.id.to_string()));
        match alert_rules::read(stored) {
            Ok(rule) => view.extend(rule.to_labelled_wire(&self.names)),
            // Of another version: it is shown as it is, and does nothing.
            Err(problems) => {
                view.insert("name".to_owned(), json!(stored.name));
                view.extend(stored.definition.clone());
                let errors = problems.iter().map(|problem| json!({"detail": problem.message}));
                view.insert("errors".to_owned(), errors.collect());
            }
        }
        let snooze = self.snooze(snoozes);
        let beside = json!({
            "owner": stored.owner.map(|owner| owner.to_string()),
            "createdBy": stored.created_by.and_then(|user| self.user(user)),
            "dateCreated": stored.created_at,
            "dateModified": stored.changed_at,
            "projects": [self.project],
            "status": if stored.is_enabled { "active" } else { "disabled" },
            "lastTriggered": last_fired,
            "snooze": snooze.is_some(),
            "snoozeForEveryone": snooze.is_some_and(|snooze| snooze.user.is_none()),
            "snoozeUntil": snooze.and_then(|snooze| snooze.until),
            "snoozeCreatedBy": snooze.and_then(|snooze| self.snoozed_by(snooze)),
        });
        if let Value::Object(beside) = beside {
            view.extend(beside);
        }
        view
    }

    /// The one that the viewer feels.
    fn snooze<'a>(&self, snoozes: &'a [Snooze]) -> Option<&'a Snooze> {
        let own = |snooze: &&Snooze| snooze.user.is_none() || snooze.user == self.viewer;
        snoozes.iter().find(own)
    }

    fn snoozed_by(&self, snooze: &Snooze) -> Option<String> {
        let user = snooze.made_by?;
        if Some(user) == self.viewer {
            return Some("You".to_owned());
        }
        self.people.users.get(&user).map(|user| user.email.clone())
    }

    fn user(&self, id: UserId) -> Option<Value> {
        let user = self.people.users.get(&id)?;
        Some(json!({"id": user.id.0, "name": user.name, "email": user.email}))
    }
}
