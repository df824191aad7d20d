//! `/`: where somebody begins who names no page.

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, MaybeBrowser};
use services::App;

use crate::{errors::ErrorPage, page::Page, shell::Part, urls, visit::Visit};

/// The issues of the first organization; the sign-in for whoever is not signed in.
pub(crate) async fn show(
    axum::extract::State(app): axum::extract::State<App>,
    MaybeBrowser(signed_in): MaybeBrowser,
    visit: Result<Visit, ApiError>,
) -> Result<Response, ApiError> {
    let Some(signed_in) = signed_in else {
        let first = if services::users::none_exists(&app).await? {
            urls::FIRST_RUN
        } else {
            urls::LOGIN
        };
        return Ok(Redirect::to(first).into_response());
    };
    match services::organizations::list(&app, &signed_in.actor).await?.first() {
        Some(organization) => {
            Ok(Redirect::to(&urls::Links::new(&organization.slug, String::new()).issues()).into_response())
        }
        None => {
            let shell = visit?.shell_of_user(Part::None, "No organization").await?;
            Ok(Page(ErrorPage::no_organization(shell)).into_response())
        }
    }
}
