//! A plain webhook: JSON by POST to an address, signed when there is a secret.

use std::{collections::BTreeMap, time::Duration};

use ring::hmac;
use serde::Deserialize;

use crate::{
    Channel, Outgoing, Receipt, Retry, SendError, Sending,
    http::{Answer, HttpClient, HttpError, Request, Trust},
};

/// Where a webhook goes.
#[derive(Debug, Clone, Deserialize)]
struct Target {
    url: String,
    /// Signs the body.
    #[serde(default)]
    secret: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// What it says.
#[derive(Debug, Clone, Deserialize)]
struct Content {
    /// JSON as it goes out: the bytes are signed.
    body: String,
    /// Which resource changed, as `event_alert`.
    #[serde(default)]
    resource: String,
    /// Seconds since 1970, of the cause: the same in all attempts.
    #[serde(default)]
    timestamp: i64,
}

/// Characters of an answer that are kept.
const EXCERPT: usize = 200;

/// Sends webhooks.
#[derive(Debug, Clone)]
pub struct WebhookChannel {
    client: HttpClient,
    time_limit: Duration,
}

impl WebhookChannel {
    pub const SLUG: &'static str = "webhook";

    pub fn new(client: HttpClient) -> Self {
        Self {
            client,
            time_limit: Request::TIME_LIMIT,
        }
    }

    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    async fn deliver(&self, outgoing: &Outgoing) -> Result<Receipt, SendError> {
        let unreadable =
            |error: serde_json::Error| SendError::refused(format!("what is stored is no webhook: {error}"));
        let target = Target::deserialize(&outgoing.target).map_err(unreadable)?;
        let content = Content::deserialize(&outgoing.content).map_err(unreadable)?;
        let mut request = self.request(outgoing, &target, &content).map_err(SendError::refused)?;
        request.time_limit = self.time_limit;
        request.purpose = Self::SLUG;
        judge(self.client.send(request).await)
    }

    fn request(&self, outgoing: &Outgoing, target: &Target, content: &Content) -> Result<Request, HttpError> {
        let mut request = Request::post(&target.url, Trust::Tenant, "application/json", content.body.clone());
        for (name, value) in &target.headers {
            request = request.header(name, value)?;
        }
        request = request
            .header("Request-ID", &outgoing.notification_uuid)?
            .header("Tocsin-Delivery", &outgoing.delivery.0.to_string())?
            .header("Tocsin-Attempt", &outgoing.attempt.to_string())?
            .header("Sentry-Hook-Timestamp", &content.timestamp.to_string())?;
        if !content.resource.is_empty() {
            request = request.header("Sentry-Hook-Resource", &content.resource)?;
        }
        if !target.secret.is_empty() {
            let signature = signature(&target.secret, content.body.as_bytes());
            request = request.header("Sentry-Hook-Signature", &signature)?;
        }
        Ok(request)
    }
}

/// HMAC-SHA256 of the body in hex digits, as receivers of webhooks check it.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What an answer means for the delivery. Also for other channels that speak HTTP in the usual way.
pub(crate) fn judge(result: Result<Answer, HttpError>) -> Result<Receipt, SendError> {
    let answer = match result {
        Ok(answer) => answer,
        Err(error) if error.is_for_good() => return Err(SendError::refused(error)),
        Err(error) if error.may_have_arrived() => {
            return Err(SendError::Lost {
                answer: error.to_string(),
            });
        }
        Err(error) => return Err(SendError::retry(error)),
    };
    let said = format!("{} {}", answer.status, answer.excerpt(EXCERPT))
        .trim()
        .to_owned();
    match answer.status {
        200..=299 => Ok(Receipt { answer: said }),
        408 | 425 | 429 | 500..=599 => Err(SendError::Retry {
            answer: said,
            after: answer.retry_after(),
        }),
        _ => Err(SendError::Refused { answer: said }),
    }
}

impl Channel for WebhookChannel {
    fn slug(&self) -> &'static str {
        Self::SLUG
    }

    fn policy(&self) -> Retry {
        Retry {
            first: Duration::from_secs(15),
            most: Duration::from_secs(3600),
            limit: Some(12),
        }
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.deliver(outgoing))
    }
}
