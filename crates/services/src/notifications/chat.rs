//! Who somebody is, or which channel a team has, in a service where people talk. Integrations write these; recipients are
//! found by them.

use model::{Assignee, OrganizationId};
use serde_json::Value;
use store::chat_links::ChatLink;

use super::settings::Provider;
use crate::App;

/// Links a user or a team to where a provider reaches them.
pub async fn link(
    app: &App,
    organization: OrganizationId,
    holder: Assignee,
    provider: Provider,
    label: &str,
    target: Value,
) -> Result<(), store::Error> {
    let link = ChatLink {
        holder,
        organization,
        provider: provider.name().to_owned(),
        label: label.to_owned(),
        target,
    };
    let mut tx = app.store.begin().await?;
    store::chat_links::set(&mut tx, &link, app.now()).await?;
    tx.commit().await
}

/// Returns `false` if there was no link.
pub async fn unlink(
    app: &App,
    organization: OrganizationId,
    holder: Assignee,
    provider: Provider,
) -> Result<bool, store::Error> {
    let mut tx = app.store.begin().await?;
    let removed = store::chat_links::delete(&mut tx, organization, holder, provider.name()).await?;
    tx.commit().await?;
    Ok(removed)
}

/// The links of a user or a team in an organization.
pub async fn list(app: &App, organization: OrganizationId, holder: Assignee) -> Result<Vec<ChatLink>, store::Error> {
    store::chat_links::list(&mut *app.store.read().await?, organization, &[holder]).await
}
