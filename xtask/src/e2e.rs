//! `cargo xtask e2e`: real clients and a browser against the release binary.
//!
//! The clients are installed into the cache folder, once for each version of their list; nothing lands in the checkout.

use std::path::{Path, PathBuf};

use crate::process::{cargo, command, run as run_command};
use crate::workspace;

pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    let args = args.strip_prefix(&["--"]).unwrap_or(args);
    let root = workspace::root();
    run_command(&mut cargo(&["build", "--release", "--locked"], &root))?;
    test(&root, args)
}

/// Runs pytest; the release binary is built already.
pub(crate) fn test(root: &Path, args: &[&str]) -> Result<(), String> {
    let (python, node_modules) = (python(root)?, node_modules(root)?);
    let binary = workspace::target_dir(root).join("release/tocsin");
    let mut pytest = command(
        &python.to_string_lossy(),
        &["-m", "pytest", "-p", "no:cacheprovider", "e2e"],
        root,
    );
    pytest
        .args(args)
        .env("TOCSIN_BIN", binary)
        .env("TOCSIN_NODE_MODULES", node_modules);
    pytest.env("PYTHONDONTWRITEBYTECODE", "1");
    run_command(&mut pytest)
}

/// The interpreter of a virtual environment that holds `e2e/requirements.txt`.
fn python(root: &Path) -> Result<PathBuf, String> {
    let environment = workspace::cache_dir().join("e2e-python");
    let python = environment.join("bin/python");
    let list = root.join("e2e/requirements.txt");
    install(&list, &environment, || {
        let (environment, python) = (environment.to_string_lossy(), python.to_string_lossy());
        let list = list.to_string_lossy();
        run_command(&mut command("python3", &["-m", "venv", "--clear", &environment], root))?;
        run_command(&mut command(
            &python,
            &["-m", "pip", "install", "--quiet", "--requirement", &list],
            root,
        ))
    })?;
    Ok(python)
}

/// The folder with what `e2e/node/package.json` lists.
fn node_modules(root: &Path) -> Result<PathBuf, String> {
    let folder = workspace::cache_dir().join("e2e-node");
    let list = root.join("e2e/node/package.json");
    install(&list, &folder, || {
        let copy = folder.join("package.json");
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::copy(&list, &copy))
            .map_err(|error| format!("cannot copy to {}: {error}", copy.display()))?;
        let quiet = [
            "install",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ];
        run_command(command("npm", &quiet, root).current_dir(&folder))
    })?;
    Ok(folder.join("node_modules"))
}

/// Calls `make` unless `folder` was made from the same list before.
fn install(list: &Path, folder: &Path, make: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let wanted = std::fs::read(list).map_err(|error| format!("cannot read {}: {error}", list.display()))?;
    let stamp = folder.join("installed-from");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    make()?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_installed_once_for_each_list() {
        let folder = std::env::temp_dir().join(format!("tocsin-xtask-install-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let list = folder.join("list");
        let mut made = 0;
        for (text, expected) in [("a", 1), ("a", 1), ("b", 2)] {
            std::fs::write(&list, text).unwrap();
            install(&list, &folder, || {
                made += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(made, expected);
        }
        assert!(install(&list.join("absent"), &folder, || Ok(())).is_err());
        std::fs::write(&list, "c").unwrap();
        assert!(install(&list, &folder, || Err("no network".to_owned())).is_err());
        install(&list, &folder, || {
            made += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(made, 3, "a failed installation is tried again");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
