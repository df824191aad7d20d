use super::{ReplayEvent, recording::Recording};
use crate::{items::Invalid, msgpack};

const INVALID: &str = "invalid_replay_video";

/// An item `replay_video`: event, recording and film of a segment of a mobile app, as a map of MessagePack.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayVideo<'a> {
    pub event: ReplayEvent,
    pub recording: Recording<'a>,
    pub video: &'a [u8],
}

impl<'a> ReplayVideo<'a> {
    pub fn parse(payload: &'a [u8]) -> Result<Self, Invalid> {
        if payload.is_empty() {
            return Err(Invalid::new("invalid_replay_no_payload", "the payload is empty"));
        }
        let map = msgpack::map(payload).map_err(|error| Invalid::new(INVALID, error.to_string()))?;
        let part = |key: &str| {
            let found = map
                .iter()
                .find(|(name, _)| name == key)
                .and_then(|(_, value)| value.bytes());
            found
                .filter(|bytes| !bytes.is_empty())
                .ok_or_else(|| Invalid::new(INVALID, format!("`{key}` is missing")))
        };
        Ok(Self {
            event: ReplayEvent::parse(part("replay_event")?)?,
            recording: Recording::parse(part("replay_recording")?)?,
            video: part("replay_video")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0x80 | u8::try_from(parts.len()).unwrap()];
        for (key, value) in parts {
            bytes.push(0xa0 | u8::try_from(key.len()).unwrap());
            bytes.extend_from_slice(key.as_bytes());
            bytes.extend_from_slice(&[0xc5]);
            bytes.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
            bytes.extend_from_slice(value);
        }
        bytes
    }

    const EVENT: &[u8] = br#"{"replay_id":"cdf0ed15653d450a9f81a04d26b0213a","segment_id":0}"#;
    const RECORDING: &[u8] = b"{\"segment_id\":0}\n[{\"type\":5}]";

    #[test]
    fn three_parts() {
        let bytes = packed(&[
            ("replay_event", EVENT),
            ("replay_recording", RECORDING),
            ("replay_video", b"\x00\xff"),
        ]);
        let video = ReplayVideo::parse(&bytes).unwrap();
        assert_eq!(video.video, b"\x00\xff");
        assert_eq!(video.recording.check().unwrap().events, 1);
    }

    #[test]
    fn every_reason() {
        let reason = |parts: &[(&str, &[u8])]| ReplayVideo::parse(&packed(parts)).unwrap_err().reason;
        assert_eq!(ReplayVideo::parse(b"").unwrap_err().reason, "invalid_replay_no_payload");
        assert_eq!(ReplayVideo::parse(b"\xc1").unwrap_err().reason, "invalid_replay_video");
        assert_eq!(ReplayVideo::parse(b"\x90").unwrap_err().reason, "invalid_replay_video");
        assert_eq!(
            reason(&[("replay_event", EVENT), ("replay_recording", RECORDING)]),
            "invalid_replay_video"
        );
        let bad_event = [
            ("replay_event", &b"{}"[..]),
            ("replay_recording", RECORDING),
            ("replay_video", b"x"),
        ];
        assert_eq!(reason(&bad_event), "invalid_replay");
        let bad_recording = [
            ("replay_event", EVENT),
            ("replay_recording", b"x"),
            ("replay_video", b"x"),
        ];
        assert_eq!(reason(&bad_recording), "invalid_replay_recording");
    }
}
