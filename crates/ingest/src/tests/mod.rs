mod authentication;
mod bodies;
mod corpus;
mod endpoints;
mod rate_limits;

use std::sync::Arc;

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use model::{Node, TestClock};
use serde_json::Value;
use services::{App, AppState, PublicUrl, setup};
use spool::{
    OpenOptions, Position, Spool, SpoolConfig,
    disk::{Disk, RealDisk},
    quarantine::{Quarantine, QuarantineConfig},
};
use testkit::corpus::{PROJECT_ID, PUBLIC_KEY, RECORDED_AT};
use tower::ServiceExt;

use crate::{IngestConfig, IngestState, RecordMeta, metrics::Metrics, routes};

/// The endpoints over a real database and a real spool.
struct Fixture {
    router: Router,
    state: IngestState,
    app: App,
    spool: Arc<Spool>,
    clock: Arc<TestClock>,
    _database: testkit::TestDatabase,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(IngestConfig::default(), SpoolConfig::default()).await
    }

    async fn with(config: IngestConfig, spool_config: SpoolConfig) -> Self {
        let database = testkit::TestDatabase::sqlite();
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::at(RECORDED_AT);
        let store = store::Store::open(&store::StoreConfig::new(database.url()))
            .await
            .unwrap();
        let url = PublicUrl::parse("http://127.0.0.1:9000").unwrap();
        let blobs = store::blobs::BlobStore::open(store.clone(), &folder.path().join("blobs")).unwrap();
        let index = store::events::IndexConfig::default();
        let events = store::events::EventIndex::open(&folder.path().join("index"), index).unwrap();
        let app = AppState::new(store, blobs, events, clock.clone(), url, Node::SERVE)
            .await
            .unwrap();
        let request = setup::SetupRequest {
            organization: "acme".to_owned(),
            project: "shop".to_owned(),
            email: "a@example.com".to_owned(),
            password: "secret123".to_owned(),
            platform: None,
            project_id: i64::try_from(PROJECT_ID).ok(),
            public_key: Some(PUBLIC_KEY.to_owned()),
        };
        setup::run(&app, &request).await.unwrap();

        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let quarantine = folder.path().join("quarantine");
        let quarantine = Quarantine::open(quarantine, QuarantineConfig::default(), Arc::clone(&disk)).unwrap();
        let (spool, _) = Spool::open(OpenOptions {
            folder: folder.path().join("spool"),
            config: spool_config,
            disk,
            quarantine: Arc::new(quarantine),
            clock: clock.clone(),
            processed: Position::START,
        })
        .unwrap();
        let spool = Arc::new(spool);
        let state = IngestState::new(app.clone(), Arc::clone(&spool), Arc::new(Metrics::default()), config);
        Self {
            router: routes(state.clone()),
            state,
            app,
            spool,
            clock,
            _database: database,
            _folder: folder,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Posts with the key in a header.
    async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        self.send(request(
            "POST",
            path,
            &[&[("x-sentry-auth", AUTH)], headers].concat(),
            body,
        ))
        .await
    }

    /// All that lies in the spool.
    async fn records(&self) -> Vec<(RecordMeta, Bytes)> {
        let mut records = Vec::new();
        let mut position = Position::START;
        loop {
            let batch = self.spool.read_from(position, 1 << 20, 1000).await.unwrap();
            if batch.next == position {
                return records;
            }
            position = batch.next;
            for entry in batch.entries {
                records.push((serde_json::from_slice(&entry.meta).unwrap(), entry.body));
            }
        }
    }

    /// The newest record.
    async fn last(&self) -> (RecordMeta, Bytes) {
        self.records().await.pop().expect("something was accepted")
    }
}

const AUTH: &str = "Sentry sentry_version=7, sentry_client=test/1.0, sentry_key=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const EVENT_ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";
const EVENT: &str = r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","message":"oops"}"#;
const ENVELOPE: &str =
    "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n{\"type\":\"event\"}\n{\"message\":\"oops\"}\n";

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    #[track_caller]
    fn assert(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap().to_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}
