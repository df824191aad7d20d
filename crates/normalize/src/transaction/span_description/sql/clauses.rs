//! Rewrites of parts of a query, one after the other; each goes once over the words.

use super::token::{Kind, Token};

type Tokens<'a> = Vec<Token<'a>>;

/// Queries deeper inside of the columns of others are left as they are.
const MAX_DEPTH: usize = 8;

pub(super) fn simplified(tokens: Tokens<'_>) -> Tokens<'_> {
    let tokens = with_short_names(tokens);
    let tokens = without_noise(tokens);
    let tokens = without_private_names(tokens);
    let tokens = cases(tokens);
    let tokens = lists_of_values(tokens);
    let tokens = inserted_columns(tokens);
    let tokens = selected_columns(&tokens, 0);
    assignments(tokens)
}

/// `schema.table.column` is `column`, `table.*` is `*`, and `column::type` is `column`.
pub(super) fn with_short_names(tokens: Tokens<'_>) -> Tokens<'_> {
    let mut short: Tokens<'_> = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if token.is_mark(".") && short.last().is_some_and(Token::is_name) {
            let goes_on = tokens
                .peek()
                .is_some_and(|next| next.is_name() || next.is_mark("*") || next.kind == Kind::Keyword);
            if goes_on {
                short.pop();
                continue;
            }
        }
        if token.is_mark("::") {
            // The type, with a size or as an array.
            tokens.next_if(|next| next.is_name() || next.kind == Kind::Keyword);
            while tokens.next_if(|next| next.is_mark("(") || next.is_mark("[")).is_some() {
                tokens.next_if(|next| next.kind == Kind::Value);
                tokens.next_if(|next| next.is_mark(")") || next.is_mark("]"));
            }
            continue;
        }
        short.push(token);
    }
    short
}

/// `INNER JOIN` is `JOIN`, and a query in brackets always has `AS` before its name.
fn without_noise(tokens: Tokens<'_>) -> Tokens<'_> {
    let mut kept: Tokens<'_> = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if token.is("INNER") && tokens.peek().is_some_and(|next| next.is("JOIN")) {
            continue;
        }
        if token.is_name() && kept.last().is_some_and(|last| last.is_mark(")")) {
            kept.push(Token::keyword("AS"));
        }
        kept.push(token);
    }
    kept
}

/// Names that a connection makes up: of savepoints and cursors.
fn without_private_names(mut tokens: Tokens<'_>) -> Tokens<'_> {
    let mut in_fetch = false;
    for index in 1..tokens.len() {
        let (before, rest) = tokens.split_at_mut(index);
        let (last, token) = (&before[index - 1], &mut rest[0]);
        in_fetch = !last.is_mark(";") && (in_fetch || last.is("FETCH"));
        let names_it = last.is_any(&["SAVEPOINT", "DECLARE", "CLOSE", "DEALLOCATE"])
            || in_fetch && last.is_any(&["FROM", "IN", "INTO"])
            || last.is("TO") && index >= 2 && before[index - 2].is("ROLLBACK");
        if names_it && token.is_name() {
            *token = Token::value();
        }
    }
    tokens
}

/// `CASE WHEN .. THEN .. END`, whatever is in it.
fn cases(tokens: Tokens<'_>) -> Tokens<'_> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut depth = 0_usize;
    for token in tokens {
        if token.is("CASE") {
            if depth == 0 {
                kept.extend(["CASE", "WHEN", "..", "THEN", ".."].map(Token::keyword));
            }
            depth += 1;
        }
        if depth == 0 {
            kept.push(token);
        } else if token.is("END") {
            depth -= 1;
            if depth == 0 {
                kept.push(token);
            }
        }
    }
    kept
}

/// `IN (%s)` and `VALUES (%s)`, of however many values.
fn lists_of_values(tokens: Tokens<'_>) -> Tokens<'_> {
    let mut kept: Tokens<'_> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        kept.push(token.clone());
        rest = after;
        if !token.is_any(&["IN", "VALUES"]) {
            continue;
        }
        let mut collapsed = false;
        // Rows go on behind a comma.
        while let Some((closed, after)) = list_of_values(rest) {
            if !collapsed {
                kept.extend([Token::mark("("), Token::value()]);
                if closed {
                    kept.push(Token::mark(")"));
                }
            }
            collapsed = true;
            rest = after;
            let is_row = token.is("VALUES") && rest.first().is_some_and(|next| next.is_mark(","));
            match rest.get(1..) {
                Some(next_row) if is_row && list_of_values(next_row).is_some() => rest = next_row,
                _ => break,
            }
        }
    }
    kept
}

/// Behind a list in brackets that holds values alone. One that was cut off is a list as well, but is not closed.
fn list_of_values<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(bool, &'t [Token<'a>])> {
    let inside = tokens.strip_prefix(&[Token::mark("(")])?;
    let is_part = |token: &Token<'_>| {
        token.kind == Kind::Value || token.is_any(&["NULL", "DEFAULT"]) || token.is_mark(",") || token.is_mark("...")
    };
    let end = inside.iter().position(|token| !is_part(token));
    let has_values = inside
        .iter()
        .take(end.unwrap_or(inside.len()))
        .any(|token| token.kind == Kind::Value);
    match end {
        _ if !has_values => None,
        Some(end) if inside[end].is_mark(")") => Some((true, &inside[end + 1..])),
        Some(_) => None,
        None => Some((false, &[])),
    }
}

/// `INSERT INTO t (..)`
fn inserted_columns(tokens: Tokens<'_>) -> Tokens<'_> {
    let mut kept: Tokens<'_> = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    while let Some(mut token) = tokens.next() {
        let is_table = token.is_name()
            && kept
                .last()
                .is_some_and(|last| last.is_any(&["INTO", "TABLE", "EXISTS"]));
        token.spaced = is_table;
        let is_target = is_table && kept.last().is_some_and(|last| last.is("INTO"));
        kept.push(token);
        if !is_target || tokens.next_if(|next| next.is_mark("(")).is_none() {
            continue;
        }
        kept.push(Token::mark("("));
        let mut columns = 0;
        while tokens
            .next_if(|next| next.is_name() || next.is_mark(",") || next.kind == Kind::Keyword && !next.is("SELECT"))
            .is_some()
        {
            columns += 1;
        }
        if columns > 0 {
            kept.push(Token::keyword(".."));
        }
    }
    kept
}

/// `SELECT .., count(*), ..`: columns in a row are one; an expression loses the name that it is given.
fn selected_columns<'a>(tokens: &[Token<'a>], depth: usize) -> Tokens<'a> {
    let mut kept: Tokens<'a> = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some((token, after)) = rest.split_first() {
        kept.push(token.clone());
        rest = after;
        if !token.is("SELECT") {
            continue;
        }
        while let Some((word, after)) = rest.split_first().filter(|(word, _)| word.is_any(&["DISTINCT", "ALL"])) {
            kept.push(word.clone());
            rest = after;
        }
        let end = end_of_columns(rest);
        let (columns, after) = rest.split_at(end);
        // Queries inside of an expression have columns of their own.
        collapse_columns(columns, depth, &mut kept);
        rest = after;
    }
    kept
}

/// Where the list of columns ends: at a keyword that cannot be in it, or with the bracket around the query.
fn end_of_columns(tokens: &[Token<'_>]) -> usize {
    const ENDS: [&str; 12] = [
        "EXCEPT",
        "FROM",
        "GROUP",
        "HAVING",
        "INTERSECT",
        "INTO",
        "LIMIT",
        "OFFSET",
        "ORDER",
        "UNION",
        "WHERE",
        "WINDOW",
    ];
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.is_mark("(") {
            depth += 1;
        } else if token.is_mark(")") {
            if depth == 0 {
                return index;
            }
            depth -= 1;
        } else if depth == 0 && (token.is_any(&ENDS) || token.is_mark(";")) {
            return index;
        }
    }
    tokens.len()
}

fn collapse_columns<'a>(columns: &[Token<'a>], depth: usize, kept: &mut Tokens<'a>) {
    let mut open = 0_usize;
    let items: Vec<&[Token<'a>]> = columns
        .split(|token| {
            if token.is_mark("(") {
                open += 1;
            } else if token.is_mark(")") {
                open = open.saturating_sub(1);
            }
            open == 0 && token.is_mark(",")
        })
        .collect();
    let mut written = false;
    let mut index = 0;
    while index < items.len() {
        let plain = items[index..].iter().take_while(|item| is_plain(item)).count();
        if written {
            kept.push(Token::mark(","));
        }
        written = true;
        if plain >= 2 {
            kept.push(Token::keyword(".."));
            index += plain;
            continue;
        }
        let item = without_alias(items[index]);
        if depth < MAX_DEPTH && item.iter().any(|token| token.is("SELECT")) {
            kept.extend(selected_columns(item, depth + 1));
        } else {
            kept.extend_from_slice(item);
        }
        index += 1;
    }
}

/// A column, perhaps by another name.
fn is_plain(item: &[Token<'_>]) -> bool {
    let is_column = |token: &Token<'_>| token.is_name() || token.is("NULL");
    match item {
        [column] => is_column(column),
        [column, alias] => is_column(column) && alias.is_name(),
        [column, to, alias] => is_column(column) && to.is("AS") && alias.is_name(),
        _ => false,
    }
}

fn without_alias<'t, 'a>(item: &'t [Token<'a>]) -> &'t [Token<'a>] {
    match item {
        [expression @ .., to, alias] if to.is("AS") && alias.is_name() => expression,
        _ => item,
    }
}

/// `UPDATE t SET ..`, when several columns get values.
fn assignments(tokens: Tokens<'_>) -> Tokens<'_> {
    let mut kept: Tokens<'_> = Vec::with_capacity(tokens.len());
    let mut in_update = false;
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        in_update = !token.is_mark(";") && (in_update || token.is("UPDATE"));
        kept.push(token.clone());
        rest = after;
        if !in_update || !token.is("SET") {
            continue;
        }
        let (mut count, mut behind) = (0, rest);
        while let [column, equals, value, after @ ..] = behind
            && column.is_name()
            && equals.is_mark("=")
            && (value.kind == Kind::Value || value.is_any(&["NULL", "DEFAULT"]))
        {
            count += 1;
            behind = match after.split_first() {
                Some((comma, after)) if comma.is_mark(",") => after,
                _ => {
                    let ends = after
                        .first()
                        .is_none_or(|next| next.kind == Kind::Keyword || next.is_mark(";"));
                    count *= usize::from(ends);
                    behind = after;
                    break;
                }
            };
        }
        if count >= 2 {
            kept.push(Token::keyword(".."));
            rest = behind;
        }
    }
    kept
}
