//! Filters that are conditions: those that come with the product, and a project's own.

use std::{borrow::Cow, collections::HashSet};

use protocol::condition::Condition;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::settings::{Settings, SettingsError};

/// The newest form of these settings. Of a later one it is not known what it means, so none of it is applied.
const VERSION: u16 = 1;
const MAX_FILTERS: usize = 100;

/// Conditions under which an item is dropped, each with the reason it gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenericFilters {
    pub version: u16,
    pub filters: Vec<GenericFilter>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GenericFilter {
    pub id: String,
    #[serde(default = "enabled")]
    pub is_enabled: bool,
    /// Without one, this switches the filter of the same id that holds for all projects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Value>,
}

fn enabled() -> bool {
    true
}

impl Default for GenericFilters {
    fn default() -> Self {
        Self {
            version: VERSION,
            filters: Vec::new(),
        }
    }
}

impl GenericFilters {
    fn applied(&self) -> &[GenericFilter] {
        if self.version == VERSION { &self.filters } else { &[] }
    }
}

type Compiled = (Cow<'static, str>, Condition);

/// The project's, then those for all projects; of one id the first counts.
pub(crate) fn compile(
    project: &GenericFilters,
    global: &GenericFilters,
    errors: &mut Vec<SettingsError>,
) -> Vec<Compiled> {
    if project.version != VERSION {
        let message = format!("version {} is not known: write version {VERSION}", project.version);
        errors.push(SettingsError::new("custom.version", message));
    }
    if project.filters.len() > MAX_FILTERS {
        let message = format!("there are more than {MAX_FILTERS} filters: join some of them by `or`");
        errors.push(SettingsError::new("custom.filters", message));
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut compiled = Vec::new();
    for filter in project.applied() {
        if !seen.insert(filter.id.as_str()) {
            continue;
        }
        let switched = global.applied().iter().find(|other| other.id == filter.id);
        let condition = filter
            .condition
            .as_ref()
            .or_else(|| switched.and_then(|other| other.condition.as_ref()));
        compiled.extend(check(filter, condition, errors));
    }
    for filter in global.applied() {
        if seen.insert(filter.id.as_str()) {
            compiled.extend(check(filter, filter.condition.as_ref(), errors));
        }
    }
    compiled
}

/// A filter that is switched off is checked as well, so that switching it on cannot fail.
fn check(filter: &GenericFilter, condition: Option<&Value>, errors: &mut Vec<SettingsError>) -> Option<Compiled> {
    let field = format!("custom.filters.{}", filter.id);
    let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if filter.id.is_empty() || filter.id.len() > 64 || !filter.id.chars().all(is_id) {
        let message = "the id is the reason that is shown: up to 64 of a-z, A-Z, 0-9, `-`, `_` and `.`";
        errors.push(SettingsError::new(field, message));
        return None;
    }
    match Condition::parse(condition?) {
        Ok(condition) => filter.is_enabled.then(|| (filter.id.clone().into(), condition)),
        Err(error) => {
            errors.push(SettingsError::new(field, error.to_string()));
            None
        }
    }
}

/// Those that come with the product.
pub(crate) fn built_in(settings: &Settings) -> Vec<Compiled> {
    let mut filters = Vec::new();
    if settings.chunk_load_error {
        let chunk = |kind: &str, value: &str| {
            json!({"op": "and", "inner": [
                {"op": "glob", "name": "ty", "value": [kind]},
                {"op": "glob", "name": "value", "value": [value]},
            ]})
        };
        let inner = [
            chunk("ChunkLoadError", "Loading chunk *"),
            chunk("*Uncaught *", "ChunkLoadError: Loading chunk *"),
        ];
        let condition = any_exception(&json!({"op": "or", "inner": inner}));
        filters.push((Cow::Borrowed("chunk-load-error"), condition));
    }
    if settings.react_hydration_errors {
        let condition = any_exception(&json!({"op": "glob", "name": "value", "value": [
            "*https://reactjs.org/docs/error-decoder.html?invariant={418,419,422,423,425}*",
            "*https://react.dev/errors/{418,419,422,423,425}*",
        ]}));
        filters.push((Cow::Borrowed("hydration-error"), condition));
    }
    filters
}

fn any_exception(inner: &Value) -> Condition {
    Condition::parse(&json!({"op": "any", "name": "event.exceptions", "inner": inner}))
        .expect("the conditions are written in this file")
}
