//! What a rule that fires does itself: it gives the issue to somebody, unless somebody has it or a person has decided that
//! nobody does.

use std::collections::BTreeMap;

use alerts::AssignTarget;
use model::{AssignedBy, Assignee, IssueId, ProjectId};
use store::{
    Connection,
    issue_owners::{self, IssueOwner, OwnerKind},
    issues::Tracked,
};

use super::{deciding::Asked, deciding::Fires};
use crate::{
    App,
    issues::{AssignedAs, By, assign},
};

/// Whom rules want to see to issues, with the rule that says so; of several for one issue the first.
#[derive(Debug, Default)]
pub(super) struct Assignments(BTreeMap<(ProjectId, IssueId), (AssignTarget, String)>);

impl Assignments {
    pub(super) fn add(&mut self, asked: Asked<'_>, fires: &Fires) {
        if let Some(target) = fires.actions.iter().find_map(alerts::Action::assign) {
            let wanted = || (target, fires.rule.rule().name.clone());
            self.0.entry((asked.of.project, asked.issue)).or_insert_with(wanted);
        }
    }

    /// All of them at once: whoever changes several issues locks them in the same order.
    pub(super) async fn write(self, app: &App, db: &mut Connection) -> Result<(), store::Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (projects, ids): (Vec<ProjectId>, Vec<IssueId>) = self.0.keys().copied().unzip();
        let owners = issue_owners::list(db, &projects, &ids).await?;
        for mut issue in store::issues::states_to_change(db, &projects, &ids).await? {
            let Some((target, rule)) = self.0.get(&(issue.project, issue.id)) else {
                continue;
            };
            if issue.assignee.is_some() || issue.assigned_by == AssignedBy::Person {
                continue;
            }
            let id = issue.id;
            let own = owners.iter().filter(|owner| owner.issue == id);
            give(app, db, &mut issue, *target, own, rule).await?;
        }
        Ok(())
    }
}

async fn give(
    app: &App,
    db: &mut Connection,
    issue: &mut Tracked,
    target: AssignTarget,
    mut owners: impl Iterator<Item = &IssueOwner>,
    rule: &str,
) -> Result<(), store::Error> {
    let (who, how) = match target {
        AssignTarget::Member(user) => (Assignee::User(user), AssignedAs::AlertRule(rule)),
        AssignTarget::Team(team) => (Assignee::Team(team), AssignedAs::AlertRule(rule)),
        // The line that names them is the reason, as where ownership rules assign by themselves.
        AssignTarget::IssueOwners => match owners.next() {
            Some(owner) if owner.kind == OwnerKind::Commit => (owner.owner, AssignedAs::AlertRule(rule)),
            Some(owner) => (owner.owner, AssignedAs::OwnershipRule(&owner.rule)),
            None => return Ok(()),
        },
    };
    if !is_there(db, issue, who).await? {
        return Ok(());
    }
    assign(app, db, issue, Some(who), how, By::System, app.now()).await
}

/// Rules outlive those whom they name.
async fn is_there(db: &mut Connection, issue: &Tracked, who: Assignee) -> Result<bool, store::Error> {
    Ok(match who {
        Assignee::User(user) => store::members::find(db, issue.organization, user).await?.is_some(),
        Assignee::Team(team) => store::teams::ids_of_project(db, issue.project).await?.contains(&team),
    })
}
