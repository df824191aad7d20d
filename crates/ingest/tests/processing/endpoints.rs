//! The real endpoints, spool, processing and store without a server around them, one request at a time: so it can be told
//! what became of each.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use ingest::{IngestConfig, IngestState, metrics::Metrics, processing::Processor, routes};
use model::{DataCategory, Node, OutcomeKind, TestClock, Timestamp};
use services::{App, AppState, PublicUrl, access, setup};
use spool::{
    OpenOptions, Position, Spool, SpoolConfig,
    disk::{Disk, RealDisk},
    quarantine::{Quarantine, QuarantineConfig},
};
use store::{
    Store, StoreConfig,
    blobs::BlobStore,
    events::{EventIndex, IndexConfig},
};
use tempfile::TempDir;
use testkit::{
    TestDatabase,
    corpus::{PROJECT_ID, PUBLIC_KEY, RECORDED_AT, Recording},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub(crate) struct Endpoints {
    pub(crate) app: App,
    pub(crate) scope: access::ProjectScope,
    pub(crate) quarantine: Arc<Quarantine>,
    router: Router,
    processor: Processor,
    counted: Lines,
    _database: TestDatabase,
    _folder: TempDir,
}

/// What was counted: category, outcome and reason as one text, with the quantity.
pub(crate) type Lines = BTreeMap<String, i64>;

/// `error accepted`, or `error invalid duplicate`.
pub(crate) fn line(category: DataCategory, outcome: OutcomeKind, reason: &str) -> String {
    format!("{} {} {reason}", category.name(), outcome.name())
        .trim_end()
        .to_owned()
}

impl Endpoints {
    /// A new installation with the project that recorded requests are addressed to, at the time of the recordings.
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::sqlite();
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::at(RECORDED_AT);
        let store = Store::open(&StoreConfig::new(database.url())).await.unwrap();
        let blobs = BlobStore::open(store.clone(), &folder.path().join("blobs")).unwrap();
        let url = PublicUrl::parse("http://127.0.0.1:9000").unwrap();
        let events = EventIndex::open(&folder.path().join("index"), IndexConfig::default()).unwrap();
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
        let answer = setup::run(&app, &request).await.unwrap();
        let actor = services::tokens::authenticate(&app, &answer.auth_token).await.unwrap();
        let scope = access::project(&app, &actor, "acme", "shop", services::Scope::ProjectRead)
            .await
            .unwrap();

        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let quarantine_folder = folder.path().join("quarantine");
        let quarantine = Quarantine::open(quarantine_folder, QuarantineConfig::default(), Arc::clone(&disk)).unwrap();
        let quarantine = Arc::new(quarantine);
        let (spool, _) = Spool::open(OpenOptions {
            folder: folder.path().join("spool"),
            config: SpoolConfig::default(),
            disk,
            quarantine: Arc::clone(&quarantine),
            clock,
            processed: Position::START,
        })
        .unwrap();
        let (spool, metrics) = (Arc::new(spool), Arc::new(Metrics::default()));
        let state = IngestState::new(
            app.clone(),
            Arc::clone(&spool),
            Arc::clone(&metrics),
            IngestConfig::default(),
        );
        Self {
            router: routes(state),
            processor: Processor {
                app: app.clone(),
                spool,
                quarantine: Arc::clone(&quarantine),
                metrics,
            },
            app,
            scope,
            quarantine,
            counted: Lines::new(),
            _database: database,
            _folder: folder,
        }
    }

    /// Posts a request and processes what it brought. Returns the answer, and what was counted of it.
    pub(crate) async fn send(&mut self, request: Request<Body>) -> (StatusCode, Bytes, Lines) {
        let (status, body) = self.accept(request).await;
        self.process().await;
        (status, body, self.newly_counted().await)
    }

    /// Posts a request.
    pub(crate) async fn accept(&self, request: Request<Body>) -> (StatusCode, Bytes) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, body)
    }

    /// Processes what was accepted: some dozens of requests at a time.
    pub(crate) async fn process(&self) {
        // Told to stop it ends when all that was accepted is committed.
        let stop = CancellationToken::new();
        stop.cancel();
        self.processor.clone().run(stop).await.unwrap();
    }

    /// Posts a request that succeeds; returns the headers of the answer.
    pub(crate) async fn head(&mut self, request: Request<Body>) -> http::HeaderMap {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert!(response.status().is_success(), "{response:?}");
        response.headers().clone()
    }

    pub(crate) async fn replay(&mut self, recording: &Recording) -> (StatusCode, Bytes, Lines) {
        self.send(Self::recorded(recording)).await
    }

    /// The request as it was recorded; what went through a tunnel comes as tunnels forward it, without authentication.
    pub(crate) fn recorded(recording: &Recording) -> Request<Body> {
        let meta = &recording.meta;
        let target = match (recording.is_tunneled(), meta.query.as_str()) {
            (true, _) => format!("/api/{PROJECT_ID}/envelope/"),
            (false, "") => meta.path.clone(),
            (false, query) => format!("{}?{query}", meta.path),
        };
        let mut request = Request::builder().method(meta.method.as_str()).uri(target);
        for (name, value) in &meta.headers {
            request = request.header(name.as_str(), value.as_str());
        }
        request.body(Body::from(recording.body.clone())).unwrap()
    }

    /// Posts an envelope with the key in a header.
    pub(crate) async fn envelope(&mut self, body: impl Into<Body>) -> (StatusCode, Bytes, Lines) {
        self.post("/api/1/envelope/", "application/x-sentry-envelope", body)
            .await
    }

    pub(crate) async fn post(
        &mut self,
        target: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, Bytes, Lines) {
        let authentication = format!("Sentry sentry_version=7, sentry_key={PUBLIC_KEY}");
        let request = Request::post(target)
            .header("x-sentry-auth", authentication)
            .header("content-type", content_type);
        self.send(request.body(body.into()).unwrap()).await
    }

    /// What was counted since this was asked last.
    pub(crate) async fn newly_counted(&mut self) -> Lines {
        let totals = services::outcomes::totals(&self.app, &self.scope, Timestamp(0))
            .await
            .unwrap();
        let counted: Lines = totals
            .into_iter()
            .map(|total| {
                let category = DataCategory::from_number(total.category).unwrap();
                let outcome = OutcomeKind::from_number(total.outcome).unwrap();
                (line(category, outcome, &total.reason), total.quantity)
            })
            .collect();
        let newly = counted
            .iter()
            .map(|(line, quantity)| (line.clone(), quantity - self.counted.get(line).unwrap_or(&0)))
            .filter(|(_, quantity)| *quantity != 0)
            .collect();
        self.counted = counted;
        newly
    }
}
