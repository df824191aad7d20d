//! Every path of the API.

use axum::{
    Router,
    routing::{any, get, post, put},
};
use services::App;

use crate::{
    attachments, discover, embed, events, fallback, filters, grouping, issues, organizations, outcomes, project_keys,
    projects, quotas, replays, root, sampling, scrubbing, sdk_loader, stored_items, tags, teams, user_reports, users,
};

const ORGANIZATION: &str = "/api/0/organizations/{organization}";
const PROJECT: &str = "/api/0/projects/{organization}/{project}";
const TEAM: &str = "/api/0/teams/{organization}/{team}";

/// The API with its prefix `/api/0/`, and the scripts that pages of others include; unknown paths below the prefix are
/// answered too.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(of_users())
        .merge(of_organizations())
        .merge(of_projects())
        .merge(of_events())
        .merge(of_issues())
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .route("/api/0", any(fallback::not_found))
        .route("/api/0/{*path}", any(fallback::not_found))
        .merge(of_pages())
}

fn of_users() -> Router<App> {
    Router::new()
        .route("/api/0/", get(root::show))
        .route("/api/0/auth/", get(users::show_me))
        .route("/api/0/users/me/", get(users::show_me))
        .route("/api/0/users/me/regions/", get(users::list_regions))
}

fn of_organizations() -> Router<App> {
    let organization = |path: &str| format!("{ORGANIZATION}{path}");
    let team = |path: &str| format!("{TEAM}{path}");
    Router::new()
        .route("/api/0/organizations/", get(organizations::list))
        .route(&organization("/"), get(organizations::show).put(organizations::update))
        .route(
            &organization("/data-scrubbing-selector-suggestions/"),
            get(scrubbing::list_suggestions),
        )
        .route(&organization("/environments/"), get(organizations::list_environments))
        .route(
            &organization("/event-outcomes/{event}/"),
            get(outcomes::show_event_outcomes),
        )
        .route(
            &organization("/discover/saved/"),
            get(discover::list_saved).post(discover::create_saved),
        )
        .route(
            &organization("/discover/saved/{query}/"),
            get(discover::show_saved)
                .put(discover::update_saved)
                .delete(discover::delete_saved),
        )
        .route(
            &organization("/discover/saved/{query}/visit/"),
            post(discover::visit_saved),
        )
        .route(&organization("/eventids/{event}/"), get(events::resolve_id))
        .route(&organization("/events/"), get(discover::show_table))
        .route(&organization("/events-facets/"), get(discover::list_facets))
        .route(&organization("/events-meta/"), get(discover::show_count))
        .route(&organization("/events-stats/"), get(discover::show_stats))
        .route(&organization("/events-timeseries/"), get(discover::show_time_series))
        .route(&organization("/grouping-configs/"), get(grouping::list_of_organization))
        .route(&organization("/issues-count/"), get(issues::count))
        .route(&organization("/issues-stats/"), get(issues::list_stats))
        .route(&organization("/members/"), get(organizations::list_members))
        .route(
            &organization("/projects/"),
            get(projects::list).post(projects::create_with_own_team),
        )
        .route(&organization("/project-keys/"), get(project_keys::list_of_organization))
        .route(
            &organization("/quotas/"),
            get(quotas::show_of_organization).put(quotas::update_of_organization),
        )
        .route(&organization("/shortids/{issue}/"), get(issues::resolve_short_id))
        .route(
            &organization("/spike-protections/"),
            post(quotas::enable_spike_protection).delete(quotas::disable_spike_protection),
        )
        .route(&organization("/stats/"), get(outcomes::series_of_organization))
        .route(&organization("/stats-summary/"), get(outcomes::show_summary))
        .route(&organization("/stats_v2/"), get(outcomes::show_stats))
        .route(&organization("/tags/"), get(tags::list_of_organization))
        .route(
            &organization("/tags/{tag}/values/"),
            get(tags::list_values_of_organization),
        )
        .route(&organization("/teams/"), get(teams::list).post(teams::create))
        .route(
            &organization("/user-feedback/"),
            get(user_reports::list_of_organization),
        )
        .route(&team("/"), get(teams::show).put(teams::update).delete(teams::delete))
        .route(
            &team("/projects/"),
            get(projects::list_of_team).post(projects::create_for_team),
        )
}

fn of_projects() -> Router<App> {
    let project = |path: &str| format!("{PROJECT}{path}");
    Router::new()
        .route("/api/0/projects/", get(projects::list_all))
        .route(
            &project("/"),
            get(projects::show).put(projects::update).delete(projects::delete),
        )
        .route(&project("/filters/"), get(filters::list))
        .route(&project("/filters/{filter}/"), put(filters::update))
        .route(&project("/grouping-configs/"), get(grouping::list_of_project))
        .route(&project("/grouping-preview/"), post(grouping::preview))
        .route(&project("/items/"), get(stored_items::list))
        .route(&project("/items/kinds/"), get(stored_items::list_kinds))
        .route(&project("/items/{item}/"), get(stored_items::show_payload))
        .route(&project("/keys/"), get(project_keys::list).post(project_keys::create))
        .route(
            &project("/keys/{key}/"),
            get(project_keys::show)
                .put(project_keys::update)
                .delete(project_keys::delete),
        )
        .route(&project("/keys/{key}/stats/"), get(outcomes::series_of_key))
        .route(
            &project("/quotas/"),
            get(quotas::show_of_project).put(quotas::update_of_project),
        )
        .route(
            &project("/replays/{replay}/recording-segments/"),
            get(replays::list_segments),
        )
        .route(
            &project("/replays/{replay}/recording-segments/{segment}/"),
            get(replays::show_segment),
        )
        .route(&project("/sampling/"), get(sampling::show).put(sampling::update))
        .route(&project("/stats/"), get(outcomes::series_of_project))
        .route(&project("/tags/"), get(tags::list_of_project))
        .route(&project("/tags/{tag}/values/"), get(tags::list_values_of_project))
        .route(&project("/teams/"), get(projects::list_teams))
        .route(
            &project("/user-feedback/"),
            get(user_reports::list_of_project).post(user_reports::create),
        )
        // Sentry's older name.
        .route(
            &project("/user-reports/"),
            get(user_reports::list_of_project).post(user_reports::create),
        )
}

fn of_events() -> Router<App> {
    let event = |path: &str| format!("{PROJECT}/events{path}");
    Router::new()
        .route(&event("/"), get(events::list_of_project))
        .route(&event("/{event}/"), get(events::show_of_project))
        .route(&event("/{event}/attachments/"), get(attachments::list_of_event))
        .route(
            &event("/{event}/attachments/{attachment}/"),
            get(attachments::show).delete(attachments::delete),
        )
        .route(&event("/{event}/grouping-info/"), get(grouping::show_info))
        .route(&event("/{event}/json/"), get(events::show_json))
}

/// Sentry calls issues groups in some older paths.
fn of_issues() -> Router<App> {
    let mut router = Router::new();
    for name in ["issues", "groups"] {
        router = router
            .route(
                &format!("{ORGANIZATION}/{name}/"),
                get(issues::list_of_organization)
                    .put(issues::update_of_organization)
                    .delete(issues::delete_of_organization),
            )
            .route(
                &format!("{PROJECT}/{name}/"),
                get(issues::list_of_project)
                    .put(issues::update_of_project)
                    .delete(issues::delete_of_project),
            );
        for issue in [
            format!("{ORGANIZATION}/{name}/{{issue}}"),
            format!("/api/0/{name}/{{issue}}"),
        ] {
            router = router
                .route(
                    &format!("{issue}/"),
                    get(issues::show).put(issues::update).delete(issues::delete),
                )
                .route(&format!("{issue}/attachments/"), get(attachments::list_of_issue))
                .route(&format!("{issue}/events/"), get(events::list_of_issue))
                .route(&format!("{issue}/events/{{event}}/"), get(events::show_of_issue))
                .route(
                    &format!("{issue}/events/{{event}}/grouping-info/"),
                    get(grouping::show_info_of_issue),
                )
                .route(&format!("{issue}/hashes/"), get(issues::list_hashes))
                .route(&format!("{issue}/stats/"), get(issues::series))
                .route(&format!("{issue}/tags/"), get(tags::list))
                .route(&format!("{issue}/tags/{{tag}}/"), get(tags::show))
                .route(&format!("{issue}/tags/{{tag}}/values/"), get(tags::list_values))
                .route(&format!("{issue}/user-reports/"), get(user_reports::list_of_issue))
                .route(&format!("{issue}/user-feedback/"), get(user_reports::list_of_issue));
        }
    }
    router
}

/// What pages of others load and call: not under the API's prefix, and without a token.
fn of_pages() -> Router<App> {
    Router::new()
        .route(
            "/api/embed/error-page/",
            get(embed::show_dialog)
                .post(embed::create_report)
                .options(embed::preflight),
        )
        .route("/js-sdk-loader/{script}", get(sdk_loader::show_script))
}
