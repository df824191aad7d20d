//! Who may see to the issues of new events. Only where that is another than before, something is read and written.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use model::{AssignedBy, Assignee, IssueId, OrganizationId, ProjectId};
use store::{
    Connection,
    issue_owners::{IssueOwner, OwnerKind},
    issues::Tracked,
};
use triage::ownership::{Matched, OwnerName, Source};

use super::counts::Changes;
use crate::{
    App,
    issues::{AssignedAs, By, assign},
    ownership,
};

/// The most owners that are kept of an issue.
const MOST: usize = 10;

/// Whom the rules of its project name for an event.
#[derive(Debug, Clone)]
pub struct RuleOwners {
    /// What decides first.
    pub(crate) matched: Arc<[Matched]>,
    /// Whether the issue is assigned to the first.
    pub(crate) assigns: bool,
}

impl RuleOwners {
    /// The same for the same owners, in every run; 0 for none.
    pub(super) fn key(owners: Option<&Self>) -> i64 {
        let Some(owners) = owners.filter(|owners| !owners.matched.is_empty()) else {
            return 0;
        };
        let mut hasher = DefaultHasher::new();
        (&owners.matched, owners.assigns).hash(&mut hasher);
        // Halved, so that it stays positive and distinct.
        (hasher.finish() >> 1).cast_signed().max(1)
    }
}

/// Writes the owners of the issues whose newest event has others than they had.
pub(super) async fn after(
    app: &App,
    db: &mut Connection,
    issues: &BTreeMap<(ProjectId, IssueId), Changes<'_>>,
) -> Result<(), store::Error> {
    let changed: Vec<(ProjectId, IssueId)> = issues
        .iter()
        .filter(|(_, changes)| changes.owners_key != RuleOwners::key(changes.owners()))
        .map(|(place, _)| *place)
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<IssueId> = changed.iter().map(|(_, issue)| *issue).collect();
    let projects: BTreeSet<ProjectId> = changed.iter().map(|(project, _)| *project).collect();
    let projects: Vec<ProjectId> = projects.into_iter().collect();
    let changed = store::issues::states(db, &projects, &ids).await?;
    let owners = |issue: &Tracked| {
        let changes = issues.get(&(issue.project, issue.id));
        changes.and_then(Changes::owners)
    };
    // Many issues have the same owners: names are looked up once.
    let mut names: BTreeMap<(OrganizationId, ProjectId), BTreeSet<OwnerName>> = BTreeMap::new();
    for issue in &changed {
        let rules = owners(issue).map_or(&[][..], |owners| &owners.matched);
        let named = rules.iter().flat_map(|rule| rule.owners.iter().cloned());
        names
            .entry((issue.organization, issue.project))
            .or_default()
            .extend(named);
    }
    let mut known = HashMap::new();
    for ((organization, project), names) in names {
        known.insert(
            project,
            ownership::find_owners(db, organization, project, &names).await?,
        );
    }
    for mut issue in changed {
        let (owners, known) = (owners(&issue), &known[&issue.project]);
        after_one(app, db, &mut issue, owners, known).await?;
    }
    Ok(())
}

async fn after_one(
    app: &App,
    db: &mut Connection,
    issue: &mut Tracked,
    owners: Option<&RuleOwners>,
    known: &HashMap<OwnerName, Assignee>,
) -> Result<(), store::Error> {
    let now = app.now();
    let matched = owners.map_or(&[][..], |owners| &owners.matched);
    let mut found: Vec<IssueOwner> = Vec::new();
    for rule in matched {
        for name in &rule.owners {
            if let Some(owner) = known.get(name)
                && found.iter().all(|found| found.owner != *owner)
            {
                found.push(IssueOwner {
                    issue: issue.id,
                    kind: match rule.source {
                        Source::Project => OwnerKind::Rule,
                        Source::Codeowners => OwnerKind::Codeowners,
                    },
                    owner: *owner,
                    rule: rule.rule.clone(),
                    created_at: now,
                });
            }
        }
    }
    found.truncate(MOST);
    store::issue_owners::replace(db, issue.project, issue.id, RuleOwners::key(owners), &found).await?;
    // What a person decided stays, be it that nobody sees to it.
    let is_free = issue.assignee.is_none() && issue.assigned_by != AssignedBy::Person;
    if let Some(first) = found.first()
        && is_free
        && owners.is_some_and(|owners| owners.assigns)
    {
        let how = AssignedAs::OwnershipRule(&first.rule);
        assign(app, db, issue, Some(first.owner), how, By::System, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn other_owners_have_another_key() {
        let owners = |number: usize| RuleOwners {
            matched: Arc::from(vec![Matched {
                rule: format!("path:{number}/* #web"),
                source: Source::Project,
                owners: vec![OwnerName::Team("web".to_owned())],
            }]),
            assigns: true,
        };
        let keys: HashSet<i64> = (0..100).map(|number| RuleOwners::key(Some(&owners(number)))).collect();
        assert_eq!(keys.len(), 100);
        assert!(!keys.contains(&RuleOwners::key(None)));
    }
}
