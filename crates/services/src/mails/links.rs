//! Links in mails that need no login: each one ends one thing for one reader, and nothing else.

use model::{IssueId, ProjectId, UserId};
use serde::{Deserialize, Serialize};
use store::users::User;

use super::source::Source;
use crate::{
    App,
    notifications::{
        self,
        settings::{NotificationType, SettingError},
    },
    seal::Purpose,
};

/// Where people say what they want to be told.
pub(super) const SETTINGS: &str = "/settings/account/notifications/";

/// What a link ends, for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unsubscribe {
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<UserId>,
    /// One that is no user's.
    #[serde(rename = "a", default, skip_serializing_if = "String::is_empty")]
    pub(super) address: String,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub(super) issue: Option<IssueId>,
    /// A type of notifications, of one project or of all.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) of_type: Option<String>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<ProjectId>,
    /// Of the user's links: an older one does nothing.
    #[serde(rename = "g", default)]
    generation: i64,
}

/// What a link would end, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub what: String,
    pub who: String,
}

impl Unsubscribe {
    /// What the link of a mail ends; `None` for mails that cannot be ended.
    pub(super) fn of(source: &Source<'_>, address: &str) -> Option<Self> {
        use model::NotificationKind as Kind;
        let mut link = Self {
            user: source.delivery.user,
            address: String::new(),
            issue: None,
            of_type: None,
            project: None,
            generation: 0,
        };
        if link.user.is_none() {
            address.clone_into(&mut link.address);
            link.issue = Some(source.of.issue?);
            return Some(link);
        }
        match source.of.kind {
            Kind::Account | Kind::Test | Kind::HeldNotice | Kind::RuleSaved => return None,
            Kind::IssueAlert | Kind::Activity => link.issue = Some(source.of.issue?),
            Kind::Digest | Kind::MetricAlert => {
                link.of_type = of_type("alerts");
                link.project = source.of.project;
            }
            Kind::Deploy => link.of_type = of_type("deploy"),
            Kind::WeeklyReport => link.of_type = of_type("reports"),
            Kind::Quota => link.of_type = of_type("quota"),
            Kind::SpikeProtection => link.of_type = of_type("spikeProtection"),
        }
        Some(link)
    }
}

fn of_type(name: &str) -> Option<String> {
    Some(name.to_owned())
}

/// The address of the page that asks, and ends it.
pub(super) async fn url(app: &App, link: &Unsubscribe) -> Result<String, store::Error> {
    let mut link = link.clone();
    if let Some(user) = link.user {
        link.generation = store::mail_links::generation(&mut *app.store.read().await?, user).await?;
    }
    let token = app.sealer().seal(Purpose::Unsubscribe, &serde_json::to_vec(&link)?);
    Ok(app.url.join(&format!("/unsubscribe/{token}/")))
}

/// What a token ends; `None` when it is not one of ours, or was made useless.
async fn open(app: &App, token: &str) -> Result<Option<Unsubscribe>, store::Error> {
    let opened = app.sealer().open(Purpose::Unsubscribe, token);
    let link: Option<Unsubscribe> = opened.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(link) = link else { return Ok(None) };
    if let Some(user) = link.user {
        let now = store::mail_links::generation(&mut *app.store.read().await?, user).await?;
        if now != link.generation {
            return Ok(None);
        }
    }
    Ok(Some(link))
}

/// What a link would end: looking at it ends nothing.
pub async fn look(app: &App, token: &str) -> Result<Option<Ended>, store::Error> {
    match open(app, token).await? {
        Some(link) => describe(app, &link).await.map(Some),
        None => Ok(None),
    }
}

/// Ends what a link ends; `None` when the link does nothing.
pub async fn end(app: &App, token: &str) -> Result<Option<Ended>, store::Error> {
    let Some(link) = open(app, token).await? else {
        return Ok(None);
    };
    let of_type = link.of_type.as_deref().and_then(NotificationType::from_name);
    let issue = match link.issue {
        Some(issue) => Some(current(app, issue).await?),
        None => None,
    };
    match (link.user, issue, of_type) {
        (Some(user), Some(issue), _) => notifications::unsubscribe::from_issue(app, user, issue).await?,
        (Some(user), None, Some(of_type)) => {
            let ended = notifications::unsubscribe::from_type(app, user, of_type, link.project).await;
            match ended {
                Ok(()) => {}
                Err(SettingError::Store(error)) => return Err(error),
                // A type that can no longer be turned off, or a project that is gone.
                Err(_) => return Ok(None),
            }
        }
        (None, Some(issue), _) => {
            let mut tx = app.store.begin().await?;
            store::mail_addresses::mute(&mut tx, &link.address, issue).await?;
            tx.commit().await?;
        }
        (Some(_), None, None) | (None, None, _) => return Ok(None),
    }
    describe(app, &link).await.map(Some)
}

/// The issue, or what it was merged into since the mail was written.
async fn current(app: &App, issue: IssueId) -> Result<IssueId, store::Error> {
    let merged = store::issues::targets(&mut *app.store.read().await?, &[issue]).await?;
    Ok(merged.first().map_or(issue, |(_, target)| *target))
}

async fn describe(app: &App, link: &Unsubscribe) -> Result<Ended, store::Error> {
    let who = match link.user {
        Some(user) => {
            let user = store::users::find(&mut *app.store.read().await?, user).await?;
            user.map(|user: User| user.email).unwrap_or_default()
        }
        None => link.address.clone(),
    };
    let of_type = link.of_type.as_deref().and_then(NotificationType::from_name);
    let title = of_type.map_or("these", NotificationType::title).to_lowercase();
    let what = match (link.issue, link.project) {
        (Some(_), _) => "mails about this issue".to_owned(),
        (None, Some(_)) => format!("mails of the kind “{title}” of this project"),
        (None, None) => format!("mails of the kind “{title}”"),
    };
    Ok(Ended { what, who })
}

/// Makes all lasting links useless that a user was sent by mail.
pub async fn revoke(app: &App, user: UserId) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    store::mail_links::next_generation(&mut tx, user).await?;
    tx.commit().await
}

/// The address to which one user answers about one issue. All of it stands before the `@`, where there is room for 64
/// characters that may come back in another case.
pub(super) async fn reply_address(app: &App, user: UserId, issue: IssueId, host: &str) -> Result<String, store::Error> {
    let generation = store::mail_links::generation(&mut *app.store.read().await?, user).await?;
    let (user, issue) = (base36(user.0), base36(issue.0));
    let signature = app
        .sealer()
        .sign(Purpose::Reply, &format!("{user}.{issue}.{generation}"));
    Ok(format!("{signature}+{issue}.{user}@{host}"))
}

/// Who answers about what by such an address; `None` when nobody was given it, or it was made useless.
pub(super) async fn open_reply_address(app: &App, address: &str) -> Result<Option<(UserId, IssueId)>, store::Error> {
    let address = address.to_ascii_lowercase();
    let parts = address.split_once('@').and_then(|(local, _)| local.split_once('+'));
    let ids = parts.and_then(|(signature, ids)| Some((signature, ids.split_once('.')?)));
    let Some((signature, (issue, user))) = ids else {
        return Ok(None);
    };
    let number = |text: &str| i64::from_str_radix(text, 36).ok().filter(|number| *number > 0);
    let (Some(user_id), Some(issue_id)) = (number(user), number(issue)) else {
        return Ok(None);
    };
    let user_id = UserId(user_id);
    let generation = store::mail_links::generation(&mut *app.store.read().await?, user_id).await?;
    let signed = format!("{user}.{issue}.{generation}");
    let is_ours = app.sealer().is_signed(Purpose::Reply, &signed, signature);
    Ok(is_ours.then_some((user_id, IssueId(issue_id))))
}

fn base36(mut number: i64) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        let digit = u32::try_from(number % 36).unwrap_or(0);
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_addresses_are_read_as_written() {
        for number in [1, 35, 36, (1 << 53) - 1] {
            assert_eq!(i64::from_str_radix(&base36(number), 36), Ok(number));
        }
    }
}
