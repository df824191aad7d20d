use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use httpkit::{Route, Surface};
use model::{Node, OrganizationRole, ProjectId, TestClock, Timestamp};
use services::{
    App, AppState, PublicUrl,
    setup::{self, SetupAnswer, SetupRequest},
};
use store::{
    Store, StoreConfig,
    blobs::BlobStore,
    events::{EventIndex, IndexConfig},
};
use tempfile::TempDir;
use testkit::TestDatabase;
use tower::ServiceExt as _;

use super::people::Credentials;

/// 2026-11-21T02:40:00Z
pub(super) const NOW: Timestamp = Timestamp(1_795_228_800_000_000);
pub(super) const PASSWORD: &str = "correct horse";

/// An installation with the organizations `acme` and `globex`, each with a project, a team and an owner.
pub(super) struct World {
    pub(super) app: App,
    router: Router,
    _folder: TempDir,
    _database: TestDatabase,
}

/// The routes of a surface.
pub(super) fn table() -> Vec<(Surface, Route)> {
    let api = api::routes()
        .table()
        .to_vec()
        .into_iter()
        .map(|route| (Surface::Api, route));
    let pages = web::routes()
        .table()
        .to_vec()
        .into_iter()
        .map(|route| (Surface::Pages, route));
    api.chain(pages).collect()
}

impl World {
    /// Rights are rules above the database, which the tests of both databases hold equal: one of them suffices.
    pub(super) async fn new() -> Self {
        let database = TestDatabase::sqlite();
        let store = Store::open(&StoreConfig::new(database.url())).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let blobs = BlobStore::open(store.clone(), &folder.path().join("blobs")).unwrap();
        let events = EventIndex::open(&folder.path().join("index"), IndexConfig::default()).unwrap();
        let url = PublicUrl::parse("https://tocsin.example").unwrap();
        let clock = TestClock::at(NOW);
        let app = AppState::new(store, blobs, events, clock, url, Node::SERVE)
            .await
            .unwrap();
        let router = httpkit::around_api(api::routes().into_router(), &app).merge(web::routes().into_router());
        Self {
            router: router.with_state(app.clone()),
            app,
            _folder: folder,
            _database: database,
        }
    }

    /// A user who is a member of the organization in no team, with a token of all scopes.
    pub(super) async fn member(
        &self,
        organization: &str,
        project: &str,
        name: &str,
        role: OrganizationRole,
    ) -> SetupAnswer {
        let answer = self.set_up(organization, project, name).await;
        let mut tx = self.app.store.begin().await.unwrap();
        let organization = store::organizations::find_by_slug(&mut tx, organization)
            .await
            .unwrap()
            .unwrap();
        let user = store::users::find_by_email(&mut tx, &answer.email)
            .await
            .unwrap()
            .unwrap();
        let member = store::members::find(&mut tx, organization.id, user.id)
            .await
            .unwrap()
            .unwrap();
        store::members::set_role(&mut tx, organization.id, member.id, role)
            .await
            .unwrap();
        for (team, _) in store::teams::of_user(&mut tx, organization.id, user.id).await.unwrap() {
            store::teams::remove_member(&mut tx, team, user.id).await.unwrap();
        }
        tx.commit().await.unwrap();
        answer
    }

    pub(super) async fn set_up(&self, organization: &str, project: &str, name: &str) -> SetupAnswer {
        let request = SetupRequest {
            organization: organization.to_owned(),
            project: project.to_owned(),
            email: format!("{name}@example.com"),
            password: PASSWORD.to_owned(),
            platform: None,
            project_id: None,
            public_key: None,
        };
        setup::run(&self.app, &request).await.unwrap()
    }

    /// An issue of its own, and the id of its event.
    pub(super) async fn save(&self, project: ProjectId, message: &str) -> (String, String) {
        let organization = {
            let mut db = self.app.store.read().await.unwrap();
            let organizations = store::organizations::list_all(&mut db).await.unwrap();
            let mut found = None;
            for organization in organizations {
                if store::projects::find(&mut db, organization.id, project)
                    .await
                    .unwrap()
                    .is_some()
                {
                    found = Some(organization.id);
                }
            }
            found.unwrap()
        };
        let config = services::project_config::get(&self.app, organization, project)
            .await
            .unwrap()
            .unwrap();
        let id: model::EventId = format!("{:032x}", 0xabc_0000 + project.0.unsigned_abs())
            .parse()
            .unwrap();
        let payload = serde_json::json!({
            "message": message, "timestamp": NOW.to_string(), "tags": { "secret": message }, "release": "shop@1.0.0",
            "environment": "production", "user": { "id": "7", "email": "victim@example.com" },
        });
        let event = protocol::event::Event::from_json(payload).unwrap();
        let context = normalize::Context::new(NOW, id);
        let origin = services::events::TraceOrigin::default();
        let processed = services::events::process(event, &context, origin, &config).unwrap();
        let saved = services::events::record(&self.app, vec![processed.into()])
            .await
            .unwrap();
        match saved[0] {
            services::events::Saved::NewIssue(issue) => (issue.to_string(), id.to_string()),
            other => panic!("{other:?}"),
        }
    }

    /// Signs a person in.
    pub(super) async fn browser(&self, email: &str) -> Credentials {
        let form = format!(
            "email={}&username={}&password=correct+horse",
            email.replace('@', "%40"),
            email.replace('@', "%40")
        );
        let request = Request::post("/auth/login/")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://tocsin.example")
            .header(header::HOST, "tocsin.example");
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::from(form)).unwrap())
            .await
            .unwrap();
        let cookie = response.headers().get(header::SET_COOKIE);
        let cookie = cookie.unwrap_or_else(|| panic!("{email} cannot sign in: {}", response.status()));
        let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        let token = cookie.split_once('=').unwrap().1;
        let signed_in = services::browser_sessions::authenticate(&self.app, token)
            .await
            .unwrap()
            .unwrap();
        Credentials::Browser {
            csrf: signed_in.session.csrf_token.clone(),
            cookie,
        }
    }

    /// Writes by the API, with a token.
    pub(super) async fn write(&self, method: &Method, path: &str, by: &Credentials, body: serde_json::Value) -> Answer {
        let Credentials::Token(token) = by else {
            panic!("what is written here is written with a token");
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.answer(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(super) async fn send(
        &self,
        method: &Method,
        path: &str,
        credentials: &Credentials,
        body: RequestBody,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "tocsin.example")
            .header(header::ORIGIN, "https://tocsin.example");
        let mut form = String::new();
        match credentials {
            Credentials::Nobody => {}
            Credentials::Token(token) => request = request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            Credentials::Browser { cookie, csrf } => {
                request = request.header(header::COOKIE, cookie);
                if body != RequestBody::Forged {
                    request = request.header(httpkit::CSRF_HEADER, csrf);
                    form = format!("{}={csrf}", httpkit::CSRF_FIELD);
                }
            }
        }
        let (kind, text) = match body {
            RequestBody::Json => ("application/json", "{}".to_owned()),
            RequestBody::Form | RequestBody::Forged => ("application/x-www-form-urlencoded", form),
        };
        let has_body = *method != Method::GET && *method != Method::DELETE;
        request = request.header(header::CONTENT_TYPE, kind);
        let body = if has_body { Body::from(text) } else { Body::empty() };
        self.answer(request.body(body).unwrap()).await
    }

    pub(super) async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestBody {
    Json,
    Form,
    /// A form that another site made the browser send.
    Forged,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn leads_to_sign_in(&self) -> bool {
        let location = self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        self.status.is_redirection() && location.is_some_and(|location| location.contains("/auth/login/"))
    }
}
