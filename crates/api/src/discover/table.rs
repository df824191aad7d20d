use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use query::{EventContext, Selection};
use serde::Serialize;
use serde_json::{Map, Value};
use services::{
    App,
    discover::{self, About, TableRequest},
};
use store::events::Cell;

use super::{
    cells::{self, ColumnsView},
    meta::MetaView,
    request::{self, NamedDataset},
};
use crate::{page::PageRequest, parameters::Parameters};

#[derive(Debug, Serialize)]
struct TableView {
    data: Vec<Map<String, Value>>,
    meta: MetaView,
}

/// `GET /api/0/organizations/{organization}/events/`: rows of events, or of groups of them when a function is among the
/// fields.
pub(crate) async fn show_table(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let dataset = NamedDataset::read(&parameters)?;
    let about = request::about(&app, &access.scope, &parameters, dataset).await?;
    if matches!(parameters.get("allowAggregateConditions"), Some("0" | "false")) {
        refuse_conditions_on_groups(&app, &about)?;
    }
    let columns = discover::selections(&app, &about, &request::texts(&parameters, "field"))?;
    let asked = TableRequest {
        about,
        fields: with_names_of_rows(&columns),
        sort: request::sort(&parameters),
        limit: page.limit,
        offset: page.start(),
    };
    let table = discover::table(&app, &access.scope, &asked).await?;
    let names = discover::names(&app, &access.scope, table.rows.iter().flatten()).await?;
    let row = |cells: &Vec<Cell>| {
        let pair = |(column, cell): (&Selection, &Cell)| (column.asked.clone(), cells::value(column, cell, &names));
        table.columns.iter().zip(cells).map(pair).collect()
    };
    let view = TableView {
        data: table.rows.iter().map(row).collect(),
        meta: MetaView::of(ColumnsView::of(&table.columns), dataset),
    };
    let mut response = Json(view).into_response();
    response
        .headers_mut()
        .extend(page.of_part(&app.url, Vec::<()>::new(), table.more).link());
    Ok(response)
}

/// What was asked for, and what finds an event or an issue again.
fn with_names_of_rows(columns: &[Selection]) -> Vec<String> {
    let mut fields: Vec<String> = columns.iter().map(|column| column.asked.clone()).collect();
    let mut added = Vec::new();
    if columns.iter().all(|column| !column.column.is_aggregate()) {
        added.extend(["id", "project.name"]);
    }
    if fields.iter().any(|field| field == "issue") {
        added.push("issue.id");
    }
    added.retain(|name| fields.iter().all(|field| field != name));
    fields.extend(added.into_iter().map(str::to_owned));
    fields
}

fn refuse_conditions_on_groups(app: &App, about: &About) -> Result<(), ApiError> {
    let context = EventContext {
        datasets: about.datasets.clone(),
        now: app.now(),
    };
    match query::parse_events(&about.query, &context)?.having.first() {
        Some(having) => Err(ApiError::bad_request(format_args!(
            "The query holds a condition on a function ({having}), which allowAggregateConditions forbids."
        ))),
        None => Ok(()),
    }
}
