//! Profiles of transactions, and chunks of those that never end.

use protocol::items::{
    Invalid,
    id::ProfileId,
    profile::{Profile, ProfileChunk},
};
use store::stored_items::StoredItemKind;

use super::{
    item::{Processed, RawItem},
    stored::{self, Keys},
};

/// The profile in an envelope, read before its transaction, which is to name it.
pub(super) struct Found(Result<Profile, Invalid>);

impl Found {
    pub(super) fn read(raw: &RawItem) -> Self {
        Self(Profile::parse(&raw.payload))
    }

    pub(super) fn id(&self) -> Option<ProfileId> {
        self.0.as_ref().ok().map(|profile| profile.id)
    }
}

/// `found` is what was read of the item before, if its transaction is in the envelope.
pub(super) fn process(raw: &RawItem, found: Option<Found>, done: &mut Vec<Processed>) {
    let missing = || Invalid {
        reason: "profiling_no_transaction_associated",
        detail: "no transaction is in the envelope".to_owned(),
    };
    done.push(match found.map_or_else(|| Err(missing()), |found| found.0) {
        Ok(profile) => {
            let keys = Keys {
                key: profile.id.to_string(),
                timestamp: profile.timestamp,
                release: profile.release.clone(),
                environment: profile.environment.clone(),
                ..Keys::default()
            };
            stored::keep(raw, StoredItemKind::Profile, keys, profile.to_json(), raw.quantities())
        }
        Err(error) => stored::refused(raw, &error),
    });
}

/// An item `profile_chunk`.
pub(super) fn chunk(raw: &RawItem, done: &mut Vec<Processed>) {
    done.push(
        match ProfileChunk::parse(&raw.payload, raw.headers.platform.as_deref()) {
            Ok(chunk) => {
                let keys = Keys {
                    key: chunk.profiler_id.to_string(),
                    part: chunk.chunk_id.to_string(),
                    timestamp: Some(chunk.started()),
                    release: chunk.release.clone(),
                    environment: chunk.environment.clone(),
                    ..Keys::default()
                };
                stored::keep(
                    raw,
                    StoredItemKind::ProfileChunk,
                    keys,
                    chunk.to_json(),
                    raw.quantities(),
                )
            }
            Err(error) => stored::refused(raw, &error),
        },
    );
}
