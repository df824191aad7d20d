//! Users, tokens, and applications that act for users.

use http::Method;
use httpkit::Routes;

use super::ORGANIZATION;
use crate::{oauth, root, tokens, users};

pub(super) fn routes() -> Routes {
    let token = "/api/0/api-tokens/{token}/";
    let tokens_of_organization = format!("{ORGANIZATION}/org-auth-tokens/");
    let token_of_organization = format!("{tokens_of_organization}{{token}}/");
    let application = "/api/0/api-applications/{application}/";
    let permission = "/api/0/users/{user}/permissions/{permission}/";
    Routes::api()
        .open(
            Method::GET,
            "/api/0/",
            "tells which version runs; a token or a browser is named, if there is one",
            root::show,
        )
        .get("/api/0/auth/", users::show_me)
        .get("/api/0/users/me/", users::show_me)
        .put("/api/0/users/me/", users::change_me)
        .get("/api/0/users/me/regions/", users::list_regions)
        .get("/api/0/users/{user}/permissions/", users::list_permissions)
        .post(permission, users::add_permission)
        .delete(permission, users::remove_permission)
        .get("/api/0/api-tokens/", tokens::list)
        .post("/api/0/api-tokens/", tokens::create)
        .get(token, tokens::show)
        .put(token, tokens::rename)
        .delete(token, tokens::delete)
        .get("/api/0/api-applications/", oauth::list)
        .post("/api/0/api-applications/", oauth::create)
        .get(application, oauth::show)
        .put(application, oauth::update)
        .delete(application, oauth::delete)
        .post(format!("{application}rotate-secret/"), oauth::rotate_secret)
        .get("/api/0/api-authorizations/", oauth::list_authorizations)
        .delete("/api/0/api-authorizations/", oauth::revoke_authorization)
        .get(&tokens_of_organization, tokens::list_of_organization)
        .post(&tokens_of_organization, tokens::create_for_organization)
        .get(&token_of_organization, tokens::show_of_organization)
        .put(&token_of_organization, tokens::rename_of_organization)
        .delete(&token_of_organization, tokens::deactivate_of_organization)
}
