//! Letting go of what has expired: whole days where nobody wants them any longer, else the rows of a project.

use std::collections::BTreeMap;

use model::{OrganizationId, ProjectId, Timestamp};
use query::{Aggregate, Column, Dataset, EventQuery, Expr};
use store::events::{Cell, Day, Limits, QuestionError, Removal, RowsOf, Scope, TableQuestion};

use crate::{
    App,
    events::{self, RemoveError},
    settings,
};

use super::RetentionSettings;

/// Where nobody has set a time (Sentry's own default).
const DEFAULT_DAYS: u32 = 90;

/// Issues that are removed in one transaction.
const ISSUES_A_STEP: i64 = 200;

/// What holds where neither project nor organization say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationRetention {
    pub days: u32,
    /// How much the whole index may take; the oldest day goes first. `None`: as much as there is.
    pub index_bytes: Option<u64>,
}

impl Default for InstallationRetention {
    fn default() -> Self {
        Self {
            days: DEFAULT_DAYS,
            index_bytes: None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ExpireError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Remove(#[from] RemoveError),
    #[error("the folder of the event index could not be read or changed")]
    Folder(#[from] std::io::Error),
}

/// The rules for one project, with those of its organization and the installation behind them.
#[derive(Debug, Clone)]
struct Rules {
    project: ProjectId,
    own: RetentionSettings,
    organization: RetentionSettings,
    installation: u32,
}

impl Rules {
    /// Of rows without an environment that has a time of its own.
    fn days(&self, dataset: Dataset) -> u32 {
        let own = self.own.days_of(dataset).or_else(|| self.organization.days_of(dataset));
        own.unwrap_or(self.installation)
    }

    /// The longest time that any row is kept.
    fn longest(&self, dataset: Dataset) -> u32 {
        let environments = self.own.environments.values().copied();
        environments.fold(self.days(dataset), u32::max)
    }
}

/// The first day that is still kept at `now`: a day is kept until all of it is old enough.
fn first_kept(now: Timestamp, days: u32) -> Day {
    Day(Day::of(now).0.saturating_sub(i32::try_from(days).unwrap_or(i32::MAX)))
}

/// From when on rows of these projects can be read, for a reader who asks from `start` on: what is older only waits to be
/// removed.
pub async fn earliest(
    app: &App,
    organization: OrganizationId,
    projects: &[ProjectId],
    datasets: &[Dataset],
    start: Timestamp,
) -> Result<Timestamp, store::Error> {
    let now = app.now();
    // Nothing is kept for less, so nothing has to be looked up.
    if start >= first_kept(now, 1).start() {
        return Ok(start);
    }
    let rules = rules_of(app, organization, Some(projects)).await?;
    let days = rules
        .iter()
        .flat_map(|rules| datasets.iter().map(|dataset| rules.longest(*dataset)))
        .max();
    let days = days.unwrap_or_else(|| installation(app).days);
    Ok(first_kept(now, days).start().max(start))
}

fn installation(app: &App) -> InstallationRetention {
    app.retention.get().cloned().unwrap_or_default()
}

/// Of all projects of an organization, or of those of them that are named.
async fn rules_of(
    app: &App,
    organization: OrganizationId,
    named: Option<&[ProjectId]>,
) -> Result<Vec<Rules>, store::Error> {
    let installation = installation(app).days;
    let mut db = app.store.read().await?;
    let of_organization = settings::read_organization(&mut db, organization).await?.retention;
    let mut rules = Vec::new();
    for project in store::projects::list(&mut db, organization).await? {
        if named.is_some_and(|named| !named.contains(&project.id)) {
            continue;
        }
        rules.push(Rules {
            project: project.id,
            own: settings::read_project(&mut db, project.id).await?.retention,
            organization: of_organization.clone(),
            installation,
        });
    }
    Ok(rules)
}

/// Lets everything go that has expired or is too much. Meant to be called every hour.
pub async fn expire(app: &App) -> Result<(), ExpireError> {
    let mut rules = Vec::new();
    let organizations = store::organizations::list_all(&mut *app.store.read().await?).await?;
    for organization in organizations {
        rules.extend(rules_of(app, organization.id, None).await?);
    }
    drop_days(app, &rules).await?;
    for rules in &rules {
        expire_project(app, rules).await?;
        limit_project(app, rules).await?;
        expire_issues(app, rules).await?;
    }
    limit_installation(app).await
}

/// Deletes the days that no project wants any longer: space comes back at once.
async fn drop_days(app: &App, rules: &[Rules]) -> Result<(), ExpireError> {
    let now = app.now();
    for info in app.events.days()? {
        let days = rules.iter().map(|rules| rules.longest(info.dataset)).max();
        if info.day < first_kept(now, days.unwrap_or_else(|| installation(app).days)) {
            drop_day(app, info.dataset, info.day).await?;
        }
    }
    Ok(())
}

async fn drop_day(app: &App, dataset: Dataset, day: Day) -> Result<(), ExpireError> {
    let index = app.events.clone();
    let work = tokio::task::spawn_blocking(move || index.drop_day(dataset, day));
    if work.await.expect("deleting a folder does not panic")? {
        tracing::info!(dataset = %dataset, day = %day, "a day of the event index has expired and was deleted");
    }
    Ok(())
}

/// Removes rows of a project that others keep longer.
async fn expire_project(app: &App, rules: &Rules) -> Result<(), ExpireError> {
    let now = app.now();
    for dataset in Dataset::ALL {
        for (environment, days) in &rules.own.environments {
            let before = first_kept(now, *days);
            let filter = Some(environment.as_str());
            if count(app, rules.project, dataset, filter, before).await? > 0 {
                remove(
                    app,
                    rules.project,
                    dataset,
                    RowsOf::Environment(environment.clone()),
                    before,
                )
                .await?;
            }
        }
        let before = first_kept(now, rules.days(dataset));
        if rules.own.environments.is_empty() {
            if count(app, rules.project, dataset, None, before).await? > 0 {
                remove(app, rules.project, dataset, RowsOf::All, before).await?;
            }
            continue;
        }
        // The others of its environments, each by itself.
        for environment in environments(app, rules.project, dataset, before).await? {
            if !rules.own.environments.contains_key(&environment) {
                remove(app, rules.project, dataset, RowsOf::Environment(environment), before).await?;
            }
        }
    }
    Ok(())
}

async fn remove(app: &App, project: ProjectId, dataset: Dataset, rows: RowsOf, before: Day) -> Result<(), ExpireError> {
    let removal = Removal {
        project,
        rows,
        datasets: vec![dataset],
        before: Some(before),
    };
    let rows = events::remove(app, removal).await?;
    tracing::info!(project.id = %project, dataset = %dataset, before = %before, rows, "rows of a project have expired");
    Ok(())
}

fn scope(project: ProjectId, dataset: Dataset, environment: Option<&str>, before: Day) -> Scope {
    Scope {
        datasets: vec![dataset],
        projects: vec![project],
        environments: environment.into_iter().map(str::to_owned).collect(),
        start: Timestamp(i64::MIN),
        end: before.start(),
    }
}

async fn count(
    app: &App,
    project: ProjectId,
    dataset: Dataset,
    environment: Option<&str>,
    before: Day,
) -> Result<i64, store::Error> {
    let scope = scope(project, dataset, environment, before);
    let rows = table(app, scope, vec![Column::Aggregate(Aggregate::Count)]).await?;
    Ok(match rows.first().and_then(|row| row.first()) {
        Some(Cell::Integer(count)) => *count,
        _ => 0,
    })
}

/// The environments of a project's rows; an empty name is that of rows without one.
async fn environments(
    app: &App,
    project: ProjectId,
    dataset: Dataset,
    before: Day,
) -> Result<Vec<String>, store::Error> {
    let columns = vec![
        Column::Field(query::Field::Known(query::Known::Environment)),
        Column::Aggregate(Aggregate::Count),
    ];
    let rows = table(app, scope(project, dataset, None, before), columns).await?;
    let name = |row: Vec<Cell>| match row.into_iter().next() {
        Some(Cell::Text(name)) => name,
        _ => String::new(),
    };
    Ok(rows.into_iter().map(name).collect())
}

async fn table(app: &App, scope: Scope, columns: Vec<Column>) -> Result<Vec<Vec<Cell>>, store::Error> {
    let question = TableQuestion {
        columns,
        query: EventQuery {
            filter: Expr::all(),
            having: Vec::new(),
        },
        order: Vec::new(),
        limit: 1_000,
        offset: 0,
        bindings: None,
    };
    let index = app.events.clone();
    // Nobody waits for it, so it may take its time.
    let limits = Limits {
        time: std::time::Duration::from_secs(300),
        ..Limits::default()
    };
    let work = tokio::task::spawn_blocking(move || index.table(&scope, &question, &limits));
    let answer: Result<_, QuestionError> = work.await.expect("reading the index does not panic");
    Ok(answer?.rows)
}

/// Removes the oldest days of a project until the rest is within its bytes. What a row takes is the average of its day.
async fn limit_project(app: &App, rules: &Rules) -> Result<(), ExpireError> {
    let Some(limit) = rules.own.bytes else { return Ok(()) };
    let today = Day::of(app.now());
    let mut shares: BTreeMap<Day, Vec<(Dataset, u64)>> = BTreeMap::new();
    for info in app
        .events
        .days()?
        .into_iter()
        .filter(|info| !info.damaged && info.rows > 0)
    {
        let of_day = Scope {
            start: info.day.start(),
            ..scope(rules.project, info.dataset, None, Day(info.day.0 + 1))
        };
        let rows = table(app, of_day, vec![Column::Aggregate(Aggregate::Count)]).await?;
        if let Some(Cell::Integer(rows)) = rows.first().and_then(|row| row.first()) {
            let bytes = info.bytes.saturating_mul(u64::try_from(*rows).unwrap_or(0)) / info.rows;
            shares.entry(info.day).or_default().push((info.dataset, bytes));
        }
    }
    let mut total: u64 = shares.values().flatten().map(|(_, bytes)| bytes).sum();
    for (day, datasets) in shares {
        if total <= limit || day >= today {
            break;
        }
        for (dataset, bytes) in datasets {
            remove(app, rules.project, dataset, RowsOf::All, Day(day.0 + 1)).await?;
            total = total.saturating_sub(bytes);
        }
    }
    Ok(())
}

/// Deletes the oldest days until the index is within its bytes; today stays.
async fn limit_installation(app: &App) -> Result<(), ExpireError> {
    let Some(limit) = installation(app).index_bytes else {
        return Ok(());
    };
    let today = Day::of(app.now());
    let days = app.events.days()?;
    let mut total: u64 = days.iter().map(|info| info.bytes).sum();
    for info in days {
        if total <= limit || info.day >= today {
            break;
        }
        drop_day(app, info.dataset, info.day).await?;
        total = total.saturating_sub(info.bytes);
    }
    Ok(())
}

/// Removes issues all of whose events have expired.
async fn expire_issues(app: &App, rules: &Rules) -> Result<(), ExpireError> {
    let longest = rules.longest(Dataset::Errors).max(rules.longest(Dataset::Occurrences));
    let before = first_kept(app.now(), longest).start();
    loop {
        let mut tx = app.store.begin().await?;
        let hidden = store::issues::mark_older_deleting(&mut tx, rules.project, before, ISSUES_A_STEP).await?;
        tx.commit().await?;
        if hidden == 0 {
            return Ok(());
        }
        app.wake_purge();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_setting_decides() {
        let mut rules = Rules {
            project: ProjectId(1),
            own: RetentionSettings::default(),
            organization: RetentionSettings::default(),
            installation: 90,
        };
        assert_eq!(rules.days(Dataset::Logs), 90);
        rules.organization.days = Some(60);
        assert_eq!(rules.days(Dataset::Logs), 60);
        rules.organization.datasets.insert("logs".to_owned(), 14);
        assert_eq!((rules.days(Dataset::Logs), rules.days(Dataset::Errors)), (14, 60));
        rules.own.days = Some(30);
        assert_eq!((rules.days(Dataset::Logs), rules.days(Dataset::Errors)), (30, 30));
        rules.own.environments.insert("production".to_owned(), 365);
        assert_eq!((rules.days(Dataset::Logs), rules.longest(Dataset::Logs)), (30, 365));
    }

    #[test]
    fn a_day_is_kept_until_all_of_it_is_old_enough() {
        let noon = Timestamp(Day(20_000).start().0 + 43_200_000_000);
        assert_eq!(first_kept(noon, 1), Day(19_999));
        assert_eq!(first_kept(noon, u32::MAX), Day(20_000 - i32::MAX));
    }
}
