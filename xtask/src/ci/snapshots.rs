//! Every stored snapshot is compared by some test; one that is not proves nothing and is deleted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file to which insta appends the path of each snapshot that it reads.
pub(super) struct References {
    file: PathBuf,
}

impl References {
    pub(super) fn new() -> Result<Self, String> {
        let file = std::env::temp_dir().join(format!("tocsin-snapshots-{}", std::process::id()));
        std::fs::write(&file, "").map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        Ok(Self { file })
    }

    pub(super) fn record(&self, tests: &mut Command) {
        tests.env("INSTA_SNAPSHOT_REFERENCES_FILE", &self.file);
    }

    pub(super) fn check(&self, root: &Path) -> Result<(), String> {
        let references = std::fs::read_to_string(&self.file)
            .map_err(|error| format!("cannot read {}: {error}", self.file.display()))?;
        let mut stored = Vec::new();
        find_snapshots(&root.join("crates"), &mut stored)?;
        let unused = unreferenced(&stored, &references, root);
        if unused.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = unused.iter().map(|path| format!("  {}", path.display())).collect();
        Err(format!(
            "no test compares these snapshots, delete them:\n{}",
            list.join("\n")
        ))
    }
}

impl Drop for References {
    fn drop(&mut self) {
        // A leftover in the temporary folder harms nobody.
        std::fs::remove_file(&self.file).ok();
    }
}

fn find_snapshots(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            find_snapshots(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "snap") {
            found.push(path);
        }
    }
    Ok(())
}

fn unreferenced<'a>(stored: &'a [PathBuf], references: &str, root: &Path) -> Vec<&'a Path> {
    // insta writes paths through `..`, as the test's `file!()` has them.
    let used: BTreeSet<PathBuf> = references
        .lines()
        .filter_map(|line| std::fs::canonicalize(root.join(line)).ok())
        .collect();
    let known = |path: &Path| std::fs::canonicalize(path).is_ok_and(|path| used.contains(&path));
    stored
        .iter()
        .map(PathBuf::as_path)
        .filter(|path| !known(path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_no_test_reads_is_found() {
        let folder = std::env::temp_dir().join(format!("tocsin-xtask-snapshots-{}", std::process::id()));
        let inner = folder.join("crates/web/snapshots");
        std::fs::create_dir_all(&inner).unwrap();
        for name in ["used.snap", "unused.snap", "other.txt"] {
            std::fs::write(inner.join(name), "").unwrap();
        }
        let mut stored = Vec::new();
        find_snapshots(&folder.join("crates"), &mut stored).unwrap();
        let references = "crates/web/src/../snapshots/used.snap\n";
        std::fs::create_dir_all(folder.join("crates/web/src")).unwrap();
        assert_eq!(unreferenced(&stored, references, &folder), [inner.join("unused.snap")]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
