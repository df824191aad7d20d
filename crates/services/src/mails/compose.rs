use integrations::email::{Attachment, Mail};
use model::NotificationKind;
use serde_json::Value;
use store::{deliveries::Delivery, notifications::Notification};

use super::{kinds, letter::Letter, parcel, source::Source};
use crate::App;

/// What a kind of notification says by mail, and how it is sorted.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) letter: Letter,
    /// By which providers count mails, and people filter them.
    pub(super) category: &'static str,
    /// It belongs to the thread of its issue.
    pub(super) in_thread: bool,
    pub(super) attachments: Vec<Attachment>,
}

impl Said {
    pub(super) fn new(category: &'static str, letter: Letter) -> Self {
        Self {
            letter,
            category,
            in_thread: false,
            attachments: Vec::new(),
        }
    }
}

/// Puts the mail of a delivery together. `None`: what it tells of is gone.
///
/// Called again for the same delivery, as after a crash, it gives a mail of the same Message-Id.
pub async fn compose(app: &App, delivery: &Delivery, of: &Notification) -> Result<Option<Mail>, store::Error> {
    let Some(source) = Source::load(app, delivery, of).await? else {
        return Ok(None);
    };
    if is_muted(&source).await? {
        return Ok(None);
    }
    match say(&source).await? {
        Some(said) => parcel::pack(&source, said).await.map(Some),
        None => Ok(None),
    }
}

/// An address that is no user's has said that it wants no more of the issue, after it was found to be told.
async fn is_muted(source: &Source<'_>) -> Result<bool, store::Error> {
    let (None, Some(issue)) = (source.delivery.user, &source.issue) else {
        return Ok(false);
    };
    if source.of.kind == NotificationKind::Test {
        return Ok(false);
    }
    let target = source.delivery.target.get("address").and_then(Value::as_str);
    let address = target.unwrap_or(&source.delivery.label);
    let mut db = source.app.store.read().await?;
    store::mail_addresses::is_muted(&mut db, address, issue.id).await
}

async fn say(source: &Source<'_>) -> Result<Option<Said>, store::Error> {
    use NotificationKind as Kind;
    Ok(match source.of.kind {
        Kind::IssueAlert => kinds::issue_alert::say(source).await?,
        Kind::Activity => kinds::activity::say(source).await?,
        Kind::MetricAlert => Some(kinds::metric_alert::say(source).await?),
        Kind::Digest => kinds::digest::say(source).await?,
        Kind::Deploy => Some(kinds::deploy::say(source).await?),
        Kind::WeeklyReport | Kind::Account => Some(kinds::written::say(source)),
        Kind::HeldNotice => Some(kinds::notices::held(source)),
        Kind::Quota | Kind::SpikeProtection => Some(kinds::notices::quota(source)),
        Kind::Test => Some(kinds::notices::test(source).await?),
        // Places where people talk are told, and mailboxes are none.
        Kind::RuleSaved => None,
    })
}
