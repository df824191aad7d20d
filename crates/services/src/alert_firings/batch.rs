//! What a batch of saved events hands over to the rules.

use std::collections::{BTreeMap, HashMap};

use alerts::{Change, Facts};
use model::{EventId, IssueId, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Connection, issues::Standing};

use super::PostProcess;
use crate::{App, events::NewEvent, jobs, notifications};

/// Of the layout of a batch.
pub(super) const VERSION: u32 = 1;

/// An event that was saved into an issue.
#[derive(Debug, Clone, Copy)]
pub struct SavedEvent<'a> {
    pub issue: IssueId,
    pub event: &'a NewEvent,
    pub change: Change,
    /// Of its row in the event index.
    pub sequence: i64,
}

/// Events of one issue that have all but their headers in common.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Events {
    #[serde(rename = "p")]
    pub(super) project: ProjectId,
    #[serde(rename = "i")]
    pub(super) issue: IssueId,
    /// The primary one.
    #[serde(rename = "h")]
    pub(super) hash: String,
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    pub(super) environment: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(super) release: Option<String>,
    #[serde(rename = "f")]
    pub(super) facts: Vec<Facts>,
    #[serde(rename = "e")]
    pub(super) headers: Vec<Header>,
}

/// Of one event.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Header {
    #[serde(rename = "e")]
    pub(super) event: EventId,
    #[serde(rename = "t")]
    pub(super) received_at: Timestamp,
    #[serde(rename = "s")]
    pub(super) sequence: i64,
    /// The bits of [`Change`]; most events change nothing.
    #[serde(rename = "c", default, skip_serializing_if = "is_zero")]
    change: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(bits: &u8) -> bool {
    *bits == 0
}

impl Header {
    pub(super) fn change(&self) -> Change {
        let has = |bit: u8| self.change & (1 << bit) != 0;
        Change {
            is_new: has(0),
            is_new_in_environment: has(1),
            is_regression: has(2),
            is_reappeared: has(3),
            became_high_priority: has(4),
        }
    }
}

fn bits(change: Change) -> u8 {
    u8::from(change.is_new)
        | u8::from(change.is_new_in_environment) << 1
        | u8::from(change.is_regression) << 2
        | u8::from(change.is_reappeared) << 3
        | u8::from(change.became_high_priority) << 4
}

/// Everything that a batch hands over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Batch {
    /// Behind it in the spool; 0 for what came another way.
    pub(super) position: u64,
    pub(super) events: Vec<Events>,
    /// How the issues stood behind the batch.
    pub(super) issues: BTreeMap<IssueId, Standing>,
}

/// Lets the rules be asked about events, in the transaction that saves them. `position` is behind their batch in the
/// spool: the job waits until the event index has come so far.
pub async fn hand_over(
    app: &App,
    db: &mut Connection,
    position: u64,
    saved: &[SavedEvent<'_>],
    issues: &HashMap<IssueId, Standing>,
) -> Result<(), store::Error> {
    let new = saved.iter().filter(|one| one.change.is_new);
    let new = new.map(|one| (one.event.project, one.issue, one.event.id));
    notifications::activity::first_seen(app, db, &new.collect::<Vec<_>>()).await?;
    let batch = batch(position, saved, issues);
    if batch.events.is_empty() {
        return Ok(());
    }
    let job = PostProcess {
        version: VERSION,
        batch: serde_json::to_value(&batch)?,
    };
    jobs::add(app, db, &job).await?;
    Ok(())
}

fn batch(position: u64, saved: &[SavedEvent<'_>], issues: &HashMap<IssueId, Standing>) -> Batch {
    let mut batch = Batch {
        position,
        events: Vec::new(),
        issues: BTreeMap::new(),
    };
    let mut places: HashMap<Alike<'_>, usize> = HashMap::new();
    for one in saved.iter().filter(|one| !one.event.alerts.is_empty()) {
        let Some(standing) = issues.get(&one.issue) else {
            continue;
        };
        batch.issues.entry(one.issue).or_insert_with(|| standing.clone());
        let alike = Alike {
            issue: one.issue,
            hash: one.event.hashes.first().map_or("", String::as_str),
            environment: &one.event.environment,
            release: one.event.seen.release.as_deref(),
            facts: &one.event.alerts,
        };
        let place = *places.entry(alike).or_insert_with(|| {
            batch.events.push(Events {
                project: one.event.project,
                issue: one.issue,
                hash: alike.hash.to_owned(),
                environment: one.event.environment.clone(),
                release: one.event.seen.release.clone(),
                facts: one.event.alerts.clone(),
                headers: Vec::new(),
            });
            batch.events.len() - 1
        });
        batch.events[place].headers.push(Header {
            event: one.event.id,
            received_at: one.event.received_at,
            sequence: one.sequence,
            change: bits(one.change),
        });
    }
    batch
}

/// What events have in common that are kept together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Alike<'a> {
    issue: IssueId,
    hash: &'a str,
    environment: &'a str,
    release: Option<&'a str>,
    facts: &'a [Facts],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_survives() {
        for number in 0..32_u8 {
            let change = Change {
                is_new: number & 1 != 0,
                is_new_in_environment: number & 2 != 0,
                is_regression: number & 4 != 0,
                is_reappeared: number & 8 != 0,
                became_high_priority: number & 16 != 0,
            };
            let header = Header {
                event: EventId([number; 16]),
                received_at: Timestamp(1),
                sequence: 2,
                change: bits(change),
            };
            let text = serde_json::to_string(&header).unwrap();
            assert_eq!(serde_json::from_str::<Header>(&text).unwrap().change(), change);
            assert_eq!(text.contains("\"c\""), number != 0);
        }
    }
}
