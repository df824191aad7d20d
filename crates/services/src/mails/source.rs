//! What a mail tells of: the rows behind a notification, as they are now.

use model::{Timestamp, UserId};
use serde_json::Value;
use store::{
    Connection, deliveries::Delivery, issues::Issue, notifications::Notification, organizations::Organization,
    projects::Project, users::User,
};

use super::templates::MailSettings;
use crate::{
    App,
    access::MembershipSettings,
    events,
    issues::ShortId,
    settings::{self, ProjectTopic as _},
};

/// Everything that the kinds of mails read.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) app: &'a App,
    pub(super) delivery: &'a Delivery,
    pub(super) of: &'a Notification,
    pub(super) organization: Option<Organization>,
    pub(super) project: Option<Project>,
    pub(super) issue: Option<Issue>,
    /// The payload of the event that it is about, where it is kept.
    pub(super) event: Option<Value>,
    /// What the event is about stays in the pages.
    pub(super) is_private: bool,
    pub(super) settings: MailSettings,
    /// The user who gets it.
    pub(super) reader: Option<User>,
}

impl<'a> Source<'a> {
    /// `None` when what it tells of is gone.
    pub(super) async fn load(
        app: &'a App,
        delivery: &'a Delivery,
        of: &'a Notification,
    ) -> Result<Option<Self>, store::Error> {
        let mut db = app.store.read().await?;
        let mut source = Self {
            app,
            delivery,
            of,
            organization: None,
            project: None,
            issue: None,
            event: None,
            is_private: false,
            settings: MailSettings::default(),
            reader: None,
        };
        if let Some(user) = delivery.user {
            source.reader = store::users::find(&mut db, user).await?;
        }
        let Some(organization) = of.organization else {
            return Ok(Some(source));
        };
        let Some(found) = store::organizations::find(&mut db, organization).await? else {
            return Ok(None);
        };
        source.organization = Some(found);
        let membership: MembershipSettings = settings::read_topic(&mut db, organization).await?;
        source.is_private = membership.enhanced_privacy;
        if let Some(project) = of.project {
            let Some(found) = store::projects::find(&mut db, organization, project).await? else {
                return Ok(None);
            };
            source.project = Some(found);
            source.settings = mail_settings(&mut db, project).await?;
        }
        if let Some(issue) = of.issue {
            let Some(found) = store::issues::find_or_target(&mut db, organization, issue).await? else {
                return Ok(None);
            };
            source.issue = Some(found);
        }
        drop(db);
        if let (Some(project), Some(event), false) = (of.project, of.event, source.is_private) {
            let stored = events::find(app, vec![project], event).await?;
            source.event = stored.and_then(|stored| serde_json::from_str(&stored.payload).ok());
        }
        Ok(Some(source))
    }

    pub(super) fn short_id(&self) -> String {
        self.issue
            .as_ref()
            .map(|issue| ShortId::of(issue).to_string())
            .unwrap_or_default()
    }

    /// A page of the organization; `path` starts without a slash.
    pub(super) fn page(&self, path: &str) -> String {
        match &self.organization {
            Some(organization) => self
                .app
                .url
                .join(&format!("/organizations/{}/{path}", organization.slug)),
            None => self.app.url.join("/"),
        }
    }

    /// The page of the issue, which learns by which mail somebody came.
    pub(super) fn issue_page(&self, referrer: &str) -> String {
        match &self.issue {
            Some(issue) => self.page(&format!("issues/{}/?referrer={referrer}", issue.id.0)),
            None => self.page("issues/"),
        }
    }

    pub(super) fn project_slug(&self) -> &str {
        self.project.as_ref().map_or("", |project| project.slug.as_str())
    }

    /// How somebody is called.
    pub(super) async fn name_of(&self, user: UserId) -> Result<String, store::Error> {
        let user = store::users::find(&mut *self.app.store.read().await?, user).await?;
        Ok(user.map_or_else(|| "A former member".to_owned(), |user| name(&user)))
    }
}

/// A point in time in a cause: as text, or in microseconds.
pub(super) fn time_of(cause: &Value, key: &str) -> Option<Timestamp> {
    match cause.get(key)? {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64().map(Timestamp),
    }
}

pub(super) fn name(user: &User) -> String {
    if user.name.is_empty() {
        user.email.clone()
    } else {
        user.name.clone()
    }
}

/// What a project sets about its mails.
pub(super) async fn mail_settings(
    db: &mut Connection,
    project: model::ProjectId,
) -> Result<MailSettings, store::Error> {
    let topics = store::settings::of_project(db, project).await?;
    let stored = topics.iter().find(|(topic, _)| topic == MailSettings::NAME);
    Ok(stored
        .map(|(_, value)| serde_json::from_str(value))
        .transpose()?
        .unwrap_or_default())
}
