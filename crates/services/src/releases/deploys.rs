//! That releases went live.

use model::{DeployId, ProjectId, Timestamp};
use store::{IdPage, deploys::Deploy, releases::Release};

use crate::{App, access::OrganizationScope, notifications};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeploy {
    pub environment: String,
    pub name: Option<String>,
    pub url: Option<String>,
    pub started_at: Option<Timestamp>,
    /// Now, where nothing is said.
    pub finished_at: Option<Timestamp>,
    pub projects: Vec<ProjectId>,
}

/// Notes that a release went live in an environment.
pub async fn deploy(
    app: &App,
    scope: &OrganizationScope,
    release: &Release,
    new: NewDeploy,
) -> Result<Deploy, store::Error> {
    let deploy = Deploy {
        id: DeployId(app.ids.next()),
        organization: scope.organization.id,
        release: release.id,
        environment: new.environment,
        name: new.name,
        url: new.url,
        started_at: new.started_at,
        finished_at: new.finished_at.unwrap_or_else(|| app.now()),
    };
    let mut tx = app.store.begin().await?;
    store::deploys::create(&mut tx, &deploy, &new.projects).await?;
    let actor = scope.actor.user_id();
    notifications::activity::deployed(app, &mut tx, &deploy, release, &new.projects, actor).await?;
    tx.commit().await?;
    Ok(deploy)
}

/// A page of a release's, the newest first.
pub async fn deploys(
    app: &App,
    scope: &OrganizationScope,
    release: &Release,
    page: IdPage,
) -> Result<Vec<Deploy>, store::Error> {
    store::deploys::list(&mut *app.store.read().await?, scope.organization.id, release.id, page).await
}
