use model::{ActivityKind, IssueId};
use serde_json::json;
use store::issues::{Issue, IssueMove, MoveKind, MoveStage};
use triage::Data;

use super::recount;
use crate::{
    App,
    access::OrganizationScope,
    issues::{By, change::Place, note},
};

/// What several issues became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The one that is left.
    pub parent: IssueId,
    /// Those that lead there from now on.
    pub children: Vec<IssueId>,
}

#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("merging takes at least two issues")]
    TooFew,
    #[error("issues of several projects cannot be merged")]
    SeveralProjects,
    #[error("feedback of users cannot be merged: every one is an issue of its own")]
    Feedback,
    #[error("one of the issues is being merged or taken apart; try again in a moment")]
    Busy,
    #[error("one of the issues is gone")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Makes one issue of several: of the one that was seen most often, all others become part.
pub async fn merge(app: &App, scope: &OrganizationScope, issues: &[Issue]) -> Result<Merged, MergeError> {
    let mut ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < 2 {
        return Err(MergeError::TooFew);
    }
    if issues.iter().any(|issue| issue.project != issues[0].project) {
        return Err(MergeError::SeveralProjects);
    }
    if issues.iter().any(|issue| issue.event_type == "feedback") {
        return Err(MergeError::Feedback);
    }
    let mut tx = app.store.begin().await?;
    store::issues::hold(&mut tx, &[issues[0].project], &ids).await?;
    let issues = store::issues::find_all(&mut tx, scope.organization.id, &ids).await?;
    if issues.len() < ids.len() {
        return Err(MergeError::Gone);
    }
    if store::issues::is_moving(&mut tx, &ids).await? {
        return Err(MergeError::Busy);
    }
    let parent = issues
        .iter()
        .max_by_key(|issue| (issue.times_seen, issue.id))
        .expect("there are two at least");
    let children: Vec<&Issue> = issues.iter().filter(|issue| issue.id != parent.id).collect();
    for child in &children {
        store::issues::rebind_all(&mut tx, parent.project, child.id, parent.id).await?;
    }
    let newest = issues
        .iter()
        .max_by_key(|issue| (issue.last_seen, issue.id == parent.id));
    if let Some(newest) = newest.filter(|newest| newest.id != parent.id) {
        store::issues::copy_face(&mut tx, parent.project, newest.id, parent.id).await?;
    }
    recount(&mut tx, parent, scope).await?;
    for child in &children {
        store::issues::move_people(&mut tx, parent.project, child.id, parent.id).await?;
        store::issues::redirect(&mut tx, scope.organization.id, parent.project, child.id, parent.id).await?;
        let follow = IssueMove {
            id: app.ids.next(),
            project: parent.project,
            kind: MoveKind::Merge,
            source: child.id,
            target: parent.id,
            hashes: Vec::new(),
            stage: MoveStage::Attachments,
            reached: 0,
            created_at: app.now(),
        };
        store::issues::add_move(&mut tx, &follow).await?;
    }
    let merged: Vec<serde_json::Value> = children
        .iter()
        .map(|child| json!({"id": child.id.to_string()}))
        .collect();
    let place = Place {
        organization: scope.organization.id,
        project: parent.project,
        issue: parent.id,
    };
    let data = Data::from_iter([("issues".to_owned(), merged.into())]);
    note(app, &mut tx, place, ActivityKind::Merge, By::of(scope), data).await?;
    let merged = Merged {
        parent: parent.id,
        children: children.iter().map(|child| child.id).collect(),
    };
    tx.commit().await?;
    app.alert_counts.forget();
    Ok(merged)
}
