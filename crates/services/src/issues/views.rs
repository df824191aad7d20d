//! Searches of issues that people keep, and those of them that are their tabs.

use model::{IssueViewId, ProjectId, Timestamp};
use query::IssueContext;
use serde_json::{Map, Value};
use store::{
    saved_issue_views::{self, SavedIssueView, ViewPage},
    users::User,
};

use super::IssueOrder;
use crate::{
    App,
    access::{AccessError, OrganizationScope, Scope},
};

const LONGEST_NAME: usize = 128;
const LONGEST_QUERY: usize = 4_096;

/// How many an organization keeps, and how many of them somebody has as tabs.
const MOST_VIEWS: i64 = 5_000;
const MOST_STARRED: usize = 50;

/// How many of the latest searches are known of everybody.
const RECENT: i64 = 30;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewView {
    pub name: String,
    pub query: String,
    /// The name of an order, as addresses have it.
    pub sort: String,
    /// All of the organization when empty.
    pub projects: Vec<ProjectId>,
    /// Any when empty.
    pub environments: Vec<String>,
    /// `period`, or `start` and `end`, as the API has them.
    pub time_filters: Map<String, Value>,
    /// Whether others of the organization see it.
    pub is_shared: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    #[error("a name is required")]
    NoName,
    #[error("the name is longer than {LONGEST_NAME} characters")]
    NameTooLong,
    #[error("the search is longer than {LONGEST_QUERY} characters")]
    QueryTooLong,
    #[error("the search is not understood: {0}")]
    Query(#[from] query::ParseError),
    #[error("there is no order {0:?} of issues")]
    Sort(String),
    #[error("the project {0} does not exist or cannot be seen")]
    NoProject(ProjectId),
    #[error("an organization keeps at most {MOST_VIEWS} views")]
    TooMany,
    #[error("at most {MOST_STARRED} views can be tabs")]
    TooManyStarred,
    #[error("the views of somebody else cannot be changed")]
    NotYours,
    #[error("only people keep views: this token is nobody's")]
    Nobody,
    #[error("there is no such view")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The views that the actor may see.
pub async fn list(app: &App, scope: &OrganizationScope, page: &ViewPage) -> Result<Vec<SavedIssueView>, store::Error> {
    let mut db = app.store.read().await?;
    let views = saved_issue_views::list(&mut db, scope.organization.id, scope.actor.viewer(), page).await?;
    Ok(views.into_iter().map(|view| as_seen(scope, view)).collect())
}

/// The tabs of the actor, in their order.
pub async fn starred(app: &App, scope: &OrganizationScope) -> Result<Vec<SavedIssueView>, store::Error> {
    let mut db = app.store.read().await?;
    let views = saved_issue_views::starred(&mut db, scope.organization.id, scope.actor.viewer()).await?;
    Ok(views.into_iter().map(|view| as_seen(scope, view)).collect())
}

/// A view with those of its projects that the actor sees.
fn as_seen(scope: &OrganizationScope, mut view: SavedIssueView) -> SavedIssueView {
    view.projects.retain(|project| scope.visible.has(*project));
    view
}

pub async fn get(app: &App, scope: &OrganizationScope, id: IssueViewId) -> Result<SavedIssueView, AccessError> {
    let mut db = app.store.read().await?;
    let found = saved_issue_views::find(&mut db, scope.organization.id, scope.actor.viewer(), id).await?;
    let view = found.ok_or(AccessError::NotFound)?;
    Ok(as_seen(scope, view))
}

/// Keeps a view, as a tab of the actor too when `starred`.
pub async fn create(
    app: &App,
    scope: &OrganizationScope,
    new: &NewView,
    starred: bool,
) -> Result<SavedIssueView, ViewError> {
    let user = user(scope)?;
    check(app, scope, new).await?;
    let (organization, now) = (scope.organization.id, app.now());
    let view = SavedIssueView {
        id: IssueViewId(app.ids.next()),
        organization,
        created_by: user.clone(),
        name: new.name.trim().to_owned(),
        query: new.query.trim().to_owned(),
        sort: new.sort.clone(),
        projects: new.projects.clone(),
        environments: new.environments.clone(),
        time_filters: new.time_filters.clone(),
        is_shared: new.is_shared,
        created_at: now,
        changed_at: now,
        visited_at: None,
        stars: i64::from(starred),
        is_starred: starred,
    };
    let mut tx = app.store.begin().await?;
    if saved_issue_views::count(&mut tx, organization).await? >= MOST_VIEWS {
        return Err(ViewError::TooMany);
    }
    saved_issue_views::create(&mut tx, &view).await?;
    if starred {
        let mut tabs = tabs(&mut tx, scope).await?;
        tabs.push(view.id);
        put_tabs(&mut tx, scope, &tabs).await?;
    }
    tx.commit().await?;
    Ok(view)
}

/// Writes a view of the actor anew.
pub async fn update(
    app: &App,
    scope: &OrganizationScope,
    id: IssueViewId,
    new: &NewView,
) -> Result<SavedIssueView, ViewError> {
    check(app, scope, new).await?;
    let mut tx = app.store.begin().await?;
    let found = saved_issue_views::find(&mut tx, scope.organization.id, scope.actor.viewer(), id).await?;
    let view = found.ok_or(ViewError::Gone)?;
    if !may_change(scope, &view) {
        return Err(ViewError::NotYours);
    }
    // Who sends back the projects that they see takes none of the others away.
    let is_as_seen = new.projects == as_seen(scope, view.clone()).projects;
    let view = SavedIssueView {
        name: new.name.trim().to_owned(),
        query: new.query.trim().to_owned(),
        sort: new.sort.clone(),
        projects: if is_as_seen {
            view.projects
        } else {
            new.projects.clone()
        },
        environments: new.environments.clone(),
        time_filters: new.time_filters.clone(),
        is_shared: new.is_shared,
        changed_at: app.now(),
        ..view
    };
    saved_issue_views::update(&mut tx, &view).await?;
    tx.commit().await?;
    Ok(as_seen(scope, view))
}

pub async fn delete(app: &App, scope: &OrganizationScope, id: IssueViewId) -> Result<(), ViewError> {
    let mut tx = app.store.begin().await?;
    let found = saved_issue_views::find(&mut tx, scope.organization.id, scope.actor.viewer(), id).await?;
    if !may_change(scope, &found.ok_or(ViewError::Gone)?) {
        return Err(ViewError::NotYours);
    }
    saved_issue_views::delete(&mut tx, scope.organization.id, id).await?;
    Ok(tx.commit().await?)
}

/// Own views; those of others only for who may write to the organization.
pub fn may_change(scope: &OrganizationScope, view: &SavedIssueView) -> bool {
    scope.actor.user_id() == Some(view.created_by.id) || scope.rights.allow(Scope::OrgWrite)
}

/// Notes that a view was used.
pub async fn visit(app: &App, scope: &OrganizationScope, id: IssueViewId) -> Result<(), AccessError> {
    get(app, scope, id).await?;
    let mut tx = app.store.begin().await?;
    saved_issue_views::set_visited(&mut tx, scope.organization.id, id, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Makes a view a tab of the actor, at a place (else the last), or takes it from the tabs.
pub async fn star(
    app: &App,
    scope: &OrganizationScope,
    id: IssueViewId,
    is_starred: bool,
    place: Option<usize>,
) -> Result<(), ViewError> {
    let mut tx = app.store.begin().await?;
    let found = saved_issue_views::find(&mut tx, scope.organization.id, user(scope)?.id, id).await?;
    found.ok_or(ViewError::Gone)?;
    let mut tabs = tabs(&mut tx, scope).await?;
    tabs.retain(|tab| *tab != id);
    if is_starred {
        tabs.insert(place.unwrap_or(usize::MAX).min(tabs.len()), id);
    }
    put_tabs(&mut tx, scope, &tabs).await?;
    Ok(tx.commit().await?)
}

/// Puts the tabs of the actor into another order; all of them are named.
pub async fn order_tabs(app: &App, scope: &OrganizationScope, order: &[IssueViewId]) -> Result<(), ViewError> {
    user(scope)?;
    let mut tx = app.store.begin().await?;
    let tabs = tabs(&mut tx, scope).await?;
    let is_same = order.len() == tabs.len() && tabs.iter().all(|tab| order.contains(tab));
    if !is_same {
        return Err(ViewError::Gone);
    }
    put_tabs(&mut tx, scope, order).await?;
    Ok(tx.commit().await?)
}

async fn tabs(db: &mut store::Connection, scope: &OrganizationScope) -> Result<Vec<IssueViewId>, store::Error> {
    let starred = saved_issue_views::starred(db, scope.organization.id, scope.actor.viewer()).await?;
    Ok(starred.into_iter().map(|view| view.id).collect())
}

async fn put_tabs(
    db: &mut store::Connection,
    scope: &OrganizationScope,
    tabs: &[IssueViewId],
) -> Result<(), ViewError> {
    if tabs.len() > MOST_STARRED {
        return Err(ViewError::TooManyStarred);
    }
    saved_issue_views::set_starred(db, scope.organization.id, scope.actor.viewer(), tabs).await?;
    Ok(())
}

fn user(scope: &OrganizationScope) -> Result<&User, ViewError> {
    scope.actor.user().ok_or(ViewError::Nobody)
}

async fn check(app: &App, scope: &OrganizationScope, view: &NewView) -> Result<(), ViewError> {
    match view.name.trim().chars().count() {
        0 => return Err(ViewError::NoName),
        length if length > LONGEST_NAME => return Err(ViewError::NameTooLong),
        _ => {}
    }
    if view.query.chars().count() > LONGEST_QUERY {
        return Err(ViewError::QueryTooLong);
    }
    query::parse_issues(view.query.trim(), &IssueContext { now: app.now() })?;
    if IssueOrder::from_name(&view.sort).is_none() {
        return Err(ViewError::Sort(view.sort.clone()));
    }
    if !view.projects.is_empty() {
        let known = crate::projects::list(app, scope).await?;
        let unknown = view
            .projects
            .iter()
            .find(|id| known.iter().all(|project| project.id != **id));
        if let Some(id) = unknown {
            return Err(ViewError::NoProject(*id));
        }
    }
    Ok(())
}

/// What the actor searched lately, the latest first.
pub async fn recent(
    app: &App,
    scope: &OrganizationScope,
    text: &str,
) -> Result<Vec<(String, Timestamp)>, store::Error> {
    let mut db = app.store.read().await?;
    saved_issue_views::recent_searches(&mut db, scope.organization.id, scope.actor.viewer(), text, RECENT).await
}

/// Notes a search of the actor. Returns `false` if it was noted before.
pub async fn add_recent(app: &App, scope: &OrganizationScope, query: &str) -> Result<bool, ViewError> {
    let user = user(scope)?.id;
    if query.chars().count() > LONGEST_QUERY {
        return Err(ViewError::QueryTooLong);
    }
    let mut tx = app.store.begin().await?;
    let organization = scope.organization.id;
    let is_new =
        saved_issue_views::add_recent_search(&mut tx, organization, user, query.trim(), app.now(), RECENT).await?;
    tx.commit().await?;
    Ok(is_new)
}
