//! What people say about an incident. Whoever says something follows it from then on.

use model::IncidentActivityId;
use store::incidents::{ActivityKind, Incident, IncidentActivity};

use super::activity;
use crate::{App, access::OrganizationScope};

/// How many characters a comment has at most.
pub const LONGEST_COMMENT: usize = 10_000;

#[derive(Debug, thiserror::Error)]
pub enum CommentError {
    #[error("a comment needs a text")]
    Empty,
    #[error("a comment has at most {LONGEST_COMMENT} characters")]
    TooLong,
    /// Tokens of organizations are nobody.
    #[error("only users comment")]
    NoUser,
    #[error("only who wrote a comment changes it")]
    NotOwn,
    #[error("there is no such comment")]
    NotFound,
    #[error(transparent)]
    Store(#[from] store::Error),
}

fn checked(text: &str) -> Result<&str, CommentError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(CommentError::Empty);
    }
    if text.chars().count() > LONGEST_COMMENT {
        return Err(CommentError::TooLong);
    }
    Ok(text)
}

pub async fn comment(
    app: &App,
    scope: &OrganizationScope,
    incident: &Incident,
    text: &str,
) -> Result<IncidentActivity, CommentError> {
    let text = checked(text)?;
    let user = scope.actor.user_id().ok_or(CommentError::NoUser)?;
    let comment = IncidentActivity {
        user: Some(user),
        comment: Some(text.to_owned()),
        ..activity(app, incident, ActivityKind::Comment)
    };
    let mut tx = app.store.begin().await?;
    store::incidents::add_activity(&mut tx, &comment).await?;
    store::incidents::set_subscribed(&mut tx, incident.id, user, true, app.now()).await?;
    tx.commit().await?;
    Ok(comment)
}

pub async fn change_comment(
    app: &App,
    scope: &OrganizationScope,
    incident: &Incident,
    id: IncidentActivityId,
    text: &str,
) -> Result<IncidentActivity, CommentError> {
    let text = checked(text)?;
    let mut tx = app.store.begin().await?;
    let before = own(&mut tx, scope, incident, id).await?;
    store::incidents::change_comment(&mut tx, incident.id, id, text).await?;
    tx.commit().await?;
    Ok(IncidentActivity {
        comment: Some(text.to_owned()),
        ..before
    })
}

pub async fn remove_comment(
    app: &App,
    scope: &OrganizationScope,
    incident: &Incident,
    id: IncidentActivityId,
) -> Result<(), CommentError> {
    let mut tx = app.store.begin().await?;
    own(&mut tx, scope, incident, id).await?;
    store::incidents::delete_activity(&mut tx, incident.id, id).await?;
    Ok(tx.commit().await?)
}

async fn own(
    tx: &mut store::Tx,
    scope: &OrganizationScope,
    incident: &Incident,
    id: IncidentActivityId,
) -> Result<IncidentActivity, CommentError> {
    let found = store::incidents::find_activity(tx, incident.id, id).await?;
    let comment = found.filter(|activity| activity.kind == ActivityKind::Comment);
    let comment = comment.ok_or(CommentError::NotFound)?;
    if comment.user.is_none() || comment.user != scope.actor.user_id() {
        return Err(CommentError::NotOwn);
    }
    Ok(comment)
}
