//! Questions that members of an organization keep and share.

use std::collections::HashSet;

use model::{DiscoverQueryId, ProjectId, Timestamp};
use query::{Dataset, EventContext};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{
    discover_queries::{self, DiscoverQuery, QueryPage},
    users::User,
};

use crate::{
    App,
    access::{AccessError, OrganizationScope},
};

const LONGEST_NAME: usize = 255;

/// How many an organization keeps at most.
const MOST_QUERIES: i64 = 5_000;

/// How much one may hold, as JSON.
const MOST_BYTES: usize = 64 * 1024;

/// What is asked, in the fields of the API. What is not said is left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Question {
    pub environment: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    pub fields: Vec<String>,
    /// Of the columns.
    pub widths: Vec<String>,
    /// As `24h`; or [`Self::start`] and [`Self::end`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orderby: Option<String>,
    pub y_axis: Vec<String>,
    /// The kind of chart: `default`, `previous`, `top5`, `daily`, `dailytop5`, `bar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_events: Option<u8>,
    /// Of the chart, as `1h`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
}

/// What is saved.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQuery {
    pub name: String,
    pub dataset: SavedDataset,
    /// All of the organization when empty.
    pub projects: Vec<ProjectId>,
    pub question: Question,
}

/// A question that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedQuery {
    pub id: DiscoverQueryId,
    /// `None` when the user is gone.
    pub created_by: Option<User>,
    pub name: String,
    pub dataset: SavedDataset,
    /// Those that the actor sees.
    pub projects: Vec<ProjectId>,
    pub question: Question,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub visits: i64,
}

/// What saved questions are about, in Sentry's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SavedDataset {
    /// Both; from before they were told apart.
    Discover,
    #[default]
    Errors,
    Transactions,
}

impl SavedDataset {
    const ALL: [Self; 3] = [Self::Discover, Self::Errors, Self::Transactions];

    pub fn name(self) -> &'static str {
        match self {
            Self::Discover => "discover",
            Self::Errors => "error-events",
            Self::Transactions => "transaction-like",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| dataset.name() == name)
    }

    pub fn datasets(self) -> Vec<Dataset> {
        match self {
            Self::Discover => vec![Dataset::Errors, Dataset::Transactions],
            Self::Errors => vec![Dataset::Errors],
            Self::Transactions => vec![Dataset::Transactions],
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("a name is required")]
    NoName,
    #[error("the name is longer than {LONGEST_NAME} characters")]
    NameTooLong,
    #[error("you must include at least one field")]
    NoFields,
    #[error("cannot save invalid query: {0}")]
    Query(query::ParseError),
    #[error("the project {0} does not exist or cannot be seen")]
    NoProject(ProjectId),
    #[error("the query is too large")]
    TooLarge,
    #[error("the organization keeps {MOST_QUERIES} queries already: delete some")]
    TooMany,
    #[error("there is no such query")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Of the projects that a query is about, those that the actor sees.
fn visible(scope: &OrganizationScope, projects: &[ProjectId]) -> Vec<ProjectId> {
    let all = projects.iter().copied();
    all.filter(|project| scope.visible.has(*project)).collect()
}

impl SavedQuery {
    fn of(row: DiscoverQuery, scope: &OrganizationScope) -> Result<Self, store::Error> {
        Ok(Self {
            projects: visible(scope, &row.projects),
            question: serde_json::from_value(Value::Object(row.query)).map_err(store::Error::from)?,
            dataset: SavedDataset::from_name(&row.dataset).unwrap_or_default(),
            id: row.id,
            created_by: row.created_by,
            name: row.name,
            created_at: row.created_at,
            updated_at: row.updated_at,
            visits: row.visits,
        })
    }
}

pub async fn list(app: &App, scope: &OrganizationScope, page: &QueryPage) -> Result<Vec<SavedQuery>, store::Error> {
    let rows = discover_queries::list(&mut *app.store.read().await?, scope.organization.id, page).await?;
    rows.into_iter().map(|row| SavedQuery::of(row, scope)).collect()
}

pub async fn get(app: &App, scope: &OrganizationScope, id: DiscoverQueryId) -> Result<SavedQuery, AccessError> {
    let row = discover_queries::find(&mut *app.store.read().await?, scope.organization.id, id).await?;
    Ok(SavedQuery::of(row.ok_or(AccessError::NotFound)?, scope)?)
}

pub async fn create(app: &App, scope: &OrganizationScope, new: &NewQuery) -> Result<SavedQuery, SaveError> {
    let organization = scope.organization.id;
    let mut tx = app.store.begin().await?;
    check(app, scope, &mut tx, new).await?;
    if discover_queries::count(&mut tx, organization).await? >= MOST_QUERIES {
        return Err(SaveError::TooMany);
    }
    let now = app.now();
    let row = DiscoverQuery {
        id: DiscoverQueryId(app.ids.next()),
        organization,
        created_by: scope.actor.user().cloned(),
        name: new.name.trim().to_owned(),
        dataset: new.dataset.name().to_owned(),
        projects: new.projects.clone(),
        query: object(&new.question)?,
        created_at: now,
        updated_at: now,
        visits: 1,
        last_visited_at: Some(now),
    };
    discover_queries::create(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(SavedQuery::of(row, scope)?)
}

/// Replaces all that is asked.
pub async fn update(
    app: &App,
    scope: &OrganizationScope,
    id: DiscoverQueryId,
    new: &NewQuery,
) -> Result<SavedQuery, SaveError> {
    let mut tx = app.store.begin().await?;
    let row = discover_queries::find(&mut tx, scope.organization.id, id).await?;
    let row = row.ok_or(SaveError::Gone)?;
    check(app, scope, &mut tx, new).await?;
    // Who sends back the projects that they see takes none of the others away.
    let is_as_seen = new.projects == visible(scope, &row.projects);
    let row = DiscoverQuery {
        name: new.name.trim().to_owned(),
        dataset: new.dataset.name().to_owned(),
        projects: if is_as_seen { row.projects } else { new.projects.clone() },
        query: object(&new.question)?,
        updated_at: app.now(),
        ..row
    };
    discover_queries::update(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(SavedQuery::of(row, scope)?)
}

pub async fn delete(app: &App, scope: &OrganizationScope, id: DiscoverQueryId) -> Result<(), AccessError> {
    let mut tx = app.store.begin().await?;
    if !discover_queries::delete(&mut tx, scope.organization.id, id).await? {
        return Err(AccessError::NotFound);
    }
    Ok(tx.commit().await?)
}

/// Notes that somebody opened it.
pub async fn visit(app: &App, scope: &OrganizationScope, id: DiscoverQueryId) -> Result<(), AccessError> {
    let mut tx = app.store.begin().await?;
    if !discover_queries::add_visit(&mut tx, scope.organization.id, id, app.now()).await? {
        return Err(AccessError::NotFound);
    }
    Ok(tx.commit().await?)
}

fn object(question: &Question) -> Result<serde_json::Map<String, Value>, SaveError> {
    match serde_json::to_value(question).map_err(store::Error::from)? {
        Value::Object(object) => Ok(object),
        _ => Ok(serde_json::Map::new()),
    }
}

async fn check(app: &App, scope: &OrganizationScope, tx: &mut store::Tx, new: &NewQuery) -> Result<(), SaveError> {
    let name = new.name.trim();
    if name.is_empty() {
        return Err(SaveError::NoName);
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(SaveError::NameTooLong);
    }
    if new.question.fields.is_empty() {
        return Err(SaveError::NoFields);
    }
    let bytes = serde_json::to_vec(&new.question).map_err(store::Error::from)?.len();
    if bytes > MOST_BYTES {
        return Err(SaveError::TooLarge);
    }
    let context = EventContext {
        datasets: new.dataset.datasets(),
        now: app.now(),
    };
    query::parse_events(new.question.query.as_deref().unwrap_or_default(), &context).map_err(SaveError::Query)?;
    if new.projects.is_empty() {
        return Ok(());
    }
    let known = store::projects::list(tx, scope.organization.id).await?;
    let known: HashSet<ProjectId> = scope
        .visible
        .keep(known)
        .into_iter()
        .map(|project| project.id)
        .collect();
    match new.projects.iter().find(|project| !known.contains(project)) {
        Some(absent) => Err(SaveError::NoProject(*absent)),
        None => Ok(()),
    }
}
