//! The committed text, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use super::rust::Rust;

/// Every file that git tracks or would track, with forward slashes, relative to the workspace root.
pub(super) struct Tree {
    files: BTreeMap<String, File>,
}

pub(super) struct File {
    /// Absent for a file that is not UTF-8, like a picture.
    pub(super) text: Option<String>,
    rust: Option<Rust>,
    /// The whole file is compiled for tests only.
    test: bool,
}

impl Tree {
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let listing = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .map_err(|error| format!("cannot start git, which lists the files to check: {error}"))?;
        if !listing.status.success() {
            return Err(format!(
                "git ls-files failed: {}",
                String::from_utf8_lossy(&listing.stderr).trim()
            ));
        }
        let mut files = Vec::new();
        for path in String::from_utf8_lossy(&listing.stdout)
            .split('\0')
            .filter(|path| !path.is_empty())
        {
            // A file deleted but not yet committed is listed as well.
            if let Ok(bytes) = std::fs::read(root.join(path)) {
                files.push((path.to_owned(), String::from_utf8(bytes).ok()));
            }
        }
        Ok(Self::new(files))
    }

    fn new(texts: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        let mut files = BTreeMap::new();
        for (path, text) in texts {
            let rust = text.as_deref().filter(|_| path.ends_with(".rs")).map(Rust::new);
            let test = is_test_path(&path);
            files.insert(path, File { text, rust, test });
        }
        mark_test_modules(&mut files);
        Self { files }
    }

    #[cfg(test)]
    pub(super) fn of(texts: &[(&str, &str)]) -> Self {
        Self::new(
            texts
                .iter()
                .map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned()))),
        )
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether a file or a folder of this name is committed.
    pub(super) fn contains(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty()
            || self.files.contains_key(path)
            || self
                .files
                .range(folder.clone()..)
                .next()
                .is_some_and(|(next, _)| next.starts_with(&folder))
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.text.as_deref()
    }

    /// Every text file under `folder` (empty: the whole tree) whose name ends with one of `endings` (none: any).
    pub(super) fn texts<'a>(
        &'a self,
        folder: &'a str,
        endings: &'a [&str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(folder))
            .filter(move |(path, _)| endings.is_empty() || endings.iter().any(|ending| path.ends_with(ending)))
            .filter_map(|(path, file)| Some((path.as_str(), file.text.as_deref()?)))
    }

    /// Every path under `folder`.
    pub(super) fn paths<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        self.files
            .keys()
            .map(String::as_str)
            .filter(move |path| path.starts_with(folder))
    }

    /// The Rust source of the crates, xtask and fuzz targets.
    pub(super) fn rust(&self) -> impl Iterator<Item = RustFile<'_>> {
        self.files.iter().filter_map(|(path, file)| {
            Some(RustFile {
                path,
                source: file.rust.as_ref()?,
                all_test: file.test,
            })
        })
    }

    /// The names of the folders under `crates/`.
    pub(super) fn crates(&self) -> BTreeSet<&str> {
        self.paths("crates/")
            .filter_map(|path| path.split('/').nth(1))
            .collect()
    }
}

#[derive(Clone, Copy)]
pub(super) struct RustFile<'a> {
    pub(super) path: &'a str,
    pub(super) source: &'a Rust,
    all_test: bool,
}

impl<'a> RustFile<'a> {
    /// The folder under `crates/`, or the empty string.
    pub(super) fn krate(&self) -> &'a str {
        self.path
            .strip_prefix("crates/")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or("")
    }

    pub(super) fn is_test(&self, line: usize) -> bool {
        self.all_test || self.source.is_test(line)
    }

    /// Lines of code outside tests, with strings and comments blanked.
    pub(super) fn product_code(self) -> impl Iterator<Item = (usize, &'a str)> {
        self.source.code().filter(move |(line, _)| !self.is_test(*line))
    }
}

fn is_test_path(path: &str) -> bool {
    path.starts_with("crates/testkit/")
        || path
            .split('/')
            .any(|part| matches!(part, "tests" | "benches" | "fuzz_targets" | "tests.rs"))
}

/// `#[cfg(test)] mod samples;` makes `samples.rs` beside it, or `samples/`, test code.
fn mark_test_modules(files: &mut BTreeMap<String, File>) {
    let mut modules = Vec::new();
    for (path, file) in files.iter() {
        let Some(rust) = &file.rust else { continue };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let inside = match name {
            "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
            _ => format!("{folder}/{}", name.trim_end_matches(".rs")),
        };
        modules.extend(rust.test_modules().map(|module| format!("{inside}/{module}")));
    }
    for module in modules {
        let (file, folder) = (format!("{module}.rs"), format!("{module}/"));
        for (path, found) in files.iter_mut() {
            found.test |= *path == file || path.starts_with(&folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_contained_when_a_file_is_in_it() {
        let tree = Tree::of(&[("docs/a.md", ""), ("docs-old/b.md", "")]);
        assert!(tree.contains("docs") && tree.contains("docs/a.md") && !tree.contains("doc"));
        assert!(!Tree::of(&[("docs-old/b.md", "")]).contains("docs"));
    }

    #[test]
    fn a_module_behind_cfg_test_is_test_code() {
        let tree = Tree::of(&[
            ("crates/web/src/lib.rs", "mod pages;\n#[cfg(test)]\nmod samples;\n"),
            ("crates/web/src/samples.rs", "fn a() {}"),
            ("crates/web/src/pages.rs", "fn a() {}\n#[cfg(test)]\nmod hostile;"),
            ("crates/web/src/pages/hostile.rs", "fn a() {}"),
        ]);
        let tests: Vec<&str> = tree
            .rust()
            .filter(|file| file.is_test(1))
            .map(|file| file.path)
            .collect();
        assert_eq!(tests, ["crates/web/src/pages/hostile.rs", "crates/web/src/samples.rs"]);
    }
}
