//! What a digest tells: an entry for each thing that was gathered, for mails and for all other channels.

use std::collections::{HashMap, HashSet};

use model::{IssueId, NotificationId, NotificationKind, OrganizationId, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Connection, deliveries::Delivery, issues::Issue, notifications::Notification};

use super::push::happened;
use crate::{App, access::MembershipSettings, events::payload, issues::ShortId, settings};

/// What is read of the cause of a digest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cause {
    notifications: Vec<NotificationId>,
    more: u64,
}

/// What was gathered and is there still.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// The oldest first. Those about an issue have it, as it is now.
    pub(crate) found: Vec<(Notification, Option<Issue>)>,
    /// So many were only counted.
    pub(crate) more: u64,
}

/// A line of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    /// Of the notification, as it would have been told alone.
    pub(crate) uuid: String,
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) url: String,
    pub(crate) issue: Option<IssueId>,
    pub(crate) at: Timestamp,
}

impl Gathered {
    pub(crate) async fn load(
        db: &mut Connection,
        delivery: &Delivery,
        of: &Notification,
    ) -> Result<Self, store::Error> {
        let cause: Cause = serde_json::from_value(of.cause.clone())?;
        let all = store::notifications::find_all(db, &cause.notifications).await?;
        let mut about: Vec<IssueId> = all.iter().filter_map(|one| one.issue).collect();
        about.sort_unstable();
        about.dedup();
        let merged: HashMap<IssueId, IssueId> = store::issues::targets(db, &about).await?.into_iter().collect();
        let now = |issue: IssueId| merged.get(&issue).copied().unwrap_or(issue);
        let mut issues = issues_of(db, of.organization, about.into_iter().map(now).collect()).await?;
        for issue in muted(db, delivery, &issues).await? {
            issues.remove(&issue);
        }
        let found = all.into_iter().filter_map(|one| match one.issue {
            None => Some((one, None)),
            // It was deleted meanwhile.
            Some(issue) => issues.get(&now(issue)).map(|issue| (one, Some(issue.clone()))),
        });
        Ok(Self {
            found: found.collect(),
            more: cause.more,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty() && self.more == 0
    }

    /// Of how much it tells, with what it only counts.
    pub(crate) fn count(&self) -> u64 {
        self.found.len() as u64 + self.more
    }
}

async fn issues_of(
    db: &mut Connection,
    organization: Option<OrganizationId>,
    ids: HashSet<IssueId>,
) -> Result<HashMap<IssueId, Issue>, store::Error> {
    let Some(organization) = organization else {
        return Ok(HashMap::new());
    };
    let ids: Vec<IssueId> = ids.into_iter().collect();
    let found = store::issues::find_all(db, organization, &ids).await?;
    Ok(found.into_iter().map(|issue| (issue.id, issue)).collect())
}

/// Those of which an address that is no user's wants no more.
async fn muted(
    db: &mut Connection,
    delivery: &Delivery,
    issues: &HashMap<IssueId, Issue>,
) -> Result<Vec<IssueId>, store::Error> {
    let mut muted = Vec::new();
    if delivery.user.is_none() && delivery.channel == "email" {
        for issue in issues.keys() {
            if store::mail_addresses::is_muted(db, &delivery.label, *issue).await? {
                muted.push(*issue);
            }
        }
    }
    Ok(muted)
}

/// What one notification says in a line. `organization` is the slug.
pub(crate) fn entry(
    app: &App,
    organization: &str,
    (of, issue): (&Notification, Option<&Issue>),
    is_private: bool,
) -> Entry {
    let cause = &of.cause;
    let field = |key: &str| payload::text(cause, key).unwrap_or_default();
    let (title, text, page) = match (issue, of.kind) {
        (Some(issue), _) => {
            let short_id = ShortId::of(issue).to_string();
            let title = if is_private {
                short_id
            } else {
                format!("{short_id} {}", issue.title)
            };
            let names = rules_of(of).join(", ");
            let text = if names.is_empty() { happened(of) } else { names };
            (title, text, format!("issues/{}/", issue.id))
        }
        (None, NotificationKind::MetricAlert) => {
            let status = match field("status").as_str() {
                "critical" => "Critical",
                "warning" => "Warning",
                _ => "Resolved",
            };
            let title = format!("{status}: {}", field("name"));
            (
                title,
                field("text"),
                format!("alerts/incidents/{}/", field("identifier")),
            )
        }
        (None, NotificationKind::Deploy) => {
            let version = field("version");
            let title = format!("{version} was deployed to {}", field("environment"));
            let new = format!("firstRelease:\"{version}\"");
            let new = utf8_percent_encode(&new, NON_ALPHANUMERIC).to_string();
            (title, field("name"), format!("issues/?query={new}"))
        }
        (None, NotificationKind::SpikeProtection | NotificationKind::Quota) => {
            (field("subject"), field("text"), "stats/".to_owned())
        }
        (None, _) => {
            let title = [field("subject"), field("name")]
                .into_iter()
                .find(|text| !text.is_empty());
            let title = title.unwrap_or_else(|| of.kind.name().replace('_', " "));
            (title, field("text"), "issues/".to_owned())
        }
    };
    Entry {
        uuid: of.uuid.clone(),
        kind: of.kind.name(),
        title,
        text,
        url: app.url.join(&format!("/organizations/{organization}/{page}")),
        issue: issue.map(|issue| issue.id),
        at: of.created_at,
    }
}

/// The names of the alert rules that fired.
pub(crate) fn rules_of(of: &Notification) -> Vec<String> {
    let rules = of.cause.get("rules").and_then(Value::as_array);
    let names = rules
        .into_iter()
        .flatten()
        .filter_map(|rule| payload::text(rule, "name"));
    names.collect()
}

/// A digest for a channel that has no words of its own for it. `None`: all that it would tell of is gone.
pub(super) async fn content(app: &App, delivery: &Delivery, of: &Notification) -> Result<Option<Value>, store::Error> {
    let mut db = app.store.read().await?;
    let gathered = Gathered::load(&mut db, delivery, of).await?;
    let organization = match of.organization {
        Some(id) => store::organizations::find(&mut db, id).await?,
        None => None,
    };
    let Some(organization) = organization.filter(|_| !gathered.is_empty()) else {
        return Ok(None);
    };
    let membership: MembershipSettings = settings::read_topic(&mut db, organization.id).await?;
    drop(db);
    let one = |(one, issue): &(Notification, Option<Issue>)| {
        entry(
            app,
            &organization.slug,
            (one, issue.as_ref()),
            membership.enhanced_privacy,
        )
    };
    let entries: Vec<Entry> = gathered.found.iter().map(one).collect();
    let cause = |key: &str| of.cause.get(key).cloned().unwrap_or_default();
    Ok(Some(json!({
        "uuid": of.uuid,
        "kind": of.kind.name(),
        "organization": of.organization,
        "project": of.project,
        "count": gathered.count(),
        "more": gathered.more,
        "entries": entries,
        "cause": {
            "why": cause("why"),
            "since": cause("since"),
            "notifications": cause("notifications"),
        },
    })))
}
