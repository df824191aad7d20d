pub type Object = serde_json::Map<String, serde_json::Value>;
pub mod json;
