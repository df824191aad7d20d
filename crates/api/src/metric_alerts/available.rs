use axum::{Json, extract::State};
use httpkit::{ApiError, OrganizationAccess, scopes::AlertsRead};
use serde_json::{Value, json};
use services::App;

/// `GET /api/0/organizations/{organization}/alert-rules/available-actions/`: what the triggers of a rule may do, as far as
/// the services for it are there.
pub(crate) async fn list_available_actions(
    _access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let mut actions = vec![json!({
        "type": "email",
        "allowedTargetTypes": ["user", "team", "specific"],
        "integrationName": null,
        "integrationId": null,
        "status": "active",
    })];
    for slug in app.channels.slugs() {
        if alerts::metric::is_service(slug) {
            actions.push(json!({
                "type": slug,
                "allowedTargetTypes": ["specific"],
                "integrationName": null,
                "integrationId": null,
                "status": "active",
            }));
        }
    }
    Ok(Json(actions))
}
