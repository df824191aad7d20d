//! Check-ins of monitors: as an item, or by URL (`ingest.md` §1.1, §9).

use serde_json::{Value, json};

use super::{
    Invalid, field,
    id::CheckInId,
    monitor_config::{ConfigError, MonitorConfig},
};
use crate::{
    event::{Object, TraceId},
    query_string,
};

pub const MAX_SLUG_CHARS: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckInStatus {
    InProgress,
    Ok,
    Error,
}

impl CheckInStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }

    /// What is missed or has timed out is for the server to find.
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "in_progress" => Self::InProgress,
            "ok" => Self::Ok,
            "error" => Self::Error,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct CheckIn {
    /// `None`: the latest one of the monitor that is in progress, else a new one.
    pub id: Option<CheckInId>,
    pub monitor_slug: String,
    pub status: CheckInStatus,
    /// Seconds.
    pub duration: Option<f64>,
    pub environment: Option<String>,
    pub release: Option<String>,
    /// A bad configuration does not spoil the check-in of a monitor that exists.
    pub monitor_config: Option<Result<MonitorConfig, Vec<ConfigError>>>,
    pub trace_id: Option<TraceId>,
}

impl CheckIn {
    /// The payload of an item.
    pub fn parse(payload: &[u8]) -> Result<Self, Invalid> {
        Self::read(field::object(payload)?)
    }

    /// The JSON body of `POST /api/…/cron/{slug}/`: the slug of the path wins.
    pub fn from_url_json(slug: &str, body: &[u8]) -> Result<Self, Invalid> {
        let mut map = field::object(body)?;
        map.insert("monitor_slug".to_owned(), slug.into());
        Self::read(map)
    }

    /// The query of `GET /api/…/cron/{slug}/`.
    pub fn from_url_query(slug: &str, query: &str) -> Result<Self, Invalid> {
        let mut map = Object::new();
        for (name, value) in query_string::pairs(query) {
            if matches!(
                name.as_str(),
                "check_in_id" | "status" | "environment" | "release" | "duration"
            ) {
                map.insert(name, value.into());
            }
        }
        if let Some(duration) = field::text(&mut map, "duration").filter(|text| !text.is_empty()) {
            let seconds: Option<f64> = duration.parse().ok().filter(|seconds: &f64| seconds.is_finite());
            let seconds = seconds.ok_or_else(|| Invalid::json("`duration` is no number"))?;
            map.insert("duration".to_owned(), seconds.into());
        }
        map.insert("monitor_slug".to_owned(), slug.into());
        Self::read(map)
    }

    fn read(mut map: Object) -> Result<Self, Invalid> {
        let id = match field::take(&mut map, "check_in_id") {
            None => None,
            Some(Value::String(text)) if text.bytes().all(|byte| matches!(byte, b'0' | b'-')) => None,
            Some(Value::String(text)) => Some(text.parse().map_err(|_| Invalid::json("`check_in_id` is no UUID"))?),
            Some(_) => return Err(Invalid::json("`check_in_id` is no UUID")),
        };
        let slug = field::text(&mut map, "monitor_slug").ok_or_else(|| Invalid::json("`monitor_slug` is missing"))?;
        let monitor_slug = slugify(&slug);
        if monitor_slug.is_empty() {
            return Err(Invalid::json("`monitor_slug` is empty"));
        }
        let status = field::text(&mut map, "status").ok_or_else(|| Invalid::json("`status` is missing"))?;
        let status = CheckInStatus::from_name(&status).ok_or_else(|| Invalid::json("`status` is unknown"))?;
        let duration = match field::take(&mut map, "duration") {
            None => None,
            Some(value) => {
                Some(field::duration(&value).ok_or_else(|| Invalid::json("`duration` is no length of time"))?)
            }
        };
        let trace = field::child(&mut map, "contexts").and_then(|mut contexts| field::child(&mut contexts, "trace"));
        let name = |text: Option<String>, valid: fn(&str) -> Option<&str>| Some(valid(&text?)?.to_owned());
        Ok(Self {
            id,
            monitor_slug,
            status,
            duration,
            environment: name(field::text(&mut map, "environment"), field::environment).filter(|name| !name.is_empty()),
            release: name(field::text(&mut map, "release"), field::release),
            monitor_config: field::take(&mut map, "monitor_config").map(MonitorConfig::from_json),
            trace_id: trace.and_then(|mut trace| field::parsed(&mut trace, "trace_id")),
        })
    }

    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "check_in_id": self.id.map(|id| id.to_string()),
            "monitor_slug": self.monitor_slug,
            "status": self.status.name(),
            "duration": self.duration,
            "environment": self.environment,
            "release": self.release,
        });
        match &self.monitor_config {
            Some(Ok(config)) => json["monitor_config"] = config.to_json(),
            Some(Err(errors)) => {
                json["monitor_config_errors"] = errors.iter().map(|error| Value::from(error.to_string())).collect();
            }
            None => {}
        }
        if let Some(trace_id) = self.trace_id {
            json["contexts"] = json!({"trace": {"trace_id": trace_id.to_string()}});
        }
        json
    }
}

/// Lower case, of letters, digits, `_` and `-`; whatever else there is becomes one `-`.
fn slugify(text: &str) -> String {
    let mut slug = String::with_capacity(text.len().min(MAX_SLUG_CHARS));
    for character in text.chars() {
        if slug.len() >= MAX_SLUG_CHARS {
            break;
        }
        match character.to_ascii_lowercase() {
            character @ ('a'..='z' | '0'..='9' | '_') => slug.push(character),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(key: &str, value: Value) -> Result<CheckIn, Invalid> {
        let mut json = json!({"monitor_slug": "nightly", "status": "ok"});
        json[key] = value;
        CheckIn::parse(json.to_string().as_bytes())
    }

    #[test]
    fn an_item_in_full_is_read_as_it_was_written() {
        let json = json!({
            "check_in_id": "d4304f7a3ace433d99477c791f83a4e3", "monitor_slug": "Nightly Cleanup!", "status": "in_progress",
            "duration": 1.5, "environment": "production", "release": "shop@1.4.2",
            "monitor_config": {"schedule": {"type": "crontab", "value": "*/5 * * * *"}, "checkin_margin": 2},
            "contexts": {"trace": {"trace_id": "30818a1042b5488089163ed6053d6e96", "span_id": "9e2455562c0fa194"}},
        });
        let check_in = CheckIn::parse(json.to_string().as_bytes()).unwrap();
        assert_eq!(check_in.monitor_slug, "nightly-cleanup");
        assert_eq!(
            check_in
                .monitor_config
                .as_ref()
                .unwrap()
                .as_ref()
                .unwrap()
                .checkin_margin,
            2
        );
        assert_eq!(
            check_in.trace_id.unwrap().to_string(),
            "30818a1042b5488089163ed6053d6e96"
        );
        assert_eq!(CheckIn::parse(check_in.to_json().to_string().as_bytes()), Ok(check_in));
    }

    #[test]
    fn ids_of_zeros_mean_the_latest() {
        for id in [
            json!(null),
            json!(""),
            json!("0".repeat(32)),
            json!("00000000-0000-0000-0000-000000000000"),
        ] {
            assert_eq!(with("check_in_id", id.clone()).unwrap().id, None, "{id}");
        }
        for id in [json!("x"), json!(7)] {
            assert_eq!(
                with("check_in_id", id.clone()).unwrap_err().reason,
                "invalid_json",
                "{id}"
            );
        }
    }

    #[test]
    fn slugs() {
        let check =
            |slug: &str, expected: &str| assert_eq!(with("monitor_slug", slug.into()).unwrap().monitor_slug, expected);
        check("nightly", "nightly");
        check("My Job: ünïx_2", "my-job-n-x_2");
        check("-a--b-", "a-b");
        check(&"x".repeat(60), &"x".repeat(50));
        check(&format!("{} y", "x".repeat(49)), &"x".repeat(49));
        for bad in [json!(""), json!("!!"), json!("ü"), json!(null), json!(1)] {
            assert!(with("monitor_slug", bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn statuses_and_durations() {
        for bad in [
            json!("missed"),
            json!("timeout"),
            json!("unknown"),
            json!("OK"),
            json!(null),
            json!(1),
        ] {
            assert!(with("status", bad.clone()).is_err(), "{bad}");
        }
        for bad in [json!(-1), json!("1")] {
            assert!(with("duration", bad.clone()).is_err(), "{bad}");
        }
        assert_eq!(with("environment", json!("")).unwrap().environment, None);
    }

    #[test]
    fn a_bad_configuration_leaves_the_check_in() {
        let check_in = with("monitor_config", json!({"schedule": {"type": "crontab", "value": "x"}})).unwrap();
        assert_eq!(
            check_in.monitor_config.as_ref().unwrap().as_ref().unwrap_err()[0].field,
            "schedule.value"
        );
        assert!(
            check_in.to_json()["monitor_config_errors"][0]
                .as_str()
                .unwrap()
                .starts_with("`schedule.value`")
        );
    }

    #[test]
    fn by_url_the_path_names_the_monitor() {
        let query =
            "status=in_progress&environment=dev&duration=1.5&check_in_id=d4304f7a-3ace-433d-9947-7c791f83a4e3&x=1";
        let check_in = CheckIn::from_url_query("Nightly", query).unwrap();
        assert_eq!(
            (check_in.monitor_slug.as_str(), check_in.status),
            ("nightly", CheckInStatus::InProgress)
        );
        assert_eq!(
            (check_in.duration, check_in.environment.as_deref()),
            (Some(1.5), Some("dev"))
        );
        assert_eq!(check_in.id.unwrap().to_string(), "d4304f7a3ace433d99477c791f83a4e3");
        for bad in [
            "",
            "status=",
            "status=late",
            "status=ok&duration=x",
            "status=ok&duration=-1",
            "status=ok&duration=inf",
        ] {
            assert!(CheckIn::from_url_query("a", bad).is_err(), "{bad}");
        }
        assert_eq!(
            CheckIn::from_url_query("a", "status=ok&duration=").unwrap().duration,
            None
        );
        let json = CheckIn::from_url_json("path", br#"{"monitor_slug":"body","status":"error"}"#).unwrap();
        assert_eq!(
            (json.monitor_slug.as_str(), json.status),
            ("path", CheckInStatus::Error)
        );
    }
}
