//! Which of two releases comes first: by semantic versions where a project has them, else by their dates.

use model::{ReleaseParts, Version};

use crate::state::{Release, Resolution, ResolutionKind};

/// Whether a resolution still stands for an event of this release. Then the event does not reopen its issue.
///
/// `recent` are the versions of the project's newest releases, the newest first.
pub(crate) fn holds(resolution: &Resolution, release: Option<&Release>, recent: &[String]) -> bool {
    let (resolved, is_next) = match &resolution.kind {
        ResolutionKind::InRelease(release) => (release, false),
        ResolutionKind::InNextRelease { after } => (after, true),
        ResolutionKind::Now | ResolutionKind::ByAge | ResolutionKind::InCommit { .. } => return false,
    };
    // Who resolves in a release has releases, so an event without one is of an older installation.
    let Some(release) = release else { return true };
    let is_same = resolved.version == release.version;
    if is_same {
        return is_next;
    }
    match semver(release, resolved, recent) {
        Some((of_event, of_resolution)) if is_next => of_resolution >= of_event,
        Some((of_event, of_resolution)) => of_resolution > of_event,
        None if is_next => resolved.date > release.date,
        None => resolved.date >= release.date,
    }
}

/// Whether a release ends the waiting for the one after another.
pub fn comes_after(release: &Release, after: &Release, recent: &[String]) -> bool {
    match semver(release, after, recent) {
        Some((new, old)) => new > old,
        None => release.version != after.version && release.date > after.date,
    }
}

/// Both versions, where they are to be compared as such: both are semantic ones of one package, in a project that names
/// its releases so.
fn semver(release: &Release, other: &Release, recent: &[String]) -> Option<(Version, Version)> {
    let (one, two) = (ReleaseParts::of(&release.version), ReleaseParts::of(&other.version));
    if one.package != two.package || !follows_semver(&release.version, recent) {
        return None;
    }
    Some((Version::parse(one.version)?, Version::parse(two.version)?))
}

/// Whether a project names its releases by semantic versions: those of `recent` at large, and this one too.
pub fn follows_semver(version: &str, recent: &[String]) -> bool {
    let is_semver = |version: &str| {
        let parts = ReleaseParts::of(version);
        // Without a package, a date or a build number would pass for a version.
        parts.package.is_some() && Version::parse(parts.version).is_some()
    };
    if !is_semver(version) {
        return false;
    }
    let of_newest = |count: usize| recent.iter().take(count).filter(|version| is_semver(version)).count();
    match recent.len() {
        0 => true,
        1 | 2 => of_newest(1) == 1,
        3..=9 => of_newest(3) >= 1,
        _ => of_newest(3) >= 1 && of_newest(10) >= 3,
    }
}
