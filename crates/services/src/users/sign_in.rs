use serde::{Deserialize, Serialize};
use store::users::User;

use super::attempts::{Attempt, TooManyAttempts};
use crate::{
    App,
    browser_sessions::{self, NewSession, Sender},
    passwords::PasswordError,
    seal::Purpose,
    second_factor::{self, SecondFactorError},
};
use model::{Timestamp, UserId};
use std::time::Duration;

/// How long one may take between password and code.
const TICKET: Duration = Duration::from_secs(600);

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Said alike for an unknown user and a wrong password.
    #[error("the e-mail or the password is wrong")]
    WrongCredentials,
    #[error("the code is wrong, or was used before")]
    WrongCode,
    /// Too long ago, or what was begun was ended since.
    #[error("the sign-in has to begin anew")]
    TicketExpired,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What follows from the right password.
#[derive(Debug)]
pub enum FirstStep {
    SignedIn(Box<NewSession>),
    /// A code is asked for as well; it comes with this ticket.
    CodeNeeded {
        ticket: String,
    },
}

/// Checks name and password; `trusted` is the secret of a browser that is not asked for a code.
pub async fn sign_in(
    app: &App,
    login: &str,
    password: &str,
    trusted: Option<&str>,
    sender: &Sender,
) -> Result<FirstStep, SignInError> {
    let attempt = Attempt::by_login(login, sender.ip);
    app.attempts.begin(&attempt, app.now())?;
    let mut db = app.store.read().await?;
    let user = store::users::find_by_login(&mut db, login.trim())
        .await?
        .filter(|user| user.is_active);
    let hash = match &user {
        Some(user) => store::users::password_hash(&mut db, user.id).await?,
        None => None,
    };
    drop(db);
    // Who has no password takes as long as who is not there.
    let right = app
        .hasher
        .verify(password, hash.filter(|hash| !hash.is_empty()))
        .await?;
    let Some(user) = user.filter(|_| right) else {
        return Err(SignInError::WrongCredentials);
    };
    app.attempts.succeeded(&attempt);
    if user.has_second_factor && !second_factor::is_trusted(app, user.id, trusted).await? {
        let ticket = Ticket::of(app, &user).await?.seal(app);
        return Ok(FirstStep::CodeNeeded { ticket });
    }
    Ok(FirstStep::SignedIn(Box::new(
        browser_sessions::begin(app, user, sender).await?,
    )))
}

/// A session after a code, and the secret of the browser if it is trusted from now on.
#[derive(Debug)]
pub struct SecondStep {
    pub session: NewSession,
    pub trusted: Option<String>,
}

/// Takes the code that a sign-in needs besides the password.
pub async fn sign_in_with_code(
    app: &App,
    ticket: &str,
    code: &str,
    trust: bool,
    sender: &Sender,
) -> Result<SecondStep, SignInError> {
    let ticket = Ticket::open(app, ticket).ok_or(SignInError::TicketExpired)?;
    let attempt = Attempt::by_user(ticket.user, sender.ip);
    app.attempts.begin(&attempt, app.now())?;
    let mut db = app.store.read().await?;
    let user = store::users::find(&mut db, ticket.user)
        .await?
        .filter(|user| user.is_active);
    let nonce = store::users::session_nonce(&mut db, ticket.user).await?;
    drop(db);
    let Some(user) = user.filter(|_| nonce.as_ref() == Some(&ticket.nonce)) else {
        return Err(SignInError::TicketExpired);
    };
    match second_factor::check(app, user.id, code).await {
        Ok(()) => {}
        Err(SecondFactorError::Store(error)) => return Err(error.into()),
        Err(error) => {
            if matches!(error, SecondFactorError::Sealed) {
                tracing::error!(user.id = %user.id, "a second factor cannot be checked: {error}");
            }
            return Err(SignInError::WrongCode);
        }
    }
    app.attempts.succeeded(&attempt);
    let trusted = if trust {
        Some(second_factor::trust(app, user.id).await?)
    } else {
        None
    };
    Ok(SecondStep {
        session: browser_sessions::begin(app, user, sender).await?,
        trusted,
    })
}

/// What the browser carries from the password to the code, sealed.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    user: UserId,
    nonce: String,
    until: i64,
}

impl Ticket {
    async fn of(app: &App, user: &User) -> Result<Self, store::Error> {
        let nonce = store::users::session_nonce(&mut *app.store.read().await?, user.id).await?;
        Ok(Self {
            user: user.id,
            nonce: nonce.unwrap_or_default(),
            until: (app.now() + TICKET).0,
        })
    }

    fn seal(&self, app: &App) -> String {
        let bytes = serde_json::to_vec(self).expect("a ticket is plain");
        app.sealer().seal(Purpose::SignIn, &bytes)
    }

    fn open(app: &App, text: &str) -> Option<Self> {
        let bytes = app.sealer().open(Purpose::SignIn, text)?;
        let ticket: Self = serde_json::from_slice(&bytes).ok()?;
        (app.now() < Timestamp(ticket.until)).then_some(ticket)
    }
}

/// Whether this is the password of somebody who is signed in; wrong ones are counted.
pub(crate) async fn is_password(app: &App, user: &User, password: &str) -> Result<bool, PasswordCheckError> {
    let attempt = Attempt::by_user(user.id, None);
    app.attempts.begin(&attempt, app.now())?;
    let hash = store::users::password_hash(&mut *app.store.read().await?, user.id).await?;
    let right = app
        .hasher
        .verify(password, hash.filter(|hash| !hash.is_empty()))
        .await?;
    if right {
        app.attempts.succeeded(&attempt);
    }
    Ok(right)
}

/// Why a password could not be checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordCheckError {
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] store::Error),
}
