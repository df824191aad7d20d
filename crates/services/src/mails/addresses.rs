//! Addresses of an organization that are no user's: distribution lists, on-call boxes, whole domains. None is used before
//! somebody who reads its mails has agreed.

use integrations::email::is_address;
use model::{MailAddressId, OrganizationId};
use serde_json::json;
use store::{Connection, mail_addresses::MailAddress};

use super::account::{NewMail, Reason, write};
use crate::{
    App,
    access::OrganizationScope,
    audit::{self, Action, Change, Entry, Target, TargetKind},
    secret,
    users::{TooManyAttempts, count_mail},
};

/// Addresses that one organization has.
const MOST: usize = 500;

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Leadership,
    Team,
    OnCall,
    /// Everybody: reports alone go there.
    AllHands,
    Other,
}

impl Purpose {
    pub const ALL: [Self; 5] = [Self::Leadership, Self::Team, Self::OnCall, Self::AllHands, Self::Other];

    /// Stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Leadership => "leadership",
            Self::Team => "team",
            Self::OnCall => "on_call",
            Self::AllHands => "all_hands",
            Self::Other => "other",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Leadership => "Leadership",
            Self::Team => "A team",
            Self::OnCall => "On call",
            Self::AllHands => "Everybody (reports only)",
            Self::Other => "Something else",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// What is to be sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Alerts,
    Reports,
}

/// Why an address is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the organization does not have this address: add it to its mail addresses first")]
    Unknown,
    #[error("nobody has confirmed this address yet")]
    Unconfirmed,
    #[error("this address is for reports only")]
    ReportsOnly,
}

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("expected an e-mail address, or @ and a domain")]
    Invalid,
    #[error("an organization has at most {MOST} addresses")]
    TooMany,
    #[error("the organization has this address already")]
    Exists,
    #[error("there is no such address")]
    Gone,
    #[error("too many mails were asked for: try again in {} seconds", .0.0.as_secs().max(1))]
    TooOften(TooManyAttempts),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// An address to be added.
#[derive(Debug, Clone, Copy)]
pub struct NewAddress<'a> {
    /// With `@` in front a whole domain, for which its postmaster answers.
    pub address: &'a str,
    pub purpose: Purpose,
}

pub async fn list(app: &App, scope: &OrganizationScope) -> Result<Vec<MailAddress>, store::Error> {
    store::mail_addresses::list(&mut *app.store.read().await?, scope.organization.id).await
}

/// Adds an address, and asks there whether it may be used.
pub async fn add(app: &App, scope: &OrganizationScope, new: NewAddress<'_>) -> Result<MailAddress, AddressError> {
    let address = new.address.trim().to_lowercase();
    let probe = if address.starts_with('@') {
        format!("postmaster{address}")
    } else {
        address.clone()
    };
    if !is_address(&probe) {
        return Err(AddressError::Invalid);
    }
    count(app, scope)?;
    let mut tx = app.store.begin().await?;
    let organization = scope.organization.id;
    if store::mail_addresses::list(&mut tx, organization).await?.len() >= MOST {
        return Err(AddressError::TooMany);
    }
    let secret = secret::random_hex::<32>();
    let new = MailAddress {
        id: MailAddressId(app.ids.next()),
        organization,
        address,
        purpose: new.purpose.name().to_owned(),
        confirmation: secret::hash(&secret),
        confirmed_at: None,
        created_by: scope.actor.user_id(),
        created_at: app.now(),
    };
    match store::mail_addresses::add(&mut tx, &new).await {
        Err(store::Error::Conflict) => return Err(AddressError::Exists),
        added => added?,
    }
    ask(app, &mut tx, scope, &new, &secret).await?;
    let change = Change::created(&json!({ "address": new.address, "purpose": new.purpose }));
    record(app, &mut tx, scope, Action::MAIL_ADDRESS_ADDED, &new, change).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(new)
}

/// Asks an address once more; the link of the mail before does nothing any more.
pub async fn send_confirmation(app: &App, scope: &OrganizationScope, id: MailAddressId) -> Result<(), AddressError> {
    let mut tx = app.store.begin().await?;
    let address = find(&mut tx, scope.organization.id, id).await?;
    if address.confirmed_at.is_some() {
        return Ok(());
    }
    count(app, scope)?;
    let secret = secret::random_hex::<32>();
    let hash = secret::hash(&secret);
    store::mail_addresses::set_confirmation(&mut tx, scope.organization.id, id, &hash).await?;
    ask(app, &mut tx, scope, &address, &secret).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

/// Takes the secret of a link; tells which address it confirmed.
pub async fn confirm(app: &App, secret: &str) -> Result<Option<MailAddress>, store::Error> {
    let mut tx = app.store.begin().await?;
    let hash = secret::hash(secret);
    let Some(address) = store::mail_addresses::find_by_confirmation(&mut tx, &hash).await? else {
        return Ok(None);
    };
    store::mail_addresses::confirm(&mut tx, address.organization, address.id, app.now()).await?;
    tx.commit().await?;
    Ok(Some(address))
}

/// The address that a link would confirm.
pub async fn find_confirmation(app: &App, secret: &str) -> Result<Option<MailAddress>, store::Error> {
    let hash = secret::hash(secret);
    store::mail_addresses::find_by_confirmation(&mut *app.store.read().await?, &hash).await
}

pub async fn set_purpose(
    app: &App,
    scope: &OrganizationScope,
    id: MailAddressId,
    purpose: Purpose,
) -> Result<(), AddressError> {
    let mut tx = app.store.begin().await?;
    let before = find(&mut tx, scope.organization.id, id).await?;
    store::mail_addresses::set_purpose(&mut tx, scope.organization.id, id, purpose.name()).await?;
    let change = Change::between(
        &json!({ "purpose": before.purpose }),
        &json!({ "purpose": purpose.name() }),
    );
    record(app, &mut tx, scope, Action::MAIL_ADDRESS_EDITED, &before, change).await?;
    Ok(tx.commit().await?)
}

pub async fn delete(app: &App, scope: &OrganizationScope, id: MailAddressId) -> Result<(), AddressError> {
    let mut tx = app.store.begin().await?;
    let address = find(&mut tx, scope.organization.id, id).await?;
    store::mail_addresses::delete(&mut tx, scope.organization.id, id).await?;
    let change = Change::none();
    record(app, &mut tx, scope, Action::MAIL_ADDRESS_REMOVED, &address, change).await?;
    Ok(tx.commit().await?)
}

/// Whether an organization may send to an address: a member's, or one that agreed.
pub async fn check(
    db: &mut Connection,
    organization: OrganizationId,
    address: &str,
    what: Use,
) -> Result<Result<(), Refusal>, store::Error> {
    let found = store::mail_addresses::find_for(db, organization, address).await?;
    // The address itself says what it is for; a domain lets all in it be used.
    let own = found.iter().find(|one| !one.address.starts_with('@'));
    let domain = found.iter().find(|one| one.address.starts_with('@'));
    let is_confirmed = found.iter().any(|one| one.confirmed_at.is_some());
    Ok(match own.or(domain) {
        None if store::user_emails::is_of_member(db, organization, address).await? => Ok(()),
        None => Err(Refusal::Unknown),
        Some(one) if one.purpose == Purpose::AllHands.name() && what == Use::Alerts => Err(Refusal::ReportsOnly),
        Some(_) if !is_confirmed => Err(Refusal::Unconfirmed),
        Some(_) => Ok(()),
    })
}

async fn find(
    db: &mut Connection,
    organization: OrganizationId,
    id: MailAddressId,
) -> Result<MailAddress, AddressError> {
    let found = store::mail_addresses::find(db, organization, id).await?;
    found.ok_or(AddressError::Gone)
}

/// The mails go to whom somebody names, who may not want them.
fn count(app: &App, scope: &OrganizationScope) -> Result<(), AddressError> {
    let who = scope
        .actor
        .user_id()
        .map_or_else(|| scope.organization.slug.clone(), |user| user.to_string());
    count_mail(app, &who).map_err(AddressError::TooOften)
}

async fn ask(
    app: &App,
    tx: &mut store::Tx,
    scope: &OrganizationScope,
    address: &MailAddress,
    secret: &str,
) -> Result<(), store::Error> {
    let (to, what) = match address.address.strip_prefix('@') {
        Some(domain) => (format!("postmaster@{domain}"), format!("all addresses of {domain}")),
        None => (address.address.clone(), address.address.clone()),
    };
    let text = format!(
        "The organization {} wants to send alerts and reports to {what}.\n\nOpen this link to agree:\n{}\n\nIf you do not \
         want it, do nothing.\n",
        scope.organization.name,
        app.url.join(&format!("/confirm-address/{secret}/"))
    );
    let mail = NewMail {
        to: &to,
        subject: &format!("May {} send alerts to this address?", scope.organization.name),
        text: &text,
        reason: Reason::AddressConfirmation,
    };
    write(app, tx, mail).await
}

async fn record(
    app: &App,
    tx: &mut store::Tx,
    scope: &OrganizationScope,
    action: Action,
    address: &MailAddress,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(scope.organization.id),
        action,
        target: Target {
            kind: TargetKind::Mail,
            id: address.id.0,
            label: &address.address,
        },
        change,
    };
    audit::record(app, tx, &scope.actor, entry).await
}
