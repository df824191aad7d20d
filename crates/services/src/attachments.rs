//! Attachments: keeping what was sent beside an event, and handing it out again.

use std::collections::HashSet;

use bytes::Bytes;
use model::{AttachmentId, EventId, FileId, IssueId, OrganizationId, ProjectId, Timestamp};
use store::{
    Connection, IdPage,
    attachments::{Adoption, Attachment, AttachmentFilter},
    blobs::{Prepared, PutError},
    files::{self, CreateError, FileReader, Headers, NewFile},
    issues::Issue,
};

use crate::{
    App,
    access::{AccessError, ProjectScope},
    file_names,
};

/// Longer names are cut.
const MAX_NAME_CHARS: usize = 1_024;

/// An attachment as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub event_id: EventId,
    pub name: String,
    /// Guessed from the name when it is not known.
    pub content_type: Option<String>,
    /// `event.attachment`, `event.minidump`, …
    pub attachment_type: String,
    pub received_at: Timestamp,
}

/// Makes the bytes of an attachment safe. To be called before the transaction of [`create`].
pub async fn prepare(app: &App, content: Bytes) -> Result<Prepared, PutError> {
    app.blobs.put(content, None, app.now()).await
}

/// Adds an attachment to its event, be it there or not. The caller owns the transaction.
pub async fn create(
    app: &App,
    db: &mut Connection,
    new: &NewAttachment,
    content: &Prepared,
) -> Result<AttachmentId, CreateError> {
    let name = file_names::cut(&new.name, MAX_NAME_CHARS);
    let content_type = file_names::content_type(new.content_type.as_deref(), &name);
    let file = NewFile {
        id: FileId(app.ids.next()),
        organization: new.organization,
        project: new.project,
        name: name.clone(),
        content_type: content_type.clone(),
        headers: Headers::new(),
        created_at: app.now(),
    };
    files::create(db, &file, content).await?;
    let event = crate::events::locate(app, db, new.project, new.event_id).await?;
    let attachment = Attachment {
        id: AttachmentId(app.ids.next()),
        organization: new.organization,
        project: new.project,
        event_id: new.event_id,
        issue: event.and_then(|event| event.issue),
        name,
        content_type,
        attachment_type: new.attachment_type.clone(),
        size: content.size(),
        checksum: content.checksum(),
        file: file.id,
        received_at: new.received_at,
    };
    store::attachments::create(db, &attachment).await?;
    Ok(attachment.id)
}

#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error(transparent)]
    Put(#[from] PutError),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Keeps a file that an envelope will name later; returns the id under which it waits.
pub async fn upload(
    app: &App,
    organization: OrganizationId,
    project: ProjectId,
    content: Bytes,
) -> Result<EventId, UploadError> {
    let content = prepare(app, content).await?;
    let id = EventId::random();
    let waiting = NewAttachment {
        organization,
        project,
        event_id: id,
        name: String::new(),
        content_type: None,
        attachment_type: store::attachments::UPLOAD.to_owned(),
        received_at: app.now(),
    };
    let mut tx = app.store.begin().await?;
    create(app, &mut tx, &waiting, &content).await?;
    tx.commit().await?;
    Ok(id)
}

/// Gives an upload to its event. Returns `false` if none waits under this id. The caller owns the transaction.
pub async fn adopt(app: &App, db: &mut Connection, upload: EventId, new: &NewAttachment) -> Result<bool, store::Error> {
    let name = file_names::cut(&new.name, MAX_NAME_CHARS);
    let event = crate::events::locate(app, db, new.project, new.event_id).await?;
    let adoption = Adoption {
        event_id: new.event_id,
        issue: event.and_then(|event| event.issue),
        content_type: &file_names::content_type(new.content_type.as_deref(), &name),
        name: &name,
        attachment_type: &new.attachment_type,
    };
    store::attachments::adopt(db, new.project, upload, &adoption).await
}

/// A page of the attachments of an event, newest first.
pub async fn list_of_event(
    app: &App,
    scope: &ProjectScope,
    event: EventId,
    page: IdPage,
) -> Result<Vec<Attachment>, store::Error> {
    store::attachments::list_of_event(&mut *app.store.read().await?, scope.project.id, event, page).await
}

/// A page of the attachments of an issue's events, newest first.
pub async fn list_of_issue(
    app: &App,
    issue: &Issue,
    filter: &AttachmentFilter,
    page: IdPage,
) -> Result<Vec<Attachment>, store::Error> {
    store::attachments::list_of_issue(&mut *app.store.read().await?, issue.project, issue.id, filter, page).await
}

/// Those of `issues` whose latest event has any.
pub async fn of_latest_events(app: &App, issues: &[Issue]) -> Result<HashSet<IssueId>, store::Error> {
    let projects: Vec<ProjectId> = issues.iter().map(|issue| issue.project).collect();
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    let mut db = app.store.read().await?;
    // Most issues never had one, and need not be looked up in the event index.
    let some = store::attachments::issues_with_any(&mut db, &projects, &ids).await?;
    drop(db);
    if some.is_empty() {
        return Ok(HashSet::new());
    }
    let latest = crate::events::latest_of_issues(app, projects.clone(), &some).await?;
    let events: Vec<EventId> = latest.values().map(|(_, event)| *event).collect();
    let mut db = app.store.read().await?;
    let with_any = store::attachments::events_with_any(&mut db, &projects, &events).await?;
    let with_any: HashSet<(ProjectId, EventId)> = with_any.into_iter().collect();
    let of_latest = latest.into_iter().filter(|(_, event)| with_any.contains(event));
    Ok(of_latest.map(|(issue, _)| issue).collect())
}

pub async fn get(app: &App, scope: &ProjectScope, event: EventId, id: AttachmentId) -> Result<Attachment, AccessError> {
    let mut db = app.store.read().await?;
    let found = store::attachments::find(&mut db, scope.project.id, event, id).await?;
    found.ok_or(AccessError::NotFound)
}

/// Opens the content of an attachment that [`get`] or a list gave.
pub async fn read(app: &App, attachment: &Attachment) -> Result<FileReader, AccessError> {
    let mut db = app.store.read().await?;
    let found = app
        .blobs
        .reader(&mut db, attachment.organization, attachment.file)
        .await?;
    found.ok_or(AccessError::NotFound)
}

/// What to call an attachment when it is downloaded: never a path, and without what cannot stand in a header.
pub fn download_name(attachment: &Attachment) -> String {
    file_names::download_name(&attachment.name)
}

pub async fn delete(app: &App, attachment: &Attachment) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    store::attachments::delete(&mut tx, attachment, app.now()).await?;
    tx.commit().await
}
