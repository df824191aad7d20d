//! `cargo xtask bench`: how fast it is, how large, and how soon. What is measured stands in [`lines`], how in [`scenes`].
//!
//! The figures of a release are kept in ARCHITECTURE.md. Nothing here is a test: a figure over its budget is shown as
//! such, and the command still succeeds.

mod bodies; // from what was made before,
mod http; // over connections that are kept open,
mod lines; // which lines there are and their budgets,
mod measure; // with what the system knows about the process and its files,
mod options; // what is asked for,
mod reader; // and what a person and a program see of it
mod scenes; // how they are measured, one file for what one server goes through,
mod senders; // by threads that send the load,
mod server; // on a server with a data folder of its own,
mod table; // and how the outcome is shown

mod processing;

use std::path::{Path, PathBuf};

use crate::process::{cargo, run as run_command};
use crate::workspace;
use options::Options;

pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    match args {
        ["processing"] => processing::run(),
        ["processing", "--flame-graph", file] => processing::flame_graph(Path::new(file)),
        ["functions", rest @ ..] => functions(rest),
        ["--list"] => {
            print!("{}", table::list(lines::LINES));
            Ok(())
        }
        // The load comes from this program, on the cores that the server wants: it must not be a debug build.
        _ if cfg!(debug_assertions) => {
            Options::parse(args)?;
            let optimised = ["run", "--quiet", "--release", "--package", "xtask", "--", "bench"];
            run_command(&mut cargo(&[&optimised, args].concat(), &workspace::root()))
        }
        _ => server_lines(&Options::parse(args)?),
    }
}

fn server_lines(options: &Options) -> Result<(), String> {
    let binary = match &options.binary {
        Some(binary) => binary
            .canonicalize()
            .map_err(|error| format!("{}: {error}", binary.display()))?,
        None => build()?,
    };
    let (outcome, failed) = scenes::run(options, &binary);
    if options.json {
        println!("{}", table::json(options, &outcome));
    } else {
        print!("{}", table::table(options, &outcome));
    }
    failed
}

fn build() -> Result<PathBuf, String> {
    let root = workspace::root();
    run_command(&mut cargo(
        &["build", "--release", "--locked", "--package", "tocsin"],
        &root,
    ))?;
    Ok(workspace::target_dir(&root).join("release").join("tocsin"))
}

/// The packages with a criterion benchmark of their hot functions.
const FUNCTIONS: [&str; 3] = ["tocsin-protocol", "tocsin-query", "tocsin-services"];

fn functions(rest: &[&str]) -> Result<(), String> {
    let packages = FUNCTIONS.iter().flat_map(|package| ["--package", package]);
    let args: Vec<&str> = ["bench", "--bench", "functions"]
        .into_iter()
        .chain(packages)
        .chain(std::iter::once("--"))
        .chain(rest.iter().copied())
        .collect();
    run_command(&mut cargo(&args, &workspace::root()))
}
