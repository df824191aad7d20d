//! Making an installation usable: the first start, and `tocsin setup`.

use model::{OrganizationId, ProjectId};
use store::{avatars::Avatar, organizations::Organization, project_keys::ProjectKey, projects::Project, users::User};

use crate::{
    App, Scope,
    projects::{self, ProjectError},
    secret,
    slug::{self, InvalidSlug},
    teams::{self, TeamError},
    tokens::{self, TokenRequest},
    users::{self, CreateUserError, NewUser},
};

const DEFAULT_ORGANIZATION: &str = "default";
const FIRST_PROJECT: &str = "first";
const FIRST_EMAIL: &str = "admin@localhost";

/// The name of the token that setup makes anew on every run.
const TOKEN_NAME: &str = "setup";

#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    InvalidSlug(#[from] InvalidSlug),
    #[error("{0:?} is no public key: expected 32 lower-case hex digits")]
    InvalidKey(String),
    #[error("{0} is no project id: expected a positive number below 2^53")]
    InvalidProjectId(i64),
    #[error("the project {slug} has the id {existing}, not {asked}; nothing was changed")]
    OtherProjectId {
        slug: String,
        existing: ProjectId,
        asked: ProjectId,
    },
    #[error("the project id {0} belongs to another project; nothing was changed")]
    ProjectIdTaken(ProjectId),
    #[error("the project {slug} has no key {asked}; nothing was changed")]
    OtherKey { slug: String, asked: String },
    #[error("the public key {0} belongs to another project; nothing was changed")]
    KeyTaken(String),
    #[error(transparent)]
    User(#[from] CreateUserError),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Team(#[from] TeamError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What `tocsin setup` is asked for.
#[derive(Debug, Clone)]
pub struct SetupRequest {
    pub organization: String,
    pub project: String,
    pub email: String,
    pub password: String,
    pub platform: Option<String>,
    /// To keep the DSN of an installation that is being replaced.
    pub project_id: Option<i64>,
    pub public_key: Option<String>,
}

/// What there is after a setup. The field names are a contract with scripts.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SetupAnswer {
    pub url: String,
    /// Slug.
    pub organization: String,
    /// Slug.
    pub project: String,
    pub project_id: ProjectId,
    pub dsn: String,
    pub public_key: String,
    pub email: String,
    /// A user token with all scopes; one that an earlier setup made for this user is revoked.
    pub auth_token: String,
}

/// Creates what is missing, in one transaction, and leaves what exists as it is.
pub async fn run(app: &App, request: &SetupRequest) -> Result<SetupAnswer, SetupError> {
    check(request)?;
    let email = request.email.trim().to_lowercase();
    // Hashing happens before the transaction; it is wasted when the user exists, which costs a tenth of a second.
    let known = store::users::find_by_email(&mut *app.store.read().await?, &email).await?;
    let prepared = match known {
        Some(_) => None,
        None => Some(
            users::prepare(
                app,
                &NewUser {
                    email: &email,
                    name: "",
                    password: &request.password,
                },
            )
            .await?,
        ),
    };
    let mut tx = app.store.begin().await?;
    let user = match (store::users::find_by_email(&mut tx, &email).await?, prepared) {
        (Some(user), _) => user,
        (None, Some(prepared)) => users::insert(app, &mut tx, prepared).await?,
        (None, None) => return Err(store::Error::Conflict.into()),
    };
    let organization = ensure_organization(app, &mut tx, &request.organization, &user).await?;
    let (project, key) = ensure_project(app, &mut tx, &organization, request).await?;
    let team = teams::ensure_first(app, &mut tx, &organization, &user).await?;
    store::teams::add_project(&mut tx, project.id, team.id).await?;
    store::tokens::delete_named(&mut tx, user.id, TOKEN_NAME).await?;
    let scopes: Vec<Scope> = Scope::all().collect();
    let token = tokens::insert(
        app,
        &mut tx,
        &user,
        TokenRequest {
            name: TOKEN_NAME,
            scopes: &scopes,
            expires_at: None,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(SetupAnswer {
        url: app.url.to_string(),
        dsn: app.url.dsn(&key.public_key, project.id),
        organization: organization.slug,
        project: project.slug,
        project_id: project.id,
        public_key: key.public_key,
        email: user.email,
        auth_token: token.secret,
    })
}

fn check(request: &SetupRequest) -> Result<(), SetupError> {
    slug::check(&request.organization)?;
    slug::check(&request.project)?;
    if let Some(key) = &request.public_key
        && key.parse::<protocol::PublicKey>().is_err()
    {
        return Err(SetupError::InvalidKey(key.clone()));
    }
    match request.project_id {
        Some(id) if !(1..=model::MAX_ID).contains(&id) => Err(SetupError::InvalidProjectId(id)),
        _ => Ok(()),
    }
}

async fn ensure_organization(
    app: &App,
    tx: &mut store::Tx,
    slug: &str,
    user: &User,
) -> Result<Organization, store::Error> {
    let organization = match store::organizations::find_by_slug(tx, slug).await? {
        Some(organization) => organization,
        None => {
            let organization = Organization {
                id: OrganizationId(app.ids.next()),
                slug: slug.to_owned(),
                name: slug.to_owned(),
                created_at: app.now(),
                delete_at: None,
                avatar: Avatar::default(),
            };
            store::organizations::create(tx, &organization).await?;
            organization
        }
    };
    users::ensure_member(app, tx, &organization, user).await?;
    Ok(organization)
}

/// The organization that the first user of an installation begins with.
pub(crate) async fn ensure_default_organization(
    app: &App,
    tx: &mut store::Tx,
    user: &User,
) -> Result<Organization, CreateUserError> {
    let organization = ensure_organization(app, tx, DEFAULT_ORGANIZATION, user).await?;
    match teams::ensure_first(app, tx, &organization, user).await {
        Ok(_) => Ok(organization),
        Err(TeamError::Store(error)) => Err(error.into()),
        Err(error) => Err(store::Error::Corrupt(error.to_string()).into()),
    }
}

async fn ensure_project(
    app: &App,
    tx: &mut store::Tx,
    organization: &Organization,
    request: &SetupRequest,
) -> Result<(Project, ProjectKey), SetupError> {
    let asked_id = request.project_id.map(ProjectId);
    let asked_key = request.public_key.as_deref();
    if let Some(key) = asked_key
        && let Some((_, owner)) = store::project_keys::find_by_public_key(tx, key).await?
    {
        let of_this = store::projects::find_by_slug(tx, organization.id, &request.project).await?;
        if of_this.is_none_or(|project| project.id != owner.project) {
            return Err(SetupError::KeyTaken(key.to_owned()));
        }
    }
    let Some(project) = store::projects::find_by_slug(tx, organization.id, &request.project).await? else {
        return create_project(app, tx, organization, request).await;
    };
    if let Some(asked) = asked_id.filter(|asked| *asked != project.id) {
        return Err(SetupError::OtherProjectId {
            slug: project.slug,
            existing: project.id,
            asked,
        });
    }
    let keys = store::project_keys::list(tx, project.id).await?;
    let key = match asked_key {
        Some(asked) => keys.into_iter().find(|key| key.public_key == asked),
        None => keys.into_iter().find(|key| key.status == model::KeyStatus::Active),
    };
    match (key, asked_key) {
        (Some(key), _) => Ok((project, key)),
        (None, Some(asked)) => Err(SetupError::OtherKey {
            slug: project.slug,
            asked: asked.to_owned(),
        }),
        (None, None) => {
            let key = crate::project_keys::insert(app, tx, project.id, "Default", None).await?;
            Ok((project, key))
        }
    }
}

async fn create_project(
    app: &App,
    tx: &mut store::Tx,
    organization: &Organization,
    request: &SetupRequest,
) -> Result<(Project, ProjectKey), SetupError> {
    let project = Project {
        id: ProjectId(request.project_id.unwrap_or_else(|| app.ids.next())),
        organization: organization.id,
        slug: request.project.clone(),
        name: request.project.clone(),
        platform: request.platform.clone().filter(|platform| !platform.is_empty()),
        created_at: app.now(),
        first_event_at: None,
        delete_at: None,
    };
    match projects::insert(app, tx, &project, request.public_key.as_deref()).await {
        Ok(key) => {
            crate::alert_rules::copy_defaults(app, tx, organization.id, project.id).await?;
            Ok((project, key))
        }
        // The slug was free, so what exists is the id.
        Err(ProjectError::Exists(_)) => Err(SetupError::ProjectIdTaken(project.id)),
        Err(error) => Err(error.into()),
    }
}

/// What the first start made: shown once, and never logged.
#[derive(Debug, Clone)]
pub struct FirstStart {
    pub email: String,
    pub password: String,
    pub dsn: String,
}

/// Creates organization, project and administrator with a random password, unless there is a user.
pub async fn first_start(app: &App) -> Result<Option<FirstStart>, SetupError> {
    if !users::none_exists(app).await? {
        return Ok(None);
    }
    let password = secret::random_hex::<10>();
    let request = SetupRequest {
        organization: DEFAULT_ORGANIZATION.to_owned(),
        project: FIRST_PROJECT.to_owned(),
        email: FIRST_EMAIL.to_owned(),
        password: password.clone(),
        platform: None,
        project_id: None,
        public_key: None,
    };
    let new = users::prepare(
        app,
        &NewUser {
            email: FIRST_EMAIL,
            name: "",
            password: &password,
        },
    )
    .await?;
    let mut tx = app.store.begin().await?;
    if store::users::any(&mut tx).await? {
        return Ok(None);
    }
    let user = users::insert(app, &mut tx, new).await?;
    let organization = ensure_default_organization(app, &mut tx, &user).await?;
    let (project, key) = ensure_project(app, &mut tx, &organization, &request).await?;
    let team = teams::ensure_first(app, &mut tx, &organization, &user).await?;
    store::teams::add_project(&mut tx, project.id, team.id).await?;
    tx.commit().await?;
    Ok(Some(FirstStart {
        email: user.email,
        password,
        dsn: app.url.dsn(&key.public_key, project.id),
    }))
}
