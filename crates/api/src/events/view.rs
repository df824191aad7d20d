use httpkit::ApiError;
use model::{EventId, Timestamp};
use protocol::event::{Breakdowns, Event, EventType, Measurements, Object, User};
use serde::{Serialize, Serializer};
use services::{App, access::OrganizationScope, events::EventInIssue};

use super::{
    Document,
    entries::{self, Entry},
    errors::{self, ErrorView},
    meta::MetaView,
    tags::{self, TagView},
};
use crate::{
    releases::{self, NamedRelease},
    user_reports::UserReportView,
};

/// An event in a list.
#[derive(Debug)]
pub(crate) struct SimpleEvent(pub(crate) Document);

/// An event with all of its data.
#[derive(Debug)]
pub(crate) struct FullEvent(pub(crate) Document);

/// An event by itself, with the ways to its neighbors.
#[derive(Debug)]
pub(crate) struct DetailedEvent {
    document: Document,
    release: Option<NamedRelease>,
    user_report: Option<UserReportView>,
    previous: Option<EventId>,
    next: Option<EventId>,
}

impl DetailedEvent {
    pub(super) async fn load(app: &App, scope: &OrganizationScope, found: EventInIssue) -> Result<Self, ApiError> {
        let (project, id) = (found.stored.project, found.stored.id);
        let user_report = services::user_reports::find(app, project, id).await?;
        let document = Document::read(found.stored)?;
        let release = match document.event.release.as_deref() {
            Some(version) => releases::named(app, scope, &[version]).await?.pop(),
            None => None,
        };
        Ok(Self {
            document,
            release,
            user_report: user_report.map(|report| UserReportView::of(report, None)),
            previous: found.previous,
            next: found.next,
        })
    }
}

impl Serialize for SimpleEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SimpleView::of(&self.0).serialize(serializer)
    }
}

impl Serialize for FullEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FullView::of(&self.0).serialize(serializer)
    }
}

impl Serialize for DetailedEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        DetailedView {
            event: FullView::of(&self.document),
            release: self.release.as_ref(),
            user_report: self.user_report.as_ref(),
            sdk_updates: [],
            resolved_with: [],
            next: self.next,
            previous: self.previous,
        }
        .serialize(serializer)
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SimpleView<'a> {
    id: EventId,
    #[serde(rename = "event.type")]
    kind: &'static str,
    #[serde(rename = "groupID")]
    issue: Option<String>,
    #[serde(rename = "eventID")]
    event_id: EventId,
    #[serde(rename = "projectID")]
    project: String,
    message: &'a str,
    title: &'a str,
    location: Option<&'a str>,
    culprit: &'a str,
    user: Option<UserView<'a>>,
    tags: Vec<TagView>,
    platform: &'a str,
    date_created: Timestamp,
    crash_file: Option<&'static str>,
    metadata: &'a Object,
}

impl<'a> SimpleView<'a> {
    fn of(
        Document {
            stored,
            event,
            metadata,
        }: &'a Document,
    ) -> Self {
        Self {
            id: stored.id,
            kind: event.kind.name(),
            issue: stored.issue.map(|issue| issue.to_string()),
            event_id: stored.id,
            project: stored.project.to_string(),
            message: message(event),
            title: &metadata.title,
            location: metadata.location.as_deref(),
            culprit: &metadata.culprit,
            user: event.user.as_ref().map(UserView::of),
            tags: tags::views(event),
            platform: platform(event),
            date_created: stored.timestamp,
            crash_file: None,
            metadata: &metadata.metadata,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FullView<'a> {
    id: EventId,
    #[serde(rename = "groupID")]
    issue: Option<String>,
    #[serde(rename = "eventID")]
    event_id: EventId,
    #[serde(rename = "projectID")]
    project: String,
    size: usize,
    entries: Vec<Entry<'a>>,
    dist: Option<&'a str>,
    message: &'a str,
    title: &'a str,
    location: Option<&'a str>,
    user: Option<UserView<'a>>,
    contexts: &'a Object,
    sdk: Option<SdkView<'a>>,
    context: &'a Object,
    packages: &'a protocol::event::Entries,
    #[serde(rename = "type")]
    kind: &'static str,
    metadata: &'a Object,
    tags: Vec<TagView>,
    platform: &'a str,
    date_received: Timestamp,
    errors: Vec<ErrorView<'a>>,
    occurrence: Option<&'static str>,
    #[serde(rename = "_meta")]
    meta: MetaView<'a>,
    crash_file: Option<&'static str>,
    culprit: &'a str,
    date_created: Timestamp,
    fingerprints: Vec<&'a str>,
    grouping_config: GroupingConfigView<'a>,
    #[serde(flatten)]
    transaction: Option<TransactionView<'a>>,
}

/// What transactions have and errors have not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TransactionView<'a> {
    start_timestamp: Option<f64>,
    end_timestamp: Option<f64>,
    measurements: Option<&'a Measurements>,
    breakdowns: Option<&'a Breakdowns>,
}

impl<'a> TransactionView<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        (event.kind == EventType::Transaction).then(|| Self {
            start_timestamp: event.start_timestamp.map(seconds),
            end_timestamp: event.timestamp.map(seconds),
            measurements: Some(&event.measurements).filter(|measurements| !measurements.is_empty()),
            breakdowns: Some(&event.breakdowns).filter(|breakdowns| !breakdowns.is_empty()),
        })
    }
}

/// Seconds since 1970 with the parts of a second.
#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of the next two centuries are exact"
)]
fn seconds(time: Timestamp) -> f64 {
    time.micros() as f64 / 1e6
}

impl<'a> FullView<'a> {
    fn of(document: &'a Document) -> Self {
        let Document {
            stored,
            event,
            metadata,
        } = document;
        let (entries, tags) = (entries::entries(event), tags::views(event));
        Self {
            id: stored.id,
            issue: stored.issue.map(|issue| issue.to_string()),
            event_id: stored.id,
            project: stored.project.to_string(),
            size: stored.payload.len(),
            dist: event.dist.as_deref(),
            message: message(event),
            title: &metadata.title,
            location: metadata.location.as_deref(),
            user: event.user.as_ref().map(UserView::of),
            contexts: &event.contexts,
            sdk: event.sdk.as_ref().map(|sdk| SdkView {
                name: sdk.name.as_deref(),
                version: sdk.version.as_deref(),
            }),
            context: &event.extra,
            packages: &event.modules,
            kind: event.kind.name(),
            metadata: &metadata.metadata,
            platform: platform(event),
            date_received: stored.received_at,
            errors: errors::views(event),
            occurrence: None,
            meta: MetaView::of(event, &entries, &tags),
            crash_file: None,
            culprit: &metadata.culprit,
            date_created: stored.timestamp,
            fingerprints: document.hash().into_iter().collect(),
            grouping_config: GroupingConfigView {
                id: &stored.grouping_strategy,
                enhancements: "",
            },
            transaction: TransactionView::of(event),
            entries,
            tags,
        }
    }
}

#[derive(Debug, Serialize)]
struct GroupingConfigView<'a> {
    id: &'a str,
    enhancements: &'static str,
}

#[derive(Debug, Serialize)]
struct SdkView<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DetailedView<'a> {
    #[serde(flatten)]
    event: FullView<'a>,
    release: Option<&'a NamedRelease>,
    user_report: Option<&'a UserReportView>,
    sdk_updates: [&'static str; 0],
    resolved_with: [&'static str; 0],
    #[serde(rename = "nextEventID")]
    next: Option<EventId>,
    #[serde(rename = "previousEventID")]
    previous: Option<EventId>,
}

/// The user of the program that failed; keys as the SDK sent them.
#[derive(Debug, Serialize)]
struct UserView<'a> {
    id: Option<&'a str>,
    email: Option<&'a str>,
    username: Option<&'a str>,
    ip_address: Option<&'a str>,
    name: Option<&'a str>,
    geo: Option<&'a Object>,
    data: Option<&'a Object>,
}

impl<'a> UserView<'a> {
    fn of(user: &'a User) -> Self {
        Self {
            id: user.id.as_deref(),
            email: user.email.as_deref(),
            username: user.username.as_deref(),
            ip_address: user.ip_address.as_deref(),
            name: user.name.as_deref(),
            geo: Some(&user.geo).filter(|geo| !geo.is_empty()),
            data: Some(&user.data).filter(|data| !data.is_empty()),
        }
    }
}

/// Only a log message: an exception says what happened in its own words.
fn message(event: &Event) -> &str {
    event
        .logentry
        .as_ref()
        .and_then(|entry| entry.text())
        .unwrap_or_default()
}

fn platform(event: &Event) -> &str {
    event.platform.as_deref().unwrap_or("other")
}
