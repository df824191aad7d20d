//! Sentry's description of its API: the operations, and how their answers must look.

use std::{collections::BTreeSet, path::Path};

use http::Method;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

const METHODS: [(&str, Method); 4] = [
    ("get", Method::GET),
    ("put", Method::PUT),
    ("post", Method::POST),
    ("delete", Method::DELETE),
];

#[derive(Debug)]
pub(super) struct Document {
    pub(super) operations: Vec<Operation>,
    /// What `$ref` in the schemas of answers points into.
    components: Value,
}

#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: Method,
    /// As the document writes it, `/api/0/organizations/{organization_id_or_slug}/`.
    pub(super) path: String,
    pub(super) tag: String,
    answers: Map<String, Value>,
}

impl Document {
    pub(super) fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut whole: Value = serde_json::from_str(&text).unwrap();
        as_json_schema(&mut whole);
        let mut operations = Vec::new();
        for (path, methods) in whole["paths"].as_object().unwrap() {
            for (name, method) in &METHODS {
                let Some(operation) = methods.get(*name) else { continue };
                operations.push(Operation {
                    method: method.clone(),
                    path: path.clone(),
                    tag: operation["tags"][0].as_str().unwrap_or_default().to_owned(),
                    answers: operation["responses"].as_object().unwrap().clone(),
                });
            }
        }
        Self {
            operations,
            components: whole["components"].take(),
        }
    }

    /// The operation that a request is for. Words of a path come before parameters.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<usize> {
        let fits = |operation: &Operation| {
            let (own, asked) = (operation.path.split('/'), path.split('/'));
            operation.method == *method
                && own.clone().count() == asked.clone().count()
                && own.zip(asked).all(|(own, asked)| own.starts_with('{') || own == asked)
        };
        let fitting = self
            .operations
            .iter()
            .enumerate()
            .filter(|(_, operation)| fits(operation));
        fitting
            .min_by_key(|(_, operation)| operation.path.matches('{').count())
            .map(|(index, _)| index)
    }

    /// The schema of an answer: `Err` where the operation has no such status, `None` where a status has no body.
    pub(super) fn answer(&self, operation: &Operation, status: u16) -> Result<Option<Schema<'_>>, String> {
        let answer = operation.answers.get(&status.to_string());
        let answer = answer.ok_or_else(|| format!("the status {status} is not one of its own"))?;
        let Some(schema) = answer.pointer("/content/application~1json/schema") else {
            return Ok(None);
        };
        Ok(Some(Schema {
            components: &self.components,
            schema: schema.clone(),
        }))
    }
}

/// The schema of one answer.
pub(super) struct Schema<'a> {
    components: &'a Value,
    schema: Value,
}

impl Schema<'_> {
    /// What is wrong with an answer, by place.
    pub(super) fn problems(&self, body: &Value) -> Vec<String> {
        let found = self.validator(&self.schema);
        let found = found.iter_errors(body).map(|error| {
            let mut text = error.to_string();
            if text.len() > 300 {
                let end = text.floor_char_boundary(120);
                let begin = text.ceil_char_boundary(text.len() - 180);
                text = format!("{}…{}", &text[..end], &text[begin..]);
            }
            format!("{}: {text}", error.instance_path())
        });
        found.collect()
    }

    fn validator(&self, schema: &Value) -> Validator {
        let whole = json!({ "allOf": [schema], "components": self.components });
        // OpenAPI 3.0 is a dialect of this draft.
        let options = jsonschema::options()
            .with_draft(Draft::Draft4)
            .should_validate_formats(true);
        options.build(&whole).unwrap()
    }

    /// The names of the fields that an answer may have, and of those that it has, by place: `/user/avatar`; lists and maps
    /// are looked through.
    pub(super) fn fields(&self, body: &Value) -> Fields {
        let mut fields = Fields::default();
        self.collect(&self.schema, Some(body), "", 0, &mut fields);
        fields
    }

    fn collect(&self, schema: &Value, body: Option<&Value>, place: &str, depth: usize, fields: &mut Fields) {
        if depth > 12 {
            return;
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let pointer = target.strip_prefix("#/components").unwrap();
            let target = self.components.pointer(pointer).unwrap();
            return self.collect(target, body, place, depth + 1, fields);
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.collect(part, body, place, depth + 1, fields);
        }
        for name in ["anyOf", "oneOf"] {
            let parts = schema.get(name).and_then(Value::as_array).into_iter().flatten();
            let parts: Vec<&Value> = parts.filter(|part| **part != json!({ "type": "null" })).collect();
            for part in &parts {
                // The other forms are not what was sent.
                let is_sent =
                    |body: &Value| !body.is_null() && (parts.len() == 1 || self.validator(part).is_valid(body));
                if body.is_some_and(is_sent) {
                    self.collect(part, body, place, depth + 1, fields);
                }
            }
        }
        if let Some(items) = schema.get("items") {
            for item in body.and_then(Value::as_array).into_iter().flatten() {
                self.collect(items, Some(item), place, depth + 1, fields);
            }
        }
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return;
        };
        let Some(body) = body.and_then(Value::as_object) else {
            return;
        };
        for (name, property) in properties {
            let place = format!("{place}/{name}");
            fields.known.insert(place.clone());
            if let Some(value) = body.get(name) {
                fields.sent.insert(place.clone());
                self.collect(property, Some(value), &place, depth + 1, fields);
            }
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) known: BTreeSet<String>,
    pub(super) sent: BTreeSet<String>,
}

/// OpenAPI 3.0 says `nullable` where JSON Schema has another type.
fn as_json_schema(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(as_json_schema),
        Value::Object(fields) => {
            fields.values_mut().for_each(as_json_schema);
            if fields.get("nullable") == Some(&json!(true)) && fields.remove("nullable").is_some() {
                let inner = Value::Object(std::mem::take(fields));
                fields.insert("anyOf".to_owned(), json!([{ "type": "null" }, inner]));
            }
        }
        _ => {}
    }
}

#[test]
fn a_nullable_schema_allows_null_and_nothing_else_that_it_did_not() {
    let mut schema = json!({ "type": "object", "required": ["a"], "properties": {
        "a": { "type": "string", "enum": ["x"], "nullable": true }, "nullable": { "type": "boolean" } } });
    as_json_schema(&mut schema);
    let components = json!({});
    let schema = Schema {
        components: &components,
        schema,
    };
    assert!(schema.problems(&json!({ "a": null, "nullable": true })).is_empty());
    assert!(schema.problems(&json!({ "a": "x" })).is_empty());
    assert_eq!(schema.problems(&json!({ "a": "y" })).len(), 1);
    assert_eq!(schema.problems(&json!({})).len(), 1);
    let fields = schema.fields(&json!({ "a": null, "other": 1 }));
    assert_eq!(fields.known, BTreeSet::from(["/a".to_owned(), "/nullable".to_owned()]));
    assert_eq!(fields.sent, BTreeSet::from(["/a".to_owned()]));
}
