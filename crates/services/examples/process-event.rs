//! Prints every step that one payload goes through: `cargo xtask process-event FILE`.
//!
//! FILE holds an event as JSON, or an envelope with one. Settings come from files, so that a rule can be tried on a
//! payload before it is saved.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks to the terminal"
)]

use std::{error::Error, path::PathBuf, process::ExitCode};

use model::{EventId, OrganizationId, ProjectId, Timestamp};
use normalize::Context;
use protocol::{
    envelope::{Envelope, ItemType},
    event::Event,
};
use serde::de::DeserializeOwned;
use services::{
    events::{Step, TraceOrigin, process_with},
    project_config::ProjectConfig,
    settings::{OrganizationSettings, ProjectSettings},
};

const USAGE: &str = "\
process-event FILE [options]

FILE is an event as JSON, or an envelope

options
  --filters FILE            inbound filters, as JSON
  --scrubbing FILE          data scrubbing, as JSON
  --fingerprint-rules FILE  one rule a line
  --stack-trace-rules FILE  one rule a line
  --received SECONDS        when it was received, in Unix seconds (the time of the event)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let mut settings = ProjectSettings::default();
    let (mut file, mut received_at) = (None, None);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
        match argument.as_str() {
            "--filters" => settings.filters = json_of(value()?)?,
            "--scrubbing" => settings.scrubbing = json_of(value()?)?,
            "--fingerprint-rules" => settings.grouping.fingerprint_rules = std::fs::read_to_string(value()?)?,
            "--stack-trace-rules" => settings.grouping.stack_trace_rules = std::fs::read_to_string(value()?)?,
            "--received" => received_at = Some(Timestamp(value()?.parse::<i64>()? * 1_000_000)),
            "--help" | "-h" => {
                println!("{USAGE}");
                return Ok(());
            }
            path if file.is_none() => file = Some(PathBuf::from(path)),
            other => return Err(format!("unexpected argument {other}\n\n{USAGE}").into()),
        }
    }
    let file = file.ok_or(USAGE)?;
    let problems = settings.problems();
    if !problems.is_empty() {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        return Err(lines.join("\n").into());
    }
    let bytes = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    print_steps(&bytes, &settings, received_at)
}

fn json_of<T: DeserializeOwned>(path: &str) -> Result<T, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?)
}

fn print_steps(bytes: &[u8], settings: &ProjectSettings, received_at: Option<Timestamp>) -> Result<(), Box<dyn Error>> {
    let (id, payload) = payload(bytes)?;
    let event = Event::from_slice(&payload)?;
    let received_at = received_at.or(event.timestamp).unwrap_or_default();
    let id = id.or(event.event_id).unwrap_or_else(EventId::random);
    println!(
        "== read: {} bytes, {} notes on fields",
        payload.len(),
        event.errors.len()
    );
    for error in &event.errors {
        println!("   {}", serde_json::to_string(error)?);
    }
    let config = ProjectConfig::new(
        (OrganizationId(1), ProjectId(1)),
        &OrganizationSettings::default(),
        settings,
    );
    let context = Context::new(received_at, id);
    let mut show = |step: Step<'_>| match step {
        Step::Normalized(event) => {
            println!(
                "== normalized: type {}, {} notes on fields",
                event.kind.name(),
                event.errors.len()
            );
            for error in &event.errors {
                println!("   {}", line(error));
            }
        }
        Step::Filtered(None) => println!("== inbound filters: none wants to drop it"),
        Step::Filtered(Some(reason)) => println!("== inbound filters: dropped by {reason}"),
        Step::Scrubbed(event) => println!("== scrubbed; remarks so far:\n{}", pretty(event.meta.as_object())),
        Step::Trimmed(event) => println!("== trimmed: {} bytes", event.to_json().len()),
        Step::Grouped(Some(grouping)) => {
            println!("== grouped by {}", grouping.strategy);
            for hash in &grouping.hashes {
                println!("   {hash}");
            }
            println!("{}", pretty(&grouping::grouping_info(grouping, &grouping.hashes)));
        }
        Step::Grouped(None) => println!("== grouped: it belongs to no issue"),
    };
    match process_with(event, &context, TraceOrigin::default(), &config, &mut show) {
        Ok(processed) => {
            println!("== summary");
            println!("   title    {}", processed.summary.metadata.title);
            println!("   culprit  {}", processed.summary.metadata.culprit);
            for (key, value) in &processed.summary.tags {
                println!("   tag      {key} = {value}");
            }
            println!(
                "== stored\n{}",
                pretty(&serde_json::from_slice::<serde_json::Value>(&processed.payload)?)
            );
        }
        Err(outcome) => println!("== outcome: {} ({})", outcome.kind.name(), outcome.reason),
    }
    Ok(())
}

/// The event of an envelope, or the bytes as they are.
fn payload(bytes: &[u8]) -> Result<(Option<EventId>, Vec<u8>), Box<dyn Error>> {
    if serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|value| value.is_object()) {
        return Ok((None, bytes.to_vec()));
    }
    let envelope = Envelope::parse(bytes)?;
    let item = envelope.items.into_iter().find(|item| {
        matches!(
            item.headers.item_type,
            ItemType::Event | ItemType::Transaction | ItemType::Feedback | ItemType::Security
        )
    });
    let item = item.ok_or("the envelope holds no event")?;
    Ok((envelope.headers.event_id, item.payload))
}

fn line(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
