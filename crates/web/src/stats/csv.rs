//! The counts of the page as CSV: all categories, every hour or wider bucket.

use axum::response::Response;
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use model::{DataCategory, OutcomeKind, ProjectId};
use store::{
    outcomes::{OutcomeFilter, OutcomeGroup, OutcomeSum},
    projects::Project,
};

use super::sums;
use crate::{
    csv::{self, field},
    issues::time_of,
    visit::Visit,
};

const HEAD: &str = "from,project,category,outcome,reason,quantity\r\n";

/// `GET /organizations/{organization}/stats/csv/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<OrgRead>) -> Result<Response, ApiError> {
    let (app, scope) = (&visit.app, &access.scope);
    let projects = services::projects::list(app, scope).await?;
    let (since, until) = time_of(&visit.scope(), app.now());
    let period = sums::period(since, until.unwrap_or(app.now()));
    let filter = OutcomeFilter {
        projects: visit.scope().projects.into_iter().map(ProjectId).collect(),
        ..OutcomeFilter::default()
    };
    let groups = [
        OutcomeGroup::Project,
        OutcomeGroup::Category,
        OutcomeGroup::Outcome,
        OutcomeGroup::Reason,
    ];
    let found = services::outcomes::sums(app, scope, &filter, &groups, period).await?;
    let starts = period.buckets();
    let mut text = HEAD.to_owned();
    for sum in &found {
        let Some(start) = usize::try_from(sum.slot).ok().and_then(|slot| starts.get(slot)) else {
            continue;
        };
        text.push_str(&line(&start.to_string(), sum, &projects));
    }
    Ok(csv::file("attachment; filename=\"stats.csv\"", text))
}

fn line(start: &str, sum: &OutcomeSum, projects: &[Project]) -> String {
    let project = sum
        .project
        .and_then(|id| projects.iter().find(|project| project.id == id));
    let category = sum
        .category
        .and_then(DataCategory::from_number)
        .unwrap_or(DataCategory::Unknown);
    let outcome = sum.outcome.and_then(OutcomeKind::from_number);
    format!(
        "{start},{},{},{},{},{}\r\n",
        project.map_or_else(String::new, |project| field(&project.slug)),
        category.name(),
        outcome.map_or("", OutcomeKind::name),
        field(sum.reason.as_deref().unwrap_or_default()),
        sum.quantity,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_names_of_numbers() {
        let sum = OutcomeSum {
            project: None,
            category: Some(1),
            outcome: Some(1),
            reason: Some("localhost".to_owned()),
            key: None,
            slot: 0,
            quantity: 7,
        };
        assert_eq!(
            line("2026-11-21T07:00:00Z", &sum, &[]),
            "2026-11-21T07:00:00Z,,error,filtered,localhost,7\r\n"
        );
    }
}
