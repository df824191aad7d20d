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
    discover, errors, events, home,
    issues::{self, actions, event_texts},
    preferences,
    projects::{self, create, getting_started, settings as project_settings},
    search_bar, settings, stats, tokens, urls,
};

/// Forms hold a few lines; a list of a thousand selected issues is the largest.
const MAX_FORM_BYTES: usize = 256 * 1024;

/// Those of settings hold texts of rules, of which each has a bound of its own.
const MAX_SETTINGS_BYTES: usize = 4 * 1024 * 1024;

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
        .merge(event_routes())
        .merge(discover_routes())
        .merge(project_routes())
        .merge(project_settings_routes())
        .merge(organization_routes())
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
        .route(&at("{issue}/attachments/"), get(issues::attachments::show))
}

/// Events by their id alone, and the files that came with them.
fn event_routes() -> Router<App> {
    let at = |path: &str| format!("/organizations/{{organization}}/projects/{{project}}/events/{{event}}/{path}");
    let file = |verb: &str| at(&format!("attachments/{{attachment}}/{verb}/"));
    Router::new()
        .route(&at(""), get(events::page::show))
        .route(&at("json/"), get(events::page::json))
        .route(&file("download"), get(events::files::download))
        .route(&file("view"), get(events::files::view))
        .route(&file("delete"), post(events::files::delete))
}

fn discover_routes() -> Router<App> {
    use discover::saved;
    let at = |path: &str| format!("/organizations/{{organization}}/discover/{path}");
    Router::new()
        .route(&at(""), get(discover::page::show))
        .route(&at("csv/"), get(discover::csv::show))
        .route(&at("queries/"), post(saved::create))
        .route(&at("queries/{query}/"), get(saved::open))
        .route(&at("queries/{query}/save/"), post(saved::save))
        .route(&at("queries/{query}/delete/"), post(saved::delete))
        .route("/organizations/{organization}/search/complete/", get(search_bar::show))
}

fn project_routes() -> Router<App> {
    use project_settings::{general, keys};
    let at = |path: &str| format!("/organizations/{{organization}}/projects/{path}");
    Router::new()
        .route(&at(""), get(projects::list::show))
        .route(&at("new/"), get(create::show).post(create::create))
        .route(&at("{project}/getting-started/"), get(getting_started::show))
        .route(
            &at("{project}/getting-started/first-event/"),
            get(getting_started::poll),
        )
        .route(&at("{project}/sample-event/"), post(general::send_sample))
        .route(&at("{project}/delete/"), post(general::delete))
        .route(&at("{project}/keys/new/"), post(keys::create))
        .route(&at("{project}/keys/{key}/{verb}/"), post(keys::change))
}

fn project_settings_routes() -> Router<App> {
    use project_settings::{
        filters, general, grouping, key, keys, loader, rate_limits, retention, sampling, scrubbing, security,
    };
    let at = |path: &str| format!("/organizations/{{organization}}/projects/{{project}}/settings/{path}");
    Router::new()
        .route(&at(""), get(general::show).post(general::save))
        .route(&at("keys/"), get(keys::show))
        .route(&at("keys/{key}/"), get(key::show).post(key::save))
        .route(&at("filters/"), get(filters::show).post(filters::save))
        .route(&at("scrubbing/"), get(scrubbing::show).post(scrubbing::save))
        .route(&at("grouping/"), get(grouping::show).post(grouping::save))
        .route(&at("rate-limits/"), get(rate_limits::show).post(rate_limits::save))
        .route(&at("retention/"), get(retention::show).post(retention::save))
        .route(&at("sampling/"), get(sampling::show).post(sampling::save))
        .route(&at("security/"), get(security::show).post(security::save))
        .route(&at("loader/"), get(loader::show).post(loader::save))
        .layer(DefaultBodyLimit::max(MAX_SETTINGS_BYTES))
}

fn organization_routes() -> Router<App> {
    let at = |path: &str| format!("/organizations/{{organization}}/{path}");
    Router::new()
        .route(&at("stats/"), get(stats::page::show))
        .route(&at("stats/csv/"), get(stats::csv::show))
        .route(
            &at("settings/"),
            get(settings::general::show).post(settings::general::save),
        )
        .route(
            &at("settings/scrubbing/"),
            get(settings::scrubbing::show).post(settings::scrubbing::save),
        )
        .route(
            &at("settings/rate-limits/"),
            get(settings::rate_limits::show).post(settings::rate_limits::save),
        )
        .route(
            &at("settings/storage/"),
            get(settings::storage::show).post(settings::storage::save),
        )
        .layer(DefaultBodyLimit::max(MAX_SETTINGS_BYTES))
}
