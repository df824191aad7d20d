//! How much is taken in. Sentry sets quotas of organizations and projects outside its public API, so these paths are
//! ours: `…/quotas/` of an organization and of a project. Spike protection is switched as Sentry does it.

mod spike_protection;

pub(crate) use spike_protection::{disable_spike_protection, enable_spike_protection};

use axum::{Json, extract::State};
use httpkit::{
    ApiError, OrganizationAccess, ProjectAccess,
    scopes::{OrgRead, OrgWrite, ProjectRead, ProjectWrite},
};
use quota::{CategoryLimit, Settings};
use serde::Serialize;
use serde_json::Value;
use services::{
    App,
    settings::{self, ProjectTopic as _},
};

use crate::body::Fields;

/// Limits of an organization or a project.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuotasView {
    limits: Vec<CategoryLimit>,
    /// An organization has none: spikes are those of a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    spike_protection: Option<SpikeProtectionView>,
}

#[derive(Debug, Serialize)]
struct SpikeProtectionView {
    enabled: bool,
    /// Items an hour that are never a spike.
    minimum: u64,
    /// How many times the usual traffic is a spike.
    factor: f64,
}

impl QuotasView {
    fn of_organization(settings: Settings) -> Self {
        Self {
            limits: settings.limits,
            spike_protection: None,
        }
    }

    fn of_project(settings: Settings) -> Self {
        let spikes = settings.spike_protection;
        Self {
            limits: settings.limits,
            spike_protection: Some(SpikeProtectionView {
                enabled: spikes.enabled,
                minimum: spikes.minimum,
                factor: spikes.factor,
            }),
        }
    }
}

/// `GET /api/0/projects/{organization}/{project}/quotas/`
pub(crate) async fn show_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<QuotasView>, ApiError> {
    let settings = settings::of_project(&app, &access.scope).await?;
    Ok(Json(QuotasView::of_project(settings.quotas)))
}

/// `PUT /api/0/projects/{organization}/{project}/quotas/`: `limits` replaces all of them, `spikeProtection` what of it
/// is given.
pub(crate) async fn update_of_project(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<QuotasView>, ApiError> {
    let mut quotas = settings::of_project(&app, &access.scope).await?.quotas;
    change_limits(&mut fields, &mut quotas);
    change_spike_protection(&mut fields, &mut quotas);
    fields.refuse_settings(&quotas.problems(), wire_name);
    fields.finish()?;
    settings::set_of_project(&app, &access.scope, &quotas).await?;
    Ok(Json(QuotasView::of_project(quotas)))
}

/// `GET /api/0/organizations/{organization}/quotas/`
pub(crate) async fn show_of_organization(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
) -> Result<Json<QuotasView>, ApiError> {
    let settings = settings::of_organization(&app, &access.scope).await?;
    Ok(Json(QuotasView::of_organization(settings.quotas)))
}

/// `PUT /api/0/organizations/{organization}/quotas/`
pub(crate) async fn update_of_organization(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<QuotasView>, ApiError> {
    let mut quotas = settings::of_organization(&app, &access.scope).await?.quotas;
    change_limits(&mut fields, &mut quotas);
    fields.refuse_settings(&quotas.problems(), wire_name);
    fields.finish()?;
    settings::set_of_organization(&app, &access.scope, &quotas).await?;
    Ok(Json(QuotasView::of_organization(quotas)))
}

fn change_limits(fields: &mut Fields, quotas: &mut Settings) {
    match fields.value("limits") {
        None => {}
        Some(Value::Null) => quotas.limits.clear(),
        Some(limits) => match serde_json::from_value(limits.clone()) {
            Ok(limits) => quotas.limits = limits,
            Err(_) => fields.refuse(
                "limits",
                "Expected a list of objects with categories, limit and window.",
            ),
        },
    }
}

fn change_spike_protection(fields: &mut Fields, quotas: &mut Settings) {
    let Some(change) = fields.object("spikeProtection") else {
        return;
    };
    let spikes = &mut quotas.spike_protection;
    let mut wrong = Vec::new();
    for (name, value) in &change {
        let read = match name.as_str() {
            "enabled" => value.as_bool().map(|enabled| spikes.enabled = enabled),
            "minimum" => value.as_u64().map(|minimum| spikes.minimum = minimum),
            "factor" => value.as_f64().map(|factor| spikes.factor = factor),
            _ => Some(()),
        };
        if read.is_none() {
            wrong.push(name);
        }
    }
    for name in wrong {
        fields.refuse("spikeProtection", &format!("{name} has a value of another type."));
    }
}

/// The way to a field, in the words of the wire.
fn wire_name(field: &str) -> &str {
    match field {
        "spike_protection.minimum" => "spikeProtection.minimum",
        "spike_protection.factor" => "spikeProtection.factor",
        other => other,
    }
}
