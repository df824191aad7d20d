//! Short mails: caps that were reached, quotas, and tests.

use super::{
    super::{
        compose::Said,
        letter::{Block, Letter},
        links,
        source::{Source, time_of},
        templates,
    },
    issue_alert,
};
use crate::events::payload;

/// How many were held back because of a cap, and until when.
pub(in super::super) fn held(source: &Source<'_>) -> Said {
    let cause = &source.of.cause;
    let number = |key: &str| payload::number(cause, key).unwrap_or(0);
    let (cap, held) = (number("cap"), number("held"));
    let until = time_of(cause, "until").unwrap_or(source.of.created_at);
    let whose = match payload::text(cause, "by").as_deref() {
        Some("project") => format!("The project {} sends", source.project_slug()),
        _ => "You get".to_owned(),
    };
    let subject = format!("Notifications are held back: the cap of {cap} an hour is reached");
    Said::new(
        "spike_protection_email",
        Letter {
            preview: String::new(),
            heading: subject.clone(),
            subject,
            blocks: vec![
                Block::text(format!(
                    "{whose} at most {cap} notifications an hour. Further ones, {held} so far, are kept and come \
                     together after {until}. Critical alerts come all the same."
                )),
                Block::button("Notification settings", source.app.url.join(links::SETTINGS)),
            ],
        },
    )
}

/// A quota is used up, or a spike is being dropped.
pub(in super::super) fn quota(source: &Source<'_>) -> Said {
    let cause = &source.of.cause;
    let field = |key: &str| payload::text(cause, key).unwrap_or_default();
    let is_spike = source.of.kind == model::NotificationKind::SpikeProtection;
    let organization = source
        .organization
        .as_ref()
        .map_or("", |organization| organization.name.as_str());
    let (default, category) = if is_spike {
        ("Spike protection drops events", "spike_protection_email")
    } else {
        ("A quota is nearly used up", "quota_email")
    };
    let subject = match field("subject") {
        subject if subject.is_empty() => format!("{default} - {organization}"),
        subject => subject,
    };
    let mut blocks = Vec::new();
    if !field("text").is_empty() {
        blocks.push(Block::text(field("text")));
    }
    blocks.extend(Block::facts([
        ("Organization", organization.to_owned()),
        ("Project", source.project_slug().to_owned()),
        ("Category", field("category")),
        ("Threshold", field("threshold")),
    ]));
    blocks.push(Block::button(
        "View the numbers on Tocsin",
        source.page("stats/?referrer=quota_email"),
    ));
    Said::new(
        category,
        Letter {
            preview: field("text"),
            heading: subject.clone(),
            subject,
            blocks,
        },
    )
}

/// Somebody tries whether mails arrive; of a rule, with what the rule would send.
pub(in super::super) async fn test(source: &Source<'_>) -> Result<Said, store::Error> {
    let mut letter = if source.issue.is_some() {
        issue_alert::standard(source)
    } else {
        Letter {
            subject: "Test mail from Tocsin".to_owned(),
            preview: String::new(),
            heading: "Mails arrive".to_owned(),
            blocks: vec![Block::text(
                "Somebody asked for this mail to see whether it arrives. It did.",
            )],
        }
    };
    if source.issue.is_some() && !source.is_private {
        templates::apply(source, &mut letter).await?;
    }
    letter.subject = format!("[Test] {}", letter.subject);
    let note = "This is a test: nothing happened.";
    letter.blocks.insert(0, Block::text(note));
    Ok(Said::new("test_email", letter))
}
