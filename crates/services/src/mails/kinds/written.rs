//! Mails whose words were found where they were caused: about accounts, and reports.

use integrations::email::Attachment;
use model::NotificationKind;
use serde::Deserialize as _;

use super::super::{
    compose::Said,
    letter::{Block, Letter},
    source::Source,
};
use crate::events::payload;

pub(in super::super) fn say(source: &Source<'_>) -> Said {
    let cause = &source.of.cause;
    let letter = cause.get("letter").and_then(|letter| Letter::deserialize(letter).ok());
    let letter = letter.unwrap_or_else(|| plain(source));
    let category = match source.of.kind {
        NotificationKind::WeeklyReport => "organization_weekly_report_email",
        _ => "account_email",
    };
    let mut said = Said::new(category, letter);
    let attached = cause
        .get("attachments")
        .and_then(|list| Vec::<Attachment>::deserialize(list).ok());
    said.attachments = attached.unwrap_or_default();
    said
}

/// Paragraphs of plain text. A line that is an address alone becomes a button.
fn plain(source: &Source<'_>) -> Letter {
    let cause = &source.of.cause;
    let subject = payload::text(cause, "subject").unwrap_or_default();
    let text = payload::text(cause, "text").unwrap_or_default();
    let mut blocks = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    for line in text.lines().chain([""]) {
        let is_address = (line.starts_with("https://") || line.starts_with("http://")) && !line.contains(' ');
        if (line.is_empty() || is_address) && !paragraph.is_empty() {
            blocks.push(Block::text(paragraph.join("\n")));
            paragraph.clear();
        }
        if is_address {
            blocks.push(Block::button("Open", line));
        } else if !line.is_empty() {
            paragraph.push(line);
        }
    }
    Letter {
        heading: subject.clone(),
        subject,
        preview: String::new(),
        blocks,
    }
}
