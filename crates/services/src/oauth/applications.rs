use model::{OauthApplicationId, UserId};
use serde::Serialize;
use store::{oauth::applications::Application, users::User};

use super::address;
use crate::{
    Actor, App,
    audit::{self, Action, Change, Entry, Target, TargetKind},
    secret,
};

/// Most applications of one user.
const MOST: usize = 50;

/// Most addresses of a kind of one application.
const MOST_ADDRESSES: usize = 20;

/// Most characters of a name.
const MAX_NAME: usize = 64;

/// An application with its secret, which is shown once.
#[derive(Debug)]
pub struct NewApplication {
    pub application: Application,
    pub secret: String,
}

/// What is given is changed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApplicationChange<'a> {
    pub name: Option<&'a str>,
    pub redirect_uris: Option<&'a [String]>,
    pub allowed_origins: Option<&'a [String]>,
    /// Empty for none, as are the next two.
    pub homepage_url: Option<&'a str>,
    pub privacy_url: Option<&'a str>,
    pub terms_url: Option<&'a str>,
    pub is_active: Option<bool>,
}

#[derive(Debug, thiserror::Error)]
pub enum ApplicationError {
    #[error("the application needs a name")]
    NoName,
    #[error("the name may have at most {MAX_NAME} characters")]
    NameTooLong,
    #[error(
        "{0:?} is no address for codes: expected https:// or http:// with a host, or a scheme of an installed application with a point in it, and no fragment"
    )]
    RedirectUri(String),
    #[error("{0:?} is no origin: expected https:// or http:// with a host and perhaps a port, and nothing more")]
    Origin(String),
    #[error("{address:?} is no address of a page: expected https:// or http:// with a host")]
    Page { field: &'static str, address: String },
    #[error("there may be at most {MOST_ADDRESSES} addresses")]
    TooManyAddresses { field: &'static str },
    #[error("there may be at most {MOST} applications")]
    TooMany,
    #[error("there is no such application")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What the entries of deeds tell of an application.
#[derive(Debug, Serialize)]
struct ApplicationFields<'a> {
    name: &'a str,
    redirect_uris: &'a [String],
    allowed_origins: &'a [String],
    homepage_url: &'a str,
    privacy_url: &'a str,
    terms_url: &'a str,
    is_active: bool,
}

fn fields(application: &Application) -> ApplicationFields<'_> {
    ApplicationFields {
        name: &application.name,
        redirect_uris: &application.redirect_uris,
        allowed_origins: &application.allowed_origins,
        homepage_url: &application.homepage_url,
        privacy_url: &application.privacy_url,
        terms_url: &application.terms_url,
        is_active: application.is_active,
    }
}

pub(super) fn entry(action: Action, application: &Application, change: Change) -> Entry<'_> {
    Entry {
        organization: None,
        action,
        target: Target {
            kind: TargetKind::Application,
            id: application.id.0,
            label: &application.name,
        },
        change,
    }
}

/// What is told in an error of an address that somebody typed.
fn shown(address: &str) -> String {
    address.chars().take(100).collect()
}

impl ApplicationChange<'_> {
    fn apply(&self, application: &mut Application) -> Result<(), ApplicationError> {
        if let Some(name) = self.name {
            application.name = check_name(name)?;
        }
        if let Some(uris) = self.redirect_uris {
            application.redirect_uris = check_all("redirectUris", uris, |uri| {
                let is_good = address::is_redirect_uri(uri);
                is_good
                    .then(|| uri.to_owned())
                    .ok_or_else(|| ApplicationError::RedirectUri(shown(uri)))
            })?;
        }
        if let Some(origins) = self.allowed_origins {
            application.allowed_origins = check_all("allowedOrigins", origins, |origin| {
                address::origin(origin).ok_or_else(|| ApplicationError::Origin(shown(origin)))
            })?;
        }
        for (field, page, own) in [
            ("homepageUrl", self.homepage_url, &mut application.homepage_url),
            ("privacyUrl", self.privacy_url, &mut application.privacy_url),
            ("termsUrl", self.terms_url, &mut application.terms_url),
        ] {
            if let Some(page) = page {
                *own = check_page(field, page)?;
            }
        }
        application.is_active = self.is_active.unwrap_or(application.is_active);
        Ok(())
    }
}

fn check_name(name: &str) -> Result<String, ApplicationError> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err(ApplicationError::NoName),
        count if count > MAX_NAME => Err(ApplicationError::NameTooLong),
        _ => Ok(name.to_owned()),
    }
}

fn check_all(
    field: &'static str,
    texts: &[String],
    check: impl Fn(&str) -> Result<String, ApplicationError>,
) -> Result<Vec<String>, ApplicationError> {
    if texts.len() > MOST_ADDRESSES {
        return Err(ApplicationError::TooManyAddresses { field });
    }
    let mut checked = Vec::new();
    for text in texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let address = check(text)?;
        if !checked.contains(&address) {
            checked.push(address);
        }
    }
    Ok(checked)
}

fn check_page(field: &'static str, page: &str) -> Result<String, ApplicationError> {
    let page = page.trim();
    if page.is_empty() || address::is_page(page) {
        return Ok(page.to_owned());
    }
    Err(ApplicationError::Page {
        field,
        address: shown(page),
    })
}

/// Makes an application of the user who acts.
pub async fn create(
    app: &App,
    by: &Actor,
    owner: &User,
    change: &ApplicationChange<'_>,
) -> Result<NewApplication, ApplicationError> {
    let mut application = Application {
        id: OauthApplicationId(app.ids.next()),
        owner: owner.id,
        client_id: secret::random_hex::<32>(),
        name: check_name(change.name.unwrap_or_default())?,
        redirect_uris: Vec::new(),
        allowed_origins: Vec::new(),
        homepage_url: String::new(),
        privacy_url: String::new(),
        terms_url: String::new(),
        is_active: true,
        created_at: app.now(),
    };
    change.apply(&mut application)?;
    let client_secret = secret::random_hex::<32>();
    let mut tx = app.store.begin().await?;
    if store::oauth::applications::list(&mut tx, owner.id).await?.len() >= MOST {
        return Err(ApplicationError::TooMany);
    }
    store::oauth::applications::create(&mut tx, &application, &secret::hash(&client_secret)).await?;
    let change = Change::created(&fields(&application));
    audit::record(app, &mut tx, by, entry(Action::APPLICATION_ADDED, &application, change)).await?;
    tx.commit().await?;
    Ok(NewApplication {
        application,
        secret: client_secret,
    })
}

/// The applications that a user has made, newest first.
pub async fn list(app: &App, owner: UserId) -> Result<Vec<Application>, store::Error> {
    store::oauth::applications::list(&mut *app.store.read().await?, owner).await
}

/// One that the user has made.
pub async fn get(app: &App, owner: UserId, client_id: &str) -> Result<Application, ApplicationError> {
    let mut db = app.store.read().await?;
    let found = store::oauth::applications::find(&mut db, owner, client_id).await?;
    found.ok_or(ApplicationError::Gone)
}

async fn find(tx: &mut store::Tx, owner: UserId, client_id: &str) -> Result<Application, ApplicationError> {
    let found = store::oauth::applications::find(tx, owner, client_id).await?;
    found.ok_or(ApplicationError::Gone)
}

pub async fn update(
    app: &App,
    by: &Actor,
    owner: UserId,
    client_id: &str,
    change: &ApplicationChange<'_>,
) -> Result<Application, ApplicationError> {
    let mut tx = app.store.begin().await?;
    let before = find(&mut tx, owner, client_id).await?;
    let mut after = before.clone();
    change.apply(&mut after)?;
    store::oauth::applications::update(&mut tx, owner, &after).await?;
    let change = Change::between(&fields(&before), &fields(&after));
    audit::record(app, &mut tx, by, entry(Action::APPLICATION_EDITED, &after, change)).await?;
    tx.commit().await?;
    Ok(after)
}

/// Puts another secret in place of the application's, which is refused from now on.
pub async fn rotate_secret(
    app: &App,
    by: &Actor,
    owner: UserId,
    client_id: &str,
) -> Result<NewApplication, ApplicationError> {
    let client_secret = secret::random_hex::<32>();
    let mut tx = app.store.begin().await?;
    let application = find(&mut tx, owner, client_id).await?;
    let hash = secret::hash(&client_secret);
    store::oauth::applications::set_secret(&mut tx, owner, application.id, &hash).await?;
    let entry = entry(Action::APPLICATION_SECRET_ROTATED, &application, Change::none());
    audit::record(app, &mut tx, by, entry).await?;
    tx.commit().await?;
    Ok(NewApplication {
        application,
        secret: client_secret,
    })
}

/// Deletes an application; its tokens are refused at once.
pub async fn delete(app: &App, by: &Actor, owner: UserId, client_id: &str) -> Result<(), ApplicationError> {
    let mut tx = app.store.begin().await?;
    let application = find(&mut tx, owner, client_id).await?;
    store::oauth::applications::delete(&mut tx, owner, application.id).await?;
    let change = Change::removed(&fields(&application));
    audit::record(
        app,
        &mut tx,
        by,
        entry(Action::APPLICATION_REMOVED, &application, change),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Whether pages from there may ask the API at all, which browsers want to know before they send the token.
pub async fn is_origin_listed(app: &App, origin: &str) -> Result<bool, store::Error> {
    let Some(origin) = address::origin(origin) else {
        return Ok(false);
    };
    store::oauth::applications::is_origin_listed(&mut *app.store.read().await?, &origin).await
}
