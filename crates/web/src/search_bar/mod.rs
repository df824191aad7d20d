//! What a search bar offers while somebody types: keys, and the values that events have. Without script it is a plain
//! field.

use axum::Json;
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use model::ProjectId;
use query::{
    Condition, Dataset, Field, Known, Pattern, Test,
    search::complete::{At, Mode, complete},
};
use serde::Serialize;
use services::{
    App,
    access::OrganizationScope,
    discover::{About, ValuesRequest, values},
};
use store::events::ValueOrder;

use crate::{scope::Scope, text::line, urls::Links, visit::Visit};

/// What could stand where the cursor is.
#[derive(Debug, Serialize, PartialEq, Eq, Default)]
pub(crate) struct Offer {
    /// What a chosen one takes the place of, in characters.
    start: usize,
    end: usize,
    items: Vec<Item>,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct Item {
    /// What is put into the search.
    text: String,
    /// What it means, or how often it occurs.
    detail: String,
}

/// A search is no longer than this.
const MAX_TEXT: usize = 2_000;
const MOST_VALUES: usize = 10;
const MOST_ITEMS: usize = 20;
/// Values that would fill the list alone are not offered.
const MAX_VALUE: usize = 200;

/// Where the search bar of the issue list asks.
pub(crate) fn of_issues(links: &Links) -> String {
    links.complete(&[("mode", "issues")])
}

/// Where that of events asks.
pub(crate) fn of_events(links: &Links, dataset: Dataset) -> String {
    links.complete(&[("mode", "events"), ("dataset", dataset.name())])
}

/// `GET /organizations/{organization}/search/complete/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<OrgRead>) -> Result<Json<Offer>, ApiError> {
    let text: String = visit.field("text").unwrap_or_default().chars().take(MAX_TEXT).collect();
    let cursor = visit.field("cursor").and_then(|cursor| cursor.parse().ok());
    let (mode, dataset) = match visit.field("mode") {
        Some("events") => {
            let dataset = visit.field("dataset").and_then(Dataset::from_name);
            let dataset = dataset.unwrap_or(Dataset::Errors);
            (Mode::Events(vec![dataset]), dataset)
        }
        _ => (Mode::Issues, Dataset::Errors),
    };
    let found = complete(&text, cursor.unwrap_or(usize::MAX), &mode);
    let known = found.suggestions.into_iter().map(|suggestion| Item {
        text: suggestion.text,
        detail: suggestion.detail.to_owned(),
    });
    let mut items: Vec<Item> = known.collect();
    if let At::Value {
        field: Some(field),
        prefix,
        ..
    } = &found.at
    {
        let more = match field {
            Field::Known(Known::Project) => projects(&visit.app, &access.scope, prefix).await?,
            _ => occurring(&visit.app, &access.scope, &visit.scope(), dataset, field, prefix).await,
        };
        for item in more {
            if items.iter().all(|known| known.text.trim_end() != item.text) {
                items.push(item);
            }
        }
    }
    items.truncate(MOST_ITEMS);
    Ok(Json(Offer {
        start: found.range.start,
        end: found.range.end,
        items,
    }))
}

async fn projects(app: &App, scope: &OrganizationScope, prefix: &str) -> Result<Vec<Item>, ApiError> {
    let projects = services::projects::list(app, scope).await?;
    let found = projects.into_iter().filter(|project| project.slug.contains(prefix));
    let item = |project: store::projects::Project| Item {
        text: project.slug,
        detail: project.name,
    };
    Ok(found.take(MOST_VALUES).map(item).collect())
}

/// The most frequent values that events have. That there are none, or no answer in time, is no error for who types.
async fn occurring(
    app: &App,
    scope: &OrganizationScope,
    chosen: &Scope,
    dataset: Dataset,
    field: &Field,
    prefix: &str,
) -> Vec<Item> {
    let Ok(window) = crate::discover::window(app, chosen) else {
        return Vec::new();
    };
    let request = ValuesRequest {
        about: About {
            datasets: vec![dataset],
            projects: chosen.projects.iter().copied().map(ProjectId).collect(),
            environments: chosen.environments.clone(),
            window,
            query: String::new(),
        },
        field: field.clone(),
        contains: prefix.trim_matches(['*', '!', '"']).to_owned(),
        order: ValueOrder::Rows,
        limit: MOST_VALUES,
        offset: 0,
    };
    let Ok(found) = values(app, scope, &request).await else {
        return Vec::new();
    };
    let fits = |value: &str| !value.is_empty() && value.len() <= MAX_VALUE && line(value, MAX_VALUE) == value;
    let item = |found: store::events::FacetValue| Item {
        text: written(field, &found.value),
        detail: crate::number::of(u64::try_from(found.rows).unwrap_or(0), "event"),
    };
    let all = found.values.into_iter().filter(|found| fits(&found.value));
    all.map(item).collect()
}

/// A value as it is written behind the colon: in quotes where it must be.
fn written(field: &Field, value: &str) -> String {
    let condition = Condition::Field {
        field: field.clone(),
        test: Test::Any(vec![Pattern::Exact(value.to_owned())]),
    };
    let text = condition.to_string();
    let key = Condition::Field {
        field: field.clone(),
        test: Test::Any(vec![Pattern::Exact("x".to_owned())]),
    };
    let key_length = key.to_string().len() - 1;
    text.get(key_length..).map_or_else(|| value.to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_where_it_must_be() {
        for (field, value, expected) in [
            (Field::Known(Known::Release), "web@1.2", "web@1.2"),
            (Field::Known(Known::Title), "a b", "\"a b\""),
            (Field::Known(Known::Environment), "x\"y", "\"x\\\"y\""),
        ] {
            assert_eq!(written(&field, value), expected);
        }
    }
}
