//! Entries of an audit log, on a page and in a file: those of an organization and those of the installation.

use axum::response::Response;
use model::Timestamp;
use serde_json::{Map, Value};
use store::{IdPage, IdStart, audit::AuditEntry};

use crate::csv::{self, field};

/// A file holds at most so many entries.
const MOST_IN_FILE: usize = 10_000;

/// How many are read at a time for a file.
const AT_A_TIME: i64 = 1_000;

#[derive(Debug, Clone)]
pub(crate) struct EntryRow {
    pub(crate) actor: String,
    /// None where it is not known, or there is none.
    pub(crate) ip: Option<String>,
    pub(crate) channel: String,
    pub(crate) event: String,
    pub(crate) target_kind: String,
    pub(crate) target: String,
    pub(crate) changes: Vec<FieldChange>,
    pub(crate) at: Timestamp,
}

/// A field of the target, before and after.
#[derive(Debug, Clone)]
pub(crate) struct FieldChange {
    pub(crate) name: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl EntryRow {
    pub(crate) fn of(entry: AuditEntry) -> Self {
        Self {
            changes: changes(&entry.before, &entry.after),
            actor: entry.actor_label,
            ip: Some(entry.ip).filter(|ip| !ip.is_empty()),
            channel: entry.channel,
            event: entry.action,
            target_kind: entry.target_kind.replace('_', " "),
            target: entry.target_label,
            at: entry.created_at,
        }
    }
}

fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<FieldChange> {
    let added = after.keys().filter(|name| !before.contains_key(*name));
    before
        .keys()
        .chain(added)
        .map(|name| FieldChange {
            name: name.clone(),
            before: before.get(name).map(plain),
            after: after.get(name).map(plain),
        })
        .collect()
}

/// Texts as they are, all else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

const HEAD: &str = "time,actor,actor kind,ip,channel,event,target kind,target,before,after\r\n";

/// A file of entries, which is filled page after page.
#[derive(Debug)]
pub(crate) struct EntryFile {
    text: String,
    rows: usize,
    /// Where it goes on; none when it is whole.
    start: Option<IdStart>,
}

impl EntryFile {
    pub(crate) fn new() -> Self {
        Self {
            text: HEAD.to_owned(),
            rows: 0,
            start: Some(IdStart::Newest),
        }
    }

    /// Which entries are to be added next.
    pub(crate) fn next(&self) -> Option<IdPage> {
        let limit = AT_A_TIME;
        self.start.map(|start| IdPage { start, limit })
    }

    pub(crate) fn add(&mut self, entries: &[AuditEntry]) {
        entries.iter().for_each(|entry| self.text.push_str(&line(entry)));
        self.rows += entries.len();
        let last = entries.last().filter(|_| self.rows < MOST_IN_FILE);
        self.start = last.map(|last| IdStart::OlderThan(last.id.0));
    }

    pub(crate) fn into_response(self) -> Response {
        csv::file("attachment; filename=\"audit-log.csv\"", self.text)
    }
}

fn line(entry: &AuditEntry) -> String {
    let json = |fields: &Map<String, Value>| {
        if fields.is_empty() {
            String::new()
        } else {
            Value::Object(fields.clone()).to_string()
        }
    };
    let fields = [
        &entry.created_at.to_string(),
        &entry.actor_label,
        &entry.actor_kind,
        &entry.ip,
        &entry.channel,
        &entry.action,
        &entry.target_kind,
        &entry.target_label,
        &json(&entry.before),
        &json(&entry.after),
    ];
    fields.map(|text| field(text)).join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use model::AuditEntryId;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_a_line_and_no_text_is_a_formula() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let entry = AuditEntry {
            id: AuditEntryId(1),
            organization: None,
            actor_kind: "user".to_owned(),
            actor_id: 1,
            actor_label: "=1+1@example.com".to_owned(),
            ip: String::new(),
            channel: "web".to_owned(),
            action: "team.edit".to_owned(),
            target_kind: "team".to_owned(),
            target_id: 2,
            target_label: "back, end".to_owned(),
            before: object(json!({"name": "a"})),
            after: object(json!({})),
            created_at: Timestamp::from_seconds(0),
        };
        assert_eq!(
            line(&entry),
            "1970-01-01T00:00:00Z,'=1+1@example.com,user,,web,team.edit,team,\"back, end\",\"{\"\"name\"\":\"\"a\"\"}\",\r\n"
        );
        let changes = changes(&object(json!({"a": 1, "b": "x"})), &object(json!({"b": "y", "c": [2]})));
        let told: Vec<_> = changes
            .iter()
            .map(|change| (change.name.as_str(), change.before.as_deref(), change.after.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("a", Some("1"), None),
                ("b", Some("x"), Some("y")),
                ("c", None, Some("[2]"))
            ]
        );
    }
}
