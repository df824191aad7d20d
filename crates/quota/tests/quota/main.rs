//! Quotas, the headers that tell of them, spikes and sampling, as `ingest.md` §1.6 and §7.2 describe them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod items;
mod limiter;
mod rate_limits;
mod rebalance;
mod sampling;
mod settings;
mod spikes;

use model::{DataCategory, OrganizationId, ProjectId, ProjectKeyId, Timestamp};
use quota::{Quota, Scope, Scoping};

const HERE: Scoping = Scoping {
    organization: OrganizationId(1),
    project: ProjectId(2),
    key: ProjectKeyId(3),
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

/// `limit` of some categories in a window of 60 seconds.
fn quota(scope: Scope, categories: &[DataCategory], limit: u64) -> Quota {
    Quota {
        id: format!("{}-{limit}", scope.name()),
        categories: categories.to_vec(),
        scope,
        scope_id: Some(HERE.id(scope)),
        limit: Some(limit),
        window: Some(60),
        namespace: None,
        reason_code: Some(format!("{}_quota", scope.name())),
    }
}
