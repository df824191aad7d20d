use std::time::Duration;

use ring::hmac;
use services::{
    Scope,
    access::{self, AccessError, MembershipSettings},
    browser_sessions::{self, Sender, SignedIn},
    second_factor::{self, SecondFactorError},
    settings,
    users::{self, FirstStep, SignInError},
};

use crate::installation::{Installation, NOW};

const OWNER: &str = "a@example.com";
const PASSWORD: &str = "secret123";
const STEP: Duration = Duration::from_secs(30);

/// What a device shows that was given this secret, in a step after [`NOW`].
fn code(secret: &str, step: u32) -> String {
    let mut bits = String::new();
    for letter in secret.bytes() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
            .bytes()
            .position(|one| one == letter)
            .unwrap();
        bits.push_str(&format!("{value:05b}"));
    }
    let bytes = bits.as_bytes().chunks_exact(8);
    let bytes: Vec<u8> = bytes
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = hmac::sign(&key, &(NOW.seconds() / 30 + i64::from(step)).to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

async fn password(installation: &Installation, trusted: Option<&str>) -> FirstStep {
    users::sign_in(&installation.app, OWNER, PASSWORD, trusted, &Sender::default())
        .await
        .unwrap()
}

async fn browser(installation: &Installation, token: &str) -> Option<SignedIn> {
    browser_sessions::authenticate(&installation.app, token).await.unwrap()
}

async fn ticket(installation: &Installation, trusted: Option<&str>) -> String {
    match password(installation, trusted).await {
        FirstStep::CodeNeeded { ticket } => ticket,
        FirstStep::SignedIn(_) => panic!("a code is needed"),
    }
}

/// The secret of the owner's device, recovery codes, and a signed-in browser.
async fn set_up(installation: &Installation) -> (String, Vec<String>, SignedIn) {
    let app = &installation.app;
    let FirstStep::SignedIn(session) = password(installation, None).await else {
        panic!("there is no second factor yet")
    };
    let FirstStep::SignedIn(other) = password(installation, None).await else {
        panic!("there is no second factor yet")
    };
    let signed_in = browser(installation, &session.token).await.unwrap();
    let enrolment = second_factor::begin(app, signed_in.user()).await.unwrap();
    let again = second_factor::begin(app, signed_in.user()).await.unwrap();
    assert_eq!(enrolment.secret, again.secret, "as long as it is not confirmed");
    assert!(matches!(password(installation, None).await, FirstStep::SignedIn(_)));
    let wrong = second_factor::confirm(app, &signed_in, "000000").await;
    assert!(matches!(wrong, Err(SecondFactorError::WrongCode)), "{wrong:?}");
    let codes = second_factor::confirm(app, &signed_in, &code(&enrolment.secret, 0))
        .await
        .unwrap();
    assert!(
        browser(installation, &other.token).await.is_none(),
        "others are signed out"
    );
    let signed_in = browser(installation, &session.token).await.unwrap();
    assert!(signed_in.user().has_second_factor);
    (enrolment.secret, codes, signed_in)
}

#[tokio::test]
async fn a_code_works_once() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, clock) = (&installation.app, &installation.clock);
        let (secret, ..) = set_up(&installation).await;
        let ticket = ticket(&installation, None).await;
        let sender = Sender::default();
        let used = users::sign_in_with_code(app, &ticket, &code(&secret, 0), false, &sender).await;
        assert!(matches!(used, Err(SignInError::WrongCode)), "{used:?}");
        clock.set(NOW + STEP);
        let next = format!(" {} ", code(&secret, 1));
        let step = users::sign_in_with_code(app, &ticket, &next, false, &sender)
            .await
            .unwrap();
        assert!(browser(&installation, &step.session.token).await.is_some());
        assert!(step.trusted.is_none());
        let again = users::sign_in_with_code(app, &ticket, &next, false, &sender).await;
        assert!(matches!(again, Err(SignInError::WrongCode)), "{again:?}");
        let forged = users::sign_in_with_code(app, "forged", &code(&secret, 2), false, &sender).await;
        assert!(matches!(forged, Err(SignInError::TicketExpired)), "{forged:?}");
        clock.set(NOW + Duration::from_secs(600));
        let late = users::sign_in_with_code(app, &ticket, &code(&secret, 20), false, &sender).await;
        assert!(matches!(late, Err(SignInError::TicketExpired)), "{late:?}");
    })
    .await;
}

#[tokio::test]
async fn codes_are_not_guessed_and_recovery_codes_work_once() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let (_, codes, signed_in) = set_up(&installation).await;
        assert_eq!(codes.len(), 10);
        let sender = Sender::default();
        let with = async |code: &str| {
            let ticket = ticket(&installation, None).await;
            users::sign_in_with_code(app, &ticket, code, false, &sender).await
        };
        let typed = codes[0].to_uppercase().replace('-', " ");
        with(&typed).await.unwrap();
        assert!(matches!(with(&codes[0]).await, Err(SignInError::WrongCode)));
        let user = signed_in.user().id;
        assert_eq!(second_factor::recovery_codes_left(app, user).await.unwrap(), 9);
        let renewed = second_factor::renew_recovery_codes(app, &signed_in, &codes[1])
            .await
            .unwrap();
        assert!(matches!(with(&codes[2]).await, Err(SignInError::WrongCode)));
        for _ in 0..9 {
            assert!(matches!(with("123456").await, Err(SignInError::WrongCode)));
        }
        let limited = with(&renewed[0]).await;
        assert!(matches!(limited, Err(SignInError::TooMany(_))), "{limited:?}");
    })
    .await;
}

#[tokio::test]
async fn a_trusted_browser_is_not_asked_for_a_month_or_until_the_password_changes() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, clock) = (&installation.app, &installation.clock);
        let (_, codes, _) = set_up(&installation).await;
        let ticket = ticket(&installation, None).await;
        let step = users::sign_in_with_code(app, &ticket, &codes[0], true, &Sender::default()).await;
        let trusted = step.unwrap().trusted.unwrap();
        let is_asked = async |trusted: &str| {
            matches!(
                password(&installation, Some(trusted)).await,
                FirstStep::CodeNeeded { .. }
            )
        };
        assert!(is_asked("another").await);
        assert!(!is_asked(&trusted).await);
        clock.set(NOW + second_factor::TRUST - STEP);
        assert!(!is_asked(&trusted).await);
        clock.set(NOW + second_factor::TRUST);
        assert!(is_asked(&trusted).await);
        clock.set(NOW);
        let user = installation.scope.actor.user().unwrap();
        users::set_password_of(app, &access::Actor::command(), &user.email, PASSWORD)
            .await
            .unwrap();
        assert!(is_asked(&trusted).await);
    })
    .await;
}

#[tokio::test]
async fn an_organization_that_asks_for_a_second_factor_is_shut_without_one() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let enter = async |actor| access::organization(app, &actor, "acme", Scope::OrgRead).await;
        let owner = enter(installation.scope.actor.clone()).await.unwrap();
        let strict = MembershipSettings {
            require_two_factor: true,
            ..MembershipSettings::default()
        };
        settings::set_of_organization(app, &owner, &strict).await.unwrap();
        let refused = enter(installation.scope.actor.clone()).await;
        assert!(
            matches!(refused, Err(AccessError::TwoFactorRequired)),
            "by a token too: {refused:?}"
        );
        let (_, codes, signed_in) = set_up(&installation).await;
        enter(signed_in.actor.clone()).await.unwrap();
        second_factor::remove(app, &signed_in, &codes[0]).await.unwrap();
        let FirstStep::SignedIn(session) = password(&installation, None).await else {
            panic!("there is no second factor any more")
        };
        let known = browser(&installation, &session.token).await.unwrap();
        assert!(matches!(enter(known.actor).await, Err(AccessError::TwoFactorRequired)));
    })
    .await;
}
