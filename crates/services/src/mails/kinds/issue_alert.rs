//! An issue alert rule fired.

use serde_json::Value;

use super::{
    super::{
        compose::Said,
        letter::{Block, Letter},
        source::Source,
        templates,
    },
    event::{self, Shape},
};
use crate::events::payload;

const REFERRER: &str = "alert_email";

pub(in super::super) async fn say(source: &Source<'_>) -> Result<Option<Said>, store::Error> {
    if source.issue.is_none() {
        return Ok(None);
    }
    let mut said = Said::new("issue_alert_email", standard(source));
    said.in_thread = true;
    if !source.is_private {
        templates::apply(source, &mut said.letter).await?;
    }
    Ok(Some(said))
}

/// The alert in Tocsin's own words.
pub(in super::super) fn standard(source: &Source<'_>) -> Letter {
    let Some(issue) = &source.issue else {
        return Letter::default();
    };
    let short_id = source.short_id();
    let url = source.issue_page(REFERRER);
    if source.is_private {
        return private(source, &short_id, url);
    }
    let nothing = Value::Null;
    let event = source.event.as_ref().unwrap_or(&nothing);
    let shape = Shape::of(&issue.event_type, event);
    let mut blocks = Vec::new();
    let rules = rule_names(source);
    if !rules.is_empty() {
        blocks.push(Block::text(format!("Because of the alert rule {rules}.")));
    }
    blocks.extend(facts(source, event));
    blocks.push(Block::button("View this on Tocsin", url));
    blocks.extend(event::blocks(source, shape));
    let environment = payload::text(event, "environment").unwrap_or_default();
    Letter {
        subject: format!("{short_id} - {}", issue.title),
        preview: format!("A {} in {} {environment}", shape.noun(), source.project_slug()),
        heading: issue.title.clone(),
        blocks,
    }
}

/// With enhanced privacy a mail says that there is something, and where.
pub(super) fn private(source: &Source<'_>, short_id: &str, url: String) -> Letter {
    let project = source.project_slug();
    Letter {
        subject: format!("{short_id} - Alert in {project}"),
        preview: String::new(),
        heading: format!("{short_id}: something happened in {project}"),
        blocks: vec![
            Block::text("Details are not shown, as this organization has enabled enhanced privacy controls."),
            Block::button("View the details on Tocsin", url),
        ],
    }
}

fn facts(source: &Source<'_>, event: &Value) -> Option<Block> {
    let issue = source.issue.as_ref()?;
    let number = |key: &str| source.of.cause.get(key).and_then(Value::as_i64);
    let window = payload::text(&source.of.cause, "window");
    let events = match (number("count"), window) {
        (Some(count), Some(window)) => format!("{count} in {window}"),
        _ => issue.times_seen.to_string(),
    };
    let users = number("unique_users").unwrap_or(issue.users_seen);
    Block::facts([
        ("Issue", source.short_id()),
        ("Project", source.project_slug().to_owned()),
        ("Environment", payload::text(event, "environment").unwrap_or_default()),
        ("Level", issue.level.name().to_owned()),
        ("Where", issue.culprit.clone()),
        ("Transaction", payload::text(event, "transaction").unwrap_or_default()),
        ("Release", payload::text(event, "release").unwrap_or_default()),
        ("Events", events),
        ("Users", users.to_string()),
        ("First seen", issue.first_seen.to_string()),
    ])
}

/// The rules that fired, quoted.
fn rule_names(source: &Source<'_>) -> String {
    let rules = source.of.cause.get("rules").and_then(Value::as_array);
    let names: Vec<String> = rules
        .into_iter()
        .flatten()
        .filter_map(|rule| payload::text(rule, "name"))
        .map(|name| format!("“{name}”"))
        .collect();
    names.join(", ")
}
