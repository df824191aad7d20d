use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of `initdb` and `postgres`: Debian's newest version (which is not on the PATH), else what `pg_config`
/// names, else the PATH.
pub(super) fn find() -> Option<PathBuf> {
    newest_of_debian()
        .into_iter()
        .chain(named_by_pg_config())
        .chain(std::env::var_os("PATH").iter().flat_map(std::env::split_paths))
        .find(|folder| holds_a_server(folder))
}

fn holds_a_server(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file())
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, folder)| holds_a_server(folder))
        .max()
        .map(|(_, folder)| folder)
}

fn named_by_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}
