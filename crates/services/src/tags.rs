//! The tags of events: of an issue's, and of all.

use model::Timestamp;
use query::{Condition, Expr, Field, Known};
use store::{
    events::{Facet, FacetValue, Scope, ValueOrder},
    issues::Issue,
};

use crate::{
    App,
    access::{AccessError, OrganizationScope},
    discover::{self, About, DiscoverError, Resolved},
    events::{ask, scope_of_issue},
};

/// A tag key and its most frequent values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagSummary {
    pub key: String,
    /// How many events have the tag.
    pub events: i64,
    pub unique_values: i64,
    pub top_values: Vec<TagValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagValue {
    pub value: String,
    pub events: i64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

/// All tags of an issue's events in these environments (in all when none is named) with their `top` most frequent values,
/// keys in order.
pub async fn summaries(
    app: &App,
    issue: &Issue,
    environments: &[String],
    top: usize,
) -> Result<Vec<TagSummary>, store::Error> {
    let mut summaries = facets(app, issue, environments, None, top).await?;
    summaries.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(summaries)
}

pub async fn summary(
    app: &App,
    issue: &Issue,
    environments: &[String],
    key: &str,
    top: usize,
) -> Result<TagSummary, AccessError> {
    let found = facets(app, issue, environments, Some(field_of(key)), top).await?;
    found
        .into_iter()
        .find(|summary| summary.events > 0)
        .ok_or(AccessError::NotFound)
}

/// Which values of a tag to list.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuePage {
    /// What they must hold, in any case.
    pub contains: String,
    pub order: ValueOrder,
    pub offset: usize,
    pub limit: usize,
}

/// The values of one tag of an issue's events.
pub async fn values(
    app: &App,
    issue: &Issue,
    environments: &[String],
    key: &str,
    page: ValuePage,
) -> Result<Vec<TagValue>, store::Error> {
    let Some((scope, filter)) = rows_of(app, issue, environments).await? else {
        return Ok(Vec::new());
    };
    let field = field_of(key);
    let found = ask(app, move |index, limits| {
        let ValuePage {
            contains,
            order,
            offset,
            limit,
        } = &page;
        index.tag_values(&scope, &filter, &field, contains, *order, *offset, *limit, limits)
    })
    .await?;
    Ok(found.values.into_iter().map(TagValue::from).collect())
}

/// The tags of all rows that a question is about, and how many rows have each; keys in order.
pub async fn keys(app: &App, scope: &OrganizationScope, about: &About) -> Result<Vec<(String, i64)>, DiscoverError> {
    let Resolved { scope: rows, query, .. } = discover::resolve(app, scope, about, &[]).await?;
    let found = discover::ask(app, scope.organization.id, move |index, limits| {
        index.tag_keys(&rows, &query.filter, limits)
    })
    .await?;
    let mut keys: Vec<(String, i64)> = found
        .into_iter()
        .map(|found| (found.field.to_string(), found.rows))
        .collect();
    keys.sort();
    Ok(keys)
}

/// What is stored of a tag key.
pub fn field_of(key: &str) -> Field {
    match Known::of_tag(key) {
        Some(known) => Field::Known(known),
        None => Field::Tag(key.to_owned()),
    }
}

/// The events of an issue, in these environments.
async fn rows_of(
    app: &App,
    issue: &Issue,
    environments: &[String],
) -> Result<Option<(Scope, Expr<Condition>)>, store::Error> {
    let Some((datasets, filter)) = scope_of_issue(app, issue.project, issue.id).await? else {
        return Ok(None);
    };
    let scope = Scope {
        datasets,
        projects: vec![issue.project],
        environments: environments.to_vec(),
        start: Timestamp(0),
        end: Timestamp(i64::MAX),
    };
    Ok(Some((scope, filter)))
}

async fn facets(
    app: &App,
    issue: &Issue,
    environments: &[String],
    field: Option<Field>,
    top: usize,
) -> Result<Vec<TagSummary>, store::Error> {
    let Some((scope, filter)) = rows_of(app, issue, environments).await? else {
        return Ok(Vec::new());
    };
    let fields = field.map(|field| vec![field]);
    let facets = ask(app, move |index, limits| {
        index.facets(&scope, &filter, None, top, fields.as_deref(), limits)
    })
    .await?;
    Ok(facets.into_iter().map(TagSummary::from).collect())
}

impl From<Facet> for TagSummary {
    fn from(facet: Facet) -> Self {
        Self {
            key: facet.field.to_string(),
            events: facet.rows,
            unique_values: facet.distinct,
            top_values: facet.values.into_iter().map(TagValue::from).collect(),
        }
    }
}

impl From<FacetValue> for TagValue {
    fn from(value: FacetValue) -> Self {
        Self {
            value: value.value,
            events: value.rows,
            first_seen: value.first_seen,
            last_seen: value.last_seen,
        }
    }
}
