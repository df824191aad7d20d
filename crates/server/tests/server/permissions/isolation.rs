use http::Method;
use httpkit::Surface;
use serde_json::json;
use services::oauth::ApplicationChange;

use super::{
    people::Credentials,
    world::{RequestBody, World, table},
};

/// Stands in the slugs of the other organization, by which it is asked for.
const MARK: &str = "zyzzyva";

/// Stands in all that the other organization has written, and in nothing that is asked.
const SECRET: &str = "quincunx";

/// What `globex` has, by the parameter that would name it.
struct Victim {
    parameters: Vec<(&'static str, Vec<String>)>,
}

impl Victim {
    /// All that a parameter can be filled with: the ids of the other organization.
    fn values(&self, parameter: &str) -> Vec<String> {
        let known = self.parameters.iter().find(|(name, _)| *name == parameter);
        known.map_or_else(|| vec!["1".to_owned()], |(_, values)| values.clone())
    }
}

async fn victim(world: &World) -> Victim {
    let answer = world.set_up("zyzzyva-org", "zyzzyva-shop", "zyzzyva-owner").await;
    let (issue, event) = world
        .save(answer.project_id, &format!("{MARK} {SECRET} happened"))
        .await;
    let owner = Credentials::Token(answer.auth_token.clone());
    let get = async |path: &str| {
        let answer = world.send(&Method::GET, path, &owner, RequestBody::Json).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
        serde_json::from_str::<serde_json::Value>(&answer.text).unwrap()
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let organization = get("/api/0/organizations/zyzzyva-org/").await;
    let team = get("/api/0/organizations/zyzzyva-org/teams/").await[0].clone();
    let member = get("/api/0/organizations/zyzzyva-org/members/").await[0].clone();
    let shown = get(&format!("/api/0/organizations/zyzzyva-org/issues/{issue}/")).await;
    let at = "/api/0/organizations/zyzzyva-org/";
    let team_path = format!("/api/0/teams/zyzzyva-org/{}/", text(&team["slug"]));
    let write = async |method: Method, path: &str, body: serde_json::Value| {
        let answer = world.write(&method, path, &owner, body).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
        let made: serde_json::Value = serde_json::from_str(&answer.text).unwrap_or_default();
        made["id"].as_str().unwrap_or_default().to_owned()
    };
    let name = json!({ "name": SECRET });
    write(Method::PUT, at, name.clone()).await;
    write(Method::PUT, "/api/0/projects/zyzzyva-org/zyzzyva-shop/", name.clone()).await;
    write(Method::PUT, &team_path, name.clone()).await;
    let query = json!({ "name": SECRET, "fields": ["title"], "range": "24h", "query": "" });
    let query = write(Method::POST, &format!("{at}discover/saved/"), query).await;
    let token = write(Method::POST, &format!("{at}org-auth-tokens/"), name).await;
    let comment = json!({ "text": SECRET });
    let comment = write(Method::POST, &format!("{at}issues/{issue}/comments/"), comment).await;
    let version = format!("{SECRET}@1.0.0");
    let release = json!({ "version": version, "projects": ["zyzzyva-shop"] });
    write(Method::POST, &format!("{at}releases/"), release).await;
    let invited = json!({ "email": format!("{SECRET}@example.com"), "orgRole": "member" });
    let invited = write(Method::POST, &format!("{at}members/"), invited).await;
    let actor = services::tokens::authenticate(&world.app, &answer.auth_token)
        .await
        .unwrap();
    let change = ApplicationChange {
        name: Some(SECRET),
        ..ApplicationChange::default()
    };
    let application = services::oauth::create(&world.app, &actor, actor.user().unwrap(), &change)
        .await
        .unwrap();
    Victim {
        parameters: vec![
            (
                "organization",
                vec!["zyzzyva-org".to_owned(), text(&organization["id"])],
            ),
            (
                "project",
                vec!["zyzzyva-shop".to_owned(), answer.project_id.to_string()],
            ),
            ("team", vec![text(&team["slug"]), text(&team["id"])]),
            ("member", vec![text(&member["id"]), invited]),
            ("user", vec![text(&member["user"]["id"])]),
            ("issue", vec![issue, text(&shown["shortId"])]),
            ("event", vec![event]),
            ("key", vec![answer.public_key]),
            ("environment", vec!["production".to_owned()]),
            ("version", vec!["shop@1.0.0".to_owned()]),
            ("query", vec![query]),
            ("token", vec![token]),
            ("application", vec![application.application.client_id]),
            ("comment", vec![comment.clone()]),
            ("note", vec![comment]),
        ],
    }
}

/// The path with every parameter filled: those that `foreign` allows with what the other organization has, all others
/// with what the asker has.
fn paths(path: &str, victim: &Victim, foreign: impl Fn(&str) -> bool) -> Vec<String> {
    let mut paths = vec![String::new()];
    for (index, part) in path.split('/').enumerate() {
        let parameter = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let values = match parameter {
            Some(name) if foreign(name) => victim.values(name),
            Some("organization") => vec!["acme".to_owned()],
            Some("project") => vec!["shop".to_owned()],
            Some("team") => vec!["acme".to_owned()],
            Some(_) => vec!["1".to_owned()],
            None => vec![part.to_owned()],
        };
        let separator = if index == 0 { "" } else { "/" };
        paths = paths
            .iter()
            .flat_map(|begun| values.iter().map(move |value| format!("{begun}{separator}{value}")))
            .collect();
    }
    paths
}

/// The asker's own organization, with things of the other in every other place: projects, issues, events, members, teams
/// in paths, and in the parameters of queries.
#[tokio::test]
async fn two_organizations_see_nothing_of_each_other() {
    let world = World::new().await;
    let asker = world.set_up("acme", "shop", "owner").await;
    let victim = victim(&world).await;
    let token = Credentials::Token(asker.auth_token.clone());
    let browser = world.browser(&asker.email).await;
    let project = &victim.values("project")[1];
    let query = format!(
        "project={project}&query={MARK}&environment=production&statsPeriod=14d&field=title&field=message&yAxis=count()&id={}&group={}&groups={}",
        victim.values("issue")[0],
        victim.values("issue")[0],
        victim.values("issue")[0],
    );
    let mut problems = Vec::new();
    for (surface, route) in table() {
        if !route.path.contains('{') && route.guard.is_none() {
            continue;
        }
        // Whatever names an organization is filled with the other one, or with the own one and all else foreign.
        let own_organization = |name: &str| name != "organization";
        let within = |name: &str| !["organization", "project"].contains(&name);
        let mut all = paths(&route.path, &victim, |_| true);
        all.extend(paths(&route.path, &victim, own_organization));
        all.extend(paths(&route.path, &victim, within));
        all.sort_unstable();
        all.dedup();
        for path in all {
            let (credentials, body) = match surface {
                Surface::Api => (&token, RequestBody::Json),
                Surface::Pages => (&browser, RequestBody::Form),
            };
            let names_other = path.contains(MARK) || path.contains(&victim.values("organization")[1]);
            for asked in [path.clone(), format!("{path}?{query}")] {
                let answer = world.send(&route.method, &asked, credentials, body).await;
                // What was asked for may be said again; nothing else that holds the mark may.
                let said = answer.text.replace(&query, "").replace(&path, "");
                let told =
                    said.contains(SECRET) || said.contains("victim@example.com") || said.contains("zyzzyva-owner@");
                let is_open = route.guard.is_none();
                let entered = names_other && !is_open && answer.status.is_success();
                if told || entered || answer.status.is_server_error() {
                    let text: String = answer.text.chars().take(200).collect();
                    problems.push(format!("{} {asked}: {} {text}", route.method, answer.status));
                }
            }
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    assert_untouched(&world, &victim).await;
}

/// All the writes of strangers have left everything as it was.
async fn assert_untouched(world: &World, victim: &Victim) {
    let owner = world.browser("zyzzyva-owner@example.com").await;
    let issue = &victim.values("issue")[0];
    let paths = [
        "/api/0/organizations/zyzzyva-org/".to_owned(),
        "/api/0/projects/zyzzyva-org/zyzzyva-shop/".to_owned(),
        format!("/api/0/organizations/zyzzyva-org/issues/{issue}/"),
        format!("/api/0/teams/zyzzyva-org/{}/", victim.values("team")[0]),
        format!(
            "/api/0/projects/zyzzyva-org/zyzzyva-shop/keys/{}/",
            victim.values("key")[0]
        ),
    ];
    for path in paths {
        let answer = world.send(&Method::GET, &path, &owner, RequestBody::Json).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
    }
    let path = format!("/api/0/organizations/zyzzyva-org/issues/{issue}/");
    let answer = world.send(&Method::GET, &path, &owner, RequestBody::Json).await;
    let issue: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(
        (&issue["status"], &issue["numComments"]),
        (&"unresolved".into(), &1.into())
    );
}
