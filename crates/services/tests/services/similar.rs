use model::{EventId, IssueId, Timestamp};
use protocol::event::Event;
use serde_json::{Value, json};
use services::{
    events::{self, TraceOrigin},
    issues,
};

use crate::installation::{Installation, NOW};

fn error(kind: &str, value: &str, functions: &[&str]) -> Value {
    let frames: Vec<Value> = functions
        .iter()
        .rev()
        .map(|function| json!({"function": function, "module": "shop.cart", "filename": "cart.py", "in_app": true}))
        .collect();
    json!({"exception": {"values": [{"type": kind, "value": value, "stacktrace": {"frames": frames}}]}})
}

impl Installation {
    /// Saves an event that makes an issue of its own.
    async fn issue_of(&self, mut event: Value, at: Timestamp) -> IssueId {
        event["fingerprint"] = json!([event.to_string()]);
        let mut event = Event::from_json(event).unwrap();
        event.timestamp = Some(at);
        let (organization, project) = (self.scope.organization.id, self.scope.project.id);
        let config = services::project_config::get(&self.app, organization, project)
            .await
            .unwrap()
            .unwrap();
        let context = normalize::Context::new(self.app.now(), EventId::random());
        let processed = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
        let saved = events::record(&self.app, vec![processed.into()]).await.unwrap();
        saved[0].issue().unwrap()
    }

    async fn similar_to(&self, id: IssueId) -> Vec<(IssueId, Option<f64>, Option<f64>)> {
        let issue = issues::get(&self.app, &self.organization(), &id.to_string())
            .await
            .unwrap();
        let found = issues::similar(&self.app, &self.organization(), &issue).await.unwrap();
        let told = found
            .into_iter()
            .map(|found| (found.issue.id, found.stack, found.message));
        told.collect()
    }
}

#[tokio::test]
async fn issues_with_a_like_stack_or_message_are_similar_the_most_similar_first() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let stack = ["pay", "charge", "checkout", "handle", "serve"];
        let of = installation
            .issue_of(error("Declined", "card 17 was declined", &stack), NOW)
            .await;
        let same = installation
            .issue_of(error("Declined", "card 18 was declined", &stack), NOW)
            .await;
        let other_end = ["refund", "charge", "checkout", "handle", "serve"];
        let near = installation
            .issue_of(error("Broken", "no connection", &other_end), NOW)
            .await;
        let said = installation
            .issue_of(
                error("Declined", "card was declined", &["import", "main", "start"]),
                NOW,
            )
            .await;
        for unlike in [
            error("Timeout", "upstream is slow", &["poll", "wait", "run"]),
            error(
                "Declined",
                "by the bank",
                &["serve", "handle", "checkout", "charge", "pay"],
            ),
            json!({"message": "hello"}),
        ] {
            installation.issue_of(unlike, NOW).await;
        }
        assert_eq!(
            installation.similar_to(of).await,
            [
                (same, Some(1.0), Some(1.0)),
                // Two of the four places of both.
                (near, Some(0.5), Some(0.0)),
                (said, Some(0.0), Some(1.0)),
            ]
        );
        // What it became part of is no other issue.
        let both = [installation.issue(of).await, installation.issue(same).await];
        let merged = issues::merge(&installation.app, &installation.organization(), &both)
            .await
            .unwrap();
        let ids: Vec<IssueId> = installation
            .similar_to(merged.parent)
            .await
            .into_iter()
            .map(|found| found.0)
            .collect();
        assert_eq!(ids, [near, said]);
        issues::delete(&installation.app, &[installation.issue(near).await])
            .await
            .unwrap();
        assert_eq!(installation.similar_to(merged.parent).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn messages_without_a_stack_are_compared_by_their_words() {
    let database = testkit::TestDatabase::sqlite();
    let installation = Installation::new(database.url()).await;
    let of = installation
        .issue_of(json!({"message": "no such user: 4711"}), NOW)
        .await;
    let like = installation
        .issue_of(json!({"message": "No such user: 4712"}), NOW)
        .await;
    installation.issue_of(json!({"message": "such is life"}), NOW).await;
    assert_eq!(installation.similar_to(of).await, [(like, None, Some(1.0))]);
    let alone = installation.issue_of(json!({"message": "12 34"}), NOW).await;
    assert_eq!(installation.similar_to(alone).await, []);
}
