use std::{
    collections::BTreeMap,
    fmt::Debug,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use model::DeliveryId;
use serde_json::Value;

/// One attempt to deliver one message to one recipient. All attempts of a delivery have the same content.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub delivery: DeliveryId,
    /// Names the notification to its receivers, so that they can see that they have it already.
    pub notification_uuid: String,
    /// 1 is the first.
    pub attempt: u32,
    /// Where it goes; by channel.
    pub target: Value,
    /// The message; by channel.
    pub content: Value,
}

/// The receiver has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What the receiver said, for people.
    pub answer: String,
}

/// The receiver does not have it, or may not have it. `answer` is what was said or went wrong, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may go better later; `after` is when the receiver wants to be asked again.
    #[error("{answer}")]
    Retry { answer: String, after: Option<Duration> },
    /// The receiver will never take it, nor anything else: it is gone, or does not want us.
    #[error("{answer}")]
    Refused { answer: String },
    /// This message will never be taken. That says nothing of the receiver.
    #[error("{answer}")]
    Rejected { answer: String },
    /// All of it was sent, and the answer did not come: it may have arrived.
    #[error("{answer}")]
    Lost { answer: String },
    /// The channel has no settings: nothing was tried, and nothing can be.
    #[error("{answer}")]
    NotSetUp { answer: String },
}

impl SendError {
    pub fn retry(answer: impl ToString) -> Self {
        Self::Retry {
            answer: answer.to_string(),
            after: None,
        }
    }

    pub fn refused(answer: impl ToString) -> Self {
        Self::Refused {
            answer: answer.to_string(),
        }
    }

    pub fn rejected(answer: impl ToString) -> Self {
        Self::Rejected {
            answer: answer.to_string(),
        }
    }

    pub fn answer(&self) -> &str {
        match self {
            Self::Retry { answer, .. }
            | Self::Refused { answer }
            | Self::Rejected { answer }
            | Self::Lost { answer }
            | Self::NotSetUp { answer } => answer,
        }
    }
}

/// How long to wait between attempts, and how often to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    pub first: Duration,
    pub most: Duration,
    /// After so many attempts somebody has to look at it. None: it is tried for ever.
    pub limit: Option<u32>,
}

impl Retry {
    /// The same pause each time, for ever.
    pub const fn every(pause: Duration) -> Self {
        Self {
            first: pause,
            most: pause,
            limit: None,
        }
    }

    /// The pause after the attempt of this number, counted from 1; `None` when it was the last. Growing pauses are
    /// shortened by up to a fifth, by `random` from 0 to 1, so that what failed together does not come back together.
    pub fn wait(&self, attempt: u32, random: f64) -> Option<Duration> {
        if self.limit.is_some_and(|limit| attempt >= limit) {
            return None;
        }
        if self.first == self.most {
            return Some(self.first);
        }
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1).min(31));
        let pause = self.first.saturating_mul(doubled).min(self.most);
        Some(pause.mul_f64(1.0 - 0.2 * random.clamp(0.0, 1.0)))
    }
}

pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Receipt, SendError>> + Send + 'a>>;

/// A way to tell people something.
pub trait Channel: Debug + Send + Sync {
    /// Stored with each delivery.
    fn slug(&self) -> &'static str;

    fn policy(&self) -> Retry;

    /// It is told when an alert rule that names it is made or changed, so that people there see what will come. Meant
    /// for places where people talk: who reads a webhook or a mailbox has no use for it.
    fn confirms_rules(&self) -> bool {
        false
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a>;
}

/// The channels that there are.
#[derive(Debug, Default)]
pub struct Channels(RwLock<BTreeMap<&'static str, Arc<dyn Channel>>>);

impl Channels {
    /// Adds a channel, in place of an earlier one of its slug.
    pub fn register(&self, channel: impl Channel + 'static) {
        let mut channels = self.0.write().unwrap_or_else(PoisonError::into_inner);
        channels.insert(channel.slug(), Arc::new(channel));
    }

    pub fn get(&self, slug: &str) -> Option<Arc<dyn Channel>> {
        let channels = self.0.read().unwrap_or_else(PoisonError::into_inner);
        channels.get(slug).cloned()
    }

    pub fn slugs(&self) -> Vec<&'static str> {
        let channels = self.0.read().unwrap_or_else(PoisonError::into_inner);
        channels.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recording;

    #[test]
    fn pauses_double_up_to_a_bound_and_end() {
        let retry = Retry {
            first: Duration::from_secs(10),
            most: Duration::from_secs(60),
            limit: Some(6),
        };
        let seconds = |attempt, random| retry.wait(attempt, random).map(|pause| pause.as_secs_f64());
        let waits: Vec<_> = (1..=6).map(|attempt| seconds(attempt, 0.0)).collect();
        assert_eq!(
            waits,
            [Some(10.0), Some(20.0), Some(40.0), Some(60.0), Some(60.0), None]
        );
        assert_eq!(seconds(1, 1.0), Some(8.0));
        let mail = Retry::every(Duration::from_secs(300));
        assert_eq!(mail.wait(1_000_000, 0.7), Some(Duration::from_secs(300)));
    }

    #[test]
    fn a_channel_is_found_by_its_slug_and_replaced_by_a_later_one() {
        let channels = Channels::default();
        assert!(channels.get("email").is_none());
        channels.register(Recording::new("email"));
        let second = Recording::new("email");
        channels.register(second.clone());
        channels.register(Recording::new("chat"));
        assert_eq!(channels.slugs(), ["chat", "email"]);
        assert_eq!(channels.get("email").unwrap().slug(), "email");
    }
}
