//! Telling the channels of a rule that it was made or changed: whether it reaches them shows before something is wrong.

use model::{NotificationKind, ProjectId};
use serde_json::Value;
use store::Tx;

use super::{NewCause, cause, causes::SavedRuleCause};
use crate::{App, access::OrganizationScope};

/// A rule as somebody has just saved it.
#[derive(Debug)]
pub(crate) struct SavedRule<'a> {
    pub(crate) scope: &'a OrganizationScope,
    /// The one that it is about, or the first of them.
    pub(crate) project: ProjectId,
    pub(crate) rule: i64,
    pub(crate) is_metric: bool,
    pub(crate) name: &'a str,
    pub(crate) is_new: bool,
    /// The channel of each action, and its wire form.
    pub(crate) actions: Vec<(String, Value)>,
    /// Its page in the organization, without a slash at the front.
    pub(crate) page: String,
}

/// Writes the cause, in the transaction that saves the rule; nothing if no channel of it wants to know.
pub(crate) async fn confirm(app: &App, tx: &mut Tx, saved: SavedRule<'_>) -> Result<(), store::Error> {
    let wants = |slug: &str| app.channels.get(slug).is_some_and(|channel| channel.confirms_rules());
    let wanted = saved.actions.into_iter().filter(|(slug, _)| wants(slug));
    let actions: Vec<Value> = wanted.map(|(_, wire)| wire).collect();
    if actions.is_empty() {
        return Ok(());
    }
    let by = saved.scope.actor.user_id();
    let user = match by {
        Some(user) => store::users::find(tx, user).await?,
        None => None,
    };
    let who = match user {
        None => "a program".to_owned(),
        Some(user) if user.name.is_empty() => user.email,
        Some(user) => user.name,
    };
    let done = if saved.is_new { "made" } else { "changed" };
    let organization = &saved.scope.organization;
    let page = format!("/organizations/{}/{}", organization.slug, saved.page);
    let told = SavedRuleCause {
        rule: saved.rule,
        is_metric: saved.is_metric,
        name: saved.name.to_owned(),
        is_new: saved.is_new,
        by,
        actions,
        text: format!(
            "The alert rule \"{}\" was {done} by {who}. It tells this channel when it fires.",
            saved.name
        ),
        url: app.url.join(&page),
    };
    let new = NewCause {
        organization: Some(organization.id),
        project: Some(saved.project),
        issue: None,
        event: None,
        kind: NotificationKind::RuleSaved,
        cause: serde_json::to_value(told)?,
        is_critical: false,
    };
    cause(app, tx, new).await.map(drop)
}
