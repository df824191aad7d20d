//! Push messages to browsers: encrypted for one browser (RFC 8291, RFC 8188) and signed by this installation (RFC 8292).

mod encrypt; // what only the browser can read,
mod vapid; // who sends it

use std::time::Duration;

use http::Method;
use model::SharedClock;
use serde::{Deserialize, Serialize};

pub use vapid::{VapidError, VapidKey};

use crate::{
    Channel, Outgoing, Receipt, Retry, SendError, Sending,
    http::{HttpClient, Request, Trust},
    webhook::judge,
};

/// How long a push service keeps a message for a browser that is not there, in seconds.
const KEPT: u32 = 24 * 3600;

/// Bytes of a message: what all push services take, with the bytes of the encryption.
pub const MOST_BYTES: usize = 3_000;

/// A browser, as it gave itself when somebody allowed messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub endpoint: String,
    /// Base64url: the browser's public key (65 bytes) and its secret (16 bytes).
    pub p256dh: String,
    pub auth: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error("the key of the browser is wrong")]
    Key,
    #[error("the message is too long")]
    TooLong,
    #[error("the address of the push service is wrong")]
    Endpoint,
}

impl Subscription {
    /// What is wrong with it.
    pub fn problem(&self) -> Option<PushError> {
        if encrypt::Receiver::parse(&self.p256dh, &self.auth).is_none() {
            return Some(PushError::Key);
        }
        vapid::origin(&self.endpoint).is_none().then_some(PushError::Endpoint)
    }
}

/// Sends push messages. The target of a delivery is a [`Subscription`], the content what the page's worker reads.
#[derive(Debug, Clone)]
pub struct WebPushChannel {
    client: HttpClient,
    key: std::sync::Arc<VapidKey>,
    clock: SharedClock,
    /// `mailto:` or an address by which push services reach the operator.
    contact: String,
}

impl WebPushChannel {
    pub const SLUG: &'static str = "web_push";

    pub fn new(client: HttpClient, key: VapidKey, clock: SharedClock, contact: &str) -> Self {
        Self {
            client,
            key: std::sync::Arc::new(key),
            clock,
            contact: contact.to_owned(),
        }
    }

    async fn deliver(&self, outgoing: &Outgoing) -> Result<Receipt, SendError> {
        let subscription = Subscription::deserialize(&outgoing.target)
            .map_err(|error| SendError::rejected(format!("what is stored is no browser: {error}")))?;
        let request = self.request(&subscription, outgoing).map_err(SendError::rejected)?;
        let sent = self.client.send(request).await;
        let status = sent.as_ref().map_or(0, |answer| answer.status);
        match (status, judge(sent)) {
            // Whom the service does not know any more has taken the permission back.
            (404 | 410, judged) => judged,
            // It does not trust us: that is ours to mend, and no word about the browser.
            (401 | 403, Err(SendError::Refused { answer })) => Err(SendError::Retry { answer, after: None }),
            (_, Err(SendError::Refused { answer })) => Err(SendError::Rejected { answer }),
            (_, judged) => judged,
        }
    }

    fn request(&self, subscription: &Subscription, outgoing: &Outgoing) -> Result<Request, PushError> {
        let receiver = encrypt::Receiver::parse(&subscription.p256dh, &subscription.auth).ok_or(PushError::Key)?;
        let message = outgoing.content.to_string();
        if message.len() > MOST_BYTES {
            return Err(PushError::TooLong);
        }
        let body = receiver.encrypt(message.as_bytes()).ok_or(PushError::Key)?;
        let origin = vapid::origin(&subscription.endpoint).ok_or(PushError::Endpoint)?;
        let authorization = self.key.authorization(&origin, &self.contact, self.clock.now());
        // One notification is one topic: a second copy takes the place of the first.
        let topic: String = outgoing
            .notification_uuid
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(32)
            .collect();
        let mut request = Request::new(Method::POST, &subscription.endpoint, Trust::Tenant);
        request.body = body.into();
        request.purpose = Self::SLUG;
        let ttl = KEPT.to_string();
        for (name, value) in [
            ("Content-Type", "application/octet-stream"),
            ("Content-Encoding", "aes128gcm"),
            ("TTL", &ttl),
            ("Urgency", "high"),
            ("Topic", &topic),
            ("Authorization", &authorization),
        ] {
            request = request.header(name, value).map_err(|_| PushError::Endpoint)?;
        }
        Ok(request)
    }
}

impl Channel for WebPushChannel {
    fn slug(&self) -> &'static str {
        Self::SLUG
    }

    fn policy(&self) -> Retry {
        Retry {
            first: Duration::from_secs(15),
            most: Duration::from_secs(1800),
            limit: Some(8),
        }
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.deliver(outgoing))
    }
}
