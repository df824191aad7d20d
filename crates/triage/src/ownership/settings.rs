use model::Timestamp;
use serde::{Deserialize, Serialize};

/// What a project sets about the owners of its issues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The rules, one a line.
    pub raw: String,
    /// Whether everybody in the project is told where no rule matches.
    pub fallthrough: bool,
    pub auto_assignment: AutoAssignment,
    pub codeowners_auto_sync: bool,
    /// When they were set first; `None`: never.
    pub created_at: Option<Timestamp>,
    pub changed_at: Option<Timestamp>,
}

/// Whom a new event's issue is assigned to, while nobody else decided on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoAssignment {
    Off,
    /// The owner by the last rule that matches.
    #[default]
    Owner,
    /// Who wrote the commit that brought it.
    SuspectCommit,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            raw: String::new(),
            fallthrough: true,
            auto_assignment: AutoAssignment::default(),
            codeowners_auto_sync: true,
            created_at: None,
            changed_at: None,
        }
    }
}
