//! Merging issues and taking them apart.

mod rows;

use model::{EventId, IssueId, Timestamp};
use protocol::event::Event;
use serde_json::{Value, json};
use services::events::{self, NewEvent, TraceOrigin};
use store::issues::Issue;

use crate::installation::Installation;

/// An event of a hash of its own, which `name` decides on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent<'a> {
    pub(crate) name: &'a str,
    pub(crate) user: &'a str,
    pub(crate) environment: &'a str,
    pub(crate) release: &'a str,
}

impl Installation {
    pub(crate) async fn new_event(&self, sent: &Sent<'_>, at: Timestamp) -> NewEvent {
        let text = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
        let event = json!({
            "message": format!("about {}", sent.name),
            "fingerprint": [sent.name],
            "user": {"id": text(sent.user)},
            "environment": text(sent.environment),
            "release": text(sent.release),
        });
        let mut event = Event::from_json(event).unwrap();
        event.timestamp = Some(at);
        let (organization, project) = (self.scope.organization.id, self.scope.project.id);
        let config = services::project_config::get(&self.app, organization, project)
            .await
            .unwrap()
            .unwrap();
        let context = normalize::Context::new(self.app.now(), EventId::random());
        events::process(event, &context, TraceOrigin::default(), &config)
            .unwrap()
            .into()
    }

    /// Saves an event, also into the index.
    pub(crate) async fn send(&self, sent: &Sent<'_>, at: Timestamp) -> (IssueId, EventId) {
        let new = self.new_event(sent, at).await;
        let id = new.id;
        let saved = events::record(&self.app, vec![new]).await.unwrap();
        (saved[0].issue().unwrap(), id)
    }

    pub(crate) async fn issue(&self, id: IssueId) -> Issue {
        services::issues::get(&self.app, &self.organization(), &id.to_string())
            .await
            .unwrap()
    }

    pub(crate) async fn finish_moves(&self) {
        while services::jobs::step(&self.app).await.unwrap() {}
    }
}
