//! What a form for rules is made of: the kinds of conditions, filters and actions with their parameters.

use serde_json::{Map, Value, json};

use crate::{
    action::{ACTIONS, ActionKind},
    check::{CheckKind, Part},
    reader::{Field, Input},
};

/// Values with their texts.
type Choices = Vec<(String, String)>;

/// The choices of an action's parameter that lists what was set up. `None`: there is nothing to choose from.
pub type Listed<'a> = &'a dyn Fn(&ActionKind, &Field) -> Option<Choices>;

/// What depends on how an organization is set up.
#[derive(Default)]
pub struct Offered<'a> {
    /// Where there is nothing to choose from, an action is offered as not enabled.
    pub listed: Option<Listed<'a>>,
    /// Whether an action's channel is there.
    pub has_channel: Option<&'a dyn Fn(&ActionKind) -> bool>,
}

/// `{actions, conditions, filters}`, each a list of `{id, label, enabled, formFields}`.
pub fn configuration(offered: &Offered<'_>) -> Value {
    let checks = |part: Part| -> Vec<Value> {
        let kinds = part.kinds().iter().filter(|kind| kind.is_offered);
        kinds.map(of_check).collect()
    };
    let actions = ACTIONS
        .iter()
        .filter(|kind| offered.has_channel.is_some_and(|has| has(kind)));
    json!({
        "actions": actions.map(|kind| of_action(kind, offered)).collect::<Vec<_>>(),
        "conditions": checks(Part::Condition),
        "filters": checks(Part::Filter),
    })
}

fn of_check(kind: &CheckKind) -> Value {
    let fields = kind
        .fields
        .iter()
        .map(|field| (field.name.to_owned(), of_field(field, None)));
    entry(kind.id, kind.label, true, fields.collect())
}

fn of_action(kind: &ActionKind, offered: &Offered<'_>) -> Value {
    let mut is_enabled = true;
    let mut fields = Map::new();
    for field in kind.fields {
        let mut choices = None;
        if matches!(field.input, Input::Listed) {
            choices = offered.listed.and_then(|listed| listed(kind, field));
            is_enabled &= choices.is_some();
        }
        fields.insert(field.name.to_owned(), of_field(field, choices));
    }
    let mut entry = entry(kind.id, kind.label, is_enabled, fields);
    if kind.is_ticket {
        entry["ticketType"] = json!(kind.slug);
        entry["actionType"] = json!("ticket");
    }
    entry
}

fn entry(id: &str, label: &str, is_enabled: bool, fields: Map<String, Value>) -> Value {
    let mut entry = json!({"id": id, "label": label, "enabled": is_enabled});
    if !fields.is_empty() {
        entry["formFields"] = Value::Object(fields);
    }
    entry
}

fn of_field(field: &Field, listed: Option<Choices>) -> Value {
    let mut form = match field.input {
        Input::Whole { least, .. } => json!({"type": "number", "placeholder": 100.max(least)}),
        Input::Decimal { least, most } => json!({"type": "number", "placeholder": most.min(100.0), "min": least}),
        Input::Text { is_required, .. } => json!({"type": "string", "required": is_required}),
        Input::Choice(choices) => {
            let choices: Vec<_> = choices().iter().map(|(value, text)| json!([value, text])).collect();
            json!({"type": "choice", "choices": choices})
        }
        Input::Target => json!({"type": "target"}),
        Input::Listed => {
            let choices = listed.unwrap_or_default();
            let choices: Vec<_> = choices.iter().map(|(value, text)| json!([value, text])).collect();
            json!({"type": "choice", "choices": choices})
        }
        Input::Template => json!({"type": "template", "required": false}),
        Input::Json => json!({"type": "json", "required": false}),
    };
    if !field.default.is_empty() {
        form["initial"] = json!(field.default);
    }
    form
}
