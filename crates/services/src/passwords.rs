//! Passwords: argon2id, a few at a time since each takes 19 MiB for its while.

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// The fewest characters of a password.
pub const MIN_LENGTH: usize = 8;
/// The most characters: longer ones only cost time.
pub const MAX_LENGTH: usize = 256;

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("the password needs at least {MIN_LENGTH} characters")]
    TooShort,
    #[error("the password may have at most {MAX_LENGTH} characters")]
    TooLong,
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

#[derive(Debug)]
pub(crate) struct Hasher(Semaphore);

impl Default for Hasher {
    fn default() -> Self {
        Self(Semaphore::new(2))
    }
}

impl Hasher {
    /// A PHC string with a salt of its own.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        match password.chars().count() {
            count if count < MIN_LENGTH => return Err(PasswordError::TooShort),
            count if count > MAX_LENGTH => return Err(PasswordError::TooLong),
            _ => {}
        }
        let password = password.to_owned();
        self.apart(move || match Argon2::default().hash_password(password.as_bytes()) {
            Ok(hash) => Ok(hash.to_string()),
            Err(error) => Err(PasswordError::Hash(error.to_string())),
        })
        .await?
    }

    /// `None` stands for a user that is not there, and takes as long.
    pub(crate) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, PasswordError> {
        if password.chars().count() > MAX_LENGTH {
            return Ok(false);
        }
        let password = password.to_owned();
        self.apart(move || match hash {
            Some(hash) => Argon2::default()
                .verify_password(password.as_bytes(), hash.as_str())
                .is_ok(),
            None => Argon2::default().hash_password(password.as_bytes()).is_err(),
        })
        .await
    }

    /// Runs slow work on the blocking pool, within the limit.
    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
        let _permit = self
            .0
            .acquire()
            .await
            .map_err(|error| PasswordError::Hash(error.to_string()))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| PasswordError::Hash(error.to_string()))
    }
}
