//! The script that a page includes to get the SDK for browsers: which bundle it loads, from where, and with what.

use model::KeyStatus;
use store::project_keys::{ProjectKey, SdkLoader};

use crate::App;

/// The versions that a key can ask for, the newest first; each stands for the latest release of its line.
pub const VERSIONS: [(&str, &str); 5] = [
    ("11.x", "11.12.0"),
    ("10.x", "10.78.0"),
    ("9.x", "9.47.2"),
    ("8.x", "8.55.0"),
    ("7.x", "7.120.4"),
];

/// What a key asks for that asks for nothing.
pub const LATEST: &str = "latest";

/// Where bundles are: an address with `{version}` and `{bundle}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdkBundles(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address of SDK bundles: expected https://… or http://… with {{version}} and {{bundle}} in it")]
pub struct SdkBundlesError;

impl SdkBundles {
    pub fn parse(text: &str) -> Result<Self, SdkBundlesError> {
        let text = text.trim();
        let is_address = text.starts_with("https://") || text.starts_with("http://");
        let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !"\"'<>\\`".contains(c));
        if is_address && is_plain && text.contains("{version}") && text.contains("{bundle}") {
            Ok(Self(text.to_owned()))
        } else {
            Err(SdkBundlesError)
        }
    }

    /// With the places for version and bundle.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn address(&self, version: &str, bundle: &str) -> String {
        self.0.replace("{version}", version).replace("{bundle}", bundle)
    }
}

impl Default for SdkBundles {
    /// Where the authors of the SDK publish it.
    fn default() -> Self {
        Self("https://browser.sentry-cdn.com/{version}/{bundle}".to_owned())
    }
}

/// What the script of a key needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loader {
    pub dsn: String,
    pub bundle: String,
    /// The first number of the version: integrations have other names before 8.
    pub major: u32,
    pub options: SdkLoader,
}

/// `None` when no project has the key, or it takes nothing (any longer).
pub async fn find(app: &App, public_key: &str) -> Result<Option<Loader>, store::Error> {
    let found = store::project_keys::find_by_public_key(&mut *app.store.read().await?, public_key).await?;
    let key = found.map(|(_, key)| key).filter(|key| key.status == KeyStatus::Active);
    Ok(key.map(|key| of_key(app, &key)))
}

fn of_key(app: &App, key: &ProjectKey) -> Loader {
    let bundles = app.sdk_bundles.get().cloned().unwrap_or_default();
    let version = version(&key.sdk_loader.version);
    let major = major(version);
    Loader {
        dsn: app.url.dsn(&key.public_key, key.project),
        bundle: bundles.address(version, &bundle(major, &key.sdk_loader)),
        major,
        options: key.sdk_loader.clone(),
    }
}

/// A line that is no longer offered stands for the newest one.
fn version(line: &str) -> &'static str {
    let known = VERSIONS.iter().find(|(name, _)| *name == line);
    known.unwrap_or(&VERSIONS[0]).1
}

fn major(version: &str) -> u32 {
    let digits = version.split('.').next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

/// Which parts the published bundles have: performance, replay, feedback, logs and metrics. The smaller ones first.
const BUNDLES: [(&str, [bool; 4]); 11] = [
    ("", [false, false, false, false]),
    (".tracing", [true, false, false, false]),
    (".replay", [false, true, false, false]),
    (".feedback", [false, false, true, false]),
    (".logs.metrics", [false, false, false, true]),
    (".tracing.replay", [true, true, false, false]),
    (".tracing.logs.metrics", [true, false, false, true]),
    (".replay.logs.metrics", [false, true, false, true]),
    (".tracing.replay.feedback", [true, true, true, false]),
    (".tracing.replay.logs.metrics", [true, true, false, true]),
    (".tracing.replay.feedback.logs.metrics", [true, true, true, true]),
];

/// The first line with logs and metrics in bundles.
const WITH_LOGS: u32 = 10;

/// The smallest bundle that has all that is asked for.
fn bundle(major: u32, options: &SdkLoader) -> String {
    let wanted = [
        options.performance,
        options.replay,
        options.feedback,
        options.logs_and_metrics && major >= WITH_LOGS,
    ];
    let has_all = |parts: &[bool; 4]| wanted.iter().zip(parts).all(|(wanted, has)| *has || !wanted);
    let name = BUNDLES
        .iter()
        .find(|(_, parts)| has_all(parts))
        .map_or("", |(name, _)| name);
    let debug = if options.debug { ".debug" } else { "" };
    format!("bundle{name}{debug}.min.js")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_bundle_with_everything_is_taken() {
        let options = |parts: &str| SdkLoader {
            version: String::new(),
            performance: parts.contains('p'),
            replay: parts.contains('r'),
            feedback: parts.contains('f'),
            logs_and_metrics: parts.contains('l'),
            debug: parts.contains('d'),
        };
        for (major, parts, name) in [
            (11, "", "bundle.min.js"),
            (11, "d", "bundle.debug.min.js"),
            (11, "p", "bundle.tracing.min.js"),
            (11, "r", "bundle.replay.min.js"),
            (11, "f", "bundle.feedback.min.js"),
            (11, "pr", "bundle.tracing.replay.min.js"),
            (11, "pf", "bundle.tracing.replay.feedback.min.js"),
            (11, "l", "bundle.logs.metrics.min.js"),
            (11, "prfld", "bundle.tracing.replay.feedback.logs.metrics.debug.min.js"),
            (9, "pl", "bundle.tracing.min.js"),
        ] {
            assert_eq!(bundle(major, &options(parts)), name, "{major} {parts}");
        }
    }

    #[test]
    fn a_version_that_is_not_offered_is_the_newest() {
        assert_eq!((version("8.x"), major(version("8.x"))), ("8.55.0", 8));
        for line in ["", LATEST, "4.x", "../../x"] {
            assert_eq!(version(line), VERSIONS[0].1, "{line}");
        }
    }

    #[test]
    fn bundles_have_an_address() {
        let own = SdkBundles::parse("https://static.example/sdk/{version}/{bundle}?v=1").unwrap();
        assert_eq!(
            own.address("9.47.2", "bundle.min.js"),
            "https://static.example/sdk/9.47.2/bundle.min.js?v=1"
        );
        for bad in [
            "",
            "https://static.example/{bundle}",
            "ftp://x/{version}/{bundle}",
            "https://x/{version}/{bundle}\"",
        ] {
            assert_eq!(SdkBundles::parse(bad), Err(SdkBundlesError), "{bad}");
        }
    }
}
