//! Reads an event's payload, which may be anything: every step answers "not there" instead of failing.

use serde_json::Value;
pub(crate) use services::events::payload::{flag, list, number, object, pairs, scalar, text, timestamp};

use crate::events::remarks::Remarks;

/// Key and value pairs with what was done to each value: its remarks stand under its key, or under its place in the list.
pub(crate) fn noted_pairs<'a>(
    value: &'a Value,
    key: &str,
    remarks: Remarks<'a>,
) -> Vec<(String, &'a Value, Remarks<'a>)> {
    let remarks = remarks.key(key);
    match value.get(key) {
        Some(Value::Array(list)) => {
            let pair = |(index, pair): (usize, &'a Value)| {
                let pair = pair.as_array()?;
                Some((scalar(pair.first()?)?, pair.get(1)?, remarks.index(index).index(1)))
            };
            list.iter().enumerate().filter_map(pair).collect()
        }
        _ => {
            let noted = |(name, value): (String, &'a Value)| {
                let remarks = remarks.key(&name);
                (name, value, remarks)
            };
            pairs(value, key).into_iter().map(noted).collect()
        }
    }
}
