//! The guide's checks of e-mail: why mails do not arrive, and why there are too many.

mod check;

use std::time::Duration;

use integrations::email::is_address;
use model::{Assignee, DeliveryState, OutcomeKind, Timestamp, UserId};
use store::{
    Connection, IdPage,
    deliveries::{self, DeliveryFilter},
    issues::Issue,
    outcomes::{OutcomeFilter, OutcomeGroup},
    users::User,
};

use crate::{
    App, Scope,
    access::{AccessError, OrganizationScope},
    jobs, mails,
    notifications::{
        policy::ProjectNotifications,
        preferences::{self, Preferences, hour_of},
        settings::{Answer, Answers, NotificationType, Provider},
    },
    settings,
};

pub use check::{Check, Outcome, Place, Question};
use check::{minute, pass_if, result};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A delivery that is due for longer waits for something.
const SLOW: Duration = Duration::from_secs(300);

/// More mails in a day than this are many.
const MANY: usize = 50;

/// Whose mails, and about what.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub user: &'a User,
    /// The issue of which they were, or were not, told.
    pub issue: Option<&'a Issue>,
}

/// The member whose mails are looked at: the actor, or by those who see to members any of them.
pub async fn subject(app: &App, scope: &OrganizationScope, user: UserId) -> Result<User, AccessError> {
    let may = scope.actor.user_id() == Some(user)
        || scope.rights.allow(Scope::MemberWrite)
        || scope.rights.allow(Scope::OrgWrite);
    let mut db = app.store.read().await?;
    let member = store::members::find(&mut db, scope.organization.id, user).await?;
    if !may || member.is_none() {
        return Err(AccessError::NotFound);
    }
    store::users::find(&mut db, user).await?.ok_or(AccessError::NotFound)
}

/// Carries out all checks.
pub async fn check(app: &App, scope: &OrganizationScope, subject: Subject<'_>) -> Result<Vec<Check>, store::Error> {
    let mut db = app.store.read().await?;
    let checking = Checking::load(app, &mut db, scope, subject).await?;
    let address = checking.address(&mut db).await?;
    let bounces = checking.bounces(&mut db).await?;
    let last = checking.last_delivery(&mut db).await?;
    let caps = checking.cap(&mut db).await?;
    let filters = checking.filters(&mut db).await?;
    let received = checking.received(&mut db).await?;
    drop(db);
    let mut checks = vec![address, bounces, checking.preferences(), checking.quiet_hours(), caps];
    checks.extend(checking.subscription().await?);
    checks.push(checking.server().await?);
    checks.push(last);
    checks.push(checking.queue().await?);
    checks.extend(filters);
    checks.push(checking.spam().await?);
    checks.push(received);
    checks.push(checking.spike_protection());
    checks.extend(checking.digests());
    checks.push(checking.chosen());
    Ok(checks)
}

struct Checking<'a> {
    app: &'a App,
    scope: &'a OrganizationScope,
    subject: Subject<'a>,
    answers: Answers,
    preferences: Preferences,
    /// Of the issue's project.
    project: Option<ProjectNotifications>,
    now: Timestamp,
}

impl<'a> Checking<'a> {
    async fn load(
        app: &'a App,
        db: &mut Connection,
        scope: &'a OrganizationScope,
        subject: Subject<'a>,
    ) -> Result<Self, store::Error> {
        let user = subject.user.id;
        let answers = store::notification_settings::list(db, &[Assignee::User(user)]).await?;
        let preferences = preferences::of_users(db, &[user]).await?.remove(&user);
        let project = match subject.issue {
            Some(issue) => Some(settings::read_of_project(db, issue.project).await?),
            None => None,
        };
        Ok(Self {
            app,
            scope,
            subject,
            answers: Answers::new(answers),
            preferences: preferences.unwrap_or_default(),
            project,
            now: app.now(),
        })
    }

    fn user(&self) -> UserId {
        self.subject.user.id
    }

    fn answer(&self, kind: NotificationType) -> Answer {
        let project = self.subject.issue.map(|issue| issue.project);
        let organization = Some(self.scope.organization.id);
        self.answers
            .of(Assignee::User(self.user()), kind, organization, project)
    }

    async fn address(&self, db: &mut Connection) -> Result<Check, store::Error> {
        let email = &self.subject.user.email;
        let emails = store::user_emails::list(db, self.user()).await?;
        let verified_at = emails.iter().find(|one| one.email.eq_ignore_ascii_case(email));
        let (outcome, evidence) = match verified_at.and_then(|one| one.verified_at) {
            _ if !self.subject.user.is_active => (Outcome::Fail, "the account is not active".to_owned()),
            _ if !is_address(email) => (Outcome::Fail, format!("{email} is no e-mail address")),
            Some(at) => (Outcome::Pass, format!("{email} was confirmed on {}", minute(at))),
            None => (Outcome::Fail, format!("{email} was never confirmed")),
        };
        let advice = "Correct the address, and open the link in the mail that is sent there.";
        let check = result(
            "address",
            "The address is valid and confirmed",
            outcome,
            evidence,
            advice,
        );
        Ok(check.at(Place::AccountEmails))
    }

    async fn bounces(&self, db: &mut Connection) -> Result<Check, store::Error> {
        let email = self.subject.user.email.to_lowercase();
        let found = store::mail_bounces::of(db, &[&email]).await?;
        let (outcome, evidence) = match found.first() {
            None => (Outcome::Pass, "no mail to it came back".to_owned()),
            Some(bounce) => (
                pass_if(!bounce.is_flagged()),
                format!(
                    "{} mails in a row were refused for good, the last on {}: {}",
                    bounce.hard_bounces,
                    minute(bounce.last_at),
                    bounce.answer
                ),
            ),
        };
        let advice = "Have the mailbox set right, then let the address be tried again in the outbox.";
        let check = result(
            "bounces",
            "The address is not on the bounce list",
            outcome,
            evidence,
            advice,
        );
        Ok(check.at(Place::Outbox))
    }

    fn preferences(&self) -> Check {
        let answer = self.answer(NotificationType::ALERTS);
        let project = self.subject.issue.map(|issue| issue.project);
        let by_mail = self.answers.comes_by(
            Assignee::User(self.user()),
            NotificationType::ALERTS,
            Provider::Email,
            Some(self.scope.organization.id),
            project,
        );
        let toggles = self.preferences.alerts;
        let any = toggles.assigned || toggles.watching || toggles.my_teams || toggles.all;
        let (outcome, evidence) = match answer {
            Answer::Never => (Outcome::Fail, "issue alerts are switched off here".to_owned()),
            _ if !by_mail => (Outcome::Fail, "issue alerts do not come by e-mail here".to_owned()),
            _ if !any => (Outcome::Fail, "every kind of alert is switched off".to_owned()),
            Answer::AssignedOnly => (
                pass_if(self.is_assigned()),
                "only alerts of issues that are assigned to them, or to a team of theirs, are wanted".to_owned(),
            ),
            answer => (Outcome::Pass, format!("issue alerts: {}, by e-mail", answer.name())),
        };
        let advice = "Change what is told of, and by what, in the notification settings of the account.";
        let check = result(
            "preferences",
            "Their settings let alerts come by e-mail",
            outcome,
            evidence,
            advice,
        );
        check.at(Place::AccountNotifications)
    }

    /// Without an issue there is nothing to be assigned, and nothing to be said against.
    fn is_assigned(&self) -> bool {
        match self.subject.issue.map(|issue| issue.assignee) {
            Some(Some(Assignee::User(user))) => user == self.user(),
            Some(Some(Assignee::Team(team))) => self.scope.teams.iter().any(|(own, _)| *own == team),
            Some(None) => false,
            None => true,
        }
    }

    fn quiet_hours(&self) -> Check {
        let zone = &self.subject.user.time_zone;
        let until = self
            .preferences
            .quiet_hours
            .and_then(|quiet| quiet.until(zone, self.now));
        let evidence = match (until, self.preferences.quiet_hours) {
            (Some(until), _) => format!("quiet hours last until {}: what can wait leaves then", minute(until)),
            (None, Some(_)) => "it is none of their quiet hours".to_owned(),
            (None, None) => "they have no quiet hours".to_owned(),
        };
        let advice = "Wait for their end, or change them in the notification settings of the account.";
        let check = result(
            "quiet_hours",
            "These are no quiet hours",
            pass_if(until.is_none()),
            evidence,
            advice,
        );
        check.at(Place::AccountNotifications)
    }

    async fn cap(&self, db: &mut Connection) -> Result<Check, store::Error> {
        let (hour, end) = hour_of(self.now);
        let mut held = Vec::new();
        for (name, whose) in [
            (format!("user:{}:email", self.user()), "for them"),
            (
                self.subject
                    .issue
                    .map_or_else(String::new, |issue| format!("project:{}", issue.project)),
                "in the project",
            ),
        ] {
            let counter = store::held_notifications::counter(db, &name, hour).await?;
            if counter.held > 0 {
                held.push(format!("{} {whose}", counter.held));
            }
        }
        let waiting = store::held_notifications::of_user(db, self.user()).await?;
        let waiting: i64 = waiting.iter().map(|(_, number)| number).sum();
        let evidence = match held.is_empty() {
            true => format!("no cap holds anything back this hour; {waiting} wait for a digest"),
            false => format!("held back this hour: {}, until {end}", held.join(" and ")),
        };
        let advice = "What was held back leaves at the end of the hour. Raise the cap, or make rules fire less often.";
        let check = result(
            "caps",
            "No cap holds mails back",
            pass_if(held.is_empty()),
            evidence,
            advice,
        );
        Ok(check.at(Place::AccountNotifications))
    }

    /// Of an issue: whether they said that they do not want to hear of it.
    async fn subscription(&self) -> Result<Option<Check>, store::Error> {
        let Some(issue) = self.subject.issue else {
            return Ok(None);
        };
        let mut db = self.app.store.read().await?;
        let found = store::audience::unsubscribed(&mut db, issue.id).await?;
        let is_out = found.contains(&self.user());
        let evidence = if is_out {
            "they have unsubscribed from this issue"
        } else {
            "they have not unsubscribed from this issue"
        };
        let advice = "Subscribe to the issue again, on its page.";
        Ok(Some(result(
            "subscription",
            "They have not unsubscribed from the issue",
            pass_if(!is_out),
            evidence,
            advice,
        )))
    }

    async fn server(&self) -> Result<Check, store::Error> {
        let config = mails::config(self.app).await?;
        let (outcome, evidence) = match config.backend.as_str() {
            "smtp" if !config.host.is_empty() => {
                (Outcome::Pass, format!("mails go to {}:{}", config.host, config.port))
            }
            "smtp" => (
                Outcome::Fail,
                "no mail server is set: mails wait in the outbox".to_owned(),
            ),
            other => (Outcome::Fail, format!("mails are not sent, but go to `{other}`")),
        };
        let advice = "Whoever runs the installation sets the SMTP server, and tries it with the test button.";
        let check = result("server", "A mail server is set", outcome, evidence, advice);
        Ok(check.at(Place::MailSettings))
    }

    /// What the server said last: to mails to this user, or else to any.
    async fn last_delivery(&self, db: &mut Connection) -> Result<Check, store::Error> {
        let of_user = DeliveryFilter {
            channel: Some("email"),
            user: Some(self.user()),
            organization: Some(self.scope.organization.id),
            ..DeliveryFilter::default()
        };
        let tried = |found: Vec<deliveries::Delivery>| found.into_iter().find(|one| one.attempts > 0);
        let mut last = tried(deliveries::list(db, of_user, IdPage::newest(20)).await?);
        let own = last.is_some();
        if last.is_none() {
            let any = DeliveryFilter { user: None, ..of_user };
            last = tried(deliveries::list(db, any, IdPage::newest(20)).await?);
        }
        let whose = if own { "to them" } else { "of the organization" };
        let (outcome, evidence) = match last {
            None => (Outcome::Unknown, "no mail was sent yet".to_owned()),
            Some(last) => {
                let attempts = deliveries::attempts(db, &[last.id]).await?;
                let answer = attempts.last().map_or("", |attempt| attempt.answer.as_str());
                let at = attempts.last().map_or(last.created_at, |attempt| attempt.started_at);
                let outcome = match last.state {
                    DeliveryState::Sent => Outcome::Pass,
                    DeliveryState::Waiting | DeliveryState::Refused | DeliveryState::Failed => Outcome::Fail,
                    DeliveryState::Held | DeliveryState::Dropped => Outcome::Unknown,
                };
                (
                    outcome,
                    format!("to the last mail {whose}, on {}, the server said: {answer}", minute(at)),
                )
            }
        };
        let advice =
            "Read the answer: it says whether the server cannot be reached, refuses to sign in, or the address.";
        let check = result("smtp", "The mail server takes mails", outcome, evidence, advice);
        Ok(check.at(Place::MailSettings))
    }

    async fn queue(&self) -> Result<Check, store::Error> {
        let overview = jobs::overview(self.app).await?;
        let due_since = overview.depths.iter().filter_map(|depth| depth.due_since).min();
        let late = due_since.map_or(Duration::ZERO, |since| self.now.since(since));
        let waiting = mails::waiting(self.app).await?;
        let evidence = format!(
            "the job that waits longest has been due for {} seconds, {} shards are blocked, {} mails wait",
            late.as_secs(),
            overview.blocked,
            waiting.mails
        );
        let outcome = pass_if(late < SLOW && overview.blocked == 0);
        let advice = "Look at the blocked shards on the page of jobs; their error says what they wait for.";
        let check = result("queue", "Jobs are not behind", outcome, evidence, advice);
        Ok(check.at(Place::Jobs))
    }

    /// Events that were dropped make no alerts.
    async fn filters(&self, db: &mut Connection) -> Result<Option<Check>, store::Error> {
        let Some(issue) = self.subject.issue else {
            return Ok(None);
        };
        let hour = Duration::from_secs(3600);
        let (from, until) = ((self.now - DAY).truncate(hour), self.now + hour);
        let filter = OutcomeFilter {
            projects: vec![issue.project],
            outcomes: vec![OutcomeKind::Filtered.number(), OutcomeKind::RateLimited.number()],
            ..OutcomeFilter::default()
        };
        let organization = self.scope.organization.id;
        let groups = [OutcomeGroup::Reason];
        let mut sums = store::outcomes::sums(db, organization, &filter, &groups, (from, until, DAY * 2)).await?;
        sums.retain(|sum| sum.quantity > 0);
        let (outcome, evidence) = if sums.is_empty() {
            (Outcome::Pass, "nothing was dropped in the last 24 hours".to_owned())
        } else {
            let listed = sums.iter().take(5);
            let listed = listed.map(|sum| format!("{} × {}", sum.quantity, sum.reason.as_deref().unwrap_or("")));
            let listed: Vec<String> = listed.collect();
            // They may be of other issues, or none that anybody misses.
            (
                Outcome::Unknown,
                format!("dropped in the last 24 hours: {}", listed.join(", ")),
            )
        };
        let advice = "See whether a filter or a limit drops what should make an alert: ask for an event by its id.";
        let check = result(
            "filters",
            "Inbound filters and limits drop nothing",
            outcome,
            evidence,
            advice,
        );
        Ok(Some(check.at(Place::ProjectFilters)))
    }

    async fn spam(&self) -> Result<Check, store::Error> {
        let config = mails::config(self.app).await?;
        let domain = config
            .from
            .rsplit_once('@')
            .map(|(_, domain)| domain.trim_end_matches('>'));
        let evidence = match domain {
            Some(domain) => format!(
                "mails come from {domain}: its SPF record has to name {}, which should sign with DKIM",
                if config.host.is_empty() {
                    "the mail server"
                } else {
                    &config.host
                }
            ),
            None => "no From address is set: mails come from the host of this installation".to_owned(),
        };
        let advice = "Look in the spam folder, and let the address of Tocsin pass there.";
        let check = result(
            "spam",
            "Mails are not taken for spam",
            Outcome::Unknown,
            evidence,
            advice,
        );
        Ok(check.at(Place::MailSettings))
    }

    async fn received(&self, db: &mut Connection) -> Result<Check, store::Error> {
        let filter = DeliveryFilter {
            channel: Some("email"),
            user: Some(self.user()),
            organization: Some(self.scope.organization.id),
            ..DeliveryFilter::default()
        };
        let newest = deliveries::list(db, filter, IdPage::newest(500)).await?;
        let of_day = newest.iter().filter(|one| one.created_at > self.now - DAY).count();
        let evidence = format!("{of_day} mails in the last 24 hours");
        let advice = "Raise thresholds and intervals of the rules that fire most, or filter noise out.";
        let check = result(
            "volume",
            "There are not many mails",
            pass_if(of_day <= MANY),
            evidence,
            advice,
        );
        Ok(check.about_many().at(Place::AlertRules))
    }

    fn spike_protection(&self) -> Check {
        let is_on = self.answer(NotificationType::SPIKE_PROTECTION) == Answer::Always;
        let evidence = if is_on {
            format!("at most {} an hour are told at once", self.preferences.hourly_cap)
        } else {
            "it is off: every alert is told at once".to_owned()
        };
        let advice = "Switch spike protection on in the notification settings of the account.";
        let check = result(
            "spike_protection",
            "Spike protection is on",
            pass_if(is_on),
            evidence,
            advice,
        );
        check.about_many().at(Place::AccountNotifications)
    }

    fn digests(&self) -> Option<Check> {
        let project = self.project?;
        let cap = project
            .hourly_cap
            .map_or_else(|| "none".to_owned(), |cap| cap.to_string());
        let evidence = format!(
            "alerts are gathered for {} to {} seconds; cap of the project: {cap}",
            project.digests_min_delay, project.digests_max_delay
        );
        let advice = "Gather for longer, or set a cap, in the alert settings of the project.";
        let check = result(
            "digests",
            "Alerts are gathered into digests",
            Outcome::Pass,
            evidence,
            advice,
        );
        Some(check.about_many().at(Place::ProjectAlertSettings))
    }

    fn chosen(&self) -> Check {
        let everything = self.preferences.alerts.all || self.answer(NotificationType::WORKFLOW) == Answer::Always;
        let evidence = if everything {
            "their settings ask for all issues, not only for their own"
        } else {
            "their settings ask for what concerns them"
        };
        let advice = "Ask only for assigned and watched issues in the notification settings of the account.";
        let check = result(
            "breadth",
            "Their settings ask for no more than needed",
            pass_if(!everything),
            evidence,
            advice,
        );
        check.about_many().at(Place::AccountNotifications)
    }
}
