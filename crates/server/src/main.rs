//! The binary `tocsin`: settings, command line, wiring, start and stop.

mod check;
mod config;
mod control;
mod health;
mod http_server;
mod job_metrics;
mod jobs;
mod logging;
mod option;
mod outcomes;
mod parts;
mod quarantine;
mod serve;
mod setup;
mod tasks;
mod user;

use std::process::ExitCode;

use clap::Parser as _;

use crate::config::{Config, Flags};

/// Events are made on one thread and freed on another, which the system's allocator is slow at: it took a sixth of all
/// processor time. Without huge pages (`no_thp`), which doubled the memory at rest and made nothing faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Errors, alerts and what follows them: Sentry's job in one binary.
#[derive(Debug, clap::Parser)]
#[command(name = "tocsin", version, disable_help_subcommand = false)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run everything in this process (also without a command)
    Serve,
    /// Create what is missing of an organization, a project and a user, and print the DSN
    Setup(setup::Arguments),
    /// Check settings and storage, and say how to mend what is wrong
    Check,
    /// Say what became of one event
    Outcomes(outcomes::Arguments),
    /// Look at what could not be processed, and process it again
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    /// Look at what is to be done, try again what failed, and do what is due
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// List and set options of the installation
    #[command(subcommand)]
    Option(option::Command),
    /// Create users, set passwords, and name administrators
    #[command(subcommand)]
    User(user::Command),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match Config::load(&cli.flags) {
        Ok(config) => config,
        Err(error) => return failed(&error),
    };
    let serving = matches!(cli.command, None | Some(Command::Serve));
    logging::start(&config, serving);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let result = runtime.block_on(async {
        match cli.command {
            None | Some(Command::Serve) => serve::run(config).await,
            Some(Command::Setup(arguments)) => setup::run(config, arguments).await,
            Some(Command::Check) => check::run(config).await,
            Some(Command::Outcomes(arguments)) => outcomes::run(config, arguments).await,
            Some(Command::Quarantine(command)) => quarantine::run(config, command).await,
            Some(Command::Jobs(command)) => jobs::run(config, command).await,
            Some(Command::Option(command)) => option::run(config, command).await,
            Some(Command::User(command)) => user::run(config, command).await,
        }
    });
    // What still runs on the blocking pool after the orderly stop is not waited for.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&*error),
    }
}

/// What a command ends with: printed for a person, with all its causes.
type CommandError = Box<dyn std::error::Error>;

#[expect(
    clippy::print_stderr,
    reason = "the message of a failed command is for the person at the terminal"
)]
fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprint!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprint!(": {cause}");
        source = cause.source();
    }
    eprintln!();
    ExitCode::FAILURE
}
