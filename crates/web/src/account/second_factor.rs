//! Setting up and removing the second factor.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm};
use serde::Deserialize;
use services::second_factor;

use super::qr::QrDrawing;
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

const TITLE: &str = "Second factor";

/// A device that is set up, or the one that is.
#[derive(Debug, Template)]
#[template(path = "account/second_factor.html")]
pub(crate) struct SecondFactorPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    /// Absent where there is a second factor.
    pub(crate) enrolment: Option<Enrolment>,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
pub(crate) struct Enrolment {
    pub(crate) drawing: Option<QrDrawing>,
    pub(crate) secret: String,
}

/// The recovery codes, which are shown this once.
#[derive(Debug, Template)]
#[template(path = "account/recovery_codes.html")]
pub(crate) struct RecoveryCodesPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) codes: Vec<String>,
}

async fn shell(visit: &Visit) -> Result<(Shell, Frame), ApiError> {
    let shell = visit.shell_of_user(Part::Settings, TITLE).await?;
    Ok((shell, Frame::account(AccountSection::Security)))
}

async fn page(visit: &Visit, errors: FormErrors) -> Result<SecondFactorPage, ApiError> {
    let enrolment = if visit.user().has_second_factor {
        None
    } else {
        let enrolment = second_factor::begin(&visit.app, visit.user()).await?;
        Some(Enrolment {
            drawing: QrDrawing::of(&enrolment.uri),
            secret: enrolment.secret,
        })
    };
    let (shell, frame) = shell(visit).await?;
    Ok(SecondFactorPage {
        shell,
        frame,
        enrolment,
        errors,
    })
}

async fn codes_page(visit: &Visit, codes: Vec<String>) -> Result<Response, ApiError> {
    let (shell, frame) = shell(visit).await?;
    Ok(Page(RecoveryCodesPage { shell, frame, codes }).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct CodeForm {
    code: String,
}

/// `GET /settings/account/security/second-factor/`
pub(crate) async fn show(visit: Visit) -> Result<Page<SecondFactorPage>, ApiError> {
    Ok(Page(page(&visit, FormErrors::default()).await?))
}

/// `POST /settings/account/security/second-factor/`: the first code of the device.
pub(crate) async fn confirm(visit: Visit, CsrfForm { form, .. }: CsrfForm<CodeForm>) -> Result<Response, ApiError> {
    match second_factor::confirm(&visit.app, &visit.signed_in, &form.code).await {
        Ok(codes) => codes_page(&visit, codes).await,
        Err(error) => Ok(refused(page(&visit, FormErrors::of_api(error.into())?).await?)),
    }
}

/// `POST /settings/account/security/second-factor/codes/`
pub(crate) async fn renew(visit: Visit, CsrfForm { form, .. }: CsrfForm<CodeForm>) -> Result<Response, ApiError> {
    match second_factor::renew_recovery_codes(&visit.app, &visit.signed_in, &form.code).await {
        Ok(codes) => codes_page(&visit, codes).await,
        Err(error) => Ok(refused(page(&visit, FormErrors::of_api(error.into())?).await?)),
    }
}

/// `POST /settings/account/security/second-factor/remove/`
pub(crate) async fn remove(visit: Visit, CsrfForm { form, .. }: CsrfForm<CodeForm>) -> Result<Response, ApiError> {
    match second_factor::remove(&visit.app, &visit.signed_in, &form.code).await {
        Ok(()) => Ok((
            PendingNotice::of(Done::SecondFactorRemoved),
            Redirect::to(urls::SECURITY),
        )
            .into_response()),
        Err(error) => Ok(refused(page(&visit, FormErrors::of_api(error.into())?).await?)),
    }
}

pub(crate) fn samples() -> Vec<Sample> {
    let frame = || Frame::account(AccountSection::Security);
    let page = |enrolment, errors| SecondFactorPage {
        shell: gallery::shell(Part::Settings, TITLE, urls::SECOND_FACTOR),
        frame: frame(),
        enrolment,
        errors,
    };
    let enrolment = Enrolment {
        drawing: QrDrawing::of("otpauth://totp/Tocsin:ada@example.com?secret=JBSWY3DPEHPK3PXP"),
        secret: "JBSWY3DPEHPK3PXP".to_owned(),
    };
    let codes = RecoveryCodesPage {
        shell: gallery::shell(Part::Settings, TITLE, urls::SECOND_FACTOR),
        frame: frame(),
        codes: vec!["abcde-fghij".to_owned(), "klmno-pqrst".to_owned()],
    };
    let wrong = FormErrors::one("code", "The code is wrong, or was used before.");
    vec![
        Sample::new("second-factor-new", &page(Some(enrolment), FormErrors::default())),
        Sample::new("second-factor-on", &page(None, wrong)),
        Sample::new("recovery-codes", &codes),
    ]
}
