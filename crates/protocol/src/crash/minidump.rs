//! Minidumps: the memory of a process that crashed, as Windows, Crashpad and Breakpad write it.

use std::borrow::Cow;

use model::Timestamp;

use super::placeholder;
use crate::{
    event::Object,
    items::Invalid,
    unpack::{Packing, UnpackError},
};

/// The field of the form that holds the dump.
pub const FORM_FIELD: &str = "upload_file_minidump";
const DEFAULT_NAME: &str = "Minidump";

/// As an attachment may be long (`ingest.md` §1.5).
pub const MAX_BYTES: usize = 200 << 20;

/// A dump as it is, out of whatever it was packed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minidump<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub name: String,
}

/// In either order of bytes.
pub fn is_minidump(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MDMP") || bytes.starts_with(b"PMDM")
}

/// Looks at the start of a dump, also within its packing, and reads no more than that.
pub fn check(bytes: &[u8]) -> Result<(), Invalid> {
    if bytes.is_empty() {
        return Err(Invalid::new("missing_minidump_upload", "the dump is empty"));
    }
    let mut is_dump = is_minidump(bytes);
    if let Some(packing) = Packing::of_file(bytes) {
        let mut start = Vec::new();
        let unpacked = packing.pieces(bytes, MAX_BYTES, &mut |piece| {
            start.extend_from_slice(&piece[..piece.len().min(4)]);
            start.len() < 4
        });
        unpacked.map_err(broken)?;
        is_dump = is_minidump(&start);
    }
    if is_dump {
        Ok(())
    } else {
        Err(Invalid::new("invalid_minidump", "it does not begin as a minidump"))
    }
}

impl<'a> Minidump<'a> {
    /// Takes a dump out of its packing; with it the name loses its suffix.
    pub fn unpack(bytes: &'a [u8], name: Option<&str>) -> Result<Self, Invalid> {
        if bytes.is_empty() {
            return Err(Invalid::new("missing_minidump_upload", "the dump is empty"));
        }
        let name = name.unwrap_or(DEFAULT_NAME);
        let dump = match Packing::of_file(bytes) {
            None => Self {
                bytes: Cow::Borrowed(bytes),
                name: name.to_owned(),
            },
            Some(packing) => Self {
                bytes: Cow::Owned(packing.unpack(bytes, MAX_BYTES).map_err(broken)?),
                name: packing
                    .suffix()
                    .and_then(|suffix| name.strip_suffix(suffix))
                    .unwrap_or(name)
                    .to_owned(),
            },
        };
        if is_minidump(&dump.bytes) {
            Ok(dump)
        } else {
            Err(Invalid::new("invalid_minidump", "it does not begin as a minidump"))
        }
    }

    /// When it was written, by the clock of the machine that crashed.
    pub fn timestamp(&self) -> Option<Timestamp> {
        let seconds: [u8; 4] = self.bytes.get(20..24)?.try_into().ok()?;
        let seconds = if self.bytes.starts_with(b"PMDM") {
            u32::from_be_bytes(seconds)
        } else {
            u32::from_le_bytes(seconds)
        };
        (seconds > 0).then(|| Timestamp::from_seconds(seconds.into()))
    }
}

fn broken(error: UnpackError) -> Invalid {
    match error {
        UnpackError::TooLarge(_) => Invalid::new("too_large:minidump", error.to_string()),
        UnpackError::Broken(_) => Invalid::new("invalid_minidump", error.to_string()),
    }
}

/// Makes an event of a dump and what was sent with it.
pub fn describe(event: &mut Object, dump: &Minidump<'_>) {
    if let Some(time) = dump.timestamp()
        && event.get("timestamp").is_none_or(serde_json::Value::is_null)
    {
        event.insert("timestamp".to_owned(), time.seconds().into());
    }
    describe_unread(event);
}

/// The same where nobody looks into the dump.
pub fn describe_unread(event: &mut Object) {
    placeholder(event, "Minidump", "Invalid Minidump", "minidump");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DUMP: &[u8] = b"MDMP\x93\xa7\0\0\x01\0\0\0\x20\0\0\0\0\0\0\0\x10\x20\x30\x40rest";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn as_it_is_or_packed() {
        let dump = Minidump::unpack(DUMP, Some("a.dmp")).unwrap();
        assert_eq!((&dump.bytes[..], dump.name.as_str()), (DUMP, "a.dmp"));
        assert_eq!(dump.timestamp(), Some(Timestamp::from_seconds(0x4030_2010)));
        let packed = gzip(DUMP);
        let dump = Minidump::unpack(&packed, Some("a.dmp.gz")).unwrap();
        assert_eq!((&dump.bytes[..], dump.name.as_str()), (DUMP, "a.dmp"));
        let zstd = zstd::encode_all(DUMP, 1).unwrap();
        assert_eq!(Minidump::unpack(&zstd, None).unwrap().name, "Minidump");
        for good in [DUMP, &packed, &zstd, b"PMDM"] {
            assert_eq!(check(good), Ok(()));
        }
        for bad in [&b"GIF8"[..], b"", &gzip(b"GIF8"), &packed[..5]] {
            assert!(check(bad).is_err(), "{bad:x?}");
        }
    }

    #[test]
    fn every_reason() {
        let reason = |bytes: &[u8]| Minidump::unpack(bytes, None).unwrap_err().reason;
        assert_eq!(reason(b""), "missing_minidump_upload");
        assert_eq!(reason(b"no dump"), "invalid_minidump");
        assert_eq!(reason(&gzip(b"no dump")), "invalid_minidump");
        let packed = gzip(DUMP);
        assert_eq!(reason(&packed[..packed.len() / 2]), "invalid_minidump");
    }

    #[test]
    fn the_event_of_a_dump() {
        let mut event = Object::new();
        describe(&mut event, &Minidump::unpack(DUMP, None).unwrap());
        assert_eq!(
            serde_json::Value::Object(event),
            json!({"timestamp": 0x4030_2010, "platform": "native", "level": "fatal", "exception": {"values": [{
                "type": "Minidump", "value": "Invalid Minidump",
                "mechanism": {"type": "minidump", "handled": false, "synthetic": true},
            }]}})
        );
        let mut event = Object::from_iter([
            ("level".to_owned(), json!("info")),
            ("platform".to_owned(), json!("csharp")),
        ]);
        describe_unread(&mut event);
        assert_eq!(
            (&event["level"], &event["platform"]),
            (&json!("info"), &json!("csharp"))
        );
    }
}
