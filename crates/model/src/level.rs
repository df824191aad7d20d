use std::{fmt, str::FromStr};

/// How bad an event is, mildest first. Stored as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Debug = 10,
    Info = 20,
    Warning = 30,
    #[default]
    Error = 40,
    Fatal = 50,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a level: expected fatal, error, warning, info or debug")]
pub struct ParseLevelError;

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The numbers of Python's `logging`, which old SDKs send.
    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            10 => Self::Debug,
            20 => Self::Info,
            30 => Self::Warning,
            40 => Self::Error,
            50 => Self::Fatal,
            _ => return None,
        })
    }

    pub fn number(self) -> i64 {
        self as i64
    }
}

impl FromStr for Level {
    type Err = ParseLevelError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "debug" => Self::Debug,
            "info" | "log" => Self::Info,
            "warning" => Self::Warning,
            "error" => Self::Error,
            "fatal" | "critical" => Self::Fatal,
            _ => return Err(ParseLevelError),
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
