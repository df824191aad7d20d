//! Merging issues, and taking them apart again.
//!
//! What an issue is, are its hashes: one transaction gives them to another issue with all that they brought, so that
//! counts, searches and future events are right at once. Attachments and reports of users name their issue themselves;
//! they follow in steps.

mod merge;
mod step;
mod unmerge;

pub use merge::{MergeError, Merged, merge};
pub use step::settle;
pub(crate) use step::step;
pub use unmerge::{UnmergeError, unmerge};

use store::{Connection, issues::Issue};

/// Makes an issue the sum of its hashes.
async fn recount(
    db: &mut Connection,
    before: &Issue,
    scope: &crate::access::OrganizationScope,
) -> Result<(), store::Error> {
    store::issues::recount(db, before.project, before.id).await?;
    if let Some(after) = store::issues::find(db, scope.organization.id, before.id).await? {
        let events = after.times_seen - before.times_seen;
        let users = after.users_seen - before.users_seen;
        store::issues::shift_snooze(db, before.id, events, users).await?;
    }
    Ok(())
}
