use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{DataCategory, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    quota::{Quota, Scope, Scoping},
    rate_limits::RateLimit,
};

/// How long an SDK is sent away when all is refused, in seconds: that ends when somebody changes it, not with a window.
const REFUSED: u64 = 60;

/// How often ended windows are looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// Counts what was taken in against quotas, in fixed windows: window `n` of a length `w` begins at the time `n × w`.
///
/// A check and what it counts are one step under one lock, so threads never take in more than a limit together; it is
/// a few map accesses long.
#[derive(Debug, Default)]
pub struct RateLimiter {
    windows: Mutex<Windows>,
}

#[derive(Debug, Default)]
struct Windows {
    /// By scope and id of it, then by quota.
    scopes: HashMap<(Scope, i64), HashMap<String, Window>>,
    swept_at: Option<Timestamp>,
}

/// The newest window of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    seconds: u64,
    number: i64,
    used: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// The limits that were reached, at least one. The first gives the reason.
    Limited(Vec<RateLimit>),
}

/// The counts of a limiter, to be kept over a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot(Vec<Count>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Count {
    scope: Scope,
    scope_id: i64,
    quota: String,
    seconds: u64,
    number: i64,
    used: u64,
}

impl RateLimiter {
    /// Counts the quantities of an item against every quota that they fall under, or against none when one of them
    /// has no room for them. A quantity of 0 asks whether there is room for anything, and counts nothing.
    pub fn check(
        &self,
        quotas: &[Quota],
        scoping: &Scoping,
        quantities: &[(DataCategory, u64)],
        now: Timestamp,
    ) -> Decision {
        let mut windows = self.lock();
        windows.sweep(now);
        let mut limits = Vec::new();
        for quota in quotas {
            let Some(quantity) = quantity(quota, scoping, quantities) else {
                continue;
            };
            let until = match (quota.limit, quota.window) {
                (Some(0), _) => now + Duration::from_secs(REFUSED),
                (Some(limit), Some(seconds)) if seconds > 0 => {
                    let window = windows.current(quota, scoping, seconds, now);
                    if window.used.saturating_add(quantity.max(1)) <= limit {
                        continue;
                    }
                    window.end(now)
                }
                _ => continue,
            };
            limits.push(RateLimit::of(quota, scoping, until));
        }
        if !limits.is_empty() {
            return Decision::Limited(limits);
        }
        for (quota, seconds, quantity) in counting(quotas, scoping, quantities) {
            let window = windows.current(quota, scoping, seconds, now);
            windows.put(quota, scoping, window.plus(quantity));
        }
        Decision::Allowed
    }

    /// Takes back what [`Self::check`] counted at `charged_at`, for items that were not kept after all. What was
    /// counted in a window that has ended is past.
    pub fn refund(
        &self,
        quotas: &[Quota],
        scoping: &Scoping,
        quantities: &[(DataCategory, u64)],
        charged_at: Timestamp,
    ) {
        let mut windows = self.lock();
        for (quota, seconds, quantity) in counting(quotas, scoping, quantities) {
            let of_scope = windows.scopes.get_mut(&(quota.scope, scoping.id(quota.scope)));
            let window = of_scope.and_then(|of_scope| of_scope.get_mut(&quota.id));
            if let Some(window) =
                window.filter(|window| window.seconds == seconds && window.number == number(seconds, charged_at))
            {
                window.used = window.used.saturating_sub(quantity);
            }
        }
    }

    pub fn snapshot(&self, now: Timestamp) -> Snapshot {
        let windows = self.lock();
        let mut counts = Vec::new();
        for (&(scope, scope_id), of_scope) in &windows.scopes {
            let running = of_scope.iter().filter(|(_, window)| !window.has_ended(now));
            counts.extend(running.map(|(quota, window)| Count {
                scope,
                scope_id,
                quota: quota.clone(),
                seconds: window.seconds,
                number: window.number,
                used: window.used,
            }));
        }
        counts.sort_unstable();
        Snapshot(counts)
    }

    /// Adds the counts of windows that have not ended since to those that there are.
    pub fn restore(&self, snapshot: &Snapshot, now: Timestamp) {
        let mut windows = self.lock();
        for count in &snapshot.0 {
            let stored = Window {
                seconds: count.seconds.max(1),
                number: count.number,
                used: count.used,
            };
            if stored.has_ended(now) {
                continue;
            }
            let of_scope = windows.scopes.entry((count.scope, count.scope_id)).or_default();
            let window = of_scope
                .entry(count.quota.clone())
                .or_insert(Window { used: 0, ..stored });
            if (window.seconds, window.number) == (stored.seconds, stored.number) {
                window.used = window.used.saturating_add(stored.used);
            }
        }
    }

    /// A thread that panicked cannot have left a count half written.
    fn lock(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much of the quantities a quota counts; none if it is not for them.
fn quantity(quota: &Quota, scoping: &Scoping, quantities: &[(DataCategory, u64)]) -> Option<u64> {
    let mut counted = quantities
        .iter()
        .filter(|(category, _)| quota.applies_to(scoping, *category))
        .map(|(_, quantity)| *quantity)
        .peekable();
    counted.peek()?;
    Some(counted.fold(0, u64::saturating_add))
}

/// The quotas that count something of the quantities, with the length of their windows.
fn counting<'a>(
    quotas: &'a [Quota],
    scoping: &'a Scoping,
    quantities: &'a [(DataCategory, u64)],
) -> impl Iterator<Item = (&'a Quota, u64, u64)> {
    quotas.iter().filter_map(|quota| {
        let limited = quota.limit.is_some_and(|limit| limit > 0);
        let seconds = quota.window.filter(|seconds| limited && *seconds > 0)?;
        let quantity = quantity(quota, scoping, quantities).filter(|quantity| *quantity > 0)?;
        Some((quota, seconds, quantity))
    })
}

fn number(seconds: u64, at: Timestamp) -> i64 {
    at.seconds().div_euclid(i64::try_from(seconds).unwrap_or(i64::MAX))
}

impl Windows {
    /// A window that is known is brought up to now, so that a clock that stepped back does so once.
    fn current(&mut self, quota: &Quota, scoping: &Scoping, seconds: u64, now: Timestamp) -> Window {
        let of_scope = self.scopes.get_mut(&(quota.scope, scoping.id(quota.scope)));
        match of_scope.and_then(|of_scope| of_scope.get_mut(&quota.id)) {
            Some(window) if window.seconds == seconds => {
                *window = window.at(now);
                *window
            }
            _ => Window::new(seconds, now),
        }
    }

    fn put(&mut self, quota: &Quota, scoping: &Scoping, window: Window) {
        let of_scope = self.scopes.entry((quota.scope, scoping.id(quota.scope))).or_default();
        match of_scope.get_mut(&quota.id) {
            Some(known) => *known = window,
            None => {
                of_scope.insert(quota.id.clone(), window);
            }
        }
    }

    /// Drops ended windows, so that memory holds the quotas in use and no others.
    fn sweep(&mut self, now: Timestamp) {
        if self.swept_at.is_some_and(|last| last <= now && now < last + SWEEP) {
            return;
        }
        self.swept_at = Some(now);
        self.scopes.retain(|_, of_scope| {
            of_scope.retain(|_, window| !window.has_ended(now));
            !of_scope.is_empty()
        });
    }
}

impl Window {
    fn new(seconds: u64, now: Timestamp) -> Self {
        Self {
            seconds,
            number: number(seconds, now),
            used: 0,
        }
    }

    /// The window that counts now.
    ///
    /// The clock may step back, and threads read it in another order than they come here: a window that is one ahead
    /// goes on counting. From further ahead the count moves back, because a window in a far future would never end;
    /// in neither case does anything count twice or anew.
    fn at(self, now: Timestamp) -> Self {
        let number = number(self.seconds, now);
        match self.number.saturating_sub(number) {
            0 | 1 => self,
            ..0 => Self::new(self.seconds, now),
            2.. => Self { number, ..self },
        }
    }

    fn plus(self, quantity: u64) -> Self {
        Self {
            used: self.used.saturating_add(quantity),
            ..self
        }
    }

    fn has_ended(&self, now: Timestamp) -> bool {
        self.number < number(self.seconds, now)
    }

    /// Never further away than a window is long.
    fn end(self, now: Timestamp) -> Timestamp {
        let length = Duration::from_secs(self.seconds);
        let seconds = i64::try_from(self.seconds).unwrap_or(i64::MAX);
        let end = Timestamp::from_seconds(self.number.saturating_add(1).saturating_mul(seconds));
        end.min(now + length)
    }
}
