//! `cargo xtask process-event FILE`: every step of one payload.

use crate::process::{cargo, run as run_command};
use crate::workspace;

pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    let example = [
        "run",
        "--quiet",
        "--package",
        "tocsin-services",
        "--example",
        "process-event",
        "--",
    ];
    run_command(&mut cargo(&[&example, args].concat(), &workspace::root()))
}
