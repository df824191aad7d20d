use std::collections::HashMap;

use model::{AuthorizationId, OauthApplicationId, UserId};
use store::oauth::{applications::Application, authorizations::Authorization};

use super::applications::entry;
use crate::{
    Actor, App,
    audit::{self, Action, Change},
};

/// An application that a user has let in.
#[derive(Debug, Clone)]
pub struct Allowed {
    pub authorization: Authorization,
    pub application: Application,
}

/// What a user has allowed, newest first.
pub async fn list_authorizations(app: &App, user: UserId) -> Result<Vec<Allowed>, store::Error> {
    let mut db = app.store.read().await?;
    let authorizations = store::oauth::authorizations::list(&mut db, user).await?;
    let applications = store::oauth::applications::list_authorized(&mut db, user).await?;
    let mut applications: HashMap<OauthApplicationId, Application> = applications
        .into_iter()
        .map(|application| (application.id, application))
        .collect();
    let allowed = authorizations.into_iter().filter_map(|authorization| {
        let application = applications.remove(&authorization.application)?;
        Some(Allowed {
            authorization,
            application,
        })
    });
    Ok(allowed.collect())
}

/// Takes back what a user has allowed: the application's tokens are refused at once. Returns `false` if there is none.
pub async fn revoke(app: &App, by: &Actor, user: UserId, id: AuthorizationId) -> Result<bool, store::Error> {
    let mut tx = app.store.begin().await?;
    let Some(authorization) = store::oauth::authorizations::find(&mut tx, user, id).await? else {
        return Ok(false);
    };
    let Some(application) = store::oauth::applications::find_by_id(&mut tx, authorization.application).await? else {
        return Ok(false);
    };
    store::oauth::authorizations::delete(&mut tx, user, application.id).await?;
    let change = Change::removed(&serde_json::json!({ "scopes": authorization.scopes }));
    audit::record(
        app,
        &mut tx,
        by,
        entry(Action::APPLICATION_DISALLOWED, &application, change),
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}
