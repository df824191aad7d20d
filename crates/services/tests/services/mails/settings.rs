use serde_json::json;
use services::{
    access::Actor,
    mails::{self, MailConfig, SettingsError},
    options::{self, FileOptions},
};
use testkit::smtp::SmtpServer;

use super::Office;

#[tokio::test]
async fn eml1_a_test_mail_arrives_by_starttls_and_login_and_a_wrong_password_shows_the_answer() {
    testkit::on_every_database(async |url| {
        let server = SmtpServer::start_with_login("apikey", "SG.secret").await;
        let office = Office::without_server(url, server).await;
        let (app, actor) = (&office.installation.app, Actor::command());
        let tested = mails::test(app, "ops@example.com").await.unwrap();
        assert_eq!(tested.result, Err("no mail server is set".to_owned()));
        let mut config = MailConfig {
            host: "127.0.0.1".to_owned(),
            port: office.server.address().port(),
            username: "apikey".to_owned(),
            use_tls: true,
            from: "sentry@citadelbuy.example".to_owned(),
            from_name: "CitadelBuy Sentry".to_owned(),
            ..mails::config(app).await.unwrap()
        };
        mails::save(app, &actor, &config, Some("wrong"), None).await.unwrap();
        let tested = mails::test(app, "ops@example.com").await.unwrap();
        assert_eq!(tested.result, Err("535 5.7.8 authentication failed".to_owned()));
        assert!(
            tested.dialogue.to_string().contains("< 535 5.7.8"),
            "{}",
            tested.dialogue
        );

        mails::save(app, &actor, &config, Some("SG.secret"), None)
            .await
            .unwrap();
        let tested = mails::test(app, "ops@example.com").await.unwrap();
        assert_eq!(tested.result, Ok("250 2.0.0 queued".to_owned()), "{}", tested.dialogue);
        assert!(!tested.dialogue.to_string().contains("SG.secret"));
        let mails_there = office.mails();
        assert_eq!(mails_there.len(), 1);
        assert!(mails_there[0].is_encrypted);
        assert_eq!(mails_there[0].login.as_deref(), Some("apikey"));
        assert_eq!(
            mails_there[0].header("From"),
            "\"CitadelBuy Sentry\" <sentry@citadelbuy.example>"
        );
        assert_eq!(mails_there[0].to, ["ops@example.com"]);

        // The password is sealed, and stays when the form does not name it.
        let shown = mails::config(app).await.unwrap();
        assert!(shown.has_password);
        let place = store::options::OptionPlace {
            scope: "system",
            id: 0,
            second: 0,
        };
        let stored = store::options::list(&mut app.store.read().await.unwrap(), &[place])
            .await
            .unwrap();
        let password = stored.iter().find(|one| one.name == "mail.password").unwrap();
        assert!(!password.value.to_string().contains("SG.secret"), "{}", password.value);
        config.subject_prefix = "[CB] ".to_owned();
        mails::save(app, &actor, &config, None, None).await.unwrap();
        assert!(mails::test(app, "ops@example.com").await.unwrap().result.is_ok());

        config.use_ssl = true;
        let both = mails::save(app, &actor, &config, None, None).await;
        assert!(matches!(both, Err(SettingsError::TwoEncryptions)), "{both:?}");
        config.use_ssl = false;
        config.from = "nobody".to_owned();
        let from = mails::save(app, &actor, &config, None, None).await;
        assert!(matches!(from, Err(SettingsError::From(_))), "{from:?}");
    })
    .await;
}

#[tokio::test]
async fn eml1_what_file_and_environment_say_comes_first_and_is_locked() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        let (app, actor) = (&office.installation.app, Actor::command());
        let of_file = mails::of_settings("smtp://bell:pw@mail.example:587", "Bell <b@mail.example>").unwrap();
        app.options.set_file(FileOptions::of(of_file).unwrap());
        let config = mails::config(app).await.unwrap();
        assert_eq!((config.host.as_str(), config.port), ("mail.example", 587));
        assert_eq!(
            (config.from.as_str(), config.from_name.as_str()),
            ("b@mail.example", "Bell")
        );
        for name in ["mail.host", "mail.password", "mail.from", "mail.use-tls"] {
            assert!(config.locked.contains(&name), "{name} in {:?}", config.locked);
        }
        let changed = MailConfig {
            host: "elsewhere.example".to_owned(),
            subject_prefix: "[new]".to_owned(),
            ..config
        };
        mails::save(app, &actor, &changed, Some("other"), None).await.unwrap();
        let config = mails::config(app).await.unwrap();
        assert_eq!(
            (config.host.as_str(), config.subject_prefix.as_str()),
            ("mail.example", "[new]")
        );
        app.options.set_file(FileOptions::default());
    })
    .await;
}

#[tokio::test]
async fn console_and_dummy_take_mails_and_send_none() {
    testkit::on_every_database(async |url| {
        let office = Office::new(url).await;
        office.set(&options::MAIL_BACKEND, &json!("dummy")).await;
        let issue = office.issue().await;
        office.alert(issue, office.rule(json!({}))).await;
        office.run().await;
        assert!(office.mails().is_empty());
        let outbox = mails::list(&office.installation.app, store::IdPage::newest(10))
            .await
            .unwrap();
        assert!(outbox.iter().any(|mail| mail.sent_at.is_some()), "{outbox:?}");
    })
    .await;
}
