/// The state of an issue. Stored as its number (0, 1, 2 as in Sentry's own table).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IssueStatus {
    #[default]
    Unresolved = 0,
    Resolved = 1,
    /// Archived in the pages; `ignored` in the API.
    Ignored = 2,
}

impl IssueStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Resolved => "resolved",
            Self::Ignored => "ignored",
        }
    }

    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Unresolved,
            1 => Self::Resolved,
            2 => Self::Ignored,
            _ => return None,
        })
    }
}

/// What an issue's status means in more detail. Stored as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Substatus {
    #[default]
    New = 0,
    Ongoing = 1,
    Regressed = 2,
    ArchivedForever = 3,
    /// Far more events come than did.
    Escalating = 4,
    ArchivedUntilEscalating = 5,
    /// Until a time, or until so many events or users more.
    ArchivedUntilConditionMet = 6,
}

impl Substatus {
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Ongoing,
        Self::Regressed,
        Self::ArchivedForever,
        Self::Escalating,
        Self::ArchivedUntilEscalating,
        Self::ArchivedUntilConditionMet,
    ];

    /// The status that it is a part of. That of what is resolved says nothing, and is stored as [`Self::Ongoing`].
    pub fn status(self) -> IssueStatus {
        match self {
            Self::New | Self::Ongoing | Self::Regressed | Self::Escalating => IssueStatus::Unresolved,
            Self::ArchivedForever | Self::ArchivedUntilEscalating | Self::ArchivedUntilConditionMet => {
                IssueStatus::Ignored
            }
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ongoing => "ongoing",
            Self::Regressed => "regressed",
            Self::ArchivedForever => "archived_forever",
            Self::Escalating => "escalating",
            Self::ArchivedUntilEscalating => "archived_until_escalating",
            Self::ArchivedUntilConditionMet => "archived_until_condition_met",
        }
    }

    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::New,
            1 => Self::Ongoing,
            2 => Self::Regressed,
            3 => Self::ArchivedForever,
            4 => Self::Escalating,
            5 => Self::ArchivedUntilEscalating,
            6 => Self::ArchivedUntilConditionMet,
            _ => return None,
        })
    }
}

/// How urgent an issue is. Stored as its number (those of Sentry's own table).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Low = 25,
    Medium = 50,
    High = 75,
}

impl Priority {
    /// The priority that a new issue starts with (`ingest.md` §6.9, without a severity score).
    pub fn of_level(level: crate::Level) -> Self {
        match level {
            crate::Level::Debug | crate::Level::Info => Self::Low,
            crate::Level::Warning => Self::Medium,
            crate::Level::Error | crate::Level::Fatal => Self::High,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            25 => Self::Low,
            50 => Self::Medium,
            75 => Self::High,
            _ => return None,
        })
    }
}

/// Whether a project key takes events. Stored as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStatus {
    Active = 0,
    /// Switched off; can be switched on again.
    Disabled = 1,
    /// Deleted for good; the row stays so that the refusal can say so.
    Revoked = 2,
}

impl KeyStatus {
    pub fn number(self) -> i64 {
        self as i64
    }

    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Active,
            1 => Self::Disabled,
            2 => Self::Revoked,
            _ => return None,
        })
    }
}
