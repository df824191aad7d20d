//! The applications that the signed-in user has made.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, PathParams};
use model::Timestamp;
use serde::Deserialize;
use services::oauth::{self, ApplicationChange};
use store::oauth::applications::Application;

use crate::{
    form::{FormErrors, NoFields},
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

const TITLE: &str = "OAuth applications";

/// The user's applications, and a form for another.
#[derive(Debug, Template)]
#[template(path = "oauth/applications.html")]
pub(crate) struct ApplicationsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) applications: Vec<ApplicationRow>,
    pub(crate) form: NewApplicationForm,
    pub(crate) errors: FormErrors,
}

#[derive(Debug)]
pub(crate) struct ApplicationRow {
    pub(crate) client_id: String,
    pub(crate) name: String,
    pub(crate) is_active: bool,
    pub(crate) made: Timestamp,
}

/// What a new application begins with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewApplicationForm {
    name: String,
    #[serde(default)]
    redirect_uris: String,
}

/// One application, with everything that can be changed of it.
#[derive(Debug, Template)]
#[template(path = "oauth/application.html")]
pub(crate) struct ApplicationPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) client_id: String,
    /// A secret that was just made: shown this once.
    pub(crate) secret: Option<String>,
    pub(crate) form: ApplicationForm,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplicationForm {
    name: String,
    /// One a line, as are the next.
    #[serde(default)]
    redirect_uris: String,
    #[serde(default)]
    allowed_origins: String,
    #[serde(default)]
    homepage_url: String,
    #[serde(default)]
    privacy_url: String,
    #[serde(default)]
    terms_url: String,
    #[serde(default)]
    is_active: String,
}

impl ApplicationRow {
    fn link(&self) -> String {
        urls::application(&self.client_id, "")
    }
}

impl ApplicationForm {
    fn of(application: &Application) -> Self {
        Self {
            name: application.name.clone(),
            redirect_uris: application.redirect_uris.join("\n"),
            allowed_origins: application.allowed_origins.join("\n"),
            homepage_url: application.homepage_url.clone(),
            privacy_url: application.privacy_url.clone(),
            terms_url: application.terms_url.clone(),
            is_active: if application.is_active {
                "1".to_owned()
            } else {
                String::new()
            },
        }
    }

    /// Its single lines, with what they are called and what they are for.
    fn pages(&self) -> [(&'static str, &'static str, &str); 3] {
        [
            ("homepageUrl", "Homepage", self.homepage_url.as_str()),
            ("privacyUrl", "Privacy policy", self.privacy_url.as_str()),
            ("termsUrl", "Terms of use", self.terms_url.as_str()),
        ]
    }
}

impl ApplicationPage {
    /// What one can do to it: `secret`, `delete`.
    fn action(&self, verb: &str) -> String {
        urls::application(&self.client_id, verb)
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// `GET /settings/account/api/applications/`
pub(crate) async fn show(visit: Visit) -> Result<Page<ApplicationsPage>, ApiError> {
    Ok(Page(
        list(&visit, NewApplicationForm::default(), FormErrors::default()).await?,
    ))
}

async fn list(visit: &Visit, form: NewApplicationForm, errors: FormErrors) -> Result<ApplicationsPage, ApiError> {
    let row = |application: Application| ApplicationRow {
        client_id: application.client_id,
        name: application.name,
        is_active: application.is_active,
        made: application.created_at,
    };
    let applications = oauth::list(&visit.app, visit.user().id).await?;
    Ok(ApplicationsPage {
        shell: visit.shell_of_user(Part::Settings, TITLE).await?,
        frame: Frame::account(AccountSection::Applications),
        applications: applications.into_iter().map(row).collect(),
        form,
        errors,
    })
}

/// `POST /settings/account/api/applications/`: answers with the page of the application, since its secret is shown this
/// once.
pub(crate) async fn create(
    visit: Visit,
    CsrfForm { form, .. }: CsrfForm<NewApplicationForm>,
) -> Result<Response, ApiError> {
    let redirect_uris = lines(&form.redirect_uris);
    let change = ApplicationChange {
        name: Some(&form.name),
        redirect_uris: Some(&redirect_uris),
        ..ApplicationChange::default()
    };
    match oauth::create(&visit.app, visit.actor(), visit.user(), &change).await {
        Ok(new) => {
            let form = ApplicationForm::of(&new.application);
            let client_id = new.application.client_id;
            let page = page(&visit, client_id, Some(new.secret), form, FormErrors::default()).await?;
            Ok(Page(page).into_response())
        }
        Err(error) => {
            let errors = FormErrors::of_api(error.into())?;
            Ok(refused(list(&visit, form, errors).await?))
        }
    }
}

async fn page(
    visit: &Visit,
    client_id: String,
    secret: Option<String>,
    form: ApplicationForm,
    errors: FormErrors,
) -> Result<ApplicationPage, ApiError> {
    Ok(ApplicationPage {
        shell: visit.shell_of_user(Part::Settings, TITLE).await?,
        frame: Frame::account(AccountSection::Applications),
        client_id,
        secret,
        form,
        errors,
    })
}

/// `GET /settings/account/api/applications/{application}/`
pub(crate) async fn show_one(visit: Visit, path: PathParams) -> Result<Page<ApplicationPage>, ApiError> {
    let application = oauth::get(&visit.app, visit.user().id, path.get("application")?).await?;
    let form = ApplicationForm::of(&application);
    Ok(Page(
        page(&visit, application.client_id, None, form, FormErrors::default()).await?,
    ))
}

/// `POST /settings/account/api/applications/{application}/`
pub(crate) async fn save(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<ApplicationForm>,
) -> Result<Response, ApiError> {
    let client_id = path.get("application")?;
    let (redirect_uris, allowed_origins) = (lines(&form.redirect_uris), lines(&form.allowed_origins));
    let change = ApplicationChange {
        name: Some(&form.name),
        redirect_uris: Some(&redirect_uris),
        allowed_origins: Some(&allowed_origins),
        homepage_url: Some(&form.homepage_url),
        privacy_url: Some(&form.privacy_url),
        terms_url: Some(&form.terms_url),
        is_active: Some(!form.is_active.is_empty()),
    };
    match oauth::update(&visit.app, visit.actor(), visit.user().id, client_id, &change).await {
        Ok(_) => {
            let to = Redirect::to(&urls::application(client_id, ""));
            Ok((PendingNotice::of(Done::ApplicationSaved), to).into_response())
        }
        Err(error) => {
            let errors = FormErrors::of_api(error.into())?;
            Ok(refused(page(&visit, client_id.to_owned(), None, form, errors).await?))
        }
    }
}

/// `POST /settings/account/api/applications/{application}/secret/`: the answer shows the secret, this once.
pub(crate) async fn rotate_secret(
    visit: Visit,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Page<ApplicationPage>, ApiError> {
    let client_id = path.get("application")?;
    let new = oauth::rotate_secret(&visit.app, visit.actor(), visit.user().id, client_id).await?;
    let form = ApplicationForm::of(&new.application);
    let client_id = new.application.client_id;
    Ok(Page(
        page(&visit, client_id, Some(new.secret), form, FormErrors::default()).await?,
    ))
}

/// `POST /settings/account/api/applications/{application}/delete/`
pub(crate) async fn delete(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let client_id = path.get("application")?;
    oauth::delete(&visit.app, visit.actor(), visit.user().id, client_id).await?;
    let to = Redirect::to(urls::APPLICATIONS);
    Ok((PendingNotice::of(Done::ApplicationDeleted), to).into_response())
}

/// An id as they are made, and a secret.
const SAMPLE_ID: &str = "4c1f0a8e6d2b97c35e81fa0d746b29c84c1f0a8e6d2b97c35e81fa0d746b29c8";
const SAMPLE_SECRET: &str = "90be2f61d7a35c48e1fb06927dca58e390be2f61d7a35c48e1fb06927dca58e3";

impl ApplicationsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |applications, text: &str, errors| Self {
            shell: gallery::shell(Part::Settings, TITLE, urls::APPLICATIONS),
            frame: Frame::account(AccountSection::Applications),
            applications,
            form: NewApplicationForm {
                name: text.to_owned(),
                redirect_uris: text.to_owned(),
            },
            errors,
        };
        let row = |number: i64, name: &str| ApplicationRow {
            client_id: SAMPLE_ID.to_owned(),
            name: name.to_owned(),
            is_active: number != 2,
            made: gallery::ago(number * 900_000),
        };
        let wrong = FormErrors::one("redirectUris", "\"javascript:alert(1)\" is no address for codes.");
        vec![
            Sample::new("applications-empty", &page(Vec::new(), "", FormErrors::default())),
            Sample::new(
                "applications-typical",
                &page(
                    vec![row(1, "Status board"), row(2, "Old dashboard")],
                    "",
                    FormErrors::default(),
                ),
            ),
            Sample::new(
                "applications-hostile",
                &page(vec![row(1, gallery::HOSTILE)], gallery::HOSTILE, wrong),
            ),
            Sample::new(
                "applications-huge",
                &page(
                    (1..50).map(|number| row(number, "board")).collect(),
                    "",
                    FormErrors::default(),
                ),
            ),
        ]
    }
}

impl ApplicationPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |text: &str, secret: Option<&str>, errors| Self {
            shell: gallery::shell(Part::Settings, TITLE, &urls::application(SAMPLE_ID, "")),
            frame: Frame::account(AccountSection::Applications),
            client_id: SAMPLE_ID.to_owned(),
            secret: secret.map(str::to_owned),
            form: ApplicationForm {
                name: text.to_owned(),
                redirect_uris: text.to_owned(),
                allowed_origins: text.to_owned(),
                homepage_url: text.to_owned(),
                privacy_url: text.to_owned(),
                terms_url: text.to_owned(),
                is_active: "1".to_owned(),
            },
            errors,
        };
        let wrong = FormErrors::one("homepageUrl", "\"x\" is no address of a page.");
        let typical = Self {
            form: ApplicationForm {
                name: "Status board".to_owned(),
                redirect_uris: "https://board.example/callback".to_owned(),
                allowed_origins: "https://board.example".to_owned(),
                homepage_url: "https://board.example/".to_owned(),
                ..ApplicationForm::default()
            },
            ..page("", None, FormErrors::default())
        };
        vec![
            Sample::new("application-typical", &typical),
            Sample::new(
                "application-created",
                &page("Status board", Some(SAMPLE_SECRET), FormErrors::default()),
            ),
            Sample::new("application-hostile", &page(gallery::HOSTILE, None, wrong)),
        ]
    }
}
