//! A project changes hands: who administers it asks the owner of another organization, who takes it by the link of a mail.
//! Its keys stay as they are, so what sends to it need not know.

use model::{OrganizationId, ProjectId};
use serde_json::json;
use store::{Tx, organizations::Organization, projects::Project, teams::Team};

use super::free_slug;
use crate::{
    Actor, App,
    access::{self, AccessError, OrganizationScope, ProjectScope, permission::PROJECT_ACCEPT},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    mail_links::{self, LinkKind},
    mails::{self, NewMail, Reason},
    users,
};

#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("{0:?} is no e-mail address")]
    InvalidEmail(String),
    /// Unknown, used, too old, sent to somebody else, or the project is gone: all look alike.
    #[error("this link does not work (any longer): ask for a new one")]
    Gone,
    #[error("the project belongs to this organization already")]
    SameOrganization,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Offers the project to the owner of another organization. Whether there is one with this address is not told: who asks
/// belongs to this organization only.
pub async fn request_transfer(app: &App, scope: &ProjectScope, email: &str) -> Result<(), TransferError> {
    let email = users::normalized(email).ok_or_else(|| TransferError::InvalidEmail(email.trim().to_owned()))?;
    let (organization, project) = (&scope.organization, &scope.project);
    let mut tx = app.store.begin().await?;
    let change = Change::created(&json!({"email": email}));
    let action = Action::PROJECT_TRANSFER_REQUESTED;
    record(app, &mut tx, &scope.actor, organization.id, project, action, change).await?;
    let user = store::users::find_by_email(&mut tx, &email).await?;
    if let Some(user) = user.filter(|user| user.is_active) {
        let owned = store::organizations::list_owned(&mut tx, user.id).await?;
        if owned.iter().any(|owned| owned.id != organization.id) {
            let subject = format!("{}/{}", organization.id, project.id);
            let secret = mail_links::create(app, &mut tx, LinkKind::TransferProject, user.id, &subject).await?;
            let text = format!(
                "The project {} of {} is handed on to you.\n\nChoose within 7 days which of your organizations takes \
                 it:\n{}\n\nIf you do not want it, do nothing.\n",
                project.name,
                organization.name,
                app.url.join(&format!("/accept-transfer/{secret}/"))
            );
            let mail = NewMail {
                to: &user.email,
                subject: &format!("Take over the project {}", project.name),
                text: &text,
                reason: Reason::Transfer,
            };
            mails::write(app, &mut tx, mail).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// A project that is offered.
#[derive(Debug, Clone)]
pub struct Transfer {
    pub project: Project,
    pub from: Organization,
    /// The organizations that the actor owns and may take it into.
    pub to: Vec<OrganizationScope>,
}

/// What a link offers to the actor, to whom it was sent.
pub async fn find_transfer(app: &App, actor: &Actor, secret: &str) -> Result<Transfer, TransferError> {
    let link = mail_links::find(app, LinkKind::TransferProject, secret).await?;
    let link = link
        .filter(|link| Some(link.user) == actor.user_id())
        .ok_or(TransferError::Gone)?;
    let (from, project) = subject(&link.subject).ok_or(TransferError::Gone)?;
    let (from, project) = offered(&mut *app.store.read().await?, from, project).await?;
    let mut to = match access::enter_all(app, actor).await {
        Ok(scopes) => scopes,
        Err(AccessError::Store(error)) => return Err(error.into()),
        Err(_) => Vec::new(),
    };
    to.retain(|scope| scope.organization.id != from.id && scope.rights.allow_any(PROJECT_ACCEPT.any_of));
    Ok(Transfer { project, from, to })
}

/// What the link of a mail is about: organization and project.
fn subject(text: &str) -> Option<(OrganizationId, ProjectId)> {
    let (organization, project) = text.split_once('/')?;
    Some((
        OrganizationId(organization.parse().ok()?),
        ProjectId(project.parse().ok()?),
    ))
}

async fn offered(
    db: &mut store::Connection,
    organization: OrganizationId,
    project: ProjectId,
) -> Result<(Organization, Project), TransferError> {
    let organization = store::organizations::find(db, organization).await?;
    let organization = organization.filter(|organization| organization.delete_at.is_none());
    let organization = organization.ok_or(TransferError::Gone)?;
    let project = store::projects::find(db, organization.id, project).await?;
    Ok((organization, project.ok_or(TransferError::Gone)?))
}

/// Takes the project into an organization that the actor owns, for one of its teams.
pub async fn accept_transfer(
    app: &App,
    to: &OrganizationScope,
    secret: &str,
    team: Option<&Team>,
) -> Result<Project, TransferError> {
    let mut tx = app.store.begin().await?;
    let link = mail_links::take(app, &mut tx, LinkKind::TransferProject, secret).await?;
    let link = link
        .filter(|link| Some(link.user) == to.actor.user_id())
        .ok_or(TransferError::Gone)?;
    let (from, project) = subject(&link.subject).ok_or(TransferError::Gone)?;
    let (from, before) = offered(&mut tx, from, project).await?;
    if from.id == to.organization.id {
        return Err(TransferError::SameOrganization);
    }
    let project = Project {
        organization: to.organization.id,
        slug: free_slug(&mut tx, &to.organization, &before.slug).await?,
        ..before.clone()
    };
    store::project_transfer::transfer(&mut tx, project.id, project.organization, &project.slug).await?;
    for release in store::project_transfer::releases(&mut tx, project.id).await? {
        let new = app.ids.next();
        store::project_transfer::move_release(&mut tx, project.id, release, project.organization, new).await?;
    }
    if let Some(team) = team.filter(|team| team.organization == project.organization) {
        store::teams::add_project(&mut tx, project.id, team.id).await?;
    }
    let fields = |organization: &Organization, project: &Project| json!({"organization": organization.slug, "slug": project.slug});
    let change = Change::between(&fields(&from, &before), &fields(&to.organization, &project));
    for (organization, project) in [(from.id, &before), (project.organization, &project)] {
        let action = Action::PROJECT_TRANSFERRED;
        record(app, &mut tx, &to.actor, organization, project, action, change.clone()).await?;
    }
    tx.commit().await?;
    app.keys.clear();
    app.project_configs.forget(project.id);
    Ok(project)
}

async fn record(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    organization: OrganizationId,
    project: &Project,
    action: Action,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(organization),
        action,
        target: Target {
            kind: TargetKind::Project,
            id: project.id.0,
            label: &project.slug,
        },
        change,
    };
    audit::record(app, tx, actor, entry).await
}
