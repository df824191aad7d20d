//! Teams of an organization, and who is in them.

mod joining;

use model::{TeamId, TeamRole};
use serde_json::json;
use store::{organizations::Organization, teams::Team, users::User};

use crate::{
    App,
    access::{AccessError, OrganizationScope},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    slug::{self, InvalidSlug},
};

pub use joining::{
    JoinError, Joined, change_role, decide, join, leave, may_change_members, members, own_requests, requests,
};

#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    #[error("a team needs a name or a slug")]
    NoName,
    #[error("the name may have at most 64 characters")]
    NameTooLong,
    #[error(transparent)]
    InvalidSlug(#[from] InvalidSlug),
    #[error("a team with the slug {0} exists")]
    Exists(String),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// All teams, by slug.
pub async fn list(app: &App, scope: &OrganizationScope) -> Result<Vec<Team>, store::Error> {
    store::teams::list(&mut *app.store.read().await?, scope.organization.id).await
}

/// By slug or id.
pub async fn get(app: &App, scope: &OrganizationScope, slug_or_id: &str) -> Result<Team, AccessError> {
    let mut db = app.store.read().await?;
    let organization = scope.organization.id;
    let mut team = store::teams::find_by_slug(&mut db, organization, slug_or_id).await?;
    if let (None, Ok(id)) = (&team, slug_or_id.parse()) {
        team = store::teams::find(&mut db, organization, id).await?;
    }
    team.ok_or(AccessError::NotFound)
}

/// Creates a team with the actor in it; one of name and slug is made of the other.
pub async fn create(
    app: &App,
    scope: &OrganizationScope,
    name: Option<&str>,
    slug: Option<&str>,
) -> Result<Team, TeamError> {
    let name = name
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .or(slug)
        .ok_or(TeamError::NoName)?;
    let slug = slug.map_or_else(|| slug::of_name(name, "team"), str::to_owned);
    check(name, &slug)?;
    let mut tx = app.store.begin().await?;
    let mut team = insert(app, &mut tx, &scope.organization, name, &slug).await?;
    if let Some(user) = scope.actor.user_id() {
        store::teams::add_member(&mut tx, team.id, user, TeamRole::Admin, app.now()).await?;
        team.member_count = 1;
    }
    let change = Change::created(&json!({"name": team.name, "slug": team.slug}));
    record(app, &mut tx, scope, &team, Action::TEAM_ADDED, change).await?;
    tx.commit().await?;
    Ok(team)
}

/// Creates a team with the actor in it, called like the organization: for whoever needs one and has none.
pub(crate) async fn create_unnamed(app: &App, scope: &OrganizationScope) -> Result<Team, TeamError> {
    let (name, wanted) = (
        &scope.organization.name,
        slug::of_name(&scope.organization.name, "team"),
    );
    let taken = list(app, scope).await?;
    let mut numbered = (1..1_000).map(|number| slug::numbered(&wanted, number));
    let free = numbered.find(|slug| !taken.iter().any(|team| team.slug == *slug));
    create(app, scope, Some(name), free.as_deref()).await
}

fn check(name: &str, slug: &str) -> Result<(), TeamError> {
    if name.chars().count() > 64 {
        return Err(TeamError::NameTooLong);
    }
    Ok(slug::check(slug)?)
}

async fn insert(
    app: &App,
    tx: &mut store::Tx,
    organization: &Organization,
    name: &str,
    slug: &str,
) -> Result<Team, TeamError> {
    let team = Team {
        id: TeamId(app.ids.next()),
        organization: organization.id,
        slug: slug.to_owned(),
        name: name.to_owned(),
        created_at: app.now(),
        member_count: 0,
    };
    match store::teams::create(tx, &team).await {
        Err(store::Error::Conflict) => Err(TeamError::Exists(team.slug)),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(team),
    }
}

/// The first team of an organization, made when there is none, with the user in it.
pub(crate) async fn ensure_first(
    app: &App,
    tx: &mut store::Tx,
    organization: &Organization,
    user: &User,
) -> Result<Team, TeamError> {
    let team = match store::teams::list(tx, organization.id).await?.into_iter().next() {
        Some(team) => team,
        None => insert(app, tx, organization, &organization.name, &organization.slug).await?,
    };
    store::teams::add_member(tx, team.id, user.id, TeamRole::Admin, app.now()).await?;
    Ok(team)
}

/// Changes name and slug, where given.
pub async fn update(
    app: &App,
    scope: &OrganizationScope,
    team: &Team,
    name: Option<&str>,
    slug: Option<&str>,
) -> Result<Team, TeamError> {
    let mut changed = team.clone();
    changed.name = name.unwrap_or(&team.name).trim().to_owned();
    changed.slug = slug.unwrap_or(&team.slug).to_owned();
    if changed.name.is_empty() {
        return Err(TeamError::NoName);
    }
    check(&changed.name, &changed.slug)?;
    debug_assert_eq!(changed.organization, scope.organization.id);
    let mut tx = app.store.begin().await?;
    match store::teams::update(&mut tx, &changed).await {
        Err(store::Error::Conflict) => return Err(TeamError::Exists(changed.slug)),
        other => other?,
    }
    let fields = |team: &Team| json!({"name": team.name, "slug": team.slug});
    let change = Change::between(&fields(team), &fields(&changed));
    record(app, &mut tx, scope, &changed, Action::TEAM_EDITED, change).await?;
    tx.commit().await?;
    Ok(changed)
}

pub async fn delete(app: &App, scope: &OrganizationScope, team: &Team) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    store::teams::delete(&mut tx, scope.organization.id, team.id).await?;
    let change = Change::removed(&json!({"name": team.name, "slug": team.slug, "dateCreated": team.created_at}));
    record(app, &mut tx, scope, team, Action::TEAM_REMOVED, change).await?;
    tx.commit().await
}

async fn record(
    app: &App,
    tx: &mut store::Tx,
    scope: &OrganizationScope,
    team: &Team,
    action: Action,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(scope.organization.id),
        action,
        target: Target {
            kind: TargetKind::Team,
            id: team.id.0,
            label: &team.slug,
        },
        change,
    };
    audit::record(app, tx, &scope.actor, entry).await
}
