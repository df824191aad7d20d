//! Normalizes and trims events: reads one JSON object a line, with `event` (the payload as text) and `context`
//! (`received_at`; and where they are known `event_id`, `sent_at`, `client_ip`, `sdk_client`), and writes for each a line
//! with `event`, or with `invalid` and the reason.

use std::io::{self, BufRead, Write};

use model::{EventId, Timestamp};
use normalize::Context;
use protocol::event::Event;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let input: Value = serde_json::from_str(&line?)?;
        writeln!(out, "{}", answer(&input)?)?;
    }
    Ok(())
}

fn answer(input: &Value) -> Result<Value, Box<dyn std::error::Error>> {
    let mut event = Event::from_slice(input["event"].as_str().ok_or("no event")?.as_bytes())?;
    let known = |name: &str| input["context"][name].as_str();
    let received_at: Timestamp = known("received_at").ok_or("no time of receipt")?.parse()?;
    let sent_id: Option<EventId> = known("event_id").map(str::parse).transpose()?;
    let context = Context {
        sent_at: known("sent_at").map(str::parse).transpose()?,
        client_ip: known("client_ip").map(str::parse).transpose()?,
        sdk_client: known("sdk_client"),
        ..Context::new(received_at, sent_id.or(event.event_id).unwrap_or(EventId([0x11; 16])))
    };
    if let Err(invalid) = normalize::event(&mut event, &context) {
        return Ok(json!({"invalid": invalid.reason}));
    }
    normalize::trim(&mut event);
    Ok(json!({"event": serde_json::to_value(&event)?}))
}
