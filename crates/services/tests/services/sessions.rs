use std::time::Duration;

use services::{
    access::{AccessError, Actor},
    browser_sessions::{self, Sender, SignedIn, SudoError},
    second_factor::{self, SecondFactorError},
    users::{self, ChangePasswordError, FirstStep, PasswordChange},
};

use crate::installation::{Installation, NOW};

const OWNER: &str = "a@example.com";
const PASSWORD: &str = "secret123";
const MINUTE: Duration = Duration::from_secs(60);

/// The secret of a new session.
async fn sign_in(installation: &Installation) -> String {
    let sender = Sender {
        ip: Some([203, 0, 113, 7].into()),
        user_agent: "Browser".to_owned(),
    };
    let step = users::sign_in(&installation.app, OWNER, PASSWORD, None, &sender)
        .await
        .unwrap();
    match step {
        FirstStep::SignedIn(session) => session.token,
        FirstStep::CodeNeeded { .. } => panic!("there is no second factor"),
    }
}

async fn browser(installation: &Installation, token: &str) -> Option<SignedIn> {
    browser_sessions::authenticate(&installation.app, token).await.unwrap()
}

#[tokio::test]
async fn aut5_password_change_signs_out_the_other_browser() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let (a, b) = (sign_in(&installation).await, sign_in(&installation).await);
        let in_a = browser(&installation, &a).await.unwrap();
        let change = |old| PasswordChange {
            old,
            new: "a new password",
            revoke_tokens: true,
        };
        let wrong = users::change_password(app, &in_a, change("wrong")).await;
        assert!(matches!(wrong, Err(ChangePasswordError::WrongPassword)), "{wrong:?}");
        assert!(browser(&installation, &b).await.is_some());
        users::change_password(app, &in_a, change(PASSWORD)).await.unwrap();
        assert!(browser(&installation, &a).await.is_some());
        assert!(browser(&installation, &b).await.is_none());
        assert_eq!(services::tokens::list(app, in_a.user().id).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_or_all() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let (a, b) = (sign_in(&installation).await, sign_in(&installation).await);
        let c = sign_in(&installation).await;
        let in_a = browser(&installation, &a).await.unwrap();
        let in_b = browser(&installation, &b).await.unwrap();
        let listed = browser_sessions::list(app, in_a.user().id).await.unwrap();
        assert_eq!(listed.len(), 3);
        assert_eq!(
            (listed[2].ip.as_str(), listed[2].user_agent.as_str()),
            ("203.0.113.7", "Browser")
        );
        assert!(
            browser_sessions::end(app, in_a.user().id, in_b.session.id)
                .await
                .unwrap()
        );
        assert!(
            !browser_sessions::end(app, in_a.user().id, in_b.session.id)
                .await
                .unwrap()
        );
        assert!(browser(&installation, &b).await.is_none());
        assert!(browser(&installation, &c).await.is_some());
        browser_sessions::end_others(app, &in_a).await.unwrap();
        assert!(browser(&installation, &a).await.is_some());
        assert!(browser(&installation, &c).await.is_none());
        assert_eq!(browser_sessions::list(app, in_a.user().id).await.unwrap().len(), 1);
        // The administrator's way: everywhere, here too.
        users::set_password_of(app, &Actor::command(), OWNER, "another password")
            .await
            .unwrap();
        assert!(browser(&installation, &a).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn aut5_superuser_idle_and_max() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, clock) = (&installation.app, &installation.clock);
        let token = sign_in(&installation).await;
        let is_superuser = async || {
            browser(&installation, &token)
                .await
                .unwrap()
                .actor
                .is_superuser(app.now())
        };
        let enter = async |password| {
            let signed_in = browser(&installation, &token).await.unwrap();
            browser_sessions::enter_superuser(app, &signed_in, password).await
        };
        assert!(!is_superuser().await);
        assert!(matches!(enter("wrong").await, Err(SudoError::WrongPassword)));
        enter(PASSWORD).await.unwrap();
        assert!(is_superuser().await);
        clock.set(NOW + MINUTE * 14);
        assert!(is_superuser().await);
        clock.set(NOW + MINUTE * 28);
        assert!(is_superuser().await, "each use begins the quarter of an hour anew");
        clock.set(NOW + MINUTE * 43);
        assert!(!is_superuser().await);
        enter(PASSWORD).await.unwrap();
        let entered = MINUTE * 43;
        for minute in (0..240).step_by(10) {
            clock.set(NOW + entered + MINUTE * minute);
            assert!(is_superuser().await, "{minute}");
        }
        clock.set(NOW + entered + MINUTE * 240);
        assert!(!is_superuser().await);
        enter(PASSWORD).await.unwrap();
        let signed_in = browser(&installation, &token).await.unwrap();
        browser_sessions::leave_superuser(app, &signed_in).await.unwrap();
        assert!(!is_superuser().await);
    })
    .await;
}

#[tokio::test]
async fn superuser_mode_asks_for_the_permission() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let command = Actor::command();
        let token = sign_in(&installation).await;
        let account = users::NewAccount {
            user: users::NewUser {
                email: "second@example.com",
                name: "",
                password: "correct horse",
            },
            is_administrator: true,
        };
        users::create_account(app, &command, &account).await.unwrap();
        let signed_in = browser(&installation, &token).await.unwrap();
        browser_sessions::enter_superuser(app, &signed_in, PASSWORD)
            .await
            .unwrap();
        let signed_in = browser(&installation, &token).await.unwrap();
        assert!(signed_in.actor.is_superuser(app.now()));
        users::promote(app, &command, OWNER, false).await.unwrap();
        let signed_in = browser(&installation, &token).await.unwrap();
        assert!(
            !signed_in.actor.is_superuser(app.now()),
            "who loses the permission leaves the mode"
        );
        let refused = browser_sessions::enter_superuser(app, &signed_in, PASSWORD).await;
        assert!(matches!(refused, Err(SudoError::NotAllowed)), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_password_counts_as_given_for_three_hours() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, clock) = (&installation.app, &installation.clock);
        let token = sign_in(&installation).await;
        let has_sudo = async || browser(&installation, &token).await.unwrap().actor.has_sudo(app.now());
        assert!(has_sudo().await, "signing in is giving it");
        clock.set(NOW + MINUTE * 180);
        assert!(!has_sudo().await);
        let signed_in = browser(&installation, &token).await.unwrap();
        let shut_out = second_factor::confirm(app, &signed_in, "000000").await;
        assert!(
            matches!(
                shut_out,
                Err(SecondFactorError::Access(AccessError::SudoRequired { .. }))
            ),
            "{shut_out:?}"
        );
        let wrong = browser_sessions::give_password(app, &signed_in, "wrong").await;
        assert!(matches!(wrong, Err(SudoError::WrongPassword)), "{wrong:?}");
        browser_sessions::give_password(app, &signed_in, PASSWORD)
            .await
            .unwrap();
        assert!(has_sudo().await);
    })
    .await;
}
