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
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    #[error(transparent)]
    Database(sqlx::Error),
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
