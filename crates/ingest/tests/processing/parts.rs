//! A spool, a database and a processor without a server around them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use ingest::{
    RecordKind, RecordMeta,
    encoding::ContentEncoding,
    metrics::Metrics,
    processing::{ProcessError, Processor},
};
use model::{EventId, Node, SharedClock, SystemClock};
use serde_json::json;
use services::{App, AppState, PublicUrl, access, setup};
use spool::{
    AppendError, OpenOptions, Position, Spool, SpoolConfig,
    disk::Disk,
    quarantine::{Quarantine, QuarantineConfig},
};
use store::{
    Store, StoreConfig,
    blobs::BlobStore,
    events::{EventIndex, IndexConfig},
    index_batches, spool_positions,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) struct Parts {
    pub(crate) app: App,
    pub(crate) spool: Arc<Spool>,
    pub(crate) quarantine: Arc<Quarantine>,
    pub(crate) scope: access::ProjectScope,
    key: model::ProjectKeyId,
    stop: CancellationToken,
    running: JoinHandle<Result<(), ProcessError>>,
    /// Where the content of files is.
    _files: TempDir,
}

impl Parts {
    /// Opens what is there, creates what is missing, and begins to process.
    pub(crate) async fn open(database_url: &str, disk: Arc<dyn Disk>, index: &Path) -> Self {
        let clock: SharedClock = Arc::new(SystemClock::new());
        let store = Store::open(&StoreConfig::new(database_url)).await.unwrap();
        let url = PublicUrl::parse("http://127.0.0.1:9000").unwrap();
        let files = tempfile::tempdir().unwrap();
        let blobs = BlobStore::open(store.clone(), files.path()).unwrap();
        let events = EventIndex::open(index, IndexConfig::default()).unwrap();
        let app = AppState::new(store, blobs, events, clock, url, Node::SERVE)
            .await
            .unwrap();
        let scope = project(&app).await;
        let key = services::project_keys::list(&app, &scope).await.unwrap()[0].id;
        let folder = PathBuf::from("/data");
        let quarantine = Quarantine::open(
            folder.join("quarantine"),
            QuarantineConfig::default(),
            Arc::clone(&disk),
        );
        let quarantine = Arc::new(quarantine.unwrap());
        let mut db = app.store.read().await.unwrap();
        let processed = spool_positions::get(&mut db, spool_positions::SHARD).await.unwrap();
        let behind = index_batches::list(&mut db).await.unwrap();
        let processed = behind.first().map_or(processed, |batch| batch.start);
        drop(db);
        let (spool, _) = Spool::open(OpenOptions {
            folder: folder.join("spool"),
            config: SpoolConfig::default(),
            disk,
            quarantine: Arc::clone(&quarantine),
            clock: Arc::clone(&app.clock),
            processed: Position(processed),
        })
        .unwrap();
        let spool = Arc::new(spool);
        let stop = CancellationToken::new();
        let processor = Processor {
            app: app.clone(),
            spool: Arc::clone(&spool),
            quarantine: Arc::clone(&quarantine),
            metrics: Arc::new(Metrics::default()),
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the test waits for it in `finish` or kills it in `kill`"
        )]
        let running = tokio::spawn(processor.run(stop.clone()));
        Self {
            app,
            spool,
            quarantine,
            scope,
            key,
            stop,
            running,
            _files: files,
        }
    }

    /// Accepts an envelope with one event as the endpoint does: when this returns, the answer would be 200.
    pub(crate) async fn accept(&self, id: EventId, payload: &str) -> Result<(), AppendError> {
        let item = json!({"type": "event", "length": payload.len()});
        let body = format!("{}\n{item}\n{payload}\n", json!({"event_id": id}));
        let meta = RecordMeta {
            event_id: Some(id),
            ..self.meta(RecordKind::Envelope)
        };
        self.accept_request(&meta, body).await
    }

    /// Accepts any request.
    pub(crate) async fn accept_request(&self, meta: &RecordMeta, body: impl Into<Bytes>) -> Result<(), AppendError> {
        let meta = serde_json::to_vec(meta).unwrap();
        self.spool.append(meta, body.into()).await.map(drop)
    }

    /// What is known of a request that said nothing.
    pub(crate) fn meta(&self, kind: RecordKind) -> RecordMeta {
        RecordMeta {
            kind,
            organization: self.scope.organization.id,
            project: self.scope.project.id,
            key: self.key,
            received_at: self.app.now(),
            event_id: None,
            encoding: ContentEncoding::Identity,
            client_ip: None,
            user_agent: None,
            sdk_client: None,
            headers: Vec::new(),
            monitor: None,
            limited: Vec::new(),
            query: None,
            trace_root: None,
        }
    }

    /// Waits until all that was accepted is committed, and in the index.
    pub(crate) async fn drain(&self) {
        loop {
            let mut db = self.app.store.read().await.unwrap();
            let processed = spool_positions::get(&mut db, spool_positions::SHARD).await.unwrap();
            let behind = index_batches::oldest(&mut db).await.unwrap();
            drop(db);
            let processed = Position(processed);
            if behind.is_none() && self.spool.read_from(processed, 1, 1).await.unwrap().next == processed {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Processes all that was accepted, and ends.
    pub(crate) async fn finish(self) -> (App, access::ProjectScope, Arc<Quarantine>) {
        // The stop itself waits only for a few seconds.
        self.drain().await;
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
        self.spool.close().await;
        (self.app, self.scope, self.quarantine)
    }

    /// Ends without finishing anything.
    pub(crate) async fn kill(self) {
        self.running.abort();
        self.running.await.ok();
        self.spool.close().await;
    }
}

async fn project(app: &App) -> access::ProjectScope {
    let request = setup::SetupRequest {
        organization: "acme".to_owned(),
        project: "web".to_owned(),
        email: "a@example.com".to_owned(),
        password: "secret123".to_owned(),
        platform: None,
        project_id: None,
        public_key: None,
    };
    let answer = setup::run(app, &request).await.unwrap();
    let actor = services::tokens::authenticate(app, &answer.auth_token).await.unwrap();
    access::project(app, &actor, "acme", "web", services::Scope::ProjectRead)
        .await
        .unwrap()
}

/// The ids of all events in the store, and the sum of the issues' counters.
pub(crate) async fn stored(app: &App, scope: &access::ProjectScope) -> (Vec<EventId>, i64) {
    let of = store::events::EventsOf::Project(scope.project.id);
    let page = store::events::EventPage {
        start: store::events::PageStart::Newest,
        limit: 1_000_000,
    };
    let events = services::events::list(app, services::events::EventSearch::all(of), page)
        .await
        .unwrap();
    let organization = scope.whole();
    let search = services::issues::IssueSearch {
        projects: Vec::new(),
        environments: Vec::new(),
        since: None,
        until: None,
        query: query::IssueQuery::all(),
    };
    let page = services::issues::IssuePage::first(1_000, app.now());
    let order = services::issues::IssueOrder::LastSeen;
    let issues = services::issues::search(app, organization, &search, order, page)
        .await
        .unwrap()
        .issues;
    (
        events.into_iter().map(|event| event.id).collect(),
        issues.iter().map(|found| found.issue.times_seen).sum(),
    )
}
