//! Everything that a database holds, for tests that look for what must not be there.

use sqlx::{AnyConnection, Connection as _, Row as _};

/// The value of one column in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// `table.column`.
    pub place: String,
    /// Text as UTF-8, numbers as their digits, bytes as they are.
    pub bytes: Vec<u8>,
}

const SQLITE_COLUMNS: &str = "SELECT t.name AS table_name, c.name AS column_name, '' AS data_type
    FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'";

const POSTGRES_COLUMNS: &str =
    "SELECT CAST(table_name AS TEXT) AS table_name, CAST(column_name AS TEXT) AS column_name,
    CAST(data_type AS TEXT) AS data_type FROM information_schema.columns WHERE table_schema = 'public'";

/// All cells of all tables but the empty ones.
///
/// # Panics
/// When the database cannot be read.
pub async fn cells(url: &str) -> Vec<Cell> {
    sqlx::any::install_default_drivers();
    let mut db = AnyConnection::connect(url).await.expect("the database can be opened");
    let is_sqlite = db.backend_name() == "SQLite";
    let columns = if is_sqlite { SQLITE_COLUMNS } else { POSTGRES_COLUMNS };
    let columns = sqlx::query(columns)
        .fetch_all(&mut db)
        .await
        .expect("the columns can be listed");
    let mut cells = Vec::new();
    for column in columns {
        let [table, name, data_type] =
            ["table_name", "column_name", "data_type"].map(|key| column.get::<String, _>(key));
        let value = match (is_sqlite, data_type.as_str()) {
            (true, _) => format!("CAST(\"{name}\" AS BLOB)"),
            (false, "bytea") => format!("\"{name}\""),
            (false, _) => format!("convert_to(CAST(\"{name}\" AS TEXT), 'UTF8')"),
        };
        let sql = format!("SELECT {value} AS value FROM \"{table}\" WHERE \"{name}\" IS NOT NULL");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut db).await;
        let rows = rows.unwrap_or_else(|error| panic!("{table}.{name}: {error}"));
        cells.extend(rows.iter().map(|row| Cell {
            place: format!("{table}.{name}"),
            bytes: row.get("value"),
        }));
    }
    db.close().await.expect("the connection can be closed");
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_cell_is_found_whatever_its_type() {
        sqlx::any::install_default_drivers();
        crate::on_every_database(async |url| {
            let mut db = AnyConnection::connect(url).await.unwrap();
            for sql in [
                "CREATE TABLE bells (id BIGINT, \"name\" TEXT, tone BYTEA, gone TEXT)",
                "INSERT INTO bells VALUES (7, 'große Glocke', NULL, NULL)",
            ] {
                sqlx::query(sql).execute(&mut db).await.unwrap();
            }
            sqlx::query("UPDATE bells SET tone = $1")
                .bind(&[0_u8, 255, 128][..])
                .execute(&mut db)
                .await
                .unwrap();
            db.close().await.unwrap();
            let cells = cells(url).await;
            let mut found: Vec<_> = cells
                .iter()
                .map(|cell| (cell.place.as_str(), &cell.bytes[..]))
                .collect();
            found.sort_unstable();
            assert_eq!(
                found,
                [
                    ("bells.id", &b"7"[..]),
                    ("bells.name", "große Glocke".as_bytes()),
                    ("bells.tone", &[0, 255, 128]),
                ]
            );
        })
        .await;
    }
}
