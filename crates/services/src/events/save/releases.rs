//! Releases that events name: one statement a batch tells that all of them are known.

use std::collections::{BTreeMap, BTreeSet};

use model::{ProjectId, ReleaseId, Timestamp};
use store::{Connection, releases::ReleaseSighting};

use crate::{App, events::NewEvent, releases};

/// How far behind the time of the newest event of a release may be.
const MINUTE: i64 = 60 * 1_000_000;

/// By project, version and environment: the oldest and the newest event.
pub(super) type Releases<'a> = BTreeMap<(ProjectId, &'a str, &'a str), (Timestamp, Timestamp)>;

/// Adds what an event names, if it can be a release.
pub(super) fn add<'a>(gathered: &mut Releases<'a>, event: &'a NewEvent) {
    let Some(version) = event
        .seen
        .release
        .as_deref()
        .filter(|version| releases::is_version(version))
    else {
        return;
    };
    // What an SDK says about the future makes no release of the future.
    let at = event.seen.at.min(event.received_at);
    let key = (event.project, version, event.environment.as_str());
    let (first, last) = gathered.entry(key).or_insert((at, at));
    (*first, *last) = ((*first).min(at), (*last).max(at));
}

/// Writes what is new of them.
pub(super) async fn note(app: &App, db: &mut Connection, gathered: &Releases<'_>) -> Result<(), store::Error> {
    if gathered.is_empty() {
        return Ok(());
    }
    let mut projects: Vec<ProjectId> = gathered.keys().map(|(project, ..)| *project).collect();
    projects.dedup();
    let versions: BTreeSet<&str> = gathered.keys().map(|(_, version, _)| *version).collect();
    let versions: Vec<&str> = versions.into_iter().collect();
    let environments: BTreeSet<&str> = gathered.keys().map(|(.., environment)| *environment).collect();
    let environments: Vec<&str> = environments.into_iter().collect();
    let known = store::releases::known(db, &projects, &versions, &environments).await?;
    for ((project, version, environment), (first_at, last_at)) in gathered {
        let key = (*project, (*version).to_owned(), (*environment).to_owned());
        if known
            .get(&key)
            .is_some_and(|(first, last)| first <= first_at && last_at.0 < last.0 + MINUTE)
        {
            continue;
        }
        let seen = ReleaseSighting {
            project: *project,
            version,
            environment,
            first_at: *first_at,
            last_at: *last_at,
        };
        let id = ReleaseId(app.ids.next());
        if store::releases::note(db, &seen, id).await? == Some(true) {
            releases::settle_waiting(db, *project, version).await?;
        }
    }
    Ok(())
}
