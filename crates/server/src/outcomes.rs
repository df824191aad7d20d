//! `tocsin outcomes`: what became of one event.

use model::{EventId, Node, Outcome};
use services::outcomes::EventStory;

use crate::{CommandError, config::Config, parts};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// The id that the SDK got as its answer: 32 hex digits, with or without dashes
    event_id: String,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub(crate) async fn run(config: Config, arguments: Arguments) -> Result<(), CommandError> {
    if config.database_url.is_empty() && !config.data_dir.join("tocsin.db").exists() {
        return Err(format!(
            "there is no installation in {}: set TOCSIN_DATA_DIR",
            config.data_dir.display()
        )
        .into());
    }
    let event_id: EventId = arguments
        .event_id
        .parse()
        .map_err(|_| "not an event id: expected 32 hex digits, with or without dashes")?;
    let node = Node::other(std::process::id());
    let app = parts::app(
        &config,
        parts::clock(&config),
        config.public_url(config.address()),
        node,
    )
    .await?;
    let stories = services::outcomes::of_event_everywhere(&app, event_id).await;
    app.store.close().await;
    let stories = stories?;
    if stories.is_empty() {
        return Err(format!(
            "nothing is known of event {event_id}: it has not arrived, or still waits in the spool, or was refused more than \
             30 days ago, or is in quarantine (`tocsin quarantine list`)"
        )
        .into());
    }
    for (organization, story) in &stories {
        for line in lines(story) {
            if arguments.json {
                let mut object = line.json;
                object["event_id"] = event_id.to_string().into();
                object["organization"] = organization.slug.clone().into();
                println!("{object}");
            } else {
                println!("{}: {}", organization.slug, line.text);
            }
        }
    }
    Ok(())
}

struct Line {
    text: String,
    json: serde_json::Value,
}

fn lines(story: &EventStory) -> Vec<Line> {
    let stored = story.stored.iter().map(|place| {
        let place_of = place.issue.map_or_else(
            || "stored, belongs to no issue".to_owned(),
            |issue| format!("stored in issue {issue}"),
        );
        Line {
            text: format!(
                "{}  project {}  {}  accepted: {place_of}",
                place.received_at, place.project, place.event_type
            ),
            json: serde_json::json!({
                "received_at": place.received_at.to_string(),
                "project_id": place.project.0,
                "category": place.event_type,
                "outcome": Outcome::ACCEPTED.kind.name(),
                "issue_id": place.issue.map(|issue| issue.0),
            }),
        }
    });
    let others = story.outcomes.iter().map(|line| Line {
        text: format!(
            "{}  project {}  {}  {}: {}",
            line.received_at,
            line.project,
            line.category.name(),
            line.outcome.kind.name(),
            line.outcome.reason
        ),
        json: serde_json::json!({
            "received_at": line.received_at.to_string(),
            "project_id": line.project.0,
            "category": line.category.name(),
            "outcome": line.outcome.kind.name(),
            "reason": line.outcome.reason,
        }),
    });
    stored.chain(others).collect()
}
