use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use serde_json::json;

use crate::IngestState;

/// `GET /api/relay/healthcheck/live/`: whether the process runs.
pub(crate) async fn live() -> impl IntoResponse {
    Json(json!({ "is_healthy": true }))
}

/// `GET /api/relay/healthcheck/ready/`: whether events can be accepted.
pub(crate) async fn ready(State(state): State<IngestState>) -> impl IntoResponse {
    let ready = !state.spool.is_closed();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(json!({ "is_healthy": ready })))
}
