use serde_json::json;
use services::options::{self, FileOptions, OptionChannel, OptionError, Setting, Target};

use super::requests::set;
use crate::api::Api;

const PROJECT: &str = "/api/0/projects/acme/shop/options/";
const OWN: &str = "/api/0/projects/acme/shop/users/me/options/";
const NAME: &str = "/events.exception-view/value";

#[tokio::test]
async fn opt1_set_at_system_and_project_the_project_wins_and_unset_it_is_back() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let shown = async |path: &str, expected: &str| {
            let answer = client.get(path).await.ok();
            assert_eq!(answer.text(NAME), expected, "{path}");
        };
        let put = async |path: &str, value: serde_json::Value| {
            let body = json!({ "events.exception-view": value });
            client.put(path, body).await.ok();
        };
        shown(PROJECT, "report").await;
        set(&api, &options::EXCEPTION_VIEW, json!("raw")).await;
        shown(PROJECT, "raw").await;
        put(PROJECT, json!("report")).await;
        shown(PROJECT, "report").await;
        shown(OWN, "report").await;
        // From wide to narrow: each wins over those before.
        put("/api/0/users/me/options/", json!("raw")).await;
        shown(PROJECT, "report").await;
        shown(OWN, "raw").await;
        put(OWN, json!("report")).await;
        shown(OWN, "report").await;
        put(OWN, json!(null)).await;
        shown(OWN, "raw").await;
        put("/api/0/users/me/options/", json!(null)).await;
        shown(OWN, "report").await;
        put("/api/0/organizations/acme/options/", json!("report")).await;
        put(PROJECT, json!(null)).await;
        shown(PROJECT, "report").await;
        put("/api/0/organizations/acme/options/", json!(null)).await;
        shown(PROJECT, "raw").await;
        // Each change of what others share is in the log of the organization, with its way.
        let log = client
            .get("/api/0/organizations/acme/audit-logs/?event=option.edit")
            .await
            .ok();
        assert_eq!(log.body["rows"].as_array().unwrap().len(), 4, "{}", log.body);
    })
    .await;
}

#[tokio::test]
async fn opt1_unknown_names_wrong_values_and_wrong_places_are_refused() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let client = api.client();
    for (body, expected) in [
        (
            json!({ "events.exception-vue": "raw" }),
            "There is no option events.exception-vue.",
        ),
        (
            json!({ "events.exception-view": "cooked" }),
            "Expected one of report, raw.",
        ),
        (json!({ "events.exception-view": 1 }), "Expected one of report, raw."),
        (json!({ "avatars.gravatar": true }), "It cannot be set here."),
        (json!({ "system.url-prefix": "http://x" }), "It cannot be set here."),
    ] {
        let (name, _) = body.as_object().unwrap().iter().next().unwrap();
        let pointer = format!("/{name}/0");
        let refused = client.put(PROJECT, body.clone()).await.assert(400);
        assert_eq!(refused.text(&pointer), expected);
    }
    let narrow = api.client_for(&[services::Scope::ProjectRead]).await;
    narrow.get(PROJECT).await.ok();
    let body = json!({ "events.exception-view": "raw" });
    narrow.put(PROJECT, body).await.assert(403);
}

#[tokio::test]
async fn opt1_what_the_file_has_is_locked_and_credentials_are_never_shown() {
    let database = testkit::TestDatabase::sqlite();
    let api = Api::new(database.url()).await;
    let app = &api.app;
    set(&api, &options::GRAVATAR, json!(false)).await;
    let of_file = [
        ("avatars.gravatar", json!(true)),
        ("system.secret-key", json!("hush hush")),
        ("system.url-prefix", json!("https://tocsin.example")),
    ];
    let of_file = of_file.map(|(name, value)| (name.to_owned(), value));
    app.options.set_file(FileOptions::of(of_file).unwrap());
    assert!(options::get_flag(app, &options::GRAVATAR).await.unwrap());
    let states = options::list(app, Target::System, options::Reader::default())
        .await
        .unwrap();
    assert!(!format!("{states:?}").contains("hush"));
    let state = |name: &str| states.iter().find(|state| state.name == name).unwrap();
    assert_eq!(state("avatars.gravatar").lock, Some(options::Lock::File));
    assert_eq!(state("system.secret-key").value, None);
    assert!(state("system.secret-key").is_set);
    assert_eq!(state("system.url-prefix").value, Some(json!("https://tocsin.example")));
    let actor = services::Actor::command();
    let by = |channel| Setting {
        actor: &actor,
        organization: None,
        target: Target::System,
        channel,
    };
    let locked = options::set(app, by(OptionChannel::Admin), &options::GRAVATAR, &json!(false)).await;
    assert!(matches!(locked, Err(OptionError::LockedByFile)), "{locked:?}");
    let stored = options::set(app, by(OptionChannel::Cli), &options::URL_PREFIX, &json!("http://x")).await;
    assert!(matches!(stored, Err(OptionError::NoStore)), "{stored:?}");
}

#[tokio::test]
async fn opt1_a_file_does_not_write_over_what_somebody_has_set() {
    testkit::on_every_database(async |url| {
        let api = Api::new(url).await;
        let actor = services::Actor::command();
        let put = async |channel, number: u32| {
            let by = Setting {
                actor: &actor,
                organization: None,
                target: Target::System,
                channel,
            };
            options::set(&api.app, by, &options::PER_SECOND, &json!(number)).await
        };
        put(OptionChannel::Automator, 700).await.unwrap();
        put(OptionChannel::Automator, 800).await.unwrap();
        put(OptionChannel::Admin, 900).await.unwrap();
        let drift = put(OptionChannel::Automator, 800).await;
        assert!(
            matches!(&drift, Err(OptionError::Drift { channel }) if channel == "admin"),
            "{drift:?}"
        );
        assert_eq!(options::get_count(&api.app, &options::PER_SECOND).await.unwrap(), 900);
        put(OptionChannel::Automator, 900).await.unwrap();
    })
    .await;
}
