use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use model::{Node, OrganizationRole, ProjectId, TestClock, Timestamp};
use serde_json::Value;
use services::{
    Actor, App, AppState, PublicUrl, Scope,
    access::{self, ProjectScope},
    projects::{self, ProjectChange},
    setup::{self, SetupAnswer, SetupRequest},
    tokens::TokenRequest,
};
use store::{
    Store, StoreConfig,
    blobs::BlobStore,
    events::{EventIndex, IndexConfig},
};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// 2026-11-21T02:40:00Z
pub(crate) const NOW: Timestamp = Timestamp(1_795_228_800_000_000);

/// An installation with the organization `acme`, its project `shop` and its owner.
pub(crate) struct Api {
    pub(crate) app: App,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) installation: SetupAnswer,
    router: Router,
    /// Where the content of files is.
    _folder: TempDir,
}

impl Api {
    pub(crate) async fn new(database_url: &str) -> Self {
        let store = Store::open(&StoreConfig::new(database_url)).await.unwrap();
        let url = PublicUrl::parse("https://tocsin.example").unwrap();
        let clock = TestClock::at(NOW);
        let folder = tempfile::tempdir().unwrap();
        let blobs = BlobStore::open(store.clone(), &folder.path().join("blobs")).unwrap();
        let events = EventIndex::open(&folder.path().join("index"), IndexConfig::default()).unwrap();
        let app = AppState::new(store, blobs, events, clock.clone(), url, Node::SERVE)
            .await
            .unwrap();
        let installation = set_up(&app, "acme", "shop", "owner@example.com").await;
        let router = httpkit::around_api(::api::routes().into_router(), &app).with_state(app.clone());
        Self {
            app,
            clock,
            installation,
            router,
            _folder: folder,
        }
    }

    /// The scope of `shop` for operations that have no path yet.
    pub(crate) async fn project_scope(&self) -> ProjectScope {
        access::project(&self.app, &self.owner().await, "acme", "shop", Scope::ProjectRead)
            .await
            .unwrap()
    }

    /// A client of the other installation's owner.
    pub(crate) async fn stranger(&self) -> Client {
        let other = self.other_installation().await;
        self.client_with(&other.auth_token)
    }

    /// The owner's client: it may do everything.
    pub(crate) fn client(&self) -> Client {
        self.client_with(&self.installation.auth_token)
    }

    pub(crate) fn client_with(&self, token: &str) -> Client {
        Client {
            router: self.router.clone(),
            authorization: Some(format!("Bearer {token}")),
        }
    }

    pub(crate) fn anonymous(&self) -> Client {
        Client {
            router: self.router.clone(),
            authorization: None,
        }
    }

    async fn owner(&self) -> Actor {
        services::tokens::authenticate(&self.app, &self.installation.auth_token)
            .await
            .unwrap()
    }

    /// A client of the owner that may do no more than this.
    pub(crate) async fn client_for(&self, scopes: &[Scope]) -> Client {
        let owner = self.owner().await;
        let request = TokenRequest {
            name: "narrow",
            scopes,
            expires_at: None,
        };
        let token = services::tokens::create(&self.app, &owner, owner.user().unwrap(), request)
            .await
            .unwrap();
        self.client_with(&token.secret)
    }

    /// A client of another member of `acme`, who is in none of its teams; the address is `{name}@example.com`.
    pub(crate) async fn member(&self, name: &str, role: OrganizationRole) -> Client {
        let answer = set_up(&self.app, "acme", "shop", &format!("{name}@example.com")).await;
        let mut tx = self.app.store.begin().await.unwrap();
        let user = store::users::find_by_email(&mut tx, &answer.email)
            .await
            .unwrap()
            .unwrap();
        let organization = store::organizations::find_by_slug(&mut tx, "acme")
            .await
            .unwrap()
            .unwrap()
            .id;
        let member = store::members::find(&mut tx, organization, user.id)
            .await
            .unwrap()
            .unwrap();
        store::members::set_role(&mut tx, organization, member.id, role)
            .await
            .unwrap();
        for (team, _) in store::teams::of_user(&mut tx, organization, user.id).await.unwrap() {
            store::teams::remove_member(&mut tx, team, user.id).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.client_with(&answer.auth_token)
    }

    /// The id that a member, or somebody who was invited, has in `acme`.
    pub(crate) async fn member_id(&self, name: &str) -> String {
        let listed = self.client().get("/api/0/organizations/acme/members/").await.ok();
        let members = listed.body.as_array().unwrap();
        let email = format!("{name}@example.com");
        let found = members.iter().find(|member| member["email"] == email);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Another organization with an owner of its own.
    pub(crate) async fn other_installation(&self) -> SetupAnswer {
        set_up(&self.app, "globex", "depot", "other@example.com").await
    }

    /// Another project of `acme`.
    pub(crate) async fn add_project(&self, slug: &str) -> ProjectId {
        let scope = access::organization(&self.app, &self.owner().await, "acme", Scope::ProjectWrite)
            .await
            .unwrap();
        let new = ProjectChange {
            name: Some(slug),
            ..ProjectChange::default()
        };
        projects::create(&self.app, &scope, None, &new).await.unwrap().0.id
    }
}

async fn set_up(app: &App, organization: &str, project: &str, email: &str) -> SetupAnswer {
    let request = SetupRequest {
        organization: organization.to_owned(),
        project: project.to_owned(),
        email: email.to_owned(),
        password: "correct horse".to_owned(),
        platform: Some("python".to_owned()),
        project_id: None,
        public_key: None,
    };
    setup::run(app, &request).await.unwrap()
}

#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    authorization: Option<String>,
}

impl Client {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn delete_with(&self, path: &str, body: Value) -> Answer {
        self.send(Method::DELETE, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.request(request.unwrap()).await
    }

    pub(crate) async fn request(&self, mut request: Request<Body>) -> Answer {
        if let Some(authorization) = &self.authorization {
            request
                .headers_mut()
                .insert(header::AUTHORIZATION, authorization.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let content_type = parts.headers.get(header::CONTENT_TYPE);
        let body = if content_type.is_some_and(|value| value == "application/json") {
            serde_json::from_slice(&bytes).unwrap()
        } else {
            Value::Null
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
            bytes,
        }
    }

    /// Follows `rel` of a list until it leads nowhere; one list of the values at `pointer` for each page.
    pub(crate) async fn pages(&self, path: &str, rel: &str, pointer: &str) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut path = path.to_owned();
        loop {
            let answer = self.get(&path).await.ok();
            pages.push(answer.each(pointer));
            match answer.link(rel) {
                (next, true) => path = next,
                (_, false) => return pages,
            }
            assert!(pages.len() < 100, "the pages never end");
        }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// `null` when it is no JSON.
    pub(crate) body: Value,
    pub(crate) bytes: Bytes,
}

impl Answer {
    #[track_caller]
    pub(crate) fn assert(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.assert(200)
    }

    /// The value at a JSON pointer.
    #[track_caller]
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.body
            .pointer(pointer)
            .unwrap_or_else(|| panic!("nothing at {pointer} of {}", self.body))
    }

    /// The body as it came.
    pub(crate) fn raw(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    #[track_caller]
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap().to_owned()
    }

    /// The values at a pointer within each member of a list.
    #[track_caller]
    pub(crate) fn each(&self, pointer: &str) -> Vec<Value> {
        let members = self.body.as_array().unwrap();
        members
            .iter()
            .map(|member| member.pointer(pointer).cloned().unwrap())
            .collect()
    }

    /// The values at a pointer within each member of the list at another one.
    #[track_caller]
    pub(crate) fn each_in(&self, list: &str, pointer: &str) -> Vec<Value> {
        let members = self.at(list).as_array().unwrap();
        members
            .iter()
            .map(|member| member.pointer(pointer).cloned().unwrap())
            .collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Path and query of a relation in the `Link` header, and whether there are rows behind it.
    #[track_caller]
    pub(crate) fn link(&self, rel: &str) -> (String, bool) {
        let header = self.header("link").unwrap();
        let part = header
            .split(", <")
            .find(|part| part.contains(&format!("rel=\"{rel}\"")))
            .unwrap();
        let (target, attributes) = part.trim_start_matches('<').split_once(">; ").unwrap();
        let path = target.strip_prefix("https://tocsin.example").unwrap().to_owned();
        let cursor = path.rsplit_once("cursor=").unwrap().1;
        assert!(attributes.contains(&format!("cursor=\"{cursor}\"")), "{header}");
        (path, attributes.contains("results=\"true\""))
    }
}
