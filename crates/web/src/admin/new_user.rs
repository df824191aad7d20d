use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, InstanceAccess, instance_permissions::UsersAdmin};
use serde::Deserialize;
use services::users::{self, NewAccount, NewUser};

use super::{sample_shell, shell};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// An account that an administrator makes for somebody.
#[derive(Debug, Template)]
#[template(path = "admin/new_user.html")]
pub(crate) struct NewUserPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct NewUserForm {
    name: String,
    email: String,
    password: String,
}

async fn page(visit: &Visit, form: NewUserForm, errors: FormErrors) -> Result<NewUserPage, ApiError> {
    Ok(NewUserPage {
        shell: shell(visit, AdminSection::Users).await?,
        section: AdminSection::Users,
        name: form.name,
        email: form.email,
        errors,
    })
}

/// `GET /admin/users/new/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<UsersAdmin>) -> Result<Page<NewUserPage>, ApiError> {
    Ok(Page(page(&visit, NewUserForm::default(), FormErrors::default()).await?))
}

/// `POST /admin/users/new/`
pub(crate) async fn create(
    visit: Visit,
    access: InstanceAccess<UsersAdmin>,
    CsrfForm { form, .. }: CsrfForm<NewUserForm>,
) -> Result<Response, ApiError> {
    let account = NewAccount {
        user: NewUser {
            email: &form.email,
            name: &form.name,
            password: &form.password,
        },
        is_administrator: false,
    };
    match users::create_account(&visit.app, &access.actor, &account).await {
        Ok(user) => {
            let page = urls::admin_user(user.id.0, "");
            Ok((PendingNotice::of(Done::UserCreated), Redirect::to(&page)).into_response())
        }
        Err(error) => Ok(refused(page(&visit, form, FormErrors::of_api(error.into())?).await?)),
    }
}

impl NewUserPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |text: &str, errors| Self {
            shell: sample_shell(AdminSection::Users),
            section: AdminSection::Users,
            name: text.to_owned(),
            email: text.to_owned(),
            errors,
        };
        let wrong = FormErrors::one("email", "Enter a whole address, such as you@example.com.");
        vec![
            Sample::new("admin-new-user-empty", &page("", FormErrors::default())),
            Sample::new("admin-new-user-hostile", &page(gallery::HOSTILE, wrong)),
        ]
    }
}
