//! What `stats_v2` and `stats-summary` are asked for.

use std::{collections::BTreeSet, time::Duration};

use httpkit::ApiError;
use model::{DataCategory, OutcomeKind, ProjectId, Timestamp};
use services::{App, access::OrganizationScope, outcomes::Period};
use store::outcomes::{OutcomeFilter, OutcomeGroup, OutcomeSum};

use super::ERRORS;
use crate::{parameters::Parameters, period};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The time that is asked for when nothing is said.
const DEFAULT_PERIOD: Duration = Duration::from_secs(90 * 24 * 3600);

/// The most points of a series.
const MOST_POINTS: u128 = 10_000;

/// What is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// Bytes of attachments and logs, pieces of everything else.
    Quantity,
    /// Pieces of everything.
    TimesSeen,
}

impl Field {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Quantity => "sum(quantity)",
            Self::TimesSeen => "sum(times_seen)",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Quantity, Self::TimesSeen]
            .into_iter()
            .find(|field| field.name() == name)
    }

    /// The category whose sum stands for this one: the pieces of what is counted in bytes have a category of their own.
    pub(super) fn counted_as(self, category: DataCategory) -> DataCategory {
        match (self, category) {
            (Self::TimesSeen, DataCategory::Attachment) => DataCategory::AttachmentItem,
            (Self::TimesSeen, DataCategory::LogByte) => DataCategory::LogItem,
            (Self::TimesSeen, DataCategory::TraceMetricByte) => DataCategory::TraceMetric,
            (_, category) => category,
        }
    }
}

/// The fields that are asked for; at least one.
pub(super) fn fields(parameters: &Parameters) -> Result<Vec<Field>, ApiError> {
    let mut fields = Vec::new();
    for name in parameters.all("field") {
        let field =
            Field::parse(name).ok_or_else(|| ApiError::bad_request(format_args!("Invalid field: \"{name}\"")))?;
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    if fields.is_empty() {
        return Err(ApiError::bad_request("At least one \"field\" is required."));
    }
    Ok(fields)
}

/// The buckets of `statsPeriod`, or `start` and `end`, and `interval`.
pub(super) fn period(parameters: &Parameters, now: Timestamp) -> Result<Period, ApiError> {
    let interval = interval(parameters)?;
    let asked = period::Period::read(parameters, now)?;
    // An end that is given belongs to the time.
    let end = asked.until.map_or(now, |until| until + Duration::from_secs(1));
    let start = asked.since.unwrap_or(end - DEFAULT_PERIOD);
    // Whole buckets back from the one that holds the end, as many as the time needs; they end now at the latest.
    let length = Timestamp(0) + end.since(start);
    let whole_end = ceil(end, interval);
    let start = whole_end - ceil(length, interval).since(Timestamp(0));
    let now = ceil(now, Duration::from_secs(60));
    let end = if start < now { whole_end.min(now) } else { whole_end };
    if end.since(start).as_micros() / interval.as_micros() > MOST_POINTS {
        return Err(ApiError::bad_request(
            "Your interval and date range would create too many results. Use a larger interval, or a smaller date range.",
        ));
    }
    Ok(Period { start, end, interval })
}

/// The end of the bucket of `width` that this point lies in, or the point itself where a bucket begins.
fn ceil(time: Timestamp, width: Duration) -> Timestamp {
    let start = time.truncate(width);
    if start < time { start + width } else { start }
}

fn interval(parameters: &Parameters) -> Result<Duration, ApiError> {
    let Some(text) = parameters.filled("interval") else {
        return Ok(Period::SMALLEST_INTERVAL);
    };
    let interval = period::duration(text)
        .ok_or_else(|| ApiError::bad_request(format_args!("Invalid interval: {text:?} is no number with a unit.")))?;
    let refused = if interval < Period::SMALLEST_INTERVAL || !interval.as_secs().is_multiple_of(3600) {
        "The interval has to be a multiple of one hour."
    } else if interval > DAY {
        "The interval has to be at most one day."
    } else if !DAY.as_secs().is_multiple_of(interval.as_secs()) {
        "The interval should divide one day without a remainder."
    } else {
        return Ok(interval);
    };
    Err(ApiError::bad_request(refused))
}

/// What is counted: by project, category, outcome, reason and key.
pub(super) async fn filter(
    app: &App,
    scope: &OrganizationScope,
    parameters: &Parameters,
) -> Result<OutcomeFilter, ApiError> {
    let mut filter = OutcomeFilter {
        projects: projects(app, scope, parameters).await?,
        categories: categories(parameters)?,
        outcomes: outcomes(parameters)?,
        reasons: parameters
            .all("reason")
            .filter(|reason| !reason.is_empty())
            .map(|reason| if reason == NO_REASON { "" } else { reason }.to_owned())
            .collect(),
        keys: Vec::new(),
    };
    for name in parameters
        .all("key")
        .chain(parameters.all("key_id"))
        .filter(|key| !key.is_empty())
    {
        let keys = services::project_keys::list_of_organization(app, scope).await?;
        let key = keys
            .iter()
            .find(|key| key.public_key == name || key.id.to_string() == name);
        let key = key.ok_or_else(|| ApiError::bad_request(format_args!("Invalid key: \"{name}\"")))?;
        filter.keys.push(key.id);
    }
    Ok(filter)
}

/// How accepted items, which have no reason, are shown among those that have one.
pub(super) const NO_REASON: &str = "none";

/// Those that are named; empty for all of the organization.
pub(crate) async fn projects(
    app: &App,
    scope: &OrganizationScope,
    parameters: &Parameters,
) -> Result<Vec<ProjectId>, ApiError> {
    let named: Vec<&str> = parameters.all("project").filter(|name| !name.is_empty()).collect();
    if named.iter().any(|name| matches!(*name, "-1" | "$all")) {
        return Ok(Vec::new());
    }
    let known = services::projects::list(app, scope).await?;
    let find = |name: &str| {
        known
            .iter()
            .find(|project| project.id.to_string() == name || project.slug == name)
            .map(|project| project.id)
            .ok_or_else(|| ApiError::forbidden("You do not have permission to perform this action."))
    };
    named.into_iter().map(find).collect()
}

fn categories(parameters: &Parameters) -> Result<Vec<i64>, ApiError> {
    let mut categories = BTreeSet::new();
    for name in parameters.all("category").filter(|name| !name.is_empty()) {
        // The summary is asked for some of them in the plural.
        let singular = name.strip_suffix('s').and_then(DataCategory::from_name);
        let category = DataCategory::from_name(name)
            .or(singular)
            .filter(|category| *category != DataCategory::Unknown)
            .ok_or_else(|| ApiError::bad_request(format_args!("Invalid category: \"{name}\"")))?;
        if ERRORS.contains(&category) {
            categories.extend(ERRORS);
        } else {
            categories.insert(category);
        }
    }
    if categories.contains(&DataCategory::Attachment) && categories.len() > 1 {
        return Err(ApiError::bad_request(
            "If filtering by attachment no other category may be present: attachments are counted in bytes.",
        ));
    }
    Ok(categories.into_iter().map(DataCategory::number).collect())
}

/// The outcomes that are asked for, by number.
pub(super) fn outcomes(parameters: &Parameters) -> Result<Vec<i64>, ApiError> {
    parameters
        .all("outcome")
        .filter(|name| !name.is_empty())
        .map(|name| {
            OutcomeKind::from_name(name)
                .map(OutcomeKind::number)
                .ok_or_else(|| ApiError::bad_request(format_args!("Invalid outcome: \"{name}\"")))
        })
        .collect()
}

/// The sums of one field. Categories are told apart whenever they are needed to say what is summed.
pub(super) async fn sums(
    app: &App,
    scope: &OrganizationScope,
    filter: &OutcomeFilter,
    groups: &[OutcomeGroup],
    period: Period,
    field: Field,
) -> Result<Vec<OutcomeSum>, ApiError> {
    if field == Field::Quantity {
        return Ok(services::outcomes::sums(app, scope, filter, groups, period).await?);
    }
    // The pieces of what is counted in bytes are asked for instead of the bytes, and shown under its name.
    let bytes = [
        DataCategory::Attachment,
        DataCategory::LogByte,
        DataCategory::TraceMetricByte,
    ];
    let pieces = |category: i64| bytes.into_iter().find(|byte| byte.number() == category);
    let filter = OutcomeFilter {
        categories: filter
            .categories
            .iter()
            .map(|category| pieces(*category).map_or(*category, |byte| field.counted_as(byte).number()))
            .collect(),
        ..filter.clone()
    };
    let mut sums = services::outcomes::sums(app, scope, &filter, groups, period).await?;
    let wanted_all = filter.categories.is_empty();
    if wanted_all {
        sums.retain(|sum| sum.category.is_none_or(|category| pieces(category).is_none()));
    }
    for sum in &mut sums {
        let shown = bytes
            .into_iter()
            .find(|byte| sum.category == Some(field.counted_as(*byte).number()));
        if let Some(shown) = shown {
            sum.category = Some(shown.number());
        }
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use axum::extract::FromRequestParts as _;

    use super::*;

    /// 2026-11-21T02:40:30Z
    const NOW: Timestamp = Timestamp(1_795_228_830_000_000);

    async fn check(query: &str, start: &str, end: &str, buckets: usize) {
        let request = http::Request::get(format!("/?{query}")).body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        let Ok(parameters) = Parameters::from_request_parts(&mut parts, &()).await;
        let period = period(&parameters, NOW).unwrap();
        let found = (period.start.to_string(), period.end.to_string(), period.buckets().len());
        assert_eq!(found, (start.to_owned(), end.to_owned(), buckets), "{query}");
    }

    #[tokio::test]
    async fn the_time_is_cut_into_whole_buckets() {
        check("statsPeriod=24h", "2026-11-20T03:00:00Z", "2026-11-21T02:41:00Z", 24).await;
        check("statsPeriod=1h", "2026-11-21T02:00:00Z", "2026-11-21T02:41:00Z", 1).await;
        check("statsPeriod=90m", "2026-11-21T01:00:00Z", "2026-11-21T02:41:00Z", 2).await;
        check(
            "statsPeriod=14d&interval=1d",
            "2026-11-08T00:00:00Z",
            "2026-11-21T02:41:00Z",
            14,
        )
        .await;
        let days = "start=2026-11-01T00:00:00&end=2026-11-02T23:59:59&interval=1d";
        check(days, "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z", 2).await;
        let hours = "start=2026-11-01T00:00:00&end=2026-11-01T02:00:00";
        check(hours, "2026-11-01T00:00:00Z", "2026-11-01T03:00:00Z", 3).await;
    }
}
