//! The end of snoozes, and issues that become ongoing.

use model::{IssueId, ProjectId};
use triage::Age;

use crate::{
    App,
    issues::{By, apply},
};

/// How many issues one transaction changes.
const ISSUES_A_STEP: i64 = 200;

/// Changes some of the issues that are due. Returns `false` when none are left.
pub(super) async fn step(app: &App) -> Result<bool, store::Error> {
    let now = app.now();
    let due = store::issues::due(&mut *app.store.read().await?, now, ISSUES_A_STEP).await?;
    if due.is_empty() {
        return Ok(false);
    }
    let projects: Vec<ProjectId> = due.iter().map(|issue| issue.project).collect();
    let ids: Vec<IssueId> = due.iter().map(|issue| issue.id).collect();
    let mut tx = app.store.begin().await?;
    for mut issue in store::issues::states_to_change(&mut tx, &projects, &ids).await? {
        let age = Age {
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            resolve_after: None,
        };
        match triage::tick(&issue.state, &age, now) {
            Some(step) => apply(app, &mut tx, &mut issue, step, By::System, now).await?,
            // An event from long before has moved its first day, or somebody came first.
            None => store::issues::set_due(&mut tx, &issue).await?,
        }
    }
    tx.commit().await?;
    Ok(true)
}
