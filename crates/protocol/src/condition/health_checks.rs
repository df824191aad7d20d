use super::Globs;

/// Exactly these (`ingest.md` §4).
const NAMES: [&str; 10] = [
    "*healthcheck*",
    "*heartbeat*",
    "*/health",
    "*/healthy",
    "*/healthz",
    "*/live",
    "*/livez",
    "*/ready",
    "*/readyz",
    "*/ping",
];

/// The names of transactions that only ask whether a service is alive.
pub fn health_checks() -> Globs {
    let mut names = Globs::new(true);
    for name in NAMES {
        names.push(name).expect("the patterns are written in this file");
    }
    names
}
