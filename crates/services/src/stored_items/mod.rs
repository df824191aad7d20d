//! Items that no part of the product reads yet: keeping them whole, and reading them again.

mod rows;

use bytes::Bytes;
use model::{EventId, FileId, OrganizationId, ProjectId, StoredItemId, Timestamp};
use store::{
    Connection, IdPage,
    blobs::{Prepared, PutError},
    files::{self, CreateError, Headers, NewFile, ReadError},
    stored_items::{INLINE_BYTES, StoredItem, StoredItemKind, pack, unpack},
};

pub use rows::{get_row, list_rows, row_counts};

use crate::{
    App,
    access::{AccessError, ProjectScope},
    file_names,
};

/// Longer keys, parts and names are cut: they stand in indexes.
const MAX_KEY_CHARS: usize = 200;

/// An item as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStoredItem {
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub kind: StoredItemKind,
    /// What items belong together: the id of the replay, profiler, check-in, session or trace; else empty.
    pub key: String,
    /// The id of the item within that (the chunk of a profile), else empty.
    pub part: String,
    /// The number of the item within that (the segment of a replay, the sequence of a session), else 0.
    pub position: i64,
    pub event_id: Option<EventId>,
    /// What the item says of its time.
    pub timestamp: Timestamp,
    pub received_at: Timestamp,
    pub release: Option<String>,
    pub environment: Option<String>,
}

/// A payload whose bytes are compressed and, where they are many, safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedPayload {
    size: u64,
    packed: Packed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Packed {
    Inline(Bytes),
    File(Prepared),
}

/// Payloads below this size are compressed at once: handing them to another thread would take longer.
const PACKED_HERE: usize = 16 << 10;

/// Makes a payload ready. To be called before the transaction of [`create`].
pub async fn prepare(app: &App, payload: Bytes) -> Result<PreparedPayload, PutError> {
    let size = payload.len() as u64;
    let packed = if payload.len() <= PACKED_HERE {
        pack(&payload)
    } else {
        tokio::task::spawn_blocking(move || pack(&payload))
            .await
            .expect("compressing does not panic")
    };
    let packed = if packed.len() <= INLINE_BYTES {
        Packed::Inline(packed)
    } else {
        Packed::File(app.blobs.put(packed, None, app.now()).await?)
    };
    Ok(PreparedPayload { size, packed })
}

/// Adds an item. Returns `false` if it was sent before, which then changes nothing. The caller owns the transaction.
pub async fn create(
    app: &App,
    db: &mut Connection,
    new: &NewStoredItem,
    payload: &PreparedPayload,
) -> Result<bool, CreateError> {
    let (inline, file) = match &payload.packed {
        Packed::Inline(packed) => (Some(&packed[..]), None),
        Packed::File(prepared) => (None, Some((FileId(app.ids.next()), prepared))),
    };
    let cut = |text: &String| file_names::cut(text, MAX_KEY_CHARS);
    let item = StoredItem {
        id: StoredItemId(app.ids.next()),
        organization: new.organization,
        project: new.project,
        kind: new.kind,
        key: cut(&new.key),
        part: cut(&new.part),
        position: new.position,
        event_id: new.event_id,
        timestamp: new.timestamp,
        received_at: new.received_at,
        release: new.release.as_ref().map(cut),
        environment: new.environment.as_ref().map(cut),
        size: payload.size,
        file: file.map(|(id, _)| id),
    };
    if !store::stored_items::create(db, &item, inline).await? {
        return Ok(false);
    }
    if let Some((id, prepared)) = file {
        let file = NewFile {
            id,
            organization: item.organization,
            project: item.project,
            name: item.kind.name().to_owned(),
            content_type: "application/zstd".to_owned(),
            headers: Headers::new(),
            created_at: app.now(),
        };
        files::create(db, &file, prepared).await?;
    }
    Ok(true)
}

/// A page of the items of a kind, or of those that belong together under `key`, newest first.
pub async fn list(
    app: &App,
    scope: &ProjectScope,
    kind: StoredItemKind,
    key: Option<&str>,
    page: IdPage,
) -> Result<Vec<StoredItem>, store::Error> {
    store::stored_items::list(&mut *app.store.read().await?, scope.project.id, kind, key, page).await
}

/// How many there are of each kind.
pub async fn counts(app: &App, scope: &ProjectScope) -> Result<Vec<(StoredItemKind, i64)>, store::Error> {
    store::stored_items::counts(&mut *app.store.read().await?, scope.project.id).await
}

pub async fn get(app: &App, scope: &ProjectScope, id: StoredItemId) -> Result<StoredItem, AccessError> {
    let found = store::stored_items::find(&mut *app.store.read().await?, scope.project.id, id).await?;
    found.ok_or(AccessError::NotFound)
}

#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    #[error("the item is gone")]
    Gone,
    #[error("the payload of item {0} is damaged")]
    Damaged(StoredItemId),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What was sent, byte for byte.
pub async fn payload(app: &App, item: &StoredItem) -> Result<Bytes, PayloadError> {
    let mut db = app.store.read().await?;
    let packed = match item.file {
        None => store::stored_items::find_packed(&mut db, item.project, item.id)
            .await?
            .map(Bytes::from),
        Some(file) => match app.blobs.reader(&mut db, item.organization, file).await? {
            None => None,
            Some(reader) => {
                drop(db);
                Some(reader.read_range(0..u64::MAX).await?)
            }
        },
    };
    let packed = packed.ok_or(PayloadError::Gone)?;
    let size = item.size;
    let unpacked = tokio::task::spawn_blocking(move || unpack(&packed, size))
        .await
        .expect("decompressing does not panic");
    unpacked.map_err(|_| PayloadError::Damaged(item.id))
}
