//! A signed-in reader on a page: who it is, what the URL says, and the shell that goes around the page.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, OriginalUri, Query};
use http::{HeaderMap, Uri, request::Parts};
use httpkit::{ApiError, Browser, Cursor};
use services::{Actor, App, access::OrganizationScope, browser_sessions::SignedIn, projects::Visibility};
use store::{organizations::Organization, projects::Project, users::User};

use crate::{
    avatar::Picture,
    notice::{self, PendingNotice},
    scope::{ProjectChoice, Scope, ScopeBar},
    shell::{OrganizationName, Part, Rail, Shell, Theme, Viewer},
    urls::{self, Links},
};

pub(crate) const THEME_COOKIE: &str = "tocsin_theme";
pub(crate) const RAIL_COOKIE: &str = "tocsin_rail";

/// A page that a signed-in browser asks for.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) app: App,
    pub(crate) signed_in: SignedIn,
    /// The fields of the query, in order.
    pub(crate) query: Vec<(String, String)>,
    looks: Looks,
    kept: KeptShell,
}

/// How the page looks, whoever reads it.
#[derive(Debug, Clone)]
pub(crate) struct Looks {
    theme: Theme,
    rail: Rail,
    notice: Option<PendingNotice>,
    here: String,
}

/// The shell of the page that is being made, kept for the error page in case that it fails.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptShell(Arc<Mutex<Option<Shell>>>);

impl KeptShell {
    fn keep(&self, shell: &Shell) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(shell.clone());
    }

    pub(crate) fn take(&self) -> Option<Shell> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Looks {
    pub(crate) fn read(headers: &HeaderMap, uri: &Uri) -> Self {
        let cookie = |name| httpkit::cookie(headers, name).unwrap_or_default();
        Self {
            theme: Theme::from_name(cookie(THEME_COOKIE)),
            rail: Rail::from_name(cookie(RAIL_COOKIE)),
            notice: PendingNotice::read(cookie(notice::COOKIE)),
            here: uri
                .path_and_query()
                .map_or_else(String::new, |here| here.as_str().to_owned()),
        }
    }

    pub(crate) fn shell(&self, app: &App, title: &str) -> Shell {
        Shell {
            title: title.to_owned(),
            theme: self.theme,
            rail: self.rail,
            notice: self.notice.as_ref().map(PendingNotice::show),
            here: self.here.clone(),
            now: app.now(),
            ..Shell::default()
        }
    }
}

impl httpkit::Argument for Looks {}

impl FromRequestParts<App> for Looks {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &App) -> Result<Self, ApiError> {
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, state).await;
        Ok(Self::read(&parts.headers, &uri))
    }
}

impl httpkit::Argument for Visit {
    const GUARD: Option<httpkit::Guard> = Some(httpkit::Guard::SIGNED_IN);
}

impl FromRequestParts<App> for Visit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let looks = Looks::from_request_parts(parts, app).await?;
        let Browser(signed_in) = Browser::from_request_parts(parts, app).await?;
        // A query that cannot be read counts as none: the page then shows what it shows to everybody.
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map(|Query(query)| query)
            .unwrap_or_default();
        let kept = parts.extensions.get::<KeptShell>().cloned().unwrap_or_default();
        let visit = Self {
            app: app.clone(),
            signed_in,
            query,
            looks,
            kept,
        };
        visit.kept.keep(&visit.shell(Part::None, ""));
        Ok(visit)
    }
}

impl Visit {
    pub(crate) fn actor(&self) -> &Actor {
        &self.signed_in.actor
    }

    pub(crate) fn user(&self) -> &User {
        self.signed_in.user()
    }

    /// The last value of a field of the query.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::from_query(self.pairs())
    }

    /// The path of the page, without its query.
    pub(crate) fn path(&self) -> &str {
        self.looks.here.split('?').next().unwrap_or_default()
    }

    /// The same page of the list, from another place on.
    pub(crate) fn page_link(&self, cursor: Cursor) -> String {
        let kept = self.query.iter().filter(|(key, _)| key != "cursor").cloned();
        let cursor = ("cursor".to_owned(), cursor.to_string());
        format!("{}?{}", self.path(), urls::query(kept.chain([cursor])))
    }

    /// A page of no organization.
    fn shell(&self, part: Part, title: &str) -> Shell {
        let user = self.user();
        Shell {
            part,
            viewer: Some(Viewer {
                name: display_name(user),
                email: user.email.clone(),
                picture: Picture::of_user(user),
                time_zone: user.time_zone.clone(),
                is_admin: user.is_admin,
                is_superuser: self.actor().is_superuser(self.app.now()),
            }),
            csrf: self.signed_in.session.csrf_token.clone(),
            ..self.looks.shell(&self.app, title)
        }
    }

    /// A page of one organization, without scope bar.
    pub(crate) async fn shell_of(
        &self,
        organization: &Organization,
        part: Part,
        title: &str,
    ) -> Result<Shell, ApiError> {
        let name = |one: Organization| OrganizationName {
            slug: one.slug,
            name: one.name,
        };
        let all = services::organizations::list(&self.app, self.actor()).await?;
        let shell = Shell {
            links: Links::new(&organization.slug, self.scope().query()),
            organization: Some(name(organization.clone())),
            organizations: all.into_iter().map(name).collect(),
            ..self.shell(part, title)
        };
        self.kept.keep(&shell);
        Ok(shell)
    }

    /// A page that belongs to the user: around it stands the first of the user's organizations.
    pub(crate) async fn shell_of_user(&self, part: Part, title: &str) -> Result<Shell, ApiError> {
        match services::organizations::list(&self.app, self.actor()).await?.first() {
            Some(organization) => self.shell_of(organization, part, title).await,
            None => Ok(self.shell(part, title)),
        }
    }

    /// A page of one organization with the scope bar, and the projects to choose from.
    pub(crate) async fn scoped_shell(
        &self,
        access: &OrganizationScope,
        part: Part,
        title: &str,
    ) -> Result<(Shell, Vec<Project>), ApiError> {
        let mut shell = self.shell_of(&access.organization, part, title).await?;
        let projects = services::projects::list(&self.app, access).await?;
        let choice = |project: &Project| ProjectChoice {
            id: project.id.0,
            slug: project.slug.clone(),
        };
        let is_kept = |(key, _): &&(String, String)| !Scope::is_field(key) && key != "cursor";
        shell.scope = Some(ScopeBar {
            scope: self.scope(),
            projects: projects.iter().map(choice).collect(),
            environments: services::organizations::environments(&self.app, access, Visibility::Visible).await?,
            path: self.path().to_owned(),
            keep: self.query.iter().filter(is_kept).cloned().collect(),
        });
        self.kept.keep(&shell);
        Ok((shell, projects))
    }
}

/// A user's name, or the e-mail of who has given none.
pub(crate) fn display_name(user: &User) -> String {
    if user.name.is_empty() {
        user.email.clone()
    } else {
        user.name.clone()
    }
}
