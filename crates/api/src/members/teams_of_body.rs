use httpkit::ApiError;
use model::TeamRole;
use serde_json::Value;
use services::{App, access::OrganizationScope};
use store::teams::Team;

use crate::body::Fields;

/// The teams that a body names: `teamRoles` with a role for each, or `teams` as older clients send them. `None` when it
/// says nothing about teams.
pub(super) async fn read_teams(
    app: &App,
    scope: &OrganizationScope,
    fields: &mut Fields,
) -> Result<Option<Vec<(Team, TeamRole)>>, ApiError> {
    let named = if fields.is_given("teamRoles") {
        read_roles(fields)
    } else if fields.is_given("teams") {
        let slugs = fields.texts("teams").unwrap_or_default();
        slugs.into_iter().map(|slug| (slug, TeamRole::Contributor)).collect()
    } else {
        return Ok(None);
    };
    let known = services::teams::list(app, scope).await?;
    let mut teams: Vec<(Team, TeamRole)> = Vec::new();
    for (slug, role) in named {
        match known.iter().find(|team| team.slug == slug) {
            Some(team) if teams.iter().any(|(named, _)| named.id == team.id) => {}
            Some(team) => teams.push((team.clone(), role)),
            None => fields.refuse("teams", &format!("There is no team {slug:?}.")),
        }
    }
    Ok(Some(teams))
}

/// `[{"teamSlug": "backend", "role": "admin"}]`
fn read_roles(fields: &mut Fields) -> Vec<(String, TeamRole)> {
    let members = match fields.value("teamRoles") {
        Some(Value::Array(members)) => members.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(_) => {
            fields.refuse("teamRoles", "Expected a list of objects.");
            Vec::new()
        }
    };
    let mut roles = Vec::with_capacity(members.len());
    for member in &members {
        let slug = member.get("teamSlug").and_then(Value::as_str);
        let role = match member.get("role") {
            None | Some(Value::Null) => Some(TeamRole::Contributor),
            Some(role) => role.as_str().and_then(TeamRole::from_name),
        };
        match (slug, role) {
            (Some(slug), Some(role)) => roles.push((slug.to_owned(), role)),
            _ => fields.refuse("teamRoles", "Each has a teamSlug, and the role contributor or admin."),
        }
    }
    roles
}
