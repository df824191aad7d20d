//! Days that cannot be read.
//!
//! Such a day is moved aside, into the folder `damaged`, with an error that names it: the rest serves on, and what comes
//! for the day from then on has an index of its own.
//!
//! What is cut off, missing or unreadable shows when a day is opened. Changed bytes show by the checksum that each file
//! ends with. Reading every file whenever the server starts would keep a large one from answering, so a small day is
//! checked when it is first opened, and a large one by and by, in the upkeep.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

use query::Dataset;
use serde::Deserialize;
use tantivy::{
    Index, TantivyError,
    directory::error::{OpenDirectoryError, OpenReadError},
};

use super::{
    Day, EventIndex,
    day_index::{DayIndex, DayKey},
    event_index::Inner,
    files::{DayFiles, sync_folder},
};

/// Beside the datasets.
pub(super) const DAMAGED: &str = "damaged";

/// tantivy lists this one for segments without deleted rows too, and opens it with those that have some.
const DELETES: &str = "del";

/// What tantivy writes last into each file: the length of a piece of JSON before it, and this number.
const FOOTER_MAGIC: u32 = 1337;
const FOOTER_NUMBERS: u64 = 8;
const MAX_FOOTER_BYTES: u64 = 50_000;

/// Why a day cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// The files are not what they have to be.
    #[error("{0}")]
    Damaged(String),
    /// They may be.
    #[error(transparent)]
    Other(TantivyError),
}

#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error("there is no such day")]
    NoSuchDay,
    #[error("the files of the day could not be read")]
    Read(#[source] TantivyError),
}

/// How the files of a day were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    Sound,
    /// The day was moved to this folder.
    Damaged(PathBuf),
}

impl EventIndex {
    /// Reads every committed file of a day and holds it against its checksum. A damaged day is moved aside.
    pub fn check(&self, dataset: Dataset, day: Day) -> Result<Health, CheckError> {
        let _nothing_merges = self.0.upkeep.lock().unwrap_or_else(PoisonError::into_inner);
        let day = self.0.day(DayKey { day, dataset }).ok_or(CheckError::NoSuchDay)?;
        self.0.check(&day).map_err(CheckError::Read)
    }
}

impl Inner {
    /// `upkeep` is locked, so no file that is committed is deleted meanwhile.
    pub(super) fn check(&self, day: &Arc<DayIndex>) -> tantivy::Result<Health> {
        match check_files(&day.folder) {
            Ok(()) => {
                day.checked();
                Ok(Health::Sound)
            }
            Err(Unreadable::Damaged(reason)) => {
                let mut writers = self.writers();
                writers.abandon(day.key);
                Ok(Health::Damaged(self.move_aside(day, &reason)?))
            }
            Err(Unreadable::Other(error)) => Err(error),
        }
    }

    /// Whether the day is there to be read. A damaged one is moved aside, and is not.
    pub(super) fn sound(&self, day: &Arc<DayIndex>) -> tantivy::Result<bool> {
        if !day.is_open() && day.is_empty()? {
            return Ok(false);
        }
        match day.try_open() {
            Ok(()) => Ok(true),
            Err(Unreadable::Other(error)) => Err(error),
            Err(Unreadable::Damaged(reason)) => {
                self.move_aside(day, &reason)?;
                Ok(false)
            }
        }
    }

    /// Two threads may find the same damage: the second finds the day gone, or a new one in its place.
    fn move_aside(&self, day: &Arc<DayIndex>, reason: &str) -> io::Result<PathBuf> {
        let mut days = self.days.write().unwrap_or_else(PoisonError::into_inner);
        let aside = self.folder.join(DAMAGED);
        if !days.get(&day.key).is_some_and(|other| Arc::ptr_eq(other, day)) {
            return Ok(aside);
        }
        fs::create_dir_all(&aside)?;
        let name = format!("{}_{}", day.key.dataset, day.key.day);
        let target = (0..)
            .map(|number| match number {
                0 => aside.join(&name),
                _ => aside.join(format!("{name}_{number}")),
            })
            .find(|path| !path.exists())
            .expect("there are numbers enough");
        fs::rename(&day.folder, &target)?;
        days.remove(&day.key);
        sync_folder(&aside)?;
        tracing::error!(
            dataset = %day.key.dataset,
            day = %day.key.day,
            moved_to = %target.display(),
            reason,
            "a day of the event index is damaged and was moved aside"
        );
        Ok(target)
    }
}

/// Of a damaged day's folder.
pub(super) fn key_of_damaged(name: &str) -> Option<DayKey> {
    let (dataset, day) = name.split_once('_')?;
    let day = day.split('_').next()?;
    Some(DayKey {
        day: day.parse().ok()?,
        dataset: Dataset::from_name(dataset)?,
    })
}

/// tantivy takes its own files at their word, and may panic over those that were changed.
pub(super) fn guarded<T>(read: impl FnOnce() -> tantivy::Result<T>) -> Result<T, Unreadable> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if is_damage(&error) => Err(Unreadable::Damaged(error.to_string())),
        Ok(Err(error)) => Err(Unreadable::Other(error)),
        Err(_) => Err(Unreadable::Damaged("reading its files ended in a panic".to_owned())),
    }
}

/// Whether the files are wrong, and not the machine short of something.
fn is_damage(error: &TantivyError) -> bool {
    let of_content =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
    match error {
        TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::FieldNotFound(_)
        | TantivyError::MissingPlugin(_)
        | TantivyError::UnexpectedPlugin(_)
        | TantivyError::InternalError(_)
        | TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_))
        | TantivyError::OpenDirectoryError(
            OpenDirectoryError::DoesNotExist(_) | OpenDirectoryError::NotADirectory(_),
        ) => true,
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) | TantivyError::IoError(io_error) => {
            of_content(io_error)
        }
        _ => false,
    }
}

/// All files of the last commit, which have to be there.
pub(super) fn find_files(folder: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let names = guarded(|| {
        let index = Index::open(DayFiles::open(folder)?)?;
        Ok(index.load_metas()?.list_segment_files())
    })?;
    let mut files = Vec::new();
    for name in names {
        let file = folder.join(&name);
        if file.is_file() {
            files.push(file);
        } else if name.extension().is_none_or(|extension| extension != DELETES) {
            return Err(Unreadable::Damaged(format!("{} is missing", name.display())));
        }
    }
    Ok(files)
}

/// All files of the last commit, against their checksums.
pub(super) fn check_files(folder: &Path) -> Result<(), Unreadable> {
    for file in find_files(folder)? {
        match check_file(&file) {
            Ok(true) => {}
            Ok(false) => return Err(Unreadable::Damaged(format!("{} has another checksum", file.display()))),
            Err(error) => return guarded(|| Err(error.into())),
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Footer {
    crc: u32,
}

fn check_file(path: &Path) -> io::Result<bool> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidData, format!("{} has no footer", path.display()));
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let numbers_at = length.checked_sub(FOOTER_NUMBERS).ok_or_else(invalid)?;
    file.seek(SeekFrom::Start(numbers_at))?;
    let (mut footer_length, mut magic) = ([0; 4], [0; 4]);
    file.read_exact(&mut footer_length)?;
    file.read_exact(&mut magic)?;
    let footer_length = u64::from(u32::from_le_bytes(footer_length));
    if u32::from_le_bytes(magic) != FOOTER_MAGIC || footer_length > MAX_FOOTER_BYTES {
        return Err(invalid());
    }
    let body = numbers_at.checked_sub(footer_length).ok_or_else(invalid)?;
    file.seek(SeekFrom::Start(body))?;
    let footer: Footer = serde_json::from_reader((&mut file).take(footer_length)).map_err(|_| invalid())?;
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = crc32fast::Hasher::new();
    let mut rest = file.take(body);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match rest.read(&mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Ok(hasher.finalize() == footer.crc)
}
