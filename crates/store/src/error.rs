use crate::events::QuestionError;

/// What can go wrong in the store. A row that is not there is no error: such functions return an `Option`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database URL is not one of sqlite://… or postgres://…")]
    UnknownDatabase,
    #[error("the database was written by a newer version: it holds the migration {0}, which this one does not know")]
    NewerSchema(String),
    #[error("the migration {name} failed")]
    Migration { name: &'static str, source: sqlx::Error },
    /// A row with the same unique value (slug, e-mail, key, …) is there already.
    #[error("a row with this value exists")]
    Conflict,
    /// What was read is not so any more: the same begins anew with what is there now.
    #[error("an issue went elsewhere meanwhile")]
    Moved,
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    #[error(transparent)]
    Database(sqlx::Error),
    /// The event index gave no answer.
    #[error(transparent)]
    Events(#[from] QuestionError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Conflict,
            _ => Self::Database(error),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

impl Error {
    /// Whether the database itself is in trouble (away, full, busy, overtaken), so that the same may succeed later. What it says of
    /// one statement's values is not transient.
    pub fn is_transient(&self) -> bool {
        let error = match self {
            Self::Database(error) | Self::Migration { source: error, .. } => error,
            Self::Moved => return true,
            Self::UnknownDatabase | Self::NewerSchema(_) | Self::Conflict | Self::Corrupt(_) | Self::Events(_) => {
                return false;
            }
        };
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| is_transient_code(&code)),
            _ => false,
        }
    }
}

/// SQLite's result codes (https://www.sqlite.org/rescode.html) are numbers, extended ones with the primary in their
/// lowest byte; PostgreSQL's (Appendix A of its manual) are five characters, the class in the first two.
fn is_transient_code(code: &str) -> bool {
    if code.len() == 5 && code.is_ascii() {
        return matches!(&code[..2], "08" | "25" | "40" | "53" | "57" | "58" | "XX");
    }
    // BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB
    let primary = code.parse::<u32>().map(|code| code & 0xff);
    matches!(primary, Ok(5 | 6 | 7 | 8 | 9 | 10 | 11 | 13 | 14 | 15 | 26))
}
