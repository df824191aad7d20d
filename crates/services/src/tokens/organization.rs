//! Tokens of organizations, for release pipelines. They say themselves where they are good, which `sentry-cli` reads:
//! `sntrys_`, the base64 of an object, `_`, and the base64 of the secret.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use model::{OrganizationRole, OrganizationTokenId, ProjectId, Timestamp};
use serde::Serialize;
use store::organization_tokens::OrganizationToken;

use super::{AuthenticateError, LAST_USED_STEP, MAX_NAME, actor, hash, last_characters};
use crate::{
    Actor, App, PublicUrl, Scope,
    access::{Identity, OrganizationScope, ProjectScope},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    mails::{self, NewMail, Reason},
    secret,
};

pub(super) const PREFIX: &str = "sntrys_";

/// Most tokens of one organization that are not revoked.
const MOST: i64 = 200;

/// A token that has just been made, with the secret, which is shown once.
#[derive(Debug)]
pub struct NewOrganizationToken {
    pub token: OrganizationToken,
    pub secret: String,
}

#[derive(Debug, thiserror::Error)]
pub enum OrganizationTokenError {
    #[error("the token needs a name")]
    NoName,
    #[error("the name may have at most {MAX_NAME} characters")]
    NameTooLong,
    #[error("the token would be over before it begins")]
    InThePast,
    #[error("there may be at most {MOST} tokens")]
    TooMany,
    #[error("there is no such token")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What stands in a token, for whoever holds it. No field of it is believed.
#[derive(Debug, Serialize)]
struct Payload<'a> {
    /// When it was made, in seconds.
    iat: f64,
    url: &'a str,
    region_url: &'a str,
    /// Slug.
    org: &'a str,
}

/// What the entries of deeds tell of a token.
#[derive(Debug, Serialize)]
struct TokenFields<'a> {
    name: &'a str,
    scopes: &'a [String],
    expires_at: Option<Timestamp>,
}

fn entry<'a>(action: Action, token: &'a OrganizationToken, change: Change) -> Entry<'a> {
    Entry {
        organization: Some(token.organization),
        action,
        target: Target {
            kind: TargetKind::Token,
            id: token.id.0,
            label: &token.name,
        },
        change,
    }
}

fn fields(token: &OrganizationToken) -> TokenFields<'_> {
    TokenFields {
        name: &token.name,
        scopes: &token.scopes,
        expires_at: token.expires_at,
    }
}

fn check_name(name: &str) -> Result<&str, OrganizationTokenError> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err(OrganizationTokenError::NoName),
        count if count > MAX_NAME => Err(OrganizationTokenError::NameTooLong),
        _ => Ok(name),
    }
}

/// Makes a token that is good at `url`, and tells the owners so by mail.
pub async fn create_for_organization(
    app: &App,
    scope: &OrganizationScope,
    name: &str,
    expires_at: Option<Timestamp>,
    url: &PublicUrl,
) -> Result<NewOrganizationToken, OrganizationTokenError> {
    let name = check_name(name)?;
    if expires_at.is_some_and(|at| at <= app.now()) {
        return Err(OrganizationTokenError::InThePast);
    }
    let secret = new_secret(app, url, &scope.organization.slug);
    let token = OrganizationToken {
        id: OrganizationTokenId(app.ids.next()),
        organization: scope.organization.id,
        name: name.to_owned(),
        last_characters: last_characters(&secret),
        scopes: vec![Scope::OrgCi.name().to_owned()],
        created_by: scope.actor.user_id(),
        created_at: app.now(),
        expires_at,
        last_used_at: None,
        last_project: None,
        deactivated_at: None,
    };
    let mut tx = app.store.begin().await?;
    if store::organization_tokens::count_active(&mut tx, scope.organization.id).await? >= MOST {
        return Err(OrganizationTokenError::TooMany);
    }
    store::organization_tokens::create(&mut tx, &token, &hash(&secret)).await?;
    let change = Change::created(&fields(&token));
    audit::record(
        app,
        &mut tx,
        &scope.actor,
        entry(Action::ORGANIZATION_TOKEN_ADDED, &token, change),
    )
    .await?;
    tell_owners(app, &mut tx, scope, &token).await?;
    tx.commit().await?;
    Ok(NewOrganizationToken { token, secret })
}

fn new_secret(app: &App, url: &PublicUrl, slug: &str) -> String {
    let payload = Payload {
        iat: app.now().micros() as f64 / 1e6,
        url: url.as_str(),
        region_url: url.as_str(),
        org: slug,
    };
    let payload = serde_json::to_vec(&payload).expect("the payload is plain");
    let secret = STANDARD_NO_PAD.encode(secret::random_bytes::<32>());
    format!("{PREFIX}{}_{secret}", STANDARD.encode(payload))
}

async fn tell_owners(
    app: &App,
    tx: &mut store::Tx,
    scope: &OrganizationScope,
    token: &OrganizationToken,
) -> Result<(), store::Error> {
    let text = format!(
        "A token called \"{}\" was made for the organization {}. It is listed, and can be revoked, here:\n{}\n",
        token.name,
        scope.organization.name,
        app.url.join(&format!(
            "/organizations/{}/settings/auth-tokens/",
            scope.organization.slug
        ))
    );
    for (member, user) in store::members::list(tx, scope.organization.id).await? {
        if !user.is_active || member.role != OrganizationRole::Owner {
            continue;
        }
        let mail = NewMail {
            to: &user.email,
            subject: "A token was made for your organization",
            text: &text,
            reason: Reason::TokenCreated,
        };
        mails::write(app, tx, mail).await?;
    }
    Ok(())
}

/// All tokens, also those that were revoked, newest first.
pub async fn list_of_organization(
    app: &App,
    scope: &OrganizationScope,
) -> Result<Vec<OrganizationToken>, store::Error> {
    store::organization_tokens::list(&mut *app.store.read().await?, scope.organization.id).await
}

pub async fn get_of_organization(
    app: &App,
    scope: &OrganizationScope,
    token: OrganizationTokenId,
) -> Result<OrganizationToken, OrganizationTokenError> {
    let mut db = app.store.read().await?;
    let token = store::organization_tokens::find(&mut db, scope.organization.id, token).await?;
    token.ok_or(OrganizationTokenError::Gone)
}

pub async fn rename_of_organization(
    app: &App,
    scope: &OrganizationScope,
    token: OrganizationTokenId,
    name: &str,
) -> Result<(), OrganizationTokenError> {
    let name = check_name(name)?;
    let mut tx = app.store.begin().await?;
    let before = store::organization_tokens::find(&mut tx, scope.organization.id, token).await?;
    let before = before
        .filter(|token| token.deactivated_at.is_none())
        .ok_or(OrganizationTokenError::Gone)?;
    store::organization_tokens::rename(&mut tx, scope.organization.id, token, name).await?;
    let after = OrganizationToken {
        name: name.to_owned(),
        ..before.clone()
    };
    let change = Change::between(&fields(&before), &fields(&after));
    audit::record(
        app,
        &mut tx,
        &scope.actor,
        entry(Action::ORGANIZATION_TOKEN_EDITED, &after, change),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Revokes a token at once; it stays in the list.
pub async fn deactivate_of_organization(
    app: &App,
    scope: &OrganizationScope,
    token: OrganizationTokenId,
) -> Result<(), OrganizationTokenError> {
    let mut tx = app.store.begin().await?;
    let found = store::organization_tokens::find(&mut tx, scope.organization.id, token).await?;
    let found = found.ok_or(OrganizationTokenError::Gone)?;
    if !store::organization_tokens::deactivate(&mut tx, scope.organization.id, token, app.now()).await? {
        return Err(OrganizationTokenError::Gone);
    }
    let change = Change::removed(&fields(&found));
    audit::record(
        app,
        &mut tx,
        &scope.actor,
        entry(Action::ORGANIZATION_TOKEN_REMOVED, &found, change),
    )
    .await?;
    Ok(tx.commit().await?)
}

pub(super) async fn authenticate(app: &App, secret: &str) -> Result<Actor, AuthenticateError> {
    let mut db = app.store.read().await?;
    let token = store::organization_tokens::find_by_hash(&mut db, &hash(secret)).await?;
    drop(db);
    let token = token.ok_or(AuthenticateError::Unknown)?;
    let now = app.now();
    if token.deactivated_at.is_some() {
        return Err(AuthenticateError::Inactive);
    }
    if token.expires_at.is_some_and(|at| at <= now) {
        return Err(AuthenticateError::Expired);
    }
    if token.last_used_at.is_none_or(|used| now.since(used) >= LAST_USED_STEP) {
        let mut tx = app.store.begin().await?;
        store::organization_tokens::set_last_used(&mut tx, token.organization, token.id, now).await?;
        tx.commit().await?;
    }
    let identity = Identity::OrganizationToken {
        token: token.id,
        organization: token.organization,
        name: token.name,
    };
    Ok(actor(identity, &token.scopes))
}

/// Notes for which project a token of an organization is used.
pub async fn note_project(app: &App, scope: &ProjectScope) -> Result<(), store::Error> {
    let Identity::OrganizationToken {
        token, organization, ..
    } = &scope.actor.identity
    else {
        return Ok(());
    };
    let mut db = app.store.read().await?;
    let known = store::organization_tokens::find(&mut db, *organization, *token).await?;
    drop(db);
    let project: ProjectId = scope.project.id;
    if known.is_none_or(|token| token.last_project == Some(project)) {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    store::organization_tokens::set_last_project(&mut tx, *organization, *token, project).await?;
    tx.commit().await
}
