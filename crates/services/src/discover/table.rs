use std::sync::Arc;

use query::{Column, Selection};
use store::events::{Cell, TableQuestion};

use super::{
    About, DiscoverError, Resolved,
    answers::{Answer, Key},
    asking::ask,
    resolve::resolve,
};
use crate::{App, access::OrganizationScope};

/// How many columns people may ask for at once.
pub const MOST_COLUMNS: usize = 20;

/// How many more a table may have, for what tells events and issues apart.
const MORE_COLUMNS: usize = 4;

/// How many rows one question gives at most, and how far down they may stand.
pub const MOST_ROWS: usize = 10_000;

/// Columns over the rows that a question is about.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRequest {
    pub about: About,
    /// Fields, functions and equations, as typed.
    pub fields: Vec<String>,
    /// Each one of `fields`, with a `-` before it for the greatest first.
    pub sort: Vec<String>,
    pub limit: usize,
    pub offset: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TableAnswer {
    pub columns: Vec<Selection>,
    /// A cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// Whether there are rows behind the last one.
    pub more: bool,
}

/// Rows of events, or of groups of them when a function is among the fields.
pub async fn table(app: &App, scope: &OrganizationScope, request: &TableRequest) -> Result<TableAnswer, DiscoverError> {
    let columns = read(app, &request.about, &request.fields, MOST_COLUMNS + MORE_COLUMNS)?;
    if request.offset.saturating_add(request.limit) > MOST_ROWS {
        return Err(DiscoverError::TooFar(MOST_ROWS));
    }
    let order = request
        .sort
        .iter()
        .map(|sort| {
            query::parse_order(sort, &columns).map_err(|error| DiscoverError::Order {
                name: sort.clone(),
                error,
            })
        })
        .collect::<Result<_, _>>()?;
    let asked: Vec<Column> = columns.iter().map(|selection| selection.column.clone()).collect();
    let resolved = resolve(app, scope, &request.about, &asked).await?;
    let question = TableQuestion {
        columns: resolved.columns(asked)?,
        query: resolved.query.clone(),
        order,
        limit: request.limit,
        offset: request.offset,
        bindings: None,
    };
    let answer = answer(app, scope, &resolved, question).await?;
    let table = answer.table();
    Ok(TableAnswer {
        columns,
        rows: table.rows.clone(),
        more: table.more,
    })
}

/// Asks for a table whose columns are resolved.
pub(super) async fn answer(
    app: &App,
    scope: &OrganizationScope,
    resolved: &Resolved,
    question: TableQuestion,
) -> Result<Arc<Answer>, DiscoverError> {
    let organization = scope.organization.id;
    let key = Key::of(&("table", organization, &resolved.scope, &question));
    let find = async {
        let bindings = resolved.bindings(app, organization, &question.columns).await?;
        let rows = resolved.scope.clone();
        let question = TableQuestion {
            bindings: bindings.map(Arc::new),
            ..question
        };
        let table = ask(app, organization, move |index, limits| {
            index.table(&rows, &question, limits)
        })
        .await?;
        Ok(Answer::Table(table))
    };
    app.questions
        .answers
        .get(key, app.now(), app.events.changes(), find)
        .await
}

/// Counts the rows.
pub async fn count(app: &App, scope: &OrganizationScope, about: &About) -> Result<i64, DiscoverError> {
    let request = TableRequest {
        about: about.clone(),
        fields: vec!["count()".to_owned()],
        sort: Vec::new(),
        limit: 1,
        offset: 0,
    };
    let table = table(app, scope, &request).await?;
    Ok(match table.rows.first().and_then(|row| row.first()) {
        Some(Cell::Integer(count)) => *count,
        _ => 0,
    })
}

/// Reads the names of columns: at least one, and [`MOST_COLUMNS`] at most.
pub fn selections(app: &App, about: &About, names: &[String]) -> Result<Vec<Selection>, DiscoverError> {
    read(app, about, names, MOST_COLUMNS)
}

fn read(app: &App, about: &About, names: &[String], most: usize) -> Result<Vec<Selection>, DiscoverError> {
    if names.is_empty() {
        return Err(DiscoverError::NoColumns);
    }
    if names.len() > most {
        return Err(DiscoverError::TooManyColumns(most));
    }
    let context = about.context(app);
    let mut columns: Vec<Selection> = Vec::new();
    for name in names {
        let column = Selection::parse(name, &context).map_err(|error| DiscoverError::Column {
            name: name.clone(),
            error,
        })?;
        if columns.iter().all(|known| known.asked != column.asked) {
            columns.push(column);
        }
    }
    Ok(columns)
}
