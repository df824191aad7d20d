//! `cargo xtask bench`: how fast it is. Figures are kept in ARCHITECTURE.md.

use std::path::Path;

use crate::process::{cargo, command, run as run_command};
use crate::workspace;

const USAGE: &str = "cargo xtask bench processing [--flame-graph FILE]";

pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    match args {
        ["processing"] => run_command(&mut cargo(&PROCESSING, &workspace::root())),
        ["processing", "--flame-graph", file] => flame_graph(Path::new(file)),
        _ => Err(format!("usage: {USAGE}")),
    }
}

const PROCESSING: [&str; 5] = ["bench", "--package", "tocsin-ingest", "--bench", "processing"];

/// Samples the benchmark with `perf` and draws where the time goes with `inferno` (`cargo install inferno`).
fn flame_graph(file: &Path) -> Result<(), String> {
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
    sampled.arg("cargo").args(PROCESSING);
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
