//! How alerts are answered and delivered, and the review of a month.

use std::time::Duration;

use askama::Template;
use httpkit::{ApiError, OrganizationAccess, scopes::AlertsRead};
use model::ProjectId;
use services::alert_metrics::{self, GroupBy, GroupKey, Measured, MetricsQuery, Month, Times};

use crate::{
    discover,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    scope,
    shell::{Part, Shell},
    time,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "alert_reports/metrics.html")]
pub(crate) struct MetricsPage {
    pub(crate) shell: Shell,
    /// What all of it is about.
    period: String,
    by: &'static str,
    total: Numbers,
    /// Of the month before, in a review.
    before: Option<Numbers>,
    tables: Vec<Table>,
    /// In a review: the months beside it.
    months: Option<(String, String)>,
    is_cut: bool,
}

#[derive(Debug, Clone)]
struct Table {
    title: String,
    /// What its rows are.
    head: &'static str,
    rows: Vec<(String, Numbers)>,
}

/// Numbers as people read them.
#[derive(Debug, Clone, Default)]
struct Numbers {
    alerts: u64,
    firings: u64,
    acknowledged: String,
    false_alarms: String,
    to_acknowledge: String,
    to_resolve: String,
    delivered: String,
    pending: u64,
}

const NONE: &str = "–";

impl From<&Measured> for Numbers {
    fn from(of: &Measured) -> Self {
        let share = |part: u64, whole: u64, rate: Option<f64>| match rate {
            None => NONE.to_owned(),
            Some(rate) => format!("{:.0}% ({part} of {whole})", rate * 100.0),
        };
        Self {
            alerts: of.alerts,
            firings: of.firings,
            acknowledged: share(of.acknowledged, of.told, of.acknowledgement_rate()),
            false_alarms: share(of.false_alarms, of.alerts, of.false_alarm_rate()),
            to_acknowledge: spans(of.to_acknowledge),
            to_resolve: spans(of.to_resolve),
            delivered: share(of.delivered, of.attempted, of.delivery_rate()),
            pending: of.pending,
        }
    }
}

/// The mean, and the median.
fn spans(times: Times) -> String {
    let span = |of: Option<Duration>| of.map_or_else(|| NONE.to_owned(), |span| time::span(span.as_secs()));
    match (times.mean, times.median) {
        (None, None) => NONE.to_owned(),
        (mean, median) => format!("{}, median {}", span(mean), span(median)),
    }
}

/// `GET /organizations/{organization}/alerts/metrics/`: of the scope's time; with `month` the review of that month.
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<AlertsRead>) -> Result<Page<MetricsPage>, ApiError> {
    let scope = &access.scope;
    let (shell, _) = visit.scoped_shell(scope, Part::Alerts, "Alert metrics").await?;
    if let Some(month) = visit.field("month") {
        return review(&visit, scope, shell, month).await;
    }
    let by = visit.field("by").and_then(GroupBy::from_name).unwrap_or(GroupBy::Rule);
    let window = discover::window(&visit.app, &visit.scope()).map_err(ApiError::bad_request)?;
    let (from, until) = (window.start, window.end);
    let query = MetricsQuery {
        projects: visit.scope().projects.into_iter().map(ProjectId).collect(),
        group_by: Some(by),
        ..MetricsQuery::between(from, until)
    };
    let report = alert_metrics::measure(&visit.app, scope, &query).await?;
    Ok(Page(MetricsPage {
        shell,
        period: format!("{} to {}", time::Absolute(from), time::Absolute(until)),
        by: by.name(),
        total: (&report.total).into(),
        before: None,
        tables: vec![Table {
            title: format!("By {}", by.name()),
            head: label(by),
            rows: rows(&report.groups),
        }],
        months: None,
        is_cut: report.is_cut,
    }))
}

async fn review(
    visit: &Visit,
    scope: &services::access::OrganizationScope,
    shell: Shell,
    month: &str,
) -> Result<Page<MetricsPage>, ApiError> {
    let month: Option<Month> = month.parse().ok();
    let review = alert_metrics::review(&visit.app, scope, month).await?;
    let table = |title: &str, head, groups: &[(GroupKey, Measured)]| Table {
        title: title.to_owned(),
        head,
        rows: rows(groups),
    };
    let link = |month: Month| shell.links.alert_metrics(&[("month", &month.to_string())]);
    Ok(Page(MetricsPage {
        period: format!("Review of {}", review.month),
        by: "",
        total: (&review.total).into(),
        before: Some((&review.before).into()),
        tables: vec![
            table("Rules: how much, and how well answered", "Rule", &review.rules),
            table(
                "Integrations: how well they deliver",
                "Integration",
                &review.integrations,
            ),
            table("Week by week", "Week", &review.weeks),
        ],
        months: Some((link(review.month.previous()), link(review.month.next()))),
        is_cut: false,
        shell,
    }))
}

fn rows(groups: &[(GroupKey, Measured)]) -> Vec<(String, Numbers)> {
    groups.iter().map(|(key, of)| (key.label.clone(), of.into())).collect()
}

fn label(by: GroupBy) -> &'static str {
    match by {
        GroupBy::Team => "Team",
        GroupBy::Project => "Project",
        GroupBy::Rule => "Rule",
        GroupBy::Integration => "Integration",
        GroupBy::Day => "Day",
        GroupBy::Week => "Week",
        GroupBy::Month => "Month",
    }
}

impl MetricsPage {
    fn choices(&self) -> impl Iterator<Item = (&'static str, String, bool)> {
        GroupBy::ALL.iter().map(|by| {
            let link = self.shell.links.alert_metrics(&[("by", by.name())]);
            (label(*by), link, by.name() == self.by)
        })
    }

    /// The review of the month that goes on.
    fn review(&self) -> String {
        self.shell.links.alert_metrics(&[("month", "now")])
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |total: Measured, groups: &[(GroupKey, Measured)], is_review: bool| Self {
            shell: gallery::scoped_shell(
                Part::Alerts,
                "Alert metrics",
                "/organizations/acme/alerts/metrics/",
                scope::Scope::default(),
            ),
            period: if is_review {
                "Review of 2026-11"
            } else {
                "The last 30 days"
            }
            .to_owned(),
            by: if is_review { "" } else { "rule" },
            total: (&total).into(),
            before: is_review.then(|| (&total).into()),
            tables: vec![Table {
                title: "By rule".to_owned(),
                head: "Rule",
                rows: rows(groups),
            }],
            months: is_review.then(|| ("?month=2026-10".to_owned(), "?month=2026-12".to_owned())),
            is_cut: is_review,
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let measured = Measured {
            alerts: 40,
            firings: 212,
            told: 38,
            acknowledged: 30,
            resolved: 22,
            false_alarms: 4,
            to_acknowledge: Times {
                mean: seconds(840),
                median: seconds(310),
            },
            to_resolve: Times {
                mean: seconds(90_000),
                median: seconds(7_200),
            },
            attempted: 300,
            delivered: 297,
            pending: 2,
            retried: 9,
        };
        let group = |label: &str| GroupKey {
            id: "issue:7".to_owned(),
            label: label.to_owned(),
        };
        let groups = [
            (group("New fatal errors"), measured),
            (group(gallery::HOSTILE), Measured::default()),
        ];
        vec![
            Sample::new("alert-metrics-empty", &page(Measured::default(), &[], false)),
            Sample::new("alert-metrics-typical", &page(measured, &groups, false)),
            Sample::new("alert-metrics-review", &page(measured, &groups, true)),
        ]
    }
}
