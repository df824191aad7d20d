//! What a check-in says of its monitor: how often it is due, and when it has failed (`ingest.md` §9).

use serde_json::{Value, json};

use super::{crontab::Crontab, field};
use crate::event::Object;

/// The longest margin and the longest run, in minutes: four weeks.
pub const MAX_MINUTES: u64 = 40_320;
/// Most failures or recoveries that are waited for.
pub const MAX_THRESHOLD: u64 = 720;

const DEFAULT_MARGIN: u64 = 1;
const DEFAULT_MAX_RUNTIME: u64 = 30;
const MAX_INTERVAL: u64 = 1_000_000;
const MAX_TIME_ZONE_CHARS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalUnit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
}

impl IntervalUnit {
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "year" => Self::Year,
            "month" => Self::Month,
            "week" => Self::Week,
            "day" => Self::Day,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// As it was written; it is known to be valid.
    Crontab(String),
    Interval {
        value: u64,
        unit: IntervalUnit,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorConfig {
    pub schedule: Schedule,
    /// Minutes after which a check-in that did not come is missed.
    pub checkin_margin: u64,
    /// Minutes after which a run that did not end has failed.
    pub max_runtime: u64,
    /// A name of the IANA database.
    pub timezone: String,
    pub failure_issue_threshold: u64,
    pub recovery_threshold: u64,
    /// `user:…` or `team:…`.
    pub owner: Option<String>,
}

/// A field of the configuration that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {reason}")]
pub struct ConfigError {
    pub field: &'static str,
    pub reason: String,
}

impl MonitorConfig {
    /// Gives every error, for they are shown to whoever wrote the configuration.
    pub fn from_json(value: Value) -> Result<Self, Vec<ConfigError>> {
        let Value::Object(mut map) = value else {
            return Err(vec![error("monitor_config", "expected an object")]);
        };
        let mut errors = Vec::new();
        let mut bounded = |field, default, last| match field::take(&mut map, field) {
            None => default,
            Some(value) => match field::unsigned(&value) {
                Some(number) if (1..=last).contains(&number) => number,
                // No margin and no limit are what the smallest is: a minute.
                Some(0) if last == MAX_MINUTES => 1,
                _ => {
                    errors.push(error(field, &format!("expected a number from 1 to {last}")));
                    default
                }
            },
        };
        let checkin_margin = bounded("checkin_margin", DEFAULT_MARGIN, MAX_MINUTES);
        let max_runtime = bounded("max_runtime", DEFAULT_MAX_RUNTIME, MAX_MINUTES);
        let failure_issue_threshold = bounded("failure_issue_threshold", 1, MAX_THRESHOLD);
        let recovery_threshold = bounded("recovery_threshold", 1, MAX_THRESHOLD);
        let schedule = schedule(&mut map);
        let timezone = timezone(&mut map);
        let owner = owner(&mut map);
        match (schedule, timezone, owner) {
            (Ok(schedule), Ok(timezone), Ok(owner)) if errors.is_empty() => Ok(Self {
                schedule,
                checkin_margin,
                max_runtime,
                timezone,
                failure_issue_threshold,
                recovery_threshold,
                owner,
            }),
            (schedule, timezone, owner) => {
                errors.extend([schedule.err(), timezone.err(), owner.err()].into_iter().flatten());
                Err(errors)
            }
        }
    }

    pub fn to_json(&self) -> Value {
        json!({
            "schedule": match &self.schedule {
                Schedule::Crontab(text) => json!({"type": "crontab", "value": text}),
                Schedule::Interval { value, unit } => json!({"type": "interval", "value": value, "unit": unit.name()}),
            },
            "checkin_margin": self.checkin_margin,
            "max_runtime": self.max_runtime,
            "timezone": self.timezone,
            "failure_issue_threshold": self.failure_issue_threshold,
            "recovery_threshold": self.recovery_threshold,
            "owner": self.owner,
        })
    }
}

fn error(field: &'static str, reason: &str) -> ConfigError {
    ConfigError {
        field,
        reason: reason.to_owned(),
    }
}

fn schedule(map: &mut Object) -> Result<Schedule, ConfigError> {
    let mut schedule = field::child(map, "schedule").ok_or_else(|| error("schedule", "missing"))?;
    match field::text(&mut schedule, "type").as_deref() {
        Some("crontab") => {
            let text = field::text(&mut schedule, "value").ok_or_else(|| error("schedule.value", "missing"))?;
            Crontab::parse(&text).map_err(|cause| error("schedule.value", &cause.to_string()))?;
            Ok(Schedule::Crontab(
                text.split_ascii_whitespace().collect::<Vec<_>>().join(" "),
            ))
        }
        Some("interval") => {
            let value = schedule.get("value").and_then(field::unsigned);
            let value = value.filter(|value| (1..=MAX_INTERVAL).contains(value));
            let unit = schedule
                .get("unit")
                .and_then(Value::as_str)
                .and_then(IntervalUnit::from_name);
            Ok(Schedule::Interval {
                value: value.ok_or_else(|| error("schedule.value", "expected a positive number"))?,
                unit: unit.ok_or_else(|| error("schedule.unit", "expected year, month, week, day, hour or minute"))?,
            })
        }
        _ => Err(error("schedule.type", "expected crontab or interval")),
    }
}

/// Whether the zone exists is not known here, only that it can.
fn timezone(map: &mut Object) -> Result<String, ConfigError> {
    match field::take(map, "timezone") {
        None => Ok("UTC".to_owned()),
        Some(Value::String(name)) if name.is_empty() => Ok("UTC".to_owned()),
        Some(Value::String(name)) if is_time_zone(&name) => Ok(name),
        Some(_) => Err(error("timezone", "expected a name such as Europe/Vienna")),
    }
}

fn is_time_zone(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+'))
    };
    name.len() <= MAX_TIME_ZONE_CHARS && name.split('/').count() <= 3 && name.split('/').all(part)
}

fn owner(map: &mut Object) -> Result<Option<String>, ConfigError> {
    let Some(owner) = field::take(map, "owner") else {
        return Ok(None);
    };
    let text = owner.as_str().filter(|text| text.len() <= 128);
    let known = text.and_then(|text| text.split_once(':')).is_some_and(|(kind, id)| {
        matches!(kind, "user" | "team") && !id.is_empty() && !id.contains(char::is_whitespace)
    });
    match text {
        Some(text) if known => Ok(Some(text.to_owned())),
        _ => Err(error("owner", "expected user:… or team:…")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(key: &str, value: Value) -> Result<MonitorConfig, Vec<ConfigError>> {
        let mut json = json!({"schedule": {"type": "crontab", "value": "*/5 * * * *"}});
        json[key] = value;
        MonitorConfig::from_json(json)
    }

    #[test]
    fn the_defaults() {
        let config =
            MonitorConfig::from_json(json!({"schedule": {"type": "interval", "value": 2, "unit": "hour"}})).unwrap();
        assert_eq!(
            config.schedule,
            Schedule::Interval {
                value: 2,
                unit: IntervalUnit::Hour
            }
        );
        assert_eq!((config.checkin_margin, config.max_runtime), (1, 30));
        assert_eq!((config.failure_issue_threshold, config.recovery_threshold), (1, 1));
        assert_eq!((config.timezone.as_str(), config.owner), ("UTC", None));
    }

    #[test]
    fn every_bound() {
        for (field, last) in [
            ("checkin_margin", 40_320),
            ("max_runtime", 40_320),
            ("failure_issue_threshold", 720),
            ("recovery_threshold", 720),
        ] {
            assert!(with(field, json!(1)).is_ok(), "{field}");
            assert!(with(field, json!(last)).is_ok(), "{field}");
            for bad in [json!(last + 1), json!(-1), json!("soon"), json!([])] {
                let errors = with(field, bad.clone()).unwrap_err();
                assert_eq!(errors.len(), 1, "{field} {bad}");
                assert_eq!(errors[0].field, field, "{bad}");
            }
        }
        assert_eq!(with("checkin_margin", json!(0)).unwrap().checkin_margin, 1);
        assert!(with("failure_issue_threshold", json!(0)).is_err());
    }

    #[test]
    fn schedules_zones_and_owners() {
        for good in [
            json!({"type": "crontab", "value": "@hourly"}),
            json!({"type": "interval", "value": 1, "unit": "year"}),
        ] {
            assert!(with("schedule", good.clone()).is_ok(), "{good}");
        }
        for bad in [
            json!(null),
            json!("0 * * * *"),
            json!({"type": "crontab"}),
            json!({"type": "crontab", "value": "0 0 30 2 *"}),
            json!({"type": "interval", "value": 0, "unit": "hour"}),
            json!({"type": "interval", "value": 1, "unit": "second"}),
            json!({"type": "interval", "value": 1}),
            json!({"type": "sundial", "value": 1}),
        ] {
            assert!(with("schedule", bad.clone()).is_err(), "{bad}");
        }
        for good in [
            "UTC",
            "Europe/Vienna",
            "America/Argentina/Buenos_Aires",
            "Etc/GMT+5",
            "",
        ] {
            assert!(with("timezone", json!(good)).is_ok(), "{good}");
        }
        for bad in ["Europe/", "../etc", "a b", "+05:00", "A/B/C/D"] {
            assert!(with("timezone", json!(bad)).is_err(), "{bad}");
        }
        for good in ["user:7", "team:backend"] {
            assert!(with("owner", json!(good)).is_ok(), "{good}");
        }
        for bad in ["7", "user:", "org:1", "user:a b"] {
            assert!(with("owner", json!(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn all_errors_are_given_and_what_was_written_is_read_as_the_same() {
        let json = json!({"schedule": 1, "timezone": 2, "owner": 3, "max_runtime": "x", "recovery_threshold": 0});
        assert_eq!(MonitorConfig::from_json(json).unwrap_err().len(), 5);
        let config = with("owner", json!("team:backend")).unwrap();
        assert_eq!(MonitorConfig::from_json(config.to_json()), Ok(config));
    }
}
