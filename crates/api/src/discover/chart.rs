//! What the two endpoints of series share: how they are asked, and the answer with that of an earlier time beside it.

use std::time::Duration;

use httpkit::ApiError;
use model::Timestamp;
use services::{
    App,
    access::OrganizationScope,
    discover::{self, About, MOST_POINTS, MOST_TOP, Names, SeriesReply, SeriesRequest, Top},
};
use store::events::{Buckets, Cell, Series};

use super::request::{self, NamedDataset};
use crate::parameters::Parameters;

/// An answer that is ready to be shown.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) about: About,
    pub(super) dataset: NamedDataset,
    pub(super) reply: SeriesReply,
    pub(super) names: Names,
    /// How many buckets have begun, and are shown.
    pub(super) slots: usize,
    /// The same question about an earlier time.
    pub(super) compared: Option<SeriesReply>,
}

/// A group over time, with all values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) order: usize,
    /// The cells of the group; `None` for everything, or for what is in no group.
    pub(super) key: Option<&'a [Cell]>,
    pub(super) series: &'a Series,
    pub(super) compared: Option<&'a Series>,
}

impl Chart {
    /// `groups` is the parameter that names what groups are made of.
    pub(super) async fn load(
        app: &App,
        scope: &OrganizationScope,
        parameters: &Parameters,
        groups: &str,
    ) -> Result<Self, ApiError> {
        let dataset = NamedDataset::read(parameters)?;
        let about = request::about(app, scope, parameters, dataset).await?;
        let mut values = request::texts(parameters, "yAxis");
        if values.is_empty() {
            values.push("count()".to_owned());
        }
        for value in &mut values {
            // Names from before functions were written as such.
            match value.as_str() {
                "event_count" => "count()".clone_into(value),
                "user_count" => "count_unique(user)".clone_into(value),
                _ => {}
            }
        }
        let asked = SeriesRequest {
            interval: interval(parameters, &about),
            top: top(parameters, groups)?,
            values,
            about,
        };
        let reply = discover::series(app, scope, &asked).await?;
        let names = discover::names(app, scope, reply.keys.iter().flatten()).await?;
        let compared = match comparison(parameters)? {
            Some(delta) if asked.top.is_none() => {
                let mut earlier = asked.clone();
                earlier.about.window = asked.about.window.earlier(delta);
                Some(discover::series(app, scope, &earlier).await?)
            }
            _ => None,
        };
        Ok(Self {
            slots: reply.begun(app.now()),
            about: asked.about,
            dataset,
            reply,
            names,
            compared,
        })
    }

    /// The groups of the answer and what is in none of them, each with its place in the order; everything, where
    /// nothing was grouped.
    pub(super) fn lines(&self) -> Vec<Line<'_>> {
        let answer = &self.reply.answer;
        let compared = self.compared.as_ref().and_then(|reply| reply.answer.groups.first());
        let mut lines: Vec<Line<'_>> = answer
            .groups
            .iter()
            .enumerate()
            .map(|(order, series)| Line {
                order,
                key: self.reply.keys.get(order).map(Vec::as_slice),
                series,
                compared,
            })
            .collect();
        lines.extend(answer.other.as_ref().map(|series| Line {
            order: lines.len(),
            key: None,
            series,
            compared: None,
        }));
        lines
    }

    pub(super) fn is_grouped(&self) -> bool {
        !self.reply.fields.is_empty()
    }

    /// Shows no bucket that reaches beyond the time that is asked about, or beyond now.
    pub(super) fn leave_out_partial(&mut self, now: Timestamp) {
        let end = self.about.window.end.min(now);
        let last = self.times().last().map(|start| start + self.reply.buckets.width);
        // A chart with nothing in it helps nobody.
        if self.slots > 1 && last.is_some_and(|last| last > end) {
            self.slots -= 1;
        }
    }

    /// When each bucket that is shown begins.
    pub(super) fn times(&self) -> impl Iterator<Item = Timestamp> {
        let Buckets { start, width, .. } = self.reply.buckets;
        (0..self.slots).map(move |slot| start + width * u32::try_from(slot).unwrap_or(u32::MAX))
    }
}

/// As `5m`; one that makes no sense is replaced, as Sentry has it.
fn interval(parameters: &Parameters, about: &About) -> Duration {
    let text = parameters.filled("interval").unwrap_or_default();
    let asked = crate::period::duration(text).filter(|interval| {
        let points = about.window.length().as_secs().checked_div(interval.as_secs());
        points.is_some_and(|points| points > 0 && points < MOST_POINTS as u64)
    });
    asked.unwrap_or_else(|| about.window.default_interval())
}

fn top(parameters: &Parameters, groups: &str) -> Result<Option<Top>, ApiError> {
    let Some(text) = parameters.get("topEvents") else {
        return Ok(None);
    };
    let limit: i64 = text
        .parse()
        .map_err(|_| ApiError::bad_request("topEvents must be an integer"))?;
    if limit <= 0 {
        return Err(ApiError::bad_request("topEvents needs to be at least 1"));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit > MOST_TOP {
        return Err(ApiError::bad_request(format_args!(
            "Can only get up to {MOST_TOP} top events"
        )));
    }
    let fields = request::texts(parameters, groups);
    if fields.is_empty() {
        return Err(ApiError::bad_request(format_args!(
            "{groups} is a required parameter when doing topEvents"
        )));
    }
    if fields.iter().any(|field| field == "timestamp") {
        return Err(ApiError::bad_request("Cannot group by timestamp"));
    }
    Ok(Some(Top {
        fields,
        sort: request::sort(parameters),
        limit,
        with_other: parameters.get("excludeOther") != Some("1"),
    }))
}

fn comparison(parameters: &Parameters) -> Result<Option<Duration>, ApiError> {
    let invalid = || ApiError::bad_request("comparisonDelta must be an integer");
    let Some(text) = parameters.filled("comparisonDelta") else {
        return Ok(None);
    };
    let seconds: u64 = text.parse().map_err(|_| invalid())?;
    let delta = Duration::from_secs(seconds);
    // Nobody keeps events that long.
    if delta.is_zero() || delta > crate::period::LONGEST {
        return Err(invalid());
    }
    Ok(Some(delta))
}
