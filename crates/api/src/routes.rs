//! Every path of the API.

use axum::{
    Router,
    routing::{any, get},
};
use services::App;

use crate::{events, fallback, issues, organizations, project_keys, projects, root, tags, teams, users};

/// The API with its prefix `/api/0/`; unknown paths below the prefix are answered too.
pub fn routes() -> Router<App> {
    const ORGANIZATION: &str = "/api/0/organizations/{organization}";
    const PROJECT: &str = "/api/0/projects/{organization}/{project}";
    const TEAM: &str = "/api/0/teams/{organization}/{team}";
    let organization = |path: &str| format!("{ORGANIZATION}{path}");
    let project = |path: &str| format!("{PROJECT}{path}");
    let team = |path: &str| format!("{TEAM}{path}");
    let mut router = Router::new()
        .route("/api/0/", get(root::show))
        .route("/api/0/auth/", get(users::show_me))
        .route("/api/0/users/me/", get(users::show_me))
        .route("/api/0/users/me/regions/", get(users::list_regions))
        .route("/api/0/organizations/", get(organizations::list))
        .route("/api/0/projects/", get(projects::list_all))
        .route(&organization("/"), get(organizations::show))
        .route(&organization("/environments/"), get(organizations::list_environments))
        .route(&organization("/members/"), get(organizations::list_members))
        .route(
            &organization("/projects/"),
            get(projects::list).post(projects::create_with_own_team),
        )
        .route(&organization("/project-keys/"), get(project_keys::list_of_organization))
        .route(&organization("/teams/"), get(teams::list).post(teams::create))
        .route(&organization("/eventids/{event}/"), get(events::resolve_id))
        .route(&organization("/shortids/{issue}/"), get(issues::resolve_short_id))
        .route(&team("/"), get(teams::show).put(teams::update).delete(teams::delete))
        .route(
            &team("/projects/"),
            get(projects::list_of_team).post(projects::create_for_team),
        )
        .route(
            &project("/"),
            get(projects::show).put(projects::update).delete(projects::delete),
        )
        .route(&project("/teams/"), get(projects::list_teams))
        .route(&project("/keys/"), get(project_keys::list).post(project_keys::create))
        .route(
            &project("/keys/{key}/"),
            get(project_keys::show)
                .put(project_keys::update)
                .delete(project_keys::delete),
        )
        .route(&project("/events/"), get(events::list_of_project))
        .route(&project("/events/{event}/"), get(events::show_of_project))
        .route(&project("/events/{event}/json/"), get(events::show_json));
    // Sentry calls issues groups in some older paths.
    for name in ["issues", "groups"] {
        router = router
            .route(
                &organization(&format!("/{name}/")),
                get(issues::list_of_organization)
                    .put(issues::update_of_organization)
                    .delete(issues::delete_of_organization),
            )
            .route(
                &project(&format!("/{name}/")),
                get(issues::list_of_project)
                    .put(issues::update_of_project)
                    .delete(issues::delete_of_project),
            );
        for issue in [
            organization(&format!("/{name}/{{issue}}")),
            format!("/api/0/{name}/{{issue}}"),
        ] {
            router = router
                .route(
                    &format!("{issue}/"),
                    get(issues::show).put(issues::update).delete(issues::delete),
                )
                .route(&format!("{issue}/events/"), get(events::list_of_issue))
                .route(&format!("{issue}/events/{{event}}/"), get(events::show_of_issue))
                .route(&format!("{issue}/hashes/"), get(issues::list_hashes))
                .route(&format!("{issue}/tags/"), get(tags::list))
                .route(&format!("{issue}/tags/{{tag}}/"), get(tags::show))
                .route(&format!("{issue}/tags/{{tag}}/values/"), get(tags::list_values));
        }
    }
    router
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .route("/api/0", any(fallback::not_found))
        .route("/api/0/{*path}", any(fallback::not_found))
}
