use std::collections::BTreeMap;

use http::Method;
use httpkit::{Place, Route, Surface};
use model::{OrganizationRole, TeamRole};
use services::{Scope, Scopes, tokens::TokenRequest};

use super::{
    expected::{Expected, expected, happened},
    people::{Credentials, Person, Standing, scopes},
    world::{RequestBody, World, table},
};

/// The parts of paths that guards read; all others name nothing that there is, so that a let-in request does no harm.
struct Places {
    issue: String,
}

impl Places {
    fn fill(&self, path: &str) -> String {
        let parts = path.split('/').map(|part| match part {
            "{organization}" => "acme",
            "{project}" => "shop",
            "{team}" => "acme",
            "{issue}" => self.issue.as_str(),
            part if part.contains('{') => "999999",
            part => part,
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

struct Stage {
    world: World,
    places: Places,
    people: Vec<Person>,
}

impl Stage {
    /// `acme` with people of all kinds.
    async fn new() -> Self {
        let world = World::new().await;
        // The first user of an installation is its administrator: none of those who are asked for.
        world.set_up("initech", "tools", "installer").await;
        let owner = world.set_up("acme", "shop", "founder").await;
        let stranger = world.set_up("globex", "depot", "stranger").await;
        let (issue, _) = world.save(owner.project_id, "boom").await;
        let mut people = vec![Person {
            name: "nobody".to_owned(),
            standing: Standing::Nobody,
            scopes: Scopes::NONE,
            credentials: Credentials::Nobody,
        }];
        let mut standings = vec![(stranger.clone(), Standing::Stranger)];
        let of_team = Some(TeamRole::Admin);
        standings.push((
            owner.clone(),
            Standing::Member {
                role: OrganizationRole::Owner,
                team: of_team,
            },
        ));
        for role in OrganizationRole::ALL {
            let answer = world.member("acme", "shop", role.name(), role).await;
            standings.push((answer, Standing::Member { role, team: None }));
        }
        for (role, of_team) in [
            (OrganizationRole::Member, TeamRole::Admin),
            (OrganizationRole::Admin, TeamRole::Admin),
        ] {
            let name = format!("{}-in-team", role.name());
            let answer = world.member("acme", "shop", &name, role).await;
            join_team(&world, &answer.email, of_team).await;
            standings.push((
                answer,
                Standing::Member {
                    role,
                    team: Some(of_team),
                },
            ));
        }
        for (answer, standing) in standings {
            let credentials = Credentials::Token(answer.auth_token.clone());
            let browser = world.browser(&answer.email).await;
            for (kind, credentials) in [("token", credentials), ("browser", browser)] {
                people.push(Person {
                    name: format!("{} by {kind}", answer.email),
                    standing,
                    scopes: Scopes::all(),
                    credentials,
                });
            }
        }
        let actor = services::tokens::authenticate(&world.app, &owner.auth_token)
            .await
            .unwrap();
        for scope in scopes() {
            let request = TokenRequest {
                name: scope.name(),
                scopes: &[scope],
                expires_at: None,
            };
            let token = services::tokens::create(&world.app, &actor, actor.user().unwrap(), request)
                .await
                .unwrap();
            people.push(Person {
                name: format!("owner with {scope} alone"),
                standing: Standing::Member {
                    role: OrganizationRole::Owner,
                    team: of_team,
                },
                scopes: Scopes::of(&[scope]),
                credentials: Credentials::Token(token.secret),
            });
        }
        let acme = services::access::organization(&world.app, &actor, "acme", Scope::OrgAdmin)
            .await
            .unwrap();
        let token = services::tokens::create_for_organization(&world.app, &acme, "ci", None, &world.app.url)
            .await
            .unwrap();
        people.push(Person {
            name: "a token of the organization".to_owned(),
            standing: Standing::Organization,
            scopes: Scopes::of(&[Scope::OrgCi]),
            credentials: Credentials::Token(token.secret),
        });
        Self {
            world,
            places: Places { issue },
            people,
        }
    }

    async fn ask(&self, surface: Surface, route: &Route, person: &Person) -> Result<(), String> {
        let guard = route.guard.as_ref().unwrap();
        let expected = expected(route, guard, person);
        let path = self.places.fill(&route.path);
        // Names nothing: what works on all that a search finds finds nothing.
        let path = if route.method == Method::GET {
            path
        } else {
            format!("{path}?id=1")
        };
        let body = if surface == Surface::Api {
            RequestBody::Json
        } else {
            RequestBody::Form
        };
        let answer = self.world.send(&route.method, &path, &person.credentials, body).await;
        let happened = happened(surface, route, &answer, expected)
            .map_err(|problem| format!("{} {path} for {}: {problem}", route.method, person.name))?;
        if happened == expected {
            return Ok(());
        }
        Err(format!(
            "{} {path} for {}: expected {expected:?}, {happened:?} ({} {})",
            route.method,
            person.name,
            answer.status,
            answer.text.chars().take(160).collect::<String>()
        ))
    }
}

async fn join_team(world: &World, email: &str, role: TeamRole) {
    let mut tx = world.app.store.begin().await.unwrap();
    let organization = store::organizations::find_by_slug(&mut tx, "acme")
        .await
        .unwrap()
        .unwrap();
    let user = store::users::find_by_email(&mut tx, email).await.unwrap().unwrap();
    let team = store::teams::find_by_slug(&mut tx, organization.id, "acme")
        .await
        .unwrap()
        .unwrap();
    store::teams::add_member(&mut tx, team.id, user.id, role, super::world::NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Whether letting somebody in takes away what the guard of the route looks at, or who asks: such are asked on a stage
/// of their own.
fn is_harmful(route: &Route) -> bool {
    let last = route.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let names_place = ["{organization}", "{project}", "{team}", "{issue}"].contains(&last);
    let words = [
        "delete",
        "remove",
        "join",
        "leave",
        "logout",
        "transfer",
        "everywhere",
        "revoke",
        "merge",
        "discard",
    ];
    (route.method == Method::DELETE && (names_place || last == "issues" || last == "groups"))
        || (route.method == Method::POST && words.iter().any(|word| route.path.contains(word)))
}

#[tokio::test]
async fn aut3_every_route_answers_everybody_as_the_table_says() {
    let mut problems = Vec::new();
    let stage = Stage::new().await;
    let mut harmful = Vec::new();
    let mut asked = BTreeMap::new();
    for (surface, route) in table() {
        let Some(guard) = route.guard else { continue };
        *asked.entry(format!("{:?}", guard.place)).or_insert(0) += 1;
        for person in &stage.people {
            // Pages are for browsers.
            if surface == Surface::Pages && !person.is_browser() && person.standing != Standing::Nobody {
                continue;
            }
            if is_harmful(&route) && expected(&route, &guard, person) == Expected::LetIn {
                harmful.push((surface, route.clone(), person.name.clone()));
                continue;
            }
            problems.extend(stage.ask(surface, &route, person).await.err());
        }
    }
    // Of the harmful ones, whoever may is asked for once a route: by a token, or in a browser.
    harmful.dedup_by(|one, other| one.1.path == other.1.path && one.1.method == other.1.method);
    let mut stage = Stage::new().await;
    for (surface, route, name) in harmful {
        let person = stage.people.iter().find(|person| person.name == name).unwrap();
        problems.extend(stage.ask(surface, &route, person).await.err());
        if !stage.is_whole().await {
            stage = Stage::new().await;
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    for place in [
        Place::SignedIn,
        Place::User,
        Place::Organization,
        Place::Team,
        Place::Project,
        Place::Issue,
    ] {
        assert!(
            asked.contains_key(&format!("{place:?}")),
            "no route of the place {place:?}: {asked:?}"
        );
    }
}

impl Stage {
    /// Whether all is there still, and everybody signed in.
    async fn is_whole(&self) -> bool {
        for person in self.people.iter().filter(|person| person.is_browser()) {
            let account = self
                .world
                .send(
                    &Method::GET,
                    "/settings/account/",
                    &person.credentials,
                    RequestBody::Form,
                )
                .await;
            if !account.status.is_success() {
                return false;
            }
        }
        let owner = self.people.iter().filter(|person| person.scopes == Scopes::all());
        for person in owner.filter(|person| person.name.starts_with("owner@")) {
            let issue = format!("/api/0/organizations/acme/issues/{}/", self.places.issue);
            for path in ["/api/0/projects/acme/shop/", "/api/0/teams/acme/acme/", issue.as_str()] {
                let answer = self
                    .world
                    .send(&Method::GET, path, &person.credentials, RequestBody::Json)
                    .await;
                if !answer.status.is_success() {
                    return false;
                }
            }
        }
        true
    }
}

#[tokio::test]
async fn aut5_no_write_is_taken_from_a_browser_without_proof() {
    let stage = Stage::new().await;
    let owner = stage
        .people
        .iter()
        .find(|person| person.name == "owner@example.com by browser")
        .unwrap();
    let mut problems = Vec::new();
    for (_, route) in table() {
        if route.method == Method::GET || route.guard.is_none() {
            continue;
        }
        let path = stage.places.fill(&route.path);
        let answer = stage
            .world
            .send(&route.method, &path, &owner.credentials, RequestBody::Forged)
            .await;
        if answer.status != 403 {
            problems.push(format!("{} {path}: {}", route.method, answer.status));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
