//! Organizations and who belongs to them: members, invitations, teams, environments, the audit log.

use http::Method;
use httpkit::Routes;

use super::{ORGANIZATION, PROJECT, TEAM};
use crate::{audit, environments, members, organizations, projects, teams};

pub(super) fn routes() -> Routes {
    let organization = |path: &str| format!("{ORGANIZATION}{path}");
    let project = |path: &str| format!("{PROJECT}{path}");
    Routes::api()
        .get("/api/0/organizations/", organizations::list)
        .post("/api/0/organizations/", organizations::create)
        .get(organization("/"), organizations::show)
        .put(organization("/"), organizations::update)
        .delete(organization("/"), organizations::delete)
        .get(organization("/access-requests/"), members::list_team_requests)
        .put(
            organization("/access-requests/{request}/"),
            members::decide_team_request,
        )
        .get(organization("/audit-logs/"), audit::list)
        .get(organization("/environments/"), environments::list_of_organization)
        .get(organization("/projects/deleted/"), projects::list_deleted)
        .post(organization("/projects/deleted/{id}/restore/"), projects::restore)
        .get(project("/environments/"), environments::list_of_project)
        .put(project("/environments/"), environments::update_many)
        .get(project("/environments/{environment}/"), environments::show)
        .put(project("/environments/{environment}/"), environments::update)
        .get(project("/members/"), members::list_of_project)
        .post(project("/teams/{team}/"), projects::add_team)
        .delete(project("/teams/{team}/"), projects::remove_team)
        .post(project("/transfer/"), projects::offer_transfer)
        .get(project("/users/"), projects::list_users)
        .get("/api/0/accept-transfer/", projects::show_transfer)
        .post("/api/0/accept-transfer/", projects::accept_transfer)
        .merge(of_members())
        .merge(of_teams())
}

fn of_members() -> Routes {
    let at = |path: &str| format!("{ORGANIZATION}{path}");
    Routes::api()
        .get(at("/invite-requests/"), members::list_requests)
        .post(at("/invite-requests/"), members::create_request)
        .get(at("/invite-requests/{request}/"), members::show_request)
        .put(at("/invite-requests/{request}/"), members::decide_request)
        .delete(at("/invite-requests/{request}/"), members::refuse_request)
        .open(
            Method::POST,
            at("/join-request/"),
            "asked by people who have no account, where the organization lets them",
            members::ask_to_join,
        )
        .get(at("/members/"), members::list)
        .post(at("/members/"), members::invite)
        .get(at("/members/{member}/"), members::show)
        .put(at("/members/{member}/"), members::update)
        .delete(at("/members/{member}/"), members::remove)
        .post(at("/members/{member}/teams/{team}/"), members::join_team)
        .put(at("/members/{member}/teams/{team}/"), members::change_team_role)
        .delete(at("/members/{member}/teams/{team}/"), members::leave_team)
}

fn of_teams() -> Routes {
    let team = |path: &str| format!("{TEAM}{path}");
    let organization = |path: &str| format!("{ORGANIZATION}{path}");
    Routes::api()
        .get(organization("/teams/"), teams::list)
        .post(organization("/teams/"), teams::create)
        .get(organization("/user-teams/"), teams::list_own)
        .get(team("/"), teams::show)
        .put(team("/"), teams::update)
        .delete(team("/"), teams::delete)
        .get(team("/members/"), members::list_of_team)
        .get(team("/projects/"), projects::list_of_team)
        .post(team("/projects/"), projects::create_for_team)
}
