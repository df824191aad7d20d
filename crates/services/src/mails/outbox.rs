//! The mails of the installation and what became of them, for administrators.

use std::time::Duration;

use integrations::email::{Mail, MailServer};
use model::{AttemptOutcome, DeliveryId, DeliveryState, NotificationKind, Timestamp};
use queue::{Job, JobError, Policy, Running};
use serde::{Deserialize, Serialize};
use store::{IdPage, mails::OutboxMail};

use super::settings;
use crate::{
    Actor, App,
    audit::{self, Action, Change, Entry, Target, TargetKind},
    events::payload,
    jobs,
    notifications::Deliver,
};

/// What waits longer for a server is no longer news: it stays until somebody sends it.
const FRESH: Duration = Duration::from_secs(3 * 24 * 3600);

/// And after this time nobody will.
const LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

/// Mails that one transaction lets go.
const A_STEP: i64 = 500;

/// A mail as the pages show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub id: DeliveryId,
    pub recipient: String,
    pub kind: NotificationKind,
    pub subject: String,
    /// The text; empty until the mail was put together, but for those about accounts, whose words are known.
    pub body: String,
    pub html: Option<String>,
    /// In order, without those that every mail has.
    pub headers: Vec<(String, String)>,
    pub state: DeliveryState,
    pub attempts: i64,
    pub outcome: Option<AttemptOutcome>,
    /// What the server said the last time.
    pub answer: Option<String>,
    pub created_at: Timestamp,
    pub next_attempt_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
}

impl From<OutboxMail> for Outgoing {
    fn from(row: OutboxMail) -> Self {
        let mail = row.content.as_ref().and_then(|content| Mail::deserialize(content).ok());
        let written = |key: &str| payload::text(&row.cause, key).unwrap_or_default();
        let (subject, body, html, headers) = match mail {
            Some(mail) => {
                let id = ("Message-Id".to_owned(), mail.message_id);
                let headers = std::iter::once(id).chain(mail.headers).collect();
                (mail.subject, mail.text, mail.html, headers)
            }
            None => (written("subject"), written("text"), None, Vec::new()),
        };
        let subject = if subject.is_empty() {
            row.kind.name().replace('_', " ")
        } else {
            subject
        };
        Self {
            id: row.id,
            recipient: row.recipient,
            kind: row.kind,
            subject,
            body,
            html,
            headers,
            state: row.state,
            attempts: row.attempts,
            outcome: row.outcome,
            answer: row.answer,
            created_at: row.created_at,
            next_attempt_at: row.next_attempt_at,
            sent_at: row.sent_at,
        }
    }
}

/// All mails of the installation, newest first. The caller has seen to it that an administrator asks.
pub async fn list(app: &App, page: IdPage) -> Result<Vec<Outgoing>, store::Error> {
    list_in(app, None, page).await
}

/// Those in one state.
pub async fn list_in(app: &App, state: Option<DeliveryState>, page: IdPage) -> Result<Vec<Outgoing>, store::Error> {
    let found = store::mails::list(&mut *app.store.read().await?, state, page).await?;
    Ok(found.into_iter().map(Outgoing::from).collect())
}

/// How many mails wait, and since when.
pub async fn waiting(app: &App) -> Result<store::mails::Waiting, store::Error> {
    store::mails::waiting(&mut *app.store.read().await?).await
}

/// The text of a mail, for an administrator: where nothing sends mails, somebody has to pass their links on. Such a link
/// lets its reader in as somebody else, so it is noted who read it.
pub async fn read(app: &App, actor: &Actor, mail: DeliveryId) -> Result<Option<Outgoing>, store::Error> {
    let mut tx = app.store.begin().await?;
    let Some(mail) = store::mails::find(&mut tx, mail).await? else {
        return Ok(None);
    };
    note(app, &mut tx, actor, Action::MAIL_READ, &mail).await?;
    tx.commit().await?;
    Ok(Some(mail.into()))
}

/// Lets a mail go that did not, or could not. `false` when it is on its way, has arrived, or is not there.
pub async fn resend(app: &App, actor: &Actor, mail: DeliveryId) -> Result<bool, store::Error> {
    let mut tx = app.store.begin().await?;
    let Some(found) = store::mails::find(&mut tx, mail).await? else {
        return Ok(false);
    };
    if !release(app, &mut tx, mail).await? {
        return Ok(false);
    }
    note(app, &mut tx, actor, Action::MAIL_SENT_AGAIN, &found).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(true)
}

async fn note(
    app: &App,
    tx: &mut store::Tx,
    actor: &Actor,
    action: Action,
    mail: &OutboxMail,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: None,
        action,
        target: Target {
            kind: TargetKind::Mail,
            id: mail.id.0,
            label: &mail.recipient,
        },
        change: Change::none(),
    };
    audit::record(app, tx, actor, entry).await
}

async fn release(app: &App, tx: &mut store::Tx, mail: DeliveryId) -> Result<bool, store::Error> {
    if !store::mails::release(tx, mail, app.now()).await? {
        return Ok(false);
    }
    let Some(delivery) = store::deliveries::find(tx, mail).await? else {
        return Ok(false);
    };
    jobs::add(app, tx, &Deliver::of(&delivery)).await?;
    Ok(true)
}

/// Lets the mails go that were kept because no server was set: periodic.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ReleaseMails {}

impl ReleaseMails {
    pub(crate) const EVERY: Duration = Duration::from_secs(60);
}

impl Job<App> for ReleaseMails {
    const NAME: &'static str = "release_mails";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        Self::NAME.to_owned()
    }

    async fn run(self, app: &App, _: &Running) -> Result<(), JobError> {
        let mut tx = app.store.begin().await?;
        store::mails::drop_held(&mut tx, app.now() - LIFETIME).await?;
        tx.commit().await?;
        if settings::server(app).await? == MailServer::NotSet {
            return Ok(());
        }
        loop {
            let mut tx = app.store.begin().await?;
            let held = store::mails::held(&mut tx, app.now() - FRESH, A_STEP).await?;
            if held.is_empty() {
                return Ok(());
            }
            for mail in held {
                release(app, &mut tx, mail).await?;
            }
            tx.commit().await?;
            app.jobs.wake();
        }
    }
}
