//! Many small rows handed over as one text. A driver takes microseconds for each row; for ten thousand ids that is
//! longer than the database needs to find them.

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// Between the columns of a row, and between rows: neither occurs in a number or in a hash.
const COLUMN: char = '\u{1f}';
const ROW: char = '\u{1e}';

/// The rows of a statement that selects these columns, numbers and hashes alone, none of them null.
pub(crate) async fn list<const N: usize, T>(
    sql: Sql,
    columns: [&str; N],
    db: &mut Connection,
    read: impl Fn([&str; N]) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let row = columns.map(|column| format!("CAST({column} AS TEXT)"));
    let row = row.join(&format!(" || '{COLUMN}' || "));
    let sql = sql.within(
        &format!("SELECT string_agg({row}, '{ROW}') AS packed FROM ("),
        ") AS unpacked",
    );
    let packed = sql.query_once().find(db, |row| row.optional_text("packed")).await?;
    let Some(packed) = packed.flatten() else {
        return Ok(Vec::new());
    };
    packed.split(ROW).map(|row| read(split(row)?)).collect()
}

/// A number of a row.
pub(crate) fn int(text: &str) -> Result<i64, Error> {
    text.parse()
        .map_err(|_| Error::Corrupt(format!("{text} was read where a number is")))
}

fn split<const N: usize>(row: &str) -> Result<[&str; N], Error> {
    let mut columns = row.split(COLUMN);
    let split = std::array::from_fn(|_| columns.next().unwrap_or_default());
    match columns.next() {
        None => Ok(split),
        Some(_) => Err(Error::Corrupt("a row has more columns than were asked for".to_owned())),
    }
}
