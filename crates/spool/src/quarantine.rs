//! What could not be processed, one file each, to be looked at and replayed.
//!
//! A file is a line of JSON, the meta and the body. It is written under another name, synced and renamed, so a file with
//! an entry's name is whole. Ids are made of the position of the record and the number of the item in it: putting the
//! same item again after a crash changes nothing. All calls block.

use std::{
    collections::BTreeMap,
    fmt, io,
    path::PathBuf,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use model::{ProjectId, Timestamp};

use crate::{
    Position,
    disk::{Disk, DiskFile},
    segment::Chunks,
};

/// How long an entry is kept (`design` §3).
pub const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// The kind of an entry that holds a damaged stretch of the spool instead of an item.
pub const DAMAGE: &str = "damaged_spool";

/// Longest header line that is read or written.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Longest text of an error that is kept, in bytes.
const MAX_ERROR_BYTES: usize = 4 * 1024;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuarantineConfig {
    /// Most bytes of all entries together.
    pub max_bytes: u64,
}

impl Default for QuarantineConfig {
    fn default() -> Self {
        Self { max_bytes: 1 << 30 }
    }
}

/// Which item: rises with the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuarantineId {
    /// The record that the item came in.
    pub position: Position,
    /// The number of the item in its record, from 0.
    pub item: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a quarantine entry: expected 20 digits, a dash and a number")]
pub struct ParseQuarantineIdError;

impl fmt::Display for QuarantineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020}-{:010}", self.position.0, self.item)
    }
}

impl FromStr for QuarantineId {
    type Err = ParseQuarantineIdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (position, item) = text.split_once('-').ok_or(ParseQuarantineIdError)?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(position) || !digits(item) {
            return Err(ParseQuarantineIdError);
        }
        let position = Position(position.parse().map_err(|_| ParseQuarantineIdError)?);
        Ok(Self {
            position,
            item: item.parse().map_err(|_| ParseQuarantineIdError)?,
        })
    }
}

impl serde::Serialize for QuarantineId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for QuarantineId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What is known of an item in quarantine, but for its bytes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct QuarantineEntry {
    pub id: QuarantineId,
    pub received_at: Option<Timestamp>,
    pub quarantined_at: Timestamp,
    pub project_id: Option<ProjectId>,
    /// The type of the item, or [`DAMAGE`].
    pub kind: String,
    /// Why it could not be processed. Long texts are shortened.
    pub error: String,
    /// The `meta` of the record that it came in.
    #[serde(skip)]
    pub meta: Vec<u8>,
}

/// An entry in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEntry {
    pub entry: QuarantineEntry,
    pub body_bytes: u64,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct FileHeader {
    #[serde(flatten)]
    entry: QuarantineEntry,
    meta_bytes: u32,
    body_bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    #[error("the quarantine is full: {used} of {max} bytes are used; replay or remove entries")]
    Full { used: u64, max: u64 },
    #[error("quarantine entry {0} is not readable")]
    Corrupt(QuarantineId),
    #[error("the description of a quarantine entry cannot be written")]
    Describe(#[source] serde_json::Error),
    #[error("cannot access the quarantine in {}", folder.display())]
    Disk { folder: PathBuf, source: io::Error },
}

#[derive(Debug)]
pub struct Quarantine {
    folder: PathBuf,
    config: QuarantineConfig,
    disk: Arc<dyn Disk>,
    /// The size of each entry's file. Held while files change.
    sizes: Mutex<BTreeMap<QuarantineId, u64>>,
}

impl Quarantine {
    /// Opens the quarantine in a folder, which is made if it is not there.
    pub fn open(folder: PathBuf, config: QuarantineConfig, disk: Arc<dyn Disk>) -> Result<Self, QuarantineError> {
        let found = || -> io::Result<BTreeMap<QuarantineId, u64>> {
            disk.create_dir(&folder)?;
            let mut sizes = BTreeMap::new();
            for listed in disk.list(&folder)? {
                if let Some(id) = parse_file_name(&listed.name) {
                    sizes.insert(id, listed.bytes);
                } else if listed.name.ends_with(UNFINISHED) {
                    disk.remove(&folder.join(&listed.name))?;
                }
            }
            Ok(sizes)
        };
        match found() {
            Ok(sizes) => Ok(Self {
                folder,
                config,
                disk,
                sizes: Mutex::new(sizes),
            }),
            Err(source) => Err(QuarantineError::Disk { folder, source }),
        }
    }

    /// Keeps an item, durably when it returns. Returns `false` if it was there already.
    pub fn put(&self, entry: &QuarantineEntry, body: &[u8]) -> Result<bool, QuarantineError> {
        let mut parts = [body].into_iter();
        self.write(
            entry,
            body.len() as u64,
            Some(self.config.max_bytes),
            &mut |file, offset| parts.by_ref().try_for_each(|part| file.write_all_at(offset, part)),
        )
    }

    /// Keeps a damaged stretch of the spool. It counts, but is not refused: it would be lost.
    pub(crate) fn put_damage(
        &self,
        position: Position,
        now: Timestamp,
        from: &dyn DiskFile,
        offset: u64,
        bytes: u64,
    ) -> Result<bool, QuarantineError> {
        let entry = QuarantineEntry {
            id: QuarantineId { position, item: 0 },
            received_at: None,
            quarantined_at: now,
            project_id: None,
            kind: DAMAGE.to_owned(),
            error: format!("{bytes} bytes of the spool at position {position} do not match their checksum"),
            meta: Vec::new(),
        };
        self.write(&entry, bytes, None, &mut |file, mut at| {
            let mut chunks = Chunks::new(from, offset, bytes);
            while let Some(chunk) = chunks.next_chunk()? {
                file.write_all_at(at, chunk)?;
                at += chunk.len() as u64;
            }
            Ok(())
        })
    }

    fn write(
        &self,
        entry: &QuarantineEntry,
        body_bytes: u64,
        max_bytes: Option<u64>,
        write_body: &mut dyn FnMut(&dyn DiskFile, u64) -> io::Result<()>,
    ) -> Result<bool, QuarantineError> {
        let mut sizes = self.sizes();
        if sizes.contains_key(&entry.id) {
            return Ok(false);
        }
        let mut head = encode_header(entry, body_bytes)?;
        head.extend_from_slice(&entry.meta);
        let bytes = head.len() as u64 + body_bytes;
        let used: u64 = sizes.values().sum();
        if let Some(max) = max_bytes.filter(|max| used + bytes > *max) {
            return Err(QuarantineError::Full { used, max });
        }
        let path = self.path(entry.id);
        let unfinished = path.with_extension(UNFINISHED_EXTENSION);
        let mut written = || -> io::Result<()> {
            let file = self.disk.create(&unfinished)?;
            file.write_all_at(0, &head)?;
            write_body(file.as_ref(), head.len() as u64)?;
            file.sync()?;
            self.disk.rename(&unfinished, &path)?;
            self.disk.sync_dir(&self.folder)
        };
        if let Err(source) = written() {
            self.disk.remove(&unfinished).ok(); // the next start removes it otherwise
            return Err(self.fail(source));
        }
        sizes.insert(entry.id, bytes);
        Ok(true)
    }

    /// At most `limit` entries with an id above `after`, oldest first. Unreadable files are left out and logged.
    pub fn list(&self, after: Option<QuarantineId>, limit: usize) -> Result<Vec<ListedEntry>, QuarantineError> {
        let mut entries = Vec::new();
        for id in self.ids_after(after) {
            if entries.len() >= limit {
                break;
            }
            match self.read(id, false) {
                Ok(Some((header, _))) => {
                    entries.push(ListedEntry {
                        entry: header.entry,
                        body_bytes: header.body_bytes,
                    });
                }
                Ok(None) => {}
                Err(QuarantineError::Corrupt(_)) => tracing::warn!(quarantine.id = %id, "an entry is not readable"),
                Err(error) => return Err(error),
            }
        }
        Ok(entries)
    }

    /// An entry with its body.
    pub fn get(&self, id: QuarantineId) -> Result<Option<(QuarantineEntry, Bytes)>, QuarantineError> {
        Ok(self.read(id, true)?.map(|(header, body)| (header.entry, body)))
    }

    /// Returns `false` if there was none.
    pub fn remove(&self, id: QuarantineId) -> Result<bool, QuarantineError> {
        let mut sizes = self.sizes();
        if !sizes.contains_key(&id) {
            return Ok(false);
        }
        let removed = match self.disk.remove(&self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.disk.sync_dir(&self.folder),
        };
        removed.map_err(|source| self.fail(source))?;
        sizes.remove(&id);
        Ok(true)
    }

    /// Removes what has been here for [`KEPT_FOR`]; returns how many.
    pub fn expire(&self, now: Timestamp) -> Result<usize, QuarantineError> {
        let mut expired = 0;
        for id in self.ids_after(None) {
            let old = match self.read(id, false) {
                Ok(found) => found.is_some_and(|(header, _)| now.since(header.entry.quarantined_at) >= KEPT_FOR),
                // It says no date, and is of no use to anybody.
                Err(QuarantineError::Corrupt(_)) => true,
                Err(error) => return Err(error),
            };
            expired += usize::from(old && self.remove(id)?);
        }
        Ok(expired)
    }

    /// How many entries there are.
    pub fn count(&self) -> usize {
        self.sizes().len()
    }

    /// Bytes of all entries together.
    pub fn bytes(&self) -> u64 {
        self.sizes().values().sum()
    }

    fn read(&self, id: QuarantineId, with_body: bool) -> Result<Option<(FileHeader, Bytes)>, QuarantineError> {
        let Some(size) = self.sizes().get(&id).copied() else {
            return Ok(None);
        };
        let length = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let file = match self.disk.open(&self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None), // removed meanwhile
            opened => opened.map_err(|source| self.fail(source))?,
        };
        let mut head = vec![0; length(size).min(MAX_HEADER_BYTES)];
        file.read_exact_at(0, &mut head).map_err(|source| self.fail(source))?;
        let line = memchr::memchr(b'\n', &head).ok_or(QuarantineError::Corrupt(id))?;
        let mut header: FileHeader = serde_json::from_slice(&head[..line]).map_err(|_| QuarantineError::Corrupt(id))?;
        let payload = u64::from(header.meta_bytes).saturating_add(header.body_bytes);
        if (line as u64 + 1).saturating_add(payload) != size || header.entry.id != id {
            return Err(QuarantineError::Corrupt(id));
        }
        let mut rest = vec![
            0;
            if with_body {
                length(payload)
            } else {
                header.meta_bytes as usize
            }
        ];
        file.read_exact_at(line as u64 + 1, &mut rest)
            .map_err(|source| self.fail(source))?;
        let body = Bytes::from(rest.split_off(header.meta_bytes as usize));
        header.entry.meta = rest;
        Ok(Some((header, body)))
    }

    fn ids_after(&self, after: Option<QuarantineId>) -> Vec<QuarantineId> {
        self.sizes()
            .keys()
            .copied()
            .filter(|id| after.is_none_or(|after| *id > after))
            .collect()
    }

    fn sizes(&self) -> MutexGuard<'_, BTreeMap<QuarantineId, u64>> {
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, id: QuarantineId) -> PathBuf {
        self.folder.join(format!("{id}.item"))
    }

    fn fail(&self, source: io::Error) -> QuarantineError {
        QuarantineError::Disk {
            folder: self.folder.clone(),
            source,
        }
    }
}

const UNFINISHED: &str = ".unfinished";
const UNFINISHED_EXTENSION: &str = "unfinished";

fn parse_file_name(name: &str) -> Option<QuarantineId> {
    name.strip_suffix(".item")?.parse().ok()
}

fn encode_header(entry: &QuarantineEntry, body_bytes: u64) -> Result<Vec<u8>, QuarantineError> {
    let mut entry = QuarantineEntry {
        meta: entry.meta.clone(),
        ..entry.clone()
    };
    truncate(&mut entry.error);
    truncate(&mut entry.kind);
    let meta_bytes = u32::try_from(entry.meta.len()).unwrap_or(u32::MAX);
    let mut line = serde_json::to_vec(&FileHeader {
        entry,
        meta_bytes,
        body_bytes,
    })
    .map_err(QuarantineError::Describe)?;
    line.push(b'\n');
    Ok(line)
}

fn truncate(text: &mut String) {
    text.truncate(text.floor_char_boundary(MAX_ERROR_BYTES));
}
