//! The programs and libraries that were loaded, by which addresses are made readable.

use serde_json::Value;

use crate::{events::payload, text};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DebugImage {
    pub(crate) name: String,
    /// Where it lay.
    pub(crate) path: String,
    pub(crate) debug_id: String,
    pub(crate) kind: String,
    pub(crate) architecture: String,
    /// From where on in memory.
    pub(crate) address: String,
}

const MAX_IMAGES: usize = 200;

/// The images that can be laid out, and how many there are besides.
pub(crate) fn debug_images(event: &Value) -> (Vec<DebugImage>, usize) {
    let images = event
        .get("debug_meta")
        .map(|meta| payload::list(meta, "images"))
        .unwrap_or_default();
    let images: Vec<&Value> = images.iter().filter(|image| image.is_object()).collect();
    let left_out = images.len().saturating_sub(MAX_IMAGES);
    (images.into_iter().take(MAX_IMAGES).map(image).collect(), left_out)
}

fn image(image: &Value) -> DebugImage {
    let first = |keys: &[&str], max| {
        let found = keys.iter().find_map(|key| payload::text(image, key));
        text::line(&found.unwrap_or_default(), max)
    };
    let path = first(&["code_file", "name", "debug_file"], 500);
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    DebugImage {
        name: if name.is_empty() { "unnamed".to_owned() } else { name },
        path,
        debug_id: first(&["debug_id", "uuid", "code_id"], 100),
        kind: first(&["type"], 40),
        architecture: first(&["arch"], 40),
        address: first(&["image_addr"], 40),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_image_is_named_by_its_file() {
        let (images, left_out) = debug_images(&json!({"debug_meta": {"images": [
            {"type": "macho", "code_file": "/usr/lib/libc++.dylib", "debug_id": "9B21A8E0", "image_addr": "0x1000", "arch": "arm64"},
            {"type": "proguard", "uuid": "a-b"}, null, 7,
        ]}}));
        let told: Vec<_> = images
            .iter()
            .map(|image| (image.name.as_str(), image.debug_id.as_str()))
            .collect();
        assert_eq!(
            (told, left_out),
            (vec![("libc++.dylib", "9B21A8E0"), ("unnamed", "a-b")], 0)
        );
        let many = json!({"debug_meta": {"images": vec![json!({"type": "elf"}); 300]}});
        assert_eq!((debug_images(&many).0.len(), debug_images(&many).1), (200, 100));
        for nothing in [
            json!({}),
            json!({"debug_meta": null}),
            json!({"debug_meta": {"images": "x"}}),
        ] {
            assert!(debug_images(&nothing).0.is_empty());
        }
    }
}
