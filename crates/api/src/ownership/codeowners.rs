use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, PathParams, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use model::{CodeownersId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use services::App;
use store::codeowners::CodeownersFile;
use triage::ownership::{Codeowners, unmapped_names};

use super::{refused, view::SchemaView};
use crate::body::Fields;

/// A file, with what its names and places mean here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CodeownersView {
    id: String,
    raw: String,
    source_root: String,
    stack_root: String,
    /// From names in the file to `#team` or an e-mail address.
    names: BTreeMap<String, String>,
    date_created: Timestamp,
    date_updated: Timestamp,
    provider: &'static str,
    schema: SchemaView,
    errors: ErrorsView,
}

/// Names that mean nothing here: their lines own nothing.
#[derive(Debug, Serialize)]
struct ErrorsView {
    unmapped_names: BTreeSet<String>,
}

impl CodeownersView {
    fn of(file: &CodeownersFile) -> Self {
        let CodeownersFile {
            id,
            file,
            created_at,
            changed_at,
            ..
        } = file;
        Self {
            id: id.to_string(),
            raw: file.raw.clone(),
            source_root: file.source_root.clone(),
            stack_root: file.stack_root.clone(),
            names: file.names.clone(),
            date_created: *created_at,
            date_updated: *changed_at,
            provider: "unknown",
            schema: SchemaView::of(&file.rules(), &HashMap::new()),
            errors: ErrorsView {
                unmapped_names: unmapped_names(file),
            },
        }
    }
}

/// `GET /api/0/projects/{organization}/{project}/codeowners/`
pub(crate) async fn list_codeowners(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<Vec<CodeownersView>>, ApiError> {
    let files = services::ownership::list_codeowners(&app, &access.scope).await?;
    Ok(Json(files.iter().map(CodeownersView::of).collect()))
}

/// `POST /api/0/projects/{organization}/{project}/codeowners/`
pub(crate) async fn create_codeowners(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<CodeownersView>), ApiError> {
    fields.required_text("raw");
    let file = read(fields, Codeowners::default())?;
    let file = services::ownership::create_codeowners(&app, &access.scope, file).await;
    Ok((StatusCode::CREATED, Json(CodeownersView::of(&file.map_err(refused)?))))
}

/// `PUT /api/0/projects/{organization}/{project}/codeowners/{codeowners}/`
pub(crate) async fn update_codeowners(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<CodeownersView>, ApiError> {
    let before = services::ownership::get_codeowners(&app, &access.scope, id(&path)?).await?;
    let file = read(fields, before.file.clone())?;
    let file = services::ownership::update_codeowners(&app, &access.scope, before, file).await;
    Ok(Json(CodeownersView::of(&file.map_err(refused)?)))
}

/// `DELETE /api/0/projects/{organization}/{project}/codeowners/{codeowners}/`
pub(crate) async fn delete_codeowners(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    services::ownership::delete_codeowners(&app, &access.scope, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn id(path: &PathParams) -> Result<CodeownersId, ApiError> {
    path.get("codeowners")?.parse().map_err(|_| ApiError::not_found())
}

/// What is absent stays as it was.
fn read(mut fields: Fields, before: Codeowners) -> Result<Codeowners, ApiError> {
    let mut file = Codeowners {
        raw: fields.whole_text("raw").unwrap_or(before.raw),
        source_root: fields.text("sourceRoot").unwrap_or(before.source_root),
        stack_root: fields.text("stackRoot").unwrap_or(before.stack_root),
        names: before.names,
    };
    for (name, root) in [("sourceRoot", &file.source_root), ("stackRoot", &file.stack_root)] {
        if root.len() > 500 {
            fields.refuse(name, "Ensure this field has no more than 500 characters.");
        }
    }
    if let Some(names) = fields.object("names") {
        let text = |value: Value| match value {
            Value::String(text) if text.len() <= 200 => Some(text),
            _ => None,
        };
        let names = names.into_iter().map(|(name, value)| Some((name, text(value)?)));
        match names.collect::<Option<BTreeMap<String, String>>>() {
            Some(names) if names.len() <= 1_000 => file.names = names,
            _ => fields.refuse("names", "Expected names and for each #team or an e-mail address."),
        }
    }
    fields.finish()?;
    Ok(file)
}
