//! How a rule looks over time: for its page, for one that is not saved yet, and around an incident.

use std::time::Duration;

use alerts::metric::{
    Detection, Level, MetricRule,
    chart::{Chart, Line, Span},
    sentence, threshold_text,
};
use model::{ProjectId, Timestamp};
use store::{
    IdPage,
    events::Buckets,
    incidents::{Incident, IncidentFilter, IncidentStatus},
};

use super::{
    ListedAlert,
    change::MINUTE,
    measure::{MeasureError, Subject, compared, values, window},
    usual,
};
use crate::{App, access::OrganizationScope, discover::Window};

/// How many points a chart has at most, and how many incidents are marked.
const MOST_POINTS: u32 = 400;
const MOST_INCIDENTS: i64 = 200;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Why there is no chart; the message is for the reader.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error("{0}")]
    Rule(String),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<MeasureError> for PreviewError {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::Store(error) => Self::Store(error),
            error => Self::Rule(error.to_string()),
        }
    }
}

/// What a rule measured up to now, with its thresholds and incidents.
pub async fn chart(app: &App, scope: &OrganizationScope, alert: &ListedAlert) -> Result<Chart, PreviewError> {
    let subject = Subject {
        scope,
        rule: &alert.rule,
        projects: &alert.stored.projects,
        version: None,
    };
    let end = app.now();
    let mut chart = drawn(app, &subject, end - span(&alert.rule), end).await?;
    let filter = IncidentFilter {
        alert: Some(alert.stored.id),
        since: Some(chart.start),
        ..IncidentFilter::default()
    };
    let page = IdPage::newest(MOST_INCIDENTS);
    let found = store::incidents::list(&mut *app.store.read().await?, scope.organization.id, &filter, page).await?;
    chart.incidents = found.iter().map(marked).collect();
    Ok(chart)
}

/// What a rule that is not saved yet would measure.
pub async fn preview(
    app: &App,
    scope: &OrganizationScope,
    rule: &MetricRule,
    projects: &[ProjectId],
) -> Result<Chart, PreviewError> {
    let projects = scope.visible.narrow(projects);
    let subject = Subject {
        scope,
        rule,
        projects: &projects,
        version: None,
    };
    let end = app.now();
    Ok(drawn(app, &subject, end - span(rule), end).await?)
}

/// What the rule of an incident measured around it.
pub async fn chart_of_incident(
    app: &App,
    scope: &OrganizationScope,
    rule: &MetricRule,
    incident: &Incident,
) -> Result<Chart, PreviewError> {
    let subject = Subject {
        scope,
        rule,
        projects: &incident.projects,
        version: None,
    };
    let before = (window(rule) * 20).clamp(HOUR, DAY * 7);
    let now = app.now();
    let end = incident.closed_at.map_or(now, |closed| (closed + before).min(now));
    let most = (window(rule) * MOST_POINTS).min(Window::LONGEST);
    let start = (incident.started_at - before).max(end - most);
    let mut chart = drawn(app, &subject, start, end).await?;
    chart.incidents = vec![marked(incident)];
    Ok(chart)
}

/// How far back a chart reaches: some hundred windows.
fn span(rule: &MetricRule) -> Duration {
    match rule.window_minutes {
        ..=1 => HOUR * 6,
        2..=5 => DAY,
        6..=15 => DAY * 3,
        16..=60 => DAY * 7,
        _ => DAY * 28,
    }
}

fn marked(incident: &Incident) -> Span {
    Span {
        level: match incident.status {
            IncidentStatus::Warning => Level::Warning,
            _ => Level::Critical,
        },
        start: incident.started_at,
        end: incident.closed_at,
    }
}

async fn drawn(app: &App, subject: &Subject<'_>, start: Timestamp, end: Timestamp) -> Result<Chart, MeasureError> {
    let rule = subject.rule;
    let width = window(rule).max(MINUTE);
    let start = start.truncate(width);
    let slots = end
        .since(start)
        .as_secs()
        .div_ceil(width.as_secs())
        .clamp(1, u64::from(MOST_POINTS));
    let slots = usize::try_from(slots).unwrap_or(1);
    let buckets = Buckets { start, width, slots };
    let points = values(app, subject, buckets).await?;
    let points = match rule.detection {
        Detection::Percent { minutes } => {
            let before = Buckets {
                start: start - MINUTE * minutes,
                ..buckets
            };
            let before = values(app, subject, before).await?;
            let ratio = |(value, before): (Option<f64>, Option<f64>)| compared(value?, before).value();
            points.into_iter().zip(before).map(ratio).collect()
        }
        _ => points,
    };
    let mut chart = Chart {
        title: title(rule, &points),
        start,
        width,
        lines: lines(rule),
        unit: unit(rule),
        ..Chart::default()
    };
    if let Detection::Dynamic { sensitivity } = rule.detection {
        // The band of now: of what is before it only as far as the history reaches.
        let band = usual::band(app, subject, end, sensitivity).await?;
        chart.usual = vec![None; slots.saturating_sub(2)];
        chart.usual.extend(std::iter::repeat_n(band, slots.min(2)));
    }
    chart.points = points;
    Ok(chart)
}

fn title(rule: &MetricRule, points: &[Option<f64>]) -> String {
    let most = points.iter().copied().flatten().fold(None, |most: Option<f64>, value| {
        Some(most.map_or(value, |most| most.max(value)))
    });
    let rules = threshold_text(rule, Level::Critical);
    match most {
        Some(most) => format!("{}: {rules}; at most {}", rule.name, sentence(rule, most)),
        None => format!("{}: {rules}; nothing was measured", rule.name),
    }
}

fn lines(rule: &MetricRule) -> Vec<Line> {
    if matches!(rule.detection, Detection::Dynamic { .. }) {
        return Vec::new();
    }
    let line = |level, threshold| Line {
        level,
        at: rule.compared(threshold),
    };
    let triggers = rule
        .triggers()
        .map(|(level, trigger)| line(Some(level), trigger.threshold));
    triggers
        .chain(rule.resolve_threshold.map(|resolve| line(None, resolve)))
        .collect()
}

fn unit(rule: &MetricRule) -> String {
    let is_share = matches!(rule.detection, Detection::Percent { .. }) || rule.crash_free().is_some();
    if is_share { "%".to_owned() } else { String::new() }
}
