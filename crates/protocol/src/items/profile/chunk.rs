use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Invalid, check_size, invalid_json, reason,
    samples::{self, Sample, Samples},
};
use crate::{
    event::{Object, json},
    items::{
        field,
        id::{ChunkId, ProfilerId},
    },
};

/// From the first sample of a chunk to the last.
const MAX_SECONDS: f64 = 66.0;

/// A part of what a continuous profiler saw: an item `profile_chunk`.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileChunk {
    pub profiler_id: ProfilerId,
    pub chunk_id: ChunkId,
    pub platform: String,
    pub release: Option<String>,
    pub environment: Option<String>,
    samples: Samples<StampedSample>,
    other: Object,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct StampedSample {
    /// Seconds since 1970.
    timestamp: f64,
    stack_id: u32,
    #[serde(deserialize_with = "samples::thread_id")]
    thread_id: String,
}

impl Sample for StampedSample {
    fn stack(&self) -> usize {
        usize::try_from(self.stack_id).unwrap_or(usize::MAX)
    }

    fn thread(&self) -> &str {
        &self.thread_id
    }
}

#[derive(Deserialize)]
struct Wire {
    profile: Samples<StampedSample>,
    #[serde(flatten)]
    other: Object,
}

impl ProfileChunk {
    /// `platform` is that of the item's headers; what the payload says of itself counts more.
    pub fn parse(payload: &[u8], platform: Option<&str>) -> Result<Self, Invalid> {
        check_size(payload)?;
        let wire: Wire =
            serde_json::from_slice(json::skip_byte_order_mark(payload)).map_err(|error| invalid_json(&error))?;
        let Wire { mut profile, mut other } = wire;
        field::clean(&mut other);
        let missing = |field: &str| Invalid::new(reason::INVALID_JSON, format!("`{field}` is missing"));
        if other.get("version").and_then(Value::as_str) != Some("2") {
            return Err(Invalid::new(reason::INVALID_JSON, "`version` is not 2"));
        }
        let text = |key: &str| other.get(key).and_then(Value::as_str);
        let profiler_id = text("profiler_id")
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| missing("profiler_id"))?;
        let chunk_id = text("chunk_id")
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| missing("chunk_id"))?;
        let platform = text("platform")
            .or(platform)
            .ok_or_else(|| missing("platform"))?
            .to_owned();
        let (release, environment) = (
            text("release").and_then(field::release),
            text("environment").and_then(field::environment),
        );
        let (release, environment) = (
            release.map(str::to_owned),
            environment.filter(|name| !name.is_empty()).map(str::to_owned),
        );
        clean(&mut profile, &platform)?;
        Ok(Self {
            profiler_id,
            chunk_id,
            platform,
            release,
            environment,
            samples: profile,
            other,
        })
    }

    pub fn sample_count(&self) -> usize {
        self.samples.samples.len()
    }

    /// What is billed: from the first sample to the last.
    pub fn duration_ms(&self) -> u64 {
        (self.seconds() * 1000.0).round() as u64
    }

    fn seconds(&self) -> f64 {
        seconds(&self.samples.samples)
    }

    /// The time of the first sample.
    pub fn started(&self) -> Timestamp {
        self.samples
            .samples
            .first()
            .and_then(|sample| field::of_seconds(sample.timestamp))
            .unwrap_or_default()
    }

    /// Everything but the samples, for what looks for secrets.
    pub fn metadata_mut(&mut self) -> &mut Object {
        &mut self.other
    }

    pub fn frames_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.samples.frames.iter_mut()
    }

    pub fn to_json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Stored<'a> {
            #[serde(flatten)]
            other: &'a Object,
            profile: &'a Samples<StampedSample>,
        }
        let stored = Stored {
            other: &self.other,
            profile: &self.samples,
        };
        serde_json::to_vec(&stored).expect("lists of numbers and JSON values have a form in JSON")
    }
}

fn clean(samples: &mut Samples<StampedSample>, platform: &str) -> Result<(), Invalid> {
    if samples.samples.is_empty() {
        return Err(Invalid::new(reason::NOT_ENOUGH_SAMPLES, "no samples"));
    }
    if samples
        .samples
        .iter()
        .any(|sample| field::of_seconds(sample.timestamp).is_none())
    {
        return Err(Invalid::new(reason::MALFORMED_SAMPLES, "a sample of no point in time"));
    }
    samples.check_indices()?;
    samples
        .samples
        .sort_by(|one, other| one.timestamp.total_cmp(&other.timestamp));
    if seconds(&samples.samples) > MAX_SECONDS {
        return Err(Invalid::new(reason::TOO_LONG, "longer than 66 seconds"));
    }
    if platform == "cocoa" {
        samples.mask_addresses();
    }
    samples.drop_unreferenced();
    Ok(())
}

/// Of samples in their order.
fn seconds(samples: &[StampedSample]) -> f64 {
    match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => last.timestamp - first.timestamp,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(stack: u32, timestamp: f64) -> Value {
        json!({"stack_id": stack, "thread_id": "0", "timestamp": timestamp})
    }

    fn minimal() -> Value {
        json!({
            "version": "2", "chunk_id": "7743895ac70946cc9d1cac31fb349879", "profiler_id": "602b9b999bc44f26b87edbb61fb09496",
            "platform": "javascript", "release": "shop@1", "environment": "production",
            "profile": {
                "samples": [sample(1, 1_795_228_912.5), sample(0, 1_795_228_911.25)],
                "stacks": [[0], [0]], "frames": [{"function": "f"}],
                "thread_metadata": {"0": {"name": "main"}, "1": {}},
            },
        })
    }

    fn with(pointer: &str, value: Value) -> Result<ProfileChunk, Invalid> {
        let mut json = minimal();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        json.pointer_mut(parent).unwrap()[key] = value;
        ProfileChunk::parse(json.to_string().as_bytes(), None)
    }

    #[test]
    fn a_chunk_is_sorted_and_read_again_as_the_same() {
        let chunk = ProfileChunk::parse(minimal().to_string().as_bytes(), Some("javascript")).unwrap();
        assert_eq!(chunk.duration_ms(), 1250);
        assert_eq!(chunk.started(), Timestamp(1_795_228_911_250_000));
        assert_eq!(chunk.samples.thread_metadata.as_ref().unwrap().len(), 1);
        assert_eq!(ProfileChunk::parse(&chunk.to_json(), None), Ok(chunk));
    }

    #[test]
    fn every_reason() {
        let check = |pointer: &str, value: Value, reason: &str| {
            let error = with(pointer, value.clone()).unwrap_err();
            assert_eq!(error.reason, reason, "{pointer} {value}");
        };
        check("/version", json!("1"), "profiling_invalid_json");
        check("/chunk_id", json!(null), "profiling_invalid_json");
        check("/profiler_id", json!("x"), "profiling_invalid_json");
        check("/platform", json!(null), "profiling_invalid_json");
        check("/profile", json!({}), "profiling_invalid_json");
        check("/profile/samples", json!([]), "profiling_not_enough_samples");
        check(
            "/profile/samples",
            json!([sample(2, 1.0)]),
            "profiling_malformed_samples",
        );
        check(
            "/profile/samples",
            json!([sample(0, -1.0)]),
            "profiling_malformed_samples",
        );
        check("/profile/stacks", json!([[0], [1]]), "profiling_malformed_stacks");
        check(
            "/profile/samples",
            json!([sample(0, 1.0), sample(0, 67.1)]),
            "profiling_duration_is_too_long",
        );
        assert!(with("/profile/samples", json!([sample(0, 1.0), sample(0, 67.0)])).is_ok());
        let mut json = minimal();
        json["platform"] = json!(null);
        let chunk = ProfileChunk::parse(json.to_string().as_bytes(), Some("cocoa")).unwrap();
        assert_eq!(chunk.platform, "cocoa");
    }
}
