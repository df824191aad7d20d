use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use model::{OutcomeKind, ProjectId, Timestamp};
use serde::Serialize;
use services::{App, outcomes::Period};
use store::outcomes::OutcomeGroup;

use super::{query, shown};
use crate::parameters::Parameters;

/// Totals by project.
#[derive(Debug, Serialize)]
pub(crate) struct SummaryView {
    start: Timestamp,
    end: Timestamp,
    projects: Vec<ProjectView>,
}

#[derive(Debug, Serialize)]
struct ProjectView {
    id: String,
    slug: String,
    stats: Vec<CategoryView>,
}

#[derive(Debug, Clone, Serialize)]
struct CategoryView {
    category: &'static str,
    outcomes: BTreeMap<&'static str, i64>,
    totals: BTreeMap<&'static str, i64>,
}

/// What Sentry adds up as dropped: the rest was not wanted, by settings or by the client.
const DROPPED: [OutcomeKind; 2] = [OutcomeKind::RateLimited, OutcomeKind::Invalid];

/// `GET /api/0/organizations/{organization}/stats-summary/`; as a table in CSV with `download`.
pub(crate) async fn show_summary(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let scope = &access.scope;
    let fields = query::fields(&parameters)?;
    let wanted = query::outcomes(&parameters)?;
    // One bucket of the whole time: its hours are whole.
    let asked = query::period(&parameters, app.now())?;
    let period = Period {
        interval: asked.end.since(asked.start),
        ..asked
    };
    let filter = query::filter(&app, scope, &parameters).await?;
    let groups = [OutcomeGroup::Project, OutcomeGroup::Outcome, OutcomeGroup::Category];
    let mut stats: BTreeMap<ProjectId, BTreeMap<&'static str, CategoryView>> = BTreeMap::new();
    for field in fields {
        for sum in query::sums(&app, scope, &filter, &groups, period, field).await? {
            let (Some(project), Some(category), Some(outcome)) = (
                sum.project,
                sum.category,
                sum.outcome.and_then(OutcomeKind::from_number),
            ) else {
                continue;
            };
            let of_project = stats.entry(project).or_default();
            let category = shown(category);
            let view = of_project
                .entry(category)
                .or_insert_with(|| CategoryView::empty(category, &wanted));
            *view.totals.entry(field.name()).or_default() += sum.quantity;
            *view.outcomes.entry(outcome.name()).or_default() += sum.quantity;
            if DROPPED.contains(&outcome) {
                *view.totals.entry("dropped").or_default() += sum.quantity;
            }
        }
    }
    let projects = services::projects::list(&app, scope).await?;
    let view = |(id, stats): (ProjectId, BTreeMap<_, CategoryView>)| {
        // A project that is being deleted is not shown any longer.
        let project = projects.iter().find(|project| project.id == id)?;
        Some(ProjectView {
            id: id.to_string(),
            slug: project.slug.clone(),
            stats: stats.into_values().collect(),
        })
    };
    let projects: Vec<ProjectView> = stats.into_iter().filter_map(view).collect();
    if parameters.filled("download").is_some_and(|text| text != "false") {
        return Ok(download(&projects));
    }
    Ok(Json(SummaryView {
        start: period.start,
        end: period.end,
        projects,
    })
    .into_response())
}

impl CategoryView {
    fn empty(category: &'static str, wanted: &[i64]) -> Self {
        let all = OutcomeKind::ALL.iter().copied();
        let shown = |kind: &OutcomeKind| wanted.is_empty() || wanted.contains(&kind.number());
        let with_dropped = DROPPED.iter().any(shown);
        Self {
            category,
            outcomes: all.filter(shown).map(|kind| (kind.name(), 0)).collect(),
            totals: with_dropped.then_some(("dropped", 0)).into_iter().collect(),
        }
    }
}

/// A line a project, a column for each outcome and total of each category that any of them has.
fn download(projects: &[ProjectView]) -> Response {
    let cells = |project: &ProjectView| -> BTreeMap<String, i64> {
        let of_category = |stats: &CategoryView| {
            let category = stats.category;
            let named = stats.outcomes.iter().chain(&stats.totals);
            named
                .map(|(name, value)| (format!("{name}_{category}s"), *value))
                .collect::<Vec<_>>()
        };
        project.stats.iter().flat_map(of_category).collect()
    };
    let rows: Vec<_> = projects.iter().map(|project| (project, cells(project))).collect();
    let mut columns: Vec<&String> = Vec::new();
    for (_, cells) in &rows {
        for name in cells.keys() {
            if !columns.contains(&name) {
                columns.push(name);
            }
        }
    }
    columns.sort();
    let mut text = String::from("project_id,project_slug");
    for column in &columns {
        text.push(',');
        text.push_str(column);
    }
    for (project, cells) in &rows {
        // Slugs and names of categories hold nothing that CSV would have to quote.
        text.push_str(&format!("\r\n{},{}", project.id, project.slug));
        for column in &columns {
            text.push_str(&format!(",{}", cells.get(*column).copied().unwrap_or(0)));
        }
    }
    text.push_str("\r\n");
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"stats_summary.csv\""),
        ),
    ];
    (headers, text).into_response()
}
