use std::fmt::Write as _;

use model::{DataCategory, Timestamp};

use crate::quota::{Quota, Scope, Scoping, category_names};

/// Something that an SDK may not send before a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    /// The id of the quota that was reached; empty of one that a header told of.
    pub quota: String,
    /// None stands for all.
    pub categories: Vec<DataCategory>,
    pub scope: Scope,
    pub scope_id: i64,
    pub reason_code: Option<String>,
    /// For metric buckets: those of some namespaces; none stands for all.
    pub namespaces: Vec<String>,
    pub until: Timestamp,
}

impl RateLimit {
    pub(crate) fn of(quota: &Quota, scoping: &Scoping, until: Timestamp) -> Self {
        Self {
            quota: quota.id.clone(),
            categories: quota.categories.clone(),
            scope: quota.scope,
            scope_id: scoping.id(quota.scope),
            reason_code: quota.reason_code.clone(),
            namespaces: quota.namespace.iter().cloned().collect(),
            until,
        }
    }

    /// The reason that an outcome gives.
    pub fn reason(&self) -> &str {
        self.reason_code.as_deref().unwrap_or("generic")
    }

    /// Whole seconds, rounded up: an SDK that comes back a moment early would be refused again.
    fn seconds_left(&self, now: Timestamp) -> Option<u64> {
        let left = self.until.since(now);
        (!left.is_zero()).then(|| left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }

    fn concerns(&self, scoping: &Scoping, category: DataCategory) -> bool {
        self.scope_id == scoping.id(self.scope) && (self.categories.is_empty() || self.categories.contains(&category))
    }
}

/// The limits that a request has run into, or that a key is under.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateLimits(Vec<RateLimit>);

impl RateLimits {
    /// Of two limits on the same, the longer one stays.
    pub fn add(&mut self, mut limit: RateLimit) {
        limit.categories.sort_unstable();
        limit.categories.dedup();
        let same = |other: &&mut RateLimit| {
            (&other.categories, other.scope, other.scope_id, &other.namespaces)
                == (&limit.categories, limit.scope, limit.scope_id, &limit.namespaces)
        };
        match self.0.iter_mut().find(same) {
            Some(other) if other.until < limit.until => *other = limit,
            Some(_) => {}
            None => self.0.push(limit),
        }
    }

    pub fn merge(&mut self, limits: impl IntoIterator<Item = RateLimit>) {
        for limit in limits {
            self.add(limit);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &RateLimit> {
        self.0.iter()
    }

    pub fn remove_ended(&mut self, now: Timestamp) {
        self.0.retain(|limit| now < limit.until);
    }

    /// The limit that such an item is under, if any; of several the longest.
    pub fn check(&self, scoping: &Scoping, category: DataCategory, now: Timestamp) -> Option<&RateLimit> {
        self.0
            .iter()
            .filter(|limit| now < limit.until && limit.namespaces.is_empty() && limit.concerns(scoping, category))
            .max_by_key(|limit| limit.until)
    }

    /// The text of `Retry-After`: the longest of all.
    pub fn retry_after(&self, now: Timestamp) -> Option<u64> {
        self.0.iter().filter_map(|limit| limit.seconds_left(now)).max()
    }

    /// The text of `X-Sentry-Rate-Limits`.
    pub fn header(&self, now: Timestamp) -> Option<String> {
        let mut header = String::new();
        for limit in &self.0 {
            let Some(seconds) = limit.seconds_left(now) else {
                continue;
            };
            let categories: Vec<&str> = limit.categories.iter().map(|category| category.name()).collect();
            let separator = if header.is_empty() { "" } else { ", " };
            let scope = limit.scope.name();
            write!(header, "{separator}{seconds}:{}:{scope}", categories.join(";")).expect("a String takes all");
            let reason = limit.reason_code.as_deref().unwrap_or_default();
            if !reason.is_empty() || !limit.namespaces.is_empty() {
                header.push(':');
                header.extend(reason.chars().filter(is_token));
            }
            if !limit.namespaces.is_empty() {
                header.push(':');
                let namespaces = limit.namespaces.join(";");
                header.extend(namespaces.chars().filter(|c| is_token(c) || *c == ';'));
            }
        }
        (!header.is_empty()).then_some(header)
    }

    /// Reads `X-Sentry-Rate-Limits` as an SDK of `scoping` would: what cannot be understood is passed over, and so
    /// are limits on nothing but categories that are not known.
    pub fn parse(header: &str, scoping: &Scoping, now: Timestamp) -> Self {
        let mut limits = Self::default();
        limits.merge(header.split(',').filter_map(|limit| parse(limit.trim(), scoping, now)));
        limits
    }
}

/// What a header carries safely, and what separates nothing in this one.
fn is_token(c: &char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn parse(text: &str, scoping: &Scoping, now: Timestamp) -> Option<RateLimit> {
    let mut parts = text.split(':').map(str::trim);
    let seconds: u64 = parts.next()?.parse().ok()?;
    let names = |part: Option<&str>| -> Vec<String> {
        let names = part.unwrap_or_default().split(';').filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    };
    let categories = names(parts.next());
    let categories = category_names::from_names(categories.iter().map(String::as_str));
    if categories == [DataCategory::Unknown] {
        return None;
    }
    let scope = Scope::from_name(parts.next().unwrap_or_default()).unwrap_or(Scope::Key);
    Some(RateLimit {
        quota: String::new(),
        categories,
        scope,
        scope_id: scoping.id(scope),
        reason_code: parts.next().filter(|reason| !reason.is_empty()).map(str::to_owned),
        namespaces: names(parts.next()),
        until: now + std::time::Duration::from_secs(seconds),
    })
}
