use serde::Serialize;
use serde_json::{Map, Value};

/// The fields that a deed changed, as they were and as they became.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    pub(super) before: Map<String, Value>,
    pub(super) after: Map<String, Value>,
}

impl Change {
    /// Nothing that has fields.
    pub fn none() -> Self {
        Self::default()
    }

    pub fn created(after: &impl Serialize) -> Self {
        Self {
            before: Map::new(),
            after: fields(after),
        }
    }

    pub fn removed(before: &impl Serialize) -> Self {
        Self {
            before: fields(before),
            after: Map::new(),
        }
    }

    /// Only what differs is kept.
    pub fn between<T: Serialize>(before: &T, after: &T) -> Self {
        let (mut before, mut after) = (fields(before), fields(after));
        let same: Vec<String> = before
            .iter()
            .filter(|(name, value)| after.get(*name) == Some(value))
            .map(|(name, _)| name.clone())
            .collect();
        for name in same {
            before.remove(&name);
            after.remove(&name);
        }
        Self { before, after }
    }

    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// What is no object stands under `value`.
fn fields(of: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(fields)) => fields,
        Ok(Value::Null) | Err(_) => Map::new(),
        Ok(value) => [("value".to_owned(), value)].into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_kept() {
        let change = Change::between(
            &json!({"name": "a", "slug": "s", "gone": 1}),
            &json!({"name": "b", "slug": "s", "new": 2}),
        );
        assert_eq!(json!(change.before), json!({"name": "a", "gone": 1}));
        assert_eq!(json!(change.after), json!({"name": "b", "new": 2}));
        assert!(Change::between(&json!({"x": 1}), &json!({"x": 1})).is_empty());
        assert_eq!(json!(Change::created(&7).after), json!({"value": 7}));
    }
}
