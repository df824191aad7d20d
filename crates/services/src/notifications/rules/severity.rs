use model::{Level, Priority};
use serde::{Deserialize, Serialize};

/// How much something matters to those who have to decide whether to be told at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
    /// Never waits.
    Critical,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }

    /// That of an issue is its priority; fatal ones are critical.
    pub fn of_issue(priority: Priority, level: Level) -> Self {
        match (priority, level) {
            (Priority::High, Level::Fatal) => Self::Critical,
            (Priority::High, _) => Self::High,
            (Priority::Medium, _) => Self::Medium,
            (Priority::Low, _) => Self::Low,
        }
    }
}
