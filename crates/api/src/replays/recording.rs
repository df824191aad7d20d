use bytes::Bytes;
use protocol::{
    items::replay::recording::MAX_UNPACKED_BYTES,
    msgpack,
    unpack::{Packing, UnpackError},
};
use store::stored_items::StoredItemKind;

#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("a stored recording has no line of headers")]
    NoHeaders,
    #[error("a stored film holds no recording")]
    NoRecording,
    #[error(transparent)]
    Unpack(#[from] UnpackError),
}

/// The list in a recording, which was checked before it was stored: behind a line of headers, packed or plain.
pub(super) fn read(kind: StoredItemKind, payload: &[u8]) -> Result<Bytes, ReadError> {
    if kind == StoredItemKind::ReplayVideo {
        let map = msgpack::map(payload).map_err(|_| ReadError::NoRecording)?;
        let recording = map.iter().find(|(name, _)| name == "replay_recording");
        let recording = recording.and_then(|(_, value)| value.bytes());
        return list_of(recording.ok_or(ReadError::NoRecording)?);
    }
    list_of(payload)
}

fn list_of(recording: &[u8]) -> Result<Bytes, ReadError> {
    let mut parts = recording.splitn(2, |byte| *byte == b'\n');
    let (Some(_), Some(body)) = (parts.next(), parts.next()) else {
        return Err(ReadError::NoHeaders);
    };
    Ok(match Packing::of_recording(body) {
        Some(packing) => packing.unpack(body, MAX_UNPACKED_BYTES)?.into(),
        None => Bytes::copy_from_slice(body),
    })
}

/// A list of the lists.
pub(super) fn list(recordings: &[Bytes]) -> Bytes {
    let mut text = vec![b'['];
    for (index, recording) in recordings.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        text.extend_from_slice(recording);
    }
    text.push(b']');
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_read_plain_and_packed() {
        let plain = read(StoredItemKind::ReplayRecording, b"{\"segment_id\":0}\n[{\"type\":4}]").unwrap();
        assert_eq!(&plain[..], b"[{\"type\":4}]");
        // What Python's zlib.compress makes of `[]`.
        let packed = b"{\"segment_id\":1}\n\x78\x9c\x8b\x8e\x05\x00\x01\x15\x00\xb9";
        let unpacked = read(StoredItemKind::ReplayRecording, packed).unwrap();
        assert_eq!(&unpacked[..], b"[]");
        assert_eq!(&list(&[plain, unpacked])[..], b"[[{\"type\":4}],[]]");
        assert_eq!(&list(&[])[..], b"[]");
        for broken in [&b""[..], b"[]", b"{}\n\x78\x9c\xff"] {
            assert!(read(StoredItemKind::ReplayRecording, broken).is_err(), "{broken:?}");
        }
        assert!(read(StoredItemKind::ReplayVideo, b"\x80").is_err());
    }
}
