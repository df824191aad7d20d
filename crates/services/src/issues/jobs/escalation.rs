//! Forecasts for issues that are archived until they escalate.

use std::{collections::BTreeMap, time::Duration};

use model::{IssueId, OrganizationId, Timestamp};
use store::issues::Forecast;

use crate::{App, issues::event_counts};

const HOUR: Duration = Duration::from_secs(3_600);

/// A forecast is made anew after this.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How many issues one step looks at.
const ISSUES_A_STEP: i64 = 50;

/// Makes forecasts for some issues that have none, or an old one. Returns `false` when none are left. Nobody's event waits
/// for it: the index is asked outside of any transaction.
pub(super) async fn step(app: &App) -> Result<bool, store::Error> {
    let now = app.now();
    let old = now - LIFETIME;
    let waiting = store::issues::without_forecast(&mut *app.store.read().await?, old, ISSUES_A_STEP).await?;
    if waiting.is_empty() {
        return Ok(false);
    }
    let mut by_organization: BTreeMap<OrganizationId, Vec<IssueId>> = BTreeMap::new();
    for issue in &waiting {
        by_organization.entry(issue.organization).or_default().push(issue.id);
    }
    let mut forecasts = Vec::new();
    for (organization, ids) in by_organization {
        let issues = store::issues::find_all(&mut *app.store.read().await?, organization, &ids).await?;
        let counts = event_counts(app, &issues, HOUR, triage::HOURS).await?;
        for (issue, counts) in issues.iter().zip(counts) {
            let known = hours_since(issue.first_seen, now).min(counts.counts.len());
            let hourly = &counts.counts[counts.counts.len() - known..];
            let forecast = Forecast {
                from: now.truncate(HOUR),
                ceilings: triage::ceilings(hourly).to_vec(),
            };
            forecasts.push((issue.project, issue.id, forecast));
        }
    }
    let mut tx = app.store.begin().await?;
    for (project, issue, forecast) in forecasts {
        store::issues::set_forecast(&mut tx, project, issue, &forecast).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// How many of the last hours an issue has been there, the present one too.
fn hours_since(first_seen: Timestamp, now: Timestamp) -> usize {
    let hours = now.since(first_seen).as_secs() / HOUR.as_secs() + 1;
    usize::try_from(hours).unwrap_or(usize::MAX)
}
