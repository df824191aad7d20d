//! What became of one event.

use httpkit::ApiError;
use model::{EventId, IssueId, ProjectId, Timestamp};
use services::{App, access::OrganizationScope, issues::ShortId};
use store::projects::Project;

use super::{
    Category,
    reasons::{self, Explanation},
    sums::Fate,
};
use crate::urls::Links;

/// The box of the page: what was asked, and the answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct StoryBox {
    /// As it was typed.
    pub(crate) id: String,
    pub(crate) answer: Option<Answer>,
}

#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// What was typed is no event id.
    NoId,
    /// Nothing is known of it.
    Unknown,
    Found(Story),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    pub(crate) stored: Option<Stored>,
    pub(crate) dropped: Vec<DroppedItem>,
}

/// Where it is.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) project: String,
    pub(crate) received_at: Timestamp,
    /// `error`, `transaction`, …
    pub(crate) kind: String,
    /// Its page.
    pub(crate) link: String,
    /// Of the issue that it is in.
    pub(crate) short_id: Option<String>,
}

/// A part of it that was not accepted.
#[derive(Debug, Clone)]
pub(crate) struct DroppedItem {
    pub(crate) project: String,
    pub(crate) received_at: Timestamp,
    pub(crate) category: &'static str,
    pub(crate) fate: Fate,
    pub(crate) reason: String,
    pub(crate) explanation: Explanation,
    /// Where it can be changed.
    pub(crate) link: Option<(String, &'static str)>,
}

impl StoryBox {
    /// The story of the event whose id was typed; an empty field asks nothing.
    pub(crate) async fn ask(
        app: &App,
        scope: &OrganizationScope,
        projects: &[Project],
        links: &Links,
        typed: Option<&str>,
    ) -> Result<Self, ApiError> {
        let Some(typed) = typed.map(str::trim).filter(|typed| !typed.is_empty()) else {
            return Ok(Self::default());
        };
        let answer = match typed.parse::<EventId>() {
            Ok(id) => answer(app, scope, projects, links, id).await?,
            Err(_) => Answer::NoId,
        };
        Ok(Self {
            id: typed.chars().take(100).collect(),
            answer: Some(answer),
        })
    }

    pub(crate) fn is_wrong(&self) -> bool {
        matches!(self.answer, Some(Answer::NoId))
    }
}

async fn answer(
    app: &App,
    scope: &OrganizationScope,
    projects: &[Project],
    links: &Links,
    id: EventId,
) -> Result<Answer, ApiError> {
    let story = services::outcomes::of_event(app, scope, id).await?;
    if story.stored.is_none() && story.outcomes.is_empty() {
        return Ok(Answer::Unknown);
    }
    let slug = |id: ProjectId| {
        let found = projects.iter().find(|project| project.id == id);
        found.map_or_else(|| "?".to_owned(), |project| project.slug.clone())
    };
    let stored = match story.stored {
        None => None,
        Some(place) => {
            let project = slug(place.project);
            let id = id.to_string();
            let link = match place.issue {
                Some(issue) => links.event(issue.0, &id),
                None => links.project_event(&project, &id),
            };
            Some(Stored {
                short_id: short_id(app, scope, place.issue).await?,
                project,
                received_at: place.received_at,
                kind: place.event_type,
                link,
            })
        }
    };
    let dropped = story.outcomes.into_iter().map(|found| {
        let explanation = reasons::explain(found.outcome.kind, &found.outcome.reason);
        let project = slug(found.project);
        DroppedItem {
            link: explanation
                .place
                .map(|place| (place_link(links, &project, place), place.label())),
            project,
            received_at: found.received_at,
            category: Category::of_number(found.category.number())
                .map_or(found.category.name(), |category| category.label),
            fate: Fate::of(found.outcome.kind),
            reason: found.outcome.reason.into_owned(),
            explanation,
        }
    });
    Ok(Answer::Found(Story {
        stored,
        dropped: dropped.collect(),
    }))
}

async fn short_id(app: &App, scope: &OrganizationScope, issue: Option<IssueId>) -> Result<Option<String>, ApiError> {
    let Some(issue) = issue else { return Ok(None) };
    match services::issues::get(app, scope, &issue.to_string()).await {
        Ok(issue) => Ok(Some(ShortId::of(&issue).to_string())),
        Err(services::access::AccessError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn place_link(links: &Links, project: &str, place: reasons::Place) -> String {
    match place {
        reasons::Place::Project(section) => links.project_section(project, section),
        reasons::Place::OrganizationLimits => links.organization_section(crate::urls::OrganizationSection::RateLimits),
        reasons::Place::OrganizationStorage => links.organization_section(crate::urls::OrganizationSection::Storage),
    }
}
