use model::AttemptOutcome;
use store::{Connection, deliveries::Delivery, mail_bounces};

use crate::{
    Actor, App,
    audit::{self, Action, Change, Entry, Target, TargetKind},
};

/// Addresses on one page.
const SHOWN: i64 = 200;

/// Learns from what a server said about a mail: an address that is itself refused for good three times in a row gets none any
/// more, one that takes a mail is good. Part of the transaction that notes the attempt.
pub async fn settled(
    app: &App,
    db: &mut Connection,
    delivery: &Delivery,
    (outcome, is_gone): (AttemptOutcome, bool),
    answer: &str,
) -> Result<(), store::Error> {
    let address = delivery.target.get("address").and_then(serde_json::Value::as_str);
    let address = address.unwrap_or(&delivery.label);
    match outcome {
        AttemptOutcome::Sent => mail_bounces::clear(db, address).await.map(drop),
        AttemptOutcome::Refused if is_gone => mail_bounces::add(db, address, answer, app.now()).await,
        _ => Ok(()),
    }
}

/// The addresses to which nothing is sent, the latest first.
pub async fn flagged(app: &App) -> Result<Vec<mail_bounces::Bounce>, store::Error> {
    mail_bounces::list_flagged(&mut *app.store.read().await?, SHOWN).await
}

/// Tries an address again. The caller has seen to it that an administrator asks.
pub async fn forgive(app: &App, actor: &Actor, address: &str) -> Result<bool, store::Error> {
    let mut tx = app.store.begin().await?;
    if !mail_bounces::clear(&mut tx, address).await? {
        return Ok(false);
    }
    let entry = Entry {
        organization: None,
        action: Action::MAIL_ADDRESS_FORGIVEN,
        target: Target {
            kind: TargetKind::Mail,
            id: 0,
            label: address,
        },
        change: Change::none(),
    };
    audit::record(app, &mut tx, actor, entry).await?;
    tx.commit().await?;
    Ok(true)
}
