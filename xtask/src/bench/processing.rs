//! `cargo xtask bench processing`: the part of the way of an event that is pure work, on one core.

use std::path::Path;

use crate::process::{cargo, command, run as run_command};
use crate::workspace;

const COMMAND: [&str; 5] = ["bench", "--package", "tocsin-ingest", "--bench", "processing"];

pub(super) fn run() -> Result<(), String> {
    run_command(&mut cargo(&COMMAND, &workspace::root()))
}

/// Samples the benchmark with `perf` and draws where the time goes with `inferno` (`cargo install inferno`).
pub(super) fn flame_graph(file: &Path) -> Result<(), String> {
    let root = workspace::root();
    let folder = workspace::target_dir(&root).join("flame-graph");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let data = folder.join("perf.data");
    let data = data.to_string_lossy();
    let mut sampled = command(
        "perf",
        &[
            "record",
            "--call-graph",
            "dwarf,16384",
            "-F",
            "400",
            "-e",
            "cpu-clock",
            "-o",
            &data,
            "--",
        ],
        &root,
    );
    sampled.arg("cargo").args(COMMAND);
    // Names are wanted on every stack, which the release profile leaves out.
    sampled.env("CARGO_PROFILE_BENCH_STRIP", "none");
    run_command(&mut sampled)?;
    let draw = format!(
        "perf script -i '{data}' | inferno-collapse-perf | grep process_without_store | inferno-flamegraph \
         --title 'From the bytes of the spool to finished records' > '{}'",
        file.display()
    );
    run_command(&mut command("sh", &["-c", &draw], &root))
}
