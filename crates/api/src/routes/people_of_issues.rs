//! What people do around issues: comments, links, shares, views.

use http::Method;
use httpkit::Routes;

use super::ORGANIZATION;
use crate::{issue_views, issues};

/// Why a shared issue is open.
const BY_LINK: &str = "whoever knows the link of a shared issue may read it: it names a random key";

pub(super) fn routes() -> Routes {
    let mut routes = of_views().merge(of_shares());
    for name in ["issues", "groups"] {
        for issue in [
            format!("{ORGANIZATION}/{name}/{{issue}}"),
            format!("/api/0/{name}/{{issue}}"),
        ] {
            let of_issue = |path: &str| format!("{issue}{path}");
            // Sentry has both names for comments.
            for comments in ["comments", "notes"] {
                routes = routes
                    .get(of_issue(&format!("/{comments}/")), issues::list_comments)
                    .post(of_issue(&format!("/{comments}/")), issues::create_comment)
                    .put(of_issue(&format!("/{comments}/{{comment}}/")), issues::update_comment)
                    .delete(of_issue(&format!("/{comments}/{{comment}}/")), issues::delete_comment);
            }
            routes = routes
                .get(of_issue("/participants/"), issues::list_participants)
                .get(of_issue("/external-issues/"), issues::list_links)
                .post(of_issue("/external-issues/"), issues::create_link)
                .delete(of_issue("/external-issues/{link}/"), issues::delete_link);
        }
    }
    routes
}

fn of_views() -> Routes {
    let organization = |path: &str| format!("{ORGANIZATION}{path}");
    Routes::api()
        .get(organization("/group-search-views/"), issue_views::list)
        .post(organization("/group-search-views/"), issue_views::create)
        .get(organization("/group-search-views/starred/"), issue_views::list_starred)
        .put(
            organization("/group-search-views/starred/order/"),
            issue_views::order_starred,
        )
        .get(organization("/group-search-views/{view}/"), issue_views::show)
        .put(organization("/group-search-views/{view}/"), issue_views::update)
        .delete(organization("/group-search-views/{view}/"), issue_views::delete)
        .post(organization("/group-search-views/{view}/starred/"), issue_views::star)
        .post(organization("/group-search-views/{view}/visit/"), issue_views::visit)
        .get(organization("/recent-searches/"), issue_views::list_recent)
        .post(organization("/recent-searches/"), issue_views::create_recent)
}

fn of_shares() -> Routes {
    Routes::api()
        .open(
            Method::GET,
            "/api/0/shared/issues/{share}/",
            BY_LINK,
            issues::show_shared,
        )
        .open(
            Method::GET,
            format!("{ORGANIZATION}/shared/issues/{{share}}/"),
            BY_LINK,
            issues::show_shared,
        )
}
