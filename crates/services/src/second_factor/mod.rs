//! The second factor: codes of a device, recovery codes for when it is lost, and browsers that are trusted for a month.

mod totp;

use std::time::Duration;

use model::UserId;
use store::{second_factor as rows, users::User};

use crate::{
    App,
    access::{self, AccessError},
    audit::{self, Action, Change, Entry},
    browser_sessions::{self, SignedIn},
    seal::Purpose,
    secret,
    users::{TooManyAttempts, attempts::Attempt, tell},
};

/// How many recovery codes there are at first.
const RECOVERY_CODES: usize = 10;

/// How long a browser is trusted.
pub const TRUST: Duration = Duration::from_secs(31 * 24 * 3600);

/// What the device shows beside the code.
const ISSUER: &str = "Tocsin";

#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    #[error("the code is wrong, or was used before")]
    WrongCode,
    #[error("there is a second factor: take it away before setting up another")]
    Exists,
    #[error("there is no second factor")]
    None,
    /// The key of the installation is another one than it was.
    #[error("the secret of the device cannot be opened with the keys of this installation")]
    Sealed,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A device that waits for its first code.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// To be typed in.
    pub secret: String,
    /// For the QR code.
    pub uri: String,
}

/// How many recovery codes the user has left.
pub async fn recovery_codes_left(app: &App, user: UserId) -> Result<i64, store::Error> {
    rows::count_recovery_codes(&mut *app.store.read().await?, user).await
}

/// Begins to set up a device, or goes on with it: the secret stays the same until it is confirmed.
pub async fn begin(app: &App, user: &User) -> Result<Enrolment, SecondFactorError> {
    let known = rows::find_device(&mut *app.store.read().await?, user.id).await?;
    let secret = match known {
        Some(device) if device.confirmed_at.is_some() => return Err(SecondFactorError::Exists),
        Some(device) => app.sealer().open(Purpose::SecondFactor, &device.secret),
        None => None,
    };
    let secret = match secret {
        Some(secret) => secret,
        None => offer(app, user).await?,
    };
    let secret = totp::base32(&secret);
    Ok(Enrolment {
        uri: totp::key_uri(ISSUER, &user.email, &secret),
        secret,
    })
}

async fn offer(app: &App, user: &User) -> Result<Vec<u8>, SecondFactorError> {
    let secret = secret::random_bytes::<{ totp::SECRET_BYTES }>();
    let sealed = app.sealer().seal(Purpose::SecondFactor, &secret);
    let mut tx = app.store.begin().await?;
    if !rows::offer_device(&mut tx, user.id, &sealed).await? {
        return Err(SecondFactorError::Exists);
    }
    tx.commit().await?;
    Ok(secret.to_vec())
}

/// Takes the first code of the device. Returns the recovery codes, which are shown once. Other browsers are signed out.
/// In a browser that somebody left open nobody shuts its user out.
pub async fn confirm(app: &App, signed_in: &SignedIn, code: &str) -> Result<Vec<String>, SecondFactorError> {
    access::require_sudo(app, &signed_in.actor)?;
    let user = signed_in.user();
    let attempt = Attempt::by_user(user.id, None);
    app.attempts.begin(&attempt, app.now())?;
    let mut tx = app.store.begin().await?;
    let device = rows::find_device(&mut tx, user.id)
        .await?
        .ok_or(SecondFactorError::None)?;
    if device.confirmed_at.is_some() {
        return Err(SecondFactorError::Exists);
    }
    use_code(app, &mut tx, &device, code).await?;
    rows::confirm_device(&mut tx, user.id, app.now()).await?;
    let codes = new_recovery_codes(&mut tx, user.id).await?;
    browser_sessions::end_all_but(&mut tx, user.id, Some(signed_in.session.id)).await?;
    note(
        app,
        &mut tx,
        signed_in,
        "on",
        "A second factor was added to your account.",
    )
    .await?;
    tx.commit().await?;
    app.attempts.succeeded(&attempt);
    Ok(codes)
}

/// Takes the second factor away, for whoever has it. Other browsers are signed out.
pub async fn remove(app: &App, signed_in: &SignedIn, code: &str) -> Result<(), SecondFactorError> {
    prove(app, signed_in.user().id, code).await?;
    let mut tx = app.store.begin().await?;
    let user = signed_in.user().id;
    rows::delete(&mut tx, user).await?;
    browser_sessions::end_all_but(&mut tx, user, Some(signed_in.session.id)).await?;
    note(
        app,
        &mut tx,
        signed_in,
        "off",
        "The second factor was removed from your account.",
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Takes away the second factor of somebody who has lost it: an administrator's or a command's deed.
pub async fn reset(app: &App, actor: &crate::Actor, user: &User) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    rows::delete(&mut tx, user.id).await?;
    browser_sessions::end_all_but(&mut tx, user.id, None).await?;
    audit::record(app, &mut tx, actor, entry(user, "off")).await?;
    tell(
        app,
        &mut tx,
        user,
        "Your second factor was removed",
        "An administrator removed the second factor from your account.",
    )
    .await?;
    tx.commit().await
}

/// New recovery codes in place of all that there were.
pub async fn renew_recovery_codes(
    app: &App,
    signed_in: &SignedIn,
    code: &str,
) -> Result<Vec<String>, SecondFactorError> {
    let user = signed_in.user().id;
    prove(app, user, code).await?;
    let mut tx = app.store.begin().await?;
    let codes = new_recovery_codes(&mut tx, user).await?;
    note(
        app,
        &mut tx,
        signed_in,
        "new recovery codes",
        "New recovery codes were made for your account: those before do not work any longer.",
    )
    .await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes the code of somebody who is signed in; wrong ones are counted.
async fn prove(app: &App, user: UserId, code: &str) -> Result<(), SecondFactorError> {
    let attempt = Attempt::by_user(user, None);
    app.attempts.begin(&attempt, app.now())?;
    check(app, user, code).await?;
    app.attempts.succeeded(&attempt);
    Ok(())
}

/// Whether a code is right; it is used up then. A recovery code is as good as one of the device.
pub(crate) async fn check(app: &App, user: UserId, code: &str) -> Result<(), SecondFactorError> {
    let mut tx = app.store.begin().await?;
    let device = rows::find_device(&mut tx, user)
        .await?
        .filter(|device| device.confirmed_at.is_some())
        .ok_or(SecondFactorError::None)?;
    let code = plain(code);
    if !rows::use_recovery_code(&mut tx, user, &secret::hash(&code)).await? {
        use_code(app, &mut tx, &device, &code).await?;
    }
    Ok(tx.commit().await?)
}

async fn use_code(
    app: &App,
    tx: &mut store::Tx,
    device: &rows::TotpDevice,
    code: &str,
) -> Result<(), SecondFactorError> {
    let secret = app.sealer().open(Purpose::SecondFactor, &device.secret);
    let secret = secret.ok_or(SecondFactorError::Sealed)?;
    let step = totp::step_of(&secret, &plain(code), app.now().seconds(), device.last_step);
    let step = step.ok_or(SecondFactorError::WrongCode)?;
    if !rows::use_step(tx, device.user, step).await? {
        return Err(SecondFactorError::WrongCode);
    }
    Ok(())
}

/// A code as it was made, however it was grouped when it was typed.
fn plain(code: &str) -> String {
    let letters = code.chars().filter(|char| !char.is_whitespace() && *char != '-');
    letters.take(64).collect::<String>().to_lowercase()
}

/// Codes of 50 bits: too many to be guessed within the limit of attempts, and few enough to be typed.
async fn new_recovery_codes(tx: &mut store::Tx, user: UserId) -> Result<Vec<String>, store::Error> {
    let codes: Vec<String> = (0..RECOVERY_CODES)
        .map(|_| {
            let code = totp::base32(&secret::random_bytes::<7>()).to_lowercase();
            format!("{}-{}", &code[..5], &code[5..10])
        })
        .collect();
    let hashes: Vec<String> = codes.iter().map(|code| secret::hash(&plain(code))).collect();
    rows::set_recovery_codes(tx, user, &hashes).await?;
    Ok(codes)
}

async fn note(
    app: &App,
    tx: &mut store::Tx,
    signed_in: &SignedIn,
    state: &str,
    what: &str,
) -> Result<(), store::Error> {
    let user = signed_in.user();
    audit::record(app, tx, &signed_in.actor, entry(user, state)).await?;
    tell(app, tx, user, "Your second factor was changed", what).await
}

fn entry<'a>(user: &'a User, state: &str) -> Entry<'a> {
    Entry::of_user(
        Action::USER_EDITED,
        user,
        Change::created(&serde_json::json!({ "second_factor": state })),
    )
}

/// Lets a browser sign in without a code for a month; the secret goes into its cookie.
pub(crate) async fn trust(app: &App, user: UserId) -> Result<String, store::Error> {
    let token = secret::random_hex::<32>();
    let mut tx = app.store.begin().await?;
    let nonce = store::users::session_nonce(&mut tx, user).await?.unwrap_or_default();
    rows::trust(&mut tx, user, &secret::hash(&token), &nonce, app.now() + TRUST).await?;
    tx.commit().await?;
    Ok(token)
}

pub(crate) async fn is_trusted(app: &App, user: UserId, token: Option<&str>) -> Result<bool, store::Error> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Ok(false);
    };
    let mut db = app.store.read().await?;
    rows::is_trusted(&mut db, user, &secret::hash(token), app.now()).await
}
