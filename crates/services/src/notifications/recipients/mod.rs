//! Who is told of a notification, by which channel, and why; and who is not, and why not.
//!
//! Everybody who was thought of gets a row of the ledger. First candidates are gathered with what speaks for them; then
//! each of them is judged: the account, access to the project, what they have said; at last each person keeps one row a
//! channel.

mod activity; // what happens to issues,
mod alerts; // issue alert rules that fired,
mod audience; // what is known of people, read at once,
mod others; // deploys, reports, quotas, and what names its recipient,
mod teams; // and what teams are told

use std::collections::HashMap;

use model::{IssueId, NotificationKind, OrganizationId, TeamId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::{Connection, held_notifications::Timeline, notifications::Notification};

use super::Reason;
use crate::{App, mails, secret};

/// Somebody who is, or is not, told of something by one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipient {
    pub who: Who,
    /// Empty where none was chosen.
    pub channel: String,
    pub told: bool,
    pub reason: Reason,
    /// What the reason is about: a rule, a team.
    pub detail: String,
    /// As people read it: an address, a channel, a name.
    pub label: String,
    /// By channel: where it goes.
    pub target: Value,
    /// Until when it waits for others, to be told with them.
    #[serde(default)]
    pub wait: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    User(UserId),
    Team(TeamId),
    /// One that is nobody's.
    Address,
    /// Whatever else takes messages.
    Target,
}

impl Who {
    /// As the ledger has it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Team(_) => "team",
            Self::Address => "address",
            Self::Target => "target",
        }
    }

    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            _ => None,
        }
    }

    pub fn team(self) -> Option<TeamId> {
        match self {
            Self::Team(team) => Some(team),
            _ => None,
        }
    }
}

impl Recipient {
    /// Somebody who is not told.
    fn left_out(who: Who, label: &str, reason: Reason, detail: &str) -> Self {
        Self {
            who,
            channel: String::new(),
            told: false,
            reason,
            detail: detail.to_owned(),
            label: label.to_owned(),
            target: Value::Null,
            wait: None,
        }
    }

    /// What two messages have in common that one receiver would get twice.
    pub fn place(&self) -> String {
        let label = self.label.to_lowercase();
        if self.channel == "email" {
            return format!("email:{label}");
        }
        // Two channels of two workspaces may be called alike.
        let mut target = self.target.clone();
        if let Some(fields) = target.as_object_mut() {
            fields.retain(|name, _| !matches!(name.as_str(), "reason" | "detail"));
        }
        let digest = Sha256::digest(target.to_string());
        format!("{}:{label}:{}", self.channel, secret::hex(&digest[..8]))
    }
}

/// Finds them all.
pub async fn find(app: &App, db: &mut Connection, of: &Notification) -> Result<Vec<Recipient>, store::Error> {
    let found = match of.kind {
        NotificationKind::IssueAlert => alerts::find(app, db, of).await?,
        NotificationKind::Activity => activity::find(app, db, of).await?,
        NotificationKind::MetricAlert => others::of_metric_alert(app, db, of).await?,
        NotificationKind::Deploy => others::of_deploy(app, db, of).await?,
        NotificationKind::Quota => others::of_quota(app, db, of).await?,
        NotificationKind::SpikeProtection => others::of_spike(app, db, of).await?,
        NotificationKind::WeeklyReport => others::of_report(app, db, of).await?,
        NotificationKind::Digest | NotificationKind::HeldNotice => others::of_held(of),
        NotificationKind::RuleSaved => others::of_saved_rule(app, of)?,
        NotificationKind::Account => others::of_account(db, of).await?,
        NotificationKind::Test => alerts::find_for_test(app, db, of).await?,
    };
    Ok(settle(found))
}

/// Lets nobody be told of one event twice by one channel, as by an alert rule and by a rule of their own. Meant for the
/// transaction that writes the recipients: who else writes some for the issue waits.
pub async fn leave_out_told(
    db: &mut Connection,
    of: &Notification,
    found: &mut [Recipient],
) -> Result<(), store::Error> {
    let (Some(project), Some(issue), Some(event)) = (of.project, of.issue, of.event) else {
        return Ok(());
    };
    // Without such rules alerts are all that there is.
    if !store::notification_rules::any_of_project(db, project).await? {
        return Ok(());
    }
    store::issues::lock(db, &[project], &[issue]).await?;
    let told = store::audience::told_of_event(db, issue, event, of.id).await?;
    for recipient in found.iter_mut().filter(|recipient| recipient.told) {
        let user = recipient.who.user();
        let is_told = |(of, channel): &(UserId, String)| Some(*of) == user && *channel == recipient.channel;
        if told.iter().any(is_told) {
            recipient.told = false;
            recipient.reason = Reason::ToldAlready;
        }
    }
    Ok(())
}

/// Lets everybody stand there once a channel: as told, if anything speaks for them; and as not told only who is not told
/// at all.
fn settle(found: Vec<Recipient>) -> Vec<Recipient> {
    let mut told_places: HashMap<String, ()> = HashMap::new();
    let mut told_people: Vec<Who> = Vec::new();
    for recipient in found.iter().filter(|recipient| recipient.told) {
        if matches!(recipient.who, Who::User(_)) {
            told_people.push(recipient.who);
        }
    }
    let mut left_out: Vec<(Who, String)> = Vec::new();
    let mut kept = Vec::with_capacity(found.len());
    for recipient in found {
        if recipient.told {
            if told_places.insert(recipient.place(), ()).is_none() {
                kept.push(recipient);
            }
            continue;
        }
        let key = (recipient.who, recipient.label.clone());
        // Who is told anyway has no use for why something else did not tell them.
        if !told_people.contains(&recipient.who) && !left_out.contains(&key) {
            left_out.push(key);
            kept.push(recipient);
        }
    }
    kept
}

/// Why nothing is sent to an address that is nobody's: about an issue, or about something else.
async fn refused_address(
    db: &mut Connection,
    organization: OrganizationId,
    issue: Option<IssueId>,
    address: &str,
    of: mails::Use,
) -> Result<Option<Reason>, store::Error> {
    if mails::check_address(db, organization, address, of).await?.is_err() {
        return Ok(Some(Reason::AddressUnconfirmed));
    }
    if let Some(issue) = issue
        && store::mail_addresses::is_muted(db, address, issue).await?
    {
        return Ok(Some(Reason::Unsubscribed));
    }
    let flagged = store::mail_bounces::flagged(db, &[address]).await?;
    Ok((!flagged.is_empty()).then_some(Reason::AddressBounced))
}

/// The row of such an address.
async fn address(
    db: &mut Connection,
    organization: OrganizationId,
    issue: Option<IssueId>,
    address: &str,
    (reason, detail): (Reason, &str),
) -> Result<Recipient, store::Error> {
    let refused = refused_address(db, organization, issue, address, mails::Use::Alerts).await?;
    Ok(match refused {
        Some(refused) => Recipient::left_out(Who::Address, address, refused, detail),
        None => audience::told(Who::Address, audience::mail_to(address), reason, detail),
    })
}

/// Whether somebody from whom something was held back may still have it: they may have left meanwhile.
pub(super) async fn may_be_told(
    db: &mut Connection,
    timeline: &Timeline,
    recipient: &Recipient,
) -> Result<bool, store::Error> {
    let (Some(user), Some(organization)) = (recipient.who.user(), timeline.organization) else {
        return Ok(true);
    };
    let people = store::audience::people(db, organization, None, &[user]).await?;
    Ok(people.iter().any(|person| person.is_active))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(who: Who, channel: &str, label: &str) -> Recipient {
        Recipient {
            who,
            channel: channel.to_owned(),
            told: true,
            reason: Reason::Owner,
            detail: String::new(),
            label: label.to_owned(),
            target: json!({ "address": label, "reason": "x" }),
            wait: None,
        }
    }

    #[test]
    fn everybody_stands_there_once_a_channel() {
        let (one, two) = (Who::User(UserId(1)), Who::User(UserId(2)));
        let found = vec![
            Recipient::left_out(one, "a@x", Reason::RuleMutedByUser, "first"),
            told(one, "email", "a@x"),
            told(one, "email", "A@x"),
            told(one, "slack", "a"),
            told(Who::Address, "email", "a@x"),
            Recipient::left_out(two, "b@x", Reason::SettingOff, ""),
            Recipient::left_out(two, "b@x", Reason::RuleMutedByUser, ""),
        ];
        let kept: Vec<(Who, bool, Reason)> = settle(found)
            .into_iter()
            .map(|recipient| (recipient.who, recipient.told, recipient.reason))
            .collect();
        assert_eq!(
            kept,
            [
                (one, true, Reason::Owner),
                (one, true, Reason::Owner),
                (two, false, Reason::SettingOff)
            ]
        );
    }

    #[test]
    fn places_of_the_same_name_are_told_apart_by_their_targets() {
        let in_workspace = |id: &str| Recipient {
            target: json!({ "channel": id, "reason": id }),
            ..told(Who::Target, "slack", "#ops")
        };
        assert_ne!(in_workspace("C1").place(), in_workspace("C2").place());
        assert_eq!(in_workspace("C1").place(), in_workspace("C1").place());
        assert_eq!(
            told(Who::Address, "email", "A@x").place(),
            told(Who::User(UserId(1)), "email", "a@x").place()
        );
    }
}
