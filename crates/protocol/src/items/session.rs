//! Sessions, from which release health is counted (`ingest.md` §8): updates of one session, and counts of many.

use std::time::Duration;

use model::Timestamp;
use serde_json::{Value, json};

use super::{Invalid, field, id::SessionId};
use crate::event::Object;

/// How old a session may be.
pub const MAX_AGE: Duration = Duration::from_secs(5 * 24 * 60 * 60);
/// How far a point in time may lie ahead of ours.
pub const MAX_AHEAD: Duration = Duration::from_secs(60);
/// Buckets of one item.
pub const MAX_AGGREGATES: usize = 100;

const MAX_DISTINCT_ID_CHARS: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SessionStatus {
    #[default]
    Ok,
    Exited,
    Crashed,
    Abnormal,
    Errored,
    Unhandled,
}

impl SessionStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Exited => "exited",
            Self::Crashed => "crashed",
            Self::Abnormal => "abnormal",
            Self::Errored => "errored",
            Self::Unhandled => "unhandled",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "ok" => Self::Ok,
            "exited" => Self::Exited,
            "crashed" => Self::Crashed,
            "abnormal" => Self::Abnormal,
            "errored" => Self::Errored,
            "unhandled" => Self::Unhandled,
            _ => return None,
        })
    }

    /// Whether no update may follow.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Ok)
    }
}

/// What hung when a session ended abnormally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AbnormalMechanism {
    #[default]
    None,
    AnrForeground,
    AnrBackground,
}

impl AbnormalMechanism {
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::AnrForeground => "anr_foreground",
            Self::AnrBackground => "anr_background",
        }
    }
}

/// What all updates of an item share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionAttributes {
    pub release: String,
    pub environment: Option<String>,
    /// An address, or `{{auto}}`: used by filters, never stored.
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
}

/// One update of one session: an item `session`.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionUpdate {
    /// `None`: the SDK named none, so the session is one of its own.
    pub sid: Option<SessionId>,
    pub distinct_id: Option<String>,
    /// Rises with every update of a session.
    pub sequence: u64,
    pub init: bool,
    pub started: Timestamp,
    pub timestamp: Timestamp,
    /// Seconds.
    pub duration: Option<f64>,
    pub status: SessionStatus,
    pub errors: u64,
    pub abnormal_mechanism: AbnormalMechanism,
    pub attributes: SessionAttributes,
}

/// Sessions that began in the same minute, counted by the SDK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionAggregate {
    pub started: Timestamp,
    pub distinct_id: Option<String>,
    pub exited: u64,
    pub errored: u64,
    pub abnormal: u64,
    pub unhandled: u64,
    pub crashed: u64,
}

impl SessionAggregate {
    pub fn total(&self) -> u64 {
        [self.exited, self.errored, self.abnormal, self.unhandled, self.crashed]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
}

/// An item `sessions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionAggregates {
    pub aggregates: Vec<SessionAggregate>,
    /// Why buckets were left out.
    pub dropped: Vec<Invalid>,
    pub attributes: SessionAttributes,
}

impl SessionUpdate {
    pub fn parse(payload: &[u8], received_at: Timestamp) -> Result<Self, Invalid> {
        let mut map = field::object(payload)?;
        let init = map.get("init").and_then(Value::as_bool).unwrap_or(false);
        let status = status(&mut map)?;
        let errors = map.get("errors").and_then(field::unsigned).unwrap_or(0);
        let sequence = map.get("seq").and_then(field::unsigned);
        let timestamp = match field::take(&mut map, "timestamp") {
            None => received_at,
            Some(time) => field::timestamp(&time).ok_or_else(|| Invalid::json("`timestamp` is no point in time"))?,
        };
        let sid = match field::take(&mut map, "sid") {
            Some(Value::String(text)) => Some(text.parse().map_err(|_| Invalid::json("`sid` is no UUID"))?),
            None => None,
            Some(_) => return Err(Invalid::json("`sid` is no UUID")),
        };
        Ok(Self {
            sid,
            distinct_id: distinct_id(&mut map),
            // The first update comes before all others, whatever else was said.
            sequence: match (init, sequence) {
                (true, _) => 0,
                (false, Some(sequence)) => sequence,
                (false, None) => u64::try_from(received_at.millis()).unwrap_or(0),
            },
            init,
            started: started(&map)?,
            timestamp,
            duration: map.get("duration").and_then(field::duration),
            status,
            errors: match status {
                SessionStatus::Crashed => errors.max(1),
                _ => errors,
            },
            abnormal_mechanism: match map.get("abnormal_mechanism").and_then(Value::as_str) {
                Some("anr_foreground") => AbnormalMechanism::AnrForeground,
                Some("anr_background") => AbnormalMechanism::AnrBackground,
                _ => AbnormalMechanism::None,
            },
            attributes: SessionAttributes::take(&mut map)?,
        })
    }

    /// Mends a clock that goes wrong by so many microseconds.
    pub fn shift(&mut self, micros: i64) {
        shift(&mut self.started, micros);
        shift(&mut self.timestamp, micros);
    }

    /// Whether it is neither too old nor from the future; to be asked when the clock was mended.
    pub fn check_age(&self, received_at: Timestamp) -> Result<(), Invalid> {
        check_age(self.started, received_at)?;
        check_age(self.timestamp, received_at)
    }

    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "sid": self.sid.map(|sid| sid.to_string()),
            "did": self.distinct_id,
            "seq": self.sequence,
            "init": self.init,
            "started": self.started.to_string(),
            "timestamp": self.timestamp.to_string(),
            "duration": self.duration,
            "status": self.status.name(),
            "errors": self.errors,
            "attrs": self.attributes.to_json(),
        });
        if self.abnormal_mechanism != AbnormalMechanism::None {
            json["abnormal_mechanism"] = self.abnormal_mechanism.name().into();
        }
        json
    }
}

impl SessionAggregates {
    pub fn parse(payload: &[u8]) -> Result<Self, Invalid> {
        let mut map = field::object(payload)?;
        let list = field::list(&mut map, "aggregates").ok_or_else(|| Invalid::json("`aggregates` is missing"))?;
        let mut aggregates = Vec::with_capacity(list.len().min(MAX_AGGREGATES));
        let mut dropped = Vec::new();
        for (number, aggregate) in list.into_iter().enumerate() {
            let read = if number < MAX_AGGREGATES {
                SessionAggregate::read(aggregate)
            } else {
                Err(Invalid::json(format!("more than {MAX_AGGREGATES} aggregates")))
            };
            match read {
                Ok(aggregate) => aggregates.push(aggregate),
                Err(error) => dropped.push(error),
            }
        }
        Ok(Self {
            aggregates,
            dropped,
            attributes: SessionAttributes::take(&mut map)?,
        })
    }

    pub fn shift(&mut self, micros: i64) {
        for aggregate in &mut self.aggregates {
            shift(&mut aggregate.started, micros);
        }
    }

    /// Leaves out what is too old or from the future.
    pub fn drop_by_age(&mut self, received_at: Timestamp) {
        let dropped = &mut self.dropped;
        self.aggregates
            .retain(|aggregate| match check_age(aggregate.started, received_at) {
                Ok(()) => true,
                Err(error) => {
                    dropped.push(error);
                    false
                }
            });
    }

    pub fn to_json(&self) -> Value {
        let aggregates: Vec<Value> = self.aggregates.iter().map(SessionAggregate::to_json).collect();
        json!({"aggregates": aggregates, "attrs": self.attributes.to_json()})
    }
}

impl SessionAggregate {
    fn read(value: Value) -> Result<Self, Invalid> {
        let Value::Object(mut map) = value else {
            return Err(Invalid::json("an aggregate is no object"));
        };
        let count = |key| map.get(key).and_then(field::unsigned).unwrap_or(0);
        let aggregate = Self {
            started: started(&map)?,
            exited: count("exited"),
            errored: count("errored"),
            abnormal: count("abnormal"),
            unhandled: count("unhandled"),
            crashed: count("crashed"),
            distinct_id: distinct_id(&mut map),
        };
        Ok(aggregate)
    }

    fn to_json(&self) -> Value {
        json!({
            "started": self.started.to_string(),
            "did": self.distinct_id,
            "exited": self.exited,
            "errored": self.errored,
            "abnormal": self.abnormal,
            "unhandled": self.unhandled,
            "crashed": self.crashed,
        })
    }
}

impl SessionAttributes {
    fn take(map: &mut Object) -> Result<Self, Invalid> {
        let mut attributes = field::child(map, "attrs").ok_or_else(|| Invalid::json("`attrs` is missing"))?;
        let release =
            field::text(&mut attributes, "release").ok_or_else(|| Invalid::json("`attrs.release` is missing"))?;
        let release = field::release(&release).ok_or_else(|| Invalid::json("the release has no valid name"))?;
        let environment = field::text(&mut attributes, "environment").filter(|environment| !environment.is_empty());
        if environment
            .as_deref()
            .is_some_and(|name| field::environment(name).is_none())
        {
            return Err(Invalid::json("the environment has no valid name"));
        }
        Ok(Self {
            release: release.to_owned(),
            environment,
            ip_address: field::text(&mut attributes, "ip_address"),
            user_agent: field::text(&mut attributes, "user_agent"),
        })
    }

    fn to_json(&self) -> Value {
        json!({"release": self.release, "environment": self.environment})
    }
}

fn status(map: &mut Object) -> Result<SessionStatus, Invalid> {
    match field::text(map, "status") {
        None => Ok(SessionStatus::default()),
        Some(name) => SessionStatus::from_name(&name).ok_or_else(|| Invalid::json("`status` is unknown")),
    }
}

fn started(map: &Object) -> Result<Timestamp, Invalid> {
    let started = map.get("started").and_then(field::timestamp);
    started.ok_or_else(|| Invalid::json("`started` is missing"))
}

/// Who: a text, or the number that some applications have as the id of a user.
fn distinct_id(map: &mut Object) -> Option<String> {
    let text = match field::take(map, "did")? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(field::cut(text, MAX_DISTINCT_ID_CHARS)).filter(|text| !text.is_empty())
}

fn shift(time: &mut Timestamp, micros: i64) {
    time.0 = time.0.saturating_add(micros);
}

fn check_age(time: Timestamp, received_at: Timestamp) -> Result<(), Invalid> {
    if time < received_at - MAX_AGE {
        Err(Invalid::timestamp("too old"))
    } else if time > received_at + MAX_AHEAD {
        Err(Invalid::timestamp("in the future"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_230_000_000_000); // 2026-11-21T03:00:00Z

    fn update(json: Value) -> Result<SessionUpdate, Invalid> {
        SessionUpdate::parse(json.to_string().as_bytes(), NOW)
    }

    fn minimal() -> Value {
        json!({"started": "2026-11-21T02:42:25.624Z", "attrs": {"release": "shop@1.0"}})
    }

    fn with(key: &str, value: Value) -> Value {
        let mut json = minimal();
        json[key] = value;
        json
    }

    #[test]
    fn the_defaults_of_an_update() {
        let session = update(minimal()).unwrap();
        assert_eq!(session.sid, None);
        assert_eq!((session.sequence, session.init), (1_795_230_000_000, false));
        assert_eq!((session.status, session.errors), (SessionStatus::Ok, 0));
        assert_eq!(session.timestamp, NOW);
        assert_eq!(session.attributes.release, "shop@1.0");
        assert_eq!(session.attributes.environment, None);
    }

    #[test]
    fn the_first_update_has_the_first_number_and_a_crash_is_an_error() {
        let mut json = with("init", json!(true));
        json["seq"] = json!(17);
        json["status"] = json!("crashed");
        let session = update(json).unwrap();
        assert_eq!((session.sequence, session.errors), (0, 1));
        assert_eq!(update(with("seq", json!(17))).unwrap().sequence, 17);
        assert_eq!(
            update(with("did", json!(42))).unwrap().distinct_id.as_deref(),
            Some("42")
        );
        assert_eq!(update(with("did", json!(""))).unwrap().distinct_id, None);
        let abnormal = update(with("abnormal_mechanism", json!("anr_background"))).unwrap();
        assert_eq!(abnormal.abnormal_mechanism, AbnormalMechanism::AnrBackground);
    }

    #[test]
    fn what_is_no_session_is_refused() {
        let bad = [
            json!([]),
            json!({}),
            json!({"started": "2026-11-21T02:42:25.624Z"}),
            json!({"attrs": {"release": "shop@1.0"}}),
            with("attrs", json!({})),
            with("attrs", json!({"release": ""})),
            with("attrs", json!({"release": "a/b"})),
            with("attrs", json!({"release": "a\nb"})),
            with("attrs", json!({"release": "a", "environment": "a/b"})),
            with("started", json!("soon")),
            with("timestamp", json!("soon")),
            with("sid", json!("x")),
            with("sid", json!(7)),
            with("status", json!("fine")),
        ];
        for json in bad {
            let error = update(json.clone()).unwrap_err();
            assert_eq!(error.reason, "invalid_json", "{json}");
        }
        assert_eq!(SessionUpdate::parse(b"{", NOW).unwrap_err().reason, "invalid_json");
    }

    #[test]
    fn too_old_and_from_the_future() {
        let age = |started: &str| update(with("started", json!(started))).unwrap().check_age(NOW);
        assert_eq!(age("2026-11-16T03:00:00Z"), Ok(()));
        assert_eq!(age("2026-11-16T02:59:59Z").unwrap_err().reason, "timestamp");
        assert_eq!(age("2026-11-21T03:01:00Z"), Ok(()));
        assert_eq!(age("2026-11-21T03:01:01Z").unwrap_err().reason, "timestamp");
        let mut late = update(with("started", json!("2026-11-16T02:00:00Z"))).unwrap();
        late.shift(3_600_000_000);
        assert_eq!(late.started.to_string(), "2026-11-16T03:00:00Z");
        assert_eq!(late.timestamp.to_string(), "2026-11-21T04:00:00Z");
    }

    #[test]
    fn what_was_written_is_read_as_the_same() {
        let session = update(json!({
            "sid": "1900b608-e27f-48f9-8235-d67209b591e0", "did": "u-1", "seq": 4, "init": false,
            "started": "2026-11-21T02:55:52.942Z", "timestamp": "2026-11-21T02:55:53Z", "duration": 0.006,
            "status": "abnormal", "abnormal_mechanism": "anr_foreground", "errors": 2,
            "attrs": {"release": "shop@1.4.2", "environment": "production"},
        }))
        .unwrap();
        assert_eq!(update(session.to_json()).unwrap(), session);
    }

    #[test]
    fn aggregates_fail_one_by_one() {
        let json = json!({
            "aggregates": [
                {"started": "2026-11-21T02:39:00.000Z", "exited": 3, "errored": 1, "crashed": 2, "unhandled": 1},
                {"started": "2026-11-10T02:39:00.000Z", "exited": 1},
                {"exited": 1},
                7,
            ],
            "attrs": {"release": "shop@1.4.2"},
        });
        let mut sessions = SessionAggregates::parse(json.to_string().as_bytes()).unwrap();
        assert_eq!((sessions.aggregates.len(), sessions.dropped.len()), (2, 2));
        sessions.drop_by_age(NOW);
        assert_eq!(sessions.aggregates.len(), 1);
        assert_eq!(sessions.aggregates[0].total(), 7);
        let reasons: Vec<_> = sessions.dropped.iter().map(|error| error.reason).collect();
        assert_eq!(reasons, ["invalid_json", "invalid_json", "timestamp"]);
        let again = SessionAggregates::parse(sessions.to_json().to_string().as_bytes()).unwrap();
        assert_eq!(again.aggregates, sessions.aggregates);
    }

    #[test]
    fn an_item_holds_a_hundred_aggregates() {
        let of = |count: usize| {
            let bucket = json!({"started": "2026-11-21T02:39:00Z", "exited": 1});
            let json = json!({"aggregates": vec![bucket; count], "attrs": {"release": "a@1"}});
            SessionAggregates::parse(json.to_string().as_bytes())
        };
        assert_eq!(of(100).unwrap().aggregates.len(), 100);
        let more = of(102).unwrap();
        assert_eq!((more.aggregates.len(), more.dropped.len()), (100, 2));
        assert!(SessionAggregates::parse(br#"{"attrs":{"release":"a"}}"#).is_err());
    }
}
