//! Commands of MongoDB: the keys tell what is asked for, the values whom.

use protocol::event::parse_embedded;
use serde_json::Value;

pub(super) fn scrubbed(description: &str) -> Option<String> {
    let mut command = parse_embedded(description).filter(Value::is_object)?;
    replace_values(&mut command);
    Some(command.to_string())
}

/// Bounded, as what is parsed is bounded in depth.
fn replace_values(value: &mut Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(replace_values),
        // Lists are of any length.
        Value::Array(values) => {
            values.truncate(1);
            values.iter_mut().for_each(replace_values);
        }
        value => *value = Value::from("?"),
    }
}

/// What is no JSON, but no SQL either.
pub(super) fn is_shell_text(description: &str) -> bool {
    description.starts_with('{') || ["\"$", "({", "[{"].iter().any(|sign| description.contains(sign))
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_stay() {
        for (description, expected) in [
            (
                r#"{"find": "users", "filter": {"id": {"$in": [1, 2]}, "a": null}, "x": [{"b": 1}, {"b": 2}]}"#,
                Some(r#"{"find":"?","filter":{"id":{"$in":["?"]},"a":"?"},"x":[{"b":"?"}]}"#),
            ),
            ("{}", Some("{}")),
            ("[1]", None),
            ("{\"find\": ", None),
            ("find users", None),
        ] {
            assert_eq!(super::scrubbed(description).as_deref(), expected, "{description}");
        }
    }
}
