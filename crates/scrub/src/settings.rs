use std::fmt;

use serde::{Deserialize, Serialize};

/// What is scrubbed, as an organization or a project says it. The default is that of a new project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// Nothing but addresses is scrubbed without it, advanced rules aside.
    pub scrub_data: bool,
    /// Look for passwords, card numbers, keys and the like.
    pub scrub_defaults: bool,
    pub scrub_ip_addresses: bool,
    /// Values whose name or text contains one of these are scrubbed too.
    pub sensitive_fields: Vec<String>,
    /// Names or selectors of values that are left alone.
    pub safe_fields: Vec<String>,
    /// Advanced rules, as the text of a JSON object; may be empty.
    pub relay_pii_config: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            scrub_data: true,
            scrub_defaults: true,
            ..Self::for_organization()
        }
    }
}

impl Settings {
    /// What a new organization demands of its projects: nothing. What it switches on, no project can switch off.
    pub fn for_organization() -> Self {
        Self {
            scrub_data: false,
            scrub_defaults: false,
            scrub_ip_addresses: false,
            sensitive_fields: Vec::new(),
            safe_fields: Vec::new(),
            relay_pii_config: String::new(),
        }
    }

    /// What holds for a project: of switches, those that either has turned on; of names, all.
    #[must_use]
    pub fn merged(organization: &Self, project: &Self) -> Self {
        let both = |organization: &[String], project: &[String]| [organization, project].concat();
        Self {
            scrub_data: organization.scrub_data || project.scrub_data,
            scrub_defaults: organization.scrub_defaults || project.scrub_defaults,
            scrub_ip_addresses: organization.scrub_ip_addresses || project.scrub_ip_addresses,
            sensitive_fields: both(&organization.sensitive_fields, &project.sensitive_fields),
            safe_fields: both(&organization.safe_fields, &project.safe_fields),
            relay_pii_config: String::new(),
        }
    }
}

/// What is wrong with settings, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct SettingsError {
    /// The name of the setting, as in JSON.
    pub field: &'static str,
    /// Within advanced rules: the way to the value, such as `rules.dev.pattern`. Empty: the whole text.
    pub path: String,
    /// From 1, in the text of the setting or in the list.
    pub line: Option<usize>,
    /// From 1, in characters.
    pub column: Option<usize>,
    pub message: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        if !self.path.is_empty() {
            write!(f, ", {}", self.path)?;
        }
        write!(f, ": {}", self.message)
    }
}
