use model::UserPermission;
use services::{
    access::Actor,
    browser_sessions::Sender,
    options::{self, OptionChannel, Setting, Target},
    users::{
        self, AccountError, EmailError, FirstStep, NewAccount, NewUser, RecoveryError, RegisterError, SignInError,
    },
};
use store::IdPage;

use crate::installation::{Installation, NOW};

const OWNER: &str = "a@example.com";
const PASSWORD: &str = "secret123";

fn new(email: &str) -> NewUser<'_> {
    NewUser {
        email,
        name: "Somebody",
        password: "correct horse",
    }
}

/// The link in the newest mail to somebody.
async fn link(installation: &Installation, to: &str, path: &str) -> Option<String> {
    let mails = services::mails::list(&installation.app, IdPage::newest(100))
        .await
        .unwrap();
    let newest = mails
        .into_iter()
        .find(|mail| mail.recipient == to && mail.body.contains(path))?;
    let secret = newest.body.split(path).nth(1)?.split('/').next()?;
    Some(secret.to_owned())
}

async fn can_sign_in(installation: &Installation, login: &str, password: &str) -> bool {
    let step = users::sign_in(&installation.app, login, password, None, &Sender::default()).await;
    matches!(step, Ok(FirstStep::SignedIn(_)))
}

#[tokio::test]
async fn aut6_add_list_again_remove() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, command) = (&installation.app, Actor::command());
        let account = NewAccount {
            user: new("ops@example.com"),
            is_administrator: false,
        };
        let user = users::create_account(app, &command, &account).await.unwrap();
        assert!(users::permissions(app, user.id).await.unwrap().is_empty());
        let add = async |permission| {
            users::add_permission(app, &command, "ops@example.com", permission)
                .await
                .unwrap()
        };
        assert!(add(UserPermission::UsersAdmin).await);
        assert!(
            !add(UserPermission::UsersAdmin).await,
            "the second time says that it is there"
        );
        assert!(add(UserPermission::BroadcastsAdmin).await);
        assert_eq!(
            users::permissions_of(app, "OPS@example.com").await.unwrap(),
            [UserPermission::BroadcastsAdmin, UserPermission::UsersAdmin]
        );
        let remove = async || {
            users::remove_permission(app, &command, "ops", UserPermission::UsersAdmin)
                .await
                .unwrap()
        };
        assert!(remove().await, "by the username as well");
        assert!(!remove().await);
        let nobody = users::add_permission(app, &command, "nobody", UserPermission::Superuser).await;
        assert!(matches!(nobody, Err(AccountError::NoUser(_))), "{nobody:?}");
    })
    .await;
}

#[tokio::test]
async fn aut6_last_superuser_stays() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, command) = (&installation.app, Actor::command());
        let owner = installation.scope.actor.user_id().unwrap();
        for refused in [
            users::remove_permission(app, &command, OWNER, UserPermission::Superuser)
                .await
                .map(|_| ()),
            users::promote(app, &command, OWNER, false).await.map(|_| ()),
            users::set_active(app, &command, owner, false).await,
        ] {
            assert!(matches!(refused, Err(AccountError::LastSuperuser)), "{refused:?}");
        }
        assert_eq!(
            users::permissions(app, owner).await.unwrap().len(),
            UserPermission::ALL.len()
        );
        let account = NewAccount {
            user: new("second@example.com"),
            is_administrator: true,
        };
        users::create_account(app, &command, &account).await.unwrap();
        let demoted = users::promote(app, &command, OWNER, false).await.unwrap();
        assert!(!demoted.is_admin);
        assert!(users::permissions(app, owner).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_is_switched_off_is_out_at_once() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, command) = (&installation.app, Actor::command());
        let account = NewAccount {
            user: new("b@example.com"),
            is_administrator: false,
        };
        let user = users::create_account(app, &command, &account).await.unwrap();
        let step = users::sign_in(app, "b@example.com", "correct horse", None, &Sender::default()).await;
        let Ok(FirstStep::SignedIn(session)) = step else {
            panic!("{step:?}")
        };
        users::set_active(app, &command, user.id, false).await.unwrap();
        let known = services::browser_sessions::authenticate(app, &session.token)
            .await
            .unwrap();
        assert!(known.is_none());
        assert!(!can_sign_in(&installation, "b@example.com", "correct horse").await);
        users::set_active(app, &command, user.id, true).await.unwrap();
        assert!(can_sign_in(&installation, "b@example.com", "correct horse").await);
        let known = services::browser_sessions::authenticate(app, &session.token)
            .await
            .unwrap();
        assert!(known.is_none(), "the session does not come back");
    })
    .await;
}

#[tokio::test]
async fn org2_two_parallel_get_or_create_make_one_user() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let (one, other) = tokio::join!(
            users::get_or_create(app, "New@Example.com", "New"),
            users::get_or_create(app, "new@example.com ", "Other"),
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one, other);
        assert_eq!((one.email.as_str(), one.username.as_str()), ("new@example.com", "new"));
        assert_eq!(users::list_emails(app, one.id).await.unwrap().len(), 1);
        let same_name = users::get_or_create(app, "new@other.example", "").await.unwrap();
        assert_eq!(same_name.username, "new-2");
        assert!(
            !can_sign_in(&installation, "new@example.com", "").await,
            "without a password"
        );
        assert_eq!(users::get_or_create(app, OWNER, "x").await.unwrap().name, "");
    })
    .await;
}

#[tokio::test]
async fn attempts_to_sign_in_are_limited_by_account_and_by_address() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let from = |last: u8| Sender {
            ip: Some([203, 0, 113, last].into()),
            user_agent: String::new(),
        };
        for last in 0..10 {
            let wrong = users::sign_in(app, OWNER, "wrong", None, &from(last)).await;
            assert!(matches!(wrong, Err(SignInError::WrongCredentials)), "{wrong:?}");
        }
        let refused = users::sign_in(app, OWNER, PASSWORD, None, &from(99)).await;
        assert!(matches!(refused, Err(SignInError::TooMany(_))), "{refused:?}");
        installation.clock.set(NOW + std::time::Duration::from_secs(600));
        assert!(can_sign_in(&installation, OWNER, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_confirmed_by_its_link_once_and_then_signs_in() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let actor = &installation.scope.actor;
        let user = actor.user().unwrap();
        users::add_email(app, user, " New@Example.com").await.unwrap();
        let again = users::add_email(app, user, "new@example.com").await;
        assert!(matches!(again, Err(EmailError::Exists)), "{again:?}");
        let emails = users::list_emails(app, user.id).await.unwrap();
        let told: Vec<_> = emails
            .iter()
            .map(|one| (one.email.as_str(), one.verified_at.is_some()))
            .collect();
        assert_eq!(told, [(OWNER, true), ("new@example.com", false)]);
        let new = emails[1].id;
        let early = users::set_primary_email(app, actor, user, new).await;
        assert!(matches!(early, Err(EmailError::NotVerified)), "{early:?}");
        let secret = link(&installation, "new@example.com", "/auth/confirm/").await.unwrap();
        assert_eq!(users::confirm_email(app, "nonsense").await.unwrap(), None);
        assert_eq!(
            users::confirm_email(app, &secret).await.unwrap().as_deref(),
            Some("new@example.com")
        );
        assert_eq!(users::confirm_email(app, &secret).await.unwrap(), None, "once");
        users::set_primary_email(app, actor, user, new).await.unwrap();
        assert!(can_sign_in(&installation, "new@example.com", PASSWORD).await);
        assert!(!can_sign_in(&installation, OWNER, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_by_a_link_within_an_hour() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let sender = Sender::default();
        users::request_recovery(app, "nobody@example.com", &sender)
            .await
            .unwrap();
        assert!(
            link(&installation, "nobody@example.com", "/auth/recover/")
                .await
                .is_none()
        );
        users::request_recovery(app, OWNER, &sender).await.unwrap();
        let first = link(&installation, OWNER, "/auth/recover/").await.unwrap();
        users::request_recovery(app, OWNER, &sender).await.unwrap();
        let second = link(&installation, OWNER, "/auth/recover/").await.unwrap();
        assert_ne!(first, second);
        let short = users::recover(app, &second, "short", &sender).await;
        assert!(matches!(short, Err(RecoveryError::Password(_))), "{short:?}");
        users::recover(app, &second, "a new password", &sender).await.unwrap();
        assert!(can_sign_in(&installation, OWNER, "a new password").await);
        assert!(!can_sign_in(&installation, OWNER, PASSWORD).await);
        for used in [&first, &second] {
            let gone = users::recover(app, used, "another password", &sender).await;
            assert!(matches!(gone, Err(RecoveryError::Gone)), "{gone:?}");
        }
        users::request_recovery(app, OWNER, &sender).await.unwrap();
        let late = link(&installation, OWNER, "/auth/recover/").await.unwrap();
        installation.clock.set(NOW + std::time::Duration::from_secs(3_600));
        assert!(!users::is_recovery_link(app, &late).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn people_make_accounts_only_where_an_administrator_lets_them() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let sender = Sender::default();
        let closed = users::register(app, &new("c@example.com"), &sender).await;
        assert!(matches!(closed, Err(RegisterError::Closed)), "{closed:?}");
        let by = Setting {
            actor: &installation.scope.actor,
            organization: None,
            target: Target::System,
            channel: OptionChannel::Admin,
        };
        options::set(app, by, &options::ALLOW_REGISTRATION, &true.into())
            .await
            .unwrap();
        let session = users::register(app, &new("c@example.com"), &sender).await.unwrap();
        assert!(!session.user.is_admin);
        let known = services::browser_sessions::authenticate(app, &session.token)
            .await
            .unwrap();
        let organizations = services::organizations::list(app, &known.unwrap().actor).await.unwrap();
        assert_eq!(organizations, []);
        let emails = users::list_emails(app, session.user.id).await.unwrap();
        assert!(emails[0].verified_at.is_none());
        assert!(link(&installation, "c@example.com", "/auth/confirm/").await.is_some());
        // Nobody has confirmed that the address is theirs, so a link would go to a stranger.
        users::request_recovery(app, "c@example.com", &sender).await.unwrap();
        assert!(link(&installation, "c@example.com", "/auth/recover/").await.is_none());
    })
    .await;
}
