//! What teams are told by their own rules.

use services::notifications::rules::{
    Severity,
    team::{self, Delivery, TeamRule, Triggers},
};

use super::{Crowd, text};
use crate::installation::NOW;

fn delivery(channel: &str, label: &str, least: Severity) -> Delivery {
    Delivery {
        channel: channel.to_owned(),
        label: label.to_owned(),
        target: serde_json::Map::new(),
        least,
    }
}

impl Crowd {
    async fn set_team_rule(&self, rule: &TeamRule) {
        let (app, scope) = (&self.installation.app, self.installation.organization());
        let team = self.team().await;
        let found = store::teams::find(&mut app.store.read().await.unwrap(), scope.organization.id, team).await;
        team::set(app, &scope, &found.unwrap().unwrap(), rule).await.unwrap();
    }
}

#[tokio::test]
async fn ntf4_medium_issues_of_a_window_are_one_digest_and_a_critical_one_comes_at_once() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        assert_eq!(NOW.to_string(), "2027-01-15T08:00:00Z");
        crowd
            .set_team_rule(&TeamRule {
                when: Triggers {
                    new_issue: Some(Severity::Medium),
                    performance: true,
                    error_rate: true,
                },
                deliveries: vec![
                    delivery("slack", "#platform-alerts", Severity::Low),
                    delivery("pagerduty", "platform", Severity::Critical),
                ],
                immediate_from: Severity::Critical,
                digest_hours: 4,
                time_zone: "UTC".to_owned(),
            })
            .await;
        crowd.wait(70 * 60).await;
        crowd.new_issue_of("warning").await;
        crowd.new_issue_of("info").await;
        crowd.wait(160 * 60).await;
        crowd.new_issue_of("warning").await;
        assert_eq!((crowd.posted(), crowd.paged()), (0, 0));
        crowd.new_issue_of("fatal").await;
        assert_eq!((crowd.posted(), crowd.paged()), (1, 1), "what is critical never waits");
        crowd.wait(11 * 60).await;
        let digests = crowd.news(&crowd.slack, 1);
        assert_eq!(digests.len(), 1);
        assert_eq!(text(&digests[0].content, "kind"), "digest");
        assert_eq!(
            digests[0].content["cause"]["notifications"].as_array().unwrap().len(),
            2
        );
        let entries = digests[0].content["entries"].as_array().unwrap();
        let titles: Vec<String> = entries.iter().map(|entry| text(entry, "title")).collect();
        assert_eq!(titles.len(), 2);
        assert!(titles[0].starts_with("WEB-1 about warning"), "{titles:?}");
        assert_eq!(
            (&digests[0].content["count"], &digests[0].content["more"]),
            (&2.into(), &0.into())
        );
        assert!(digests[0].content["cause"].get("recipient").is_none());
        assert_eq!(crowd.paged(), 0);
        // An empty window tells nothing, and one with one thing tells just that.
        crowd.wait(5 * 3_600).await;
        assert_eq!(crowd.posted(), 0);
        crowd.new_issue_of("warning").await;
        crowd.wait(4 * 3_600).await;
        let plain = crowd.news(&crowd.slack, 1);
        assert_eq!(
            plain.iter().map(|post| text(&post.content, "kind")).collect::<Vec<_>>(),
            ["activity"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_team_that_names_no_place_is_told_by_its_members() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        crowd.member("ada").await;
        crowd.outsider("far").await;
        crowd.set_team_rule(&TeamRule::default()).await;
        crowd.new_issue_of("error").await;
        assert_eq!(crowd.mailed_to(), ["a@example.com", "ada@example.com"]);
        crowd.new_issue_of("warning").await;
        assert!(crowd.mailed_to().is_empty(), "the default asks for what is severe");
    })
    .await;
}
