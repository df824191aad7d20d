//! Scrubs what stands on standard input, one JSON object a line: `{"config": {…}, "settings": {…}, "event": {…}}` becomes
//! the event, `{"selector": "…"}` and `{"check": "…"}` become the error or null. For comparing with others.

use std::io::{BufRead, Write};

use protocol::event::Event;
use scrub::{Scrubber, Selector, Settings};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = answer(serde_json::from_str(&line?)?)?;
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn answer(request: Value) -> Result<Value, Box<dyn std::error::Error>> {
    if let Some(selector) = request["selector"].as_str() {
        return Ok(json!(Selector::parse(selector).err().map(|error| error.to_string())));
    }
    let mut settings = match request.get("settings") {
        Some(settings) => serde_json::from_value(settings.clone())?,
        None => Settings::for_organization(),
    };
    if let Some(config) = request.get("config") {
        settings.relay_pii_config = config.as_str().map_or_else(|| config.to_string(), str::to_owned);
    }
    let scrubber = Scrubber::new(&Settings::for_organization(), &settings);
    let (scrubber, event) = match (scrubber, request.get("event")) {
        (Err(errors), _) => {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            return Ok(json!({ "errors": errors }));
        }
        (Ok(_), None) => return Ok(Value::Null),
        (Ok(scrubber), Some(event)) => (scrubber, event),
    };
    let mut event = Event::from_json(event.clone())?;
    scrubber.event(&mut event);
    Ok(serde_json::from_str(&event.to_json())?)
}
