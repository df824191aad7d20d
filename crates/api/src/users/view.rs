use model::{Timestamp, UserPermission};
use serde::Serialize;
use store::{user_emails::UserEmail, users::User};

use crate::view::{AvatarView, Empty};

/// A user as members and the user themself see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserView {
    id: String,
    name: String,
    username: String,
    email: String,
    avatar_url: &'static str,
    is_active: bool,
    is_suspended: bool,
    has_password_auth: bool,
    is_managed: bool,
    date_joined: Timestamp,
    last_login: Option<Timestamp>,
    has2fa: bool,
    last_active: Option<Timestamp>,
    is_superuser: bool,
    is_staff: bool,
    experiments: Empty,
    emails: Vec<EmailView>,
    avatar: AvatarView,
}

#[derive(Debug, Clone, Serialize)]
struct EmailView {
    id: String,
    email: String,
    is_verified: bool,
}

impl UserView {
    pub(crate) fn of(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            name: display_name(user).to_owned(),
            username: user.username.clone(),
            email: user.email.clone(),
            avatar_url: "",
            is_active: user.is_active,
            is_suspended: false,
            has_password_auth: true,
            is_managed: false,
            date_joined: user.created_at,
            last_login: user.last_login_at,
            has2fa: user.has_second_factor,
            last_active: user.last_active_at.max(user.last_login_at),
            is_superuser: user.is_admin,
            is_staff: user.is_admin,
            experiments: Empty {},
            emails: vec![EmailView {
                id: user.id.to_string(),
                email: user.email.clone(),
                is_verified: true,
            }],
            avatar: AvatarView::of(&user.avatar),
        }
    }
}

/// Users as they see themselves.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OwnView {
    #[serde(flatten)]
    user: UserView,
    options: OptionsView,
    /// Those that other systems sign in by come with these.
    identities: [Empty; 0],
    authenticators: Vec<AuthenticatorView>,
    permissions: Vec<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
struct OptionsView {
    timezone: String,
}

#[derive(Debug, Clone, Serialize)]
struct AuthenticatorView {
    #[serde(rename = "type")]
    kind: &'static str,
}

impl OwnView {
    pub(crate) fn of(user: &User, emails: &[UserEmail], permissions: &[UserPermission]) -> Self {
        let email = |email: &UserEmail| EmailView {
            id: email.id.to_string(),
            email: email.email.clone(),
            is_verified: email.verified_at.is_some(),
        };
        Self {
            user: UserView {
                emails: emails.iter().map(email).collect(),
                ..UserView::of(user)
            },
            options: OptionsView {
                timezone: if user.time_zone.is_empty() {
                    "UTC".to_owned()
                } else {
                    user.time_zone.clone()
                },
            },
            identities: [],
            authenticators: if user.has_second_factor {
                vec![AuthenticatorView { kind: "totp" }]
            } else {
                Vec::new()
            },
            permissions: permissions.iter().map(|permission| permission.name()).collect(),
        }
    }
}

/// A user where one is assigned.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct UserReference {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    name: String,
    email: String,
}

impl UserReference {
    pub(crate) fn of(user: &User) -> Self {
        Self {
            kind: "user",
            id: user.id.to_string(),
            name: display_name(user).to_owned(),
            email: user.email.clone(),
        }
    }
}

fn display_name(user: &User) -> &str {
    if user.name.is_empty() { &user.email } else { &user.name }
}
