//! The series of Sentry's newer endpoint: a list of them, each of which says what it is about.

use std::time::Duration;

use axum::{Json, extract::State};
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use model::Timestamp;
use serde::Serialize;
use serde_json::Value;
use services::App;

use super::{
    cells,
    chart::{Chart, Line},
};
use crate::parameters::Parameters;

/// How long an event is under way at most, usually: a bucket that ended this long ago is whole.
const UNDER_WAY: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TimeSeriesListView {
    meta: MetaView,
    time_series: Vec<TimeSeriesView>,
}

#[derive(Debug, Serialize)]
struct MetaView {
    dataset: &'static str,
    /// In milliseconds, like all times here.
    start: i64,
    end: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TimeSeriesView {
    values: Vec<PointView>,
    y_axis: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_by: Option<Vec<GroupView>>,
    meta: SeriesMetaView,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PointView {
    timestamp: i64,
    value: f64,
    incomplete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison_value: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
struct GroupView {
    key: String,
    value: Value,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SeriesMetaView {
    value_type: &'static str,
    value_unit: Option<&'static str>,
    interval: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_other: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<usize>,
}

/// `GET /api/0/organizations/{organization}/events-timeseries/`
pub(crate) async fn show_time_series(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<TimeSeriesListView>, ApiError> {
    let chart = Chart::load(&app, &access.scope, &parameters, "groupBy").await?;
    let window = chart.about.window;
    let mut time_series = Vec::new();
    for line in chart.lines() {
        for index in 0..chart.reply.values.len() {
            time_series.push(view(&chart, line, index, app.now()));
        }
    }
    Ok(Json(TimeSeriesListView {
        meta: MetaView {
            dataset: chart.dataset.name,
            start: window.start.millis(),
            end: window.end.millis(),
        },
        time_series,
    }))
}

fn view(chart: &Chart, line: Line<'_>, index: usize, now: Timestamp) -> TimeSeriesView {
    let (column, width) = (&chart.reply.values[index], chart.reply.buckets.width);
    let point = |series: &store::events::Series, slot: usize| {
        let value = series.values.get(index).and_then(|values| *values.get(slot)?);
        value.unwrap_or(0.0)
    };
    let values = chart.times().enumerate().map(|(slot, start)| {
        let incomplete = start + width + UNDER_WAY > now;
        PointView {
            timestamp: start.millis(),
            value: point(line.series, slot),
            incomplete,
            incomplete_reason: incomplete.then_some("INCOMPLETE_BUCKET"),
            comparison_value: line.compared.map(|compared| point(compared, slot)),
        }
    });
    let group = |cells: &[store::events::Cell]| {
        let pairs = chart.reply.fields.iter().zip(cells);
        let view = |(field, cell): (&query::Selection, _)| GroupView {
            key: field.asked.clone(),
            value: cells::value(field, cell, &chart.names),
        };
        pairs.map(view).collect()
    };
    TimeSeriesView {
        values: values.collect(),
        y_axis: column.asked.clone(),
        group_by: line.key.map(group),
        meta: SeriesMetaView {
            value_type: cells::kind(column),
            value_unit: column.unit(),
            interval: width.as_millis(),
            is_other: chart.is_grouped().then_some(line.key.is_none()),
            order: chart.is_grouped().then_some(line.order),
        },
    }
}
