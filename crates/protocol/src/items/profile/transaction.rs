use model::{EventId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Invalid, check_size, invalid_json, reason,
    samples::{self, Sample, Samples},
};
use crate::{
    base64,
    event::{Object, TraceId, json},
    items::{field, id::ProfileId},
};

/// How long the transaction of a profile may take.
const MAX_NANOSECONDS: u64 = 30_000_000_000;

/// The profile of one transaction: an item `profile`, in the envelope of its transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub id: ProfileId,
    pub platform: String,
    pub timestamp: Option<Timestamp>,
    pub release: Option<String>,
    pub environment: Option<String>,
    pub transaction: ProfiledTransaction,
    /// `None`: the profile is in the trace format of Android, which is kept as it is.
    samples: Option<Samples<TimedSample>>,
    other: Object,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ProfiledTransaction {
    pub id: EventId,
    pub name: String,
    pub trace_id: TraceId,
    pub active_thread_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct TimedSample {
    stack_id: u32,
    #[serde(deserialize_with = "samples::thread_id")]
    thread_id: String,
    #[serde(deserialize_with = "samples::number")]
    elapsed_since_start_ns: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue_address: Option<String>,
}

impl Sample for TimedSample {
    fn stack(&self) -> usize {
        usize::try_from(self.stack_id).unwrap_or(usize::MAX)
    }

    fn thread(&self) -> &str {
        &self.thread_id
    }

    fn queue(&self) -> Option<&str> {
        self.queue_address.as_deref()
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    profile: Option<Samples<TimedSample>>,
    #[serde(flatten)]
    other: Object,
}

impl Profile {
    pub fn parse(payload: &[u8]) -> Result<Self, Invalid> {
        check_size(payload)?;
        let wire: Wire =
            serde_json::from_slice(json::skip_byte_order_mark(payload)).map_err(|error| invalid_json(&error))?;
        let Wire { profile, mut other } = wire;
        field::clean(&mut other);
        let missing = |field: &str| Invalid::new(reason::INVALID_JSON, format!("`{field}` is missing"));
        let version = other.get("version").and_then(Value::as_str);
        if version.is_some_and(|version| version != "1") {
            return Err(Invalid::new(reason::INVALID_JSON, "`version` is not 1"));
        }
        let id = other
            .get("event_id")
            .or_else(|| other.get("profile_id"))
            .and_then(Value::as_str);
        let id = id.and_then(|id| id.parse().ok()).ok_or_else(|| missing("event_id"))?;
        let platform = other
            .get("platform")
            .and_then(Value::as_str)
            .ok_or_else(|| missing("platform"))?
            .to_owned();
        let name = |key: &str, valid: fn(&str) -> Option<&str>| Some(valid(other.get(key)?.as_str()?)?.to_owned());
        let (release, environment) = (name("release", field::release), name("environment", field::environment));
        let timestamp = other.get("timestamp").and_then(field::timestamp);
        let (transaction, window) = ProfiledTransaction::take(&mut other)?;
        let samples = match profile {
            Some(mut samples) => {
                check_metadata(&platform, &other)?;
                clean(&mut samples, &platform, &other, window)?;
                Some(samples)
            }
            None => {
                check_android(&other)?;
                None
            }
        };
        Ok(Self {
            id,
            platform,
            timestamp,
            release,
            environment: environment.filter(|name| !name.is_empty()),
            transaction,
            samples,
            other,
        })
    }

    /// From the first sample to the last, in nanoseconds.
    pub fn duration_ns(&self) -> u64 {
        self.samples.as_ref().map_or(0, |samples| duration(&samples.samples))
    }

    pub fn sample_count(&self) -> usize {
        self.samples.as_ref().map_or(0, |samples| samples.samples.len())
    }

    /// Everything but the samples, for what looks for secrets.
    pub fn metadata_mut(&mut self) -> &mut Object {
        &mut self.other
    }

    pub fn frames_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.samples.iter_mut().flat_map(|samples| &mut samples.frames)
    }

    pub fn to_json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Stored<'a> {
            #[serde(flatten)]
            other: &'a Object,
            #[serde(skip_serializing_if = "Option::is_none")]
            profile: &'a Option<Samples<TimedSample>>,
        }
        let stored = Stored {
            other: &self.other,
            profile: &self.samples,
        };
        serde_json::to_vec(&stored).expect("lists of numbers and JSON values have a form in JSON")
    }
}

impl ProfiledTransaction {
    /// Also gives the part of the profile that the transaction took, where an old SDK says so.
    fn take(map: &mut Object) -> Result<(Self, Option<(u64, u64)>), Invalid> {
        // SDKs before the one transaction had a list with one in it.
        let first = match field::list(map, "transactions") {
            Some(list) => list.into_iter().next(),
            None => None,
        };
        let transaction = field::take(map, "transaction").or(first);
        let Some(Value::Object(transaction)) = transaction else {
            return Err(Invalid::new(reason::TRANSACTION, "no transaction is named"));
        };
        let text = |key: &str| transaction.get(key).and_then(Value::as_str);
        let invalid = |field: &str| {
            Invalid::new(
                reason::TRANSACTION_METADATA,
                format!("`transaction.{field}` is missing"),
            )
        };
        let active_thread_id = match transaction.get("active_thread_id") {
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        let read = Self {
            id: text("id").and_then(|id| id.parse().ok()).ok_or_else(|| invalid("id"))?,
            name: text("name")
                .filter(|name| !name.is_empty())
                .ok_or_else(|| invalid("name"))?
                .to_owned(),
            trace_id: text("trace_id")
                .and_then(|id| id.parse().ok())
                .ok_or_else(|| invalid("trace_id"))?,
            active_thread_id,
        };
        let nanoseconds = |key: &str| transaction.get(key).and_then(field::unsigned).unwrap_or(0);
        let window = (nanoseconds("relative_start_ns"), nanoseconds("relative_end_ns"));
        map.insert("transaction".to_owned(), Value::Object(transaction));
        Ok((read, (window.1 > 0).then_some(window)))
    }
}

fn clean(
    samples: &mut Samples<TimedSample>,
    platform: &str,
    metadata: &Object,
    window: Option<(u64, u64)>,
) -> Result<(), Invalid> {
    samples.check_indices()?;
    if let Some((start, end)) = window {
        samples
            .samples
            .retain(|sample| (start..=end).contains(&sample.elapsed_since_start_ns));
    }
    samples.drop_idle_ends();
    samples.drop_single_samples();
    if samples.samples.len() < 2 {
        return Err(Invalid::new(
            reason::NOT_ENOUGH_SAMPLES,
            "fewer than two samples of a thread",
        ));
    }
    if duration(&samples.samples) > MAX_NANOSECONDS {
        return Err(Invalid::new(reason::TOO_LONG, "longer than 30 seconds"));
    }
    let architecture = metadata
        .get("device")
        .and_then(|device| device.get("architecture")?.as_str());
    if platform == "cocoa" && matches!(architecture, Some("arm64" | "arm64e")) {
        samples.mask_addresses();
    }
    samples.drop_unreferenced();
    Ok(())
}

fn duration(samples: &[TimedSample]) -> u64 {
    let times = || samples.iter().map(|sample| sample.elapsed_since_start_ns);
    times().max().unwrap_or(0) - times().min().unwrap_or(0)
}

/// What a profile is nothing without: on which system it was made.
fn check_metadata(platform: &str, metadata: &Object) -> Result<(), Invalid> {
    const ALWAYS: &[(&str, &str)] = &[("device", "architecture"), ("os", "name"), ("os", "version")];
    const ON_APPLE: &[(&str, &str)] = &[
        ("os", "build_number"),
        ("device", "is_emulator"),
        ("device", "locale"),
        ("device", "manufacturer"),
        ("device", "model"),
    ];
    let on_apple = if platform == "cocoa" { ON_APPLE } else { &[] };
    for (object, field) in ALWAYS.iter().chain(on_apple) {
        if metadata
            .get(*object)
            .and_then(|object| object.get(*field))
            .is_none_or(Value::is_null)
        {
            return Err(Invalid::new(reason::METADATA, format!("`{object}.{field}` is missing")));
        }
    }
    Ok(())
}

/// A trace of Android's own profiler in base64; the rest is of no fixed form.
fn check_android(metadata: &Object) -> Result<(), Invalid> {
    let Some(trace) = metadata
        .get("sampled_profile")
        .and_then(Value::as_str)
        .filter(|trace| !trace.is_empty())
    else {
        return Err(Invalid::new(reason::INVALID_JSON, "`profile` is missing"));
    };
    match base64::decode(trace.as_bytes()) {
        Some(_) => Ok(()),
        None => Err(Invalid::new(reason::BASE64, "`sampled_profile` is no base64")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    pub(super) fn sample(stack: u32, thread: &str, nanoseconds: Value) -> Value {
        json!({"stack_id": stack, "thread_id": thread, "elapsed_since_start_ns": nanoseconds})
    }

    fn minimal() -> Value {
        json!({
            "version": "1", "event_id": "98adca8e7d524f9bbc9c3d50dce15cfb", "platform": "python",
            "timestamp": "2026-11-21T02:44:45.259Z", "release": "shop@1", "environment": "production",
            "device": {"architecture": "x86"}, "os": {"name": "Linux", "version": ""},
            "transaction": {
                "id": "f93795395b7d418683a79120ad1f0bbf", "name": "/shop", "active_thread_id": 0,
                "trace_id": "e0ecb903b73245cd870c5fa38b66a947",
            },
            "profile": {
                "samples": [sample(0, "0", json!("199951")), sample(1, "0", json!(8_099_951))],
                "stacks": [[0, 1], [1]],
                "frames": [{"function": "f"}, {"function": "g", "instruction_addr": "0x8000000012345678"}],
                "thread_metadata": {"0": {"name": "main"}, "7": {"name": "gone"}},
            },
        })
    }

    fn parse(json: &Value) -> Result<Profile, Invalid> {
        Profile::parse(json.to_string().as_bytes())
    }

    fn with(pointer: &str, value: Value) -> Result<Profile, Invalid> {
        let mut json = minimal();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        json.pointer_mut(parent).unwrap()[key] = value;
        parse(&json)
    }

    #[test]
    fn a_profile_is_cleaned_and_read_again_as_the_same() {
        let profile = parse(&minimal()).unwrap();
        assert_eq!(profile.id.to_string(), "98adca8e7d524f9bbc9c3d50dce15cfb");
        assert_eq!((profile.duration_ns(), profile.sample_count()), (7_900_000, 2));
        assert_eq!(profile.transaction.active_thread_id.as_deref(), Some("0"));
        let stored: Value = serde_json::from_slice(&profile.to_json()).unwrap();
        assert_eq!(stored["profile"]["thread_metadata"], json!({"0": {"name": "main"}}));
        assert_eq!(stored["profile"]["frames"][1]["instruction_addr"], "0x8000000012345678");
        assert_eq!(Profile::parse(&profile.to_json()), Ok(profile));
    }

    #[test]
    fn every_reason() {
        let check = |pointer: &str, value: Value, reason: &str| {
            let error = with(pointer, value.clone()).unwrap_err();
            assert_eq!(error.reason, reason, "{pointer} {value}");
        };
        check("/version", json!("2"), "profiling_invalid_json");
        check("/event_id", json!("x"), "profiling_invalid_json");
        check("/platform", json!(null), "profiling_invalid_json");
        check("/profile/frames", json!(null), "profiling_invalid_json");
        check("/profile", json!(null), "profiling_invalid_json");
        check("/os", json!({"name": "Linux"}), "profiling_invalid_profile_metadata");
        check("/device", json!(null), "profiling_invalid_profile_metadata");
        check("/platform", json!("cocoa"), "profiling_invalid_profile_metadata");
        check("/transaction", json!(null), "profiling_no_transaction_associated");
        for field in ["id", "name", "trace_id"] {
            check(
                &format!("/transaction/{field}"),
                json!(""),
                "profiling_invalid_transaction_metadata",
            );
        }
        check("/profile/samples", json!([]), "profiling_not_enough_samples");
        check(
            "/profile/samples",
            json!([sample(0, "0", json!(1))]),
            "profiling_not_enough_samples",
        );
        let of_two_threads = json!([sample(0, "0", json!(1)), sample(0, "1", json!(2))]);
        check("/profile/samples", of_two_threads, "profiling_not_enough_samples");
        check("/profile/stacks", json!([[0]]), "profiling_malformed_samples");
        check("/profile/stacks", json!([[0], [2]]), "profiling_malformed_stacks");
        let long = |end: u64| json!([sample(0, "0", json!(1)), sample(0, "0", json!(end))]);
        check(
            "/profile/samples",
            long(30_000_000_002),
            "profiling_duration_is_too_long",
        );
        assert!(with("/profile/samples", long(30_000_000_001)).is_ok());
        assert_eq!(Profile::parse(b"{").unwrap_err().reason, "profiling_invalid_json");
        let large = vec![b' '; MAX + 1];
        assert_eq!(
            Profile::parse(&large).unwrap_err().reason,
            "profiling_exceed_size_limit"
        );
    }

    const MAX: usize = super::super::MAX_PROFILE_BYTES;

    #[test]
    fn idle_ends_and_lonely_threads_are_left_out() {
        let mut json = minimal();
        json["profile"]["stacks"] = json!([[0], []]);
        json["profile"]["samples"] = json!([
            sample(1, "0", json!(0)),
            sample(0, "0", json!(1)),
            sample(1, "0", json!(2)),
            sample(0, "7", json!(3)),
            sample(0, "0", json!(4)),
            sample(1, "0", json!(5)),
        ]);
        let profile = parse(&json).unwrap();
        assert_eq!((profile.sample_count(), profile.duration_ns()), (3, 3));
    }

    #[test]
    fn old_sdks_name_a_list_of_transactions_and_where_it_was() {
        let mut json = minimal();
        let mut transaction = json["transaction"].take();
        transaction["relative_start_ns"] = json!("0");
        transaction["relative_end_ns"] = json!("8000000");
        json["transactions"] = json!([transaction]);
        json["profile"]["samples"] = json!([
            sample(0, "0", json!(1)),
            sample(0, "0", json!(2)),
            sample(0, "0", json!(8_000_001))
        ]);
        assert_eq!(parse(&json).unwrap().sample_count(), 2);
    }

    #[test]
    fn addresses_of_apple_lose_their_signature() {
        let mut json = minimal();
        json["platform"] = json!("cocoa");
        json["device"] =
            json!({"architecture": "arm64e", "is_emulator": false, "locale": "de", "manufacturer": "A", "model": "B"});
        json["os"]["build_number"] = json!("21A");
        let mut profile = parse(&json).unwrap();
        assert_eq!(profile.frames_mut().nth(1).unwrap()["instruction_addr"], "0x12345678");
    }

    #[test]
    fn the_format_of_android() {
        let mut json = minimal();
        json["profile"] = json!(null);
        json["platform"] = json!("android");
        json["sampled_profile"] = json!("c2FtcGxlcw==");
        assert_eq!(parse(&json).unwrap().sample_count(), 0);
        json["sampled_profile"] = json!("***");
        assert_eq!(parse(&json).unwrap_err().reason, "profiling_invalid_base64_value");
    }
}
