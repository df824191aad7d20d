use model::{MemberId, OrganizationRole, SessionId, TeamId, TeamRole, TokenId, UserId};
use store::{
    Error,
    browser_sessions::{self, BrowserSession},
    members::{self, Member},
    organizations,
    teams::{self, Team},
    tokens::{self, Token},
    users,
};

use crate::seed::{ORGANIZATION, PROJECT, USER, at, seeded, user};

#[tokio::test]
async fn users_members_and_organizations() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        let member = Member {
            id: MemberId(5),
            organization: ORGANIZATION,
            user: USER,
            role: OrganizationRole::Owner,
            created_at: at(0),
        };
        members::create(&mut tx, &member).await.unwrap();
        users::set_last_login(&mut tx, USER, at(9)).await.unwrap();
        tx.commit().await.unwrap();
        let mut db = store.read().await.unwrap();
        assert!(users::any(&mut db).await.unwrap());
        let found = users::find_by_email(&mut db, "A@Example.com").await.unwrap().unwrap();
        assert_eq!(
            (found.id, found.name.as_str(), found.last_login_at),
            (USER, "Anna\u{fffd}", Some(at(9)))
        );
        assert_eq!(users::find(&mut db, USER).await.unwrap(), Some(found.clone()));
        assert_eq!(users::list(&mut db, ORGANIZATION).await.unwrap(), [found]);
        assert_eq!(
            users::password_hash(&mut db, USER).await.unwrap().as_deref(),
            Some("hash")
        );
        assert_eq!(members::find(&mut db, ORGANIZATION, USER).await.unwrap(), Some(member));
        let own = organizations::list_of_user(&mut db, USER).await.unwrap();
        assert_eq!(
            own,
            [organizations::find(&mut db, ORGANIZATION).await.unwrap().unwrap()]
        );
        assert_eq!(
            organizations::find_by_slug(&mut db, "acme").await.unwrap().as_ref(),
            own.first()
        );
        assert!(
            organizations::list_of_user(&mut db, UserId(1))
                .await
                .unwrap()
                .is_empty()
        );
        drop(db);
        let mut tx = store.begin().await.unwrap();
        let taken = users::create(&mut tx, &user(UserId(101), "a@example.com"), "x").await;
        assert!(matches!(taken, Err(Error::Conflict)), "{taken:?}");
    })
    .await;
}

#[tokio::test]
async fn sessions_and_tokens() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let session = BrowserSession {
            id: SessionId(7),
            user: USER,
            csrf_token: "c".to_owned(),
            nonce: String::new(),
            ip: "203.0.113.7".to_owned(),
            user_agent: "Browser\0".to_owned(),
            created_at: at(0),
            last_seen_at: Some(at(0)),
            expires_at: at(100),
            sudo_until: Some(at(50)),
            superuser_until: None,
            superuser_seen_at: None,
        };
        let kept = BrowserSession {
            user_agent: "Browser\u{fffd}".to_owned(),
            ..session.clone()
        };
        let token = Token {
            id: TokenId(8),
            user: USER,
            application: None,
            name: "ci".to_owned(),
            last_characters: "abcd".to_owned(),
            scopes: vec!["org:read".to_owned(), "event:read".to_owned()],
            created_at: at(0),
            expires_at: Some(at(90)),
            last_used_at: None,
        };
        let mut tx = store.begin().await.unwrap();
        browser_sessions::create(&mut tx, &session, "hash-s").await.unwrap();
        tokens::create(&mut tx, &token, "hash-t").await.unwrap();
        tokens::set_last_used(&mut tx, USER, token.id, at(3)).await.unwrap();
        assert_eq!(
            browser_sessions::find_by_token(&mut tx, "hash-s", at(99))
                .await
                .unwrap(),
            Some(kept.clone())
        );
        assert_eq!(
            browser_sessions::find_by_token(&mut tx, "hash-s", at(100))
                .await
                .unwrap(),
            None
        );
        assert_eq!(browser_sessions::delete_expired(&mut tx, at(100)).await.unwrap(), 1);
        let used = Token {
            last_used_at: Some(at(3)),
            ..token.clone()
        };
        assert_eq!(
            tokens::find_by_hash(&mut tx, "hash-t").await.unwrap(),
            Some(used.clone())
        );
        assert_eq!(tokens::list(&mut tx, USER).await.unwrap(), [used]);
        assert!(
            !tokens::delete(&mut tx, UserId(1), token.id).await.unwrap(),
            "another user's token"
        );
        assert!(tokens::delete(&mut tx, USER, token.id).await.unwrap());
        assert_eq!(tokens::delete_named(&mut tx, USER, "ci").await.unwrap(), 0);
        browser_sessions::create(&mut tx, &session, "hash-s").await.unwrap();
        browser_sessions::delete(&mut tx, USER, session.id).await.unwrap();
        assert_eq!(
            browser_sessions::find_by_token(&mut tx, "hash-s", at(1)).await.unwrap(),
            None
        );
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn teams_with_members_and_projects() {
    testkit::on_every_database(async |url| {
        let store = seeded(url).await;
        let mut team = Team {
            id: TeamId(3),
            organization: ORGANIZATION,
            slug: "core".to_owned(),
            name: "Core".to_owned(),
            created_at: at(0),
            member_count: 0,
        };
        let mut tx = store.begin().await.unwrap();
        teams::create(&mut tx, &team).await.unwrap();
        assert!(
            teams::add_member(&mut tx, team.id, USER, TeamRole::Admin, at(0))
                .await
                .unwrap()
        );
        assert!(
            !teams::add_member(&mut tx, team.id, USER, TeamRole::Contributor, at(1))
                .await
                .unwrap()
        );
        team.member_count = 1;
        assert!(teams::add_project(&mut tx, PROJECT, team.id).await.unwrap());
        assert!(!teams::add_project(&mut tx, PROJECT, team.id).await.unwrap());
        team.name = "Kern".to_owned();
        teams::update(&mut tx, &team).await.unwrap();
        assert_eq!(
            teams::find(&mut tx, ORGANIZATION, team.id).await.unwrap(),
            Some(team.clone())
        );
        assert_eq!(
            teams::find_by_slug(&mut tx, ORGANIZATION, "core").await.unwrap(),
            Some(team.clone())
        );
        assert_eq!(teams::list(&mut tx, ORGANIZATION).await.unwrap(), [team.clone()]);
        assert_eq!(
            teams::of_user(&mut tx, ORGANIZATION, USER).await.unwrap(),
            [(team.id, TeamRole::Admin)]
        );
        assert_eq!(
            teams::of_projects(&mut tx, ORGANIZATION).await.unwrap(),
            [(PROJECT, team.clone())]
        );
        assert!(teams::delete(&mut tx, ORGANIZATION, team.id).await.unwrap());
        assert!(!teams::delete(&mut tx, ORGANIZATION, team.id).await.unwrap());
        tx.commit().await.unwrap();
    })
    .await;
}
