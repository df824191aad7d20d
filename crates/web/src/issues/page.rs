use askama::Template;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use httpkit::{ApiError, IssueAccess, PathParams, scopes::EventRead};
use model::{IssueStatus, Level, Substatus, Timestamp, UserId};
use protocol::event::Event;
use serde_json::Value;
use services::{
    App,
    access::AccessError,
    events::{EventInIssue, Which},
    grouping::InfoError,
    issues::{People, ShortId},
};
use store::{IdPage, events::Buckets, issues::Issue, projects::Project};

use super::{
    Assignee, Badge, filter,
    row::{self, natural},
    samples,
    settled::Settled,
    side::Side,
};
use crate::{
    chart::{self, TimeChart},
    events::{
        EventSource, EventView,
        attachments::AttachmentRow,
        breadcrumbs::OPEN_BREADCRUMBS,
        feedback::Report,
        grouping::grouping,
        page::MAX_ATTACHMENTS,
        tags::{self, TagDistribution},
        trace::{Run, TraceOptions},
    },
    gallery::Sample,
    icon::{Icon, LevelMark},
    number::Count,
    page::Page,
    scope::Scope,
    shell::{Part, Shell},
    text::{self, Cut},
    time::Absolute,
    urls::Links,
    visit::Visit,
};

/// The page of one issue, with one of its events.
#[derive(Debug, Template)]
#[template(path = "issues/page.html")]
pub(crate) struct IssuePage {
    pub(crate) shell: Shell,
    pub(crate) issue: IssueHead,
    pub(crate) chart: TimeChart,
    pub(crate) distributions: Vec<TagDistribution>,
    pub(crate) side: Side,
    /// Absent when no event is kept any more.
    pub(crate) event: Option<EventView>,
    pub(crate) neighbours: Neighbours,
}

/// What is known of an issue beside its events.
#[derive(Debug, Clone)]
pub(crate) struct IssueHead {
    pub(crate) id: i64,
    pub(crate) short_id: String,
    pub(crate) project: String,
    pub(crate) project_id: i64,
    pub(crate) platform: String,
    pub(crate) level: Level,
    pub(crate) kind: String,
    pub(crate) value: Cut,
    pub(crate) culprit: String,
    pub(crate) status: IssueStatus,
    pub(crate) substatus: Substatus,
    pub(crate) settled: Option<Settled>,
    pub(crate) badges: Vec<Badge>,
    pub(crate) assignee: Option<Assignee>,
    pub(crate) events: u64,
    pub(crate) users: u64,
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
    pub(crate) first_release: Option<String>,
    pub(crate) last_release: Option<String>,
}

/// The events beside the one that is shown, by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Neighbours {
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

/// `GET /organizations/{organization}/issues/{issue}/`: with the event that tells most.
pub(crate) async fn show(visit: Visit, access: IssueAccess<EventRead>, path: PathParams) -> Result<Response, ApiError> {
    // An issue that was merged into another leads there, whichever of its names is asked for.
    let asked = path.get("issue")?;
    let is_asked = match asked.parse::<i64>() {
        Ok(id) => id == access.issue.id.0,
        Err(_) => ShortId::parse(asked) == Some(ShortId::of(&access.issue)),
    };
    if !is_asked {
        let links = Links::new(&access.scope.organization.slug, visit.scope().query());
        let place = [(header::LOCATION, links.issue(access.issue.id.0))];
        return Ok((StatusCode::FOUND, place).into_response());
    }
    let event = match services::events::get_of_issue(&visit.app, &access.issue, Which::Recommended).await {
        Ok(event) => Some(event),
        Err(AccessError::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    page(&visit, access, event).await
}

/// `GET /organizations/{organization}/issues/{issue}/events/{event}/`: with a certain event.
pub(crate) async fn show_event(
    visit: Visit,
    access: IssueAccess<EventRead>,
    path: PathParams,
) -> Result<Response, ApiError> {
    let which = Which::parse(path.get("event")?).ok_or_else(ApiError::not_found)?;
    let event = services::events::get_of_issue(&visit.app, &access.issue, which).await?;
    page(&visit, access, Some(event)).await
}

/// What users wrote about an issue, the newest of it.
const MAX_REPORTS: i64 = 20;

/// The most frequent values of a tag that are asked for.
const TOP_VALUES: usize = 10;

async fn page(
    visit: &Visit,
    access: IssueAccess<EventRead>,
    event: Option<EventInIssue>,
) -> Result<Response, ApiError> {
    let (app, issue) = (&visit.app, &access.issue);
    services::issues::mark_seen(app, &access.scope, issue).await?;
    let people = People::of(app, &access.scope).await?;
    let settled = services::issues::settled(app, std::slice::from_ref(issue)).await?;
    let head = IssueHead {
        settled: settled.first().and_then(|settled| Settled::of(settled, &people)),
        ..IssueHead::new(issue, &people, access.scope.actor.viewer(), app.now())
    };
    let title = format!("{}: {}", head.short_id, text::line(&issue.title, 120));
    let (shell, projects) = visit.scoped_shell(&access.scope, Part::Issues, &title).await?;
    let source = match &event {
        Some(event) => {
            let project = projects.into_iter().find(|project| project.id == issue.project);
            let project = project.ok_or_else(ApiError::not_found)?;
            source(visit, &access, project, event, &shell.links).await?
        }
        None => EventSource::default(),
    };
    let summaries = services::tags::summaries(app, issue, &[], TOP_VALUES).await?;
    let chart = chart(app, issue, &visit.scope()).await?;
    let side = Side::load(app, &access.scope, issue, &people).await?;
    let options = TraceOptions::of(visit, access.scope.organization.id, issue.project).await?;
    // Taking a large event apart and laying it out is work for more than a moment.
    let work = move || {
        let distributions: Vec<TagDistribution> = summaries.into_iter().map(distribution).collect();
        let neighbours = Neighbours::of(event.as_ref());
        let event = event.map(|event| view(source, &event, &distributions, options));
        let distributions = tags::most_telling(distributions);
        Page(IssuePage {
            shell,
            issue: head,
            chart,
            distributions,
            side,
            event,
            neighbours,
        })
        .into_response()
    };
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)
}

/// What is known of an event beside its payload.
async fn source(
    visit: &Visit,
    access: &IssueAccess<EventRead>,
    project: Project,
    event: &EventInIssue,
    links: &Links,
) -> Result<EventSource, ApiError> {
    let (app, stored) = (&visit.app, &event.stored);
    let info = match services::grouping::of_stored(app, stored).await {
        Ok(info) => info,
        Err(InfoError::WithoutIssue | InfoError::Access(AccessError::NotFound)) => Value::Null,
        Err(InfoError::Access(error)) => return Err(error.into()),
    };
    let slug = project.slug.clone();
    let scope = access.scope.within(project, &[]);
    let newest = IdPage::newest(MAX_ATTACHMENTS);
    let attachments = services::attachments::list_of_event(app, &scope, stored.id, newest).await?;
    let newest = IdPage::newest(MAX_REPORTS);
    let mut reports = services::user_reports::list_of_issue(app, &access.issue, newest).await?;
    if let Some(own) = services::user_reports::find(app, stored.project, stored.id).await? {
        reports.retain(|report| report.id != own.id);
        reports.insert(0, own);
    }
    Ok(EventSource {
        id: stored.id.to_string(),
        at: stored.timestamp,
        issue: Some(access.issue.id.0),
        grouping: grouping(&info),
        attachments: attachments
            .iter()
            .map(|attachment| AttachmentRow::new(attachment, &slug, links))
            .collect(),
        reports: reports.iter().map(Report::new).collect(),
        highlights: services::settings::of_project(app, &scope).await?.highlights,
        project: slug,
    })
}

fn view(
    source: EventSource,
    event: &EventInIssue,
    distributions: &[TagDistribution],
    options: TraceOptions,
) -> EventView {
    let stored = &event.stored;
    let payload: Value = serde_json::from_str(&stored.payload).unwrap_or_default();
    // With those that are made of the event's fields, as the search knows them.
    let tags = Event::from_stored(&stored.payload)
        .map(|event| normalize::index_tags(&event))
        .unwrap_or_default();
    EventView::new(source, &payload, tags, distributions, options)
}

fn distribution(summary: services::tags::TagSummary) -> TagDistribution {
    let value = |value: services::tags::TagValue| (value.value, natural(value.events));
    TagDistribution {
        key: summary.key,
        total: natural(summary.events),
        values: summary.top_values.into_iter().map(value).collect(),
    }
}

async fn chart(app: &App, issue: &Issue, scope: &Scope) -> Result<TimeChart, ApiError> {
    let now = app.now();
    let (since, until) = filter::time_of(scope, now);
    let (start, width, slots) = chart::buckets(since, until.unwrap_or(now));
    let counts =
        services::issues::event_counts_in(app, std::slice::from_ref(issue), &[], Buckets { start, width, slots })
            .await?;
    let counts = counts
        .into_iter()
        .next()
        .map(|counts| counts.counts)
        .unwrap_or_default();
    Ok(TimeChart::new(start, width, counts.into_iter().map(natural)))
}

impl Neighbours {
    fn of(event: Option<&EventInIssue>) -> Self {
        let id = |id: Option<model::EventId>| id.map(|id| id.to_string());
        event.map_or_else(Self::default, |event| Self {
            previous: id(event.previous),
            next: id(event.next),
        })
    }
}

/// Bytes of a message that are laid out.
const MAX_MESSAGE: usize = 2_000;

impl IssueHead {
    pub(crate) fn new(issue: &Issue, people: &People, viewer: UserId, now: Timestamp) -> Self {
        let (kind, value) = row::title(issue);
        let badges = Badge::of(issue, now).into_iter();
        Self {
            id: issue.id.0,
            short_id: ShortId::of(issue).to_string(),
            project: issue.project_slug.clone(),
            project_id: issue.project.0,
            platform: issue.platform.clone(),
            level: issue.level,
            kind: text::line(&kind, 1_000),
            value: Cut::new(&value, MAX_MESSAGE),
            culprit: text::line(&issue.culprit, 500),
            status: issue.status,
            substatus: issue.substatus,
            settled: None,
            badges: badges
                .filter(|badge| !matches!(badge, Badge::Resolved | Badge::Archived))
                .collect(),
            assignee: Assignee::of(issue, people, viewer),
            events: natural(issue.times_seen),
            users: natural(issue.users_seen),
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            first_release: issue.first_release.clone(),
            last_release: issue.last_release.clone(),
        }
    }

    pub(crate) fn value_line(&self) -> String {
        text::line(&self.value.shown, 300)
    }

    pub(crate) fn is_unresolved(&self) -> bool {
        self.status == IssueStatus::Unresolved
    }

    pub(crate) fn is_resolved(&self) -> bool {
        self.status == IssueStatus::Resolved
    }

    pub(crate) fn is_archived(&self) -> bool {
        self.status == IssueStatus::Ignored
    }

    pub(crate) fn is_mine(&self) -> bool {
        self.assignee.as_ref().is_some_and(|assignee| assignee.is_viewer)
    }

    fn status_in_words(&self) -> &'static str {
        match (self.status, self.substatus) {
            (IssueStatus::Unresolved, _) => "Unresolved",
            (IssueStatus::Resolved, _) => "Resolved",
            (IssueStatus::Ignored, Substatus::ArchivedUntilEscalating) => "Archived until it escalates",
            (IssueStatus::Ignored, Substatus::ArchivedUntilConditionMet) => "Archived for now",
            (IssueStatus::Ignored, _) => "Archived",
        }
    }

    fn status_class(&self) -> &'static str {
        match self.status {
            IssueStatus::Unresolved => "badge-accent",
            IssueStatus::Resolved => "badge-success",
            IssueStatus::Ignored => "badge-muted",
        }
    }
}

impl IssuePage {
    pub(crate) fn samples() -> Vec<Sample> {
        samples::issue_pages()
    }
}
