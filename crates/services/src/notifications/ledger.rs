//! Who was told, when, how, and why or why not.

use std::collections::HashMap;

use model::NotificationId;
use store::{
    Connection, IdPage,
    deliveries::{self, Attempt, Delivery},
    notifications::{self, Notification, NotificationFilter, Recipient},
};

use crate::{
    App,
    access::{OrganizationScope, Visible},
};

/// A notification with all that came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub notification: Notification,
    /// In the order in which they were thought of.
    pub recipients: Vec<Recipient>,
    pub deliveries: Vec<Sent>,
}

/// A delivery with its attempts.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    pub delivery: Delivery,
    pub attempts: Vec<Attempt>,
}

/// What an organization was told, newest first: of projects that the actor sees.
pub async fn list(
    app: &App,
    scope: &OrganizationScope,
    filter: NotificationFilter<'_>,
    page: IdPage,
) -> Result<Vec<Told>, store::Error> {
    let mut db = app.store.read().await?;
    let visible = match &scope.visible {
        Visible::All => None,
        Visible::Only(projects) => Some(projects.iter().copied().collect::<Vec<_>>()),
    };
    let filter = NotificationFilter {
        projects: filter.projects.or(visible.as_deref()),
        ..filter
    };
    let found = notifications::list(&mut db, scope.organization.id, filter, page).await?;
    complete(&mut db, found).await
}

/// One notification of the organization.
pub async fn find(app: &App, scope: &OrganizationScope, id: NotificationId) -> Result<Option<Told>, store::Error> {
    let mut db = app.store.read().await?;
    let found = notifications::find(&mut db, id).await?;
    let found = found.filter(|one| one.organization == Some(scope.organization.id));
    Ok(complete(&mut db, found.into_iter().collect()).await?.pop())
}

/// Adds what came of each.
async fn complete(db: &mut Connection, found: Vec<Notification>) -> Result<Vec<Told>, store::Error> {
    let ids: Vec<NotificationId> = found.iter().map(|notification| notification.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut recipients: HashMap<NotificationId, Vec<Recipient>> = HashMap::new();
    for recipient in notifications::recipients(db, &ids).await? {
        recipients.entry(recipient.notification).or_default().push(recipient);
    }
    let sent = deliveries::list_of(db, &ids).await?;
    let of: Vec<_> = sent.iter().map(|delivery| delivery.id).collect();
    let mut attempts: HashMap<_, Vec<Attempt>> = HashMap::new();
    for attempt in deliveries::attempts(db, &of).await? {
        attempts.entry(attempt.delivery).or_default().push(attempt);
    }
    let mut by_notification: HashMap<NotificationId, Vec<Sent>> = HashMap::new();
    for delivery in sent {
        let attempts = attempts.remove(&delivery.id).unwrap_or_default();
        by_notification
            .entry(delivery.notification)
            .or_default()
            .push(Sent { delivery, attempts });
    }
    let told = found.into_iter().map(|notification| Told {
        recipients: recipients.remove(&notification.id).unwrap_or_default(),
        deliveries: by_notification.remove(&notification.id).unwrap_or_default(),
        notification,
    });
    Ok(told.collect())
}
