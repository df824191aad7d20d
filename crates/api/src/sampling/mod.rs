//! `/api/0/projects/{organization}/{project}/sampling/`, an endpoint of ours: how a project is sampled, and the rules as
//! processing and clients apply them, in their order.

use axum::{Json, extract::State};
use httpkit::{
    ApiError, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use quota::sampling::{Bias, CustomRule, Rule, Settings};
use serde::Serialize;
use serde_json::Value;
use services::{
    App,
    access::{AccessError, ProjectScope},
    project_config,
    settings::{self, ProjectTopic as _},
};

use crate::body::Fields;

/// The version of the rules' form (`ingest.md` §7.2).
const VERSION: u32 = 2;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SamplingView {
    sample_rate: f64,
    biases: Vec<Bias>,
    custom: Vec<CustomRule>,
    version: u32,
    /// All that follows from these settings and from the traffic.
    rules: Vec<Rule>,
}

/// `GET …/sampling/`
pub(crate) async fn show(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<SamplingView>, ApiError> {
    view(&app, &access.scope).await
}

/// `PUT …/sampling/`: `sampleRate`, `biases` and `custom`; `custom` replaces all rules of the project's own.
pub(crate) async fn update(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<SamplingView>, ApiError> {
    let mut sampling = settings::of_project(&app, &access.scope).await?.sampling;
    change(&mut fields, &mut sampling);
    fields.refuse_settings(&sampling.problems(), wire_name);
    fields.finish()?;
    settings::set_of_project(&app, &access.scope, &sampling).await?;
    view(&app, &access.scope).await
}

fn change(fields: &mut Fields, sampling: &mut Settings) {
    match fields.value("sampleRate").map(Value::as_f64) {
        None => {}
        Some(Some(rate)) => sampling.sample_rate = rate,
        Some(None) => fields.refuse("sampleRate", "A number between 0 and 1 is required."),
    }
    change_biases(fields, "biases", sampling);
    if let Some(rules) = fields.value("custom") {
        match serde_json::from_value(rules.clone()) {
            Ok(rules) => sampling.custom = rules,
            Err(error) => fields.refuse("custom", &format!("Expected a list of rules: {error}.")),
        }
    }
}

/// Switches the biases that a field names.
pub(crate) fn change_biases(fields: &mut Fields, name: &str, sampling: &mut Settings) {
    let Some(biases) = fields.value(name).filter(|biases| !biases.is_null()) else {
        return;
    };
    match serde_json::from_value::<Vec<Bias>>(biases.clone()) {
        Ok(biases) => {
            if let Err(error) = sampling.biases.set(&biases) {
                fields.refuse(name, &error.message);
            }
        }
        Err(_) => fields.refuse(name, "Expected a list of objects with id and active."),
    }
}

fn wire_name(field: &str) -> &str {
    match field {
        "sample_rate" => "sampleRate",
        other => other,
    }
}

async fn view(app: &App, scope: &ProjectScope) -> Result<Json<SamplingView>, ApiError> {
    let settings = settings::of_project(app, scope).await?.sampling;
    let config = project_config::get(app, scope.organization.id, scope.project.id).await?;
    let config = config.ok_or(AccessError::NotFound)?;
    Ok(Json(SamplingView {
        sample_rate: settings.sample_rate,
        biases: settings.biases.list(),
        custom: settings.custom,
        version: VERSION,
        rules: config.sampling.clone(),
    }))
}
