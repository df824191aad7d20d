use askama::Template;
use httpkit::{ApiError, InstanceAccess, instance_permissions::Superuser};
use model::{Timestamp, UserId};
use store::users::User;

use super::{sample_shell, shell};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// Users on one page.
const PAGE: usize = 100;

/// All users of the installation.
#[derive(Debug, Template)]
#[template(path = "admin/users.html")]
pub(crate) struct UsersPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) query: String,
    pub(crate) users: Vec<UserRow>,
    /// Where the list goes on.
    pub(crate) next: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct UserRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) is_admin: bool,
    pub(crate) is_active: bool,
    pub(crate) has_second_factor: bool,
    pub(crate) joined: Timestamp,
    pub(crate) seen: Option<Timestamp>,
}

impl UserRow {
    pub(super) fn of(user: &User) -> Self {
        Self {
            id: user.id.0,
            name: user.name.clone(),
            email: user.email.clone(),
            is_admin: user.is_admin,
            is_active: user.is_active,
            has_second_factor: user.has_second_factor,
            joined: user.created_at,
            seen: user.last_active_at.max(user.last_login_at),
        }
    }
}

/// `GET /admin/users/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Page<UsersPage>, ApiError> {
    let query = visit.field("query").unwrap_or_default().to_owned();
    let after = visit.field("after").and_then(|after| after.parse().ok());
    let mut users = services::users::search(&visit.app, &query, UserId(after.unwrap_or(0)), PAGE as u32 + 1).await?;
    let has_more = users.len() > PAGE;
    users.truncate(PAGE);
    let next = users.last().filter(|_| has_more).map(|last| {
        let pairs = [("query", query.clone()), ("after", last.id.to_string())];
        format!("{}?{}", urls::ADMIN_USERS, urls::query(pairs))
    });
    Ok(Page(UsersPage {
        shell: shell(&visit, AdminSection::Users).await?,
        section: AdminSection::Users,
        query,
        users: users.iter().map(UserRow::of).collect(),
        next,
    }))
}

impl UsersPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |query: &str, users, next: Option<&str>| Self {
            shell: sample_shell(AdminSection::Users),
            section: AdminSection::Users,
            query: query.to_owned(),
            users,
            next: next.map(str::to_owned),
        };
        vec![
            Sample::new("admin-users-empty", &page("nobody", Vec::new(), None)),
            Sample::new(
                "admin-users-typical",
                &page(
                    "",
                    vec![UserRow::sample(1, "Ada Lovelace", true), UserRow::sample(2, "", false)],
                    Some("/admin/users/?query=&after=2"),
                ),
            ),
            Sample::new(
                "admin-users-hostile",
                &page(gallery::HOSTILE, vec![UserRow::sample(1, gallery::HOSTILE, true)], None),
            ),
        ]
    }
}

impl UserRow {
    pub(super) fn sample(id: i64, name: &str, is_active: bool) -> Self {
        Self {
            id,
            name: name.to_owned(),
            email: "ada@example.com".to_owned(),
            is_admin: is_active,
            is_active,
            has_second_factor: is_active,
            joined: gallery::ago(id * 900_000),
            seen: is_active.then(|| gallery::ago(65)),
        }
    }
}
