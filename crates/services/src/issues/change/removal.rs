//! Deleting issues.

use model::{IssueId, ProjectId};
use store::{Connection, issues::Issue};

use crate::{App, events};

/// Takes issues out of sight at once; their events are removed in the background. New events make new issues.
pub async fn delete(app: &App, issues: &[Issue]) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    hold(&mut tx, issues).await?;
    hide(app, &mut tx, issues).await?;
    tx.commit().await?;
    events::refresh_hidden(app).await?;
    app.purge.notify_one();
    Ok(())
}

/// [`delete`], and new events with the hashes of these issues are dropped from now on.
pub async fn discard(app: &App, issues: &[Issue]) -> Result<(), store::Error> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    hold(&mut tx, issues).await?;
    for issue in issues {
        store::issues::discard_hashes(&mut tx, issue.project, issue.id, now).await?;
    }
    hide(app, &mut tx, issues).await?;
    tx.commit().await?;
    events::refresh_hidden(app).await?;
    app.purge.notify_one();
    Ok(())
}

/// No events come to these issues meanwhile, and none of their hashes goes elsewhere.
async fn hold(db: &mut Connection, issues: &[Issue]) -> Result<(), store::Error> {
    let mut projects: Vec<ProjectId> = issues.iter().map(|issue| issue.project).collect();
    projects.sort_unstable();
    projects.dedup();
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    store::issues::hold(db, &projects, &ids).await
}

/// Whatever was received until now with their hashes is gone; what comes later with the same ones is another issue's.
async fn hide(app: &App, db: &mut Connection, issues: &[Issue]) -> Result<(), store::Error> {
    let until = app.next_sequence();
    for issue in issues {
        store::removed_hashes::add_of_issue(db, issue.project, issue.id, until).await?;
        store::issues::mark_deleting(db, issue.project, issue.id).await?;
    }
    Ok(())
}
