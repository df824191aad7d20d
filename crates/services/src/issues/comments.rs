//! What people write about issues.
//!
//! A comment is an activity of the issue. Who writes one is told about the issue from then on, and so is whom it mentions.

use std::time::Duration;

use model::{ActivityId, ActivityKind, Assignee, IssueId, SubscriptionReason, TeamId, Timestamp, UserId};
use serde_json::Value;
use store::{
    Connection, IdPage, issue_people,
    issues::{Issue, IssueActivity},
};
use triage::Data;

use super::{
    change::{By, Place, note},
    people::{self, Assignable},
};
use crate::{
    App,
    access::{OrganizationScope, Scope},
};

/// In characters.
pub const LONGEST_COMMENT: usize = 50_000;

/// How many people and teams one comment mentions.
const MOST_MENTIONS: usize = 50;

/// Who sends the same text again within so long sent it by mistake.
const TWICE: Duration = Duration::from_secs(3600);

#[derive(Debug, thiserror::Error)]
pub enum CommentError {
    #[error("a comment needs a text")]
    Blank,
    #[error("a comment has at most {LONGEST_COMMENT} characters")]
    TooLong,
    #[error("a comment mentions at most {MOST_MENTIONS} people and teams")]
    TooManyMentions,
    #[error("user {0} does not see this project, and cannot be mentioned")]
    NotASeer(UserId),
    #[error("team {0} has no part in this project, and cannot be mentioned")]
    NotATeam(TeamId),
    #[error("you have already posted that comment")]
    Twice,
    #[error("only people write comments: this token is nobody's")]
    Nobody,
    #[error("somebody else wrote this comment")]
    NotYours,
    #[error("there is no such comment")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The comments of an issue, newest first.
pub async fn list(app: &App, issue: &Issue, page: IdPage) -> Result<Vec<IssueActivity>, store::Error> {
    let mut db = app.store.read().await?;
    store::issues::comments(&mut db, issue.project, issue.id, page).await
}

/// Writes a comment that mentions these, beside those whom its text names (`@name@example.com`, `#team`).
pub async fn add(
    app: &App,
    scope: &OrganizationScope,
    issue: &Issue,
    text: &str,
    mentions: &[Assignee],
) -> Result<IssueActivity, CommentError> {
    let user = scope.actor.user_id().ok_or(CommentError::Nobody)?;
    let text = check(text)?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    // It may have become part of another one meanwhile.
    store::issues::lock(&mut tx, &[issue.project], &[issue.id]).await?;
    let found = store::issues::find(&mut tx, scope.organization.id, issue.id).await?;
    let issue = &found.ok_or(CommentError::Gone)?;
    let latest = store::issues::comments(&mut tx, issue.project, issue.id, IdPage::newest(20)).await?;
    let is_same = |old: &IssueActivity| {
        old.user == Some(user)
            && old.created_at + TWICE > now
            && old.data.get("text").and_then(Value::as_str) == Some(text)
    };
    if latest.iter().any(is_same) {
        return Err(CommentError::Twice);
    }
    let mentions = mentioned(&mut tx, scope, issue, text, mentions).await?;
    let place = Place {
        organization: scope.organization.id,
        project: issue.project,
        issue: issue.id,
    };
    let data = data(text, &mentions);
    let id = note(app, &mut tx, place, ActivityKind::Note, By::User(user), data).await?;
    issue_people::subscribe(&mut tx, issue.id, user, SubscriptionReason::Comment, now).await?;
    subscribe(&mut tx, issue.id, &mentions, now).await?;
    let comment = store::issues::find_activity(&mut tx, issue.project, issue.id, id).await?;
    tx.commit().await?;
    comment.ok_or(CommentError::Gone)
}

/// Writes a comment of the actor anew.
pub async fn change(
    app: &App,
    scope: &OrganizationScope,
    issue: &Issue,
    id: ActivityId,
    text: &str,
    mentions: &[Assignee],
) -> Result<IssueActivity, CommentError> {
    let text = check(text)?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let comment = find(&mut tx, issue, id).await?;
    if comment.user.is_none() || comment.user != scope.actor.user_id() {
        return Err(CommentError::NotYours);
    }
    let mentions = mentioned(&mut tx, scope, issue, text, mentions).await?;
    store::issues::change_comment(&mut tx, issue.project, id, &data(text, &mentions), now).await?;
    subscribe(&mut tx, issue.id, &mentions, now).await?;
    let comment = find(&mut tx, issue, id).await?;
    tx.commit().await?;
    Ok(comment)
}

/// Deletes a comment: an own one, or any for those who may delete issues.
pub async fn remove(app: &App, scope: &OrganizationScope, issue: &Issue, id: ActivityId) -> Result<(), CommentError> {
    let mut tx = app.store.begin().await?;
    let comment = find(&mut tx, issue, id).await?;
    if !may_remove(scope, &comment) {
        return Err(CommentError::NotYours);
    }
    store::issues::delete_comment(&mut tx, issue.project, issue.id, id).await?;
    Ok(tx.commit().await?)
}

/// Whether the actor may delete a comment.
pub fn may_remove(scope: &OrganizationScope, comment: &IssueActivity) -> bool {
    let is_own = comment.user.is_some() && comment.user == scope.actor.user_id();
    is_own || scope.rights.allow(Scope::EventAdmin)
}

async fn find(db: &mut Connection, issue: &Issue, id: ActivityId) -> Result<IssueActivity, CommentError> {
    let found = store::issues::find_activity(db, issue.project, issue.id, id).await?;
    found
        .filter(|activity| activity.kind == ActivityKind::Note)
        .ok_or(CommentError::Gone)
}

fn check(text: &str) -> Result<&str, CommentError> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(CommentError::Blank),
        length if length > LONGEST_COMMENT => Err(CommentError::TooLong),
        _ => Ok(text),
    }
}

/// As Sentry keeps it.
fn data(text: &str, mentions: &[Assignee]) -> Data {
    let mut data = Data::new();
    data.insert("text".to_owned(), text.into());
    if !mentions.is_empty() {
        let mentions: Vec<String> = mentions.iter().map(Assignee::to_string).collect();
        data.insert("mentions".to_owned(), mentions.into());
    }
    data
}

/// All who are mentioned, each once.
async fn mentioned(
    db: &mut Connection,
    scope: &OrganizationScope,
    issue: &Issue,
    text: &str,
    named: &[Assignee],
) -> Result<Vec<Assignee>, CommentError> {
    if named.is_empty() && !text.contains(['@', '#']) {
        return Ok(Vec::new());
    }
    let assignable = people::assignable_in(db, scope, issue.project).await?;
    let mut mentions: Vec<Assignee> = Vec::new();
    for who in named {
        match who {
            Assignee::User(user) if assignable.user(*user).is_none() => return Err(CommentError::NotASeer(*user)),
            Assignee::Team(team) if assignable.team(*team).is_none() => return Err(CommentError::NotATeam(*team)),
            Assignee::User(_) | Assignee::Team(_) => mentions.push(*who),
        }
    }
    mentions.extend(named_in(text, &assignable));
    mentions.sort_unstable_by_key(Assignee::to_string);
    mentions.dedup();
    if mentions.len() > MOST_MENTIONS {
        return Err(CommentError::TooManyMentions);
    }
    Ok(mentions)
}

/// Words that begin with `@` or `#` and are the e-mail address or user name of somebody, or the slug of a team; others
/// are words.
fn named_in(text: &str, assignable: &Assignable) -> Vec<Assignee> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '*' | '(' | ')' | ',' | ';'));
    let words = words.filter_map(|word| {
        let name = word
            .strip_prefix(['@', '#'])?
            .trim_end_matches(['.', ':', '!', '?', '\'']);
        Some((word.starts_with('#'), name.to_lowercase()))
    });
    // So many that whoever mentions too many is told.
    let words = words.filter(|(_, name)| !name.is_empty()).take(MOST_MENTIONS * 20);
    let found = words.filter_map(|(is_team, name)| {
        let user = || {
            let mut users = assignable.users.iter();
            users.find(|user| user.email == name || user.username.to_lowercase() == name)
        };
        let team = || assignable.teams.iter().find(|team| team.slug == name);
        match is_team {
            true => team().map(|team| Assignee::Team(team.id)),
            false => user().map(|user| Assignee::User(user.id)),
        }
    });
    found.collect()
}

async fn subscribe(
    db: &mut Connection,
    issue: IssueId,
    mentions: &[Assignee],
    now: Timestamp,
) -> Result<(), store::Error> {
    for who in mentions {
        match who {
            Assignee::User(user) => {
                issue_people::subscribe(db, issue, *user, SubscriptionReason::Mentioned, now).await?;
            }
            Assignee::Team(team) => {
                issue_people::subscribe_team(db, issue, *team, SubscriptionReason::TeamMentioned, now).await?;
            }
        }
    }
    Ok(())
}
