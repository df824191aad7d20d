//! Browsers that show notifications.

use axum::{Json, extract::State};
use http::{HeaderMap, StatusCode, header};
use httpkit::{ApiActor, ApiError, PathParams};
use model::{PushSubscriptionId, Timestamp};
use serde::Serialize;
use services::{
    App,
    notifications::push::{self, Subscription},
};

use super::own;
use crate::body::Fields;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BrowsersView {
    /// With which browsers subscribe.
    public_key: String,
    browsers: Vec<BrowserView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BrowserView {
    id: String,
    user_agent: String,
    date_created: Timestamp,
}

/// `GET /api/0/users/{user}/push-subscriptions/`
pub(crate) async fn list(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<BrowsersView>, ApiError> {
    let own = push::list(&app, own(&actor, &path)?.id).await?.into_iter();
    let browsers = own.map(|browser| BrowserView {
        id: browser.id.to_string(),
        user_agent: browser.user_agent,
        date_created: browser.created_at,
    });
    Ok(Json(BrowsersView {
        public_key: push::public_key(&app).await?,
        browsers: browsers.collect(),
    }))
}

/// `POST /api/0/users/{user}/push-subscriptions/`: `endpoint` and `keys`, as a browser gives them.
pub(crate) async fn subscribe(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<(StatusCode, Json<serde_json::Value>), ApiError> {
    let user = own(&actor, &path)?.id;
    let endpoint = fields.required_text("endpoint");
    let mut keys = Fields::of(fields.object("keys").unwrap_or_default());
    let (p256dh, auth) = (keys.required_text("p256dh"), keys.required_text("auth"));
    if keys.finish().is_err() {
        fields.refuse("keys", "Expected p256dh and auth.");
    }
    fields.finish()?;
    let browser = Subscription {
        endpoint: endpoint.unwrap_or_default(),
        p256dh: p256dh.unwrap_or_default(),
        auth: auth.unwrap_or_default(),
    };
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let id = push::subscribe(&app, user, &browser, agent.unwrap_or_default()).await?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "id": id.to_string() }))))
}

/// `DELETE /api/0/users/{user}/push-subscriptions/{subscription}/`
pub(crate) async fn unsubscribe(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let user = own(&actor, &path)?.id;
    let id = path.get("subscription")?.parse().map_err(|_| ApiError::not_found())?;
    push::unsubscribe(&app, user, PushSubscriptionId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
