//! Every path of the API.

mod accounts;
mod alert_aliases;
mod alert_rules;
mod diagnostics;
mod mails;
mod metric_alerts;
mod notifications;
mod options;
mod people;
mod people_of_issues;
mod releases;
mod workflow;

use http::Method;
use httpkit::Routes;

use crate::{
    attachments, avatars, discover, embed, events, fallback, filters, grouping, issues, oauth, openapi, outcomes,
    project_keys, projects, quotas, replays, sampling, scrubbing, sdk_loader, stored_items, tags, user_reports,
};

const ORGANIZATION: &str = "/api/0/organizations/{organization}";
const PROJECT: &str = "/api/0/projects/{organization}/{project}";
const TEAM: &str = "/api/0/teams/{organization}/{team}";
const EMBED: &str = "/api/embed/error-page/";

/// Why what reports of users are sent to is open.
const BY_DSN: &str = "the DSN of the project suffices";

/// The API with its prefix `/api/0/`, and the scripts that pages of others include; unknown paths below the prefix are
/// answered too.
pub fn routes() -> Routes {
    Routes::api()
        .open(
            Method::GET,
            "/api/0/openapi.json",
            "it describes the API, and holds nothing of anybody",
            openapi::show,
        )
        .merge(accounts::routes())
        .merge(alert_aliases::routes())
        .merge(alert_rules::routes())
        .merge(diagnostics::routes())
        .merge(mails::routes())
        .merge(metric_alerts::routes())
        .merge(notifications::routes())
        .merge(options::routes())
        .merge(people::routes())
        .merge(of_organizations())
        .merge(of_projects())
        .merge(of_events())
        .merge(of_issues())
        .merge(workflow::routes())
        .merge(people_of_issues::routes())
        .merge(releases::routes())
        .around(|router| router.method_not_allowed_fallback(fallback::method_not_allowed))
        .unknown("/api/0", fallback::not_found)
        .unknown("/api/0/{*path}", fallback::not_found)
        .merge(of_pages())
}

fn of_organizations() -> Routes {
    let organization = |path: &str| format!("{ORGANIZATION}{path}");
    Routes::api()
        .get(
            organization("/data-scrubbing-selector-suggestions/"),
            scrubbing::list_suggestions,
        )
        .get(organization("/event-outcomes/{event}/"), outcomes::show_event_outcomes)
        .get(organization("/discover/saved/"), discover::list_saved)
        .post(organization("/discover/saved/"), discover::create_saved)
        .get(organization("/discover/saved/{query}/"), discover::show_saved)
        .put(organization("/discover/saved/{query}/"), discover::update_saved)
        .delete(organization("/discover/saved/{query}/"), discover::delete_saved)
        .post(organization("/discover/saved/{query}/visit/"), discover::visit_saved)
        .get(organization("/eventids/{event}/"), events::resolve_id)
        .get(organization("/events/"), discover::show_table)
        .get(organization("/events-facets/"), discover::list_facets)
        .get(organization("/events-meta/"), discover::show_count)
        .get(organization("/events-stats/"), discover::show_stats)
        .get(organization("/events-timeseries/"), discover::show_time_series)
        .get(organization("/grouping-configs/"), grouping::list_of_organization)
        .get(organization("/issues-count/"), issues::count)
        .get(organization("/issues-stats/"), issues::list_stats)
        .get(organization("/projects/"), projects::list)
        .post(organization("/projects/"), projects::create_with_own_team)
        .get(organization("/project-keys/"), project_keys::list_of_organization)
        .get(organization("/quotas/"), quotas::show_of_organization)
        .put(organization("/quotas/"), quotas::update_of_organization)
        .get(organization("/shortids/{issue}/"), issues::resolve_short_id)
        .post(organization("/spike-protections/"), quotas::enable_spike_protection)
        .delete(organization("/spike-protections/"), quotas::disable_spike_protection)
        .get(organization("/stats/"), outcomes::series_of_organization)
        .get(organization("/stats-summary/"), outcomes::show_summary)
        .get(organization("/stats_v2/"), outcomes::show_stats)
        .get(organization("/tags/"), tags::list_of_organization)
        .get(organization("/tags/{tag}/values/"), tags::list_values_of_organization)
        .get(organization("/user-feedback/"), user_reports::list_of_organization)
}

fn of_projects() -> Routes {
    let project = |path: &str| format!("{PROJECT}{path}");
    Routes::api()
        .get("/api/0/projects/", projects::list_all)
        .get(project("/"), projects::show)
        .put(project("/"), projects::update)
        .delete(project("/"), projects::delete)
        .get(project("/filters/"), filters::list)
        .put(project("/filters/{filter}/"), filters::update)
        .get(project("/grouping-configs/"), grouping::list_of_project)
        .post(project("/grouping-preview/"), grouping::preview)
        .get(project("/items/"), stored_items::list)
        .get(project("/items/kinds/"), stored_items::list_kinds)
        .get(project("/items/{item}/"), stored_items::show_payload)
        .get(project("/keys/"), project_keys::list)
        .post(project("/keys/"), project_keys::create)
        .get(project("/keys/{key}/"), project_keys::show)
        .put(project("/keys/{key}/"), project_keys::update)
        .delete(project("/keys/{key}/"), project_keys::delete)
        .get(project("/keys/{key}/stats/"), outcomes::series_of_key)
        .get(project("/quotas/"), quotas::show_of_project)
        .put(project("/quotas/"), quotas::update_of_project)
        .get(project("/replays/{replay}/recording-segments/"), replays::list_segments)
        .get(
            project("/replays/{replay}/recording-segments/{segment}/"),
            replays::show_segment,
        )
        .get(project("/sampling/"), sampling::show)
        .put(project("/sampling/"), sampling::update)
        .get(project("/stats/"), outcomes::series_of_project)
        .get(project("/tags/"), tags::list_of_project)
        .get(project("/tags/{tag}/values/"), tags::list_values_of_project)
        .get(project("/teams/"), projects::list_teams)
        .get(project("/user-feedback/"), user_reports::list_of_project)
        .open(Method::POST, project("/user-feedback/"), BY_DSN, user_reports::create)
        // Sentry's older name.
        .get(project("/user-reports/"), user_reports::list_of_project)
        .open(Method::POST, project("/user-reports/"), BY_DSN, user_reports::create)
}

fn of_events() -> Routes {
    let event = |path: &str| format!("{PROJECT}/events{path}");
    Routes::api()
        .get(event("/"), events::list_of_project)
        .get(event("/{event}/"), events::show_of_project)
        .get(event("/{event}/attachments/"), attachments::list_of_event)
        .get(event("/{event}/attachments/{attachment}/"), attachments::show)
        .delete(event("/{event}/attachments/{attachment}/"), attachments::delete)
        .get(event("/{event}/grouping-info/"), grouping::show_info)
        .get(event("/{event}/json/"), events::show_json)
}

/// Sentry calls issues groups in some older paths.
fn of_issues() -> Routes {
    let mut router = Routes::api();
    for name in ["issues", "groups"] {
        router = router
            .get(format!("{ORGANIZATION}/{name}/"), issues::list_of_organization)
            .put(format!("{ORGANIZATION}/{name}/"), issues::update_of_organization)
            .delete(format!("{ORGANIZATION}/{name}/"), issues::delete_of_organization)
            .get(format!("{PROJECT}/{name}/"), issues::list_of_project)
            .put(format!("{PROJECT}/{name}/"), issues::update_of_project)
            .delete(format!("{PROJECT}/{name}/"), issues::delete_of_project);
        for issue in [
            format!("{ORGANIZATION}/{name}/{{issue}}"),
            format!("/api/0/{name}/{{issue}}"),
        ] {
            router = router
                .get(format!("{issue}/"), issues::show)
                .put(format!("{issue}/"), issues::update)
                .delete(format!("{issue}/"), issues::delete)
                .get(format!("{issue}/attachments/"), attachments::list_of_issue)
                .get(format!("{issue}/events/"), events::list_of_issue)
                .get(format!("{issue}/events/{{event}}/"), events::show_of_issue)
                .get(
                    format!("{issue}/events/{{event}}/grouping-info/"),
                    grouping::show_info_of_issue,
                )
                .get(format!("{issue}/hashes/"), issues::list_hashes)
                .put(format!("{issue}/hashes/"), issues::unmerge)
                .delete(format!("{issue}/hashes/"), issues::unmerge)
                .get(format!("{issue}/similar/"), issues::list_similar)
                .get(format!("{issue}/stats/"), issues::series)
                .get(format!("{issue}/tags/"), tags::list)
                .get(format!("{issue}/tags/{{tag}}/"), tags::show)
                .get(format!("{issue}/tags/{{tag}}/values/"), tags::list_values)
                .get(format!("{issue}/user-reports/"), user_reports::list_of_issue)
                .get(format!("{issue}/user-feedback/"), user_reports::list_of_issue);
        }
    }
    router
}

/// What pages and servers of others load and call: not under the API's prefix.
fn of_pages() -> Routes {
    Routes::api()
        .open(Method::GET, EMBED, BY_DSN, embed::show_dialog)
        .open(Method::POST, EMBED, BY_DSN, embed::create_report)
        .open(Method::OPTIONS, EMBED, BY_DSN, embed::preflight)
        .open(
            Method::GET,
            "/js-sdk-loader/{script}",
            "pages of others load it: the public key of a project is its name",
            sdk_loader::show_script,
        )
        .open(
            Method::GET,
            "/avatar/{ident}/",
            "its name is a secret that only those learn who see whom it shows",
            avatars::show_picture,
        )
        .open(
            Method::POST,
            "/oauth/token/",
            "an application proves by its secret who it is",
            oauth::fetch_tokens,
        )
        .open(
            Method::GET,
            "/oauth/userinfo/",
            "the token has to have the scope openid, which is no right of the API",
            oauth::show_user_info,
        )
}
