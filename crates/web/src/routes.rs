//! Every address of a page and what answers it. `urls` makes the links to them.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use services::App;

use crate::{
    assets,
    auth::{first_run, login},
    errors, home,
    issues::{self, actions, event_texts},
    preferences,
    projects::{self, create, getting_started, keys, settings},
    tokens, urls,
};

/// Forms hold a few lines; a list of a thousand selected issues is the largest.
const MAX_FORM_BYTES: usize = 256 * 1024;

/// All pages, and the answer for paths that nobody has.
pub fn routes() -> Router<App> {
    Router::new()
        .route(urls::HOME, get(home::show))
        .route(urls::LOGIN, get(login::show).post(login::sign_in))
        .route(urls::LOGOUT, post(login::sign_out))
        .route(urls::FIRST_RUN, get(first_run::show).post(first_run::create))
        .route(urls::PREFERENCES, post(preferences::save))
        .route(urls::TOKENS, get(tokens::show).post(tokens::create))
        .route(
            "/settings/account/api/auth-tokens/{token}/revoke/",
            post(tokens::revoke),
        )
        .merge(issue_routes())
        .merge(project_routes())
        .route("/assets/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .fallback(errors::not_found)
        .method_not_allowed_fallback(errors::not_found)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(middleware::from_fn(errors::around))
}

fn issue_routes() -> Router<App> {
    let at = |path: &str| format!("/organizations/{{organization}}/issues/{path}");
    Router::new()
        .route(&at(""), get(issues::list::show))
        .route(&at("bulk/"), post(actions::bulk))
        .route(&at("{issue}/"), get(issues::page::show))
        .route(&at("{issue}/status/"), post(actions::set_status))
        .route(&at("{issue}/assign/"), post(actions::assign))
        .route(&at("{issue}/delete/"), post(actions::delete))
        .route(&at("{issue}/events/"), get(issues::events::show))
        .route(&at("{issue}/events/{event}/"), get(issues::page::show_event))
        .route(&at("{issue}/events/{event}/json/"), get(event_texts::json))
        .route(&at("{issue}/events/{event}/markdown/"), get(event_texts::markdown))
}

fn project_routes() -> Router<App> {
    let at = |path: &str| format!("/organizations/{{organization}}/projects/{path}");
    Router::new()
        .route(&at(""), get(projects::list::show))
        .route(&at("new/"), get(create::show).post(create::create))
        .route(&at("{project}/getting-started/"), get(getting_started::show))
        .route(
            &at("{project}/getting-started/first-event/"),
            get(getting_started::poll),
        )
        .route(&at("{project}/sample-event/"), post(settings::send_sample))
        .route(&at("{project}/settings/"), get(settings::show).post(settings::save))
        .route(&at("{project}/delete/"), post(settings::delete))
        .route(&at("{project}/keys/new/"), post(keys::create))
        .route(&at("{project}/keys/{key}/{verb}/"), post(keys::change))
}
