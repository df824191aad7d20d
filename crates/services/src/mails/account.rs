use integrations::email::EmailChannel;
use model::{DeliveryId, DeliveryState, NotificationId, NotificationKind};
use serde_json::json;
use store::{
    Connection,
    deliveries::{self, Delivery},
    notifications::{self, Notification, Recipient},
};

use crate::{
    App, jobs,
    notifications::{Deliver, Reason as Told},
    secret,
};

/// Why a mail about an account is sent. Stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    AddressConfirmation,
    Recovery,
    Invitation,
    TokenCreated,
    SecurityChange,
    Transfer,
    Deletion,
    /// Something that an organization relies on stopped working.
    Broken,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Self::AddressConfirmation => "address_confirmation",
            Self::Recovery => "recovery",
            Self::Invitation => "invitation",
            Self::TokenCreated => "token_created",
            Self::SecurityChange => "security_change",
            Self::Transfer => "transfer",
            Self::Deletion => "deletion",
            Self::Broken => "broken",
        }
    }
}

/// A mail to be written: plain text, in which an address on a line of its own becomes a button.
#[derive(Debug, Clone, Copy)]
pub struct NewMail<'a> {
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub reason: Reason,
}

/// Writes a mail with what causes it. Neither settings nor caps hold it back, so its recipient is known at once.
pub async fn write(app: &App, db: &mut Connection, new: NewMail<'_>) -> Result<(), store::Error> {
    let now = app.now();
    let notification = Notification {
        id: NotificationId(app.ids.next()),
        uuid: secret::random_hex::<16>(),
        organization: None,
        project: None,
        issue: None,
        event: None,
        kind: NotificationKind::Account,
        cause: json!({
            "address": new.to,
            // A header is one line, whatever a name in it holds.
            "subject": new.subject.replace(['\r', '\n'], " "),
            "text": new.text,
            "reason": new.reason.name(),
        }),
        is_critical: true,
        created_at: now,
        planned_at: Some(now),
    };
    let delivery = Delivery {
        id: DeliveryId(app.ids.next()),
        notification: notification.id,
        organization: None,
        project: None,
        issue: None,
        user: None,
        channel: EmailChannel::SLUG.to_owned(),
        label: new.to.to_owned(),
        target: json!({ "address": new.to }),
        content: None,
        dedup_key: format!("{}:{}", notification.uuid, EmailChannel::SLUG),
        state: DeliveryState::Waiting,
        attempts: 0,
        is_doubtful: false,
        created_at: now,
        next_attempt_at: Some(now),
        sent_at: None,
    };
    let recipient = Recipient {
        notification: notification.id,
        place: 0,
        kind: "address".to_owned(),
        user: None,
        team: None,
        label: new.to.to_owned(),
        channel: EmailChannel::SLUG.to_owned(),
        is_told: true,
        reason: Told::OwnAccount.code().to_owned(),
        detail: new.reason.name().to_owned(),
        delivery: Some(delivery.id),
    };
    notifications::add(db, &notification).await?;
    notifications::add_recipients(db, &[recipient]).await?;
    deliveries::add(db, &delivery).await?;
    jobs::add(app, db, &Deliver::of(&delivery)).await
}
