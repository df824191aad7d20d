//! The series of Sentry's older endpoint: pairs of a time and what was counted from then on, under names that say what
//! was counted.

use axum::{Json, extract::State};
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use serde::Serialize;
use serde_json::{Map, Value, json};
use services::App;
use store::events::Series;

use super::{
    cells::{self, ColumnsView},
    chart::{Chart, Line},
    meta::MetaView,
};
use crate::parameters::Parameters;

/// One value over time.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SeriesView {
    /// A time in seconds, and the value from then on.
    data: Vec<(i64, [PointView; 1])>,
    start: i64,
    end: i64,
    order: usize,
    is_metrics_data: bool,
    meta: MetaView,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PointView {
    count: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison_count: Option<Value>,
}

/// `GET /api/0/organizations/{organization}/events-stats/`: one series, or by `yAxis` several, or with `topEvents` one or
/// several for each of the groups that come first.
pub(crate) async fn show_stats(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Value>, ApiError> {
    let mut chart = Chart::load(&app, &access.scope, &parameters, "field").await?;
    if !parameters.is_on("partial") {
        chart.leave_out_partial(app.now());
    }
    let stats = Stats(&chart);
    let answer = if chart.is_grouped() {
        let pair = |line: Line<'_>| Ok((stats.name(line), stats.of_line(line)?));
        Value::Object(chart.lines().into_iter().map(pair).collect::<Result<_, ApiError>>()?)
    } else {
        match chart.lines().first() {
            Some(line) => stats.of_line(*line)?,
            None => json!({ "data": [] }),
        }
    };
    Ok(Json(answer))
}

struct Stats<'a>(&'a Chart);

impl Stats<'_> {
    /// The values of a group, as the keys of the answer have it.
    fn name(&self, line: Line<'_>) -> String {
        let Some(cells) = line.key else {
            return "Other".to_owned();
        };
        let texts = self.0.reply.fields.iter().zip(cells);
        let texts: Vec<String> = texts
            .map(|(column, cell)| cells::text(column, cell, &self.0.names))
            .collect();
        if texts.iter().all(String::is_empty) {
            return "(empty)".to_owned();
        }
        texts.join(",")
    }

    /// One series, or one under the name of each value.
    fn of_line(&self, line: Line<'_>) -> Result<Value, ApiError> {
        let values = &self.0.reply.values;
        if values.len() == 1 {
            return json(&self.series(line, 0, line.order));
        }
        let mut all = Map::new();
        for (index, value) in values.iter().enumerate() {
            all.insert(value.asked.clone(), json(&self.series(line, index, index))?);
        }
        if self.0.is_grouped() {
            all.insert("order".to_owned(), line.order.into());
        }
        Ok(Value::Object(all))
    }

    fn series(&self, line: Line<'_>, index: usize, order: usize) -> SeriesView {
        let reply = &self.0.reply;
        let point =
            |series: &Series, slot: usize| number(series.values.get(index).and_then(|values| *values.get(slot)?));
        let width = reply.buckets.width;
        let data: Vec<_> = self
            .0
            .times()
            .enumerate()
            .map(|(slot, time)| {
                let view = PointView {
                    count: point(line.series, slot),
                    comparison_count: line.compared.map(|compared| point(compared, slot)),
                };
                (time.seconds(), [view])
            })
            .collect();
        let start = reply.buckets.start.seconds();
        SeriesView {
            end: data
                .last()
                .map_or(start, |(time, _)| time + i64::try_from(width.as_secs()).unwrap_or(0)),
            start,
            data,
            order,
            is_metrics_data: false,
            meta: MetaView::of(ColumnsView::of(&reply.values[index..=index]), self.0.dataset),
        }
    }
}

/// Whole numbers are written as such; a bucket without a value shows none, which is 0 here.
fn number(value: Option<f64>) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        None => 0.into(),
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
        Some(number) if number.fract() == 0.0 && number.abs() < EXACT => (number as i64).into(),
        Some(number) => number.into(),
    }
}

fn json(view: &impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(view).map_err(ApiError::internal)
}
