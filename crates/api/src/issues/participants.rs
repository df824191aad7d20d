//! Who is told about an issue.

use axum::{Json, extract::State};
use httpkit::{ApiError, IssueAccess, scopes::EventRead};
use serde::Serialize;
use services::App;
use store::teams::Team;

use crate::users::UserView;

/// A user or a team.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum ParticipantView {
    User(Box<UserView>),
    Team { id: String, name: String, slug: String },
}

impl ParticipantView {
    fn of_team(team: Team) -> Self {
        Self::Team {
            id: team.id.to_string(),
            name: team.name,
            slug: team.slug,
        }
    }
}

/// `GET …/issues/{issue}/participants/`
pub(crate) async fn list_participants(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
) -> Result<Json<Vec<ParticipantView>>, ApiError> {
    let found = services::issues::participants(&app, &access.issue).await?;
    let users = found
        .users
        .iter()
        .map(|(user, _)| ParticipantView::User(Box::new(UserView::of(user))));
    let teams = found.teams.into_iter().map(ParticipantView::of_team);
    Ok(Json(users.chain(teams).collect()))
}
