use axum::body::Body;
use http::{Method, Request, header};
use serde_json::json;
use testkit::on_every_database;

use crate::api::{Answer, Api};

const PATH: &str = "/api/embed/error-page/";
const EVENT: &str = "0000000000000000000000000000000a";

/// The DSN of a test's installation, as it stands in a query.
fn encoded(api: &Api) -> String {
    api.installation
        .dsn
        .replace(':', "%3A")
        .replace('/', "%2F")
        .replace('@', "%40")
}

async fn send(api: &Api, method: Method, query: &str, origin: &str, form: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("{PATH}?{query}"));
    if !origin.is_empty() {
        request = request.header(header::ORIGIN, origin);
    }
    let body = match form {
        Some(form) => {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            Body::from(form.to_owned())
        }
        None => Body::empty(),
    };
    api.anonymous().request(request.body(body).unwrap()).await
}

#[tokio::test]
async fn the_dialog_is_a_script_with_the_texts_of_the_page() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let query = format!(
            "dsn={}&eventId={EVENT}&name=Ada&email=ada%40example.com&title=%3C/script%3E%22&subtitle=&lang=de",
            encoded(&api)
        );
        let script = send(&api, Method::GET, &query, "https://shop.example", None).await.ok();
        for (name, value) in [
            ("content-type", "text/javascript; charset=utf-8"),
            ("access-control-allow-origin", "*"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(script.header(name), Some(value), "{name}");
        }
        let text = script.raw();
        for part in [
            "\"address\":\"https://tocsin.example/api/embed/error-page/\"",
            &format!("\"dsn\":\"{}\"", api.installation.dsn),
            &format!("\"eventId\":\"{EVENT}\""),
            "\"name\":\"Ada\"",
            "\"email\":\"ada@example.com\"",
            "\"title\":\"\\u003c/script>\\\"\"",
            "\"subtitle\":\"\"",
            "\"lang\":\"de\"",
            "\"labelSubmit\":\"Bericht senden\"",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains("__DATA__"));
    })
    .await;
}

#[tokio::test]
async fn a_report_is_kept() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let query = format!("dsn={}&eventId={EVENT}", encoded(&api));
        let form = "name=Ada&email=ada%40example.com&comments=It+broke%21";
        let kept = send(&api, Method::POST, &query, "https://shop.example", Some(form))
            .await
            .ok();
        assert_eq!(kept.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            (kept.at("/eventID"), kept.at("/comments")),
            (&json!(EVENT), &json!("It broke!"))
        );
        let listed = api.client().get("/api/0/projects/acme/shop/user-feedback/").await.ok();
        assert_eq!(listed.each("/email"), ["ada@example.com"]);
        let preflight = send(&api, Method::OPTIONS, "", "https://shop.example", None).await.ok();
        assert_eq!(
            preflight.header("access-control-allow-methods"),
            Some("GET, POST, OPTIONS")
        );
        send(&api, Method::PUT, &query, "", None).await.assert(405);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_reported_is_refused_so_that_the_page_can_read_it() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let dsn = encoded(&api);
        let unknown = dsn.replace(&api.installation.public_key, "00000000000000000000000000000000");
        let other_project = dsn.replace(&api.project().to_string(), "1");
        for (query, status, body) in [
            (
                format!("dsn={dsn}"),
                400,
                json!({ "eventId": ["Missing or invalid parameter."] }),
            ),
            (
                format!("dsn={dsn}&eventId=abc"),
                400,
                json!({ "eventId": ["Missing or invalid parameter."] }),
            ),
            (
                format!("eventId={EVENT}"),
                400,
                json!({ "dsn": ["Missing or invalid parameter."] }),
            ),
            (
                format!("dsn={unknown}&eventId={EVENT}"),
                404,
                json!({ "detail": "No project takes reports with this DSN." }),
            ),
            (
                format!("dsn={other_project}&eventId={EVENT}"),
                404,
                json!({ "detail": "No project takes reports with this DSN." }),
            ),
            (
                format!("dsn=nonsense&eventId={EVENT}"),
                404,
                json!({ "detail": "No project takes reports with this DSN." }),
            ),
        ] {
            for method in [Method::GET, Method::POST] {
                let refused = send(&api, method, &query, "", None).await.assert(status);
                assert_eq!(refused.body, body, "{query}");
                assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
            }
        }
        let query = format!("dsn={dsn}&eventId={EVENT}");
        let refused = send(&api, Method::POST, &query, "", Some("name=Ada&email=ada")).await;
        let refused = refused.assert(400);
        let errors = refused.at("/errors").as_object().unwrap();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["comments", "email"]);
        // Pages of domains that are not allowed see no dialog and send no report.
        api.client()
            .put(
                "/api/0/projects/acme/shop/",
                json!({ "allowedDomains": ["*.shop.example"] }),
            )
            .await
            .ok();
        for (origin, status) in [
            ("https://evil.example", 403),
            ("null", 403),
            ("https://www.shop.example", 200),
        ] {
            send(&api, Method::GET, &query, origin, None).await.assert(status);
        }
        let request = Request::get(format!("{PATH}?{query}")).header(header::REFERER, "https://evil.example/page");
        api.anonymous()
            .request(request.body(Body::empty()).unwrap())
            .await
            .assert(403);
    })
    .await;
}

#[tokio::test]
async fn reports_of_pages_fall_under_the_quotas() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let limits = json!([{ "categories": ["feedback"], "limit": 1, "window": 3_600 }]);
        let quotas = json!({ "limits": limits });
        api.client().put("/api/0/projects/acme/shop/quotas/", quotas).await.ok();
        let form = Some("name=Ada&email=ada%40example.com&comments=x");
        let query = |event: &str| format!("dsn={}&eventId={event}", encoded(&api));
        send(&api, Method::POST, &query(EVENT), "", form).await.ok();
        let other = "0000000000000000000000000000000b";
        let refused = send(&api, Method::POST, &query(other), "", form).await.assert(429);
        assert!(refused.body["detail"].is_string());
        // Somebody with the right to the project is not anybody.
        let body = json!({ "event_id": other, "name": "Ada", "email": "ada@example.com", "comments": "x" });
        api.client()
            .post("/api/0/projects/acme/shop/user-feedback/", body)
            .await
            .ok();
    })
    .await;
}
