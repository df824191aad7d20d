//! Statements whose text depends on what is asked for: parts are added with their values, placeholders number themselves.

use crate::row::{Bound, clean};

/// How many values one statement takes at most: far below what the databases allow (32,766 in SQLite), because the text of
/// a statement is parsed each time.
pub(crate) const VALUES_A_STATEMENT: usize = 3_000;

#[derive(Debug, Default)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Value>,
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
        self.values.push(value);
        self.text.push_str(&format!("${}", self.values.len()));
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
        self
    }

    pub(crate) fn query(self) -> Bound<'static> {
        let mut query = sqlx::query(sqlx::AssertSqlSafe(self.text));
        for value in self.values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
            };
        }
        query
    }

    /// For a statement that hardly comes again: it is not kept prepared, which may be long as well.
    pub(crate) fn query_once(self) -> Bound<'static> {
        self.query().persistent(false)
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
