//! The files of one day, as tantivy sees them.
//!
//! Three things are other than in tantivy's own directory. A file is synced when a commit is about to name it, not when
//! it was written: most files of a busy day are merged away before. The list of files is the folder itself, not one
//! more file that would be written and synced eight times a segment. And payloads are read, not mapped, so that merging
//! them does not fill the memory of the process.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tantivy::{
    Directory, HasLen, TantivyError,
    directory::{
        AntiCallToken, DirectoryLock, FileHandle, Lock, MmapDirectory, OwnedBytes, TerminatingWrite, WatchCallback,
        WatchHandle, WritePtr,
        error::{DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError},
    },
};

use super::payloads;

/// tantivy's list of the files that it made.
const MANAGED: &str = ".managed.json";

#[derive(Debug, Clone)]
pub(super) struct DayFiles(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    mapped: MmapDirectory,
    pending: Mutex<Pending>,
}

#[derive(Debug, Default)]
struct Pending {
    /// Written, not synced.
    files: BTreeSet<PathBuf>,
    /// A sync failed. What it did not write is lost, and the next sync would not say so: nothing may be committed here.
    failed: bool,
}

impl DayFiles {
    /// The folder exists.
    pub(super) fn open(folder: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self(Arc::new(Inner {
            folder: folder.to_owned(),
            mapped: MmapDirectory::open(folder)?,
            pending: Mutex::default(),
        })))
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn full(&self, path: &Path) -> PathBuf {
        self.0.folder.join(path)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0.folder)? {
            let entry = entry?;
            if let (true, Ok(name)) = (entry.file_type()?.is_file(), entry.file_name().into_string())
                && !name.starts_with('.')
            {
                names.push(name);
            }
        }
        Ok(names)
    }
}

impl Directory for DayFiles {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        if path
            .extension()
            .is_some_and(|extension| extension == payloads::EXTENSION)
        {
            let file = ReadFile::open(&self.full(path)).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(path.to_owned()),
                _ => OpenReadError::wrap_io_error(error, path.to_owned()),
            })?;
            return Ok(Arc::new(file));
        }
        self.0.mapped.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.pending().files.remove(path);
        self.0.mapped.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.0.mapped.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let file = OpenOptions::new().write(true).create_new(true).open(self.full(path));
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OpenWriteError::FileAlreadyExists(path.to_owned()),
            _ => OpenWriteError::wrap_io_error(error, path.to_owned()),
        })?;
        #[cfg(test)]
        super::power_cut::created(&self.full(path));
        Ok(BufWriter::new(Box::new(NewFile {
            file,
            path: path.to_owned(),
            files: self.clone(),
        })))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if path == Path::new(MANAGED) {
            let names = self
                .list()
                .map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))?;
            return Ok(serde_json::to_vec(&names).expect("a list of texts is JSON"));
        }
        self.0.mapped.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(MANAGED) {
            return Ok(());
        }
        let new = self.0.folder.join(".new");
        fs::write(&new, data)?;
        sync_file(&new)?;
        fs::rename(&new, self.full(path))?;
        sync_folder(&self.0.folder)
    }

    fn sync_directory(&self) -> io::Result<()> {
        // The lock is held throughout: who comes next may rely on it that the files of both are synced.
        let mut pending = self.pending();
        if pending.failed {
            return Err(io::Error::other("an earlier sync of this folder failed"));
        }
        let synced = std::mem::take(&mut pending.files)
            .iter()
            .try_for_each(|path| match sync_file(&self.full(path)) {
                // Deleted meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                synced => synced,
            })
            .and_then(|()| sync_folder(&self.0.folder));
        pending.failed = synced.is_err();
        synced
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.0.mapped.acquire_lock(lock)
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Err(TantivyError::InvalidArgument("readers are reloaded by hand".to_owned()))
    }
}

/// After it, what was created, renamed and deleted in the folder stays so.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()?;
    #[cfg(test)]
    super::power_cut::synced_folder(folder);
    Ok(())
}

fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_data()?;
    #[cfg(test)]
    super::power_cut::synced_file(path);
    Ok(())
}

struct NewFile {
    file: File,
    path: PathBuf,
    files: DayFiles,
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TerminatingWrite for NewFile {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.files.pending().files.insert(self.path.clone());
        Ok(())
    }
}

#[derive(Debug)]
struct ReadFile {
    file: File,
    length: usize,
}

impl ReadFile {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let length = usize::try_from(length).map_err(io::Error::other)?;
        Ok(Self { file, length })
    }
}

impl HasLen for ReadFile {
    fn len(&self) -> usize {
        self.length
    }
}

impl FileHandle for ReadFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start > range.end || range.end > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; range.len()];
        let offset = u64::try_from(range.start).map_err(io::Error::other)?;
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(OwnedBytes::new(bytes))
    }
}
