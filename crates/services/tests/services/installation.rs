//! What the tests begin with: an installation with a project.

use std::sync::Arc;

use bytes::Bytes;
use model::{EventId, IssueId, Level, Node, Priority, TestClock, Timestamp};
use services::{
    App, AppState, PublicUrl, Scope,
    access::{self, ProjectScope},
    attachments::{self, NewAttachment},
    setup,
};
use store::{
    Store, StoreConfig,
    attachments::Attachment,
    blobs::BlobStore,
    events::StoredEvent,
    issues::{Issue, NewIssue, Sighting},
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
        let clock = TestClock::at(NOW);
        let url = PublicUrl::parse("https://tocsin.example").unwrap();
        let app = AppState::new(store, blobs, clock.clone(), url, Node::SERVE)
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
        let (actor, _) = services::tokens::authenticate(&app, &answer.auth_token)
            .await
            .unwrap()
            .unwrap();
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

    /// Adds an event of this time to a new issue.
    pub(crate) async fn event(&self, id: EventId, timestamp: Timestamp) -> Issue {
        let project = self.scope.project.id;
        let seen = Sighting {
            at: timestamp,
            event_type: "error".to_owned(),
            title: "Error".to_owned(),
            culprit: String::new(),
            metadata: serde_json::Map::new(),
            search_text: String::new(),
            level: Level::Error,
            platform: "python".to_owned(),
            logger: String::new(),
            unhandled: false,
            release: None,
        };
        let stored = StoredEvent {
            project,
            id,
            issue: Some(IssueId(7)),
            event_type: "error".to_owned(),
            hash: String::new(),
            grouping_strategy: String::new(),
            timestamp,
            received_at: timestamp,
            environment: String::new(),
            user_tag: String::new(),
            payload: "{}".to_owned(),
        };
        let new = NewIssue {
            id: IssueId(7),
            project,
            short_number: 1,
            priority: Priority::High,
        };
        let mut tx = self.app.store.begin().await.unwrap();
        store::issues::create(&mut tx, new, &seen).await.unwrap();
        store::events::create(&mut tx, &stored, &[]).await.unwrap();
        store::attachments::link(&mut tx, project, id, new.id).await.unwrap();
        store::user_reports::link(&mut tx, project, id, new.id).await.unwrap();
        let issue = store::issues::find(&mut tx, self.scope.organization.id, new.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        issue.unwrap()
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
