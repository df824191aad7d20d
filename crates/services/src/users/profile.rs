//! What users change of themselves.

use model::time_zone;
use store::users::User;

use super::{create::MAX_NAME, sign_in::PasswordCheckError};
use crate::{
    App,
    audit::{self, Action, Change, Entry},
    browser_sessions::{self, SignedIn},
    mails::{self, NewMail, Reason},
    passwords::PasswordError,
    users::{TooManyAttempts, is_password},
};

#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("the name may have at most {MAX_NAME} characters")]
    NameTooLong,
    #[error("{0:?} is no time zone: expected a name such as Europe/Vienna")]
    NoTimeZone(String),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What a user wants to be called, and in which zone times are told.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProfileChange<'a> {
    pub name: Option<&'a str>,
    /// Empty for that of the browser.
    pub time_zone: Option<&'a str>,
}

/// Changes what is given.
pub async fn change_profile(app: &App, user: &User, change: ProfileChange<'_>) -> Result<User, ProfileError> {
    let mut changed = user.clone();
    if let Some(name) = change.name {
        name.trim().clone_into(&mut changed.name);
        if changed.name.chars().count() > MAX_NAME {
            return Err(ProfileError::NameTooLong);
        }
    }
    match change.time_zone {
        None => {}
        Some("") => changed.time_zone.clear(),
        Some(zone) => {
            let known = time_zone::canonical_name(zone);
            changed.time_zone = known.ok_or_else(|| ProfileError::NoTimeZone(zone.chars().take(64).collect()))?;
        }
    }
    let mut tx = app.store.begin().await?;
    store::users::set_profile(&mut tx, user.id, &changed.name, &changed.time_zone).await?;
    tx.commit().await?;
    Ok(changed)
}

#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    #[error("this is not your password")]
    WrongPassword,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<PasswordCheckError> for ChangePasswordError {
    fn from(error: PasswordCheckError) -> Self {
        match error {
            PasswordCheckError::TooMany(error) => error.into(),
            PasswordCheckError::Password(error) => error.into(),
            PasswordCheckError::Store(error) => error.into(),
        }
    }
}

/// A new password in place of the old one.
#[derive(Debug, Clone, Copy)]
pub struct PasswordChange<'a> {
    pub old: &'a str,
    pub new: &'a str,
    /// Whether the user's API tokens go as well.
    pub revoke_tokens: bool,
}

/// Changes the password: every other browser is signed out.
pub async fn change_password(
    app: &App,
    signed_in: &SignedIn,
    change: PasswordChange<'_>,
) -> Result<(), ChangePasswordError> {
    let user = signed_in.user();
    if !is_password(app, user, change.old).await? {
        return Err(ChangePasswordError::WrongPassword);
    }
    let hash = app.hasher.hash(change.new).await?;
    let nonce = browser_sessions::new_nonce();
    let mut tx = app.store.begin().await?;
    store::users::set_password(&mut tx, user.id, &hash, &nonce, app.now()).await?;
    browser_sessions::keep(&mut tx, user.id, Some(signed_in.session.id), &nonce).await?;
    if change.revoke_tokens {
        store::tokens::delete_all(&mut tx, user.id).await?;
        store::oauth::grants::delete_of_user(&mut tx, user.id).await?;
    }
    tell(
        app,
        &mut tx,
        user,
        "Your password was changed",
        "Your password was changed.",
    )
    .await?;
    let entry = Entry::of_user(
        Action::USER_EDITED,
        user,
        Change::created(&serde_json::json!({ "password": "changed", "tokens_revoked": change.revoke_tokens })),
    );
    audit::record(app, &mut tx, &signed_in.actor, entry).await?;
    Ok(tx.commit().await?)
}

/// Tells a user what became of the account, in case that it was somebody else.
pub(crate) async fn tell(
    app: &App,
    tx: &mut store::Tx,
    user: &User,
    subject: &str,
    what: &str,
) -> Result<(), store::Error> {
    let text = format!(
        "{what}\n\nIf it was not you, choose a new password at once:\n{}\n",
        app.url.join("/auth/recover/")
    );
    let mail = NewMail {
        to: &user.email,
        subject,
        text: &text,
        reason: Reason::SecurityChange,
    };
    mails::write(app, tx, mail).await
}
