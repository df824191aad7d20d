//! The fields that the description knows as optional and that are never sent, each with its reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::document::Fields;

/// The last two names of a field's place, or the last one alone, and why it is never sent.
const REASONS: &[(&str, &[&str])] = &[
    (
        "users are shown it of themselves alone",
        &["identities", "authenticators", "canReset2fa"],
    ),
    (
        "accounts of other services are linked by integrations",
        &["externalUsers", "externalTeams"],
    ),
    (
        "an organization tells it where it is shown by itself",
        &["access", "extraOptions", "onboardingTasks"],
    ),
    (
        "within an organization its teams repeat neither it nor their projects",
        &["teams/organization", "teams/projects"],
    ),
    (
        "projects set how they are sampled, organizations do not",
        &[
            "targetSampleRate",
            "samplingMode",
            "planSampleRate",
            "desiredSampleRate",
        ],
    ),
    (
        "numbers over time are asked for by paths of their own",
        &["stats", "transactionStats", "sessionStats"],
    ),
    ("releases list their deploys, projects do not", &["latestDeploys"]),
    ("options have paths of their own", &["options"]),
    (
        "queries of the first version of Discover, and those of Explore, are not kept",
        &["aggregations", "conditions", "limit", "exploreQuery"],
    ),
    (
        "the tags of many events are listed by key, the values of one key by themselves",
        &["topValues", "uniqueValues"],
    ),
    ("discarding is answered without a body", &["discard"]),
    ("issues escalate by what came in, nothing is forecast", &["forecast"]),
    ("events are not written as texts for language models", &["formatted"]),
    (
        "events are not processed anew",
        &["statusDetails/info", "statusDetails/pendingEvents"],
    ),
    (
        "only transactions have it, which have neither hashes nor an issue to be found in",
        &[
            "latestEvent/startTimestamp",
            "latestEvent/endTimestamp",
            "latestEvent/measurements",
            "latestEvent/breakdowns",
            "event/startTimestamp",
            "event/endTimestamp",
            "event/measurements",
            "event/breakdowns",
        ],
    ),
    (
        "all that is stored is read, and no number is projected from samples",
        &[
            "meta/bytesScanned",
            "meta/dataScanned",
            "values/sampleCount",
            "values/sampleRate",
            "values/confidence",
        ],
    ),
    (
        "a query names its dataset, and how it was answered is not told",
        &["meta/discoverSplitDecision", "meta/debug_info"],
    ),
    ("sessions are not counted", &["adoptionStages", "healthData"]),
    (
        "a release has the same dates in all its projects",
        &["projects/dateCreated", "projects/dateReleased", "projects/dateStarted"],
    ),
    (
        "no repository is connected: nothing but its name is known",
        &[
            "repository/externalId",
            "repository/externalSlug",
            "repository/integrationId",
            "repository/provider",
            "repository/settings",
            "repository/url",
        ],
    ),
];

pub(super) struct Unsent {
    pub(super) text: String,
    pub(super) problems: Vec<String>,
}

pub(super) fn of(fields: &BTreeMap<String, Fields>) -> Unsent {
    let mut problems = Vec::new();
    let mut by_reason: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for (tag, fields) in fields {
        for place in fields.known.difference(&fields.sent) {
            let mut reasons = REASONS
                .iter()
                .flat_map(|(reason, names)| names.iter().map(move |name| (*name, *reason)));
            match reasons.find(|(name, _)| place == name || place.ends_with(&format!("/{name}"))) {
                Some((name, reason)) => {
                    used.insert(name);
                    by_reason.entry(reason).or_default().insert(name);
                }
                None => problems.push(format!(
                    "{tag}: the optional field {place} is never sent, and no reason is given"
                )),
            }
        }
    }
    let known = REASONS.iter().flat_map(|(_, names)| *names);
    for name in known.filter(|name| !used.contains(*name)) {
        problems.push(format!("a reason is given for {name}, which is sent or not known"));
    }
    let mut text = String::from("Optional fields that are never sent:\n");
    for (reason, names) in by_reason {
        let names: Vec<&str> = names.into_iter().collect();
        writeln!(text, "  {}: {reason}", names.join(", ")).expect("a string takes all");
    }
    Unsent { text, problems }
}
