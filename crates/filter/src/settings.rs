use std::fmt;

use protocol::condition::{Globs, Network};
use serde::{Deserialize, Serialize};

use crate::{generic::GenericFilters, legacy_browsers::LegacyBrowsers};

/// How many lines a list of a project may have.
const MAX_LINES: usize = 1000;

/// The filters of a project. The default is that of a new project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Errors that extensions of browsers are known to cause.
    pub browser_extensions: bool,
    pub legacy_browsers: LegacyBrowsers,
    pub localhost: bool,
    pub web_crawlers: bool,
    /// Transactions that are health checks.
    pub filtered_transaction: bool,
    /// Errors of bundles that were replaced by a deployment while a page was open.
    pub chunk_load_error: bool,
    pub react_hydration_errors: bool,
    /// IP addresses and networks.
    pub blacklisted_ips: Vec<String>,
    /// Patterns of releases.
    pub releases: Vec<String>,
    /// Patterns of error messages.
    pub error_messages: Vec<String>,
    /// Patterns of log bodies.
    pub log_messages: Vec<String>,
    /// Patterns of the names of metrics.
    pub trace_metric_names: Vec<String>,
    pub csp: Csp,
    /// Conditions of the project's own.
    pub custom: GenericFilters,
}

/// Which reports about a Content-Security-Policy are noise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Csp {
    /// Sources whose violations are dropped: `example.com`, `*.example.com`, `https://*:8443`, `chrome-extension://*`.
    pub disallowed_sources: Vec<String>,
    /// Drop also what is known to come from browsers and their extensions.
    pub use_defaults: bool,
}

impl Default for Csp {
    fn default() -> Self {
        Self {
            disallowed_sources: Vec::new(),
            use_defaults: true,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            browser_extensions: false,
            legacy_browsers: LegacyBrowsers::Switch(false),
            localhost: false,
            web_crawlers: false,
            filtered_transaction: true,
            chunk_load_error: true,
            react_hydration_errors: true,
            blacklisted_ips: Vec::new(),
            releases: Vec::new(),
            error_messages: Vec::new(),
            log_messages: Vec::new(),
            trace_metric_names: Vec::new(),
            csp: Csp::default(),
            custom: GenericFilters::default(),
        }
    }
}

/// What is wrong with a setting, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    pub field: String,
    /// Which line of a list, counted from 1.
    pub line: Option<usize>,
    /// Which character of the line, counted from 1.
    pub column: Option<usize>,
    pub message: String,
}

impl std::error::Error for SettingsError {}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.field)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl SettingsError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            line: None,
            column: None,
            message: message.into(),
        }
    }
}

/// Reads the lines of a list: what is wrong goes to `errors`, the rest is good. Lines that are blank say nothing.
pub(crate) fn read_lines<'a>(
    field: &str,
    lines: &'a [String],
    errors: &mut Vec<SettingsError>,
    mut read: impl FnMut(&'a str) -> Result<(), (Option<usize>, String)>,
) {
    if lines.len() > MAX_LINES {
        let message = format!("the list has more than {MAX_LINES} lines: join some of them by patterns");
        errors.push(SettingsError::new(field, message));
        return;
    }
    for (index, line) in lines.iter().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if let Err((column, message)) = read(line) {
            errors.push(SettingsError {
                field: field.to_owned(),
                line: Some(index + 1),
                column,
                message,
            });
        }
    }
}

/// Patterns, in any case of letters.
pub(crate) fn read_globs(field: &str, lines: &[String], errors: &mut Vec<SettingsError>) -> Globs {
    let mut globs = Globs::new(true);
    read_lines(field, lines, errors, |line| {
        globs
            .push(line)
            .map_err(|error| (Some(error.column), error.message.to_owned()))
    });
    globs
}

pub(crate) fn read_networks(field: &str, lines: &[String], errors: &mut Vec<SettingsError>) -> Vec<Network> {
    let mut networks = Vec::new();
    read_lines(field, lines, errors, |line| {
        networks.push(line.parse().map_err(|error| (None, format!("`{line}` is {error}")))?);
        Ok(())
    });
    networks
}
