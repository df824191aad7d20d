//! What every question about events is asked with: dataset, projects, environments, time, search.

use std::time::Duration;

use httpkit::ApiError;
use query::Dataset;
use services::{
    App,
    access::OrganizationScope,
    discover::{self, About, Window},
};

use crate::{
    issues,
    parameters::{Parameters, environments},
    period,
};

/// What a dataset is called by clients, and what of ours it is. The first name of a pair is the one in answers.
const DATASETS: [(&[&str], &[Dataset]); 6] = [
    (&["discover"], &[Dataset::Errors, Dataset::Transactions]),
    (&["errors", "events"], &[Dataset::Errors]),
    // Sentry keeps sums of transactions apart; here the same answers come from the transactions themselves.
    (
        &["transactions", "metricsEnhanced", "metrics", "discoverTransactions"],
        &[Dataset::Transactions],
    ),
    (&["spans", "spansIndexed", "spansMetrics"], &[Dataset::Spans]),
    (&["logs", "ourlogs"], &[Dataset::Logs]),
    (&["issuePlatform", "search_issues"], &[Dataset::Occurrences]),
];

/// A dataset as clients know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamedDataset {
    pub(super) name: &'static str,
    pub(super) datasets: &'static [Dataset],
}

impl NamedDataset {
    /// `discover` when nothing is said, as Sentry has it.
    pub(crate) fn read(parameters: &Parameters) -> Result<Self, ApiError> {
        let name = parameters.filled("dataset").unwrap_or("discover");
        let found = DATASETS.iter().find(|(names, _)| names.contains(&name));
        let Some((names, datasets)) = found else {
            let known: Vec<&str> = DATASETS.iter().map(|(names, _)| names[0]).collect();
            return Err(ApiError::bad_request(format_args!(
                "dataset must be one of: {}",
                known.join(", ")
            )));
        };
        Ok(Self {
            name: names[0],
            datasets,
        })
    }
}

/// Reads what a question is about.
pub(crate) async fn about(
    app: &App,
    scope: &OrganizationScope,
    parameters: &Parameters,
    dataset: NamedDataset,
) -> Result<About, ApiError> {
    Ok(About {
        datasets: dataset.datasets.to_vec(),
        projects: issues::named_projects(app, scope, parameters).await?,
        environments: environments(app, scope, parameters).await?,
        window: window(app, parameters)?,
        query: parameters.get("query").unwrap_or_default().to_owned(),
    })
}

/// `statsPeriod`; `statsPeriodStart` and `statsPeriodEnd`, both back from now; or `start` and `end`.
fn window(app: &App, parameters: &Parameters) -> Result<Window, ApiError> {
    let now = app.now();
    if parameters.filled("statsPeriod").is_none() {
        let ago = |name| parameters.filled(name).map(|text| duration(name, text)).transpose();
        match (ago("statsPeriodStart")?, ago("statsPeriodEnd")?) {
            (None, None) => {}
            (Some(start), Some(end)) => return Ok(Window::between(now - start, now - end)?),
            _ => {
                return Err(ApiError::bad_request(
                    "statsPeriodStart and statsPeriodEnd are both required",
                ));
            }
        }
    }
    if let Some(text) = parameters.filled("statsPeriod") {
        return Ok(discover::up_to_now(app, duration("statsPeriod", text)?)?);
    }
    let period = period::Period::read(parameters, now)?;
    match (period.since, period.until) {
        (Some(start), Some(end)) => Ok(Window::between(start, end)?),
        _ => Ok(discover::up_to_now(app, Window::DEFAULT)?),
    }
}

/// A number and a unit.
pub(super) fn duration(name: &str, text: &str) -> Result<Duration, ApiError> {
    period::duration(text).ok_or_else(|| {
        ApiError::bad_request(format_args!(
            "Invalid {name}: {text:?} is no number followed by s, m, h, d or w."
        ))
    })
}

/// The values of a parameter that are not empty.
pub(super) fn texts(parameters: &Parameters, name: &str) -> Vec<String> {
    parameters
        .all(name)
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `sort`, or `orderby` as older clients call it.
pub(super) fn sort(parameters: &Parameters) -> Vec<String> {
    let sort = texts(parameters, "sort");
    if sort.is_empty() {
        texts(parameters, "orderby")
    } else {
        sort
    }
}
