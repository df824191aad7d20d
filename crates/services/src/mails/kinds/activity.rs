//! Something happened to an issue: a comment, an assignment, a change of its status.

use model::{ActivityKind, Assignee};
use serde_json::Value;

use super::{
    super::{
        compose::Said,
        letter::{Block, Letter},
        source::Source,
        templates,
    },
    issue_alert,
};
use crate::events::payload;

const REFERRER: &str = "activity_email";

/// What happened, and what somebody wrote about it.
struct Told {
    words: String,
    quote: Option<String>,
}

pub(in super::super) async fn say(source: &Source<'_>) -> Result<Option<Said>, store::Error> {
    let Some(issue) = &source.issue else { return Ok(None) };
    let cause = &source.of.cause;
    let name = payload::text(cause, "kind").unwrap_or_default();
    let kind = ActivityKind::ALL.iter().copied().find(|kind| kind.name() == name);
    let actor = match payload::number(cause, "actor") {
        Some(id) => source.name_of(model::UserId(id.try_into().unwrap_or(0))).await?,
        None => "Tocsin".to_owned(),
    };
    let nothing = Value::Null;
    let told = tell(source, kind, cause.get("data").unwrap_or(&nothing)).await?;
    let url = source.issue_page(REFERRER);
    let short_id = source.short_id();
    let mut letter = Letter {
        // As the alert has it, so that mail programs keep them together.
        subject: format!("{short_id} - {}", issue.title),
        preview: String::new(),
        heading: format!("{actor} {}", told.words),
        blocks: Vec::new(),
    };
    if source.is_private {
        letter.subject = issue_alert::private(source, &short_id, String::new()).subject;
        letter.heading = format!("{short_id}: {}", letter.heading);
    } else {
        letter.blocks.extend(told.quote.map(Block::Quote));
        letter.blocks.extend(Block::facts([
            ("Issue", format!("{short_id} {}", issue.title)),
            ("Where", issue.culprit.clone()),
            ("Project", source.project_slug().to_owned()),
        ]));
        templates::subject(source, &mut letter).await?;
    }
    letter.blocks.push(Block::button("View this on Tocsin", url));
    let mut said = Said::new(category(kind), letter);
    said.in_thread = true;
    Ok(Some(said))
}

fn category(kind: Option<ActivityKind>) -> &'static str {
    match kind {
        Some(ActivityKind::Note) => "note_activity_email",
        Some(ActivityKind::Assigned) => "assigned_activity_email",
        Some(ActivityKind::Unassigned) => "unassigned_activity_email",
        Some(ActivityKind::SetRegression) => "regression_activity_email",
        Some(ActivityKind::SetEscalating) => "escalating_activity_email",
        Some(
            ActivityKind::SetResolved
            | ActivityKind::SetResolvedByAge
            | ActivityKind::SetResolvedInCommit
            | ActivityKind::SetResolvedInRelease,
        ) => "resolved_activity_email",
        Some(ActivityKind::SetIgnored) => "archived_activity_email",
        _ => "activity_email",
    }
}

async fn tell(source: &Source<'_>, kind: Option<ActivityKind>, data: &Value) -> Result<Told, store::Error> {
    let field = |key: &str| payload::text(data, key);
    let with = |words: &str, key: &str| match field(key) {
        Some(value) => format!("{words} {value}"),
        None => words.to_owned(),
    };
    let words = match kind {
        Some(ActivityKind::Note) => {
            return Ok(Told {
                words: "commented".to_owned(),
                quote: field("text"),
            });
        }
        Some(ActivityKind::Assigned) => format!("assigned this issue to {}", assignee(source, data).await?),
        Some(ActivityKind::Unassigned) => "took the assignee off this issue".to_owned(),
        Some(ActivityKind::SetResolved) => "resolved this issue".to_owned(),
        Some(ActivityKind::SetResolvedByAge) => "resolved this issue: it was not seen for long".to_owned(),
        Some(ActivityKind::SetResolvedInRelease) => match field("version") {
            Some(version) => format!("resolved this issue in {version}"),
            None => "resolved this issue in the next release".to_owned(),
        },
        Some(ActivityKind::SetResolvedInCommit) => with("resolved this issue in commit", "commit"),
        Some(ActivityKind::SetUnresolved) => "opened this issue again".to_owned(),
        Some(ActivityKind::SetIgnored) => "archived this issue".to_owned(),
        Some(ActivityKind::SetRegression) => match field("version") {
            Some(version) => format!("found that this issue came back in {version}"),
            None => "found that this issue came back".to_owned(),
        },
        Some(ActivityKind::SetEscalating) => {
            "found this issue escalating: it happens far more often than before".to_owned()
        }
        Some(ActivityKind::SetPriority) => with("changed the priority of this issue to", "priority"),
        Some(ActivityKind::FirstSeen) => "saw this issue for the first time".to_owned(),
        Some(ActivityKind::Merge) => "merged other issues into this one".to_owned(),
        Some(ActivityKind::CreateIssue) => with("linked this issue to", "title"),
        Some(ActivityKind::MarkReviewed) => "reviewed this issue".to_owned(),
        Some(ActivityKind::AutoSetOngoing) => "counts this issue as ongoing".to_owned(),
        Some(ActivityKind::Deploy) => with("saw a deploy of", "version"),
        _ => "changed this issue".to_owned(),
    };
    Ok(Told { words, quote: None })
}

async fn assignee(source: &Source<'_>, data: &Value) -> Result<String, store::Error> {
    let id = payload::text(data, "assignee").unwrap_or_default();
    let kind = payload::text(data, "assigneeType").unwrap_or_else(|| "user".to_owned());
    match format!("{kind}:{id}").parse() {
        Ok(Assignee::User(user)) if Some(user) == source.delivery.user => Ok("you".to_owned()),
        Ok(Assignee::User(user)) => source.name_of(user).await,
        Ok(Assignee::Team(team)) => {
            let Some(organization) = source.of.organization else {
                return Ok("a team".to_owned());
            };
            let team = store::teams::find(&mut *source.app.store.read().await?, organization, team).await?;
            Ok(team.map_or_else(|| "a former team".to_owned(), |team| format!("#{}", team.slug)))
        }
        Err(_) => Ok("somebody".to_owned()),
    }
}
