//! What becomes of issues: states, activities, ownership.

use httpkit::Routes;

use super::{ORGANIZATION, PROJECT};
use crate::{issues, ownership};

pub(super) fn routes() -> Routes {
    let mut routes = Routes::api();
    for name in ["issues", "groups"] {
        for issue in [
            format!("{ORGANIZATION}/{name}/{{issue}}"),
            format!("/api/0/{name}/{{issue}}"),
        ] {
            routes = routes.get(format!("{issue}/activities/"), issues::list_activities);
        }
    }
    routes
        .get(format!("{PROJECT}/ownership/"), ownership::show)
        .put(format!("{PROJECT}/ownership/"), ownership::update)
        .get(format!("{PROJECT}/codeowners/"), ownership::list_codeowners)
        .post(format!("{PROJECT}/codeowners/"), ownership::create_codeowners)
        .put(
            format!("{PROJECT}/codeowners/{{codeowners}}/"),
            ownership::update_codeowners,
        )
        .delete(
            format!("{PROJECT}/codeowners/{{codeowners}}/"),
            ownership::delete_codeowners,
        )
        .get(
            format!("{PROJECT}/events/{{event}}/owners/"),
            ownership::list_owners_of_event,
        )
}
