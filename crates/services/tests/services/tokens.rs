use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use services::{
    Scope,
    access::{self, Actor, Identity},
    tokens::{self, AuthenticateError, CreateTokenError, TokenRequest},
    users,
};
use store::IdPage;

use crate::installation::{Installation, NOW};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn request(scopes: &[Scope]) -> TokenRequest<'_> {
    TokenRequest {
        name: "ci",
        scopes,
        expires_at: None,
    }
}

#[tokio::test]
async fn aut1_token_visible_once_hashed_at_rest() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, actor) = (&installation.app, &installation.scope.actor);
        let user = actor.user().unwrap();
        let new = tokens::create(app, actor, user, request(&[Scope::OrgRead]))
            .await
            .unwrap();
        let digits = new.secret.strip_prefix("sntryu_").unwrap();
        assert!(digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let listed = tokens::list(app, user.id).await.unwrap();
        let shown = format!("{listed:?}");
        assert!(!shown.contains(digits) && new.secret.ends_with(&new.token.last_characters));
        let known = tokens::authenticate(app, &new.secret).await.unwrap();
        assert_eq!(known.user_id(), Some(user.id));
        assert!(known.scopes.allow(Scope::OrgRead) && !known.scopes.allow(Scope::OrgWrite));
        let wrong = tokens::authenticate(app, &format!("sntryu_{}", "0".repeat(64))).await;
        assert!(matches!(wrong, Err(AuthenticateError::Unknown)), "{wrong:?}");
        tokens::rename(app, actor, user.id, new.token.id, "other")
            .await
            .unwrap();
        assert_eq!(
            tokens::get(app, user.id, new.token.id).await.unwrap().unwrap().name,
            "other"
        );
        assert!(tokens::delete(app, actor, user.id, new.token.id).await.unwrap());
        let gone = tokens::authenticate(app, &new.secret).await;
        assert!(matches!(gone, Err(AuthenticateError::Unknown)), "{gone:?}");
        let none = tokens::create(app, actor, user, request(&[])).await;
        assert!(matches!(none, Err(CreateTokenError::NoScope)), "{none:?}");
        let told = services::mails::list(app, IdPage::newest(10)).await.unwrap();
        assert!(told[0].body.contains("ci") && !told[0].body.contains(digits));
    })
    .await;
}

#[tokio::test]
async fn aut2_day_29_works_day_30_expired() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let (app, clock, actor) = (&installation.app, &installation.clock, &installation.scope.actor);
        let user = actor.user().unwrap();
        let month = TokenRequest {
            expires_at: Some(NOW + DAY * 30),
            ..request(&[Scope::OrgRead])
        };
        let new = tokens::create(app, actor, user, month).await.unwrap();
        clock.set(NOW + DAY * 29);
        tokens::authenticate(app, &new.secret).await.unwrap();
        let used = tokens::get(app, user.id, new.token.id).await.unwrap().unwrap();
        assert_eq!(used.last_used_at, Some(NOW + DAY * 29));
        clock.set(NOW + DAY * 30);
        let over = tokens::authenticate(app, &new.secret).await;
        assert!(matches!(over, Err(AuthenticateError::Expired)), "{over:?}");
        let past = tokens::create(app, actor, user, month).await;
        assert!(matches!(past, Err(CreateTokenError::InThePast)), "{past:?}");
    })
    .await;
}

#[tokio::test]
async fn aut1_org_token_decodes() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let scope = access::organization(app, &installation.scope.actor, "acme", Scope::OrgAdmin)
            .await
            .unwrap();
        let new = tokens::create_for_organization(app, &scope, "pipeline", None, &app.url)
            .await
            .unwrap();
        let mut parts = new.secret.splitn(3, '_');
        assert_eq!(parts.next(), Some("sntrys"));
        let payload = STANDARD.decode(parts.next().unwrap()).unwrap();
        let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(
            payload,
            serde_json::json!({
                "iat": NOW.seconds() as f64,
                "url": "https://tocsin.example",
                "region_url": "https://tocsin.example",
                "org": "acme",
            })
        );
        assert_eq!(parts.next().unwrap().len(), 43, "32 bytes without padding");
        let known = tokens::authenticate(app, &new.secret).await.unwrap();
        assert!(matches!(known.identity, Identity::OrganizationToken { .. }));
        assert!(known.scopes.allow(Scope::OrgCi) && !known.scopes.allow(Scope::OrgRead));
        let told = services::mails::list(app, IdPage::newest(10)).await.unwrap();
        assert_eq!(told[0].recipient, "a@example.com", "the owners are told");
        assert!(!told[0].body.contains(&new.secret));
    })
    .await;
}

#[tokio::test]
async fn aut2_deactivated_org_token_is_listed() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let scope = access::organization(app, &installation.scope.actor, "acme", Scope::OrgAdmin)
            .await
            .unwrap();
        let new = tokens::create_for_organization(app, &scope, "pipeline", Some(NOW + DAY), &app.url)
            .await
            .unwrap();
        let known = tokens::authenticate(app, &new.secret).await.unwrap();
        let project = access::project(app, &known, "acme", "web", access::permission::RELEASE_READ)
            .await
            .unwrap();
        tokens::note_project(app, &project).await.unwrap();
        let id = new.token.id;
        let used = tokens::get_of_organization(app, &scope, id).await.unwrap();
        assert_eq!(
            (used.last_used_at, used.last_project),
            (Some(NOW), Some(project.project.id))
        );
        tokens::rename_of_organization(app, &scope, id, "old pipeline")
            .await
            .unwrap();
        tokens::deactivate_of_organization(app, &scope, id).await.unwrap();
        let refused = tokens::authenticate(app, &new.secret).await;
        assert!(matches!(refused, Err(AuthenticateError::Inactive)), "{refused:?}");
        let listed = tokens::list_of_organization(app, &scope).await.unwrap();
        let told: Vec<_> = listed
            .iter()
            .map(|one| (one.name.as_str(), one.deactivated_at))
            .collect();
        assert_eq!(told, [("old pipeline", Some(NOW))]);
        tokens::deactivate_of_organization(app, &scope, id).await.unwrap_err();
        tokens::rename_of_organization(app, &scope, id, "x").await.unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn aut1_an_inactive_owner_is_refused_with_their_tokens() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let account = users::NewAccount {
            user: users::NewUser {
                email: "b@example.com",
                name: "",
                password: "correct horse",
            },
            is_administrator: false,
        };
        let command = Actor::command();
        let user = users::create_account(app, &command, &account).await.unwrap();
        let new = tokens::create(app, &command, &user, request(&[Scope::OrgRead]))
            .await
            .unwrap();
        users::set_active(app, &command, user.id, false).await.unwrap();
        let refused = tokens::authenticate(app, &new.secret).await;
        assert!(matches!(refused, Err(AuthenticateError::Inactive)), "{refused:?}");
    })
    .await;
}
