use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use model::{Timestamp, UserId};

use super::windows::{Windows, end};
use crate::{
    App,
    options::{self, Definition},
};

const WINDOW: Duration = Duration::from_secs(1);

/// Most endpoints and askers that are counted at the same time.
const MOST: usize = 50_000;

/// Endpoints with limits of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Default,
    /// What command-line tools call, often many times in a row.
    Cli,
}

impl Group {
    fn options(self) -> (&'static Definition, &'static Definition) {
        match self {
            Self::Default => (&options::PER_SECOND, &options::CONCURRENT),
            Self::Cli => (&options::CLI_PER_SECOND, &options::CLI_CONCURRENT),
        }
    }
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asker {
    /// By token or browser.
    User(UserId),
    /// Nobody who is known, or the token of an organization.
    Address(IpAddr),
}

/// What an asker has left of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub limit: u32,
    pub remaining: u32,
    /// When the count begins anew.
    pub reset: Timestamp,
    pub concurrent_limit: u32,
    pub concurrent_remaining: u32,
}

/// Which of the limits was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    #[error("too many requests to this endpoint: the limit is {limit} in {} second", WINDOW.as_secs())]
    Rate { limit: u32 },
    #[error("too many requests to this endpoint at the same time: the limit is {limit}")]
    Concurrent { limit: u32 },
}

/// A request that was counted; it ends when this is dropped.
#[derive(Debug)]
pub struct Permit {
    pub allowance: Allowance,
    pub exceeded: Option<Exceeded>,
    running: Option<(App, Key)>,
}

type Key = (String, Asker);

#[derive(Debug, Default)]
pub(super) struct Requests(Mutex<Windows<Key>>);

/// Counts a request to an endpoint, which its method and path name. None when it cannot be counted: then nothing is
/// limited.
pub async fn begin(app: &App, endpoint: String, group: Group, asker: Asker) -> Option<Permit> {
    let (per_second, concurrent) = group.options();
    let limit = options::get_count(app, per_second).await.ok()?;
    let concurrent_limit = options::get_count(app, concurrent).await.ok()?;
    let (now, key) = (app.now(), (endpoint, asker));
    let mut all = app.limits.requests.0.lock().unwrap_or_else(PoisonError::into_inner);
    let counter = all.counter(key.clone(), now, WINDOW, MOST)?;
    let exceeded = if counter.count >= limit {
        Some(Exceeded::Rate { limit })
    } else if counter.running >= concurrent_limit {
        Some(Exceeded::Concurrent {
            limit: concurrent_limit,
        })
    } else {
        counter.running += 1;
        None
    };
    counter.count = counter.count.saturating_add(1);
    let allowance = Allowance {
        limit,
        remaining: limit.saturating_sub(counter.count),
        reset: end(now, WINDOW),
        concurrent_limit,
        concurrent_remaining: concurrent_limit.saturating_sub(counter.running),
    };
    drop(all);
    Some(Permit {
        allowance,
        exceeded,
        running: exceeded.is_none().then(|| (app.clone(), key)),
    })
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some((app, key)) = self.running.take() {
            let mut all = app.limits.requests.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.ended(&key);
        }
    }
}
