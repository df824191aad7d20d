use std::fmt;

use model::{DataCategory, ProjectKeyId};
use serde::{Deserialize, Serialize};

use crate::{
    quota::{Quota, Scope},
    spikes,
};

/// Longest window, in seconds: a month.
const MAX_WINDOW: u64 = 31 * 86_400;
/// Longest window of a key, in seconds.
const MAX_KEY_WINDOW: u64 = 86_400;
const MAX_LIMITS: usize = 100;

/// How much an organization or a project takes in. The default sets no limit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub limits: Vec<CategoryLimit>,
    /// Only that of a project is looked at.
    pub spike_protection: spikes::Settings,
}

/// A limit on some categories together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryLimit {
    /// By name (`error`, `log_byte`); none stands for all.
    #[serde(default)]
    pub categories: Vec<String>,
    /// How much in a window: items, or bytes for categories of bytes. 0 refuses all, null nothing.
    #[serde(default)]
    pub limit: Option<u64>,
    /// Length of a window in seconds.
    #[serde(default = "hour")]
    pub window: u64,
}

fn hour() -> u64 {
    3600
}

/// The rate limit of a project key: so many errors in a window. Without count or window there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyRateLimit {
    pub count: Option<u64>,
    /// In seconds.
    pub window: Option<u64>,
}

/// What is wrong with a setting, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The way to the field, like `limits[1].window`.
    pub field: String,
    pub message: String,
}

impl std::error::Error for SettingsError {}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl SettingsError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

impl Settings {
    /// The quotas of an organization or a project, or all that is wrong.
    pub fn quotas(&self, scope: Scope, scope_id: i64) -> Result<Vec<Quota>, Vec<SettingsError>> {
        let mut errors = Vec::new();
        if self.limits.len() > MAX_LIMITS {
            let message = format!("there are more than {MAX_LIMITS} limits");
            return Err(vec![SettingsError::new("limits", message)]);
        }
        let mut quotas = Vec::new();
        for (index, limit) in self.limits.iter().enumerate() {
            quotas.extend(limit.quota(scope, scope_id, &format!("limits[{index}]"), &mut errors));
        }
        errors.extend(self.spike_protection.check().err());
        if errors.is_empty() { Ok(quotas) } else { Err(errors) }
    }
}

impl CategoryLimit {
    fn quota(&self, scope: Scope, scope_id: i64, field: &str, errors: &mut Vec<SettingsError>) -> Option<Quota> {
        let mut categories = Vec::with_capacity(self.categories.len());
        for name in &self.categories {
            match DataCategory::from_name(name) {
                Some(category) if category != DataCategory::Unknown => categories.push(category),
                _ => {
                    let message =
                        format!("`{name}` is no data category: use names like error, transaction or log_byte");
                    errors.push(SettingsError::new(format!("{field}.categories"), message));
                }
            }
        }
        if self.window == 0 || self.window > MAX_WINDOW {
            let message = format!("a window has between 1 and {MAX_WINDOW} seconds");
            errors.push(SettingsError::new(format!("{field}.window"), message));
        }
        categories.sort_unstable();
        categories.dedup();
        let names: Vec<&str> = categories.iter().map(|category| category.name()).collect();
        Some(Quota {
            // The window is part of the id: counts of windows of another length mean nothing.
            id: format!("{}:{}", names.join("+"), self.window),
            limit: Some(self.limit?),
            window: Some(self.window),
            reason_code: Some(format!("{}_quota", scope.name())),
            categories,
            scope,
            scope_id: Some(scope_id),
            namespace: None,
        })
    }
}

impl KeyRateLimit {
    /// The quota of a key, which caps errors; none where there is no limit.
    pub fn quota(&self, key: ProjectKeyId) -> Result<Option<Quota>, SettingsError> {
        let (Some(count), Some(window)) = (self.count, self.window) else {
            return Ok(None);
        };
        if window > MAX_KEY_WINDOW {
            let message = format!("a window has at most {MAX_KEY_WINDOW} seconds");
            return Err(SettingsError::new("rateLimit.window", message));
        }
        // Clients write "no limit" with zeros as well.
        if window == 0 || count == 0 {
            return Ok(None);
        }
        Ok(Some(Quota {
            id: format!("rate:{window}"),
            categories: vec![DataCategory::Default, DataCategory::Error, DataCategory::Security],
            scope: Scope::Key,
            scope_id: Some(key.0),
            limit: Some(count),
            window: Some(window),
            namespace: None,
            reason_code: Some("key_quota".to_owned()),
        }))
    }
}
