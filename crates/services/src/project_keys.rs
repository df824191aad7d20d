//! Keys of a project, and who an SDK's key belongs to.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use model::{KeyStatus, OrganizationId, ProjectId, ProjectKeyId, Timestamp};
use serde_json::json;
use store::project_keys::{KeyRateLimit, ProjectKey, SdkLoader};

use crate::{
    App,
    access::{AccessError, OrganizationScope, ProjectScope},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    secret,
};

/// What a window of a key's rate limit may be, in seconds.
const KEY_WINDOWS: RangeInclusive<i64> = 1..=24 * 3600;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the label may have at most 64 characters")]
    LabelTooLong,
    #[error("a rate limit has a count of at least 0 and a window of 1 second to a day")]
    RateLimit,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A project's keys without the revoked ones, oldest first.
pub async fn list(app: &App, scope: &ProjectScope) -> Result<Vec<ProjectKey>, store::Error> {
    store::project_keys::list(&mut *app.store.read().await?, scope.project.id).await
}

/// The keys of all projects without the revoked ones, oldest first.
pub async fn list_of_organization(app: &App, scope: &OrganizationScope) -> Result<Vec<ProjectKey>, store::Error> {
    let mut keys =
        store::project_keys::list_of_organization(&mut *app.store.read().await?, scope.organization.id).await?;
    keys.retain(|key| scope.visible.has(key.project));
    Ok(keys)
}

/// By its public key, which is its id in the API.
pub async fn get(app: &App, scope: &ProjectScope, public_key: &str) -> Result<ProjectKey, AccessError> {
    let mut db = app.store.read().await?;
    store::project_keys::find(&mut db, scope.project.id, public_key)
        .await?
        .ok_or(AccessError::NotFound)
}

/// A further key; the others stay in use, which is how a key is rotated: create, deploy, then disable the old one.
pub async fn create(app: &App, scope: &ProjectScope, label: &str) -> Result<ProjectKey, KeyError> {
    let label = if label.trim().is_empty() {
        "Default"
    } else {
        label.trim()
    };
    if label.chars().count() > 64 {
        return Err(KeyError::LabelTooLong);
    }
    let mut tx = app.store.begin().await?;
    let key = insert(app, &mut tx, scope.project.id, label, None).await?;
    record(
        app,
        &mut tx,
        scope,
        &key,
        Action::KEY_ADDED,
        Change::created(&fields(&key)),
    )
    .await?;
    tx.commit().await?;
    Ok(key)
}

pub(crate) async fn insert(
    app: &App,
    tx: &mut store::Tx,
    project: ProjectId,
    label: &str,
    public_key: Option<&str>,
) -> Result<ProjectKey, store::Error> {
    let key = ProjectKey {
        id: ProjectKeyId(app.ids.next()),
        project,
        public_key: public_key.map_or_else(secret::random_hex::<16>, str::to_owned),
        secret_key: secret::random_hex::<16>(),
        label: label.to_owned(),
        status: KeyStatus::Active,
        rate_limit: None,
        sdk_loader: SdkLoader::default(),
        created_at: app.now(),
    };
    store::project_keys::create(tx, &key).await?;
    Ok(key)
}

/// What to change of a key.
#[derive(Debug, Clone, Default)]
pub struct KeyChange<'a> {
    pub label: Option<&'a str>,
    pub active: Option<bool>,
    /// `Some(None)` takes the limit away.
    pub rate_limit: Option<Option<KeyRateLimit>>,
    pub sdk_loader: Option<SdkLoader>,
}

/// What [`update`] would refuse.
pub fn check(change: &KeyChange<'_>) -> Result<(), KeyError> {
    if change.label.is_some_and(|label| label.trim().chars().count() > 64) {
        return Err(KeyError::LabelTooLong);
    }
    let limit = change.rate_limit.flatten();
    if limit.is_some_and(|limit| limit.count < 0 || !KEY_WINDOWS.contains(&limit.window_seconds)) {
        return Err(KeyError::RateLimit);
    }
    Ok(())
}

pub async fn update(
    app: &App,
    scope: &ProjectScope,
    before: &ProjectKey,
    change: &KeyChange<'_>,
) -> Result<ProjectKey, KeyError> {
    let mut key = before.clone();
    if let Some(loader) = &change.sdk_loader {
        loader.clone_into(&mut key.sdk_loader);
    }
    if let Some(label) = change.label.map(str::trim).filter(|label| !label.is_empty()) {
        label.clone_into(&mut key.label);
    }
    check(change)?;
    if let Some(active) = change.active {
        key.status = if active { KeyStatus::Active } else { KeyStatus::Disabled };
    }
    if let Some(rate_limit) = change.rate_limit {
        key.rate_limit = rate_limit;
    }
    save(app, scope, before, &key, Action::KEY_EDITED).await?;
    Ok(key)
}

/// Ends a key for good. Its row stays, so that the refusal of an old SDK can say why.
pub async fn revoke(app: &App, scope: &ProjectScope, key: &ProjectKey) -> Result<(), store::Error> {
    let revoked = ProjectKey {
        status: KeyStatus::Revoked,
        ..key.clone()
    };
    save(app, scope, key, &revoked, Action::KEY_REMOVED).await
}

async fn save(
    app: &App,
    scope: &ProjectScope,
    before: &ProjectKey,
    key: &ProjectKey,
    action: Action,
) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    store::project_keys::update(&mut tx, key).await?;
    let change = Change::between(&fields(before), &fields(key));
    record(app, &mut tx, scope, key, action, change).await?;
    tx.commit().await?;
    app.keys.clear();
    Ok(())
}

/// What the audit log keeps of a key; its secret half is none of it.
fn fields(key: &ProjectKey) -> serde_json::Value {
    let limit = key.rate_limit.map(|limit| (limit.count, limit.window_seconds));
    json!({"label": key.label, "publicKey": key.public_key, "status": key.status, "rateLimit": limit})
}

async fn record(
    app: &App,
    tx: &mut store::Tx,
    scope: &ProjectScope,
    key: &ProjectKey,
    action: Action,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(scope.organization.id),
        action,
        target: Target {
            kind: TargetKind::ProjectKey,
            id: key.id.0,
            label: &key.label,
        },
        change,
    };
    audit::record(app, tx, &scope.actor, entry).await
}

/// What an SDK's public key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyOwner {
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub key: ProjectKeyId,
    pub status: KeyStatus,
    pub rate_limit: Option<KeyRateLimit>,
}

/// Looks a public key up; `None` when no project has it. Answers are remembered for a moment, changes made by this
/// process count at once.
pub async fn find_owner(app: &App, public_key: &str) -> Result<Option<KeyOwner>, store::Error> {
    let now = app.now();
    if let Some(owner) = app.keys.get(public_key, now) {
        return Ok(Some(owner));
    }
    let found = store::project_keys::find_by_public_key(&mut *app.store.read().await?, public_key).await?;
    let owner = found.map(|(organization, key)| KeyOwner {
        organization,
        project: key.project,
        key: key.id,
        status: key.status,
        rate_limit: key.rate_limit,
    });
    if let Some(owner) = owner {
        app.keys.set(public_key, owner, now);
    }
    Ok(owner)
}

/// Looked-up keys. Unknown ones are not kept, since anybody can send any number of them and `setup` in another process
/// may just have made the key.
#[derive(Debug, Default)]
pub(crate) struct KeyCache(Mutex<HashMap<String, (Timestamp, KeyOwner)>>);

impl KeyCache {
    const LIFETIME: Duration = Duration::from_secs(5);
    const CAPACITY: usize = 10_000;

    fn get(&self, public_key: &str, now: Timestamp) -> Option<KeyOwner> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, owner) = keys.get(public_key)?;
        // A test clock may step back: an entry from the future is old as well.
        (now >= *at && now.since(*at) < Self::LIFETIME).then_some(*owner)
    }

    fn set(&self, public_key: &str, owner: KeyOwner, now: Timestamp) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= Self::CAPACITY {
            keys.clear();
        }
        keys.insert(public_key.to_owned(), (now, owner));
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
