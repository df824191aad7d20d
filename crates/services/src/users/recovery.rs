//! The way back in for whoever has forgotten the password, by mail.

use store::users::User;

use super::attempts::{Attempt, TooManyAttempts};
use crate::{
    Actor, App, Scopes,
    access::{Channel, Origin},
    audit::{self, Action, Change, Entry},
    browser_sessions::{self, Sender},
    mail_links::{self, LinkKind},
    mails::{self, NewMail, Reason},
    passwords::PasswordError,
};

#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// Used, too old, or never sent.
    #[error("the link does not work any more")]
    Gone,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Sends a link to the user with this address. Who asks does not learn whether there is one.
pub async fn request_recovery(app: &App, login: &str, sender: &Sender) -> Result<(), RecoveryError> {
    let attempt = Attempt::by_login(&format!("recovery of {}", login.trim()), sender.ip);
    app.attempts.begin(&attempt, app.now())?;
    let mut tx = app.store.begin().await?;
    let user = store::users::find_by_login(&mut tx, login.trim())
        .await?
        .filter(|user| user.is_active);
    let Some(user) = user else { return Ok(()) };
    let emails = store::user_emails::list(&mut tx, user.id).await?;
    let is_own = |email: &str| emails.iter().any(|own| own.email == email && own.verified_at.is_some());
    // An address that nobody has confirmed may be a stranger's.
    if !is_own(&user.email) {
        return Ok(());
    }
    write_link(app, &mut tx, &user).await?;
    Ok(tx.commit().await?)
}

/// Sends such a link on behalf of an administrator, who vouches for the address.
pub async fn send_recovery(app: &App, actor: &Actor, user: &User) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    write_link(app, &mut tx, user).await?;
    let entry = Entry::of_user(
        Action::USER_EDITED,
        user,
        Change::created(&serde_json::json!({ "password": "link sent" })),
    );
    audit::record(app, &mut tx, actor, entry).await?;
    tx.commit().await
}

async fn write_link(app: &App, tx: &mut store::Tx, user: &User) -> Result<(), store::Error> {
    let secret = mail_links::create(app, tx, LinkKind::Recover, user.id, &user.email).await?;
    let text = format!(
        "Somebody asked for a new password for {}. Open this link to choose one:\n{}\n\nIt works for one hour, once. If \
         you did not ask for it, do nothing.\n",
        user.email,
        app.url.join(&format!("/auth/recover/{secret}/"))
    );
    let mail = NewMail {
        to: &user.email,
        subject: "Choose a new password",
        text: &text,
        reason: Reason::Recovery,
    };
    mails::write(app, tx, mail).await
}

/// Whether a link still works, which looking at it does not use up.
pub async fn is_recovery_link(app: &App, secret: &str) -> Result<bool, store::Error> {
    Ok(mail_links::find(app, LinkKind::Recover, secret).await?.is_some())
}

/// Sets a new password by a link, which is used up with all others of the kind. Every session of the user ends.
pub async fn recover(app: &App, secret: &str, password: &str, sender: &Sender) -> Result<(), RecoveryError> {
    // A password that cannot be taken does not use the link up.
    if !is_recovery_link(app, secret).await? {
        return Err(RecoveryError::Gone);
    }
    let hash = app.hasher.hash(password).await?;
    let mut tx = app.store.begin().await?;
    let link = mail_links::take(app, &mut tx, LinkKind::Recover, secret).await?;
    let link = link.ok_or(RecoveryError::Gone)?;
    let user = store::users::find(&mut tx, link.user)
        .await?
        .filter(|user| user.is_active && user.email == link.subject)
        .ok_or(RecoveryError::Gone)?;
    let nonce = browser_sessions::new_nonce();
    store::users::set_password(&mut tx, user.id, &hash, &nonce, app.now()).await?;
    browser_sessions::keep(&mut tx, user.id, None, &nonce).await?;
    mail_links::forget(&mut tx, LinkKind::Recover, user.id).await?;
    super::profile::tell(
        app,
        &mut tx,
        &user,
        "Your password was changed",
        "Your password was changed by mail.",
    )
    .await?;
    let change = Change::created(&serde_json::json!({ "password": "changed by mail" }));
    let mut own = Actor::of_user(user.clone(), Scopes::NONE);
    own.origin = Origin {
        ip: sender.ip,
        ..Origin::of(Channel::Web)
    };
    audit::record(app, &mut tx, &own, Entry::of_user(Action::USER_EDITED, &user, change)).await?;
    Ok(tx.commit().await?)
}
