//! What people want to be told of: settings, rules, browsers, actions.

use model::OrganizationRole;
use serde_json::{Value, json};
use testkit::on_every_database;

use crate::api::Api;

const OPTIONS: &str = "/api/0/users/me/notification-options/";
const PROVIDERS: &str = "/api/0/users/me/notification-providers/";
const ACTIONS: &str = "/api/0/organizations/acme/notifications/actions/";

#[tokio::test]
async fn ntf1_answers_are_set_listed_and_taken_back() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let me = client.get("/api/0/users/me/").await.ok().text("/id");
        let project = client.get("/api/0/projects/acme/shop/").await.ok().text("/id");
        assert_eq!(client.get(OPTIONS).await.ok().body, json!([]));
        let set = client
            .put(
                OPTIONS,
                json!({"type": "alerts", "scopeType": "project", "scopeIdentifier": project, "value": "never"}),
            )
            .await
            .assert(201);
        let row = json!({
            "id": set.text("/id"), "scopeType": "project", "scopeIdentifier": project, "type": "alerts",
            "value": "never", "user_id": me, "team_id": null,
        });
        assert_eq!(set.body, row);
        // Once more is the same row.
        let again = client
            .put(
                OPTIONS,
                json!({"type": "alerts", "scopeType": "project", "scopeIdentifier": project, "value": "assigned_only"}),
            )
            .await
            .assert(201);
        assert_eq!(again.text("/id"), set.text("/id"));
        client
            .put(
                OPTIONS,
                json!({"type": "workflow", "scopeType": "user", "scopeIdentifier": me, "value": "always"}),
            )
            .await
            .assert(201);
        client
            .put(
                OPTIONS,
                json!({"type": "deploy", "scopeType": "organization", "scopeIdentifier": "acme", "value": "always"}),
            )
            .await
            .assert(201);
        assert_eq!(
            client.get(OPTIONS).await.ok().each("/value"),
            ["assigned_only", "always", "always"]
        );
        let alerts = client.get(&format!("{OPTIONS}?type=alerts")).await.ok();
        assert_eq!(alerts.each("/type"), ["alerts"]);
        client.get(&format!("{OPTIONS}?type=nonsense")).await.assert(400);

        let one = format!("{OPTIONS}{}/", set.text("/id"));
        client.delete(&one).await.assert(204);
        client.delete(&one).await.assert(404);
        let gone = client
            .put(
                OPTIONS,
                json!({"type": "workflow", "scopeType": "user", "scopeIdentifier": "me", "value": "default"}),
            )
            .await
            .assert(201);
        assert_eq!(gone.body, Value::Null);
        assert_eq!(client.get(OPTIONS).await.ok().each("/type"), ["deploy"]);
    })
    .await;
}

#[tokio::test]
async fn ntf1_what_cannot_be_taken_is_named() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for (body, field) in [
            (
                json!({"type": "fax", "scopeType": "user", "scopeIdentifier": "me", "value": "always"}),
                "type",
            ),
            (
                json!({"type": "alerts", "scopeType": "user", "scopeIdentifier": "me", "value": "committed_only"}),
                "value",
            ),
            (
                json!({"type": "alerts", "scopeType": "user", "scopeIdentifier": "me"}),
                "value",
            ),
            (
                json!({"type": "alerts", "scopeType": "user", "scopeIdentifier": "7", "value": "never"}),
                "scopeIdentifier",
            ),
            (
                json!({"type": "alerts", "scopeType": "galaxy", "scopeIdentifier": "1", "value": "never"}),
                "scopeIdentifier",
            ),
            (
                json!({"type": "alerts", "scopeType": "project", "scopeIdentifier": "99", "value": "never"}),
                "scopeIdentifier",
            ),
        ] {
            let refused = client.put(OPTIONS, body.clone()).await.assert(400);
            assert!(refused.body.get(field).is_some(), "{body}: {}", refused.body);
        }
        // Nobody says for others what they want to know, or what they do not belong to.
        client.get("/api/0/users/1/notification-options/").await.assert(404);
        let stranger = api.stranger().await;
        let project = client.get("/api/0/projects/acme/shop/").await.ok().text("/id");
        let foreign = json!({"type": "alerts", "scopeType": "project", "scopeIdentifier": project, "value": "never"});
        stranger.put(OPTIONS, foreign).await.assert(400);
        api.anonymous().get(OPTIONS).await.assert(401);
    })
    .await;
}

#[tokio::test]
async fn ntf1_providers_are_all_that_are_named_and_no_others() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let about = json!({"type": "alerts", "scopeType": "user", "scopeIdentifier": "me"});
        let with = |providers: Value| {
            let mut body = about.clone();
            body["providers"] = providers;
            body
        };
        let set = client
            .put(PROVIDERS, with(json!(["email", "browser"])))
            .await
            .assert(201);
        let rows: Vec<(String, String)> = set
            .body
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                (
                    row["provider"].as_str().unwrap().to_owned(),
                    row["value"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        let expected = [
            ("email", "always"),
            ("slack", "never"),
            ("msteams", "never"),
            ("discord", "never"),
            ("browser", "always"),
        ];
        assert_eq!(rows, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(client.get(PROVIDERS).await.ok().each("/provider").len(), 5);
        assert_eq!(client.get(OPTIONS).await.ok().body, json!([]), "they are no answers");
        client.put(PROVIDERS, with(json!(["fax"]))).await.assert(400);
        client.put(PROVIDERS, about.clone()).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn ntf1_the_older_form_says_the_same() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let details = "/api/0/users/me/notifications/";
        let before = json!({"personalActivityNotifications": false, "selfAssignOnResolve": false});
        assert_eq!(client.get(details).await.ok().body, before);
        let changed = client.put(details, json!({"selfAssignOnResolve": true})).await.ok();
        assert_eq!(changed.at("/selfAssignOnResolve"), &json!(true));
        client
            .put(details, json!({"selfAssignOnResolve": "perhaps"}))
            .await
            .assert(400);

        let project = client.get("/api/0/projects/acme/shop/").await.ok().text("/id");
        let alerts = format!("{details}alerts/");
        let mut values = json!({});
        values[&project] = json!("never");
        assert_eq!(client.put(&alerts, values.clone()).await.assert(201).body, values);
        assert_eq!(client.get(&alerts).await.ok().body, values);
        values[&project] = json!("default");
        assert_eq!(client.put(&alerts, values).await.assert(201).body, json!({}));
        client.put(&alerts, json!({"99": "never"})).await.assert(400);
        client.get(&format!("{details}fax/")).await.assert(404);

        // Mails go to confirmed addresses only.
        let email = format!("{details}email/");
        let mut to = json!({});
        to[&project] = json!("nobody@example.com");
        client.put(&email, to.clone()).await.assert(400);
        to[&project] = json!("owner@example.com");
        client.put(&email, to).await;
        client.get(&email).await.ok();
    })
    .await;
}

#[tokio::test]
async fn ntf2_toggles_caps_and_quiet_hours_are_changed_one_by_one() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let path = "/api/0/users/me/notification-preferences/";
        let before = client.get(path).await.ok();
        assert_eq!(before.at("/alerts"), &json!({"assigned": true, "watching": true, "myTeams": true, "all": false}));
        assert_eq!((before.at("/hourlyCap"), before.at("/quietHours")), (&json!(10), &Value::Null));
        let changed = client
            .put(
                path,
                json!({"workflow": {"comments": false}, "quietHours": {"from": "22:00", "to": "07:30"}, "hourlyCap": 20}),
            )
            .await
            .ok();
        let workflow = json!({"comments": false, "assigned": true, "statusChanges": true, "mentions": true});
        assert_eq!(changed.at("/workflow"), &workflow);
        assert_eq!(changed.at("/quietHours"), &json!({"from": "22:00", "to": "07:30", "weekends": false}));
        let ended = client.put(path, json!({"quietHours": null})).await.ok();
        assert_eq!((ended.at("/quietHours"), ended.at("/hourlyCap")), (&Value::Null, &json!(20)));
        for (body, field) in [
            (json!({"hourlyCap": 0}), "hourlyCap"),
            (json!({"hourlyCap": 1_001}), "hourlyCap"),
            (json!({"quietHours": {"from": "25:00", "to": "07:00"}}), "quietHours"),
            (json!({"quietHours": {"from": "07:00", "to": "07:00"}}), "quietHours"),
            (json!({"alerts": {"nonsense": true}}), "alerts"),
            (json!({"alerts": {"all": "yes"}}), "alerts"),
        ] {
            let refused = client.put(path, body.clone()).await.assert(400);
            assert!(refused.body.get(field).is_some(), "{body}: {}", refused.body);
        }
    })
    .await;
}

#[tokio::test]
async fn ntf3_and_ntf4_rules_of_users_and_teams_are_kept() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let own = "/api/0/projects/acme/shop/users/me/notification-rule/";
        client.get(own).await.assert(404);
        let rule = json!({
            "when": {"assigned": true, "mentioned": true, "status_changes": false, "new_high_priority": true},
            "by": {"email": true, "slack": true, "browser": false},
        });
        client.put(own, rule.clone()).await.ok();
        assert_eq!(client.get(own).await.ok().body, rule);
        let nowhere = json!({"by": {"email": false, "slack": false, "browser": false}});
        client.put(own, nowhere).await.assert(400);
        client.put(own, json!({"when": 7})).await.assert(400);
        client.delete(own).await.assert(204);
        client.delete(own).await.assert(404);

        let team = "/api/0/teams/acme/acme/notification-rule/";
        client.get(team).await.assert(404);
        let rule = json!({
            "when": {"new_issue": "medium", "performance": true, "error_rate": true},
            "deliveries": [{"channel": "slack", "label": "#ops", "target": {"channel_id": "C1"}, "least": "low"}],
            "immediate_from": "critical", "digest_hours": 4, "time_zone": "UTC",
        });
        client.put(team, rule.clone()).await.ok();
        assert_eq!(client.get(team).await.ok().body, rule);
        for (field, value) in [
            ("digest_hours", json!(5)),
            ("time_zone", json!("Moon/Crater")),
            ("immediate_from", json!("sometimes")),
            (
                "deliveries",
                json!([{"channel": "slack", "label": " ", "least": "low"}]),
            ),
        ] {
            let mut wrong = rule.clone();
            wrong[field] = value;
            client.put(team, wrong).await.assert(400);
        }
        let member = api.member("member", OrganizationRole::Member).await;
        member.get(team).await.ok();
        member.put(team, rule).await.assert(403);
        client.delete(team).await.assert(204);
        let log = client.get("/api/0/organizations/acme/audit-logs/").await.ok();
        assert!(log.body.to_string().contains("team.edit-notifications"));
        assert!(
            !log.body.to_string().contains("C1"),
            "where a team is told may be a secret"
        );
    })
    .await;
}

#[tokio::test]
async fn ntf8_a_project_says_how_long_alerts_are_gathered() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let project = "/api/0/projects/acme/shop/";
        let before = client.get(project).await.ok();
        assert_eq!(
            (before.at("/digestsMinDelay"), before.at("/digestsMaxDelay")),
            (&json!(300), &json!(1_800))
        );
        let changed = client
            .put(
                project,
                json!({"digestsMinDelay": 60, "digestsMaxDelay": 3_600, "notificationsHourlyCap": 10}),
            )
            .await
            .ok();
        assert_eq!(changed.at("/notificationsHourlyCap"), &json!(10));
        for (body, field) in [
            (json!({"digestsMinDelay": 59}), "digestsMinDelay"),
            (json!({"digestsMaxDelay": 3_601}), "digestsMaxDelay"),
            (
                json!({"digestsMinDelay": 900, "digestsMaxDelay": 600}),
                "digestsMaxDelay",
            ),
            (json!({"notificationsHourlyCap": 0}), "notificationsHourlyCap"),
        ] {
            let refused = client.put(project, body.clone()).await.assert(400);
            assert!(refused.body.get(field).is_some(), "{body}: {}", refused.body);
        }
        let without = client.put(project, json!({"notificationsHourlyCap": null})).await.ok();
        assert_eq!(without.at("/notificationsHourlyCap"), &Value::Null);
    })
    .await;
}

#[tokio::test]
async fn ntf9_actions_are_made_changed_and_deleted() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let available = client
            .get("/api/0/organizations/acme/notifications/available-actions/")
            .await
            .ok();
        let services: Vec<&str> = available.body["actions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["action"]["serviceType"].as_str().unwrap())
            .collect();
        assert_eq!(
            services,
            ["sentry_notification", "email", "email", "email"],
            "nothing else is set up"
        );
        let new =
            json!({"trigger_type": "spike-protection", "service_type": "sentry_notification", "projects": ["shop"]});
        let made = client.post(ACTIONS, new.clone()).await.assert(201);
        let project: i64 = client
            .get("/api/0/projects/acme/shop/")
            .await
            .ok()
            .text("/id")
            .parse()
            .unwrap();
        let expected = json!({
            "id": made.at("/id"), "organizationId": made.at("/organizationId"), "integrationId": null,
            "sentryAppId": null, "projects": [project], "serviceType": "sentry_notification",
            "triggerType": "spike-protection", "targetType": "specific", "targetIdentifier": "default",
            "targetDisplay": "default",
        });
        assert_eq!(made.body, expected);
        client.post(ACTIONS, new).await.assert(400);
        let one = format!("{ACTIONS}{}/", made.at("/id"));
        assert_eq!(client.get(&one).await.ok().body, expected);
        let me = client.get("/api/0/users/me/").await.ok().text("/id");
        let changed = json!({
            "trigger_type": "spike-protection", "service_type": "email", "target_type": "user", "target_identifier": me,
        });
        let changed = client.put(&one, changed).await.assert(202);
        assert_eq!(
            (changed.at("/serviceType"), changed.at("/projects")),
            (&json!("email"), &json!([]))
        );
        assert_eq!(
            client.get(&format!("{ACTIONS}?triggerType=audit-log")).await.ok().body,
            json!([])
        );
        for (body, field) in [
            (json!({"service_type": "email"}), "trigger_type"),
            (
                json!({"trigger_type": "spike-protection", "service_type": "fax"}),
                "service_type",
            ),
            (
                json!({"trigger_type": "spike-protection", "service_type": "slack", "integration_id": 3}),
                "service_type",
            ),
            (
                json!({"trigger_type": "spike-protection", "service_type": "email"}),
                "target_identifier",
            ),
            (
                json!({"trigger_type": "spike-protection", "service_type": "sentry_notification", "projects": ["x"]}),
                "projects",
            ),
        ] {
            let refused = client.post(ACTIONS, body.clone()).await.assert(400);
            assert!(refused.body.get(field).is_some(), "{body}: {}", refused.body);
        }
        api.stranger().await.get(ACTIONS).await.assert(404);
        client.delete(&one).await.assert(204);
        client.get(&one).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn browsers_subscribe_with_the_key_of_the_installation() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let path = "/api/0/users/me/push-subscriptions/";
        let before = client.get(path).await.ok();
        assert_eq!(before.at("/browsers"), &json!([]));
        // An uncompressed point: 65 bytes.
        assert_eq!(before.text("/publicKey").len(), 87);
        assert_eq!(
            client.get(path).await.ok().text("/publicKey"),
            before.text("/publicKey")
        );
        let browser = json!({
            "endpoint": "https://push.example/1",
            "keys": {
                "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            },
        });
        let id = client.post(path, browser.clone()).await.assert(201).text("/id");
        assert_eq!(
            client.post(path, browser.clone()).await.assert(201).text("/id"),
            id,
            "it is known"
        );
        assert_eq!(client.get(path).await.ok().at("/browsers").as_array().unwrap().len(), 1);
        for (pointer, value) in [
            ("/endpoint", "file:///etc/passwd"),
            ("/keys/p256dh", "AAAA"),
            ("/keys/auth", ""),
        ] {
            let mut wrong = browser.clone();
            *wrong.pointer_mut(pointer).unwrap() = json!(value);
            client.post(path, wrong).await.assert(400);
        }
        client.delete(&format!("{path}{id}/")).await.assert(204);
        client.delete(&format!("{path}{id}/")).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn links_in_mails_are_made_useless_by_their_reader_alone() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let me = client.get("/api/0/users/me/").await.ok().text("/id");
        let me = model::UserId(me.parse().unwrap());
        let generation = async || {
            let mut db = api.app.store.read().await.unwrap();
            store::mail_links::generation(&mut db, me).await.unwrap()
        };
        let before = generation().await;
        let other = format!("/api/0/users/{}/mail-links/", me.0 + 1);
        client.delete(&other).await.assert(404);
        assert_eq!(generation().await, before);
        client.delete("/api/0/users/me/mail-links/").await.assert(204);
        assert!(generation().await > before);
    })
    .await;
}
