//! Crash reports of Apple's systems: texts, with a head of `Key: value` lines.

use serde_json::json;

use super::{object_at, placeholder};
use crate::event::Object;

/// Lines that are looked at: the head is short.
const MAX_LINES: usize = 100;
const MAX_VALUE_CHARS: usize = 200;

pub fn is_crash_report(bytes: &[u8]) -> bool {
    bytes.starts_with(b"Incident Identifier:")
}

/// Makes an event of a report and what was sent with it.
pub fn describe(event: &mut Object, report: &[u8]) {
    let head = &report[..report.len().min(64 << 10)];
    let text = String::from_utf8_lossy(head);
    for (key, value) in text.lines().take(MAX_LINES).filter_map(|line| line.split_once(':')) {
        let value: String = value.trim().chars().take(MAX_VALUE_CHARS).collect();
        let (context, field) = match key.trim() {
            "Hardware Model" => ("device", "model"),
            "Code Type" => ("device", "arch"),
            "OS Version" => ("os", "raw_description"),
            "Process" => ("app", "app_name"),
            "Identifier" => ("app", "app_identifier"),
            "Version" => ("app", "app_version"),
            _ => continue,
        };
        if !value.is_empty() {
            let contexts = object_at(event, "contexts");
            object_at(contexts, context)
                .entry(field)
                .or_insert_with(|| json!(value));
        }
    }
    describe_unread(event);
}

/// The same where nobody looks into the report.
pub fn describe_unread(event: &mut Object) {
    placeholder(
        event,
        "AppleCrashReport",
        "Invalid Apple Crash Report",
        "applecrashreport",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_of_a_report() {
        let report = b"Incident Identifier: 5C32DF84-31A0-43E7-87D0-239F7F594940\nHardware Model:      iPhone12,8\n\
            Process:         Shop [3112]\nIdentifier: com.example.shop\nOS Version: iPhone OS 17.0 (21A329)\nVersion:\n";
        assert!(is_crash_report(report));
        let mut event = Object::new();
        describe(&mut event, report);
        assert_eq!(event["contexts"]["device"]["model"], "iPhone12,8");
        assert_eq!(event["contexts"]["os"]["raw_description"], "iPhone OS 17.0 (21A329)");
        assert_eq!(
            event["contexts"]["app"],
            json!({"app_name": "Shop [3112]", "app_identifier": "com.example.shop"})
        );
        assert_eq!(event["exception"]["values"][0]["mechanism"]["type"], "applecrashreport");
        let mut event = Object::new();
        describe(&mut event, b"\xff\xfe");
        assert_eq!((&event["platform"], event.get("contexts")), (&json!("native"), None));
    }
}
