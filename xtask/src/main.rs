//! Developer tasks: `cargo xtask <task>`. Nothing links this crate.
//!
//! Lives here: what CI runs and what a person runs before pushing. Stays out: anything the product does.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks to the terminal"
)]

mod bench;
mod ci;
mod e2e;
mod fuzz;
mod process;
mod process_event;
mod tidy;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <task>

tasks
  tidy                     check the rules of the house that a program can check
  ci [--only A,B] [--keep-going] [--list]
                           run everything that CI runs, in order; a table of durations at the end
  fuzz [--seconds N] [--target NAME]
                           replay the stored inputs, then fuzz each target for N seconds (10)
  process-event FILE [--filters F] [--scrubbing F] [--fingerprint-rules F] [--stack-trace-rules F] [--received SECONDS]
                           print every step that one payload goes through, with settings from files
  bench [--only LINE,…] [--quick] [--large] [--json] [--runs N] [--binary PATH] [--folder PATH]
                           measure the release binary under a load of its own, and show it beside the budgets;
                           --list shows the lines, --quick is for a look, --large stores ten times as much
  bench processing [--flame-graph FILE]
                           events a second on one core, from the spool's bytes to finished records without the store
  bench functions [CRITERION ARGS]
                           the functions that run for every event or question, one by one
  e2e [-- PYTEST ARGS]     build the release binary, then run the tests in e2e/ against it";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        ["tidy"] => tidy::run(),
        ["ci", rest @ ..] => ci::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["process-event", rest @ ..] => process_event::run(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["e2e", rest @ ..] => e2e::run(rest),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        [other, ..] => Err(format!("no task `{other}`\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
