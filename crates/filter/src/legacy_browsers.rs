use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{item::Browser, settings::SettingsError};

/// Which old browsers are filtered: those of the default set, or those of the keys in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LegacyBrowsers {
    Switch(bool),
    Only(Vec<String>),
}

/// The keys that the API knows, those of today first.
pub const KEYS: [&str; 17] = [
    "ie",
    "edge",
    "safari",
    "firefox",
    "chrome",
    "opera",
    "android",
    "opera_mini",
    "ie_pre_9",
    "ie9",
    "ie10",
    "ie11",
    "opera_pre_15",
    "android_pre_4",
    "safari_pre_6",
    "opera_mini_pre_8",
    "edge_pre_79",
];

/// What the filter covers when it is on without a list.
const DEFAULT: [(&str, RangeInclusive<u32>); 5] = [
    ("IE", 0..=9),
    ("Safari", 0..=5),
    ("Opera", 0..=14),
    ("Android", 0..=3),
    ("Opera Mini", 0..=7),
];

/// Family and major versions of a key (`ingest.md` §4).
fn versions(key: &str) -> Option<(&'static str, RangeInclusive<u32>)> {
    Some(match key {
        "ie" => ("IE", 0..=11),
        "edge" => ("Edge", 0..=109),
        "safari" => ("Safari", 0..=14),
        "firefox" => ("Firefox", 0..=109),
        "chrome" => ("Chrome", 0..=109),
        "opera" => ("Opera", 0..=98),
        "android" | "android_pre_4" => ("Android", 0..=3),
        "opera_mini" => ("Opera Mini", 0..=33),
        "ie_pre_9" => ("IE", 0..=8),
        "ie9" => ("IE", 9..=9),
        "ie10" => ("IE", 10..=10),
        "ie11" => ("IE", 11..=11),
        "opera_pre_15" => ("Opera", 0..=14),
        "safari_pre_6" => ("Safari", 0..=5),
        "opera_mini_pre_8" => ("Opera Mini", 0..=7),
        "edge_pre_79" => ("Edge", 0..=78),
        _ => return None,
    })
}

/// Browsers by family and major version.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Versions(Vec<(&'static str, RangeInclusive<u32>)>);

impl Versions {
    pub(crate) fn new(browsers: &LegacyBrowsers, errors: &mut Vec<SettingsError>) -> Self {
        match browsers {
            LegacyBrowsers::Switch(false) => Self::default(),
            LegacyBrowsers::Switch(true) => Self(DEFAULT.into()),
            LegacyBrowsers::Only(keys) => {
                errors.extend(keys.iter().filter_map(|key| check_key(key).err()));
                Self(keys.iter().filter_map(|key| versions(key)).collect())
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn matches(&self, browser: Browser<'_>) -> bool {
        let family = match browser.family {
            "IE Mobile" => "IE",
            family => family,
        };
        let Some(major) = browser.major else { return false };
        self.0
            .iter()
            .any(|(name, versions)| *name == family && versions.contains(&major))
    }
}

pub(crate) fn check_key(key: &str) -> Result<(), SettingsError> {
    if KEYS.contains(&key) {
        return Ok(());
    }
    let keys = KEYS.join(", ");
    Err(SettingsError::new(
        "legacy_browsers",
        format!("`{key}` names no browsers: use some of {keys}"),
    ))
}
