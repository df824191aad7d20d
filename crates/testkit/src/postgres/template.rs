use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use super::user::ServerUser;

/// Goes into the name of a template: raise it when the options of `initdb` change.
const REVISION: u32 = 1;

/// A data folder fresh from `initdb`, to be copied. It is made once per version and user and kept in the system's
/// temporary folder, because `initdb` takes ten times as long as a copy and every test process starts a server.
pub(super) fn find_or_create(binaries: &Path, user: ServerUser) -> io::Result<PathBuf> {
    let templates = own_folder(user)?;
    let template = templates.join(format!("{}-r{REVISION}", version(binaries)?));
    let lock = File::create(templates.join("lock"))?;
    lock.lock()?;
    if !template.exists() {
        let unfinished = tempfile::Builder::new().prefix("unfinished-").tempdir_in(&templates)?;
        user.give(unfinished.path())?;
        initdb(binaries, user, unfinished.path())?;
        // A template is there as a whole or not at all, whenever this process is killed.
        fs::rename(unfinished.keep(), &template)?;
    }
    Ok(template)
}

/// The folder of all templates. Its name can be guessed, so nobody else may own it or write to it.
fn own_folder(user: ServerUser) -> io::Result<PathBuf> {
    let own = rustix::process::geteuid().as_raw();
    let folder = super::temporary_folder().join(format!("tocsin-postgres-templates-{own}-{}", user.uid()));
    match fs::create_dir(&folder) {
        Ok(()) => fs::set_permissions(&folder, Permissions::from_mode(0o755))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let found = fs::symlink_metadata(&folder)?;
    if !found.is_dir() || found.uid() != own || found.mode() & 0o022 != 0 {
        return Err(io::Error::other(format!(
            "{} is not a folder of ours alone",
            folder.display()
        )));
    }
    Ok(folder)
}

/// `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` becomes `15.14`.
fn version(binaries: &Path) -> io::Result<String> {
    let output = std::process::Command::new(binaries.join("postgres"))
        .arg("--version")
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split_whitespace().nth(2).filter(|version| !version.contains('/'));
    version
        .map(str::to_owned)
        .ok_or_else(|| io::Error::other(format!("no version in {text:?}")))
}

fn initdb(binaries: &Path, user: ServerUser, folder: &Path) -> io::Result<()> {
    let output = user
        .command(binaries.join("initdb"))
        .arg("-D")
        .arg(folder)
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"])
        // Small segments: each new server begins with one, and the copy is smaller.
        .args(["--no-sync", "--no-instructions", "--wal-segsize=1"])
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!(
            "initdb: {}",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    Ok(())
}
