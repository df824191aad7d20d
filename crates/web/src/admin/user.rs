use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, InstanceAccess, PathParams,
    instance_permissions::{Superuser, UsersAdmin},
};
use model::{UserId, UserPermission};
use serde::Deserialize;
use services::{
    App,
    users::{self, AccountError, FoundUser},
};

use super::{sample_shell, shell, users::UserRow};
use crate::{
    form::NoFields,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::{OrganizationName, Shell},
    urls::{self, AdminSection},
    visit::Visit,
};

/// One user, and what an administrator can do about them.
#[derive(Debug, Template)]
#[template(path = "admin/user.html")]
pub(crate) struct UserPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) user: UserRow,
    pub(crate) permissions: Vec<PermissionChoice>,
    pub(crate) organizations: Vec<OrganizationName>,
}

#[derive(Debug, Clone)]
pub(crate) struct PermissionChoice {
    pub(crate) name: &'static str,
    pub(crate) has: bool,
}

async fn found(app: &App, path: &PathParams) -> Result<FoundUser, ApiError> {
    let id = path
        .get("user")?
        .parse()
        .map(UserId)
        .map_err(|_| ApiError::not_found())?;
    let found = users::get_for_administrator(app, id).await?;
    found.ok_or_else(ApiError::not_found)
}

/// `GET /admin/users/{user}/`
pub(crate) async fn show(
    visit: Visit,
    _: InstanceAccess<Superuser>,
    path: PathParams,
) -> Result<Page<UserPage>, ApiError> {
    let found = found(&visit.app, &path).await?;
    let choice = |permission: UserPermission| PermissionChoice {
        name: permission.name(),
        has: found.permissions.contains(&permission),
    };
    let organizations = found.organizations.iter().map(|organization| OrganizationName {
        slug: organization.slug.clone(),
        name: organization.name.clone(),
    });
    Ok(Page(UserPage {
        shell: shell(&visit, AdminSection::Users).await?,
        section: AdminSection::Users,
        permissions: UserPermission::ALL.map(choice).into(),
        organizations: organizations.collect(),
        user: UserRow::of(&found.user),
    }))
}

fn done(user: UserId, result: Result<(), AccountError>) -> Result<Response, ApiError> {
    let done = match result {
        Ok(()) => Done::UserSaved,
        Err(AccountError::LastSuperuser) => Done::LastSuperuser,
        Err(error) => return Err(error.into()),
    };
    Ok((PendingNotice::of(done), Redirect::to(&urls::admin_user(user.0, ""))).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct ActiveForm {
    is_active: String,
}

/// `POST /admin/users/{user}/active/`
pub(crate) async fn set_active(
    visit: Visit,
    access: InstanceAccess<UsersAdmin>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<ActiveForm>,
) -> Result<Response, ApiError> {
    let user = found(&visit.app, &path).await?.user;
    let set = users::set_active(&visit.app, &access.actor, user.id, form.is_active == "1").await;
    done(user.id, set)
}

#[derive(Debug, Deserialize)]
pub(crate) struct PermissionForm {
    permission: String,
    has: String,
}

/// `POST /admin/users/{user}/permission/`
pub(crate) async fn set_permission(
    visit: Visit,
    access: InstanceAccess<UsersAdmin>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<PermissionForm>,
) -> Result<Response, ApiError> {
    let user = found(&visit.app, &path).await?.user;
    let permission = UserPermission::from_name(&form.permission).ok_or_else(ApiError::not_found)?;
    let set = if form.has == "1" {
        users::add_permission(&visit.app, &access.actor, &user.email, permission).await
    } else {
        users::remove_permission(&visit.app, &access.actor, &user.email, permission).await
    };
    done(user.id, set.map(|_| ()))
}

/// `POST /admin/users/{user}/second-factor/`: for somebody who has lost it.
pub(crate) async fn reset_second_factor(
    visit: Visit,
    access: InstanceAccess<UsersAdmin>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let user = found(&visit.app, &path).await?.user;
    services::second_factor::reset(&visit.app, &access.actor, &user).await?;
    done(user.id, Ok(()))
}

/// `POST /admin/users/{user}/recovery/`: for somebody who has forgotten the password.
pub(crate) async fn send_recovery(
    visit: Visit,
    access: InstanceAccess<UsersAdmin>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let user = found(&visit.app, &path).await?.user;
    users::send_recovery(&visit.app, &access.actor, &user).await?;
    let page = urls::admin_user(user.id.0, "");
    Ok((PendingNotice::of(Done::LinkWritten), Redirect::to(&page)).into_response())
}

impl UserPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |user: UserRow, organizations| Self {
            shell: sample_shell(AdminSection::Users),
            section: AdminSection::Users,
            permissions: UserPermission::ALL
                .map(|permission| PermissionChoice {
                    name: permission.name(),
                    has: user.is_admin,
                })
                .into(),
            user,
            organizations,
        };
        let organization = |name: &str| OrganizationName {
            slug: "acme".to_owned(),
            name: name.to_owned(),
        };
        vec![
            Sample::new(
                "admin-user-typical",
                &page(UserRow::sample(1, "Ada Lovelace", true), vec![organization("Acme")]),
            ),
            Sample::new("admin-user-off", &page(UserRow::sample(2, "", false), Vec::new())),
            Sample::new(
                "admin-user-hostile",
                &page(
                    UserRow::sample(1, gallery::HOSTILE, true),
                    vec![organization(gallery::HOSTILE)],
                ),
            ),
        ]
    }
}
