//! With enhanced privacy messages say that there is something, and where.

use ::model::{EventId, IssueId};
use integrations::{Outgoing, Recording};
use protocol::event::Event;
use serde_json::json;
use services::{
    access::MembershipSettings,
    events::{self, Saved, TraceOrigin},
    project_config, settings,
};

use super::{Crowd, MAIL, text};

/// What an event is about, and whom.
const SECRETS: [&str; 8] = [
    "card declined",
    "charge_card",
    "pay/gateway.py",
    "grace@customer.example",
    "203.0.113.9",
    "orders/4711",
    "gold-plan",
    "CardError",
];

impl Crowd {
    async fn secret_issue(&self, number: usize) -> IssueId {
        let app = &self.installation.app;
        let event = json!({
            "level": "error",
            "fingerprint": [number.to_string()],
            "transaction": "orders/4711",
            "exception": {"values": [{
                "type": "CardError", "value": format!("card declined {number}"),
                "stacktrace": {"frames": [{
                    "function": "charge_card", "filename": "pay/gateway.py", "lineno": 7, "in_app": true,
                    "context_line": "gateway.charge_card()",
                }]},
            }]},
            "user": {"id": "7", "email": "grace@customer.example", "ip_address": "203.0.113.9"},
            "request": {"url": "https://shop.example/orders/4711", "method": "POST", "data": {"plan": "gold-plan"}},
            "tags": {"plan": "gold-plan"},
        });
        let event = Event::from_slice(event.to_string().as_bytes()).unwrap();
        let scope = &self.installation.scope;
        let config = project_config::get(app, scope.organization.id, scope.project.id)
            .await
            .unwrap()
            .unwrap();
        let context = normalize::Context::new(app.now(), EventId::random());
        let new = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
        let saved = events::record(app, vec![new.into()]).await.unwrap();
        self.settle().await;
        Saved::issue(saved.into_iter().next().unwrap()).unwrap()
    }

    async fn set_privacy(&self, enhanced_privacy: bool) {
        let membership = MembershipSettings {
            enhanced_privacy,
            ..MembershipSettings::default()
        };
        settings::set_of_organization(&self.installation.app, &self.installation.organization(), &membership)
            .await
            .unwrap();
    }
}

/// The secrets that a message tells.
fn told(message: &Outgoing) -> Vec<&'static str> {
    let content = message.content.to_string();
    SECRETS.into_iter().filter(|secret| content.contains(secret)).collect()
}

#[tokio::test]
async fn eml6_alerts_comments_and_digests_name_neither_the_issue_nor_anybody_and_lead_to_the_page() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let app = &crowd.installation.app;
        let (ada, hooks) = (crowd.member("ada").await, Recording::new("webhook"));
        app.channels.register(hooks.clone());
        crowd
            .rule(&[
                json!({ "id": MAIL, "targetType": "Member", "targetIdentifier": ada.to_string() }),
                json!({
                    "id": "sentry.integrations.slack.notify_action.SlackNotifyServiceAction",
                    "workspace": "1", "channel": "#ops",
                }),
                json!({ "id": "tocsin.rules.actions.webhook.WebhookAction", "url": "https://hooks.example/x" }),
            ])
            .await;
        // Without it, a mail tells them all: so the test looks for what would be there.
        crowd.secret_issue(0).await;
        let open = crowd.news(&crowd.mails, 0);
        assert_eq!(open.len(), 1);
        assert!(told(&open[0]).len() >= 5, "{:?}", told(&open[0]));
        crowd.news(&crowd.slack, 1);
        let hooked = hooks.sent().len();
        crowd.wait(4_000).await;

        crowd.set_privacy(true).await;
        let issue = crowd.secret_issue(1).await;
        let mut private = crowd.news(&crowd.mails, 0);
        assert_eq!(private.len(), 1);
        let mail = private[0].content.to_string();
        assert!(mail.contains("enhanced privacy"), "{mail}");
        let page = format!("https://tocsin.example/organizations/acme/issues/{issue}/");
        assert!(mail.contains(&page), "{mail}");
        let posts = crowd.news(&crowd.slack, 1);
        assert_eq!(posts.len(), 1);
        assert_eq!(
            text(&posts[0].content, "url"),
            format!("https://tocsin.example/issues/{issue}/")
        );
        private.extend(posts);
        private.extend(hooks.sent().split_off(hooked));
        assert_eq!(private.len(), 3);

        // Two more are gathered, and somebody talks about one of them.
        crowd.secret_issue(2).await;
        crowd.secret_issue(3).await;
        crowd.wait(2_000).await;
        let digest = crowd.news(&crowd.mails, 0);
        assert_eq!(digest.len(), 1);
        private.extend(digest);
        crowd.subscribe(ada, issue, true).await;
        let words = "The card declined of grace@customer.example";
        crowd.comment(crowd.owner(), issue, words).await;
        let comment = crowd.news(&crowd.mails, 0);
        assert_eq!(comment.len(), 1);
        private.extend(comment);
        for message in &private {
            assert_eq!(told(message), [""; 0], "{message:#?}");
        }
    })
    .await;
}
