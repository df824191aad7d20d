use model::Timestamp;
use serde::Serialize;
use store::users::User;

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
    emails: [EmailView; 1],
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
            username: user.email.clone(),
            email: user.email.clone(),
            avatar_url: "",
            is_active: user.is_active,
            is_suspended: false,
            has_password_auth: true,
            is_managed: false,
            date_joined: user.created_at,
            last_login: user.last_login_at,
            has2fa: false,
            last_active: user.last_login_at,
            is_superuser: user.is_admin,
            is_staff: user.is_admin,
            experiments: Empty {},
            emails: [EmailView {
                id: user.id.to_string(),
                email: user.email.clone(),
                is_verified: true,
            }],
            avatar: AvatarView::LETTER,
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
