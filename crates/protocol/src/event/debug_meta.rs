//! Which files the program was made of: what symbols and source maps are found by (`ingest.md` §3.2).

use serde_json::Value;

use super::{
    Object,
    decode::Decoder,
    shape::{Others, Read, Shape, address, array, dashed, string, unsigned, uuid},
};

pub(super) fn debug_meta(value: Value, cx: &mut Decoder) -> Object {
    static DEBUG_META: Shape = Shape {
        fields: &[("sdk_info", sdk_info), ("images", images)],
        others: Others::Dropped,
    };
    DEBUG_META.read(value, cx)
}

fn sdk_info(value: Value, cx: &mut Decoder) -> Option<Value> {
    static SDK_INFO: Shape = Shape {
        fields: &[
            ("sdk_name", string),
            ("version_major", unsigned),
            ("version_minor", unsigned),
            ("version_patchlevel", unsigned),
        ],
        others: Others::Dropped,
    };
    let info = SDK_INFO.read(value, cx);
    (!info.is_empty()).then_some(Value::Object(info))
}

fn images(value: Value, cx: &mut Decoder) -> Option<Value> {
    let Value::Array(images) = value else {
        return array(value, cx);
    };
    Some(Value::Array(cx.each(images, image)))
}

fn image(value: Value, cx: &mut Decoder) -> Option<Value> {
    let Value::Object(mut image) = value else {
        if !value.is_null() {
            cx.invalid(value, "expected an object");
        }
        return None;
    };
    match image.get("type").and_then(Value::as_str) {
        Some("macho" | "elf" | "pe" | "pe_dotnet" | "wasm" | "symbolic") => {
            rename(&mut image, "name", "code_file");
            rename(&mut image, "id", "debug_id");
            NATIVE.check(&mut image, cx);
        }
        Some("apple") => {
            image = from_apple(image);
            NATIVE.check(&mut image, cx);
        }
        Some("proguard") => PROGUARD.check(&mut image, cx),
        Some("sourcemap") => SOURCE_MAP.check(&mut image, cx),
        Some("jvm") => JVM.check(&mut image, cx),
        _ => {
            cx.invalid(Value::Object(image), "unsupported debug image type");
            return None;
        }
    }
    Some(Value::Object(image))
}

/// The fields have other names in older clients.
fn rename(image: &mut Object, old: &str, new: &str) {
    if !image.contains_key(new)
        && let Some(value) = image.shift_remove(old)
    {
        image.insert(new.to_owned(), value);
    }
}

/// The form of the first clients for Apple's systems.
fn from_apple(mut image: Object) -> Object {
    let renamed = [("name", "code_file"), ("uuid", "debug_id")];
    let mut new = Object::new();
    new.insert("type".to_owned(), "macho".into());
    for (old, name) in renamed {
        if let Some(value) = image.shift_remove(old) {
            new.insert(name.to_owned(), value);
        }
    }
    for name in ["arch", "image_addr", "image_size", "image_vmaddr"] {
        if let Some(value) = image.shift_remove(name) {
            new.insert(name.to_owned(), value);
        }
    }
    new
}

const DEBUG_ID: (&str, Read) = ("debug_id", debug_id);

static NATIVE: Shape = Shape {
    fields: &[
        ("type", string),
        ("code_id", code_id),
        ("code_file", string),
        DEBUG_ID,
        ("debug_file", string),
        ("debug_checksum", string),
        ("arch", string),
        ("image_addr", address),
        ("image_size", unsigned),
        ("image_vmaddr", address),
    ],
    others: Others::Dropped,
};

static PROGUARD: Shape = Shape {
    fields: &[("type", string), ("uuid", uuid)],
    others: Others::Dropped,
};

static SOURCE_MAP: Shape = Shape {
    fields: &[
        ("type", string),
        ("code_file", string),
        DEBUG_ID,
        ("debug_file", string),
    ],
    others: Others::Dropped,
};

static JVM: Shape = Shape {
    fields: &[("type", string), DEBUG_ID],
    others: Others::Dropped,
};

fn code_id(value: Value, cx: &mut Decoder) -> Option<Value> {
    match value {
        Value::String(text) => Some(Value::String(text.to_ascii_lowercase())),
        value => string(value, cx),
    }
}

/// A UUID, and for the files of Windows and Breakpad an age: `<uuid>[-<hex>]`. Breakpad writes neither dash.
fn debug_id(value: Value, cx: &mut Decoder) -> Option<Value> {
    match value.as_str().and_then(parse_debug_id) {
        Some(id) => Some(Value::String(id)),
        None => {
            cx.invalid(value, "invalid debug identifier");
            None
        }
    }
}

fn parse_debug_id(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let is_dashed = text.as_bytes().get(8) == Some(&b'-');
    let (uuid, age) = text.split_at_checked(if is_dashed { 36 } else { 32 })?;
    let digits = uuid.replace('-', "");
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let age = age.strip_prefix('-').unwrap_or(age);
    if digits.len() != 32 || !is_hex(&digits) || age.len() > 8 || !is_hex(age) {
        return None;
    }
    let age = age.trim_start_matches('0');
    let uuid = dashed(&digits);
    Some(if age.is_empty() { uuid } else { format!("{uuid}-{age}") })
}

#[cfg(test)]
mod tests {
    use super::parse_debug_id;

    #[test]
    fn debug_ids() {
        let uuid = "dfb8e43a-f242-3d73-a453-aeb6a777ef75";
        let check = |input: &str, expected: Option<&str>| {
            assert_eq!(parse_debug_id(input).as_deref(), expected, "{input}");
        };
        check(uuid, Some(uuid));
        check("DFB8E43AF2423D73A453AEB6A777EF75", Some(uuid));
        check("DFB8E43A-F242-3D73-A453-AEB6A777EF75-A", Some(&format!("{uuid}-a")));
        check("DFB8E43AF2423D73A453AEB6A777EF75a", Some(&format!("{uuid}-a")));
        check("DFB8E43AF2423D73A453AEB6A777EF750", Some(uuid));
        for bad in [
            "",
            "zz",
            "dfb8e43a",
            "dfb8e43a-f242-3d73-a453-aeb6a777ef75-z",
            "é".repeat(36).as_str(),
        ] {
            check(bad, None);
        }
    }
}
