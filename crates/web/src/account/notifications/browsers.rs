//! The browsers that show notifications, and the script that does it in them.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, header};
use httpkit::{ApiError, CsrfForm, PathParams};
use model::{PushSubscriptionId, Timestamp, UserId};
use serde::Deserialize;
use services::{
    App,
    notifications::push::{self, Subscription},
};

use super::{page, saved};
use crate::{
    form::{FormErrors, NoFields},
    projects::settings::refused,
    urls,
    visit::Visit,
};

#[derive(Debug, Clone)]
pub(super) struct BrowserRow {
    pub(super) id: i64,
    pub(super) user_agent: String,
    pub(super) since: Timestamp,
}

impl BrowserRow {
    pub(super) fn remove(&self) -> String {
        format!("{}browsers/{}/remove/", urls::NOTIFICATIONS, self.id)
    }
}

pub(super) async fn rows(app: &App, user: UserId) -> Result<Vec<BrowserRow>, ApiError> {
    let own = push::list(app, user).await?.into_iter();
    Ok(own
        .map(|browser| BrowserRow {
            id: browser.id.0,
            user_agent: browser.user_agent,
            since: browser.created_at,
        })
        .collect())
}

/// What the browser gave the page's script.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct BrowserForm {
    endpoint: String,
    p256dh: String,
    auth: String,
}

/// `POST /settings/account/notifications/browsers/`
pub(crate) async fn subscribe(
    visit: Visit,
    headers: HeaderMap,
    CsrfForm { form, .. }: CsrfForm<BrowserForm>,
) -> Result<Response, ApiError> {
    let browser = Subscription {
        endpoint: form.endpoint,
        p256dh: form.p256dh,
        auth: form.auth,
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    match push::subscribe(&visit.app, visit.user().id, &browser, agent.unwrap_or_default()).await {
        Ok(_) => Ok(saved()),
        Err(error) => Ok(refused(page(&visit, None, FormErrors::of_api(error.into())?).await?)),
    }
}

/// `POST /settings/account/notifications/browsers/{browser}/remove/`
pub(crate) async fn remove(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let id = path.get("browser")?.parse().map_err(|_| ApiError::not_found())?;
    push::unsubscribe(&visit.app, visit.user().id, PushSubscriptionId(id)).await?;
    Ok(saved())
}

/// `GET /push-worker.js`: a fixed name at the root, since a worker serves what lies below its own path, and browsers ask
/// for it again by that name.
pub(crate) async fn worker() -> Response {
    let about = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/javascript; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (about, include_str!("../../../assets/push-worker.js")).into_response()
}
