//! Whom notifications reach, and when: rules, settings and the clock of the test together.

mod activity;
mod alerts;
mod answered;
mod defaults;
mod held;
mod lasting;
mod limits;
mod merged;
mod others;
mod privacy;
mod reports;
mod saved_rules;
mod teams;

use std::{collections::BTreeSet, sync::Mutex, time::Duration};

use ::alerts::IssueRule;
use ::model::{
    EmailId, EventId, IssueId, MemberId, NotificationId, OrganizationRole, ProjectId, TeamId, TeamRole, UserId,
};
use integrations::{Outgoing, Recording};
use protocol::event::Event;
use serde_json::{Value, json};
use services::{
    alert_rules::{self, RuleDraft},
    events::{self, Saved, TraceOrigin},
    jobs,
    mails::addresses::{self, NewAddress, Purpose},
    notifications::settings::{self, NotificationType, Scope},
    project_config,
};
use store::{
    IdPage,
    members::Member,
    notifications::{NotificationFilter, Recipient},
    user_emails::UserEmail,
    users::User,
};

use crate::installation::Installation;

const NEW_ISSUE: &str = "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition";
const MAIL: &str = "sentry.mail.actions.NotifyEmailAction";

/// An installation with people who are told things, and what they were told.
struct Crowd {
    installation: Installation,
    mails: Recording,
    slack: Recording,
    pager: Recording,
    browsers: Recording,
    /// How many of the messages of each channel a test has looked at.
    seen: Mutex<[usize; 4]>,
    number: Mutex<u32>,
}

impl Crowd {
    async fn new(database_url: &str) -> Self {
        let installation = Installation::new(database_url).await;
        let channels = ["email", "slack", "pagerduty", "web_push"].map(Recording::new);
        for channel in &channels {
            installation.app.channels.register(channel.clone());
        }
        let [mails, slack, pager, browsers] = channels;
        let app = &installation.app;
        for rule in alert_rules::list(app, &installation.scope).await.unwrap() {
            alert_rules::delete(app, &installation.scope, rule.stored.id)
                .await
                .unwrap();
        }
        Self {
            installation,
            mails,
            slack,
            pager,
            browsers,
            seen: Mutex::default(),
            number: Mutex::default(),
        }
    }

    fn owner(&self) -> UserId {
        self.installation.scope.actor.user_id().unwrap()
    }

    fn project(&self) -> ProjectId {
        self.installation.scope.project.id
    }

    /// The team that the project came with.
    async fn team(&self) -> TeamId {
        let mut db = self.installation.app.store.read().await.unwrap();
        store::teams::ids_of_project(&mut db, self.project()).await.unwrap()[0]
    }

    /// A member whose address is `{name}@example.com`, confirmed; in the team of the project.
    async fn member(&self, name: &str) -> UserId {
        let user = self.outsider(name).await;
        let team = self.team().await;
        let app = &self.installation.app;
        let mut tx = app.store.begin().await.unwrap();
        store::teams::add_member(&mut tx, team, user, TeamRole::Contributor, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        user
    }

    /// A member who is in no team.
    async fn outsider(&self, name: &str) -> UserId {
        let app = &self.installation.app;
        let id = UserId(app.next_sequence());
        let email = format!("{name}@example.com");
        let user = User {
            id,
            email: email.clone(),
            username: email.clone(),
            name: name.to_owned(),
            is_admin: false,
            is_active: true,
            created_at: app.now(),
            last_login_at: None,
            last_active_at: None,
            time_zone: String::new(),
            has_second_factor: false,
            avatar: store::avatars::Avatar::default(),
        };
        let address = UserEmail {
            id: EmailId(app.next_sequence()),
            user: id,
            email,
            verified_at: Some(app.now()),
            created_at: app.now(),
        };
        let member = Member {
            id: MemberId(app.next_sequence()),
            organization: self.installation.scope.organization.id,
            user: id,
            role: OrganizationRole::Member,
            created_at: app.now(),
        };
        let mut tx = app.store.begin().await.unwrap();
        store::users::create(&mut tx, &user, "").await.unwrap();
        store::user_emails::add(&mut tx, &address).await.unwrap();
        store::members::create(&mut tx, &member).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// An address of the organization that has agreed to alerts.
    async fn confirmed_address(&self, address: &str) {
        let (app, scope) = (&self.installation.app, self.installation.organization());
        let new = NewAddress {
            address,
            purpose: Purpose::Team,
        };
        let added = addresses::add(app, &scope, new).await.unwrap();
        let mut tx = app.store.begin().await.unwrap();
        store::mail_addresses::confirm(&mut tx, scope.organization.id, added.id, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.settle().await;
        self.mailed();
    }

    /// A rule that fires for every new issue.
    async fn rule(&self, actions: &[Value]) -> ::model::AlertRuleId {
        let wire = json!({
            "name": format!("rule {}", self.next()),
            "actionMatch": "any",
            "filterMatch": "all",
            "frequency": 5,
            "conditions": [{ "id": NEW_ISSUE }],
            "filters": [],
            "actions": actions,
        });
        let draft = RuleDraft {
            rule: IssueRule::read(wire.as_object().unwrap()).unwrap(),
            owner: None,
            is_enabled: true,
        };
        let rule = alert_rules::create(&self.installation.app, &self.installation.scope, draft).await;
        rule.unwrap().id
    }

    /// A rule that mails to these, whatever they are.
    async fn rule_for(&self, users: &[UserId]) -> ::model::AlertRuleId {
        let action =
            |user: &UserId| json!({ "id": MAIL, "targetType": "Member", "targetIdentifier": user.to_string() });
        self.rule(&users.iter().map(action).collect::<Vec<_>>()).await
    }

    fn next(&self) -> u32 {
        let mut number = self.number.lock().unwrap();
        *number += 1;
        *number
    }

    /// A new issue, as one that an SDK sends: everything that follows from it at once is done.
    async fn new_issue(&self) -> IssueId {
        self.new_issue_of("error").await
    }

    async fn new_issue_of(&self, level: &str) -> IssueId {
        let app = &self.installation.app;
        let name = format!("{level} {}", self.next());
        let event = json!({ "message": format!("about {name}"), "fingerprint": [name], "level": level });
        let event = Event::from_slice(event.to_string().as_bytes()).unwrap();
        let organization = self.installation.scope.organization.id;
        let config = project_config::get(app, organization, self.project())
            .await
            .unwrap()
            .unwrap();
        let context = normalize::Context::new(app.now(), EventId::random());
        let new = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
        let saved = events::record(app, vec![new.into()]).await.unwrap();
        self.settle().await;
        Saved::issue(saved.into_iter().next().unwrap()).unwrap()
    }

    /// Does all that is due now.
    async fn settle(&self) {
        jobs::run_due(&self.installation.app).await.unwrap();
    }

    /// Lets time pass, in steps in which jobs are done.
    async fn wait(&self, seconds: u64) {
        let mut left = seconds;
        while left > 0 {
            // The job that lets go of what was held back comes every ten seconds.
            let step = left.min(if seconds > 900 { 120 } else { 10 });
            self.installation.clock.advance(Duration::from_secs(step));
            left -= step;
            self.settle().await;
        }
    }

    fn news(&self, channel: &Recording, index: usize) -> Vec<Outgoing> {
        let mut seen = self.seen.lock().unwrap();
        let all = channel.sent();
        let new = all[seen[index]..].to_vec();
        seen[index] = all.len();
        new
    }

    /// Addresses that got a mail since this was asked last, sorted, with why.
    fn mailed(&self) -> Vec<(String, String)> {
        let mut mailed: Vec<(String, String)> = self
            .news(&self.mails, 0)
            .iter()
            .map(|mail| (text(&mail.target, "address"), text(&mail.target, "reason")))
            .collect();
        mailed.sort();
        mailed
    }

    fn mailed_to(&self) -> Vec<String> {
        self.mailed().into_iter().map(|(address, _)| address).collect()
    }

    fn posted(&self) -> usize {
        self.news(&self.slack, 1).len()
    }

    fn paged(&self) -> usize {
        self.news(&self.pager, 2).len()
    }

    fn pushed(&self) -> usize {
        self.news(&self.browsers, 3).len()
    }

    async fn answer(&self, user: UserId, kind: NotificationType, scope: Scope, answer: &str) {
        settings::set(
            &self.installation.app,
            settings::Holder::User(user),
            kind,
            scope,
            Some(answer),
        )
        .await
        .unwrap();
    }

    /// The ledger of the newest notification: who, told or not, and why.
    async fn ledger(&self) -> BTreeSet<(String, bool, String)> {
        let rows = self.ledger_rows().await.into_iter();
        rows.map(|row| (row.label, row.is_told, row.reason)).collect()
    }

    async fn ledger_rows(&self) -> Vec<Recipient> {
        let mut db = self.installation.app.store.read().await.unwrap();
        let organization = self.installation.scope.organization.id;
        let page = IdPage::newest(1);
        let newest = store::notifications::list(&mut db, organization, NotificationFilter::default(), page)
            .await
            .unwrap();
        let ids: Vec<NotificationId> = newest.iter().map(|one| one.id).collect();
        store::notifications::recipients(&mut db, &ids).await.unwrap()
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn rows(of: &[(&str, bool, &str)]) -> BTreeSet<(String, bool, String)> {
    let row = |(who, told, why): &(&str, bool, &str)| ((*who).to_owned(), *told, (*why).to_owned());
    of.iter().map(row).collect()
}
