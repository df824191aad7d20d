//! When somebody is told: at once, or later with other things.
//!
//! In this order: what is critical, names its recipient itself, or goes to another service than a person's, is told at
//! once. A team's window, quiet hours, the caps of project and user and the project's digests hold the rest back, each in
//! a timeline of its own: a row with what waits there. A job lets them go when they are due.

mod digests; // the alerts of a project, gathered
mod release; // and what lets all of them go
mod settings; // what a project decides on

pub(crate) use release::ReleaseHeld;
pub use settings::ProjectNotifications;

use std::collections::HashMap;

use model::{Assignee, NotificationKind, Timestamp, UserId};
use serde_json::json;
use store::{
    Connection,
    held_notifications::{self, Held, Timeline},
    notifications::Notification,
};

use super::{
    NewCause, Reason,
    causes::HeldCause,
    preferences::{self, Preferences, hour_of},
    recipients::{Recipient, Who},
    settings::{Answer, Answers, NotificationType},
};
use crate::{App, settings as topics};

/// How much one timeline keeps to tell it one by one; of what comes beyond, only how much it is.
const MOST_HELD: i64 = 500;

/// What becomes of a recipient who was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Not told.
    None,
    Now,
    /// Later, and why.
    Held(Reason),
}

/// Decides for each recipient, in their order.
pub async fn place(
    app: &App,
    db: &mut Connection,
    of: &Notification,
    recipients: &[Recipient],
) -> Result<Vec<Placement>, store::Error> {
    let mut placements = Vec::with_capacity(recipients.len());
    let mut placing = Placing::load(app, db, of, recipients).await?;
    for recipient in recipients {
        placements.push(placing.place(app, db, recipient).await?);
    }
    Ok(placements)
}

/// What waits to be told to a user, with how much it is, the one that is due first at the front.
pub async fn waiting(app: &App, user: UserId) -> Result<Vec<(Timeline, i64)>, store::Error> {
    held_notifications::of_user(&mut *app.store.read().await?, user).await
}

/// What decides, read once for all recipients.
struct Placing<'a> {
    of: &'a Notification,
    now: Timestamp,
    project: ProjectNotifications,
    preferences: HashMap<UserId, Preferences>,
    /// Users with spike protection, which caps what they are told in an hour.
    capped: HashMap<UserId, u32>,
    zones: HashMap<UserId, String>,
    /// Whether the cap of the project is used up; `None` until somebody asks.
    is_over: Option<bool>,
}

impl<'a> Placing<'a> {
    async fn load(
        app: &App,
        db: &mut Connection,
        of: &'a Notification,
        recipients: &[Recipient],
    ) -> Result<Self, store::Error> {
        let mut users: Vec<UserId> = recipients
            .iter()
            .filter(|recipient| recipient.told)
            .filter_map(|recipient| recipient.who.user())
            .collect();
        users.sort_unstable();
        users.dedup();
        let mut placing = Self {
            of,
            now: app.now(),
            project: ProjectNotifications::default(),
            preferences: HashMap::new(),
            capped: HashMap::new(),
            zones: HashMap::new(),
            is_over: None,
        };
        if !can_wait(of) {
            return Ok(placing);
        }
        if let Some(project) = of.project {
            placing.project = topics::read_of_project(db, project).await?;
        }
        placing.preferences = preferences::of_users(db, &users).await?;
        let holders: Vec<Assignee> = users.iter().map(|user| Assignee::User(*user)).collect();
        let answers = Answers::new(store::notification_settings::list(db, &holders).await?);
        for holder in holders {
            let answer = answers.of(holder, NotificationType::SPIKE_PROTECTION, of.organization, of.project);
            if let (Some(user), Answer::Always) = (holder.user(), answer) {
                let cap = placing.preferences.get(&user).map(|own| own.hourly_cap);
                placing
                    .capped
                    .insert(user, cap.unwrap_or(Preferences::default().hourly_cap));
            }
        }
        if let Some(organization) = of.organization {
            let people = store::audience::people(db, organization, of.project, &users).await?;
            placing.zones = people
                .into_iter()
                .map(|person| (person.user, person.time_zone))
                .collect();
        }
        Ok(placing)
    }

    async fn place(&mut self, app: &App, db: &mut Connection, to: &Recipient) -> Result<Placement, store::Error> {
        if !to.told {
            return Ok(Placement::None);
        }
        if !can_wait(self.of) {
            return Ok(Placement::Now);
        }
        if let Some(until) = to.wait {
            return self.hold(app, db, to, Reason::TeamWindow, until).await;
        }
        let Who::User(user) = to.who else {
            // Channels and pagers are read by many, who are not kept waiting by one of them.
            return self.digest(app, db, to).await;
        };
        let quiet = self.preferences.get(&user).and_then(|own| own.quiet_hours);
        let zone = self.zones.get(&user).map_or("", String::as_str);
        if let Some(until) = quiet.and_then(|quiet| quiet.until(zone, self.now)) {
            return self.hold(app, db, to, Reason::QuietHours, until).await;
        }
        let (hour, end) = hour_of(self.now);
        if let Some(cap) = self.project.hourly_cap
            && self.is_over(db, cap, hour).await?
        {
            return self.hold_by_cap(app, db, to, (Reason::ProjectCap, cap, end)).await;
        }
        let Some(cap) = self.capped.get(&user).copied() else {
            if self.project.hourly_cap.is_some() {
                return Ok(Placement::Now);
            }
            return self.digest(app, db, to).await;
        };
        let name = format!("user:{user}:{}", to.channel);
        let (is_told, _) = held_notifications::count(db, &name, hour, i64::from(cap)).await?;
        if is_told {
            // Who has a cap gets the first ones at once: it takes the place of digests.
            return Ok(Placement::Now);
        }
        self.hold_by_cap(app, db, to, (Reason::UserCap, cap, end)).await
    }

    /// Whether the project has told of as much as it may in this hour. A notification counts once, to however many it
    /// goes.
    async fn is_over(&mut self, db: &mut Connection, cap: u32, hour: i64) -> Result<bool, store::Error> {
        if let Some(is_over) = self.is_over {
            return Ok(is_over);
        }
        let name = format!("project:{}", self.of.project.map_or(0, |project| project.0));
        let (is_told, _) = held_notifications::count(db, &name, hour, i64::from(cap)).await?;
        self.is_over = Some(!is_told);
        Ok(!is_told)
    }

    async fn digest(&self, app: &App, db: &mut Connection, to: &Recipient) -> Result<Placement, store::Error> {
        // Mails are gathered; what people read in a chat, or carry with them, is told at once.
        let is_gathered = self.of.kind == NotificationKind::IssueAlert && to.channel == "email";
        match self.of.project.filter(|_| is_gathered) {
            Some(_) => digests::place(app, db, self, to).await,
            None => Ok(Placement::Now),
        }
    }

    /// Holds back until an hour ends, and says so the first time.
    async fn hold_by_cap(
        &self,
        app: &App,
        db: &mut Connection,
        to: &Recipient,
        (why, cap, end): (Reason, u32, Timestamp),
    ) -> Result<Placement, store::Error> {
        let timeline = self.timeline(app, to, why, end);
        let (is_new, timeline) = held_notifications::open(db, &timeline).await?;
        self.add(db, &timeline, to).await?;
        if is_new {
            let cause = HeldCause {
                recipient: to.clone(),
                why,
                cap,
                held: 1,
                until: end,
            };
            let notice = NewCause {
                organization: self.of.organization,
                project: self.of.project.filter(|_| why == Reason::ProjectCap),
                issue: None,
                event: None,
                kind: NotificationKind::HeldNotice,
                cause: serde_json::to_value(cause)?,
                is_critical: false,
            };
            super::cause(app, db, notice).await?;
        }
        Ok(Placement::Held(why))
    }

    async fn hold(
        &self,
        app: &App,
        db: &mut Connection,
        to: &Recipient,
        why: Reason,
        until: Timestamp,
    ) -> Result<Placement, store::Error> {
        let timeline = self.timeline(app, to, why, until);
        let (_, timeline) = held_notifications::open(db, &timeline).await?;
        self.add(db, &timeline, to).await?;
        Ok(Placement::Held(why))
    }

    async fn add(&self, db: &mut Connection, timeline: &Timeline, to: &Recipient) -> Result<(), store::Error> {
        let held = Held {
            notification: self.of.id,
            recipient: json!(to),
            held_at: self.now,
        };
        held_notifications::hold(db, timeline.id, &held, MOST_HELD).await?;
        Ok(())
    }

    /// The timeline of a recipient: what waits until another time is in another one.
    fn timeline(&self, app: &App, to: &Recipient, why: Reason, until: Timestamp) -> Timeline {
        let project = self
            .of
            .project
            .filter(|_| matches!(why, Reason::Digest | Reason::ProjectCap));
        let until_name = match why {
            Reason::Digest => String::new(),
            _ => until.0.to_string(),
        };
        let whose = match to.who {
            Who::User(user) => format!("user:{user}"),
            Who::Team(team) => format!("team:{team}"),
            Who::Address | Who::Target => "nobody".to_owned(),
        };
        let name = format!(
            "{}:{}:{}:{whose}:{}:{until_name}",
            why.code(),
            self.of.organization.map_or(0, |id| id.0),
            project.map_or(0, |id| id.0),
            to.place()
        );
        Timeline {
            id: app.ids.next(),
            name,
            kind: why.code().to_owned(),
            organization: self.of.organization,
            project,
            user: to.who.user(),
            team: to.who.team(),
            told_at: self.now,
            due_at: until,
            held: 0,
        }
    }
}

/// What is critical does not wait, nor what names its recipient itself.
fn can_wait(of: &Notification) -> bool {
    let waits = matches!(
        of.kind,
        NotificationKind::IssueAlert
            | NotificationKind::Activity
            | NotificationKind::MetricAlert
            | NotificationKind::Deploy
            | NotificationKind::SpikeProtection
    );
    waits && !of.is_critical
}
