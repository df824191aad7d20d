//! Reading rows: what a column holds, by its name, as a domain type.

use model::{EventId, Timestamp};
use sqlx::{Any, Row as _, any::AnyArguments, any::AnyRow, query::Query};

use crate::{Connection, Error};

/// A query with its values bound.
pub(crate) type Bound<'q> = Query<'q, Any, AnyArguments>;

/// Text that SQL can hold: PostgreSQL refuses U+0000.
pub(crate) fn clean(text: &str) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text.to_owned()
    }
}

pub(crate) trait Column {
    fn int(&self, name: &str) -> Result<i64, Error>;
    fn optional_int(&self, name: &str) -> Result<Option<i64>, Error>;
    fn text(&self, name: &str) -> Result<String, Error>;
    fn optional_text(&self, name: &str) -> Result<Option<String>, Error>;
    fn optional_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;

    fn time(&self, name: &str) -> Result<Timestamp, Error> {
        self.int(name).map(Timestamp)
    }

    fn optional_time(&self, name: &str) -> Result<Option<Timestamp>, Error> {
        Ok(self.optional_int(name)?.map(Timestamp))
    }

    fn flag(&self, name: &str) -> Result<bool, Error> {
        Ok(self.int(name)? != 0)
    }

    fn event_id(&self, name: &str) -> Result<EventId, Error> {
        self.text(name)?
            .parse()
            .map_err(|_| Error::Corrupt(format!("column {name} holds no event id")))
    }

    /// A number that stands for a variant of an enum.
    fn number<T>(&self, name: &str, from: fn(i64) -> Option<T>) -> Result<T, Error> {
        let number = self.int(name)?;
        from(number).ok_or_else(|| Error::Corrupt(format!("column {name} holds the unknown number {number}")))
    }

    /// The name of a variant of an enum.
    fn name<T>(&self, name: &str, from: fn(&str) -> Option<T>) -> Result<T, Error> {
        let text = self.text(name)?;
        from(&text).ok_or_else(|| Error::Corrupt(format!("column {name} holds the unknown name {text}")))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        Ok(serde_json::from_str(&self.text(name)?)?)
    }
}

impl Column for AnyRow {
    fn int(&self, name: &str) -> Result<i64, Error> {
        Ok(self.try_get(name)?)
    }

    fn optional_int(&self, name: &str) -> Result<Option<i64>, Error> {
        Ok(self.try_get(name)?)
    }

    fn text(&self, name: &str) -> Result<String, Error> {
        Ok(self.try_get(name)?)
    }

    fn optional_text(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.try_get(name)?)
    }

    fn optional_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.try_get(name)?)
    }
}

/// Running a bound query and reading its rows.
pub(crate) trait Fetch {
    async fn list<T>(self, db: &mut Connection, read: impl Fn(&AnyRow) -> Result<T, Error>) -> Result<Vec<T>, Error>;
    async fn find<T>(self, db: &mut Connection, read: impl Fn(&AnyRow) -> Result<T, Error>)
    -> Result<Option<T>, Error>;
    /// How many rows were written.
    async fn run(self, db: &mut Connection) -> Result<u64, Error>;
}

impl Fetch for Bound<'_> {
    async fn list<T>(self, db: &mut Connection, read: impl Fn(&AnyRow) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        note();
        self.fetch_all(db).await?.iter().map(read).collect()
    }

    async fn find<T>(
        self,
        db: &mut Connection,
        read: impl Fn(&AnyRow) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        note();
        self.fetch_optional(db).await?.as_ref().map(read).transpose()
    }

    async fn run(self, db: &mut Connection) -> Result<u64, Error> {
        note();
        Ok(self.execute(db).await?.rows_affected())
    }
}

/// Tests count these, so that a list that asks once for each of its rows is found.
fn note() {
    tracing::trace!(target: "store::statement", "a statement");
}
