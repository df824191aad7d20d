use std::collections::{BTreeMap, HashMap};

use axum::{Json, extract::State};
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use model::{OutcomeKind, ProjectKeyId, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use services::{App, outcomes::Period};
use store::outcomes::{OutcomeGroup, OutcomeSum};

use super::{
    query::{self, Field, NO_REASON},
    shown,
};
use crate::parameters::Parameters;

/// Sums over time.
#[derive(Debug, Serialize)]
pub(crate) struct StatsView {
    start: Timestamp,
    end: Timestamp,
    intervals: Vec<Timestamp>,
    groups: Vec<GroupView>,
}

#[derive(Debug, Serialize)]
struct GroupView {
    by: Map<String, Value>,
    totals: BTreeMap<&'static str, i64>,
    series: BTreeMap<&'static str, Vec<i64>>,
}

/// The most numbers of an answer: groups times buckets.
const MOST_NUMBERS: usize = 1_000_000;

/// `GET /api/0/organizations/{organization}/stats_v2/`: `field`, `groupBy`, and what to count.
pub(crate) async fn show_stats(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<StatsView>, ApiError> {
    let fields = query::fields(&parameters)?;
    let groups = groups(&parameters)?;
    let period = query::period(&parameters, app.now())?;
    let filter = query::filter(&app, &access.scope, &parameters).await?;
    if filter.categories.is_empty() && !groups.contains(&OutcomeGroup::Category) {
        return Err(ApiError::bad_request("Query must have category as groupby or filter"));
    }
    let keys = if groups.contains(&OutcomeGroup::Key) {
        services::project_keys::list_of_organization(&app, &access.scope).await?
    } else {
        Vec::new()
    };
    let mut table = Table {
        intervals: period.buckets(),
        period,
        groups: &groups,
        keys: keys.into_iter().map(|key| (key.id, key.public_key)).collect(),
        rows: BTreeMap::new(),
    };
    for field in &fields {
        for sum in query::sums(&app, &access.scope, &filter, &groups, period, *field).await? {
            table.add(*field, &sum)?;
        }
    }
    Ok(Json(table.view(&fields)))
}

fn groups(parameters: &Parameters) -> Result<Vec<OutcomeGroup>, ApiError> {
    let mut groups = Vec::new();
    for name in parameters.all("groupBy") {
        let group = match name {
            "project" => OutcomeGroup::Project,
            "category" => OutcomeGroup::Category,
            "outcome" => OutcomeGroup::Outcome,
            "reason" => OutcomeGroup::Reason,
            "key" | "key_id" => OutcomeGroup::Key,
            other => return Err(ApiError::bad_request(format_args!("Invalid groupBy: \"{other}\""))),
        };
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    if groups.is_empty() {
        return Err(ApiError::bad_request("At least one \"groupBy\" is required."));
    }
    Ok(groups)
}

/// The sums by what they are told apart by, as it is shown: categories that are shown as one are added up.
#[derive(Debug)]
struct Table<'a> {
    period: Period,
    intervals: Vec<Timestamp>,
    groups: &'a [OutcomeGroup],
    keys: HashMap<ProjectKeyId, String>,
    rows: BTreeMap<Vec<String>, Row>,
}

#[derive(Debug, Default)]
struct Row {
    by: Map<String, Value>,
    series: BTreeMap<&'static str, Vec<i64>>,
}

impl Table<'_> {
    fn add(&mut self, field: Field, sum: &OutcomeSum) -> Result<(), ApiError> {
        let slots = self.intervals.len();
        let by = self.by(sum);
        let place = by.iter().map(|(_, value)| value.to_string()).collect();
        if self.rows.len() * slots > MOST_NUMBERS {
            return Err(ApiError::bad_request(
                "This asks for too many numbers. Use a larger interval, a smaller date range, or fewer groups.",
            ));
        }
        let row = self.rows.entry(place).or_insert_with(|| Row {
            by: by.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            series: BTreeMap::new(),
        });
        let series = row.series.entry(field.name()).or_insert_with(|| vec![0; slots]);
        if let Some(slot) = usize::try_from(sum.slot).ok().and_then(|slot| series.get_mut(slot)) {
            *slot = slot.saturating_add(sum.quantity);
        }
        Ok(())
    }

    fn by(&self, sum: &OutcomeSum) -> Vec<(&'static str, Value)> {
        let value = |group: &OutcomeGroup| match group {
            OutcomeGroup::Project => ("project", sum.project.map(|id| id.0).into()),
            OutcomeGroup::Category => ("category", sum.category.map(shown).into()),
            OutcomeGroup::Outcome => {
                let outcome = sum.outcome.and_then(OutcomeKind::from_number);
                ("outcome", outcome.map(OutcomeKind::name).into())
            }
            OutcomeGroup::Reason => {
                let reason = sum.reason.as_deref().filter(|reason| !reason.is_empty());
                ("reason", reason.unwrap_or(NO_REASON).into())
            }
            // A key that is gone has no name any longer.
            OutcomeGroup::Key => (
                "key_id",
                sum.key
                    .map(|key| self.keys.get(&key).cloned().unwrap_or_else(|| key.to_string()))
                    .into(),
            ),
        };
        self.groups.iter().map(value).collect()
    }

    fn view(self, fields: &[Field]) -> StatsView {
        let slots = self.intervals.len();
        let group = |row: Row| {
            let mut series = row.series;
            for field in fields {
                series.entry(field.name()).or_insert_with(|| vec![0; slots]);
            }
            GroupView {
                by: row.by,
                totals: series
                    .iter()
                    .map(|(name, values)| (*name, values.iter().sum()))
                    .collect(),
                series,
            }
        };
        StatsView {
            start: self.period.start,
            end: self.period.end,
            groups: self.rows.into_values().map(group).collect(),
            intervals: self.intervals,
        }
    }
}
