use std::fmt;

use model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::StrategyId;

/// How a project's events are grouped. The default is what a new project has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub strategy: StrategyId,
    /// What the project moved away from: its hashes still find their issues for a while.
    pub previous: Option<PreviousStrategy>,
    /// Lines such as `error.type:DatabaseUnavailable -> db-down`.
    pub fingerprint_rules: String,
    /// Lines such as `stack.function:panic_handler ^-group -group`.
    pub stack_trace_rules: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousStrategy {
    pub strategy: StrategyId,
    /// From then on its hashes are no longer computed.
    pub until: Timestamp,
}

/// A line of the settings that cannot be read, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}, line {line}, column {column}: {message}")]
pub struct SettingsError {
    /// `fingerprint_rules` or `stack_trace_rules`.
    pub field: RulesField,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
}

/// Which of the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RulesField {
    FingerprintRules,
    StackTraceRules,
}

impl RulesField {
    pub fn name(self) -> &'static str {
        match self {
            Self::FingerprintRules => "fingerprint_rules",
            Self::StackTraceRules => "stack_trace_rules",
        }
    }
}

impl fmt::Display for RulesField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
