//! An incident of a metric alert rule changed its status.

use integrations::email::Attachment;

use super::super::{
    compose::Said,
    letter::{Block, Letter},
    source::Source,
};
use crate::{events::payload, incidents};

pub(in super::super) async fn say(source: &Source<'_>) -> Result<Said, store::Error> {
    let cause = &source.of.cause;
    let field = |key: &str| payload::text(cause, key).unwrap_or_default();
    let (status, name) = (field("status"), field("name"));
    let shown = match status.as_str() {
        "critical" => "Critical",
        "warning" => "Warning",
        _ => "Resolved",
    };
    let project = source.project_slug();
    let url = source.page(&format!(
        "alerts/incidents/{}/?referrer=metric_alert_email",
        field("identifier")
    ));
    let mut blocks = Vec::new();
    let text = field("text");
    if !text.is_empty() {
        blocks.push(Block::text(text));
    }
    blocks.extend(Block::facts([
        ("Rule", name.clone()),
        ("Status", shown.to_owned()),
        ("Threshold", field("threshold")),
        ("Project", project.to_owned()),
        ("Environment", field("environment")),
        ("When", field("at")),
    ]));
    blocks.push(Block::button("View the alert on Tocsin", url));
    let mut said = Said::new(
        "metric_alert_email",
        Letter {
            subject: format!("[{shown}] {name} - {project}"),
            preview: field("text"),
            heading: format!("{shown}: {name}"),
            blocks,
        },
    );
    said.attachments = chart(source).await?;
    Ok(said)
}

/// The chart of the incident, as a picture that mail programs show by itself.
async fn chart(source: &Source<'_>) -> Result<Vec<Attachment>, store::Error> {
    let identifier = payload::number(&source.of.cause, "identifier").and_then(|number| i64::try_from(number).ok());
    let (Some(identifier), Some(organization)) = (identifier, &source.organization) else {
        return Ok(Vec::new());
    };
    let picture = incidents::picture(source.app, organization, identifier).await?;
    let attachment = picture.map(|svg| Attachment {
        name: format!("incident-{identifier}.svg"),
        content_type: "image/svg+xml".to_owned(),
        content: svg,
    });
    Ok(attachment.into_iter().collect())
}
