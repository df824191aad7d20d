//! Spans and logs, which are rows of the event index.

use model::{EventId, Timestamp};
use query::{Aggregate, Column, Condition, Dataset, EventQuery, Expr, Field, Known, Pattern, Test};
use store::events::{Cell, EventPage, Scope, StoredRow, TableQuestion};

use crate::{
    App,
    access::{AccessError, ProjectScope},
    events::ask,
};

const DATASETS: [Dataset; 2] = [Dataset::Spans, Dataset::Logs];

/// A page of a project's spans or logs, or of those of a trace, newest first.
pub async fn list_rows(
    app: &App,
    scope: &ProjectScope,
    dataset: Dataset,
    trace: Option<&str>,
    page: EventPage,
) -> Result<Vec<StoredRow>, store::Error> {
    let scope = whole(scope, dataset);
    let filter = trace.map_or_else(Expr::all, of_trace);
    ask(app, move |index, limits| index.list(&scope, &filter, page, limits)).await
}

fn of_trace(trace: &str) -> Expr<Condition> {
    Expr::Term(Condition::Field {
        field: Field::Known(Known::Trace),
        test: Test::Any(vec![Pattern::Exact(trace.to_owned())]),
    })
}

/// How many spans and logs there are, those without any left out.
pub async fn row_counts(app: &App, scope: &ProjectScope) -> Result<Vec<(Dataset, i64)>, store::Error> {
    let mut counts = Vec::new();
    for dataset in DATASETS {
        let scope = whole(scope, dataset);
        let question = TableQuestion {
            columns: vec![Column::Aggregate(Aggregate::Count)],
            query: EventQuery {
                filter: Expr::all(),
                having: Vec::new(),
            },
            order: Vec::new(),
            limit: 1,
            offset: 0,
            bindings: None,
        };
        let table = ask(app, move |index, limits| index.table(&scope, &question, limits)).await?;
        let cell = table.rows.first().and_then(|row| row.first());
        if let Some(Cell::Integer(count @ 1..)) = cell {
            counts.push((dataset, *count));
        }
    }
    Ok(counts)
}

/// A span or log of the project.
pub async fn get_row(app: &App, scope: &ProjectScope, id: EventId) -> Result<StoredRow, AccessError> {
    let project = scope.project.id;
    let found = ask(app, move |index, _| index.find(&[project], id)).await?;
    found
        .filter(|row| DATASETS.contains(&row.dataset))
        .ok_or(AccessError::NotFound)
}

/// All that the project has.
fn whole(scope: &ProjectScope, dataset: Dataset) -> Scope {
    Scope {
        datasets: vec![dataset],
        projects: vec![scope.project.id],
        environments: Vec::new(),
        start: Timestamp(0),
        end: Timestamp(i64::MAX),
    }
}
