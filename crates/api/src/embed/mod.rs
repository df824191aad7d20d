//! `/api/embed/error-page/`: the crash-report dialog. A page that met an error includes it as a script; what its user
//! writes is posted back here and kept as a user report.

mod texts;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use httpkit::{ApiError, ErrorKind};
use model::EventId;
use serde::Serialize;
use services::{App, project_config};

use crate::{
    body::Fields,
    parameters::Parameters,
    script,
    user_reports::{Sender, UserReportView, Written, find_key},
};

const PATH: &str = "/api/embed/error-page/";

const DIALOG: &str = include_str!("dialog.js");

/// Event and person differ from dialog to dialog.
const NOT_CACHED: &str = "no-store";

/// What the dialog's script needs to know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    /// Where to post to.
    address: String,
    dsn: String,
    event_id: EventId,
    /// Who the page says its user is.
    name: String,
    email: String,
    #[serde(flatten)]
    texts: texts::Texts,
}

/// Which project a dialog belongs to, and what it is about.
#[derive(Debug)]
struct Subject {
    sender: Sender,
    dsn: String,
    event_id: EventId,
}

/// `GET /api/embed/error-page/`: the dialog as a script, with the texts that the query names.
pub(crate) async fn show_dialog(State(app): State<App>, parameters: Parameters, headers: HeaderMap) -> Response {
    let answer = async {
        let subject = subject(&app, &parameters, &headers).await?;
        let given = |name: &str| parameters.get(name).unwrap_or_default().trim().to_owned();
        let data = Data {
            address: app.url.join(PATH),
            dsn: subject.dsn,
            event_id: subject.event_id,
            name: given("name"),
            email: given("email"),
            texts: texts::Texts::of(&parameters, &headers),
        };
        Ok::<_, Refusal>(script::response(script::with_data(DIALOG, &data), NOT_CACHED))
    };
    for_pages(answer.await)
}

/// `POST /api/embed/error-page/`: what a user wrote.
pub(crate) async fn create_report(
    State(app): State<App>,
    parameters: Parameters,
    headers: HeaderMap,
    fields: Result<Fields, ApiError>,
) -> Response {
    let answer = async {
        let subject = subject(&app, &parameters, &headers).await?;
        let mut fields = fields?;
        let written = Written::read(&mut fields);
        fields.finish().map_err(Refusal::Form)?;
        let report = written.save(&app, &subject.sender, subject.event_id).await?;
        Ok::<_, Refusal>(Json(UserReportView::of(report, None)).into_response())
    };
    for_pages(answer.await)
}

/// `OPTIONS /api/embed/error-page/`
pub(crate) async fn preflight() -> Response {
    for_pages(Ok(StatusCode::OK.into_response()))
}

/// Why a request of a page is refused.
#[derive(Debug)]
enum Refusal {
    /// Its fields: the dialog shows what is wrong with which.
    Form(ApiError),
    Other(ApiError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Other(error)
    }
}

/// Every answer, refusals too, has to be readable for the page.
fn for_pages(answer: Result<Response, Refusal>) -> Response {
    let mut response = match answer {
        Ok(response) => response,
        Err(Refusal::Other(error)) => error.into_response(),
        Err(Refusal::Form(error)) => {
            let errors = Json(serde_json::json!({ "errors": error.fields }));
            let status = error.kind.status();
            (status, errors).into_response()
        }
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Accept, Content-Type, Authentication, Authorization, X-Requested-With, Sentry-Trace, Baggage, Traceparent",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "3600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn subject(app: &App, parameters: &Parameters, headers: &HeaderMap) -> Result<Subject, ApiError> {
    const MISSING: &str = "Missing or invalid parameter.";
    let event_id = parameters.filled("eventId").and_then(|id| id.parse().ok());
    let event_id = event_id.ok_or_else(|| ApiError::field("eventId", MISSING))?;
    let dsn = parameters
        .filled("dsn")
        .ok_or_else(|| ApiError::field("dsn", MISSING))?;
    let key = find_key(app, dsn).await?;
    let key = key.ok_or_else(|| ApiError::new(ErrorKind::NotFound, "No project takes reports with this DSN."))?;
    let config = project_config::get(app, key.organization, key.project).await?;
    let config = config.ok_or_else(ApiError::not_found)?;
    if !config.origins.allow(origin(headers)) {
        return Err(ApiError::forbidden("This page may not send to the project."));
    }
    Ok(Subject {
        sender: Sender::of(key),
        dsn: dsn.trim().to_owned(),
        event_id,
    })
}

/// The page's; older browsers send it as the referrer only.
fn origin(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    text(header::ORIGIN).or_else(|| text(header::REFERER))
}
