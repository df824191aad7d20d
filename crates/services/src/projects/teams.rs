use model::ProjectId;
use serde_json::json;
use store::teams::Team;

use super::record;
use crate::{
    App,
    access::{OrganizationScope, ProjectScope},
    audit::{Action, Change},
};

/// Every pair of a visible project and its team.
pub async fn teams(app: &App, scope: &OrganizationScope) -> Result<Vec<(ProjectId, Team)>, store::Error> {
    let mut pairs = store::teams::of_projects(&mut *app.store.read().await?, scope.organization.id).await?;
    pairs.retain(|(project, _)| scope.visible.has(*project));
    Ok(pairs)
}

/// Gives a team a part in the project; nothing changes where it has one.
pub async fn add_team(app: &App, scope: &ProjectScope, team: &Team) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    if store::teams::add_project(&mut tx, scope.project.id, team.id).await? {
        let change = Change::created(&json!({"team": team.slug}));
        record(
            app,
            &mut tx,
            &scope.actor,
            &scope.project,
            Action::PROJECT_TEAM_ADDED,
            change,
        )
        .await?;
    }
    tx.commit().await
}

pub async fn remove_team(app: &App, scope: &ProjectScope, team: &Team) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    if store::teams::remove_project(&mut tx, scope.project.id, team.id).await? {
        let change = Change::removed(&json!({"team": team.slug}));
        record(
            app,
            &mut tx,
            &scope.actor,
            &scope.project,
            Action::PROJECT_TEAM_REMOVED,
            change,
        )
        .await?;
    }
    tx.commit().await
}
