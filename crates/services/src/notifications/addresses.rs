//! Where users let the mails of single projects go.

use std::collections::BTreeMap;

use model::{ProjectId, UserId};

use crate::{App, access::ProjectScope};

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Mails go to confirmed addresses only.
    #[error("{0} is no confirmed address of yours")]
    NotVerified(String),
    #[error("only users have addresses")]
    NoUser,
    #[error(transparent)]
    Store(#[from] store::Error),
}

pub async fn list(app: &App, user: UserId) -> Result<BTreeMap<ProjectId, String>, store::Error> {
    let all = store::notification_settings::addresses(&mut *app.store.read().await?, user).await?;
    Ok(all.into_iter().collect())
}

/// Sets where the mails of projects go; `None`: to the actor's own address again. All of them or none.
pub async fn set(app: &App, new: &[(ProjectScope, Option<String>)]) -> Result<(), AddressError> {
    let mut tx = app.store.begin().await?;
    for (scope, email) in new {
        let user = scope.actor.user_id().ok_or(AddressError::NoUser)?;
        let email = email.as_ref().map(|email| email.trim().to_lowercase());
        if let Some(email) = &email {
            let own = store::user_emails::list(&mut tx, user).await?;
            let is_own = own.iter().any(|own| own.email == *email && own.verified_at.is_some());
            if !is_own {
                return Err(AddressError::NotVerified(email.clone()));
            }
        }
        store::notification_settings::set_address(&mut tx, user, scope.project.id, email.as_deref()).await?;
    }
    Ok(tx.commit().await?)
}
