//! The table of a question as CSV: all rows of it, up to what one question gives.

use axum::response::Response;
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use services::discover::{DiscoverError, MOST_ROWS};
use store::events::Cell;

use super::{
    asked::Asked,
    page::{Rows, rows},
    table::plain,
};
use crate::{
    csv::{self, field},
    visit::Visit,
};

/// `GET /organizations/{organization}/discover/csv/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<OrgRead>) -> Result<Response, ApiError> {
    let asked = Asked::read(visit.pairs());
    let about = asked.about(&visit.app, &visit.scope()).map_err(DiscoverError::from)?;
    let rows = rows(&visit.app, &access.scope, &asked, &about, MOST_ROWS, 0).await?;
    Ok(csv::file("attachment; filename=\"discover.csv\"", text(&rows)))
}

fn text(rows: &Rows) -> String {
    let columns = &rows.answer.columns;
    let head = columns.iter().map(|column| field(&column.asked));
    let mut text = head.collect::<Vec<_>>().join(",") + "\r\n";
    for row in &rows.answer.rows {
        let cells = row.iter().zip(columns).map(|(cell, column)| {
            let plain = plain(cell, column, &rows.names);
            match cell {
                // A number may begin with a minus and is no formula.
                Cell::Number(_) | Cell::Integer(_) => plain,
                _ => field(&plain),
            }
        });
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use model::Timestamp;
    use query::{Dataset, EventContext, Selection};
    use services::discover::{Names, TableAnswer};

    use super::*;

    #[test]
    fn a_row_is_a_line_and_no_cell_is_a_formula() {
        let context = EventContext {
            datasets: vec![Dataset::Errors],
            now: Timestamp::from_seconds(0),
        };
        let column = |name: &str| Selection::parse(name, &context).unwrap();
        let rows = Rows {
            answer: TableAnswer {
                columns: vec![column("title"), column("count()"), column("user.display")],
                rows: vec![
                    vec![
                        Cell::Text("=1+1, \"x\"".to_owned()),
                        Cell::Integer(-3),
                        Cell::Text("email:@a".to_owned()),
                    ],
                    vec![Cell::Null, Cell::Number(0.5), Cell::Null],
                ],
                more: false,
            },
            names: Names::default(),
            order: None,
        };
        assert_eq!(
            text(&rows),
            "title,count(),user.display\r\n\"'=1+1, \"\"x\"\"\",-3,'@a\r\n,0.5,\r\n"
        );
    }
}
