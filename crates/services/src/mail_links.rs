//! Links in mails: they prove that whoever opens them reads the mails of an address.

use std::time::Duration;

use model::UserId;
use store::{Tx, mail_links::MailLink};

use crate::{App, secret};

/// What a link is for. Stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkKind {
    ConfirmAddress,
    Recover,
    TransferProject,
}

impl LinkKind {
    fn name(self) -> &'static str {
        match self {
            Self::ConfirmAddress => "confirm_address",
            Self::Recover => "recover",
            Self::TransferProject => "transfer_project",
        }
    }

    fn lifetime(self) -> Duration {
        match self {
            Self::ConfirmAddress => Duration::from_secs(2 * 24 * 3600),
            Self::Recover => Duration::from_secs(3600),
            Self::TransferProject => Duration::from_secs(7 * 24 * 3600),
        }
    }
}

/// Makes a link's secret; earlier links of the kind stay as they are.
pub(crate) async fn create(
    app: &App,
    tx: &mut Tx,
    kind: LinkKind,
    user: UserId,
    subject: &str,
) -> Result<String, store::Error> {
    let secret = secret::random_hex::<32>();
    let now = app.now();
    let link = MailLink {
        kind: kind.name().to_owned(),
        user,
        subject: subject.to_owned(),
        created_at: now,
        expires_at: now + kind.lifetime(),
    };
    store::mail_links::create(tx, &link, &secret::hash(&secret)).await?;
    Ok(secret)
}

/// A link that still works.
pub(crate) async fn find(app: &App, kind: LinkKind, secret: &str) -> Result<Option<MailLink>, store::Error> {
    let mut db = app.store.read().await?;
    store::mail_links::find(&mut db, kind.name(), &secret::hash(secret), app.now()).await
}

/// Uses a link up: `None` if it does not work, or was used meanwhile.
pub(crate) async fn take(
    app: &App,
    tx: &mut Tx,
    kind: LinkKind,
    secret: &str,
) -> Result<Option<MailLink>, store::Error> {
    let hash = secret::hash(secret);
    let link = store::mail_links::find(tx, kind.name(), &hash, app.now()).await?;
    let is_first = store::mail_links::delete(tx, &hash).await?;
    Ok(link.filter(|_| is_first))
}

/// Makes all links of a kind that a user was sent useless.
pub(crate) async fn forget(tx: &mut Tx, kind: LinkKind, user: UserId) -> Result<(), store::Error> {
    store::mail_links::delete_of_user(tx, user, kind.name()).await?;
    Ok(())
}
