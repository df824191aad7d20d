use std::{
    collections::BTreeMap,
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use model::Timestamp;
use serde_json::Value;
use store::options::StoredOption;

use super::{definition::Flags, registry};

/// How long what another process may have changed is not looked up again.
const FRESH: Duration = Duration::from_secs(10);
/// How much longer it serves while the database does not answer.
const GRACE: Duration = Duration::from_secs(60);

/// What is known of options in this process.
#[derive(Debug, Default)]
pub struct OptionValues {
    file: OnceLock<FileOptions>,
    system: Mutex<Option<Cached>>,
}

#[derive(Debug, Clone)]
struct Cached {
    stored: Vec<StoredOption>,
    at: Timestamp,
}

/// Options from the settings of the process, checked.
#[derive(Debug, Clone, Default)]
pub struct FileOptions(BTreeMap<&'static str, Value>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileOptionError {
    #[error("there is no option {0}")]
    Unknown(String),
    #[error("{name}: {problem}")]
    Invalid { name: &'static str, problem: String },
    #[error("{0} comes from the database alone")]
    StoreOnly(&'static str),
}

impl FileOptions {
    pub fn of(values: impl IntoIterator<Item = (String, Value)>) -> Result<Self, FileOptionError> {
        let mut checked = BTreeMap::new();
        for (name, value) in values {
            let definition = registry::find(&name).ok_or(FileOptionError::Unknown(name))?;
            if definition.flags.has(Flags::STORE_ONLY) {
                return Err(FileOptionError::StoreOnly(definition.name));
            }
            if let Some(problem) = definition.kind.problem(&value) {
                let name = definition.name;
                return Err(FileOptionError::Invalid { name, problem });
            }
            checked.insert(definition.name, value);
        }
        Ok(Self(checked))
    }
}

impl OptionValues {
    /// Takes what the settings of the process say: once, at the start.
    pub fn set_file(&self, options: FileOptions) {
        self.file.get_or_init(|| options);
    }

    pub(crate) fn of_file(&self, name: &str) -> Option<&Value> {
        self.file.get()?.0.get(name)
    }

    /// What was read lately of the installation's options.
    pub(super) fn fresh(&self, now: Timestamp) -> Option<Vec<StoredOption>> {
        self.younger(now, FRESH)
    }

    /// What has to do while the database does not answer.
    pub(super) fn stale(&self, now: Timestamp) -> Option<Vec<StoredOption>> {
        self.younger(now, FRESH + GRACE)
    }

    fn younger(&self, now: Timestamp, age: Duration) -> Option<Vec<StoredOption>> {
        let cached = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = cached.as_ref()?;
        (now >= cached.at && now.since(cached.at) < age).then(|| cached.stored.clone())
    }

    pub(super) fn keep(&self, stored: Vec<StoredOption>, at: Timestamp) {
        *self.system.lock().unwrap_or_else(PoisonError::into_inner) = Some(Cached { stored, at });
    }

    pub(super) fn forget(&self) {
        *self.system.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_names_known_options_with_values_of_their_kind() {
        let check = |name: &str, value: Value, expected: &str| {
            let read = FileOptions::of([(name.to_owned(), value)]);
            let said = read.map_or_else(|error| error.to_string(), |_| String::new());
            assert_eq!(said, expected, "{name}");
        };
        check("avatars.gravatar", json!(true), "");
        check(
            "avatars.gravatar",
            json!("on"),
            "avatars.gravatar: expected true or false",
        );
        check("avatars.gravitar", json!(true), "there is no option avatars.gravitar");
    }

    #[test]
    fn what_was_read_serves_ten_seconds_and_a_minute_more_in_need() {
        let values = OptionValues::default();
        let now = Timestamp(1_800_000_000_000_000);
        assert_eq!(values.fresh(now), None);
        values.keep(Vec::new(), now);
        let after = |seconds| now + Duration::from_secs(seconds);
        assert!(values.fresh(after(9)).is_some() && values.fresh(after(10)).is_none());
        assert!(values.stale(after(69)).is_some() && values.stale(after(70)).is_none());
        values.forget();
        assert_eq!(values.stale(now), None);
    }
}
