use std::fmt;

/// What is stored and searched apart: an index of its own a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dataset {
    /// Error events, and whatever else belongs to an issue by its hash, but for occurrences.
    Errors,
    Transactions,
    Spans,
    Logs,
    /// What other parts of the product make issues of: feedback, failed check-ins, slow queries.
    Occurrences,
}

impl Dataset {
    pub const ALL: [Self; 5] = [
        Self::Errors,
        Self::Transactions,
        Self::Spans,
        Self::Logs,
        Self::Occurrences,
    ];

    /// As it stands in addresses and names of folders; never changed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Transactions => "transactions",
            Self::Spans => "spans",
            Self::Logs => "logs",
            Self::Occurrences => "occurrences",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| dataset.name() == name)
    }

    /// Those whose events belong to issues.
    pub fn has_issues(self) -> bool {
        matches!(self, Self::Errors | Self::Occurrences)
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
