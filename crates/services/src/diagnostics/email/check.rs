//! A check, and what it found.

use model::Timestamp;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Pass,
    Fail,
    /// It cannot be told from here.
    Unknown,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}

/// To which of the guide's questions a check belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    NotReceived,
    TooMany,
}

impl Question {
    pub fn name(self) -> &'static str {
        match self {
            Self::NotReceived => "not_received",
            Self::TooMany => "too_many",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::NotReceived => "E-mails are not received",
            Self::TooMany => "There are too many e-mails",
        }
    }
}

/// Where something can be looked at or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    AccountEmails,
    AccountNotifications,
    /// The server that takes mails, and the outbox: for those who run the installation.
    MailSettings,
    Outbox,
    Jobs,
    ProjectAlertSettings,
    ProjectFilters,
    AlertRules,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Never changed: programs know it by this.
    pub code: &'static str,
    pub question: Question,
    pub title: &'static str,
    pub outcome: Outcome,
    /// What was found.
    pub evidence: String,
    /// What to do about it; empty where nothing is to be done.
    pub advice: &'static str,
    pub place: Option<Place>,
}

pub(super) fn result(
    code: &'static str,
    title: &'static str,
    outcome: Outcome,
    evidence: impl Into<String>,
    advice: &'static str,
) -> Check {
    Check {
        code,
        question: Question::NotReceived,
        title,
        outcome,
        evidence: evidence.into(),
        advice: if outcome == Outcome::Pass { "" } else { advice },
        place: None,
    }
}

impl Check {
    pub(super) fn at(self, place: Place) -> Self {
        Self {
            place: Some(place),
            ..self
        }
    }

    pub(super) fn about_many(self) -> Self {
        Self {
            question: Question::TooMany,
            ..self
        }
    }
}

pub(super) fn pass_if(holds: bool) -> Outcome {
    if holds { Outcome::Pass } else { Outcome::Fail }
}

/// A time as a sentence has it, to the minute: `2026-11-21 12:00 UTC`.
pub(super) fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    format!("{date} {} UTC", time.get(..5).unwrap_or(time))
}
