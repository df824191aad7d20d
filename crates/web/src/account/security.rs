use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, PathParams};
use model::{SessionId, Timestamp};
use serde::Deserialize;
use services::{
    browser_sessions, second_factor,
    users::{self, PasswordChange},
};
use store::browser_sessions::BrowserSession;

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

/// Password, second factor, and the browsers in which the user is signed in.
#[derive(Debug, Template)]
#[template(path = "account/security.html")]
pub(crate) struct SecurityPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    /// How many recovery codes are left, where there is a second factor.
    pub(crate) second_factor: Option<i64>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
pub(crate) struct SessionRow {
    pub(crate) id: i64,
    pub(crate) user_agent: String,
    pub(crate) ip: String,
    pub(crate) begun: Timestamp,
    pub(crate) seen: Option<Timestamp>,
    pub(crate) is_this: bool,
}

impl SessionRow {
    fn end(&self) -> String {
        format!("{}{}/end/", urls::SESSIONS, self.id)
    }
}

/// `GET /settings/account/security/`
pub(crate) async fn show(visit: Visit) -> Result<Page<SecurityPage>, ApiError> {
    Ok(Page(page(&visit, FormErrors::default()).await?))
}

async fn page(visit: &Visit, errors: FormErrors) -> Result<SecurityPage, ApiError> {
    let user = visit.user();
    let row = |session: BrowserSession| SessionRow {
        id: session.id.0,
        user_agent: session.user_agent,
        ip: session.ip,
        begun: session.created_at,
        seen: session.last_seen_at,
        is_this: session.id == visit.signed_in.session.id,
    };
    let second_factor = if user.has_second_factor {
        Some(second_factor::recovery_codes_left(&visit.app, user.id).await?)
    } else {
        None
    };
    let sessions = browser_sessions::list(&visit.app, user.id).await?;
    Ok(SecurityPage {
        shell: visit.shell_of_user(Part::Settings, "Password and security").await?,
        frame: Frame::account(AccountSection::Security),
        second_factor,
        sessions: sessions.into_iter().map(row).collect(),
        errors,
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct PasswordForm {
    old: String,
    new: String,
    #[serde(default)]
    revoke_tokens: String,
}

/// `POST /settings/account/security/password/`
pub(crate) async fn change_password(
    visit: Visit,
    CsrfForm { form, .. }: CsrfForm<PasswordForm>,
) -> Result<Response, ApiError> {
    let change = PasswordChange {
        old: &form.old,
        new: &form.new,
        revoke_tokens: !form.revoke_tokens.is_empty(),
    };
    match users::change_password(&visit.app, &visit.signed_in, change).await {
        Ok(()) => Ok(done(Done::PasswordChanged)),
        Err(error) => Ok(refused(page(&visit, FormErrors::of_api(error.into())?).await?)),
    }
}

/// `POST /settings/account/security/sessions/`: signs out everywhere else.
pub(crate) async fn end_others(visit: Visit, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    browser_sessions::end_others(&visit.app, &visit.signed_in).await?;
    Ok(done(Done::OthersSignedOut))
}

/// `POST /settings/account/security/sessions/{session}/end/`
pub(crate) async fn end(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let session = path
        .get("session")?
        .parse()
        .map(SessionId)
        .map_err(|_| ApiError::not_found())?;
    if !browser_sessions::end(&visit.app, visit.user().id, session).await? {
        return Err(ApiError::not_found());
    }
    Ok(done(Done::SessionEnded))
}

fn done(done: Done) -> Response {
    (PendingNotice::of(done), Redirect::to(urls::SECURITY)).into_response()
}

impl SecurityPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |second_factor, sessions, errors| Self {
            shell: gallery::shell(Part::Settings, "Password and security", urls::SECURITY),
            frame: Frame::account(AccountSection::Security),
            second_factor,
            sessions,
            errors,
        };
        let session = |id, user_agent: &str, ip: &str, is_this| SessionRow {
            id,
            user_agent: user_agent.to_owned(),
            ip: ip.to_owned(),
            begun: gallery::ago(id * 90_000),
            seen: Some(gallery::ago(id * 60)),
            is_this,
        };
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let typical = vec![session(1, firefox, "203.0.113.7", true), session(2, "", "", false)];
        let wrong = FormErrors::one("old", "This is not your password.");
        vec![
            Sample::new(
                "account-security-typical",
                &page(None, typical.clone(), FormErrors::default()),
            ),
            Sample::new("account-security-second-factor", &page(Some(8), typical, wrong)),
            Sample::new(
                "account-security-hostile",
                &page(
                    None,
                    vec![session(1, gallery::HOSTILE, gallery::HOSTILE, false)],
                    FormErrors::default(),
                ),
            ),
        ]
    }
}
