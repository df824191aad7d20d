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

type Run = fn(Scene<'_>, &mut Outcome) -> Result<(), String>;

/// Runs all scenes. What fails ends its scene only: a long measurement is not lost for one line.
pub(super) fn run(options: &Options, binary: &Path) -> (Outcome, Result<(), String>) {
    const SCENES: [Run; 4] = [start::run, sustained::run, latency::run, stored::run];
    let mut outcome = Outcome::default();
    let failed = all(SCENES.iter().map(|run| run(Scene { options, binary }, &mut outcome)));
    (outcome, failed)
}

impl Scene<'_> {
    fn fresh_server(&self) -> Result<super::server::Server, String> {
        super::server::Server::fresh(self.binary, self.options.folder.as_deref())
    }
}

/// Goes through all of them, and names every failure at the end.
fn all(results: impl Iterator<Item = Result<(), String>>) -> Result<(), String> {
    let errors: Vec<String> = results.filter_map(Result::err).collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(errors.join("\n")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_does_not_keep_the_rest_from_running() {
        let mut ran = 0;
        let outcomes = [Err("a".to_owned()), Ok(()), Err("b".to_owned())];
        let failed = all(outcomes.into_iter().inspect(|_| ran += 1));
        assert_eq!((ran, failed), (3, Err("a\nb".to_owned())));
    }
}
