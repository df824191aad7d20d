//! The mail addresses of a user.

use model::{EmailId, UserId};
use serde_json::json;
use store::{user_emails::UserEmail, users::User};

use super::{TooManyAttempts, attempts::Attempt, create::normalized};
use crate::{
    Actor, App,
    access::{self, AccessError},
    audit::{self, Action, Change, Entry},
    mail_links::{self, LinkKind},
    mails::{self, NewMail, Reason},
};

/// Most addresses of one user.
const MOST: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum EmailError {
    #[error("{0:?} is no e-mail address")]
    Invalid(String),
    #[error("you have this address")]
    Exists,
    #[error("there may be at most {MOST} addresses")]
    TooMany,
    #[error("somebody else signs in with this address")]
    Taken,
    #[error("the address has to be confirmed first")]
    NotVerified,
    #[error("the address to sign in with cannot be removed")]
    Primary,
    #[error("there is no such address")]
    Gone,
    #[error(transparent)]
    TooManyMails(#[from] TooManyAttempts),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Oldest first.
pub async fn list_emails(app: &App, user: UserId) -> Result<Vec<UserEmail>, store::Error> {
    store::user_emails::list(&mut *app.store.read().await?, user).await
}

/// Adds an address and sends the link that confirms it.
pub async fn add_email(app: &App, user: &User, email: &str) -> Result<(), EmailError> {
    let email = normalized(email).ok_or_else(|| EmailError::Invalid(email.trim().to_owned()))?;
    count_mail(app, &user.id.to_string())?;
    let mut tx = app.store.begin().await?;
    if store::user_emails::list(&mut tx, user.id).await?.len() >= MOST {
        return Err(EmailError::TooMany);
    }
    let new = UserEmail {
        id: EmailId(app.ids.next()),
        user: user.id,
        email,
        verified_at: None,
        created_at: app.now(),
    };
    match store::user_emails::add(&mut tx, &new).await {
        Err(store::Error::Conflict) => return Err(EmailError::Exists),
        added => added?,
    }
    send_link(app, &mut tx, user, &new.email).await?;
    Ok(tx.commit().await?)
}

/// The mails go to whom the user names, who may not want them: so many a minute.
pub(crate) fn count_mail(app: &App, user: &str) -> Result<(), TooManyAttempts> {
    app.attempts.begin(&Attempt::to_send(user), app.now())
}

/// Sends the link that confirms an address once more.
pub async fn send_confirmation(app: &App, user: &User, id: EmailId) -> Result<(), EmailError> {
    let mut tx = app.store.begin().await?;
    let email = store::user_emails::find(&mut tx, user.id, id)
        .await?
        .ok_or(EmailError::Gone)?;
    if email.verified_at.is_some() {
        return Ok(());
    }
    count_mail(app, &user.id.to_string())?;
    send_link(app, &mut tx, user, &email.email).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn send_link(app: &App, tx: &mut store::Tx, user: &User, email: &str) -> Result<(), store::Error> {
    let secret = mail_links::create(app, tx, LinkKind::ConfirmAddress, user.id, email).await?;
    let text = format!(
        "Open this link to confirm that the address {email} is yours:\n{}\n\nIt works for two days. If you did not ask \
         for it, do nothing.\n",
        app.url.join(&format!("/auth/confirm/{secret}/"))
    );
    let mail = NewMail {
        to: email,
        subject: "Confirm your address",
        text: &text,
        reason: Reason::AddressConfirmation,
    };
    mails::write(app, tx, mail).await
}

/// Takes the secret of a link, and returns the address that it confirms; `None` if the link does not work any more.
pub async fn confirm_email(app: &App, secret: &str) -> Result<Option<String>, store::Error> {
    let mut tx = app.store.begin().await?;
    let Some(link) = mail_links::take(app, &mut tx, LinkKind::ConfirmAddress, secret).await? else {
        return Ok(None);
    };
    let confirmed = store::user_emails::set_verified(&mut tx, link.user, &link.subject, app.now()).await?;
    tx.commit().await?;
    Ok(confirmed.then_some(link.subject))
}

/// Makes a confirmed address the one to sign in with. Recovery goes there from then on, so a browser that somebody left
/// open does not suffice.
pub async fn set_primary_email(app: &App, actor: &Actor, user: &User, id: EmailId) -> Result<(), EmailError> {
    access::require_sudo(app, actor)?;
    let mut tx = app.store.begin().await?;
    let email = store::user_emails::find(&mut tx, user.id, id)
        .await?
        .ok_or(EmailError::Gone)?;
    if email.verified_at.is_none() {
        return Err(EmailError::NotVerified);
    }
    match store::users::set_email(&mut tx, user.id, &email.email).await {
        Err(store::Error::Conflict) => return Err(EmailError::Taken),
        changed => changed?,
    }
    super::profile::tell(
        app,
        &mut tx,
        user,
        "Your address was changed",
        &format!("You sign in with {} from now on.", email.email),
    )
    .await?;
    let entry = Entry::of_user(
        Action::USER_EDITED,
        user,
        Change::between(&json!({ "email": user.email }), &json!({ "email": email.email })),
    );
    audit::record(app, &mut tx, actor, entry).await?;
    Ok(tx.commit().await?)
}

pub async fn delete_email(app: &App, user: &User, id: EmailId) -> Result<(), EmailError> {
    let mut tx = app.store.begin().await?;
    let email = store::user_emails::find(&mut tx, user.id, id)
        .await?
        .ok_or(EmailError::Gone)?;
    if email.email == user.email {
        return Err(EmailError::Primary);
    }
    store::user_emails::delete(&mut tx, user.id, id).await?;
    Ok(tx.commit().await?)
}
