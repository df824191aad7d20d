//! Issues that nothing was heard of: projects may have them resolved.

use std::time::Duration;

use model::{IssueId, ProjectId};
use triage::Age;

use crate::{
    App,
    issues::{By, apply},
    settings::{self, IssueSettings},
};

/// How many issues one transaction resolves.
const ISSUES_A_STEP: i64 = 200;

/// Resolves some issues that were quiet for as long as their project waits. Returns `false` when none are left.
pub(super) async fn step(app: &App) -> Result<bool, store::Error> {
    let settings: Vec<(ProjectId, IssueSettings)> = settings::of_all_projects(&mut *app.store.read().await?).await?;
    for (project, settings) in settings {
        if let Some(after) = settings.resolve_after()
            && resolve_some(app, project, after).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn resolve_some(app: &App, project: ProjectId, after: Duration) -> Result<bool, store::Error> {
    let now = app.now();
    let before = now - after;
    let quiet = store::issues::quiet(&mut *app.store.read().await?, project, before, ISSUES_A_STEP).await?;
    if quiet.is_empty() {
        return Ok(false);
    }
    let ids: Vec<IssueId> = quiet.iter().map(|issue| issue.id).collect();
    let mut tx = app.store.begin().await?;
    for mut issue in store::issues::states_to_change(&mut tx, &[project], &ids).await? {
        let age = Age {
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            resolve_after: Some(after),
        };
        if let Some(step) = triage::tick(&issue.state, &age, now) {
            apply(app, &mut tx, &mut issue, step, By::System, now).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}
