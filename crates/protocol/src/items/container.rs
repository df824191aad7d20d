//! Containers: many logs, spans or metrics in one item, each of which stands or falls alone (`ingest.md` §2).

use serde_json::Value;

use super::{Invalid, field};
use crate::event::{Meta, Object};

/// What a container held.
#[derive(Debug, Clone, PartialEq)]
pub struct Members<T> {
    pub valid: Vec<Member<T>>,
    pub invalid: Vec<Refused>,
    pub settings: IngestSettings,
}

/// A member that can be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Member<T> {
    pub item: T,
    /// As it was sent, in bytes of compact JSON.
    pub bytes: u64,
}

/// A member that cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub bytes: u64,
    pub error: Invalid,
}

/// What an SDK asks the server to find out about its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IngestSettings {
    pub infer_ip: bool,
    pub infer_user_agent: bool,
}

/// One kind of member.
pub trait Read: Sized {
    /// The reason of those that cannot be read.
    const INVALID: &'static str;
    /// The largest, in bytes.
    const MAX_BYTES: u64;

    /// `Err` says which field is missing or invalid.
    fn read(map: Object, meta: Meta) -> Result<Self, String>;
}

impl<T: Read> Members<T> {
    /// `item_count` is that of the item's headers: a container that holds another number is not what it says, and
    /// refused as a whole.
    pub fn parse(payload: &[u8], item_count: Option<u32>) -> Result<Self, Invalid> {
        let mut map = field::object(payload)?;
        let list = field::list(&mut map, "items").ok_or_else(|| Invalid::json("`items` is missing"))?;
        let announced = item_count.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        if announced != Some(list.len()) {
            return Err(Invalid::json(format!("{} members, not `item_count`", list.len())));
        }
        let mut members = Self {
            valid: Vec::with_capacity(list.len()),
            invalid: Vec::new(),
            settings: IngestSettings::take(&mut map),
        };
        for value in list {
            let bytes = json_length(&value);
            match member(value, bytes) {
                Ok(item) => members.valid.push(Member { item, bytes }),
                Err(detail) => members.invalid.push(Refused {
                    bytes,
                    error: Invalid::new(T::INVALID, detail),
                }),
            }
        }
        Ok(members)
    }
}

fn member<T: Read>(value: Value, bytes: u64) -> Result<T, String> {
    if bytes > T::MAX_BYTES {
        return Err(format!("larger than {} bytes", T::MAX_BYTES));
    }
    match value {
        Value::Object(mut map) => {
            map.shift_remove("_meta");
            T::read(map, Meta::default())
        }
        _ => Err("expected an object".to_owned()),
    }
}

impl IngestSettings {
    fn take(map: &mut Object) -> Self {
        let settings = field::child(map, "ingest_settings").unwrap_or_default();
        let asks = |key: &str| settings.get(key).and_then(Value::as_str) == Some("auto");
        // Before there were settings the browser was always found out.
        let is_first_version = map
            .get("version")
            .is_none_or(|version| field::unsigned(version) == Some(1));
        Self {
            infer_ip: asks("infer_ip"),
            infer_user_agent: is_first_version || asks("infer_user_agent"),
        }
    }
}

/// How long a value is as JSON.
pub(crate) fn json_length(value: &impl serde::Serialize) -> u64 {
    struct Count(u64);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, value).expect("counting takes all bytes");
    count.0
}

/// Writes the remarks, where there are any.
pub(crate) fn with_meta(mut json: Value, meta: &Meta) -> Value {
    if !meta.is_empty() {
        json["_meta"] = Value::Object(meta.as_object().clone());
    }
    json
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Number(u64);

    impl Read for Number {
        const INVALID: &'static str = "invalid_number";
        const MAX_BYTES: u64 = 20;

        fn read(map: Object, _meta: Meta) -> Result<Self, String> {
            map.get("n")
                .and_then(Value::as_u64)
                .map(Self)
                .ok_or_else(|| "`n` is missing".to_owned())
        }
    }

    fn parse(json: &Value, count: u32) -> Result<Members<Number>, Invalid> {
        Members::parse(json.to_string().as_bytes(), Some(count))
    }

    #[test]
    fn members_stand_or_fall_alone() {
        let json = json!({"version": 2, "ingest_settings": {"infer_ip": "auto", "infer_user_agent": "never"}, "items": [
            {"n": 1}, {}, 7, {"n": 2, "x": "xxxxxxxxxxxxxxxx"}, {"n": 3},
        ]});
        let members = parse(&json, 5).unwrap();
        let valid: Vec<u64> = members.valid.iter().map(|member| member.item.0).collect();
        assert_eq!(valid, [1, 3]);
        assert_eq!(members.valid[0].bytes, 7);
        assert_eq!(members.invalid.len(), 3);
        assert!(
            members
                .invalid
                .iter()
                .all(|refused| refused.error.reason == "invalid_number")
        );
        assert_eq!(
            members.settings,
            IngestSettings {
                infer_ip: true,
                infer_user_agent: false
            }
        );
    }

    #[test]
    fn the_count_must_be_right() {
        let json = json!({"items": [{"n": 1}, {"n": 2}, {"n": 3}]});
        assert!(parse(&json, 3).is_ok());
        assert_eq!(parse(&json, 2).unwrap_err().reason, "invalid_json");
        assert!(Members::<Number>::parse(json.to_string().as_bytes(), None).is_err());
        assert!(parse(&json!({}), 0).is_err() && parse(&json!([]), 0).is_err());
        assert_eq!(parse(&json!({"items": []}), 0).unwrap().valid.len(), 0);
    }
}
