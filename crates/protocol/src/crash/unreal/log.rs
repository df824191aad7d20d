use serde_json::{Value, json};

use super::context::text_of;
use crate::event::Object;

/// The last lines of the log that become breadcrumbs.
const MAX_LINES: usize = 40;
/// The end of the file that is looked at.
const TAIL_BYTES: usize = 256 << 10;
const MAX_LINE_CHARS: usize = 4096;

pub(super) fn add_breadcrumbs(event: &mut Object, file: &[u8]) {
    if event.contains_key("breadcrumbs") {
        return;
    }
    let is_wide = file.starts_with(b"\xff\xfe");
    let start = file.len().saturating_sub(TAIL_BYTES);
    let text = if is_wide {
        text_of(file)
    } else {
        text_of(&file[start..])
    };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(MAX_LINES)..];
    if !last.is_empty() {
        let breadcrumbs: Vec<Value> = last.iter().map(|line| breadcrumb(line)).collect();
        event.insert("breadcrumbs".to_owned(), json!({ "values": breadcrumbs }));
    }
}

/// `[2018.10.29-16.56.38:332][  0]LogGameMode: Display: Match State Changed`
fn breadcrumb(line: &str) -> Value {
    let (time, rest) = match line.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((time, rest)) => (timestamp(time), rest),
        None => (None, line),
    };
    // The number of the frame.
    let rest = match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((_, rest)) if time.is_some() => rest,
        _ => rest,
    };
    let (category, message) = match rest.split_once(": ") {
        Some((category, message)) if !category.is_empty() && !category.contains(char::is_whitespace) => {
            (Some(category), message)
        }
        _ => (None, rest),
    };
    let message: String = message
        .chars()
        .filter(|character| *character != '\0')
        .take(MAX_LINE_CHARS)
        .collect();
    let mut breadcrumb = json!({ "message": message });
    if let Some(time) = time {
        breadcrumb["timestamp"] = time.into();
    }
    if let Some(category) = category {
        breadcrumb["category"] = category.into();
    }
    breadcrumb
}

/// `2018.10.29-16.56.38:332` as RFC 3339.
fn timestamp(text: &str) -> Option<String> {
    let (date, time) = text.split_once('-')?;
    let (time, milliseconds) = time.split_once(':')?;
    let time = format!("{}T{}.{milliseconds}Z", date.replace('.', "-"), time.replace('.', ":"));
    time.parse::<model::Timestamp>().ok().map(|_| time)
}
