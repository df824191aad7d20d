use services::{project_keys::KeyChange, sdk_loader};
use store::project_keys::{KeyRateLimit, ProjectKey, SdkLoader};

use crate::body::Fields;

/// What a body sets of a key; fields that are absent stay.
#[derive(Debug)]
pub(super) struct ChangedKey {
    name: Option<String>,
    active: Option<bool>,
    rate_limit: Option<Option<KeyRateLimit>>,
    sdk_loader: Option<SdkLoader>,
}

impl ChangedKey {
    /// Reads a body; what is wrong is noted. `before` is the key that is changed.
    pub(super) fn read(fields: &mut Fields, before: Option<&ProjectKey>) -> Self {
        Self {
            name: fields.text("name"),
            active: fields.flag("isActive"),
            rate_limit: rate_limit(fields),
            sdk_loader: sdk_loader(fields, before.map(|key| key.sdk_loader.clone()).unwrap_or_default()),
        }
    }

    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Whether a new key needs more than its name.
    pub(super) fn has_settings(&self) -> bool {
        self.rate_limit.is_some_and(|limit| limit.is_some()) || self.sdk_loader.is_some()
    }

    pub(super) fn change(&self) -> KeyChange<'_> {
        KeyChange {
            label: self.name.as_deref(),
            active: self.active,
            rate_limit: self.rate_limit,
            sdk_loader: self.sdk_loader.clone(),
        }
    }
}

/// `{count, window}`; `null`, or zeros and nulls within, take the limit away.
fn rate_limit(fields: &mut Fields) -> Option<Option<KeyRateLimit>> {
    if !fields.is_given("rateLimit") {
        return None;
    }
    let Some(object) = fields.object("rateLimit") else {
        return Some(None);
    };
    let mut parts = Fields::of(object);
    let (count, window) = (parts.number("count"), parts.number("window"));
    if parts.finish().is_err() {
        fields.refuse("rateLimit", "Expected count and window, each a whole number.");
        return None;
    }
    match (count.filter(|count| *count > 0), window.filter(|window| *window > 0)) {
        (Some(count), Some(window_seconds)) => Some(Some(KeyRateLimit { count, window_seconds })),
        _ => Some(None),
    }
}

fn sdk_loader(fields: &mut Fields, before: SdkLoader) -> Option<SdkLoader> {
    let mut loader = before.clone();
    let known = |name: &str| name == sdk_loader::LATEST || sdk_loader::VERSIONS.iter().any(|(line, _)| *line == name);
    if let Some(version) = fields.choice("browserSdkVersion", |name| known(name).then(|| name.to_owned())) {
        loader.version = if version == sdk_loader::LATEST {
            String::new()
        } else {
            version
        };
    }
    if let Some(object) = fields.object("dynamicSdkLoaderOptions") {
        let mut parts = Fields::of(object);
        let switches = [
            ("hasReplay", &mut loader.replay),
            ("hasPerformance", &mut loader.performance),
            ("hasDebug", &mut loader.debug),
            ("hasFeedback", &mut loader.feedback),
            ("hasLogsAndMetrics", &mut loader.logs_and_metrics),
        ];
        for (name, switch) in switches {
            if let Some(active) = parts.flag(name) {
                *switch = active;
            }
        }
        if parts.finish().is_err() {
            fields.refuse("dynamicSdkLoaderOptions", "Each option must be a valid boolean.");
        }
    }
    Some(loader).filter(|loader| *loader != before)
}
