//! Whether people make accounts by themselves, and how.

use super::{
    attempts::{Attempt, TooManyAttempts},
    create::{self, CreateUserError, NewUser},
    emails,
};
use crate::{
    App,
    browser_sessions::{self, NewSession, Sender},
    options,
};

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("nobody can make an account here: ask for an invitation")]
    Closed,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Create(#[from] CreateUserError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Closed until an administrator opens it.
pub async fn is_registration_open(app: &App) -> Result<bool, store::Error> {
    options::get_flag(app, &options::ALLOW_REGISTRATION).await
}

/// Makes an account that belongs to no organization, sends the link that confirms the address, and signs in.
pub async fn register(app: &App, new: &NewUser<'_>, sender: &Sender) -> Result<NewSession, RegisterError> {
    if !is_registration_open(app).await? {
        return Err(RegisterError::Closed);
    }
    // Each costs a row and a mail; one address makes as many as it may try passwords.
    let attempt = Attempt::by_login(&format!("registration of {}", new.email.trim()), sender.ip);
    app.attempts.begin(&attempt, app.now())?;
    let prepared = create::prepare(app, new).await?.unverified();
    let mut tx = app.store.begin().await?;
    let user = create::insert(app, &mut tx, prepared).await?;
    emails::send_link(app, &mut tx, &user, &user.email).await?;
    tx.commit().await?;
    Ok(browser_sessions::begin(app, user, sender).await?)
}
