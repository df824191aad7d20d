//! Mails to people: written in the transaction of what causes them, and sent by a job of their own.

use model::MailId;
use store::{IdPage, Tx, mails::Mail};

use crate::{
    Actor, App,
    audit::{self, Action, Change, Entry, Target, TargetKind},
};

/// Why a mail is sent. Stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    AddressConfirmation,
    Recovery,
    Invitation,
    TokenCreated,
    SecurityChange,
    Transfer,
    Deletion,
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
        }
    }
}

/// A mail to be written: plain text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewMail<'a> {
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub reason: Reason,
}

pub(crate) async fn write(app: &App, tx: &mut Tx, new: NewMail<'_>) -> Result<(), store::Error> {
    let mail = Mail {
        id: MailId(app.ids.next()),
        recipient: new.to.to_owned(),
        // A header is one line, whatever a name in it holds.
        subject: new.subject.replace(['\r', '\n'], " "),
        body: new.text.to_owned(),
        reason: new.reason.name().to_owned(),
        created_at: app.now(),
        sent_at: None,
    };
    store::mails::add(tx, &mail).await
}

/// The text of a mail, for an administrator: as long as nothing sends mails, somebody has to pass their links on. Such a
/// link lets its reader in as somebody else, so it is noted who read it.
pub async fn read(app: &App, actor: &Actor, mail: MailId) -> Result<Option<Mail>, store::Error> {
    let mut tx = app.store.begin().await?;
    let Some(mail) = store::mails::find(&mut tx, mail).await? else {
        return Ok(None);
    };
    let entry = Entry {
        organization: None,
        action: Action::MAIL_READ,
        target: Target {
            kind: TargetKind::Mail,
            id: mail.id.0,
            label: &mail.recipient,
        },
        change: Change::none(),
    };
    audit::record(app, &mut tx, actor, entry).await?;
    tx.commit().await?;
    Ok(Some(mail))
}

/// All mails of the installation, newest first. The caller has seen to it that an administrator asks.
pub async fn list(app: &App, page: IdPage) -> Result<Vec<Mail>, store::Error> {
    store::mails::list(&mut *app.store.read().await?, page).await
}
