//! `cargo xtask fuzz`: each target of `fuzz/` replays its stored inputs, then looks for new ones.
//!
//! Without a sanitizer the targets build with the stable toolchain; the parsers hold no unsafe code.

use std::path::Path;

use crate::process::{cargo, run as run_command, succeeds};
use crate::workspace;

const SECONDS: u32 = 10;

/// What a parser may take for one input before that counts as a failure, in MB and seconds; and a line at the end in
/// place of one for each finding.
const LIMITS: &[&str] = &[
    "-rss_limit_mb=1024",
    "-timeout=10",
    "-verbosity=0",
    "-print_final_stats=1",
];

pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    let (mut seconds, mut only) = (SECONDS, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{arg}` wants a value"))?;
        match *arg {
            "--seconds" => seconds = number(value)?,
            "--target" => only = Some(*value),
            other => return Err(format!("fuzz takes --seconds N and --target NAME, not `{other}`")),
        }
    }
    fuzz(&workspace::root(), seconds, only)
}

pub(crate) fn fuzz(root: &Path, seconds: u32, only: Option<&str>) -> Result<(), String> {
    let all = targets(root)?;
    let chosen: Vec<&String> = all
        .iter()
        .filter(|name| only.is_none_or(|only| only == *name))
        .collect();
    if chosen.is_empty() {
        return Err(format!("no fuzz target of that name; there are: {}", all.join(", ")));
    }
    if !succeeds(&mut cargo(&["fuzz", "--version"], root)) {
        return Err("cargo-fuzz is missing: cargo install --locked cargo-fuzz".to_owned());
    }
    for target in chosen {
        let stored = format!("fuzz/corpus/{target}");
        let stored = has_inputs(&root.join(&stored)).then_some(stored.as_str());
        if stored.is_some() {
            run_target(root, target, &Vec::from_iter(stored), "-runs=0")?;
        }
        if seconds > 0 {
            // libFuzzer writes what it finds into the first folder: the stored inputs stay as they are.
            let found = workspace::target_dir(root).join("fuzz-found").join(target);
            std::fs::create_dir_all(&found).map_err(|error| format!("cannot make {}: {error}", found.display()))?;
            let found = found.to_string_lossy();
            let folders: Vec<&str> = std::iter::once(&*found).chain(stored).collect();
            run_target(root, target, &folders, &format!("-max_total_time={seconds}"))?;
        }
    }
    Ok(())
}

fn run_target(root: &Path, target: &str, folders: &[&str], how_long: &str) -> Result<(), String> {
    let args = [
        &["fuzz", "run", "-s", "none", target],
        folders,
        &["--", how_long],
        LIMITS,
    ]
    .concat();
    run_command(&mut cargo(&args, root))
}

fn number(value: &str) -> Result<u32, String> {
    value
        .parse()
        .map_err(|_| format!("`{value}` is not a number of seconds"))
}

/// One file, one target.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".rs")?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

fn has_inputs(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_mean_nothing_are_errors() {
        assert!(run(&["--seconds"]).unwrap_err().contains("wants a value"));
        assert!(run(&["--seconds", "ten"]).unwrap_err().contains("not a number"));
        assert!(run(&["--hours", "1"]).unwrap_err().contains("--hours"));
        assert!(fuzz(&workspace::root(), 0, Some("no-such-target")).is_err());
    }
}
