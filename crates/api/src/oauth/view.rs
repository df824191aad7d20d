use model::Timestamp;
use serde::Serialize;
use services::oauth::{Allowed, FetchedTokens, NewApplication, UserInfo};
use store::oauth::applications::Application;

/// An application without its secret.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplicationView {
    /// The same as the next: paths name it so.
    id: String,
    #[serde(rename = "clientID")]
    client_id: String,
    client_secret: Option<String>,
    name: String,
    homepage_url: Option<String>,
    privacy_url: Option<String>,
    terms_url: Option<String>,
    allowed_origins: Vec<String>,
    redirect_uris: Vec<String>,
    is_active: bool,
    date_created: Timestamp,
}

/// The same, once, with the secret.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct NewApplicationView(ApplicationView);

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl ApplicationView {
    pub(crate) fn of(application: Application) -> Self {
        Self {
            id: application.client_id.clone(),
            client_id: application.client_id,
            client_secret: None,
            name: application.name,
            homepage_url: given(application.homepage_url),
            privacy_url: given(application.privacy_url),
            terms_url: given(application.terms_url),
            allowed_origins: application.allowed_origins,
            redirect_uris: application.redirect_uris,
            is_active: application.is_active,
            date_created: application.created_at,
        }
    }
}

impl NewApplicationView {
    pub(crate) fn of(new: NewApplication) -> Self {
        Self(ApplicationView {
            client_secret: Some(new.secret),
            ..ApplicationView::of(new.application)
        })
    }
}

/// That a user lets an application in. Whose it is and where it sends its users back to are not told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationView {
    id: String,
    application: AllowedApplicationView,
    homepage_url: Option<String>,
    scopes: Vec<String>,
    date_created: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AllowedApplicationView {
    id: String,
    #[serde(rename = "clientID")]
    client_id: String,
    name: String,
    homepage_url: Option<String>,
    privacy_url: Option<String>,
    terms_url: Option<String>,
}

impl AuthorizationView {
    pub(crate) fn of(allowed: Allowed) -> Self {
        let application = allowed.application;
        Self {
            id: allowed.authorization.id.to_string(),
            homepage_url: given(application.homepage_url.clone()),
            application: AllowedApplicationView {
                id: application.client_id.clone(),
                client_id: application.client_id,
                name: application.name,
                homepage_url: given(application.homepage_url),
                privacy_url: given(application.privacy_url),
                terms_url: given(application.terms_url),
            },
            scopes: allowed.authorization.scopes,
            date_created: allowed.authorization.created_at,
        }
    }
}

/// A pair of tokens (RFC 6749 §5.1), and as in Sentry whose it is.
#[derive(Debug, Serialize)]
pub(crate) struct TokensView {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    /// In seconds.
    expires_in: u64,
    expires_at: Option<Timestamp>,
    scope: String,
    user: TokenUserView,
}

#[derive(Debug, Serialize)]
struct TokenUserView {
    id: String,
    name: String,
    email: String,
}

impl TokensView {
    pub(crate) fn of(fetched: FetchedTokens) -> Self {
        let (token, user) = (fetched.token, fetched.user);
        let lifetime = token.expires_at.map(|at| at.since(token.created_at));
        Self {
            access_token: fetched.access,
            refresh_token: fetched.refresh,
            token_type: "bearer",
            expires_in: lifetime.map_or(0, |lifetime| lifetime.as_secs()),
            expires_at: token.expires_at,
            scope: token.scopes.join(" "),
            user: TokenUserView {
                id: user.id.to_string(),
                name: user.name,
                email: user.email,
            },
        }
    }
}

/// Who somebody is (OpenID Connect Core §5.3.2).
#[derive(Debug, Serialize)]
pub(crate) struct UserInfoView {
    sub: String,
    #[serde(flatten)]
    profile: Option<ProfileView>,
    #[serde(flatten)]
    email: Option<EmailView>,
}

#[derive(Debug, Serialize)]
struct ProfileView {
    name: String,
    date_joined: Timestamp,
}

#[derive(Debug, Serialize)]
struct EmailView {
    email: String,
    email_verified: bool,
}

impl UserInfoView {
    pub(crate) fn of(info: UserInfo) -> Self {
        let user = info.user;
        Self {
            sub: user.id.to_string(),
            profile: info.tells_profile.then_some(ProfileView {
                name: user.name,
                date_joined: user.created_at,
            }),
            email: info.is_email_verified.map(|email_verified| EmailView {
                email: user.email,
                email_verified,
            }),
        }
    }
}
