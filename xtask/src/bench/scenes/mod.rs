//! What a server goes through while it is measured, one file a scene. Each scene measures the lines that it names, and
//! is left out when none of them is wanted.

mod latency; // under a moderate one,
mod pages; // what a person looks at
mod questions;
mod start; // an empty server,
mod stored; // and with much in its store:
mod sustained; // a server under as much load as it bears, // and what is asked of the event index

use std::path::Path;

use super::lines::Outcome;
use super::options::Options;

/// What all scenes need.
#[derive(Debug, Clone, Copy)]
struct Scene<'a> {
    options: &'a Options,
    binary: &'a Path,
}

/// Runs all scenes. What fails ends its scene only: a long measurement is not lost for one line.
pub(super) fn run(options: &Options, binary: &Path) -> (Outcome, Result<(), String>) {
    const SCENES: [fn(Scene<'_>, &mut Outcome) -> Result<(), String>; 4] =
        [start::run, sustained::run, latency::run, stored::run];
    let mut outcome = Outcome::default();
    let errors: Vec<String> = SCENES
        .iter()
        .filter_map(|run| run(Scene { options, binary }, &mut outcome).err())
        .collect();
    let failed = match errors.is_empty() {
        true => Ok(()),
        false => Err(errors.join("\n")),
    };
    (outcome, failed)
}

impl Scene<'_> {
    fn fresh_server(&self) -> Result<super::server::Server, String> {
        super::server::Server::fresh(self.binary, self.options.folder.as_deref())
    }
}

/// Tells what is going on, beside the table.
fn progress(text: &str) {
    eprintln!("… {text}");
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes and counts that are measured are far below 2^53"
)]
fn float(number: u64) -> f64 {
    number as f64
}

fn megabytes(bytes: u64) -> f64 {
    float(bytes) / 1e6
}
