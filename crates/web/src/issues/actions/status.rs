//! What the menus of resolving and archiving say.

use std::time::Duration;

use httpkit::ApiError;
use serde::Deserialize;
use services::issues::{ArchivedUntil, More, NewStatus, ResolvedIn};

/// A status and what belongs to it. The page of an issue and the bar of the list send the same fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusFields {
    /// `resolved`, `resolved-next`, `resolved-latest`, `resolved-release`, `resolved-commit`, `unresolved`, `ignored`
    /// (until it escalates), `ignored-forever`, `ignored-for`, `ignored-condition`.
    status: Option<String>,
    release: Option<String>,
    repository: Option<String>,
    commit: Option<String>,
    /// In minutes, as all windows.
    after: Option<String>,
    events: Option<String>,
    events_window: Option<String>,
    users: Option<String>,
    users_window: Option<String>,
}

/// The longest time to archive for, in minutes: ten years.
const LONGEST: u64 = 10 * 366 * 24 * 60;

impl StatusFields {
    /// `None`: the form is about something else.
    pub(super) fn read(&self) -> Result<Option<NewStatus>, ApiError> {
        let Some(status) = &self.status else { return Ok(None) };
        Ok(Some(match status.as_str() {
            "unresolved" => NewStatus::Unresolved(None),
            "resolved" => NewStatus::Resolved(ResolvedIn::Now),
            "resolved-next" => NewStatus::Resolved(ResolvedIn::NextRelease),
            "resolved-latest" => NewStatus::Resolved(ResolvedIn::LatestRelease),
            "resolved-release" => {
                let release = text(&self.release).ok_or_else(|| ApiError::bad_request("Write which release it is."))?;
                NewStatus::Resolved(ResolvedIn::Release(release))
            }
            "resolved-commit" => match (text(&self.repository), text(&self.commit)) {
                (Some(repository), Some(commit)) => NewStatus::Resolved(ResolvedIn::Commit { repository, commit }),
                _ => return Err(ApiError::bad_request("Write the repository and the commit.")),
            },
            "ignored" => NewStatus::Archived(ArchivedUntil::Escalating),
            "ignored-forever" => NewStatus::Archived(ArchivedUntil::Forever),
            "ignored-for" => {
                let after = self.after()?;
                let missing = || ApiError::bad_request("Choose for how long the issue is archived.");
                NewStatus::Archived(ArchivedUntil::Condition {
                    after: Some(after.ok_or_else(missing)?),
                    events: None,
                    users: None,
                })
            }
            "ignored-condition" => NewStatus::Archived(self.condition()?),
            _ => return Err(ApiError::bad_request("There is no such status.")),
        }))
    }

    /// All of them, by name.
    pub(super) fn fields(&self) -> [(&'static str, &Option<String>); 9] {
        [
            ("status", &self.status),
            ("release", &self.release),
            ("repository", &self.repository),
            ("commit", &self.commit),
            ("after", &self.after),
            ("events", &self.events),
            ("events_window", &self.events_window),
            ("users", &self.users),
            ("users_window", &self.users_window),
        ]
    }

    fn after(&self) -> Result<Option<Duration>, ApiError> {
        minutes(&self.after)
    }

    fn condition(&self) -> Result<ArchivedUntil, ApiError> {
        let (events, users) = (
            more(&self.events, &self.events_window)?,
            more(&self.users, &self.users_window)?,
        );
        if events.is_none() && users.is_none() {
            return Err(ApiError::bad_request(
                "Write after how many events or users the issue comes back.",
            ));
        }
        Ok(ArchivedUntil::Condition {
            after: None,
            events,
            users,
        })
    }
}

fn text(field: &Option<String>) -> Option<String> {
    let text = field.as_deref().map(str::trim);
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn more(count: &Option<String>, window: &Option<String>) -> Result<Option<More>, ApiError> {
    let Some(text) = text(count) else { return Ok(None) };
    let count = text.parse().ok().filter(|count| (1..=1_000_000_000).contains(count));
    Ok(Some(More {
        count: count.ok_or_else(|| ApiError::bad_request("A count is a whole number from 1 to 1,000,000,000."))?,
        window: minutes(window)?,
    }))
}

fn minutes(field: &Option<String>) -> Result<Option<Duration>, ApiError> {
    let Some(text) = text(field) else { return Ok(None) };
    let minutes = text.parse().ok().filter(|minutes| (1..=LONGEST).contains(minutes));
    let wrong = || ApiError::bad_request("A time is a whole number of minutes, ten years at most.");
    Ok(Some(Duration::from_secs(60 * minutes.ok_or_else(wrong)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<NewStatus>, ApiError> {
        let object = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).into()));
        let fields: StatusFields = serde_json::from_value(serde_json::Value::Object(object.collect())).unwrap();
        fields.read()
    }

    #[test]
    fn every_choice_of_the_menus_is_understood() {
        use ArchivedUntil::{Condition, Escalating, Forever};
        let resolved = |kind| Some(NewStatus::Resolved(kind));
        let archived = |until| Some(NewStatus::Archived(until));
        let hour = Some(Duration::from_secs(3_600));
        for (pairs, expected) in [
            (vec![("priority", "high")], None),
            (vec![("status", "unresolved")], Some(NewStatus::Unresolved(None))),
            (vec![("status", "resolved"), ("release", "")], resolved(ResolvedIn::Now)),
            (vec![("status", "resolved-next")], resolved(ResolvedIn::NextRelease)),
            (vec![("status", "resolved-latest")], resolved(ResolvedIn::LatestRelease)),
            (
                vec![("status", "resolved-release"), ("release", " web@1 ")],
                resolved(ResolvedIn::Release("web@1".to_owned())),
            ),
            (vec![("status", "ignored")], archived(Escalating)),
            (vec![("status", "ignored-forever")], archived(Forever)),
            (
                vec![("status", "ignored-for"), ("after", "60")],
                archived(Condition {
                    after: hour,
                    events: None,
                    users: None,
                }),
            ),
            (
                vec![
                    ("status", "ignored-condition"),
                    ("events", "100"),
                    ("events_window", "60"),
                    ("users", ""),
                ],
                archived(Condition {
                    after: None,
                    events: Some(More {
                        count: 100,
                        window: hour,
                    }),
                    users: None,
                }),
            ),
        ] {
            assert_eq!(read(&pairs).unwrap(), expected, "{pairs:?}");
        }
    }

    #[test]
    fn what_is_left_out_or_too_much_is_said() {
        for pairs in [
            vec![("status", "gone")],
            vec![("status", "resolved-release"), ("release", " ")],
            vec![("status", "resolved-commit"), ("commit", "abc")],
            vec![("status", "ignored-for")],
            vec![("status", "ignored-for"), ("after", "99999999999")],
            vec![("status", "ignored-condition")],
            vec![("status", "ignored-condition"), ("events", "0")],
            vec![("status", "ignored-condition"), ("users", "-1")],
        ] {
            assert!(read(&pairs).is_err(), "{pairs:?}");
        }
    }
}
