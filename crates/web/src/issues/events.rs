use askama::Template;
use httpkit::{ApiError, Cursor, Direction, IssueAccess, scopes::EventRead};
use model::{EventId, Timestamp};
use protocol::event::Event;
use services::{events::EventSearch, issues::People};
use store::events::{EventPage, EventPlace, EventsOf, PageStart, StoredEvent};

use super::{filter, page::IssueHead, samples};
use crate::{
    discover::problem::Problem,
    gallery::Sample,
    icon::Icon,
    page::Page,
    shell::{Part, Shell},
    text,
    visit::Visit,
};

/// Events come with their payloads, so a page is not too long.
const ROWS: usize = 25;

/// All events of an issue, newest first.
#[derive(Debug, Template)]
#[template(path = "issues/events.html")]
pub(crate) struct EventListPage {
    pub(crate) shell: Shell,
    pub(crate) issue: IssueHead,
    pub(crate) query: String,
    /// Why there is no answer to the search.
    pub(crate) problem: Option<Problem>,
    pub(crate) events: Vec<EventRow>,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

#[derive(Debug)]
pub(crate) struct EventRow {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) title: String,
    pub(crate) release: String,
    pub(crate) environment: String,
    pub(crate) user: String,
}

/// `GET /organizations/{organization}/issues/{issue}/events/`
pub(crate) async fn show(visit: Visit, access: IssueAccess<EventRead>) -> Result<Page<EventListPage>, ApiError> {
    let (app, issue) = (&visit.app, &access.issue);
    let cursor: Option<Cursor> = visit.field("cursor").and_then(|cursor| cursor.parse().ok());
    let (since, until) = filter::time_of(&visit.scope(), app.now());
    let until = until.unwrap_or(Timestamp(i64::MAX));
    let page = EventPage {
        start: start(cursor),
        limit: ROWS as i64 + 1,
    };
    let query = visit.field("query").unwrap_or_default().trim().to_owned();
    let all = EventSearch::all(EventsOf::Issue(issue.project, issue.id));
    let filter = match query.as_str() {
        "" => Ok(all.filter.clone()),
        text => services::discover::filter(app, &access.scope, issue.project, text).await,
    };
    let (mut events, problem) = match filter {
        Ok(filter) => {
            let search = EventSearch {
                since,
                until,
                environments: visit.scope().environments,
                filter,
                ..all
            };
            (services::events::list(app, search, page).await?, None)
        }
        Err(error) => (Vec::new(), Some(Problem::of(error, &query)?)),
    };
    let is_more = events.len() > ROWS;
    let is_back = cursor.is_some_and(|cursor| cursor.direction == Direction::Previous);
    if is_back && is_more {
        events.remove(0);
    }
    events.truncate(ROWS);
    let link = |event: Option<&StoredEvent>, direction| {
        let event = event?;
        let offset = u128::from_be_bytes(event.id.0);
        Some(visit.page_link(Cursor {
            value: event.timestamp.0,
            offset,
            direction,
        }))
    };
    let has_previous = if is_back { is_more } else { cursor.is_some() };
    let previous = link(events.first().filter(|_| has_previous), Direction::Previous);
    let next = link(events.last().filter(|_| is_back || is_more), Direction::Next);
    let people = People::of(app, &access.scope).await?;
    let head = IssueHead::new(issue, &people, access.scope.actor.viewer(), app.now());
    let title = format!("Events of {}", head.short_id);
    let (shell, _) = visit.scoped_shell(&access.scope, Part::Issues, &title).await?;
    let rows = move || events.iter().map(EventRow::new).collect();
    let events = tokio::task::spawn_blocking(rows).await.map_err(ApiError::internal)?;
    Ok(Page(EventListPage {
        shell,
        issue: head,
        query,
        problem,
        events,
        previous,
        next,
    }))
}

fn start(cursor: Option<Cursor>) -> PageStart {
    let Some(cursor) = cursor else { return PageStart::Newest };
    let place = EventPlace {
        timestamp: Timestamp(cursor.value),
        id: EventId(cursor.offset.to_be_bytes()),
    };
    match cursor.direction {
        Direction::Next => PageStart::OlderThan(place),
        Direction::Previous => PageStart::NewerThan(place),
    }
}

impl EventListPage {
    /// The fields of the scope, which a search keeps.
    fn kept(&self) -> Vec<(String, String)> {
        let bar = self.shell.scope.as_ref();
        bar.map(|bar| bar.kept_but(&["query", "cursor"])).unwrap_or_default()
    }

    fn meant_link(&self, meant: &str) -> String {
        self.shell.links.issue_events_with(self.issue.id, &[("query", meant)])
    }

    pub(crate) fn samples() -> Vec<Sample> {
        samples::event_lists()
    }
}

impl EventRow {
    fn new(stored: &StoredEvent) -> Self {
        let event = Event::from_stored(&stored.payload).ok();
        let title = event.as_ref().map(|event| normalize::metadata(event).title);
        Self {
            id: stored.id.to_string(),
            at: stored.timestamp,
            title: text::line(&title.unwrap_or_default(), 200),
            release: event.and_then(|event| event.release).unwrap_or_default(),
            environment: stored.environment.clone(),
            user: text::line(&stored.user_tag, 100),
        }
    }

    fn short_id(&self) -> &str {
        self.id.get(..8).unwrap_or(&self.id)
    }
}
