//! The folder of an installation whose objects are files.

use std::{
    io,
    path::{Path, PathBuf},
};

use object_store::local::LocalFileSystem;
use tokio::sync::Mutex;

/// Makes sure of what [`LocalFileSystem`] leaves open.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The newest folder of a day that is known to be there.
    day: Mutex<String>,
}

impl Folder {
    /// Makes it, for its owner only.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        // It may have been there, open to others.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync(parent)?;
        }
        Ok(Self {
            path: path.to_owned(),
            day: Mutex::default(),
        })
    }

    pub(super) fn objects(&self) -> Result<LocalFileSystem, object_store::Error> {
        // File and folder are synced before a put returns: what was answered with 200 must last.
        Ok(LocalFileSystem::new_with_prefix(&self.path)?.with_fsync(true))
    }

    /// Makes the folder of a day durable. Of two writers that find no folder one makes it, and the other must not have
    /// its file committed before the folder is synced.
    pub(super) async fn make_day(&self, day: &str) -> Result<(), object_store::Error> {
        let mut known = self.day.lock().await;
        if *known == day {
            return Ok(());
        }
        let (root, folder) = (self.path.clone(), self.path.join(day));
        blocking(move || match std::fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => sync(&root),
        })
        .await?;
        day.clone_into(&mut known);
        Ok(())
    }

    /// Removes what a crash has left half written in the folder of a day. A file has a name with `#` until it is
    /// whole, and is not listed before.
    pub(super) async fn remove_unfinished(&self, day: &str) -> Result<(), object_store::Error> {
        let folder = self.path.join(day);
        blocking(move || {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                if entry.file_name().as_encoded_bytes().contains(&b'#') {
                    std::fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Removes the folder of a day if it is empty.
    pub(super) async fn remove_day(&self, day: &str) -> Result<(), object_store::Error> {
        let folder = self.path.join(day);
        blocking(move || match std::fs::remove_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(error),
            _ => Ok(()),
        })
        .await
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), object_store::Error> {
    let failed =
        |source: Box<dyn std::error::Error + Send + Sync>| object_store::Error::Generic { store: "files", source };
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| failed(error.into())),
        Err(error) => Err(failed(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_synced() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Folder::open(folder.path()).unwrap().objects().unwrap();
        // The only place where it tells.
        assert!(format!("{objects:?}").contains("fsync: true"), "{objects:?}");
    }
}
