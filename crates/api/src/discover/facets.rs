use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use query::{Field, Known};
use serde::Serialize;
use services::{App, discover};
use store::events::Facet;

use super::request::{self, NamedDataset};
use crate::{page::PageRequest, parameters::Parameters};

/// How many values go with a tag.
const TOP_VALUES: usize = 10;

/// How many tags are shown without a wish.
const DEFAULT_TAGS: usize = 10;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FacetView {
    key: String,
    top_values: Vec<FacetValueView>,
}

#[derive(Debug, Serialize)]
struct FacetValueView {
    name: String,
    value: String,
    count: i64,
}

/// `GET /api/0/organizations/{organization}/events-facets/`: the tags of what matches, with their most frequent values,
/// by key; the project is among them where there are several.
pub(crate) async fn list_facets(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let dataset = NamedDataset::read(&parameters)?;
    let about = request::about(&app, &access.scope, &parameters, dataset).await?;
    let projects = services::projects::list(&app, &access.scope).await?;
    let mut facets = discover::facets(&app, &access.scope, &about, TOP_VALUES, None).await?;
    if about.projects.len() != 1 && projects.len() > 1 {
        let project = [Field::Known(Known::Project)];
        facets.extend(discover::facets(&app, &access.scope, &about, TOP_VALUES, Some(&project)).await?);
    }
    let slug = |value: &str| {
        let found = projects.iter().find(|project| project.id.to_string() == value);
        found.map_or_else(|| value.to_owned(), |project| project.slug.clone())
    };
    let view = |facet: Facet| {
        let is_project = facet.field == Field::Known(Known::Project);
        let values = facet.values.into_iter().map(|value| FacetValueView {
            name: if is_project {
                slug(&value.value)
            } else {
                value.value.clone()
            },
            value: value.value,
            count: value.rows,
        });
        FacetView {
            key: if is_project {
                "project".to_owned()
            } else {
                facet.field.to_string()
            },
            top_values: values.collect(),
        }
    };
    let mut views: Vec<FacetView> = facets.into_iter().map(view).collect();
    views.sort_by(|left, right| left.key.cmp(&right.key));
    if parameters.filled("includeAll").is_some() {
        return Ok(Json(views).into_response());
    }
    Ok(page
        .with_default(&parameters, DEFAULT_TAGS)
        .of_whole(&app.url, views)
        .into_response())
}

#[derive(Debug, Serialize)]
pub(crate) struct CountView {
    count: i64,
}

/// `GET /api/0/organizations/{organization}/events-meta/`: how many events match.
pub(crate) async fn show_count(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<CountView>, ApiError> {
    let dataset = NamedDataset::read(&parameters)?;
    let about = request::about(&app, &access.scope, &parameters, dataset).await?;
    let count = discover::count(&app, &access.scope, &about).await?;
    Ok(Json(CountView { count }))
}
