//! What the tests begin with: an installation with a project.

use std::sync::Arc;

use bytes::Bytes;
use model::{EventId, IssueId, Node, TestClock, Timestamp};
use protocol::event::Event;
use services::{
    App, AppState, PublicUrl, Scope,
    access::{self, OrganizationScope, ProjectScope},
    attachments::{self, NewAttachment},
    events::{self, TraceOrigin},
    project_config, setup,
};
use store::{
    Store, StoreConfig,
    attachments::Attachment,
    blobs::BlobStore,
    events::{EventIndex, IndexConfig},
    issues::Issue,
};
use tempfile::TempDir;

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

pub(crate) struct Installation {
    pub(crate) app: App,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) scope: ProjectScope,
    pub(crate) folder: TempDir,
}

impl Installation {
    pub(crate) async fn new(database_url: &str) -> Self {
        let store = Store::open(&StoreConfig::new(database_url)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let blobs = BlobStore::open(store.clone(), &folder.path().join("blobs")).unwrap();
        let events = EventIndex::open(&folder.path().join("index"), IndexConfig::default()).unwrap();
        let clock = TestClock::at(NOW);
        let url = PublicUrl::parse("https://tocsin.example").unwrap();
        let app = AppState::new(store, blobs, events, clock.clone(), url, Node::SERVE)
            .await
            .unwrap();
        let request = setup::SetupRequest {
            organization: "acme".to_owned(),
            project: "web".to_owned(),
            email: "a@example.com".to_owned(),
            password: "secret123".to_owned(),
            platform: None,
            project_id: None,
            public_key: None,
        };
        let answer = setup::run(&app, &request).await.unwrap();
        let actor = services::tokens::authenticate(&app, &answer.auth_token).await.unwrap();
        let scope = access::project(&app, &actor, "acme", "web", Scope::EventRead)
            .await
            .unwrap();
        Self {
            app,
            clock,
            scope,
            folder,
        }
    }

    /// Another process on the same database: it has a memory of its own.
    pub(crate) async fn second_process(&self) -> App {
        let url = PublicUrl::parse("https://tocsin.example").unwrap();
        let app = &self.app;
        let (store, blobs, events) = (app.store.clone(), app.blobs.clone(), app.events.clone());
        AppState::new(store, blobs, events, self.clock.clone(), url, Node::other(1))
            .await
            .unwrap()
    }

    /// Adds an event of this time to a new issue.
    pub(crate) async fn event(&self, id: EventId, timestamp: Timestamp) -> Issue {
        self.event_in(id, timestamp, "").await
    }

    pub(crate) async fn event_in(&self, id: EventId, timestamp: Timestamp, environment: &str) -> Issue {
        let mut event = Event::from_slice(br#"{"message": "something went wrong"}"#).unwrap();
        event.environment = Some(environment.to_owned()).filter(|name| !name.is_empty());
        event.timestamp = Some(timestamp);
        let config = project_config::get(&self.app, self.scope.organization.id, self.scope.project.id)
            .await
            .unwrap()
            .unwrap();
        let context = normalize::Context::new(timestamp, id);
        let processed = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
        let saved = events::record(&self.app, vec![processed.into()]).await.unwrap();
        let mut db = self.app.store.read().await.unwrap();
        store::issues::find(&mut db, self.scope.organization.id, saved[0].issue().unwrap())
            .await
            .unwrap()
            .unwrap()
    }

    /// Adds an event with this payload, received now, to a new issue.
    pub(crate) async fn event_of(&self, payload: &str) -> (IssueId, EventId) {
        let id = EventId::random();
        let mut event = Event::from_slice(payload.as_bytes()).unwrap();
        event.timestamp = Some(self.app.now());
        let config = project_config::get(&self.app, self.scope.organization.id, self.scope.project.id)
            .await
            .unwrap()
            .unwrap();
        let context = normalize::Context::new(self.app.now(), id);
        let processed = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
        let saved = events::record(&self.app, vec![processed.into()]).await.unwrap();
        (saved[0].issue().unwrap(), id)
    }

    pub(crate) fn organization(&self) -> OrganizationScope {
        self.scope.whole().clone()
    }

    pub(crate) fn new_attachment(&self, event: EventId, name: &str) -> NewAttachment {
        NewAttachment {
            organization: self.scope.organization.id,
            project: self.scope.project.id,
            event_id: event,
            name: name.to_owned(),
            content_type: None,
            attachment_type: "event.attachment".to_owned(),
            received_at: self.app.now(),
        }
    }

    pub(crate) async fn attach(&self, new: &NewAttachment, content: &Bytes) -> Attachment {
        let prepared = attachments::prepare(&self.app, content.clone()).await.unwrap();
        let mut tx = self.app.store.begin().await.unwrap();
        let id = attachments::create(&self.app, &mut tx, new, &prepared).await.unwrap();
        tx.commit().await.unwrap();
        attachments::get(&self.app, &self.scope, new.event_id, id)
            .await
            .unwrap()
    }

    /// How many objects there are.
    pub(crate) fn objects(&self) -> usize {
        let days = std::fs::read_dir(self.folder.path().join("blobs")).unwrap();
        days.map(|day| std::fs::read_dir(day.unwrap().path()).unwrap().count())
            .sum()
    }
}
