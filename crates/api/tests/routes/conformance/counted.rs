use super::document::Operation;

/// The tags of which (nearly) everything is there, in the order of the report.
pub(super) const TAGS: [&str; 9] = [
    "Teams",
    "Environments",
    "Users",
    "Events",
    "Discover",
    "Explore",
    "Organizations",
    "Projects",
    "Releases",
];

/// Parts of paths that belong to later parts of the product: integrations with external services, source maps, traces,
/// debug files, hooks.
const LATER: [(&str, &[&str]); 5] = [
    ("Teams", &["/external-teams/"]),
    ("Events", &["/source-map-debug/"]),
    ("Discover", &["/trace"]),
    ("Explore", &["/trace"]),
    ("Organizations", &["/repos/", "/relay_usage/"]),
];
const LATER_OF_PROJECTS: [&str; 4] = ["/hooks/", "/dsyms/", "/repo/", "/symbol-sources/"];

const RELEASES: [&str; 3] = ["/releases/", "/releases/{version}/", "/releases/{version}/deploys/"];

/// Whether the operation is one of those that there must be.
pub(super) fn is_counted(operation: &Operation) -> bool {
    let path = operation.path.as_str();
    match operation.tag.as_str() {
        "Projects" => !LATER_OF_PROJECTS.iter().any(|part| path.contains(part)),
        "Releases" => path
            .strip_prefix("/api/0/organizations/{organization_id_or_slug}")
            .is_some_and(|path| RELEASES.contains(&path)),
        tag if TAGS.contains(&tag) => {
            let mut later = LATER.iter().filter(|(of, _)| *of == tag).flat_map(|(_, parts)| *parts);
            !later.any(|part| path.contains(part))
        }
        _ => false,
    }
}
