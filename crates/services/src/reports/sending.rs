//! Who gets the report, when, and once.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use integrations::email::is_address;
use model::{NotificationKind, OrganizationId, ProjectId, Timestamp, UserId};
use queue::{Job, JobError, Policy, Running};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{organizations::Organization, users::User, weekly_reports::WeeklyReport};

use super::{ReportSettings, Summary, Week, WeekNumbers, Written, numbers};
use crate::{
    App,
    access::{Actor, OrganizationScope},
    discover::DiscoverError,
    jobs,
    mails::{
        self, Refusal, Use,
        letter::{Footer, Letter},
    },
    notifications::{self, NewCause},
    settings,
};

/// How long after the end of a week its last events may still be on their way.
const SETTLED: Duration = Duration::from_secs(600);

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("expected an e-mail address")]
    NoAddress,
    #[error(transparent)]
    Refused(Refusal),
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Looks whether reports are due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyReports {}

impl Job<App> for WeeklyReports {
    const NAME: &'static str = "weekly_reports";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        "weekly_reports".to_owned()
    }

    fn object(&self) -> Option<String> {
        Some("all".to_owned())
    }

    async fn run(self, app: &App, running: &Running) -> Result<(), JobError> {
        let mut tx = app.store.begin().await?;
        for organization in store::organizations::list_all(&mut tx).await? {
            if organization.delete_at.is_some() {
                continue;
            }
            let settings: ReportSettings = settings::read_topic(&mut tx, organization.id).await?;
            let Some(week) = Week::due(&settings, app.now()) else {
                continue;
            };
            let last = store::weekly_reports::last(&mut tx, organization.id).await?;
            let is_done = last.is_some_and(|(start, end, told)| {
                if start == week.start {
                    told.is_some()
                } else {
                    week.overlaps(end)
                }
            });
            if !is_done {
                let job = WeeklyReportJob {
                    organization: organization.id,
                    starts_at: week.start,
                    ends_at: week.end,
                };
                jobs::add(app, &mut tx, &job).await?;
            }
        }
        running.finish(&mut tx).await?;
        tx.commit().await?;
        app.jobs.wake();
        Ok(())
    }
}

/// Tells the members of an organization about a week, now; those who were told before are left out.
pub async fn tell(app: &App, organization: OrganizationId, week: &Week) -> Result<(), DiscoverError> {
    match Telling::new(app, organization).await? {
        Some(telling) => telling.tell(week).await,
        None => Ok(()), // It was deleted meanwhile.
    }
}

/// Tells the members of an organization about a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyReportJob {
    organization: OrganizationId,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

impl Job<App> for WeeklyReportJob {
    const NAME: &'static str = "weekly_report";
    const POLICY: Policy = Policy::Outbox;
    const TIMEOUT: Duration = Duration::from_secs(3600);

    fn shard(&self) -> String {
        format!("weekly_report:{}", self.organization)
    }

    fn object(&self) -> Option<String> {
        Some(self.starts_at.to_string())
    }

    async fn run(self, app: &App, _: &Running) -> Result<(), JobError> {
        let settled = self.ends_at + SETTLED;
        if app.now() < settled {
            return Err(JobError::Later(settled.since(app.now())));
        }
        let settings: ReportSettings = settings::read_topic(&mut *app.store.read().await?, self.organization).await?;
        let week = Week::of(&settings.time_zone, self.starts_at, self.ends_at);
        tell(app, self.organization, &week).await.map_err(JobError::retry)
    }
}

/// What is known while an organization is told.
struct Telling<'a> {
    app: &'a App,
    scope: OrganizationScope,
    settings: ReportSettings,
}

impl<'a> Telling<'a> {
    async fn new(app: &'a App, organization: OrganizationId) -> Result<Option<Self>, store::Error> {
        let mut db = app.store.read().await?;
        let Some(organization) = store::organizations::find(&mut db, organization).await? else {
            return Ok(None);
        };
        let settings = settings::read_topic(&mut db, organization.id).await?;
        drop(db);
        Ok(Some(Self {
            app,
            scope: OrganizationScope::of_owner(Actor::command(), organization),
            settings,
        }))
    }

    /// Tells everybody who was not told yet.
    async fn tell(&self, week: &Week) -> Result<(), DiscoverError> {
        let organization = self.scope.organization.id;
        let numbers = self.numbers(week).await?;
        let (projects_of, receivers, users) = {
            let mut db = self.app.store.read().await?;
            (
                store::weekly_reports::projects_of_members(&mut db, organization).await?,
                store::weekly_reports::receivers(&mut db, organization, week.start).await?,
                store::users::list(&mut db, organization).await?,
            )
        };
        let names: HashMap<UserId, String> = users.iter().map(|user| (user.id, name(user))).collect();
        let mut summaries = Summaries::new(self, week, &numbers).await?;
        let mut readers: Vec<(Reader, Vec<ProjectId>)> = Vec::new();
        for (user, projects) in projects_of {
            let recipient_name = names.get(&user).cloned().unwrap_or_default();
            readers.push((Reader::User(user, recipient_name), projects));
        }
        for address in &self.settings.addresses {
            readers.push((Reader::Address(address.clone()), numbers.project_ids()));
        }
        for (reader, projects) in readers {
            if receivers.contains(&reader.key()) {
                continue;
            }
            let summary = summaries.of(projects).await?;
            if summary.is_empty() {
                continue;
            }
            let letter = self.letter(week, summary, &names, reader.name());
            let mut tx = self.app.store.begin().await?;
            let notification = notifications::cause(self.app, &mut tx, self.cause(&reader, week, &letter)).await?;
            // Another worker was faster: the transaction is given up with what it wrote.
            let key = reader.key();
            if store::weekly_reports::add_receiver(&mut tx, organization, week.start, &key, notification).await? {
                tx.commit().await?;
                self.app.jobs.wake();
            }
        }
        let mut tx = self.app.store.begin().await?;
        store::weekly_reports::set_told(&mut tx, organization, week.start, self.app.now()).await?;
        Ok(tx.commit().await?)
    }

    /// The numbers that are kept, or else those that are found now, and kept.
    async fn numbers(&self, week: &Week) -> Result<WeekNumbers, DiscoverError> {
        let organization = self.scope.organization.id;
        let kept = store::weekly_reports::find(&mut *self.app.store.read().await?, organization, week.start).await?;
        if let Some(kept) = kept {
            return Ok(serde_json::from_value(kept.numbers).map_err(store::Error::from)?);
        }
        let found = numbers::find(self.app, &self.scope, week).await?;
        let report = WeeklyReport {
            organization,
            starts_at: week.start,
            ends_at: week.end,
            numbers: serde_json::to_value(&found).map_err(store::Error::from)?,
            created_at: self.app.now(),
            told_at: None,
        };
        let mut tx = self.app.store.begin().await?;
        store::weekly_reports::add(&mut tx, &report).await?;
        tx.commit().await?;
        Ok(found)
    }

    fn letter(&self, week: &Week, summary: &Summary, names: &HashMap<UserId, String>, reader: &str) -> Letter {
        let organization = &self.scope.organization;
        let page = format!("/organizations/{}/issues/", organization.slug);
        let issues_url = self.app.url.join(&page);
        let resolver = summary.top_resolver.map(|(user, _)| names.get(&user));
        let written = Written {
            organization_name: &organization.name,
            recipient_name: reader,
            top_resolver: resolver.map(|name| name.map_or("a former member", String::as_str)),
            week,
            summary,
            dashboard_url: &format!("{issues_url}?start={}&end={}", plain(week.start), plain(week.end)),
            issues_url: &issues_url,
        };
        written.letter(&self.settings.template).unwrap_or_else(|error| {
            // It was in order when it was saved; a report in our words is better than none.
            tracing::warn!(organization = %organization.slug, error = %error, "the template of the weekly report failed");
            written.letter("").expect("our own words are no template")
        })
    }

    fn cause(&self, reader: &Reader, week: &Week, letter: &Letter) -> NewCause {
        let (user, address) = match reader {
            Reader::User(user, _) => (Some(*user), None),
            Reader::Address(address) => (None, Some(address)),
        };
        NewCause {
            organization: Some(self.scope.organization.id),
            project: None,
            issue: None,
            event: None,
            kind: NotificationKind::WeeklyReport,
            cause: json!({ "user": user, "address": address, "week": week.first_day, "letter": letter }),
            is_critical: false,
        }
    }
}

/// A point in time as addresses of pages have it: without a zone, which is UTC.
fn plain(at: Timestamp) -> String {
    at.to_string().trim_end_matches('Z').to_owned()
}

fn name(user: &User) -> String {
    if user.name.is_empty() {
        user.email.clone()
    } else {
        user.name.clone()
    }
}

/// Somebody who gets a report, with how they are called.
enum Reader {
    User(UserId, String),
    Address(String),
}

impl Reader {
    /// As it is noted that they got it.
    fn key(&self) -> String {
        match self {
            Self::User(user, _) => user.to_string(),
            Self::Address(address) => address.to_lowercase(),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::User(_, name) => name,
            Self::Address(_) => "everybody",
        }
    }
}

/// The sums of each set of projects that readers have: found once for all who have the same.
struct Summaries<'a> {
    telling: &'a Telling<'a>,
    week: &'a Week,
    numbers: &'a WeekNumbers,
    /// Those that are there still.
    projects: Vec<ProjectId>,
    found: BTreeMap<Vec<ProjectId>, Summary>,
}

impl<'a> Summaries<'a> {
    async fn new(telling: &'a Telling<'a>, week: &'a Week, numbers: &'a WeekNumbers) -> Result<Self, store::Error> {
        let projects = crate::projects::list(telling.app, &telling.scope).await?;
        Ok(Self {
            telling,
            week,
            numbers,
            projects: projects.into_iter().map(|project| project.id).collect(),
            found: BTreeMap::new(),
        })
    }

    async fn of(&mut self, mut projects: Vec<ProjectId>) -> Result<&Summary, DiscoverError> {
        projects.retain(|project| self.projects.contains(project) && self.numbers.projects.contains_key(&project.0));
        projects.sort_unstable();
        if !self.found.contains_key(&projects) {
            let mut summary = self.numbers.summary(&projects);
            let Telling { app, scope, .. } = self.telling;
            numbers::performance(app, scope, self.week, &projects, &mut summary).await?;
            self.found.insert(projects.clone(), summary);
        }
        Ok(&self.found[&projects])
    }
}

/// What the next report would say, about the last seven whole days.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    pub week: Week,
    pub summary: Summary,
    pub letter: Letter,
    /// The letter as plain text, without what stands below every mail.
    pub text: String,
}

/// The report of all projects that the actor sees, as it would be now.
pub async fn preview(app: &App, scope: &OrganizationScope) -> Result<Preview, SendError> {
    let settings = settings::read_topic(&mut *app.store.read().await?, scope.organization.id).await?;
    preview_with(app, scope, settings).await
}

/// The same with settings that are not saved yet.
pub async fn preview_with(
    app: &App,
    scope: &OrganizationScope,
    settings: ReportSettings,
) -> Result<Preview, SendError> {
    let telling = Telling {
        app,
        scope: scope.clone(),
        settings,
    };
    let week = Week::before(&telling.settings.time_zone, app.now());
    let numbers = numbers::find(app, scope, &week).await?;
    let mut summaries = Summaries::new(&telling, &week, &numbers).await?;
    let summary = summaries.of(numbers.project_ids()).await?.clone();
    let users = store::users::list(&mut *app.store.read().await?, scope.organization.id).await?;
    let names = users.iter().map(|user| (user.id, name(user))).collect();
    let reader = scope.actor.user().map_or_else(|| "everybody".to_owned(), name);
    let letter = telling.letter(&week, &summary, &names, &reader);
    let text = letter.text(&Footer::default());
    // Nothing stands below the line that parts the letter from its foot.
    let text = text.trim_end().trim_end_matches("--").trim().to_owned();
    Ok(Preview {
        week,
        summary,
        letter,
        text,
    })
}

/// Sends the report, as it would be now, to one address: that of a member, or one that the organization may send to.
pub async fn send_to(app: &App, scope: &OrganizationScope, address: &str) -> Result<(), SendError> {
    let address = address.trim();
    if !is_address(address) {
        return Err(SendError::NoAddress);
    }
    let user = member(app, &scope.organization, address).await?;
    if user.is_none() {
        let mut db = app.store.read().await?;
        mails::check_address(&mut db, scope.organization.id, address, Use::Reports)
            .await?
            .map_err(SendError::Refused)?;
    }
    let Preview { week, letter, .. } = preview(app, scope).await?;
    let telling = Telling {
        app,
        scope: scope.clone(),
        settings: ReportSettings::default(),
    };
    let reader = match user {
        Some(user) => Reader::User(user.id, name(&user)),
        None => Reader::Address(address.to_owned()),
    };
    let mut tx = app.store.begin().await?;
    notifications::cause(app, &mut tx, telling.cause(&reader, &week, &letter)).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

async fn member(app: &App, organization: &Organization, address: &str) -> Result<Option<User>, store::Error> {
    let users = store::users::list(&mut *app.store.read().await?, organization.id).await?;
    Ok(users
        .into_iter()
        .find(|user| user.is_active && user.email.eq_ignore_ascii_case(address)))
}

/// The settings of an organization, as they are read for its page.
pub async fn settings_of(app: &App, scope: &OrganizationScope) -> Result<ReportSettings, store::Error> {
    settings::read_topic(&mut *app.store.read().await?, scope.organization.id).await
}
