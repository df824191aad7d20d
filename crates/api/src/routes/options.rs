//! Options and pictures.

use axum::extract::DefaultBodyLimit;
use httpkit::Routes;

use super::{ORGANIZATION, PROJECT};
use crate::{avatars, options};

/// A picture of 5 MB in base64, with what is around it.
const MOST_OF_PICTURE: usize = 7 << 20;

pub(super) fn routes() -> Routes {
    let of_organization = format!("{ORGANIZATION}/options/");
    let of_project = format!("{PROJECT}/options/");
    let own_of_project = format!("{PROJECT}/users/me/options/");
    Routes::api()
        .get("/api/0/internal/options/", options::list)
        .put("/api/0/internal/options/", options::update)
        .get(&of_organization, options::list_of_organization)
        .put(&of_organization, options::update_of_organization)
        .get(&of_project, options::list_of_project)
        .put(&of_project, options::update_of_project)
        .get(&own_of_project, options::list_own_of_project)
        .put(&own_of_project, options::update_own_of_project)
        .get("/api/0/users/me/options/", options::list_own)
        .put("/api/0/users/me/options/", options::update_own)
        .merge(of_pictures())
}

fn of_pictures() -> Routes {
    Routes::api()
        .get("/api/0/users/{user}/avatar/", avatars::show_of_user)
        .put("/api/0/users/{user}/avatar/", avatars::update_of_user)
        .put(format!("{ORGANIZATION}/avatar/"), avatars::update_of_organization)
        .around(|router| router.layer(DefaultBodyLimit::max(MOST_OF_PICTURE)))
}
