//! Releases and deploys.

use httpkit::Routes;

use super::{ORGANIZATION, PROJECT};
use crate::releases;

pub(super) fn routes() -> Routes {
    let organization = |path: &str| format!("{ORGANIZATION}/releases{path}");
    let project = |path: &str| format!("{PROJECT}/releases{path}");
    Routes::api()
        .get(organization("/"), releases::list_of_organization)
        .post(organization("/"), releases::create_in_organization)
        .get(organization("/{version}/"), releases::show)
        .put(organization("/{version}/"), releases::update)
        .delete(organization("/{version}/"), releases::delete)
        .get(organization("/{version}/commits/"), releases::list_commits)
        .get(organization("/{version}/deploys/"), releases::list_deploys)
        .post(organization("/{version}/deploys/"), releases::create_deploy)
        .get(project("/"), releases::list_of_project)
        .post(project("/"), releases::create_in_project)
        .get(project("/{version}/"), releases::show_of_project)
        .put(project("/{version}/"), releases::update_of_project)
        .delete(project("/{version}/"), releases::delete_of_project)
        .get(project("/{version}/commits/"), releases::list_commits_of_project)
}
