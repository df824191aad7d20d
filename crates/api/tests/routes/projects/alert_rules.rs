use std::time::Duration;

use model::{OrganizationRole, Timestamp};
use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

const RULES: &str = "/api/0/projects/acme/shop/rules/";
const SHOP: &str = "/api/0/projects/acme/shop";
const ACME: &str = "/api/0/organizations/acme";

const FREQUENCY: &str = "sentry.rules.conditions.event_frequency.EventFrequencyCondition";
const FIRST_SEEN: &str = "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition";
const MAIL: &str = "sentry.mail.actions.NotifyEmailAction";

/// The guide's rule: 20 events in 5 minutes, error or fatal, production, to an address, every 5 minutes.
fn high_priority() -> Value {
    json!({
        "name": "[Production] High Priority Issue - Email Alert",
        "actionMatch": "all",
        "filterMatch": "all",
        "frequency": 5,
        "environment": "production",
        "conditions": [{"id": FREQUENCY, "value": 20, "operator": "gte", "interval": "5m"}],
        "filters": [{"id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40"}],
        "actions": [{"id": MAIL, "targetType": "Address", "targetIdentifier": "platform-team@example.com"}],
    })
}

fn named(name: &str, value: u32) -> Value {
    let mut rule = high_priority();
    rule["name"] = json!(name);
    rule["conditions"][0]["value"] = json!(value);
    rule
}

fn at_path(rule: &Value, path: &str) -> String {
    format!("{RULES}{}/{path}", rule["id"].as_str().unwrap())
}

#[tokio::test]
async fn alr1_a_rule_is_made_shown_changed_and_deleted() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let created = client.post(RULES, high_priority()).await.assert(201);
        let rule = created.body.clone();
        assert_eq!(rule["actionMatch"], "all");
        assert_eq!(
            (&rule["environment"], &rule["frequency"]),
            (&json!("production"), &json!(5))
        );
        assert_eq!(
            (&rule["status"], &rule["projects"]),
            (&json!("active"), &json!(["shop"]))
        );
        assert_eq!(
            (&rule["snooze"], &rule["lastTriggered"], &rule["owner"]),
            (&json!(false), &json!(null), &json!(null))
        );
        assert_eq!(rule["createdBy"]["email"], "owner@example.com");
        assert_eq!(rule["dateCreated"], NOW.to_string());
        assert_eq!(
            rule["conditions"][0]["name"],
            "The issue is seen at least 20 times in 5 minutes"
        );
        assert_eq!(rule["actions"][0]["name"], "Send a mail to platform-team@example.com");
        assert_eq!(rule["actions"][0]["uuid"].as_str().unwrap().len(), 36);
        assert_eq!(client.get(&at_path(&rule, "")).await.ok().body, rule);
        // The other is what every project begins with.
        assert_eq!(client.get(RULES).await.ok().body.as_array().unwrap().len(), 2);

        let team = client.get(&format!("{SHOP}/teams/")).await.ok().text("/0/id");
        let change = json!({ "name": "Other", "owner": format!("team:{team}"), "frequency": 60 });
        let changed = client.put(&at_path(&rule, ""), change).await.ok().body;
        assert_eq!((&changed["name"], &changed["frequency"]), (&json!("Other"), &json!(60)));
        assert_eq!(changed["owner"], format!("team:{team}"));
        assert_eq!(changed["conditions"], rule["conditions"]);
        assert_eq!(
            changed["actions"][0]["uuid"], rule["actions"][0]["uuid"],
            "an action keeps its id"
        );
        let off = client
            .put(&at_path(&rule, ""), json!({ "status": "disabled" }))
            .await
            .ok();
        assert_eq!(off.at("/status"), "disabled");
        client.put(&at_path(&rule, "enable/"), json!({})).await.assert(202);
        client.put(&at_path(&rule, "enable/"), json!({})).await.assert(400);

        let changes = client.get(&at_path(&rule, "changes/")).await.ok();
        assert_eq!(
            changes.each("/event"),
            ["rule.enable", "rule.disable", "rule.edit", "rule.create"]
        );
        assert_eq!(changes.at("/2/data/before/frequency"), &json!(5));
        assert_eq!(changes.at("/2/data/after/frequency"), &json!(60));
        assert!(
            changes.at("/2/data/before").get("conditions").is_none(),
            "only what differs"
        );

        client.delete(&at_path(&rule, "")).await.assert(202);
        client.get(&at_path(&rule, "")).await.assert(404);
        client.delete(&at_path(&rule, "")).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn alr1_each_wrong_field_is_named() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let check = async |field: &str, value: Value| {
            let mut rule = high_priority();
            rule[field] = value;
            let refused = client.post(RULES, rule.clone()).await.assert(400);
            assert!(refused.body[field].is_array(), "{field}: {} for {rule}", refused.body);
        };
        check("name", json!("")).await;
        check("name", json!("n".repeat(257))).await;
        check("actionMatch", json!("some")).await;
        check("filterMatch", json!(null)).await;
        check("frequency", json!(4)).await;
        check("frequency", json!(43_201)).await;
        check("actions", json!([])).await;
        check("actions", json!("x")).await;
        check("actions", json!([{"id": "nonsense"}])).await;
        check(
            "actions",
            json!([{"id": MAIL, "targetType": "Team", "targetIdentifier": "4711"}]),
        )
        .await;
        check(
            "actions",
            json!([{"id": MAIL, "targetType": "Member", "targetIdentifier": 4711}]),
        )
        .await;
        // Nothing of that kind is set up.
        let slack = "sentry.integrations.slack.notify_action.SlackNotifyServiceAction";
        check("actions", json!([{"id": slack, "workspace": "1", "channel": "#a"}])).await;
        check("conditions", json!([{"id": FREQUENCY, "value": 0, "interval": "5m"}])).await;
        check("conditions", json!([{"id": FREQUENCY, "value": 1, "interval": "7m"}])).await;
        check("filters", json!([{"id": FIRST_SEEN}])).await;
        check("owner", json!("group:1")).await;
        check("owner", json!("team:4711")).await;
        check("status", json!("asleep")).await;
        let all = client.post(RULES, json!({})).await.assert(400);
        assert!(
            all.body["name"].is_array() && all.body["actions"].is_array(),
            "{}",
            all.body
        );
    })
    .await;
}

#[tokio::test]
async fn alr1_a_rule_that_does_the_same_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let first = client.post(RULES, high_priority()).await.assert(201).body;
        let mut same = high_priority();
        same["name"] = json!("By another name");
        let refused = client.post(RULES, same.clone()).await.assert(400);
        assert!(
            refused.text("/name/0").contains("High Priority Issue"),
            "{}",
            refused.body
        );
        assert_eq!(refused.body["ruleId"], json!([first["id"]]));
        same["frequency"] = json!(10);
        let second = client.post(RULES, same).await.assert(201).body;
        // Neither can one become the same as another.
        client
            .put(&at_path(&second, ""), json!({ "frequency": 5 }))
            .await
            .assert(400);
        client.put(&at_path(&first, ""), json!({ "frequency": 5 })).await.ok();
        // Another project is another matter.
        api.add_project("depot").await;
        client
            .post("/api/0/projects/acme/depot/rules/", high_priority())
            .await
            .assert(201);
        // Once it is gone it can be made again.
        client.delete(&at_path(&first, "")).await.assert(202);
        client.post(RULES, high_priority()).await.assert(201);
    })
    .await;
}

#[tokio::test]
async fn alr1_a_project_has_at_most_a_hundred_slow_rules() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for number in 1..=100 {
            client.post(RULES, named("slow", number)).await.assert(201);
        }
        let refused = client.post(RULES, named("slow", 101)).await.assert(400);
        assert!(refused.text("/conditions/0").contains("100"), "{}", refused.body);
        let mut fast = high_priority();
        fast["conditions"] = json!([{"id": FIRST_SEEN}]);
        let fast = client.post(RULES, fast).await.assert(201).body;
        // Nor does one become slow that was fast.
        let slow = json!({ "conditions": named("", 101)["conditions"] });
        client.put(&at_path(&fast, ""), slow).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn alr1_a_rule_is_snoozed_for_oneself_or_for_everybody() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let member = api.member("member", OrganizationRole::Member).await;
        client
            .put(&format!("{ACME}/"), json!({ "alertsMemberWrite": false }))
            .await
            .ok();
        let rule = client.post(RULES, high_priority()).await.assert(201).body;
        let snooze = at_path(&rule, "snooze/");
        let snoozed = async |who: &crate::api::Client| {
            let shown = who.get(&at_path(&rule, "")).await.ok();
            (shown.at("/snooze").clone(), shown.at("/snoozeForEveryone").clone())
        };
        let (yes, no) = (json!(true), json!(false));
        client.delete(&snooze).await.assert(404);
        client.post(&snooze, json!({ "target": "them" })).await.assert(400);
        client.post(&snooze, json!({})).await.assert(400);
        client
            .post(&snooze, json!({ "target": "me", "until": NOW.to_string() }))
            .await
            .assert(400);
        member.post(&snooze, json!({ "target": "everyone" })).await.assert(403);
        let own = member.post(&snooze, json!({ "target": "me" })).await.assert(201);
        assert!(own.at("/userId").is_i64() && own.at("/until").is_null(), "{}", own.body);
        assert_eq!(snoozed(&member).await, (yes.clone(), no.clone()));
        assert_eq!(snoozed(&client).await, (no.clone(), no.clone()));

        let until = NOW + Duration::from_secs(3_600);
        let all = client
            .post(&snooze, json!({ "target": "everyone", "until": until.to_string() }))
            .await
            .assert(201);
        assert_eq!(
            (all.at("/userId"), all.text("/until")),
            (&json!("everyone"), until.to_string())
        );
        assert_eq!(snoozed(&client).await, (yes.clone(), yes.clone()));
        api.clock.set(until);
        assert_eq!(snoozed(&client).await, (no.clone(), no.clone()), "it is over");
        assert_eq!(snoozed(&member).await, (yes.clone(), no.clone()), "his own has no end");
        member.delete(&snooze).await.assert(204);
        assert_eq!(snoozed(&member).await, (no.clone(), no));
    })
    .await;
}

#[tokio::test]
async fn alr1_who_may_change_rules() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let member = api.member("member", OrganizationRole::Member).await;
        member.post(RULES, high_priority()).await.assert(201);
        client
            .put(&format!("{ACME}/"), json!({ "alertsMemberWrite": false }))
            .await
            .ok();
        member.post(RULES, named("other", 7)).await.assert(403);
        let rule = member.get(RULES).await.ok().body[1].clone();
        member.delete(&at_path(&rule, "")).await.assert(403);
        let narrow = api.client_for(&[Scope::AlertsRead]).await;
        narrow.get(&at_path(&rule, "")).await.ok();
        narrow
            .put(&at_path(&rule, ""), json!({ "name": "x" }))
            .await
            .assert(403);
        // A rule of another project is not there.
        api.add_project("depot").await;
        let id = rule["id"].as_str().unwrap();
        client
            .get(&format!("/api/0/projects/acme/depot/rules/{id}/"))
            .await
            .assert(404);
        api.stranger().await.get(&at_path(&rule, "")).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn alr1_a_rule_is_tried_on_what_came() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let mut unsaved = high_priority();
        unsaved.as_object_mut().unwrap().remove("name");
        unsaved.as_object_mut().unwrap().remove("actions");
        unsaved["environment"] = json!(null);
        let preview = format!("{RULES}preview/");
        let nothing = client.post(&preview, unsaved.clone()).await.ok();
        assert_eq!((nothing.header("x-fired"), &nothing.body), (Some("0"), &json!([])));
        let error = |name: &str| {
            let mut event = message(name, NOW);
            event["level"] = json!("error");
            event
        };
        let mut often = None;
        for _ in 0..20 {
            often = Some(api.save(error("often")).await.0);
        }
        for _ in 0..19 {
            api.save(error("nearly")).await;
        }
        let tried = client.post(&preview, unsaved.clone()).await.ok();
        assert_eq!(tried.each("/id"), [often.unwrap().to_string()]);
        assert_eq!(
            (tried.header("x-fired"), tried.header("x-events")),
            (Some("1"), Some("39"))
        );
        assert_eq!(tried.at("/0/lastTriggered"), &json!(NOW));
        // Strictly greater is what Sentry's comparison means.
        unsaved["conditions"][0].as_object_mut().unwrap().remove("operator");
        let strict = client.post(&preview, unsaved.clone()).await.ok();
        assert_eq!(strict.header("x-fired"), Some("0"));
        unsaved["conditions"] = json!([{"id": FIRST_SEEN}]);
        let new = client.post(&preview, unsaved.clone()).await.ok();
        assert_eq!((new.header("x-fired"), new.header("x-hits")), (Some("2"), Some("2")));
        unsaved["filters"][0]["level"] = json!("50");
        assert_eq!(
            client.post(&preview, unsaved.clone()).await.ok().header("x-fired"),
            Some("0")
        );
        unsaved["conditions"] = json!([{"id": "x"}]);
        client.post(&preview, unsaved).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn alr1_forms_know_what_rules_are_made_of() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let offered = api.client().get(&format!("{RULES}configuration/")).await.ok();
        let has = |list: &str, id: &str| offered.body[list].as_array().unwrap().iter().any(|one| one["id"] == id);
        assert!(has("conditions", FREQUENCY) && has("conditions", FIRST_SEEN) && has("actions", MAIL));
        assert!(has("filters", "sentry.rules.filters.level.LevelFilter"));
        assert!(!has(
            "actions",
            "sentry.integrations.slack.notify_action.SlackNotifyServiceAction"
        ));
    })
    .await;
}

#[tokio::test]
async fn alr1_maintenance_is_planned_and_taken_back() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let path = format!("{SHOP}/maintenance-windows/");
        let later = |hours: u64| (NOW + Duration::from_secs(3_600 * hours)).to_string();
        for wrong in [
            json!({}),
            json!({ "end": "soon" }),
            json!({ "start": "x", "end": later(1) }),
            json!({ "start": later(2), "end": later(1) }),
            json!({ "end": Timestamp(0).to_string() }),
            json!({ "end": later(31 * 24) }),
            json!({ "end": later(1), "reason": "r".repeat(501) }),
        ] {
            client.post(&path, wrong).await.assert(400);
        }
        let window = json!({ "start": later(1), "end": later(2), "reason": "Moving the database" });
        let planned = client.post(&path, window).await.assert(201);
        let config = async || {
            let (organization, project) = {
                let scope = api.project_scope().await;
                (scope.organization.id, scope.project.id)
            };
            let config = services::project_config::get(&api.app, organization, project).await;
            config.unwrap().unwrap()
        };
        let at = |minutes: u64| NOW + Duration::from_secs(60 * minutes);
        let known = config().await;
        let held: Vec<bool> = [59, 60, 119, 120]
            .map(|minute| known.alerts.window(at(minute)).is_some())
            .into();
        assert_eq!(held, [false, true, true, false]);
        assert_eq!(client.get(&path).await.ok().each("/reason"), ["Moving the database"]);
        let own = format!("{path}{}/", planned.text("/id"));
        client.delete(&own).await.assert(204);
        client.delete(&own).await.assert(404);
        assert!(config().await.alerts.windows.is_empty());
    })
    .await;
}

#[tokio::test]
async fn alr1_what_holds_for_events_follows_at_once() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let active = async || {
            let scope = api.project_scope().await;
            let config = services::project_config::get(&api.app, scope.organization.id, scope.project.id).await;
            let alerts = &config.unwrap().unwrap().alerts;
            let rules = alerts.rules.iter();
            let state = rules.map(|rule| {
                (
                    rule.compiled.rule().name.clone(),
                    alerts.silence(rule, api.app.now()).is_some(),
                )
            });
            state.collect::<Vec<_>>()
        };
        assert_eq!(active().await.len(), 1);
        let rule = client.post(RULES, named("mine", 3)).await.assert(201).body;
        assert_eq!(active().await[1], ("mine".to_owned(), false));
        client
            .post(&at_path(&rule, "snooze/"), json!({ "target": "everyone" }))
            .await
            .assert(201);
        assert_eq!(active().await[1], ("mine".to_owned(), true));
        client.delete(&at_path(&rule, "snooze/")).await.assert(204);
        client.put(&at_path(&rule, ""), json!({ "name": "yours" })).await.ok();
        assert_eq!(active().await[1], ("yours".to_owned(), false));
        client
            .put(&at_path(&rule, ""), json!({ "status": "disabled" }))
            .await
            .ok();
        assert_eq!(active().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn ntf5_projects_begin_with_the_set_of_their_organization() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        // The stock rule: high-priority issues by mail.
        let stock = client.get(RULES).await.ok();
        assert_eq!(stock.each("/name"), ["Send a notification for high priority issues"]);
        assert_eq!(stock.at("/0/createdBy"), &json!(null));
        let ids: Vec<&str> = stock.body[0]["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        assert!(ids[0].contains("new_high_priority") && ids[1].contains("existing_high_priority"));

        let path = format!("{ACME}/default-alert-rules/");
        let mut guide = high_priority();
        guide["name"] = json!("Default issue alert");
        guide["conditions"] = json!([{"id": FIRST_SEEN}]);
        guide["environment"] = json!(null);
        guide["actions"] = json!([
            {"id": "tocsin.rules.actions.assign.AssignAction", "targetType": "IssueOwners"},
            {"id": MAIL, "targetType": "Address", "targetIdentifier": "platform-team@example.com"},
            {"id": MAIL, "targetType": "Address", "targetIdentifier": "oncall@example.com", "onlyIf": "critical"},
        ]);
        let wrong = client
            .put(&path, json!({ "issueRules": [{"name": "x"}] }))
            .await
            .assert(400);
        assert!(wrong.body["issueRules.0.actions"].is_array(), "{}", wrong.body);
        let set = client.put(&path, json!({ "issueRules": [guide] })).await.ok();
        assert_eq!(set.body["metricRules"], json!([]));
        // It is copied, not linked.
        client
            .post(&format!("{ACME}/projects/"), json!({ "name": "Depot" }))
            .await
            .assert(201);
        let depot = "/api/0/projects/acme/depot/rules/";
        let begun = client.get(depot).await.ok();
        assert_eq!(begun.each("/name"), ["Default issue alert"]);
        assert_eq!(begun.at("/0/actions/2/onlyIf"), "critical");
        client.put(&path, json!({ "issueRules": [] })).await.ok();
        assert_eq!(client.get(depot).await.ok().each("/name"), ["Default issue alert"]);
        let none = json!({ "name": "Bare" });
        client.post(&format!("{ACME}/projects/"), none).await.assert(201);
        assert_eq!(
            client.get("/api/0/projects/acme/bare/rules/").await.ok().body,
            json!([])
        );
        // One that is there gets what it lacks, once.
        client.put(&path, json!({ "issueRules": [high_priority()] })).await.ok();
        let apply = "/api/0/projects/acme/bare/default-alert-rules/";
        let applied = client.post(apply, json!({})).await.ok().body;
        assert_eq!(applied, json!({ "added": 1, "known": 0 }));
        let again = client.post(apply, json!({})).await.ok().body;
        assert_eq!(again, json!({ "added": 0, "known": 1 }));
        // And who wants none gets none.
        let body = json!({ "name": "Quiet", "default_rules": false });
        client.post("/api/0/teams/acme/acme/projects/", body).await.assert(201);
        assert_eq!(
            client.get("/api/0/projects/acme/quiet/rules/").await.ok().body,
            json!([])
        );
        let member = api.member("member", OrganizationRole::Member).await;
        member.put(&path, json!({ "issueRules": [] })).await.assert(403);
    })
    .await;
}
