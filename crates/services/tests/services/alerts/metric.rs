//! Metric alert rules and their incidents, minute by minute.

use ::alerts::metric::MetricRule;
use ::model::{MetricAlertId, NotificationKind};
use bytes::Bytes;
use serde_json::{Value, json};
use services::{
    incidents::{self, Incident, IncidentFilter},
    issues::{ArchivedUntil, IssueChange, NewStatus},
    metric_alerts::{self, ChangeError, Draft, SnoozeFor},
    stored_items::{self, NewStoredItem},
};
use store::{
    IdPage,
    incidents::{ActivityKind, IncidentStatus, StatusMethod},
    notifications::{self, Notification, NotificationFilter},
    stored_items::StoredItemKind,
};
use testkit::on_every_database;

use super::Alarm;

pub(super) fn error() -> Value {
    json!({"message": "broken", "fingerprint": ["one"], "level": "error", "exception": {"values": [{"type": "E", "value": "x"}]}})
}

impl Alarm {
    fn draft(&self, more: Value) -> Draft {
        let user = self.installation.scope.actor.user_id().unwrap();
        let email = json!([{"type": "email", "targetType": "user", "targetIdentifier": user.to_string()}]);
        let mut wire = json!({
            "name": "Many errors", "aggregate": "count()", "dataset": "events", "query": "is:unresolved",
            "timeWindow": 5, "thresholdType": 0,
            "triggers": [{"label": "critical", "alertThreshold": 49, "actions": email}],
        });
        wire.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Draft {
            rule: MetricRule::read(wire.as_object().unwrap()).unwrap(),
            projects: vec![self.installation.scope.project.id],
            owner: None,
        }
    }

    pub(super) async fn metric(&self, more: Value) -> MetricAlertId {
        let scope = self.installation.organization();
        let alert = metric_alerts::create(&self.installation.app, &scope, self.draft(more)).await;
        alert.unwrap().id
    }

    /// Lets so many seconds go by, with all that is due in them.
    pub(super) async fn pass(&self, seconds: u64) {
        for _ in 0..seconds / 15 {
            self.advance(15);
            self.settle().await;
        }
    }

    async fn incidents(&self) -> Vec<Incident> {
        let scope = self.installation.organization();
        let filter = IncidentFilter::default();
        let mut found = incidents::list(&self.installation.app, &scope, &filter, IdPage::newest(100))
            .await
            .unwrap();
        found.reverse();
        found
    }

    pub(super) async fn open_incident(&self) -> Option<Incident> {
        self.incidents()
            .await
            .into_iter()
            .find(|incident| incident.closed_at.is_none())
    }

    /// The changes of an incident's status, the oldest first.
    async fn statuses(&self, incident: &Incident) -> Vec<(IncidentStatus, Option<f64>)> {
        let mut activities = incidents::activities(&self.installation.app, incident).await.unwrap();
        activities.reverse();
        let of_status = activities
            .into_iter()
            .filter(|activity| activity.kind == ActivityKind::Status);
        of_status
            .map(|activity| (activity.status.unwrap(), activity.measured))
            .collect()
    }

    /// What people were to be told, the oldest first.
    async fn told(&self) -> Vec<Notification> {
        let mut db = self.installation.app.store.read().await.unwrap();
        let filter = NotificationFilter::default();
        let organization = self.installation.scope.organization.id;
        let mut found = notifications::list(&mut db, organization, filter, IdPage::newest(1_000))
            .await
            .unwrap();
        found.retain(|notification| notification.kind == NotificationKind::MetricAlert);
        found.reverse();
        found
    }

    async fn problem(&self, id: MetricAlertId) -> (Option<f64>, String) {
        let alert = metric_alerts::get(&self.installation.app, &self.installation.organization(), id)
            .await
            .unwrap();
        (alert.stored.progress.last_value, alert.stored.progress.problem)
    }
}

#[tokio::test]
async fn alr2_50_errors_in_5_minutes_open_a_critical_incident_and_quiet_closes_it() {
    on_every_database(async |url| {
        let alarm = Alarm::new(url).await;
        alarm.metric(json!({})).await;
        alarm.pass(60).await;
        alarm.receive_many(49, error()).await;
        alarm.pass(90).await;
        assert_eq!(alarm.incidents().await, [], "49 are not more than 49");

        alarm.receive_many(1, error()).await;
        alarm.pass(120).await;
        let incident = alarm.open_incident().await.expect("within two minutes");
        assert_eq!(
            (incident.status, incident.method),
            (IncidentStatus::Critical, StatusMethod::RuleTriggered)
        );
        assert_eq!((incident.identifier, incident.title.as_str()), (1, "Many errors"));
        assert_eq!(alarm.mails.sent().len(), 1);

        // As long as it lasts nothing else happens.
        alarm.pass(60).await;
        assert_eq!((alarm.incidents().await.len(), alarm.mails.sent().len()), (1, 1));

        alarm.pass(420).await;
        let incident = alarm.incidents().await.remove(0);
        assert_eq!(
            (incident.status, incident.method),
            (IncidentStatus::Closed, StatusMethod::RuleTriggered)
        );
        assert_eq!(alarm.mails.sent().len(), 2);
        assert_eq!(
            alarm.statuses(&incident).await,
            [
                (IncidentStatus::Critical, Some(50.0)),
                (IncidentStatus::Closed, Some(1.0))
            ]
        );
        let told = alarm.told().await;
        let said: Vec<_> = told
            .iter()
            .map(|of| (of.cause["status"].clone(), of.cause["text"].clone()))
            .collect();
        assert_eq!(
            said,
            [
                (json!("critical"), json!("50 events in the last 5 minutes")),
                (json!("resolved"), json!("1 event in the last 5 minutes"))
            ]
        );
        assert!(
            told.iter()
                .all(|of| of.is_critical && of.project == Some(alarm.installation.scope.project.id))
        );
    })
    .await;
}

#[tokio::test]
async fn the_status_follows_the_highest_threshold_and_no_other_incident_opens_within_ten_minutes() {
    let url = testkit::TestDatabase::sqlite();
    let alarm = Alarm::new(url.url()).await;
    alarm
        .metric(json!({"timeWindow": 1, "resolveThreshold": 5, "triggers": [
            {"label": "critical", "alertThreshold": 20}, {"label": "warning", "alertThreshold": 10}]}))
        .await;
    let minute = async |errors: usize| {
        alarm.receive_many(errors, error()).await;
        alarm.pass(60).await;
    };
    alarm.pass(30).await;
    for errors in [11, 21, 15, 7, 4, 0] {
        minute(errors).await;
    }
    let incident = alarm.incidents().await.remove(0);
    assert_eq!(
        alarm.statuses(&incident).await,
        [
            (IncidentStatus::Warning, Some(11.0)),
            (IncidentStatus::Critical, Some(21.0)),
            (IncidentStatus::Warning, Some(15.0)),
            (IncidentStatus::Closed, Some(4.0)),
        ]
    );
    // It crosses again, six minutes after the first began: that waits, and is told once ten minutes are over.
    for _ in 0..5 {
        minute(30).await;
    }
    let all = alarm.incidents().await;
    assert_eq!(all.len(), 2, "{all:?}");
    let pause = all[1].detected_at.since(all[0].detected_at).as_secs();
    assert!((600..=660).contains(&pause), "{pause}");
    assert_eq!((all[1].status, all[1].identifier), (IncidentStatus::Critical, 2));
}

#[tokio::test]
async fn closing_by_hand_changing_and_deleting_close_incidents() {
    let url = testkit::TestDatabase::sqlite();
    let alarm = Alarm::new(url.url()).await;
    let (app, scope) = (&alarm.installation.app, alarm.installation.organization());
    let many = json!({"triggers": [{"label": "critical", "alertThreshold": 2}], "timeWindow": 60});
    let id = alarm.metric(many.clone()).await;
    alarm.receive_many(5, error()).await;
    alarm.pass(90).await;
    let first = alarm.open_incident().await.unwrap();
    let closed = incidents::close(app, &scope, &first, Some("We know.")).await.unwrap();
    assert_eq!(
        (closed.status, closed.method),
        (IncidentStatus::Closed, StatusMethod::Manual)
    );
    let said = incidents::activities(app, &closed).await.unwrap().remove(0);
    assert_eq!(
        (said.comment.as_deref(), said.user),
        (Some("We know."), scope.actor.user_id())
    );
    assert!(
        incidents::close(app, &scope, &first, None).await.is_ok(),
        "again changes nothing"
    );

    // It still holds, so after ten minutes there is another one.
    alarm.pass(300).await;
    assert_eq!(alarm.open_incident().await, None);
    alarm.pass(400).await;
    let second = alarm.open_incident().await.unwrap();

    // Another name closes nothing, another threshold does.
    let renamed = json!({"name": "Another name", "triggers": many["triggers"], "timeWindow": 60});
    metric_alerts::update(app, &scope, id, None, alarm.draft(renamed))
        .await
        .unwrap();
    assert_eq!(alarm.open_incident().await.unwrap().id, second.id);
    let changed = json!({"triggers": [{"label": "critical", "alertThreshold": 3}], "timeWindow": 60});
    metric_alerts::update(app, &scope, id, None, alarm.draft(changed))
        .await
        .unwrap();
    assert_eq!(alarm.open_incident().await, None);
    assert_eq!(alarm.incidents().await[1].method, StatusMethod::RuleUpdated);

    alarm.pass(120).await;
    let third = alarm.open_incident().await.unwrap();
    metric_alerts::delete(app, &scope, id).await.unwrap();
    let incident = incidents::get(app, &scope, third.identifier).await.unwrap();
    assert_eq!(
        (incident.status, incident.method),
        (IncidentStatus::Closed, StatusMethod::RuleUpdated)
    );
    alarm.pass(120).await;
    assert_eq!(alarm.open_incident().await, None);
}

#[tokio::test]
async fn missing_minutes_neither_open_nor_close() {
    let url = testkit::TestDatabase::sqlite();
    let alarm = Alarm::new(url.url()).await;
    // The server was down for 20 minutes.
    let mut tx = alarm.installation.app.store.begin().await.unwrap();
    let before = alarm.installation.app.now() - std::time::Duration::from_secs(1_200);
    store::metric_alerts::set_watched_until(&mut tx, before).await.unwrap();
    tx.commit().await.unwrap();
    let few = alarm
        .metric(
            json!({"name": "Few", "thresholdType": 1, "timeWindow": 10, "triggers": [
            {"label": "critical", "alertThreshold": 3}]}),
        )
        .await;
    let share = alarm
        .metric(json!({"name": "Change", "comparisonDelta": 15, "triggers": [
            {"label": "critical", "alertThreshold": 3}]}))
        .await;
    let many = alarm.metric(json!({"name": "Many", "timeWindow": 10})).await;
    alarm.receive_many(60, error()).await;
    alarm.pass(120).await;
    let names = |incidents: Vec<Incident>| -> Vec<String> { incidents.into_iter().map(|of| of.title).collect() };
    // What is more than enough already is sure.
    assert_eq!(names(alarm.incidents().await), ["Many"]);
    assert_eq!(
        alarm.problem(share).await,
        (None, "there was nothing to compare".to_owned())
    );
    assert_eq!(alarm.problem(many).await.0, Some(60.0));
    alarm.pass(9 * 60).await;
    assert_eq!(
        names(alarm.incidents().await),
        ["Many"],
        "the window still reaches into the gap"
    );
    alarm.pass(4 * 60).await;
    assert_eq!(names(alarm.incidents().await), ["Many", "Few"]);
    assert_eq!(alarm.problem(few).await.0, Some(0.0));
}

#[tokio::test]
async fn events_count_by_issue_status_type_environment_and_receipt() {
    let url = testkit::TestDatabase::sqlite();
    let alarm = Alarm::new(url.url()).await;
    let (app, scope) = (&alarm.installation.app, alarm.installation.organization());
    let measured = |more: Value| alarm.metric(more);
    let low = json!([{"label": "critical", "alertThreshold": 100_000}]);
    let of = |more: Value| {
        let mut fields = json!({"timeWindow": 60, "triggers": low, "query": ""});
        fields
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        fields
    };
    let unresolved = measured(of(json!({"query": "is:unresolved"}))).await;
    let archived = measured(of(json!({"query": "is:archived"}))).await;
    let all = measured(of(json!({}))).await;
    let messages = measured(of(json!({"eventTypes": ["default", "error"]}))).await;
    let production = measured(of(json!({"environment": "production"}))).await;
    let users = measured(of(json!({"aggregate": "count_unique(tags[sentry:user])"}))).await;
    let bad = measured(of(json!({"aggregate": "avg(measurements.lcp)"}))).await;

    let other = json!({"message": "other", "fingerprint": ["two"], "environment": "production", "user": {"id": "7"},
        "exception": {"values": [{"type": "F", "value": "y"}]}});
    let ids = alarm.receive(&[error(), error(), other.clone(), other]).await;
    let message = json!({"message": "hello", "level": "info"});
    alarm.receive(&[message]).await;
    // What happened two hours before it came is of this window, too.
    let mut late = error();
    late["timestamp"] = json!(alarm.installation.app.now().seconds() - 7_200);
    alarm.receive(&[late]).await;
    let archive = IssueChange {
        status: Some(NewStatus::Archived(ArchivedUntil::Forever)),
        ..IssueChange::default()
    };
    let other = services::issues::find_all(app, &scope, &[ids[2].1.unwrap()])
        .await
        .unwrap();
    services::issues::update(app, &scope, &other, archive).await.unwrap();
    alarm.pass(90).await;
    for (id, expected) in [
        (unresolved, Some(3.0)),
        (archived, Some(2.0)),
        (all, Some(5.0)),
        (messages, Some(6.0)),
        (production, Some(2.0)),
        (users, Some(1.0)),
        (bad, None),
    ] {
        let (value, problem) = alarm.problem(id).await;
        assert_eq!(
            (value, problem.is_empty()),
            (expected, expected.is_some()),
            "{id} {problem}"
        );
    }
}

#[tokio::test]
async fn crash_free_rates_are_measured_from_sessions() {
    let url = testkit::TestDatabase::sqlite();
    let alarm = Alarm::new(url.url()).await;
    let app = &alarm.installation.app;
    let crash_free = |what: &str| {
        json!({"dataset": "metrics", "eventTypes": null, "query": "release:shop@*", "timeWindow": 30, "thresholdType": 1,
            "aggregate": format!("percentage({what}_crashed, {what}) AS _crash_rate_alert_aggregate"),
            "triggers": [{"label": "critical", "alertThreshold": 90}]})
    };
    let sessions = alarm.metric(crash_free("sessions")).await;
    let users = alarm.metric(crash_free("users")).await;
    alarm.pass(90).await;
    assert_eq!(
        alarm.problem(sessions).await.0,
        None,
        "without sessions there is no rate"
    );
    let store_sessions = async |release: &str, counts: Value| {
        let payload = json!({"aggregates": [counts], "attrs": {"release": release}});
        let prepared = stored_items::prepare(app, Bytes::from(payload.to_string()))
            .await
            .unwrap();
        let new = NewStoredItem {
            organization: alarm.installation.scope.organization.id,
            project: alarm.installation.scope.project.id,
            kind: StoredItemKind::Sessions,
            key: String::new(),
            part: String::new(),
            position: 0,
            event_id: None,
            timestamp: app.now(),
            received_at: app.now(),
            release: Some(release.to_owned()),
            environment: None,
        };
        let mut tx = app.store.begin().await.unwrap();
        stored_items::create(app, &mut tx, &new, &prepared).await.unwrap();
        tx.commit().await.unwrap();
    };
    let started = app.now().to_string();
    store_sessions(
        "shop@1.0",
        json!({"started": started, "did": "1", "exited": 7, "crashed": 1}),
    )
    .await;
    store_sessions("shop@2.0", json!({"started": started, "did": "2", "exited": 1})).await;
    store_sessions("other@1.0", json!({"started": started, "did": "3", "crashed": 100})).await;
    alarm.pass(75).await;
    assert_eq!(alarm.problem(sessions).await.0, Some(88.889));
    assert_eq!(alarm.problem(users).await.0, Some(50.0));
    assert_eq!(alarm.incidents().await.len(), 2);
    // When the window has none any more, nothing is known, so nothing changes.
    alarm.pass(32 * 60).await;
    assert!(
        alarm
            .incidents()
            .await
            .iter()
            .all(|incident| incident.closed_at.is_none())
    );
}

#[tokio::test]
async fn each_minute_is_evaluated_once_and_what_was_missed_is_made_up_for() {
    let url = testkit::TestDatabase::sqlite();
    let alarm = Alarm::new(url.url()).await;
    let id = alarm
        .metric(
            json!({"timeWindow": 1, "thresholdPeriod": 3, "triggers": [{"label": "critical", "alertThreshold": 0}]}),
        )
        .await;
    alarm.settle().await;
    // Nobody evaluates for four minutes, in three of which there were errors.
    for _ in 0..3 {
        alarm.receive_many(1, error()).await;
        alarm.advance(60);
    }
    alarm.advance(75);
    alarm.settle().await;
    let all = alarm.incidents().await;
    assert_eq!(all.len(), 1);
    assert_eq!(alarm.statuses(&all[0]).await, [(IncidentStatus::Critical, Some(1.0))]);

    // Two that read the same state: the second writes nothing.
    let app = &alarm.installation.app;
    let scope = alarm.installation.organization();
    let alert = metric_alerts::get(app, &scope, id).await.unwrap().stored;
    let mut progress = alert.progress.clone();
    progress.evaluated_until = progress.evaluated_until + std::time::Duration::from_secs(60);
    let mut tx = app.store.begin().await.unwrap();
    assert!(
        store::metric_alerts::set_progress(&mut tx, &alert, &progress)
            .await
            .unwrap()
    );
    assert!(
        !store::metric_alerts::set_progress(&mut tx, &alert, &progress)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_snoozed_rule_tells_nobody_and_says_so() {
    let url = testkit::TestDatabase::sqlite();
    let alarm = Alarm::new(url.url()).await;
    let (app, scope) = (&alarm.installation.app, alarm.installation.organization());
    let id = alarm.metric(json!({"name": "all"})).await;
    let own = alarm.metric(json!({"name": "mine"})).await;
    let until = app.now() + std::time::Duration::from_secs(3_600);
    metric_alerts::snooze(app, &scope, id, SnoozeFor::Everybody, Some(until))
        .await
        .unwrap();
    metric_alerts::snooze(app, &scope, own, SnoozeFor::Me, None)
        .await
        .unwrap();
    alarm.receive_many(50, error()).await;
    alarm.pass(90).await;
    assert_eq!((alarm.incidents().await.len(), alarm.mails.sent().len()), (2, 0));
    let told = alarm.told().await;
    assert_eq!(
        told.iter().map(|of| of.cause["snoozed"].clone()).collect::<Vec<_>>(),
        [json!(true), json!(false)]
    );
    metric_alerts::end_snooze(app, &scope, own, SnoozeFor::Me)
        .await
        .unwrap();
    alarm.pass(420).await;
    assert_eq!(
        alarm.mails.sent().len(),
        1,
        "the end of the one that is snoozed no longer"
    );
}

#[tokio::test]
async fn followers_are_told_and_comments_are_their_writers() {
    let url = testkit::TestDatabase::sqlite();
    let alarm = Alarm::new(url.url()).await;
    let (app, scope) = (&alarm.installation.app, alarm.installation.organization());
    alarm
        .metric(json!({"triggers": [{"label": "critical", "alertThreshold": 1}]}))
        .await;
    alarm.receive_many(2, error()).await;
    alarm.pass(90).await;
    let incident = alarm.open_incident().await.unwrap();
    assert_eq!(alarm.mails.sent().len(), 0, "no action, nobody follows");
    let comment = incidents::comment(app, &scope, &incident, " It is us. ").await.unwrap();
    assert_eq!(comment.comment.as_deref(), Some("It is us."));
    assert_eq!(
        incidents::subscribers(app, &incident).await.unwrap(),
        [scope.actor.user_id().unwrap()]
    );
    assert!(incidents::comment(app, &scope, &incident, "  ").await.is_err());
    incidents::change_comment(app, &scope, &incident, comment.id, "It was us.")
        .await
        .unwrap();
    alarm.pass(420).await;
    assert_eq!(alarm.mails.sent().len(), 1);
    incidents::remove_comment(app, &scope, &incident, comment.id)
        .await
        .unwrap();
    let kinds: Vec<_> = incidents::activities(app, &incident)
        .await
        .unwrap()
        .iter()
        .map(|of| of.kind)
        .collect();
    assert!(!kinds.contains(&ActivityKind::Comment));
}

#[tokio::test]
async fn rules_that_ask_for_what_is_not_there_are_refused() {
    let url = testkit::TestDatabase::sqlite();
    let alarm = Alarm::new(url.url()).await;
    let (app, scope) = (&alarm.installation.app, alarm.installation.organization());
    let check = async |draft: Draft, field: &str| {
        let refused = metric_alerts::create(app, &scope, draft).await;
        let Err(ChangeError::Invalid(problems)) = refused else {
            panic!("{field}: {refused:?}");
        };
        assert_eq!(
            problems.iter().map(|problem| problem.field).collect::<Vec<_>>(),
            [field]
        );
    };
    check(alarm.draft(json!({"aggregate": "cont()"})), "aggregate").await;
    check(alarm.draft(json!({"aggregate": "last_seen()"})), "aggregate").await;
    check(alarm.draft(json!({"aggregate": "title"})), "aggregate").await;
    check(alarm.draft(json!({"query": "level:"})), "query").await;
    check(alarm.draft(json!({"query": "is:new"})), "query").await;
    check(alarm.draft(json!({"query": "count():>5"})), "query").await;
    let trigger =
        |action: Value| json!({"triggers": [{"label": "critical", "alertThreshold": 1, "actions": [action]}]});
    for action in [
        json!({"type": "email", "targetType": "user", "targetIdentifier": "999"}),
        json!({"type": "email", "targetType": "team", "targetIdentifier": "x"}),
        json!({"type": "email", "targetType": "specific", "targetIdentifier": "nobody"}),
        json!({"type": "webhook", "targetType": "specific", "targetIdentifier": "ftp://x"}),
    ] {
        check(alarm.draft(trigger(action)), "triggers").await;
    }
    let request = services::setup::SetupRequest {
        organization: "globex".to_owned(),
        project: "depot".to_owned(),
        email: "b@example.com".to_owned(),
        password: "secret123".to_owned(),
        platform: None,
        project_id: None,
        public_key: None,
    };
    let other = services::setup::run(app, &request).await.unwrap();
    let elsewhere = Draft {
        projects: vec![other.project_id],
        ..alarm.draft(json!({}))
    };
    check(elsewhere, "projects").await;
    let nowhere = Draft {
        projects: vec![::model::ProjectId(1)],
        ..alarm.draft(json!({}))
    };
    check(nowhere, "projects").await;
    let ownerless = Draft {
        owner: Some("team:1".parse().unwrap()),
        ..alarm.draft(json!({}))
    };
    check(ownerless, "owner").await;
}
