use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm};
use model::time_zone;
use serde::Deserialize;
use services::users::{self, ProfileChange};
use store::user_emails::UserEmail;

use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    settings::Frame,
    shell::{Part, Shell},
    urls::{self, AccountSection},
    visit::Visit,
};

/// How the user is called, and the addresses of theirs.
#[derive(Debug, Template)]
#[template(path = "account/profile.html")]
pub(crate) struct ProfilePage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) username: String,
    pub(crate) name: String,
    /// Empty for that of the browser.
    pub(crate) time_zone: String,
    /// All that there are.
    pub(crate) time_zones: Vec<String>,
    pub(crate) emails: Vec<EmailRow>,
    /// What the form for another address holds.
    pub(crate) email: String,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
pub(crate) struct EmailRow {
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) is_verified: bool,
    /// To sign in with.
    pub(crate) is_primary: bool,
}

impl EmailRow {
    /// What one can do to it: `confirm`, `primary`, `remove`.
    fn action(&self, verb: &str) -> String {
        format!("{}{}/{verb}/", urls::EMAILS, self.id)
    }
}

/// What the forms of the page hold.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) name: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) email: String,
}

/// `GET /settings/account/`
pub(crate) async fn show(visit: Visit) -> Result<Page<ProfilePage>, ApiError> {
    Ok(Page(page(&visit, Typed::default(), FormErrors::default()).await?))
}

pub(super) async fn page(visit: &Visit, typed: Typed, errors: FormErrors) -> Result<ProfilePage, ApiError> {
    let user = visit.user();
    let row = |email: UserEmail| EmailRow {
        id: email.id.0,
        is_verified: email.verified_at.is_some(),
        is_primary: email.email == user.email,
        email: email.email,
    };
    let emails = users::list_emails(&visit.app, user.id).await?;
    Ok(ProfilePage {
        shell: visit.shell_of_user(Part::Settings, "Profile").await?,
        frame: Frame::account(AccountSection::Profile),
        username: user.username.clone(),
        name: typed.name.unwrap_or_else(|| user.name.clone()),
        time_zone: typed.time_zone.unwrap_or_else(|| user.time_zone.clone()),
        time_zones: time_zone::names(),
        emails: emails.into_iter().map(row).collect(),
        email: typed.email,
        errors,
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct ProfileForm {
    name: String,
    timezone: String,
}

/// `POST /settings/account/`
pub(crate) async fn save(visit: Visit, CsrfForm { form, .. }: CsrfForm<ProfileForm>) -> Result<Response, ApiError> {
    let change = ProfileChange {
        name: Some(&form.name),
        time_zone: Some(&form.timezone),
    };
    match users::change_profile(&visit.app, visit.user(), change).await {
        Ok(_) => Ok((PendingNotice::of(Done::NameSaved), Redirect::to(urls::PROFILE)).into_response()),
        Err(error) => {
            let typed = Typed {
                name: Some(form.name),
                time_zone: Some(form.timezone),
                ..Typed::default()
            };
            Ok(refused(page(&visit, typed, FormErrors::of_api(error.into())?).await?))
        }
    }
}

impl ProfilePage {
    fn is_zone(&self, zone: &str) -> bool {
        self.time_zone == zone
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str, emails, errors| Self {
            shell: gallery::shell(Part::Settings, "Profile", urls::PROFILE),
            frame: Frame::account(AccountSection::Profile),
            username: "ada".to_owned(),
            name: name.to_owned(),
            time_zone: "Europe/Vienna".to_owned(),
            time_zones: vec!["America/Sao_Paulo".to_owned(), "Europe/Vienna".to_owned()],
            emails,
            email: String::new(),
            errors,
        };
        let email = |id, email: &str, is_verified, is_primary| EmailRow {
            id,
            email: email.to_owned(),
            is_verified,
            is_primary,
        };
        let typical = vec![
            email(1, "ada@example.com", true, true),
            email(2, "ada@work.example", true, false),
            email(3, "new@example.com", false, false),
        ];
        let wrong = FormErrors::one("email", "You have this address.");
        vec![
            Sample::new(
                "profile-typical",
                &page("Ada Lovelace", typical.clone(), FormErrors::default()),
            ),
            Sample::new("profile-wrong", &page("", typical, wrong)),
            Sample::new(
                "profile-hostile",
                &page(
                    gallery::HOSTILE,
                    vec![email(1, gallery::HOSTILE, false, true)],
                    FormErrors::default(),
                ),
            ),
        ]
    }
}
