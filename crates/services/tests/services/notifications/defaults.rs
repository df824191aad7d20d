//! The rules that a project begins with, from its first event to everybody whom they name.

use ::model::{Assignee, EventId, IssueId, UserId};
use protocol::event::Event;
use serde_json::{Map, Value, json};
use services::{
    Scope as Permission,
    access::{self, ProjectScope},
    alert_rules::{self, DefaultRules},
    events::{self, Saved, TraceOrigin},
    metric_alerts, project_config,
    projects::{self, ProjectChange},
    teams,
};

use super::{Crowd, MAIL, NEW_ISSUE};

const LIST: &str = "alerts@acme.example";

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// As the guide has them: a new issue, error or fatal; assigned to its owner, told by chat and mail, paged if critical.
fn of_issues() -> Value {
    json!({
        "name": "Default issue alert",
        "actionMatch": "any",
        "filterMatch": "all",
        "frequency": 30,
        "conditions": [{ "id": NEW_ISSUE }],
        "filters": [{ "id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40" }],
        "actions": [
            { "id": "tocsin.rules.actions.assign.AssignAction", "targetType": "IssueOwners" },
            {
                "id": "sentry.integrations.slack.notify_action.SlackNotifyServiceAction",
                "workspace": "1", "channel": "#alerts",
            },
            { "id": MAIL, "targetType": "Address", "targetIdentifier": LIST },
            {
                "id": "sentry.integrations.pagerduty.notify_action.PagerDutyNotifyServiceAction",
                "account": "4", "service": "8", "severity": "critical", "onlyIf": "critical",
            },
        ],
    })
}

fn of_numbers() -> Value {
    json!({
        "name": "Error rate", "aggregate": "count()", "dataset": "events", "query": "", "timeWindow": 5,
        "thresholdType": 0, "triggers": [{
            "label": "critical", "alertThreshold": 50,
            "actions": [{ "type": "webhook", "targetType": "specific", "targetIdentifier": "https://hooks.example/x" }],
        }],
    })
}

/// An event of an area of the code, sent to a project.
async fn send(crowd: &Crowd, scope: &ProjectScope, level: &str, area: &str) -> IssueId {
    let app = &crowd.installation.app;
    let event = json!({
        "message": format!("{level} in {area}"), "fingerprint": [level, area], "level": level, "tags": { "area": area },
    });
    let event = Event::from_slice(event.to_string().as_bytes()).unwrap();
    let config = project_config::get(app, scope.organization.id, scope.project.id)
        .await
        .unwrap()
        .unwrap();
    let context = normalize::Context::new(app.now(), EventId::random());
    let new = events::process(event, &context, TraceOrigin::default(), &config).unwrap();
    let saved = events::record(app, vec![new.into()]).await.unwrap();
    crowd.settle().await;
    Saved::issue(saved.into_iter().next().unwrap()).unwrap()
}

async fn assignee(crowd: &Crowd, issue: IssueId) -> Option<Assignee> {
    let mut db = crowd.installation.app.store.read().await.unwrap();
    let organization = crowd.installation.scope.organization.id;
    let found = store::issues::find(&mut db, organization, issue).await.unwrap();
    found.unwrap().assignee
}

/// A project that was made from the default set, with code that belongs to somebody.
async fn project(crowd: &Crowd, owner: UserId) -> ProjectScope {
    let app = &crowd.installation.app;
    let organization = crowd.installation.organization();
    let set = DefaultRules {
        issue_rules: vec![object(of_issues())],
        metric_rules: vec![object(of_numbers())],
    };
    alert_rules::set_default_rules(app, &organization, &set).await.unwrap();
    let team = teams::get(app, &organization, &crowd.team().await.to_string())
        .await
        .unwrap();
    let change = ProjectChange {
        name: Some("Shop"),
        ..ProjectChange::default()
    };
    projects::create(app, &organization, Some(&team), &change)
        .await
        .unwrap();
    let actor = &crowd.installation.scope.actor;
    let scope = access::project(app, actor, "acme", "shop", Permission::EventRead)
        .await
        .unwrap();
    let ownership = triage::ownership::Settings {
        raw: "tags.area:pay ada@example.com".to_owned(),
        auto_assignment: triage::ownership::AutoAssignment::Off,
        ..triage::ownership::Settings::default()
    };
    services::ownership::set(app, &scope, ownership).await.unwrap();
    assert_ne!(owner, crowd.owner());
    scope
}

#[tokio::test]
async fn ntf5_a_fatal_of_a_project_from_the_default_set_is_assigned_posted_mailed_and_paged_and_an_error_is_not_paged()
{
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let ada = crowd.member("ada").await;
        crowd.confirmed_address(LIST).await;
        let scope = project(&crowd, ada).await;
        let app = &crowd.installation.app;
        let rules = alert_rules::list(app, &scope).await.unwrap();
        assert_eq!(rules.len(), 1);
        let numbers = metric_alerts::list(app, &crowd.installation.organization(), &[scope.project.id])
            .await
            .unwrap();
        assert_eq!(numbers.len(), 1);
        assert_eq!(numbers[0].rule.name, "Error rate");

        let fatal = send(&crowd, &scope, "fatal", "pay").await;
        assert_eq!(assignee(&crowd, fatal).await, Some(Assignee::User(ada)));
        assert_eq!(crowd.mailed_to(), [LIST]);
        assert_eq!((crowd.posted(), crowd.paged()), (1, 1));

        let error = send(&crowd, &scope, "error", "pay").await;
        assert_eq!(assignee(&crowd, error).await, Some(Assignee::User(ada)));
        assert_eq!((crowd.posted(), crowd.paged()), (1, 0), "an error is no incident");
        crowd.wait(2_000).await;
        assert_eq!(crowd.mailed_to(), [LIST]);

        // Less than an error is nothing, and what nobody owns is nobody's.
        let warning = send(&crowd, &scope, "warning", "pay").await;
        assert_eq!(assignee(&crowd, warning).await, None);
        assert_eq!((crowd.posted(), crowd.paged()), (0, 0));
        let stray = send(&crowd, &scope, "fatal", "search").await;
        assert_eq!(assignee(&crowd, stray).await, None);
        assert_eq!((crowd.posted(), crowd.paged()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn ntf5_the_assign_action_leaves_alone_what_somebody_decided_on() {
    testkit::on_every_database(async |url| {
        let crowd = Crowd::new(url).await;
        let (ada, bob) = (crowd.member("ada").await, crowd.member("bob").await);
        let assign = |user: UserId| json!({ "id": "tocsin.rules.actions.assign.AssignAction", "targetType": "Member", "targetIdentifier": user.to_string() });
        crowd.rule(&[assign(ada)]).await;
        crowd.rule(&[assign(bob)]).await;
        let issue = crowd.new_issue().await;
        assert_eq!(assignee(&crowd, issue).await, Some(Assignee::User(ada)), "the first rule has it");
        let app = &crowd.installation.app;
        let mut db = app.store.read().await.unwrap();
        let activities = store::issues::activities(&mut db, crowd.project(), issue, &[], None, 10)
            .await
            .unwrap();
        drop(db);
        assert_eq!(activities.len(), 1, "{activities:#?}");
        assert_eq!(activities[0].data["integration"], "alertRule");
        assert_eq!(activities[0].data["assigneeEmail"], "ada@example.com");
        // She is told of what is hers now, as of any assignment.
        assert_eq!(crowd.mailed_to(), ["ada@example.com"]);
    })
    .await;
}
