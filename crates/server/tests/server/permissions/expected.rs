use http::Method;
use httpkit::{Guard, Place, Route, Surface};
use model::OrganizationRole;
use services::{
    Scope, Scopes,
    access::{MembershipSettings, role},
};

use super::{
    people::{Person, Standing},
    world::Answer,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// Nobody is signed in.
    Unknown,
    /// Absent and forbidden look alike.
    Absent,
    Refused,
    /// Whatever becomes of it then.
    LetIn,
}

/// Tokens, and applications that get some, are managed by people who are signed in: a token that leaked makes no other one.
const NOT_BY_TOKENS: [&str; 3] = [
    "/api/0/api-tokens/",
    "/api/0/api-applications/",
    "/api/0/api-authorizations/",
];

/// What the table says of a person at a route that is not open.
pub(super) fn expected(route: &Route, guard: &Guard, person: &Person) -> Expected {
    use Expected::{Absent, LetIn, Refused, Unknown};
    if person.standing == Standing::Nobody {
        return Unknown;
    }
    if NOT_BY_TOKENS.iter().any(|path| route.path.starts_with(path)) && !person.is_browser() {
        return Refused;
    }
    let rights = match (guard.place, person.standing) {
        // Superusers alone, and nobody here is one.
        (Place::Instance, _) => return Refused,
        (Place::SignedIn, _) => return LetIn,
        (Place::User, _) => person.scopes,
        (_, Standing::Nobody | Standing::Stranger) => return Absent,
        (
            Place::Project | Place::Issue,
            Standing::Member {
                role: OrganizationRole::Billing,
                ..
            },
        ) => return Absent,
        (_, Standing::Organization) => person.scopes,
        (Place::Organization, Standing::Member { role, .. }) => of_role(role).and(person.scopes),
        (Place::Team | Place::Project | Place::Issue, Standing::Member { role, team }) => {
            let in_team = team.map_or(Scopes::NONE, role::of_team_role);
            outside_teams(role).or(in_team).and(person.scopes)
        }
    };
    let wanted = guard.permission.map_or(Scopes::NONE, |permission| permission.any_of);
    if rights.allow_any(wanted) { LetIn } else { Refused }
}

fn of_role(role: OrganizationRole) -> Scopes {
    role::of_role(role, &MembershipSettings::default())
}

/// Administrators change what belongs to their own teams; in what else they see they are members.
fn outside_teams(role: OrganizationRole) -> Scopes {
    match role {
        OrganizationRole::Admin => of_role(OrganizationRole::Member).with(Scope::OrgIntegrations),
        role => of_role(role),
    }
}

/// What the answer says happened.
pub(super) fn happened(
    surface: Surface,
    route: &Route,
    answer: &Answer,
    expected: Expected,
) -> Result<Expected, String> {
    let status = answer.status.as_u16();
    if answer.status.is_server_error() {
        return Err(format!("{status} {}", answer.text));
    }
    Ok(match status {
        401 => Expected::Unknown,
        // Who signs out signs in next.
        303 if route.path == "/auth/logout/" && expected == Expected::LetIn => Expected::LetIn,
        _ if surface == Surface::Pages && answer.leads_to_sign_in() => Expected::Unknown,
        403 => Expected::Refused,
        // Behind the door something may be absent as well: the door is what is asked about.
        404 if expected == Expected::Absent => Expected::Absent,
        404 if expected == Expected::Refused && route.method != Method::GET => Expected::LetIn,
        _ => Expected::LetIn,
    })
}
