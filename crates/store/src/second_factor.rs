//! Second factors of users: the device that makes codes, codes for when it is lost, browsers that are trusted.

use model::{Timestamp, UserId};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

/// A device that makes codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpDevice {
    pub user: UserId,
    /// Sealed with the key of the installation.
    pub secret: String,
    /// None until a first code proved that the device has it.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the last code that was taken: it and those before it are used up.
    pub last_step: i64,
}

pub async fn find_device(db: &mut Connection, user: UserId) -> Result<Option<TotpDevice>, Error> {
    let sql = "SELECT user_id, secret_sealed, confirmed_at, last_step FROM totp_devices WHERE user_id = $1";
    sqlx::query(sql)
        .bind(user.0)
        .find(db, |row| {
            Ok(TotpDevice {
                user: UserId(row.int("user_id")?),
                secret: row.text("secret_sealed")?,
                confirmed_at: row.optional_time("confirmed_at")?,
                last_step: row.int("last_step")?,
            })
        })
        .await
}

/// Puts a device in place of one that was never confirmed. Returns `false` if there is a confirmed one.
pub async fn offer_device(db: &mut Connection, user: UserId, secret: &str) -> Result<bool, Error> {
    let sql = "INSERT INTO totp_devices (user_id, secret_sealed, confirmed_at, last_step) VALUES ($1, $2, NULL, 0)
        ON CONFLICT (user_id) DO UPDATE SET secret_sealed = excluded.secret_sealed, last_step = 0
        WHERE totp_devices.confirmed_at IS NULL";
    Ok(sqlx::query(sql).bind(user.0).bind(secret).run(db).await? == 1)
}

pub async fn confirm_device(db: &mut Connection, user: UserId, at: Timestamp) -> Result<(), Error> {
    sqlx::query("UPDATE totp_devices SET confirmed_at = $2 WHERE user_id = $1")
        .bind(user.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Uses up the steps up to this one. Returns `false` if they were: of two requests with one code, one is right.
pub async fn use_step(db: &mut Connection, user: UserId, step: i64) -> Result<bool, Error> {
    let sql = "UPDATE totp_devices SET last_step = $2 WHERE user_id = $1 AND last_step < $2";
    Ok(sqlx::query(sql).bind(user.0).bind(step).run(db).await? == 1)
}

/// Takes device, recovery codes and trusted browsers away.
pub async fn delete(db: &mut Connection, user: UserId) -> Result<(), Error> {
    for sql in [
        "DELETE FROM totp_devices WHERE user_id = $1",
        "DELETE FROM recovery_codes WHERE user_id = $1",
        "DELETE FROM trusted_devices WHERE user_id = $1",
    ] {
        sqlx::query(sql).bind(user.0).run(db).await?;
    }
    Ok(())
}

/// Puts these codes in place of all that there were.
pub async fn set_recovery_codes(db: &mut Connection, user: UserId, hashes: &[String]) -> Result<(), Error> {
    sqlx::query("DELETE FROM recovery_codes WHERE user_id = $1")
        .bind(user.0)
        .run(db)
        .await?;
    for hash in hashes {
        sqlx::query("INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)")
            .bind(user.0)
            .bind(hash)
            .run(db)
            .await?;
    }
    Ok(())
}

/// Uses a code up. Returns `false` if there is no such code.
pub async fn use_recovery_code(db: &mut Connection, user: UserId, hash: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2";
    Ok(sqlx::query(sql).bind(user.0).bind(hash).run(db).await? == 1)
}

pub async fn count_recovery_codes(db: &mut Connection, user: UserId) -> Result<i64, Error> {
    let found = sqlx::query("SELECT COUNT(*) AS codes FROM recovery_codes WHERE user_id = $1")
        .bind(user.0)
        .find(db, |row| row.int("codes"))
        .await?;
    Ok(found.unwrap_or_default())
}

/// A browser that is not asked for a code, as long as the user's nonce is this one.
pub async fn trust(
    db: &mut Connection,
    user: UserId,
    token_hash: &str,
    nonce: &str,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO trusted_devices (token_hash, user_id, nonce, expires_at) VALUES ($1, $2, $3, $4)";
    sqlx::query(sql)
        .bind(token_hash)
        .bind(user.0)
        .bind(nonce)
        .bind(expires_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn is_trusted(db: &mut Connection, user: UserId, token_hash: &str, now: Timestamp) -> Result<bool, Error> {
    let sql = "SELECT t.user_id FROM trusted_devices t JOIN users u ON u.id = t.user_id AND u.session_nonce = t.nonce
        WHERE t.token_hash = $1 AND t.user_id = $2 AND t.expires_at > $3";
    let found = sqlx::query(sql)
        .bind(token_hash)
        .bind(user.0)
        .bind(now.0)
        .find(db, |row| row.int("user_id"))
        .await?;
    Ok(found.is_some())
}

pub async fn delete_expired(db: &mut Connection, now: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM trusted_devices WHERE expires_at <= $1")
        .bind(now.0)
        .run(db)
        .await
}
