//! Queries: what stays when values, names of columns and spelling are taken out. No dialect is parsed: queries come cut
//! off and in every one of them, so this looks at words and goes on where it understands nothing.

mod clauses;
mod token;

use std::collections::BTreeSet;

use self::token::{Kind, Token, tokens};

/// The query in the one spelling in which all of its kind are equal; `None` for what seems to be none.
pub(super) fn scrubbed(query: &str, system: Option<&str>) -> Option<String> {
    let tokens = tokens(query, system);
    let is_query = tokens.first().is_some_and(|first| first.is_any(&STATEMENTS));
    let has_values = tokens.iter().any(|token| token.kind == Kind::Value);
    if !is_query && !has_values {
        return None;
    }
    let tokens = clauses::simplified(tokens);
    let text = joined(&tokens);
    (!text.is_empty()).then_some(text)
}

/// How statements begin.
const STATEMENTS: [&str; 38] = [
    "ALTER",
    "ANALYZE",
    "BEGIN",
    "CALL",
    "CLOSE",
    "COMMENT",
    "COMMIT",
    "COPY",
    "CREATE",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DESCRIBE",
    "DROP",
    "END",
    "EXEC",
    "EXECUTE",
    "EXPLAIN",
    "FETCH",
    "GRANT",
    "INSERT",
    "LOCK",
    "MERGE",
    "PRAGMA",
    "PREPARE",
    "RELEASE",
    "REPLACE",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "SHOW",
    "START",
    "TRUNCATE",
    "UPDATE",
    "USE",
    "WITH",
];

/// What is done, in the words that matter to a reader.
pub(in super::super) fn action(query: &str) -> Option<&'static str> {
    const ACTIONS: [&str; 6] = ["SELECT", "INSERT", "DELETE", "UPDATE", "SET", "SAVEPOINT"];
    let tokens = tokens(query, None);
    let at = tokens.iter().position(|token| token.is_any(&ACTIONS))?;
    let before = |distance: usize, word: &str| at.checked_sub(distance).is_some_and(|index| tokens[index].is(word));
    if tokens[at].is("SAVEPOINT") && before(1, "RELEASE") {
        return Some("RELEASE SAVEPOINT");
    }
    if tokens[at].is("SAVEPOINT") && before(1, "TO") && before(2, "ROLLBACK") {
        return Some("ROLLBACK TO SAVEPOINT");
    }
    ACTIONS.into_iter().find(|action| tokens[at].is(action))
}

/// The tables, between commas so that a search for `,users,` finds no `users_archive`.
pub(in super::super) fn tables(query: &str, system: Option<&str>) -> Option<String> {
    const MAX_TABLES: usize = 50;
    let tokens = clauses::with_short_names(tokens(query, system));
    let mut tables = BTreeSet::new();
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        if !token.is_any(&["FROM", "JOIN", "INTO", "UPDATE", "TABLE"]) || tables.len() >= MAX_TABLES {
            continue;
        }
        while rest
            .next_if(|token| token.is_any(&["ONLY", "LATERAL", "IF", "NOT", "EXISTS"]))
            .is_some()
        {}
        // A list of tables, each perhaps with another name.
        while let Some(table) = rest.next_if(|token| token.is_name()) {
            tables.insert(table.text.to_lowercase());
            let _as = rest.next_if(|token| token.is("AS"));
            let _alias = rest.next_if(|token| token.is_name());
            if rest.next_if(|token| token.is_mark(",")).is_none() {
                break;
            }
        }
    }
    let names: Vec<String> = tables.into_iter().collect();
    (!names.is_empty()).then(|| format!(",{},", names.join(",")))
}

fn joined(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &tokens[index]);
        if before.is_some_and(|before| needs_space(before, token)) {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    // The end of a statement says nothing; between two of them it does.
    text.truncate(text.trim_end_matches([';', ' ']).len());
    text
}

fn needs_space(before: &Token<'_>, token: &Token<'_>) -> bool {
    if before.is_mark("(") || before.is_mark("[") || before.is_mark(".") || before.is_mark("{") {
        return false;
    }
    if [")", "]", ",", ";", ".", "}"].iter().any(|mark| token.is_mark(mark)) {
        return false;
    }
    // What is called: `count(*)`, but `IN (…)` and `INSERT INTO t (..)`.
    !((token.is_mark("(") || token.is_mark("[")) && before.is_name() && !before.spaced)
}

#[cfg(test)]
mod tests;
