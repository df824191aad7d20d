//! Mails, as they arrive at a real server.

mod addresses;
mod load;
mod sending;
mod settings;
mod templates;
mod threads;
mod unwanted;

use std::time::Duration;

use model::{EventId, IssueId, NotificationKind, UserId};
use serde_json::{Value, json};
use services::{
    access::Actor,
    alert_rules, jobs,
    notifications::{self, NewCause},
    options::{self, Definition, OptionChannel, Setting, Target},
    outbound::{self, OutboundConfig},
};
use testkit::smtp::{CERTIFICATE, ReceivedMail, SmtpServer};

use crate::installation::{Installation, NOW};

const MAIL: &str = "sentry.mail.actions.NotifyEmailAction";

/// An installation whose mails go to a server of the test's.
struct Office {
    installation: Installation,
    server: SmtpServer,
}

impl Office {
    async fn new(database_url: &str) -> Self {
        Self::with(database_url, SmtpServer::start().await).await
    }

    async fn with(database_url: &str, server: SmtpServer) -> Self {
        let office = Self::without_server(database_url, server).await;
        office.connect().await;
        office
    }

    /// The server is there, and nobody has set it.
    async fn without_server(database_url: &str, server: SmtpServer) -> Self {
        let installation = Installation::new(database_url).await;
        let config = OutboundConfig {
            roots: CERTIFICATE.to_owned(),
            ..OutboundConfig::default()
        };
        outbound::open(&installation.app, config).unwrap();
        // What the tests write is all that is sent.
        for rule in alert_rules::list(&installation.app, &installation.scope).await.unwrap() {
            alert_rules::delete(&installation.app, &installation.scope, rule.stored.id)
                .await
                .unwrap();
        }
        Self { installation, server }
    }

    async fn connect(&self) {
        self.set(&options::MAIL_HOST, &json!("127.0.0.1")).await;
        self.set(&options::MAIL_PORT, &json!(self.server.address().port()))
            .await;
        self.set(&options::MAIL_FROM, &json!("bell@tocsin.example")).await;
    }

    async fn set(&self, definition: &'static Definition, value: &Value) {
        let actor = Actor::command();
        let by = Setting {
            actor: &actor,
            organization: None,
            target: Target::System,
            channel: OptionChannel::Cli,
        };
        options::set(&self.installation.app, by, definition, value)
            .await
            .unwrap();
    }

    async fn run(&self) {
        jobs::run_due(&self.installation.app).await.unwrap();
    }

    async fn pass(&self, time: Duration) {
        self.installation.clock.advance(time);
        self.run().await;
    }

    fn owner(&self) -> UserId {
        self.installation.scope.actor.user_id().unwrap()
    }

    /// An issue with one event.
    async fn issue(&self) -> (IssueId, EventId) {
        let id = EventId::random();
        let issue = self.installation.event(id, NOW).await;
        // So that the event is in the index as well.
        (issue.id, id)
    }

    /// A rule fired for an event.
    async fn alert(&self, (issue, event): (IssueId, EventId), rule: Value) {
        let app = &self.installation.app;
        let mut tx = app.store.begin().await.unwrap();
        let cause = NewCause {
            organization: Some(self.installation.scope.organization.id),
            project: Some(self.installation.scope.project.id),
            issue: Some(issue),
            event: Some(event),
            kind: NotificationKind::IssueAlert,
            cause: json!({
                "rules": [rule], "sequence": 1, "received_at": NOW,
                "count": 20, "unique_users": 7, "window": "5 minutes",
            }),
            // No digest gathers it.
            is_critical: true,
        };
        notifications::cause(app, &mut tx, cause).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A rule that sends to the owner.
    fn rule(&self, action: Value) -> Value {
        let mut whole = json!({"id": MAIL, "targetType": "Member", "targetIdentifier": self.owner().0});
        for (key, value) in action.as_object().unwrap() {
            whole[key] = value.clone();
        }
        json!({"id": 9, "name": "Payments fail", "actions": [whole], "reasons": []})
    }

    /// The mail of this place; where there is none, what became of it is told.
    async fn mail(&self, place: usize) -> ReceivedMail {
        if let Some(mail) = self.mails().into_iter().nth(place) {
            return mail;
        }
        let app = &self.installation.app;
        let outbox = services::mails::list(app, store::IdPage::newest(10)).await.unwrap();
        let mut db = app.store.read().await.unwrap();
        let told = store::notifications::list(
            &mut db,
            self.installation.scope.organization.id,
            Default::default(),
            store::IdPage::newest(10),
        )
        .await
        .unwrap();
        let ids: Vec<_> = told.iter().map(|one| one.id).collect();
        let recipients = store::notifications::recipients(&mut db, &ids).await.unwrap();
        panic!("no mail {place}: {outbox:#?} {recipients:#?}");
    }

    fn mails(&self) -> Vec<ReceivedMail> {
        self.server.mails()
    }
}

/// The address in a header as `<…>`.
fn link(mail: &ReceivedMail, header: &str) -> String {
    mail.header(header).trim_matches(['<', '>']).to_owned()
}
