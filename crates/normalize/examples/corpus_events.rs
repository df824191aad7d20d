//! Writes the events of the recorded traffic, one JSON object a line: `name`, `kind` (of the item), `context` (what is
//! known beside the payload) and `event` (the payload, as text). Feeds the comparison in `e2e/oracle/`.

#[path = "../tests/recorded/payloads.rs"]
mod payloads;

use std::io::{self, Write};

use serde_json::json;
use testkit::corpus;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for recording in corpus::requests() {
        if recording.meta.method == "OPTIONS" {
            continue;
        }
        for payload in payloads::payloads(&recording) {
            let line = json!({
                "name": recording.name,
                "kind": payload.item_type.name(),
                "context": {
                    "received_at": corpus::RECORDED_AT.to_string(),
                    "event_id": payload.event_id,
                    "sent_at": payload.sent_at.map(|time| time.to_string()),
                },
                "event": String::from_utf8_lossy(&payload.json),
            });
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}
