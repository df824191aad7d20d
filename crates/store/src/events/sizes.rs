//! Which days there are, how large they are, and letting go of them.

use std::{
    fs, io,
    path::Path,
    sync::{Arc, PoisonError},
};

use query::Dataset;

use super::{
    Day, EventIndex,
    damage::{DAMAGED, key_of_damaged},
    day_index::DayKey,
    event_index::Inner,
    files::sync_folder,
};

/// Where the folders of dropped days are until they are empty.
const DROPPED: &str = "dropped";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayInfo {
    pub dataset: Dataset,
    pub day: Day,
    /// Committed; unknown, and 0, of a damaged day.
    pub rows: u64,
    /// Of all files.
    pub bytes: u64,
    /// The day could not be read and was moved aside. A sound one of the same date may stand beside it.
    pub damaged: bool,
}

impl EventIndex {
    /// All days, oldest first.
    pub fn days(&self) -> io::Result<Vec<DayInfo>> {
        let mut days = Vec::new();
        for day in self.0.days() {
            let bytes = folder_bytes(&day.folder)?;
            // What cannot be read is found by who asks for it; its size counts all the same.
            let segments = day.segments().unwrap_or_default();
            days.push(DayInfo {
                dataset: day.key.dataset,
                day: day.key.day,
                rows: segments.iter().map(|segment| u64::from(segment.num_docs())).sum(),
                bytes,
                damaged: false,
            });
        }
        for (key, folder) in damaged(&self.0.folder)? {
            days.push(DayInfo {
                dataset: key.dataset,
                day: key.day,
                rows: 0,
                bytes: folder_bytes(&folder)?,
                damaged: true,
            });
        }
        days.sort_by_key(|info| (info.day, info.dataset, info.damaged));
        Ok(days)
    }

    /// Deletes a day, with what was damaged of it. Questions that have begun read on; rows that are not committed are
    /// gone too. Whether there was one.
    pub fn drop_day(&self, dataset: Dataset, day: Day) -> io::Result<bool> {
        let key = DayKey { day, dataset };
        let inner = &self.0;
        let _nothing_merges = inner.upkeep.lock().unwrap_or_else(PoisonError::into_inner);
        let mut dropped = false;
        {
            let mut writers = inner.writers();
            writers.forget(key);
            let mut days = inner.days.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(day) = days.get(&key).map(Arc::clone) {
                inner.put_away(&day.folder)?;
                day.close();
                days.remove(&key);
                dropped = true;
            }
        }
        for (damaged, folder) in damaged(&inner.folder)? {
            if damaged == key {
                inner.put_away(&folder)?;
                dropped = true;
            }
        }
        inner.empty_dropped()?;
        Ok(dropped)
    }
}

impl Inner {
    /// At once, so that a day is there as a whole or not at all.
    fn put_away(&self, folder: &Path) -> io::Result<()> {
        if !folder.try_exists()? {
            return Ok(());
        }
        let dropped = self.folder.join(DROPPED);
        fs::create_dir_all(&dropped)?;
        let target = (0..)
            .map(|number: u32| dropped.join(number.to_string()))
            .find(|path| !path.exists())
            .expect("there are numbers enough");
        fs::rename(folder, target)?;
        folder.parent().map_or(Ok(()), sync_folder)
    }

    /// What an earlier process has left there too.
    pub(super) fn empty_dropped(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.folder.join(DROPPED)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn damaged(root: &Path) -> io::Result<Vec<(DayKey, std::path::PathBuf)>> {
    let entries = match fs::read_dir(root.join(DAMAGED)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Some(key) = entry.file_name().to_str().and_then(key_of_damaged) {
            found.push((key, entry.path()));
        }
    }
    Ok(found)
}

/// A folder or file that is gone meanwhile has none.
fn folder_bytes(folder: &Path) -> io::Result<u64> {
    let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let entries = match fs::read_dir(folder) {
        Err(error) if gone(&error) => return Ok(0),
        other => other?,
    };
    let mut bytes = 0;
    for entry in entries {
        bytes += match entry.and_then(|entry| entry.metadata()) {
            Err(error) if gone(&error) => 0,
            other => other?.len(),
        };
    }
    Ok(bytes)
}
