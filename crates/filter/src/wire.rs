//! The names by which the API knows filters: `/projects/{org}/{project}/filters/` and the options of a project.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    filters::Filters,
    legacy_browsers::{LegacyBrowsers, check_key},
    settings::{Settings, SettingsError},
};

/// A filter that can be switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilterView {
    pub id: &'static str,
    pub active: Active,
    pub name: &'static str,
    pub description: &'static str,
}

/// On or off, or which of the filter's parts are on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Active {
    Switch(bool),
    Only(Vec<String>),
}

/// The body of `PUT /projects/{org}/{project}/filters/{id}/`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct FilterChange {
    pub active: Option<bool>,
    pub subfilters: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no filter or option of this name")]
    Unknown,
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<SettingsError>),
}

type Switch = fn(&mut Settings) -> &mut bool;
type List = fn(&mut Settings) -> &mut Vec<String>;

/// The filters with a switch: id, where it is stored, name, description.
const SWITCHES: [(&str, Switch, &str, &str); 4] = [
    (
        "browser-extensions",
        |settings| &mut settings.browser_extensions,
        "Browser extensions",
        "Errors that extensions are known to cause: they run in the page and are none of your code.",
    ),
    (
        "filtered-transaction",
        |settings| &mut settings.filtered_transaction,
        "Health checks",
        "Transactions whose names are those of health checks, like */healthz, */ping or *heartbeat*.",
    ),
    (
        "localhost",
        |settings| &mut settings.localhost,
        "Localhost",
        "Events from a developer's own machine: 127.0.0.1, ::1, localhost and files.",
    ),
    (
        "web-crawlers",
        |settings| &mut settings.web_crawlers,
        "Web crawlers",
        "Events of known crawlers, told by their user agent: they run pages in ways that people do not.",
    ),
];

const LEGACY_BROWSERS: &str = "legacy-browsers";

/// Options that hold a text of lines.
const LISTS: [(&str, List); 6] = [
    ("filters:blacklisted_ips", |settings| &mut settings.blacklisted_ips),
    ("filters:error_messages", |settings| &mut settings.error_messages),
    ("filters:log_messages", |settings| &mut settings.log_messages),
    ("filters:releases", |settings| &mut settings.releases),
    ("filters:trace_metric_names", |settings| {
        &mut settings.trace_metric_names
    }),
    ("sentry:csp_ignored_sources", |settings| {
        &mut settings.csp.disallowed_sources
    }),
];

/// Options that are switches and no filters of the list.
const FLAGS: [(&str, Switch); 3] = [
    ("filters:chunk-load-error", |settings| &mut settings.chunk_load_error),
    ("filters:react-hydration-errors", |settings| {
        &mut settings.react_hydration_errors
    }),
    ("sentry:csp_ignored_sources_defaults", |settings| {
        &mut settings.csp.use_defaults
    }),
];

impl Settings {
    /// The filters with a switch, by id.
    pub fn filters(&self) -> Vec<FilterView> {
        let mut settings = self.clone();
        let mut views: Vec<FilterView> = SWITCHES
            .into_iter()
            .map(|(id, switch, name, description)| FilterView {
                id,
                active: Active::Switch(*switch(&mut settings)),
                name,
                description,
            })
            .collect();
        views.push(FilterView {
            id: LEGACY_BROWSERS,
            active: match &self.legacy_browsers {
                LegacyBrowsers::Switch(active) => Active::Switch(*active),
                LegacyBrowsers::Only(keys) => Active::Only(keys.clone()),
            },
            name: "Legacy browsers",
            description: "Errors of browsers that are too old to be supported: what they report is often incomplete.",
        });
        views.sort_by_key(|view| view.id);
        views
    }

    /// Switches one filter. Nothing is changed when something is wrong.
    pub fn set_filter(&mut self, id: &str, change: &FilterChange) -> Result<(), ChangeError> {
        let invalid = |message: &str| Err(ChangeError::Invalid(vec![SettingsError::new(id, message)]));
        if let Some((_, switch, ..)) = SWITCHES.into_iter().find(|(name, ..)| *name == id) {
            let Some(active) = change.active else {
                return invalid("`active` is missing: send true or false");
            };
            *switch(self) = active;
            return Ok(());
        }
        // The public documentation writes it without the s.
        if !matches!(id, LEGACY_BROWSERS | "legacy-browser") {
            return Err(ChangeError::Unknown);
        }
        self.legacy_browsers = match (change.active, &change.subfilters) {
            (Some(active), _) => LegacyBrowsers::Switch(active),
            (None, Some(keys)) => {
                let errors: Vec<_> = keys.iter().filter_map(|key| check_key(key).err()).collect();
                if !errors.is_empty() {
                    return Err(ChangeError::Invalid(errors));
                }
                let mut keys = keys.clone();
                keys.sort();
                keys.dedup();
                if keys.is_empty() {
                    LegacyBrowsers::Switch(false)
                } else {
                    LegacyBrowsers::Only(keys)
                }
            }
            (None, None) => return invalid("send `active`, or the browsers in `subfilters`"),
        };
        Ok(())
    }

    /// The options of a project that filters have, as its details show them: lists as texts of lines.
    pub fn options(&self) -> Map<String, Value> {
        let mut settings = self.clone();
        let mut options = Map::new();
        for (name, list) in LISTS {
            options.insert(name.to_owned(), list(&mut settings).join("\n").into());
        }
        for (name, flag) in FLAGS {
            options.insert(name.to_owned(), (*flag(&mut settings)).into());
        }
        options
    }

    /// Changes one option: a text of lines or a list of them, or a switch. Errors name the line of what was sent;
    /// nothing is changed when something is wrong.
    pub fn set_option(&mut self, name: &str, value: &Value) -> Result<(), ChangeError> {
        let invalid = |message: &str| Err(ChangeError::Invalid(vec![SettingsError::new(name, message)]));
        if let Some((_, flag)) = FLAGS.into_iter().find(|(flag, _)| *flag == name) {
            let Some(active) = switch_value(value) else {
                return invalid("expected true or false");
            };
            *flag(self) = active;
            return Ok(());
        }
        let Some((_, list)) = LISTS.into_iter().find(|(list, _)| *list == name) else {
            return Err(ChangeError::Unknown);
        };
        let Some(lines) = lines(value) else {
            return invalid("expected a text with one entry a line");
        };
        // Alone in otherwise empty settings, so that all errors are of this list.
        let mut changed = Self::default();
        list(&mut changed).clone_from(&lines);
        let (_, mut errors) = Filters::valid_part(&changed);
        if !errors.is_empty() {
            for error in &mut errors {
                name.clone_into(&mut error.field);
            }
            return Err(ChangeError::Invalid(errors));
        }
        *list(self) = lines.into_iter().filter(|line| !line.is_empty()).collect();
        Ok(())
    }
}

/// Older clients write switches as they were once stored.
fn switch_value(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(active) => Some(*active),
        Value::String(text) if text == "1" => Some(true),
        Value::String(text) if text == "0" => Some(false),
        _ => None,
    }
}

fn lines(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::String(text) => Some(text.lines().map(|line| line.trim().to_owned()).collect()),
        Value::Array(lines) => lines
            .iter()
            .map(|line| Some(line.as_str()?.trim().to_owned()))
            .collect(),
        _ => None,
    }
}
