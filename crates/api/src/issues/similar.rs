use axum::{Json, extract::State};
use httpkit::{ApiError, IssueAccess, scopes::EventRead};
use serde::Serialize;
use services::App;

use super::{rendering::Rendering, view::IssueView};

/// How much an issue is like the one that was asked about, 0 to 1: under Sentry's names of what is compared.
#[derive(Debug, Serialize)]
pub(crate) struct ScoresView {
    #[serde(rename = "exception:stacktrace:pairs", skip_serializing_if = "Option::is_none")]
    stack: Option<f64>,
    #[serde(
        rename = "exception:message:character-shingles",
        skip_serializing_if = "Option::is_none"
    )]
    exception: Option<f64>,
    #[serde(
        rename = "message:message:character-shingles",
        skip_serializing_if = "Option::is_none"
    )]
    message: Option<f64>,
}

/// `GET …/issues/{issue}/similar/`: the most similar first, each beside its scores.
pub(crate) async fn list_similar(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
) -> Result<Json<Vec<(IssueView, ScoresView)>>, ApiError> {
    let (scope, issue) = (&access.scope, &access.issue);
    let found = services::issues::similar(&app, scope, issue).await?;
    let issues: Vec<_> = found.iter().map(|found| found.issue.clone()).collect();
    let rendering = Rendering::load(&app, scope, &issues).await?;
    let is_exception = issue.event_type == "error";
    let views = found.into_iter().map(|found| {
        let scores = ScoresView {
            stack: found.stack,
            exception: found.message.filter(|_| is_exception),
            message: found.message.filter(|_| !is_exception),
        };
        (rendering.view(&found.issue), scores)
    });
    Ok(Json(views.collect()))
}
