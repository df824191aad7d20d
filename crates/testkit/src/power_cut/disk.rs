use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

const BLOCK: u64 = 4096;

/// What a folder's disk holds: of each file the bytes that were synced, and of the folder the names that were.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    power: Power,
    /// The folder as the processes see it, and as it would be found after a power cut.
    names: BTreeMap<OsString, FileId>,
    durable_names: BTreeMap<OsString, FileId>,
    files: Vec<File>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    On,
    /// Syncs are reported as done and are not.
    Frozen,
    /// Whatever would change the disk fails.
    Off,
}

/// A file has an id, as a name can come to mean another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(usize);

#[derive(Debug, Default)]
struct File {
    durable: Vec<u8>,
    /// The blocks that were written since the last sync.
    dirty: BTreeSet<u64>,
    /// The smallest size that the file had since the last sync: what comes after it in `durable` is no more.
    shrunk_to: Option<u64>,
}

/// The live file, read by a sync.
pub(super) trait Source {
    type Error;
    fn size(&mut self) -> Result<u64, Self::Error>;
    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Self::Error>;
}

impl Disk {
    /// What is in `folder` now counts as synced.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let folder = folder.canonicalize()?;
        let mut names = BTreeMap::new();
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            // SQLite's shared memory is a file by accident: it is made anew after a power cut.
            if entry.file_type()?.is_file() && !entry.file_name().as_encoded_bytes().ends_with(b"-shm") {
                names.insert(entry.file_name(), FileId(files.len()));
                files.push(File {
                    durable: fs::read(entry.path())?,
                    ..File::default()
                });
            }
        }
        let state = State {
            power: Power::On,
            durable_names: names.clone(),
            names,
            files,
        };
        Ok(Self {
            folder,
            state: Mutex::new(state),
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every change takes this one lock, so a sync is before a power cut or after it, never half.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_power(&self, power: Power) {
        self.state().power = power;
    }

    pub(super) fn is_off(&self) -> bool {
        self.state().power == Power::Off
    }

    /// The file of that name; a new one has its name and its `size` bytes not yet synced.
    pub(super) fn open(&self, name: &OsStr, size: u64) -> FileId {
        let mut state = self.state();
        if let Some(id) = state.names.get(name) {
            return *id;
        }
        let id = FileId(state.files.len());
        state.files.push(File {
            dirty: blocks(0, size).collect(),
            ..File::default()
        });
        state.names.insert(name.to_owned(), id);
        id
    }

    /// To be called after the write: a sync in between would take the old bytes and forget that there are new ones.
    pub(super) fn wrote(&self, id: FileId, offset: u64, length: u64) {
        self.state().files[id.0].dirty.extend(blocks(offset, length));
    }

    pub(super) fn truncated(&self, id: FileId, size: u64) {
        let file = &mut self.state().files[id.0];
        file.shrunk_to = Some(file.shrunk_to.map_or(size, |smallest| smallest.min(size)));
    }

    /// Makes durable what the file holds now.
    pub(super) fn sync<S: Source>(&self, id: FileId, source: &mut S) -> Result<(), S::Error> {
        let mut state = self.state();
        if state.power != Power::On {
            return Ok(());
        }
        let size = source.size()?;
        let file = &mut state.files[id.0];
        if let Some(shrunk_to) = file.shrunk_to.take() {
            file.durable.truncate(to_usize(shrunk_to));
        }
        file.durable.resize(to_usize(size), 0);
        for block in std::mem::take(&mut file.dirty) {
            let start = block * BLOCK;
            let end = size.min(start + BLOCK);
            if start < end {
                source.read(start, &mut file.durable[to_usize(start)..to_usize(end)])?;
            }
        }
        Ok(())
    }

    /// Makes durable which files there are, and their names.
    pub(super) fn sync_folder(&self) {
        let mut state = self.state();
        if state.power == Power::On {
            state.durable_names = state.names.clone();
        }
    }

    pub(super) fn deleted(&self, name: &OsStr) {
        self.state().names.remove(name);
    }

    /// Writes what the disk holds as files.
    pub(super) fn restore_into(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let state = self.state();
        state
            .durable_names
            .iter()
            .try_for_each(|(name, id)| fs::write(folder.join(name), &state.files[id.0].durable))
    }
}

fn blocks(offset: u64, length: u64) -> std::ops::Range<u64> {
    offset / BLOCK..(offset + length).div_ceil(BLOCK)
}

fn to_usize(size: u64) -> usize {
    size.try_into().expect("a test's file fits into memory")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    impl Source for &[u8] {
        type Error = Infallible;

        fn size(&mut self) -> Result<u64, Infallible> {
            Ok(self.len() as u64)
        }

        fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Infallible> {
            into.copy_from_slice(&self[offset as usize..][..into.len()]);
            Ok(())
        }
    }

    fn empty_disk() -> Disk {
        Disk::read(tempfile::tempdir().unwrap().path()).unwrap()
    }

    fn after_a_cut(disk: &Disk) -> BTreeMap<String, Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        disk.restore_into(folder.path()).unwrap();
        let read = |entry: fs::DirEntry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        };
        fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| read(entry.unwrap()))
            .collect()
    }

    #[test]
    fn what_was_written_after_the_sync_is_lost() {
        let disk = empty_disk();
        let file = disk.open("a".as_ref(), 0);
        disk.wrote(file, 0, 3);
        disk.sync(file, &mut b"one".as_slice()).unwrap();
        disk.sync_folder();
        disk.wrote(file, 3, 3);
        assert_eq!(after_a_cut(&disk)["a"], b"one");
        disk.sync(file, &mut b"onetwo".as_slice()).unwrap();
        assert_eq!(after_a_cut(&disk)["a"], b"onetwo");
    }

    #[test]
    fn only_written_blocks_are_taken_over() {
        let disk = empty_disk();
        let file = disk.open("a".as_ref(), 0);
        disk.wrote(file, 0, 3 * BLOCK);
        disk.sync(file, &mut vec![1; 3 * BLOCK as usize].as_slice()).unwrap();
        disk.sync_folder();
        disk.wrote(file, 2 * BLOCK - 1, 1);
        disk.sync(file, &mut vec![2; 3 * BLOCK as usize].as_slice()).unwrap();
        let found = &after_a_cut(&disk)["a"];
        let blocks: Vec<u8> = found.chunks(BLOCK as usize).map(|block| block[0]).collect();
        assert_eq!(blocks, [1, 2, 1]);
    }

    #[test]
    fn what_lay_behind_a_truncation_does_not_come_back_when_the_file_grows_again() {
        let disk = empty_disk();
        let file = disk.open("a".as_ref(), 0);
        disk.wrote(file, 0, 8);
        disk.sync(file, &mut b"old data".as_slice()).unwrap();
        disk.sync_folder();
        disk.truncated(file, 0);
        disk.truncated(file, 8);
        assert_eq!(after_a_cut(&disk)["a"], b"old data");
        disk.sync(file, &mut b"\0\0\0\0\0\0\0\0".as_slice()).unwrap();
        assert_eq!(after_a_cut(&disk)["a"], [0; 8]);
    }

    #[test]
    fn a_new_name_and_a_deletion_last_once_the_folder_is_synced() {
        let disk = empty_disk();
        let file = disk.open("a".as_ref(), 0);
        disk.wrote(file, 0, 1);
        disk.sync(file, &mut b"1".as_slice()).unwrap();
        assert!(after_a_cut(&disk).is_empty());
        disk.sync_folder();
        disk.deleted("a".as_ref());
        let second = disk.open("a".as_ref(), 0);
        assert_ne!(file, second);
        disk.wrote(second, 0, 1);
        disk.sync(second, &mut b"2".as_slice()).unwrap();
        assert_eq!(after_a_cut(&disk)["a"], b"1", "the name still means the first file");
        disk.sync_folder();
        assert_eq!(after_a_cut(&disk)["a"], b"2");
    }

    #[test]
    fn nothing_becomes_durable_without_power() {
        let disk = empty_disk();
        disk.set_power(Power::Frozen);
        let file = disk.open("a".as_ref(), 0);
        disk.wrote(file, 0, 1);
        disk.sync(file, &mut b"1".as_slice()).unwrap();
        disk.sync_folder();
        assert!(after_a_cut(&disk).is_empty());
    }

    #[test]
    fn what_was_in_the_folder_before_is_durable() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.db"), "old").unwrap();
        fs::write(folder.path().join("a.db-shm"), "shared memory").unwrap();
        let disk = Disk::read(folder.path()).unwrap();
        assert_eq!(
            after_a_cut(&disk),
            BTreeMap::from([("a.db".to_owned(), b"old".to_vec())])
        );
    }
}
