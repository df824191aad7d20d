//! Statements whose text depends on what is asked for: parts are added with their values, and placeholders are put where
//! they belong.

use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Bound, Fetch, clean},
};

/// How many values one statement takes at most: far below what the databases allow (32,766 in SQLite), because the text of
/// a statement is parsed each time.
pub(crate) const VALUES_A_STATEMENT: usize = 3_000;

/// Before a column: rows are not searched by it. Without statistics SQLite takes a project for one of ten rows, and reads
/// all that the index has of it; the sign does nothing else (https://www.sqlite.org/optoverview.html, section 2), on
/// PostgreSQL nothing at all.
pub(crate) const NOT_BY_INDEX: &str = "+";

#[derive(Debug, Default)]
pub(crate) struct Sql {
    /// Without placeholders.
    text: String,
    /// The values, each with its place in the text.
    values: Vec<(usize, Value)>,
}

#[derive(Debug)]
enum Value {
    Int(i64),
    Text(String),
}

impl Sql {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        self.value(Value::Int(value))
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.value(Value::Text(clean(value)))
    }

    pub(crate) fn optional_text(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.push("NULL"),
        }
    }

    pub(crate) fn optional_int(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.int(value),
            None => self.push("NULL"),
        }
    }

    fn value(&mut self, value: Value) -> &mut Self {
        self.values.push((self.text.len(), value));
        self
    }

    /// `(1, 2, 3)`; an empty list, which SQL has not, holds what no id is.
    pub(crate) fn ints(&mut self, values: impl IntoIterator<Item = i64>) -> &mut Self {
        self.push("(");
        let mut values = values.into_iter();
        self.int(values.next().unwrap_or(-1));
        for value in values {
            self.push(", ").int(value);
        }
        self.push(")")
    }

    /// Like [`Self::ints`], but written out: for more numbers than a statement has placeholders.
    pub(crate) fn plain_ints(&mut self, values: impl IntoIterator<Item = i64>) -> &mut Self {
        self.push("(-1");
        for value in values {
            self.push(&format!(",{value}"));
        }
        self.push(")")
    }

    pub(crate) fn texts<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) -> &mut Self {
        self.push("(");
        for (index, value) in values.into_iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " }).text(value);
        }
        self.push(")")
    }

    /// The statement as a part of another one.
    pub(crate) fn within(mut self, before: &str, after: &str) -> Self {
        self.text.insert_str(0, before);
        self.text.push_str(after);
        for (place, _) in &mut self.values {
            *place += before.len();
        }
        self
    }

    pub(crate) fn query(self) -> Statement {
        Statement {
            sql: self,
            is_kept: true,
        }
    }

    /// For a statement that hardly comes again: it is not kept prepared, which may be long as well.
    pub(crate) fn query_once(self) -> Statement {
        Statement {
            sql: self,
            is_kept: false,
        }
    }

    fn text_with(&self, placeholder: impl Fn(usize, &mut String)) -> String {
        let mut text = String::with_capacity(self.text.len() + 5 * self.values.len());
        let mut copied = 0;
        for (index, (place, _)) in self.values.iter().enumerate() {
            text.push_str(&self.text[copied..*place]);
            placeholder(index + 1, &mut text);
            copied = *place;
        }
        text.push_str(&self.text[copied..]);
        text
    }
}

/// A statement that is ready to be run.
#[derive(Debug)]
pub(crate) struct Statement {
    sql: Sql,
    is_kept: bool,
}

impl Statement {
    fn bound(self, db: &Connection) -> Bound<'static> {
        let text = match db.backend_name() {
            // Each placeholder is the next value in both. SQLite takes a numbered one for a name and looks it up among all
            // the others, once when it reads the statement and once when the value is bound.
            "SQLite" => self.sql.text_with(|_, text| text.push('?')),
            _ => self.sql.text_with(|number, text| {
                text.push('$');
                text.push_str(&number.to_string());
            }),
        };
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text)).persistent(self.is_kept);
        for (_, value) in self.sql.values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
            };
        }
        query
    }
}

impl Fetch for Statement {
    async fn list<T>(self, db: &mut Connection, read: impl Fn(&AnyRow) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        self.bound(db).list(db, read).await
    }

    async fn find<T>(
        self,
        db: &mut Connection,
        read: impl Fn(&AnyRow) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.bound(db).find(db, read).await
    }

    async fn run(self, db: &mut Connection) -> Result<u64, Error> {
        self.bound(db).run(db).await
    }
}

/// A LIKE pattern in lower case: `*` is the wildcard, everything else stands for itself.
pub(crate) fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in clean(text).to_lowercase().chars() {
        match c {
            '*' => pattern.push('%'),
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            _ => pattern.push(c),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_where_values_were_added() {
        let mut sql = Sql::new("a = ");
        sql.int(1).push(" AND b IN ").texts(["x", "y"]).push(" AND c = ");
        sql.optional_int(None).push(" OR d = ").text("z");
        let sql = sql.within("SELECT (", ")");
        let text = sql.text_with(|number, text| text.push_str(&format!("${number}")));
        assert_eq!(text, "SELECT (a = $1 AND b IN ($2, $3) AND c = NULL OR d = $4)");
    }
}
