use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{Channel, Outgoing, Receipt, Retry, SendError, Sending};

/// A channel that keeps what it is given and fails when told to: it stands for a service that is not there.
#[derive(Debug, Clone)]
pub struct Recording {
    slug: &'static str,
    policy: Retry,
    confirms_rules: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<Outgoing>,
    failures: VecDeque<SendError>,
}

impl Recording {
    pub fn new(slug: &'static str) -> Self {
        Self {
            slug,
            policy: Retry {
                first: Duration::from_secs(10),
                most: Duration::from_secs(3600),
                limit: Some(10),
            },
            confirms_rules: false,
            state: Arc::default(),
        }
    }

    #[must_use]
    pub fn with_policy(self, policy: Retry) -> Self {
        Self { policy, ..self }
    }

    /// As a place where people talk: it hears of rules that name it.
    #[must_use]
    pub fn confirming_rules(self) -> Self {
        Self {
            confirms_rules: true,
            ..self
        }
    }

    /// All that was taken, in order. What failed is not among it, but for what is said to be [`SendError::Lost`].
    pub fn sent(&self) -> Vec<Outgoing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).sent.clone()
    }

    /// The next attempt that nothing was said of yet fails so.
    pub fn fail_next(&self, error: SendError) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures.push_back(error);
    }
}

impl Channel for Recording {
    fn slug(&self) -> &'static str {
        self.slug
    }

    fn policy(&self) -> Retry {
        self.policy
    }

    fn confirms_rules(&self) -> bool {
        self.confirms_rules
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = state.failures.pop_front();
        if failure.is_none() || matches!(failure, Some(SendError::Lost { .. })) {
            state.sent.push(outgoing.clone());
        }
        let result = failure.map_or_else(
            || {
                Ok(Receipt {
                    answer: "recorded".to_owned(),
                })
            },
            Err,
        );
        Box::pin(std::future::ready(result))
    }
}
