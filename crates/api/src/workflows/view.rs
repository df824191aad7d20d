use alerts::workflow::workflow_parts;
use serde_json::{Value, json};
use services::{
    access::OrganizationScope,
    alert_rules::{self, ListedRule},
};

use super::View;

/// A rule as clients of the newer model know it.
pub(super) fn view(scope: &OrganizationScope, rule: &ListedRule) -> View {
    let stored = &rule.stored;
    let organization = scope.organization.id.to_string();
    let mut view = match alert_rules::read(stored) {
        Ok(rule) => workflow_parts(&rule, stored.id, &organization),
        // Of another version: there is nothing that could be said of it here.
        Err(_) => object(json!({
            "name": stored.name, "triggers": null, "actionFilters": null, "environment": null, "config": {},
        })),
    };
    view.extend(object(json!({
        "id": stored.id.to_string(),
        "organizationId": organization,
        "createdBy": stored.created_by.map(|user| user.to_string()),
        "dateCreated": stored.created_at,
        "dateUpdated": stored.changed_at,
        "detectorIds": [stored.project.to_string()],
        "enabled": stored.is_enabled,
        "lastTriggered": rule.last_fired,
        "owner": stored.owner.map(|owner| owner.to_string()),
    })));
    view
}

fn object(value: Value) -> View {
    match value {
        Value::Object(object) => object,
        _ => View::new(),
    }
}

/// How many a rule has.
pub(super) fn actions(rule: &ListedRule) -> usize {
    alert_rules::read(&rule.stored).map_or(0, |rule| rule.all_actions().count())
}
