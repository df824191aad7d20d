//! `/api/0/users/me/`: who is asking.

mod view;

pub(crate) use view::{UserReference, UserView};

use axum::{Json, extract::State};
use httpkit::ApiActor;
use serde::Serialize;
use services::App;

pub(crate) async fn show_me(ApiActor(actor): ApiActor) -> Json<UserView> {
    Json(UserView::of(&actor.user))
}

/// Where the organizations of a user are served: here, all of them.
#[derive(Debug, Serialize)]
pub(crate) struct RegionsView {
    regions: [RegionView; 1],
}

#[derive(Debug, Serialize)]
struct RegionView {
    name: &'static str,
    url: String,
}

pub(crate) async fn list_regions(_: ApiActor, State(app): State<App>) -> Json<RegionsView> {
    Json(RegionsView {
        regions: [RegionView {
            name: "self-hosted",
            url: app.url.to_string(),
        }],
    })
}
