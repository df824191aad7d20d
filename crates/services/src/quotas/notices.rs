//! Telling people of limits that drop what comes in: of a flood when it begins and when it is over, of a window that is
//! used up once.
//!
//! What a process has run into it knows first in memory, so that nothing waits for the database; a row says what people
//! were told of, whatever process it was and however often it starts anew. A process that dies in between notes the limit
//! again with the next item that is refused.

use std::time::Duration;

use model::{DataCategory, NotificationKind, OutcomeKind};
use quota::{Scope, spikes};
use serde_json::json;
use store::{
    Connection, Tx,
    outcomes::OutcomeFilter,
    projects::Project,
    quota_notices::{self, Spike, UsedUp},
};

use super::reached::Warning;
use crate::{
    App,
    notifications::{self, NewCause, settings::NotificationType},
};

/// Waits until a limit was reached that nobody knows of.
pub async fn wait_for_news(app: &App) {
    app.counters.reached.wait().await;
}

/// Tells of what was reached since the last time, and of floods that are over. Meant to be called when there is news, and
/// every few seconds.
pub async fn tell(app: &App) -> Result<(), store::Error> {
    let (warnings, spikes) = app.counters.reached.take();
    let told = write(app, &warnings, &spikes).await;
    if told.is_err() {
        app.counters.reached.put_back(warnings, spikes);
    }
    if told? {
        app.jobs.wake();
    }
    Ok(())
}

/// Returns whether anybody is to be told.
async fn write(app: &App, warnings: &[Warning], spikes: &[Spike]) -> Result<bool, store::Error> {
    let now = app.now();
    // A flood is over when nothing was dropped in a whole hour, for which the threshold counts.
    let since = now.truncate(spikes::HOUR) - spikes::HOUR;
    let quiet = quota_notices::quiet_spikes(&mut *app.store.read().await?, since, now + spikes::HOUR).await?;
    if warnings.is_empty() && spikes.is_empty() && quiet.is_empty() {
        return Ok(false);
    }
    let mut is_told = false;
    let mut tx = app.store.begin().await?;
    for spike in &quiet {
        if quota_notices::end_spike(&mut tx, spike).await? {
            is_told |= tell_of_end(app, &mut tx, spike).await?;
        }
    }
    for spike in spikes {
        if quota_notices::note_spike(&mut tx, spike).await? {
            is_told |= tell_of_start(app, &mut tx, spike).await?;
        }
    }
    for warning in warnings {
        let used_up = UsedUp {
            organization: warning.organization,
            scope: warning.quota.scope.name(),
            scope_id: warning.scope_id,
            quota: warning.quota.id.clone(),
            window_number: warning.window_number,
            reached_at: warning.reached_at,
        };
        if quota_notices::note_used_up(&mut tx, &used_up).await? {
            is_told |= warn(app, &mut tx, warning).await?;
        }
    }
    tx.commit().await?;
    for spike in &quiet {
        app.counters.reached.end(spike);
    }
    Ok(is_told)
}

async fn tell_of_start(app: &App, tx: &mut Tx, spike: &Spike) -> Result<bool, store::Error> {
    let Some(project) = store::projects::find(tx, spike.organization, spike.project).await? else {
        return Ok(false);
    };
    let (what, most) = (words(spike.category), spike.threshold);
    let subject = format!("Spike protection drops {what} of {}", project.slug);
    let text = format!(
        "{} sends many more {what} than it used to. What exceeds {most} in an hour is dropped until the flood is over.",
        project.slug
    );
    tell_of_spike(app, tx, spike, &project, ("started", subject, text)).await
}

async fn tell_of_end(app: &App, tx: &mut Tx, spike: &Spike) -> Result<bool, store::Error> {
    let Some(project) = store::projects::find(tx, spike.organization, spike.project).await? else {
        return Ok(false);
    };
    let (what, dropped) = (words(spike.category), dropped(tx, spike).await?);
    let subject = format!("Spike protection no longer drops {what} of {}", project.slug);
    let text = format!(
        "The flood is over. From {} to {}, {dropped} {what} of {} were dropped.",
        spike.started_at, spike.dropped_at, project.slug
    );
    tell_of_spike(app, tx, spike, &project, ("ended", subject, text)).await
}

async fn tell_of_spike(
    app: &App,
    tx: &mut Tx,
    spike: &Spike,
    project: &Project,
    (status, subject, text): (&str, String, String),
) -> Result<bool, store::Error> {
    let cause = json!({
        "type": NotificationType::SPIKE_PROTECTION.name(),
        "trigger": "spike-protection",
        "status": status,
        "subject": subject,
        "text": text,
        "category": spike.category.name(),
        "threshold": format!("{} an hour", spike.threshold),
        "started_at": spike.started_at,
    });
    let new = NewCause {
        organization: Some(spike.organization),
        project: Some(project.id),
        issue: None,
        event: None,
        kind: NotificationKind::SpikeProtection,
        cause,
        is_critical: false,
    };
    notifications::cause(app, tx, new).await?;
    Ok(true)
}

/// How many a flood dropped, as outcomes have it: by whole hours, in which nothing else drops for this reason.
async fn dropped(db: &mut Connection, spike: &Spike) -> Result<i64, store::Error> {
    let filter = OutcomeFilter {
        projects: vec![spike.project],
        categories: vec![spike.category.number()],
        outcomes: vec![OutcomeKind::RateLimited.number()],
        reasons: vec![spikes::REASON.to_owned()],
        keys: Vec::new(),
    };
    let start = spike.started_at.truncate(spikes::HOUR);
    let end = spike.dropped_at.truncate(spikes::HOUR) + spikes::HOUR;
    let sums = store::outcomes::sums(db, spike.organization, &filter, &[], (start, end, spikes::HOUR)).await?;
    Ok(sums.iter().map(|sum| sum.quantity).sum())
}

async fn warn(app: &App, tx: &mut Tx, warning: &Warning) -> Result<bool, store::Error> {
    let quota = &warning.quota;
    let project = store::projects::find(tx, warning.organization, warning.project).await?;
    let (holder, of_project) = match (quota.scope, project) {
        (Scope::Organization | Scope::Global, _) => ("the organization".to_owned(), None),
        // Deleted meanwhile.
        (_, None) => return Ok(false),
        (Scope::Project, Some(project)) => (format!("the project {}", project.slug), Some(project.id)),
        (Scope::Key, Some(project)) => (key_name(tx, &project, warning.scope_id).await?, Some(project.id)),
    };
    let what: Vec<String> = quota.categories.iter().map(|category| words(*category)).collect();
    let what = if what.is_empty() {
        "items of all kinds".to_owned()
    } else {
        what.join(", ")
    };
    let window = length(Duration::from_secs(quota.window.unwrap_or(0)));
    let threshold = format!("{} in {window}", quota.limit.unwrap_or(0));
    let cause = json!({
        "type": type_of(&quota.categories).name(),
        "scope": quota.scope.name(),
        "subject": format!("The limit of {holder} is used up: {what}"),
        "text": format!(
            "The limit of {holder} is {threshold} for {what}. It is used up: what comes in until {} is refused.",
            warning.until
        ),
        "category": what,
        "threshold": threshold,
        "until": warning.until,
    });
    let new = NewCause {
        organization: Some(warning.organization),
        project: of_project,
        issue: None,
        event: None,
        kind: NotificationKind::Quota,
        cause,
        is_critical: false,
    };
    notifications::cause(app, tx, new).await?;
    Ok(true)
}

async fn key_name(db: &mut Connection, project: &Project, key: i64) -> Result<String, store::Error> {
    let keys = store::project_keys::list(db, project.id).await?;
    let key = keys.into_iter().find(|known| known.id.0 == key);
    let label = key.map(|key| key.label).filter(|label| !label.is_empty());
    Ok(match label {
        Some(label) => format!("the key {label} of the project {}", project.slug),
        None => format!("a key of the project {}", project.slug),
    })
}

/// What is counted, as people call it.
fn words(category: DataCategory) -> String {
    match category {
        DataCategory::Default => "messages".to_owned(),
        DataCategory::Security => "security reports".to_owned(),
        DataCategory::Attachment => "bytes of attachments".to_owned(),
        DataCategory::LogItem => "logs".to_owned(),
        DataCategory::LogByte => "bytes of logs".to_owned(),
        DataCategory::TraceMetricByte => "bytes of trace metrics".to_owned(),
        DataCategory::Feedback | DataCategory::Unknown => category.name().to_owned(),
        other => format!("{}s", other.name().replace('_', " ")),
    }
}

/// As `2 days` or `90 minutes`.
fn length(window: Duration) -> String {
    let seconds = window.as_secs();
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let fitting = units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, name) = fitting.unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        number => format!("{number} {name}s"),
    }
}

/// What people may have switched off: the type of what the limit is for, or quotas at large where it is for several.
fn type_of(categories: &[DataCategory]) -> NotificationType {
    use DataCategory as Of;
    let one = |category: &DataCategory| match category {
        Of::Default | Of::Error | Of::Security => NotificationType::QUOTA_ERRORS,
        Of::Transaction | Of::TransactionProcessed | Of::TransactionIndexed => NotificationType::QUOTA_TRANSACTIONS,
        Of::Attachment | Of::AttachmentItem => NotificationType::QUOTA_ATTACHMENTS,
        Of::Replay => NotificationType::QUOTA_REPLAYS,
        Of::Monitor | Of::MonitorSeat => NotificationType::QUOTA_MONITOR_SEATS,
        Of::Uptime => NotificationType::QUOTA_UPTIME,
        Of::Span | Of::SpanIndexed => NotificationType::QUOTA_SPANS,
        Of::Profile | Of::ProfileIndexed | Of::ProfileDuration | Of::ProfileChunk | Of::ProfileBackend => {
            NotificationType::QUOTA_PROFILE_DURATION
        }
        Of::ProfileDurationUi | Of::ProfileChunkUi | Of::ProfileUi => NotificationType::QUOTA_PROFILE_DURATION_UI,
        Of::LogItem | Of::LogByte => NotificationType::QUOTA_LOG_BYTES,
        Of::TraceMetric | Of::TraceMetricByte => NotificationType::QUOTA_TRACE_METRIC_BYTES,
        Of::SizeAnalysis => NotificationType::QUOTA_SIZE_ANALYSES,
        _ => NotificationType::QUOTA,
    };
    let mut types = categories.iter().map(one);
    let first = types.next().unwrap_or(NotificationType::QUOTA);
    if types.all(|other| other == first) {
        first
    } else {
        NotificationType::QUOTA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_of_in_words() {
        for (seconds, text) in [
            (3600, "1 hour"),
            (5400, "90 minutes"),
            (86_400, "1 day"),
            (2 * 86_400, "2 days"),
            (3601, "3601 seconds"),
        ] {
            assert_eq!(length(Duration::from_secs(seconds)), text);
        }
        for (categories, expected) in [
            (
                &[DataCategory::Default, DataCategory::Error][..],
                NotificationType::QUOTA_ERRORS,
            ),
            (&[DataCategory::LogByte], NotificationType::QUOTA_LOG_BYTES),
            (&[DataCategory::Error, DataCategory::Span], NotificationType::QUOTA),
            (&[], NotificationType::QUOTA),
        ] {
            assert_eq!(type_of(categories), expected, "{categories:?}");
        }
        for category in DataCategory::ALL {
            assert!(!words(*category).contains('_'), "{category:?}");
        }
    }
}
