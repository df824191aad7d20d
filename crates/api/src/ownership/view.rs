use std::collections::HashMap;

use httpkit::ApiError;
use model::{Assignee, Timestamp};
use serde::Serialize;
use services::{
    App,
    access::OrganizationScope,
    ownership::{EventOwners, Ownership},
};
use store::projects::Project;
use triage::ownership::{OwnerName, Rule, parse};

use super::AUTO_ASSIGNMENT;
use crate::issues::AssigneeView;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnershipView {
    raw: String,
    fallthrough: bool,
    date_created: Timestamp,
    last_updated: Timestamp,
    is_active: bool,
    auto_assignment: &'static str,
    codeowners_auto_sync: bool,
    /// `null` while there are no rules.
    schema: Option<SchemaView>,
}

#[derive(Debug, Serialize)]
pub(super) struct SchemaView {
    #[serde(rename = "$version")]
    version: u8,
    rules: Vec<RuleView>,
}

#[derive(Debug, Serialize)]
struct RuleView {
    matcher: MatcherView,
    owners: Vec<OwnerView>,
}

#[derive(Debug, Serialize)]
struct MatcherView {
    #[serde(rename = "type")]
    kind: String,
    pattern: String,
}

#[derive(Debug, Serialize)]
struct OwnerView {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    /// Absent for those who are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl SchemaView {
    pub(super) fn of(rules: &[Rule], known: &HashMap<OwnerName, Assignee>) -> Self {
        let rules = rules.iter().map(|rule| RuleView {
            matcher: MatcherView {
                kind: rule.matcher.kind.to_string(),
                pattern: rule.matcher.pattern.clone(),
            },
            owners: rule.owners.iter().map(|name| OwnerView::of(name, known)).collect(),
        });
        Self {
            version: 1,
            rules: rules.collect(),
        }
    }
}

impl OwnerView {
    fn of(name: &OwnerName, known: &HashMap<OwnerName, Assignee>) -> Self {
        let (kind, text) = match name {
            OwnerName::Team(slug) => ("team", slug),
            OwnerName::User(email) => ("user", email),
        };
        let id = known.get(name).map(|owner| match owner {
            Assignee::User(user) => user.to_string(),
            Assignee::Team(team) => team.to_string(),
        });
        Self {
            kind,
            name: text.clone(),
            id,
        }
    }
}

impl OwnershipView {
    pub(super) fn of(ownership: &Ownership, project: &Project) -> Self {
        let settings = &ownership.settings;
        let rules = parse(&settings.raw).unwrap_or_default();
        let auto_assignment = AUTO_ASSIGNMENT
            .iter()
            .find(|(known, _)| *known == settings.auto_assignment);
        Self {
            raw: settings.raw.clone(),
            fallthrough: settings.fallthrough,
            date_created: settings.created_at.unwrap_or(project.created_at),
            last_updated: settings.changed_at.unwrap_or(project.created_at),
            is_active: true,
            auto_assignment: auto_assignment.map_or("", |(_, name)| name),
            codeowners_auto_sync: settings.codeowners_auto_sync,
            schema: (!rules.is_empty()).then(|| SchemaView::of(&rules, &ownership.known)),
        }
    }
}

/// The owners of an event, with the rules that name them: that which decides, and all.
#[derive(Debug, Serialize)]
pub(crate) struct EventOwnersView {
    owners: Vec<AssigneeView>,
    rule: Option<String>,
    rules: Vec<String>,
}

impl EventOwnersView {
    pub(super) async fn load(app: &App, scope: &OrganizationScope, found: &EventOwners) -> Result<Self, ApiError> {
        let views = AssigneeView::load(app, scope, found.known.values().copied()).await?;
        let mut owners: Vec<Assignee> = Vec::new();
        for name in found.matched.iter().flat_map(|matched| &matched.owners) {
            if let Some(owner) = found.known.get(name)
                && !owners.contains(owner)
            {
                owners.push(*owner);
            }
        }
        let rules: Vec<String> = found.matched.iter().map(|matched| matched.rule.clone()).collect();
        Ok(Self {
            owners: owners.iter().filter_map(|owner| views.get(owner).cloned()).collect(),
            rule: rules.first().cloned(),
            rules,
        })
    }
}
