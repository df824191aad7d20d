//! The status that a body asks for, with what it depends on.

use std::time::Duration;

use model::{IssueStatus, Substatus};
use serde_json::{Map, Value, json};
use services::issues::{ArchivedUntil, LONGEST_WINDOW, More, NewStatus, ResolvedIn};

use crate::body::Fields;

/// A status, as it was sent and as it is meant.
#[derive(Debug)]
pub(super) struct StatusRequest {
    /// As it was sent: `muted` stays `muted`.
    pub(super) name: String,
    pub(super) status: NewStatus,
}

/// Ten years, in minutes.
const LONGEST_DURATION: i64 = 10 * 366 * 24 * 60;

/// Old clients send these beside the status.
const BESIDE: [&str; 5] = [
    "ignoreDuration",
    "ignoreCount",
    "ignoreWindow",
    "ignoreUserCount",
    "ignoreUserWindow",
];

impl StatusRequest {
    pub(super) fn read(fields: &mut Fields) -> Option<Self> {
        let substatus = fields.choice("substatus", substatus);
        let of_substatus = substatus.map(Substatus::status);
        let implied = of_substatus.map(|status| status.name().to_owned());
        let name = fields.text("status").or(implied);
        let details = details(fields);
        let status = match name.as_deref()? {
            "resolved" => NewStatus::Resolved(resolved_in(fields, details)?),
            "resolvedInNextRelease" => NewStatus::Resolved(ResolvedIn::NextRelease),
            "unresolved" => NewStatus::Unresolved(substatus),
            // `muted` is what sentry-cli calls it.
            "ignored" | "muted" => NewStatus::Archived(archived_until(fields, details, substatus)?),
            other => {
                let detail = format!("\"{other}\" is not a valid choice.");
                fields.refuse("status", &detail);
                return None;
            }
        };
        if of_substatus
            .is_some_and(|status_of| status_of != status.status() || status.status() == IssueStatus::Resolved)
        {
            fields.refuse("substatus", "This is no part of the status.");
        }
        Some(Self {
            name: name.unwrap_or_default(),
            status,
        })
    }

    /// What the status depends on, as it is answered.
    pub(super) fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        let mut add = |name: &str, value: Value| {
            if !value.is_null() {
                details.insert(name.to_owned(), value);
            }
        };
        match &self.status {
            NewStatus::Resolved(ResolvedIn::NextRelease) => add("inNextRelease", true.into()),
            NewStatus::Resolved(ResolvedIn::LatestRelease) => add("inRelease", "latest".into()),
            NewStatus::Resolved(ResolvedIn::Release(version)) => add("inRelease", version.as_str().into()),
            NewStatus::Resolved(ResolvedIn::Commit { repository, commit }) => {
                add("inCommit", json!({ "repository": repository, "commit": commit }));
            }
            NewStatus::Archived(ArchivedUntil::Condition { after, events, users }) => {
                let minutes = |time: Option<Duration>| time.map(|time| time.as_secs() / 60).into();
                add("ignoreDuration", minutes(*after));
                add("ignoreCount", events.map(|more| more.count).into());
                add("ignoreWindow", minutes(events.and_then(|more| more.window)));
                add("ignoreUserCount", users.map(|more| more.count).into());
                add("ignoreUserWindow", minutes(users.and_then(|more| more.window)));
            }
            _ => {}
        }
        details
    }
}

/// All that says more than the status itself, whether it stands in `statusDetails` or beside it.
fn details(fields: &mut Fields) -> Fields {
    let mut found = fields.object("statusDetails").unwrap_or_default();
    for name in BESIDE {
        if let (Some(value), false) = (fields.value(name), found.contains_key(name)) {
            found.insert(name.to_owned(), value.clone());
        }
    }
    // sentry-cli sends it as `null` with every change.
    if let (Some(value), false) = (fields.value("snoozeDuration"), found.contains_key("ignoreDuration")) {
        found.insert("ignoreDuration".to_owned(), value.clone());
    }
    // What clients send for "not asked for".
    found.retain(|_, value| !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some(""));
    Fields::of(found)
}

fn resolved_in(fields: &mut Fields, mut details: Fields) -> Option<ResolvedIn> {
    if details.is_given("inUpcomingRelease") {
        fields.refuse(
            "statusDetails",
            "inUpcomingRelease is not known here; inNextRelease is.",
        );
    }
    if details.flag("inNextRelease") == Some(true) {
        return Some(ResolvedIn::NextRelease);
    }
    if let Some(version) = details.text("inRelease") {
        return Some(match version.as_str() {
            "latest" => ResolvedIn::LatestRelease,
            _ => ResolvedIn::Release(version),
        });
    }
    if let Some(commit) = details.object("inCommit") {
        let mut commit = Fields::of(commit);
        let found = (commit.required_text("repository"), commit.required_text("commit"));
        let (Some(repository), Some(commit)) = found else {
            fields.refuse("statusDetails", "inCommit wants a repository and a commit.");
            return None;
        };
        return Some(ResolvedIn::Commit { repository, commit });
    }
    taken(fields, details).then_some(ResolvedIn::Now)
}

fn archived_until(fields: &mut Fields, mut details: Fields, substatus: Option<Substatus>) -> Option<ArchivedUntil> {
    let minutes = |minutes: i64| Duration::from_secs(minutes.unsigned_abs() * 60);
    let mut number = |name: &str, most: i64| {
        let number = details.number(name).filter(|number| *number > 0)?;
        if number > most {
            details.refuse(name, &format!("Ensure this value is less than or equal to {most}."));
        }
        Some(number.min(most))
    };
    let after = number("ignoreDuration", LONGEST_DURATION).map(minutes);
    let longest_window = (LONGEST_WINDOW.as_secs() / 60).cast_signed();
    let mut more = |count: &str, window: &str| {
        let count = number(count, i64::from(u32::MAX))?;
        let window = number(window, longest_window).map(minutes);
        Some(More { count, window })
    };
    let events = more("ignoreCount", "ignoreWindow");
    let users = more("ignoreUserCount", "ignoreUserWindow");
    if !taken(fields, details) {
        return None;
    }
    let has_condition = after.is_some() || events.is_some() || users.is_some();
    Some(match substatus {
        Some(Substatus::ArchivedUntilEscalating) => ArchivedUntil::Escalating,
        Some(Substatus::ArchivedUntilConditionMet) if !has_condition => {
            fields.refuse(
                "statusDetails",
                "Say until when: ignoreDuration, ignoreCount or ignoreUserCount.",
            );
            return None;
        }
        Some(Substatus::ArchivedForever) => ArchivedUntil::Forever,
        _ if has_condition => ArchivedUntil::Condition { after, events, users },
        _ => ArchivedUntil::Forever,
    })
}

/// Passes on what is wrong with the details; `false` when something is.
fn taken(fields: &mut Fields, details: Fields) -> bool {
    let Err(error) = details.finish() else { return true };
    for (name, whys) in error.fields {
        for why in whys {
            fields.refuse("statusDetails", &format!("{name}: {why}"));
        }
    }
    false
}

fn substatus(text: &str) -> Option<Substatus> {
    Substatus::ALL.into_iter().find(|substatus| substatus.name() == text)
}
