//! Metric alert rules that cannot be read.

use serde_json::{Map, json};
use store::metric_alerts::MetricAlert;
use testkit::on_every_database;

use super::{Alarm, metric::error};

impl Alarm {
    async fn spoil(&self, change: impl FnOnce(&mut MetricAlert), id: ::model::MetricAlertId) {
        let app = &self.installation.app;
        let organization = self.installation.scope.organization.id;
        let mut tx = app.store.begin().await.unwrap();
        let found = store::metric_alerts::find(&mut tx, organization, id).await.unwrap();
        let mut alert = found.unwrap();
        alert.revision += 1;
        change(&mut alert);
        assert!(store::metric_alerts::update(&mut tx, &alert).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_rule_that_cannot_be_read_stops_no_other_one() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        let spoilt = alarm.metric(json!({"name": "spoilt"})).await;
        let strange = alarm.metric(json!({"name": "strange"})).await;
        alarm.spoil(|alert| alert.rule = Map::new(), spoilt).await;
        // Whoever has forgotten everything begins anew.
        alarm
            .spoil(|alert| alert.progress.state = json!("nonsense"), strange)
            .await;
        alarm.pass(60).await;
        alarm.receive_many(50, error()).await;
        alarm.pass(120).await;
        let incident = alarm.open_incident().await.expect("the other one goes on");
        assert_eq!(incident.title, "strange");
        let organization = alarm.installation.scope.organization.id;
        let mut db = alarm.installation.app.store.read().await.unwrap();
        let found = store::metric_alerts::find(&mut db, organization, spoilt).await.unwrap();
        let progress = found.unwrap().progress;
        assert!(!progress.problem.is_empty());
        let now = alarm.installation.app.now();
        assert!(
            now.since(progress.evaluated_until).as_secs() <= 120,
            "it is looked at each minute"
        );
    })
    .await;
}
