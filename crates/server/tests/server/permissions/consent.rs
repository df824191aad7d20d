use axum::body::Body;
use http::{Request, header};
use services::oauth::{self, ApplicationChange};

use super::{
    people::Credentials,
    world::{Answer, World},
};

const CALLBACK: &str = "https://board.example/callback";
const AUTHORIZE: &str = "/oauth/authorize/";

/// An application, and somebody who is asked to let it in.
struct Stage {
    world: World,
    asked: Credentials,
    id: String,
    secret: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let maker = world.set_up("acme", "shop", "maker").await;
        world.set_up("globex", "depot", "grace").await;
        let actor = services::tokens::authenticate(&world.app, &maker.auth_token)
            .await
            .unwrap();
        let uris = [CALLBACK.to_owned()];
        let change = ApplicationChange {
            name: Some("Status board"),
            redirect_uris: Some(&uris),
            ..ApplicationChange::default()
        };
        let new = oauth::create(&world.app, &actor, actor.user().unwrap(), &change)
            .await
            .unwrap();
        Self {
            asked: world.browser("grace@example.com").await,
            world,
            id: new.application.client_id,
            secret: new.secret,
        }
    }

    /// What the application asks for, as it stands in addresses and in the form.
    fn request(&self, redirect_uri: &str, scope: &str) -> String {
        format!(
            "client_id={}&response_type=code&redirect_uri={redirect_uri}&scope={scope}&state=x%26y",
            self.id
        )
    }

    async fn show(&self, query: &str, by: &Credentials) -> Answer {
        let request = Request::get(format!("{AUTHORIZE}?{query}"));
        self.send(request, by, Body::empty()).await
    }

    async fn decide(&self, fields: &str, by: &Credentials) -> Answer {
        let request = Request::post(AUTHORIZE).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, by, Body::from(fields.to_owned())).await
    }

    async fn send(&self, mut request: http::request::Builder, by: &Credentials, body: Body) -> Answer {
        if let Credentials::Browser { cookie, .. } = by {
            request = request.header(header::COOKIE, cookie);
        }
        self.world.answer(request.body(body).unwrap()).await
    }

    /// The decision of the person who is asked, with the proof that it comes of our page.
    fn proof(&self) -> String {
        let Credentials::Browser { csrf, .. } = &self.asked else {
            panic!("only browsers are asked");
        };
        format!("{}={csrf}", httpkit::CSRF_FIELD)
    }
}

fn location(answer: &Answer) -> Option<&str> {
    answer
        .headers
        .get(header::LOCATION)
        .map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_user_lets_an_application_in_on_a_page_and_it_fetches_tokens() {
    let stage = Stage::new().await;
    let request = stage.request(CALLBACK, "openid%20org:read");
    let unknown = stage.show(&request, &Credentials::Nobody).await;
    assert!(unknown.leads_to_sign_in(), "{}", unknown.status);
    assert!(
        location(&unknown).unwrap().contains("client_id"),
        "the way back is lost"
    );
    let page = stage.show(&request, &stage.asked).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "Status board",
        "read organizations",
        "know who you are",
        "grace@example.com",
        "https://board.example",
    ] {
        assert!(page.text.contains(part), "{part} is not on the page");
    }
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://board.example;"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let denied = stage
        .decide(&format!("{request}&decision=deny&{}", stage.proof()), &stage.asked)
        .await;
    assert_eq!(
        (denied.status.as_u16(), location(&denied)),
        (
            303,
            Some("https://board.example/callback?error=access_denied&state=x%26y")
        )
    );
    let allowed = stage
        .decide(&format!("{request}&decision=allow&{}", stage.proof()), &stage.asked)
        .await;
    let answer = location(&allowed)
        .unwrap()
        .strip_prefix("https://board.example/callback?code=");
    let (code, state) = answer.unwrap().split_once('&').unwrap();
    assert_eq!(state, "state=x%26y");
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&client_id={}&client_secret={}",
        stage.id, stage.secret
    );
    let fetch = Request::post("/oauth/token/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let fetched = stage.send(fetch, &Credentials::Nobody, Body::from(form)).await;
    assert_eq!(fetched.status, 200, "{}", fetched.text);
    let fetched: serde_json::Value = serde_json::from_str(&fetched.text).unwrap();
    // It acts as who let it in, and not as its maker.
    let bearer = |path: &str| {
        let token = fetched["access_token"].as_str().unwrap();
        Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"))
    };
    let nobody = &Credentials::Nobody;
    let own = stage
        .send(bearer("/api/0/organizations/globex/"), nobody, Body::empty())
        .await;
    assert_eq!(own.status, 200, "{}", own.text);
    let of_maker = stage
        .send(bearer("/api/0/organizations/acme/"), nobody, Body::empty())
        .await;
    assert_eq!(of_maker.status, 404, "{}", of_maker.text);
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_was_not_registered() {
    let stage = Stage::new().await;
    for query in [
        stage.request("https://evil.example/callback", "org:read"),
        stage.request("https://board.example/callback/more", "org:read"),
        stage.request("//evil.example", "org:read"),
        stage.request("javascript:alert(1)", "org:read"),
        stage.request(CALLBACK, "org:read").replace("client_id=", "client_id=0"),
        format!(
            "{}&redirect_uri=https://evil.example/",
            stage.request(CALLBACK, "org:read")
        ),
        String::new(),
    ] {
        let page = stage.show(&query, &stage.asked).await;
        assert_eq!((page.status.as_u16(), location(&page)), (400, None), "{query}");
        let sent = format!("{query}&decision=allow&{}", stage.proof());
        let decided = stage.decide(&sent, &stage.asked).await;
        assert_eq!((decided.status.as_u16(), location(&decided)), (400, None), "{query}");
    }
    // What is wrong with all else, the application is told.
    let wrong = stage.show(&stage.request(CALLBACK, "nonsense"), &stage.asked).await;
    let told = location(&wrong).unwrap();
    assert!(
        told.starts_with("https://board.example/callback?error=invalid_scope&"),
        "{told}"
    );
    assert!(told.ends_with("&state=x%26y"), "{told}");
}

#[tokio::test]
async fn no_other_site_decides_for_the_user() {
    let stage = Stage::new().await;
    let fields = format!("{}&decision=allow", stage.request(CALLBACK, "org:read"));
    let forged = stage.decide(&fields, &stage.asked).await;
    assert_eq!((forged.status.as_u16(), location(&forged)), (403, None));
}
