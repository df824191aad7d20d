//! Browsers that show notifications: who lets them, and what they are sent.

pub use integrations::web_push::Subscription;
use integrations::web_push::{VapidKey, WebPushChannel};
use model::{NotificationKind, PushSubscriptionId, UserId};
use serde_json::{Value, json};
use store::{Connection, deliveries::Delivery, notifications::Notification, push_subscriptions::PushSubscription};

use super::{
    Reason,
    causes::{ActivityCause, DeployCause, DigestCause, MetricCause},
    gathered::{self, Gathered},
};
use crate::{App, access::MembershipSettings, seal::Purpose, settings};

/// Under which the key of the installation is kept.
const KEY: &str = "push_key";

/// How many browsers a user may have.
const MOST: usize = 20;

/// A push message is short.
const LONGEST_LINE: usize = 200;

/// And of several things names the first.
const ENTRIES: usize = 3;

#[derive(Debug, thiserror::Error)]
pub enum PushError {
    #[error("{0}")]
    Invalid(String),
    #[error("there may be at most {MOST} browsers")]
    TooMany,
    #[error("there is no such browser")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Sets up the channel. Meant to be called once, at the start, behind [`crate::outbound::open`].
pub async fn open(app: &App) -> Result<(), store::Error> {
    let key = key(app).await?;
    let Some(outbound) = app.outbound.get() else {
        return Ok(());
    };
    let contact = app.url.join("/");
    let channel = WebPushChannel::new(outbound.client.clone(), key, app.clock.clone(), &contact);
    app.channels.register(channel);
    Ok(())
}

/// What browsers are told when they subscribe, in base64url.
pub async fn public_key(app: &App) -> Result<String, store::Error> {
    Ok(key(app).await?.public())
}

/// The key by which push services know the installation. It is made when it is asked for first.
async fn key(app: &App) -> Result<VapidKey, store::Error> {
    let stored = store::instance::find(&mut *app.store.read().await?, KEY).await?;
    if let Some(key) = stored.and_then(|sealed| opened(app, &sealed)) {
        return Ok(key);
    }
    let mut tx = app.store.begin().await?;
    // Another process may have made it meanwhile.
    let stored = store::instance::find(&mut tx, KEY).await?;
    if let Some(key) = stored.and_then(|sealed| opened(app, &sealed)) {
        return Ok(key);
    }
    let text = VapidKey::generate();
    let sealed = app.sealer().seal(Purpose::PushKey, text.as_bytes());
    store::instance::set(&mut tx, KEY, &sealed).await?;
    tx.commit().await?;
    Ok(VapidKey::parse(&text).expect("it was just made"))
}

fn opened(app: &App, sealed: &str) -> Option<VapidKey> {
    let text = app.sealer().open(Purpose::PushKey, sealed)?;
    VapidKey::parse(std::str::from_utf8(&text).ok()?).ok()
}

/// The browsers of a user, oldest first.
pub async fn list(app: &App, user: UserId) -> Result<Vec<PushSubscription>, store::Error> {
    store::push_subscriptions::list(&mut *app.store.read().await?, &[user]).await
}

/// Lets a browser show what a user is told.
pub async fn subscribe(
    app: &App,
    user: UserId,
    browser: &Subscription,
    user_agent: &str,
) -> Result<PushSubscriptionId, PushError> {
    if let Some(problem) = browser.problem() {
        return Err(PushError::Invalid(problem.to_string()));
    }
    let mut tx = app.store.begin().await?;
    let own = store::push_subscriptions::list(&mut tx, &[user]).await?;
    if own.len() >= MOST && own.iter().all(|one| one.endpoint != browser.endpoint) {
        return Err(PushError::TooMany);
    }
    let new = PushSubscription {
        id: PushSubscriptionId(app.ids.next()),
        user,
        endpoint: browser.endpoint.clone(),
        p256dh: browser.p256dh.clone(),
        auth: browser.auth.clone(),
        user_agent: user_agent.chars().take(500).collect(),
        created_at: app.now(),
        last_sent_at: None,
    };
    store::push_subscriptions::set(&mut tx, &new).await?;
    let all = store::push_subscriptions::list(&mut tx, &[user]).await?;
    tx.commit().await?;
    let known = all.into_iter().find(|one| one.endpoint == browser.endpoint);
    Ok(known.map_or(new.id, |one| one.id))
}

pub async fn unsubscribe(app: &App, user: UserId, id: PushSubscriptionId) -> Result<(), PushError> {
    let mut tx = app.store.begin().await?;
    if !store::push_subscriptions::delete(&mut tx, user, id).await? {
        return Err(PushError::Gone);
    }
    Ok(tx.commit().await?)
}

/// Forgets a browser whose service will never take a message again.
pub(super) async fn forget(db: &mut Connection, delivery: &Delivery) -> Result<(), store::Error> {
    let id = delivery.target.get("subscription").and_then(Value::as_i64);
    // Only whom the message was for has lost it.
    if let (Some(id), Some(user)) = (id, delivery.user) {
        store::push_subscriptions::delete(db, user, PushSubscriptionId(id)).await?;
    }
    Ok(())
}

/// What a browser shows: a title, a line, and the page that it opens. `None`: what it tells of is gone.
pub(super) async fn message(app: &App, delivery: &Delivery, of: &Notification) -> Result<Option<Value>, store::Error> {
    let mut db = app.store.read().await?;
    let organization = match of.organization {
        Some(id) => store::organizations::find(&mut db, id).await?,
        None => None,
    };
    let Some(organization) = organization else {
        return Ok(None);
    };
    let membership: MembershipSettings = settings::read_topic(&mut db, organization.id).await?;
    let issue = match of.issue {
        Some(issue) => Some(store::issues::find_or_target(&mut db, organization.id, issue).await?),
        None => None,
    };
    // The issue was deleted meanwhile.
    if issue == Some(None) {
        return Ok(None);
    }
    let issue = issue.flatten();
    let (title, path) = match &issue {
        Some(issue) => {
            let title = if membership.enhanced_privacy {
                format!("An issue in {}", issue.project_slug)
            } else {
                issue.title.clone()
            };
            (
                title,
                format!("/organizations/{}/issues/{}/", organization.slug, issue.id),
            )
        }
        None => (heading(of), format!("/organizations/{}/issues/", organization.slug)),
    };
    let told = if of.kind == NotificationKind::Digest {
        let gathered = Gathered::load(&mut db, delivery, of).await?;
        if gathered.is_empty() {
            return Ok(None);
        }
        let some = gathered.found.iter().take(ENTRIES);
        let titles = some.map(|(one, issue)| {
            gathered::entry(
                app,
                &organization.slug,
                (one, issue.as_ref()),
                membership.enhanced_privacy,
            )
            .title
        });
        titles.collect::<Vec<_>>().join("; ")
    } else {
        happened(of)
    };
    let reason = delivery
        .target
        .get("reason")
        .and_then(Value::as_str)
        .and_then(Reason::from_code);
    let why = reason.map_or("", Reason::text);
    Ok(Some(json!({
        "title": short(&title),
        "body": short(&format!("{told} {why}")),
        "url": app.url.join(&path),
        "tag": of.uuid,
    })))
}

/// What a notification without an issue is about.
fn heading(of: &Notification) -> String {
    let cause = of.cause.clone();
    match of.kind {
        NotificationKind::MetricAlert => {
            serde_json::from_value(cause).map_or_else(|_| String::new(), |cause: MetricCause| cause.name)
        }
        NotificationKind::Deploy => serde_json::from_value(cause).map_or_else(
            |_| String::new(),
            |cause: DeployCause| format!("{} was deployed to {}", cause.version, cause.environment),
        ),
        NotificationKind::Digest => serde_json::from_value(cause).map_or_else(
            |_| String::new(),
            |cause: DigestCause| format!("{} notifications", cause.notifications.len() as u64 + cause.more),
        ),
        _ => "Tocsin".to_owned(),
    }
}

pub(super) fn happened(of: &Notification) -> String {
    match of.kind {
        NotificationKind::IssueAlert => "An alert rule fired.".to_owned(),
        NotificationKind::Activity => serde_json::from_value(of.cause.clone()).map_or_else(
            |_| String::new(),
            |cause: ActivityCause| match cause.kind.as_str() {
                "note" => "Somebody commented.".to_owned(),
                "assigned" => "It was assigned.".to_owned(),
                super::causes::FIRST_SEEN => "It is new.".to_owned(),
                kind => format!("{}.", kind.trim_start_matches("set_").replace('_', " ")),
            },
        ),
        _ => String::new(),
    }
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
