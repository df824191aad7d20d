//! What users wrote about an event that they met (legacy feedback): one report an event, which can be written again for
//! a short time only (`ingest.md` §1.1).

use std::time::Duration;

use model::{EventId, OrganizationId, ProjectId, Timestamp, UserReportId};
use scrub::{JsonKind, Scrubber};
use serde_json::json;
use store::{Connection, IdPage, issues::Issue, user_reports::UserReport};

use crate::{
    App,
    access::{OrganizationScope, ProjectScope},
    file_names, project_config,
};

/// A report can be written again for this long.
const OVERWRITE_WINDOW: Duration = Duration::from_secs(5 * 60);

/// An event takes reports for this long.
const EVENT_WINDOW: Duration = Duration::from_secs(30 * 60);

/// What a report may hold (`ingest.md` §11).
pub const MAX_COMMENTS_CHARS: usize = 4_096;

/// Longer names are cut.
const MAX_NAME_CHARS: usize = 128;

/// Of RFC 5321, 4.5.3.1.3. Longer addresses are cut.
const MAX_EMAIL_CHARS: usize = 254;

/// A report as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUserReport {
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub event_id: EventId,
    pub name: String,
    pub email: String,
    pub comments: String,
    pub received_at: Timestamp,
}

impl NewUserReport {
    /// Removes what the settings of its project do not want to be stored.
    pub fn scrub(&mut self, scrubber: &Scrubber) {
        let mut report = json!({"name": self.name, "email": self.email, "comments": self.comments});
        scrubber.json(JsonKind::UserReport, &mut report);
        let text = |key: &str| report[key].as_str().unwrap_or_default().to_owned();
        (self.name, self.email, self.comments) = (text("name"), text("email"), text("comments"));
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("the comments are longer than {MAX_COMMENTS_CHARS} characters")]
    TooLong,
    #[error("the event is too old to be reported on")]
    EventTooOld,
    #[error("the event was reported on before, which can no longer be changed")]
    AlreadyReported,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Adds a report, or writes it again. The caller owns the transaction.
pub async fn save(app: &App, db: &mut Connection, new: &NewUserReport) -> Result<UserReport, SaveError> {
    if new.comments.chars().count() > MAX_COMMENTS_CHARS {
        return Err(SaveError::TooLong);
    }
    let event = crate::events::locate(app, db, new.project, new.event_id).await?;
    if event.is_some_and(|event| new.received_at.since(event.timestamp) > EVENT_WINDOW) {
        return Err(SaveError::EventTooOld);
    }
    let report = UserReport {
        id: UserReportId(app.ids.next()),
        organization: new.organization,
        project: new.project,
        event_id: new.event_id,
        issue: event.and_then(|event| event.issue),
        name: file_names::cut(&new.name, MAX_NAME_CHARS),
        email: file_names::cut(&new.email, MAX_EMAIL_CHARS),
        comments: new.comments.clone(),
        created_at: new.received_at,
    };
    if store::user_reports::create(db, &report).await? {
        return Ok(report);
    }
    let Some(before) = store::user_reports::find(db, new.project, new.event_id).await? else {
        return Err(SaveError::AlreadyReported);
    };
    if new.received_at.since(before.created_at) > OVERWRITE_WINDOW {
        return Err(SaveError::AlreadyReported);
    }
    let report = UserReport {
        id: before.id,
        created_at: before.created_at,
        ..report
    };
    store::user_reports::update(db, &report).await?;
    Ok(report)
}

/// Scrubs a report and [`save`]s it in a transaction of its own, for a request that waits for the answer.
pub async fn create(app: &App, new: &NewUserReport) -> Result<UserReport, SaveError> {
    let mut new = new.clone();
    if let Some(config) = project_config::get(app, new.organization, new.project).await? {
        new.scrub(&config.scrubber);
    }
    let mut tx = app.store.begin().await?;
    let report = save(app, &mut tx, &new).await?;
    tx.commit().await?;
    Ok(report)
}

/// A page of a project's, newest first.
pub async fn list_of_project(app: &App, scope: &ProjectScope, page: IdPage) -> Result<Vec<UserReport>, store::Error> {
    store::user_reports::list_of_project(&mut *app.store.read().await?, scope.project.id, page).await
}

/// A page of an issue's, newest first.
pub async fn list_of_issue(app: &App, issue: &Issue, page: IdPage) -> Result<Vec<UserReport>, store::Error> {
    store::user_reports::list_of_issue(&mut *app.store.read().await?, issue.project, issue.id, page).await
}

/// What was written about an event.
pub async fn find(app: &App, project: ProjectId, event_id: EventId) -> Result<Option<UserReport>, store::Error> {
    store::user_reports::find(&mut *app.store.read().await?, project, event_id).await
}

/// How many there are of an issue.
pub async fn count_of_issue(app: &App, issue: &Issue) -> Result<i64, store::Error> {
    store::user_reports::count_of_issue(&mut *app.store.read().await?, issue.project, issue.id).await
}

/// A page of those of some projects of an organization, newest first.
pub async fn list_of_organization(
    app: &App,
    scope: &OrganizationScope,
    projects: &[ProjectId],
    page: IdPage,
) -> Result<Vec<UserReport>, store::Error> {
    let mut db = app.store.read().await?;
    let projects = scope.visible.narrow(projects);
    store::user_reports::list_of_organization(&mut db, scope.organization.id, &projects, page).await
}
