use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use http::Method;
use integrations::{
    Guard,
    http::{Exchange, HttpClient, HttpError, Request, RequestLog, Resolve, Resolving, Trust},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// Answers each connection with the next of these, and keeps what it was sent.
#[expect(clippy::disallowed_methods, reason = "the task ends with the test")]
pub(crate) async fn server(answers: Vec<String>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&heard);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            // Small requests come at once, or in two parts.
            while let Ok(Ok(count)) = tokio::time::timeout(Duration::from_millis(100), stream.read(&mut buffer)).await {
                if count == 0 {
                    break;
                }
                request.extend_from_slice(&buffer[..count]);
            }
            keep.lock()
                .unwrap()
                .push(String::from_utf8_lossy(&request).into_owned());
            if answer.is_empty() {
                continue;
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (address, heard)
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

pub(crate) fn open() -> Guard {
    Guard {
        allow_private: true,
        ..Guard::default()
    }
}

fn get(url: &str) -> Request {
    Request {
        time_limit: Duration::from_secs(2),
        ..Request::new(Method::GET, url, Trust::Tenant)
    }
}

#[tokio::test]
async fn private_addresses_are_refused_whatever_they_look_like() {
    let (address, heard) = server(vec![answer("200 OK", "", "secret")]).await;
    let client = HttpClient::new(Guard::default());
    let port = address.port();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://[::1]/".to_owned(),
    ] {
        let error = client.send(get(&url)).await.unwrap_err();
        assert!(matches!(error, HttpError::Private { .. }), "{url}: {error}");
    }
    for url in ["ftp://x/", "file:///etc/passwd", "x", "http://"] {
        let error = client.send(get(url)).await.unwrap_err();
        assert!(error.is_for_good(), "{url}: {error}");
    }
    assert!(heard.lock().unwrap().is_empty());
    // An address of the configuration may lead anywhere.
    let trusted = Request {
        trust: Trust::Configured,
        ..get(&format!("http://127.0.0.1:{port}/"))
    };
    assert_eq!(client.send(trusted).await.unwrap().body, "secret");
}

#[derive(Debug)]
struct Names(Vec<IpAddr>);

impl Resolve for Names {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}

#[tokio::test]
async fn the_address_that_a_name_has_is_looked_at_and_connected_to() {
    let (address, heard) = server(vec![answer("200 OK", "", "ok")]).await;
    let url = format!("http://hooks.example:{}/", address.port());
    let names = Arc::new(Names(vec!["10.0.0.1".parse().unwrap(), "127.0.0.1".parse().unwrap()]));
    let client = HttpClient::new(Guard::default()).with_resolver(names.clone());
    let error = client.send(get(&url)).await.unwrap_err();
    assert!(matches!(error, HttpError::Private { .. }), "{error}");
    let allowed = Guard {
        allow_private: false,
        allowed: vec![integrations::Allowed::parse("127.0.0.0/8").unwrap()],
    };
    let client = HttpClient::new(allowed).with_resolver(names);
    assert_eq!(client.send(get(&url)).await.unwrap().body, "ok");
    assert!(heard.lock().unwrap()[0].contains(&format!("host: hooks.example:{}", address.port())));
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    let (inside, heard_inside) = server(vec![answer("200 OK", "", "secret")]).await;
    let (outside, _) = server(vec![answer(
        "302 Found",
        &format!("Location: http://{inside}/\r\n"),
        "",
    )])
    .await;
    let allowed = Guard {
        allow_private: false,
        allowed: vec![integrations::Allowed::parse("outside.example").unwrap()],
    };
    let client = HttpClient::new(allowed).with_resolver(Arc::new(Names(vec!["127.0.0.1".parse().unwrap()])));
    let request = Request {
        redirects: 3,
        // Trust in the first address is none in the second.
        trust: Trust::Configured,
        ..get(&format!("http://outside.example:{}/", outside.port()))
    };
    let error = client.send(request).await.unwrap_err();
    assert!(matches!(error, HttpError::Private { .. }), "{error}");
    assert!(heard_inside.lock().unwrap().is_empty());
}

#[tokio::test]
async fn redirects_are_followed_as_far_as_asked_for_and_lose_secrets() {
    let (second, heard_second) = server(vec![answer("200 OK", "", "there")]).await;
    let to_second = answer("302 Found", &format!("Location: http://{second}/x\r\n"), "");
    let (first, _) = server(vec![to_second.clone(), to_second]).await;
    let client = HttpClient::new(open());
    let url = format!("http://{first}/");
    assert_eq!(client.send(get(&url)).await.unwrap().status, 302);
    let mut request = Request::post(&url, Trust::Tenant, "application/json", "{}")
        .header("Authorization", "Bearer secret")
        .unwrap();
    request.redirects = 1;
    let answer = client.send(request).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body[..], answer.url.as_str()),
        (200, &b"there"[..], format!("http://{second}/x").as_str())
    );
    let heard = heard_second.lock().unwrap()[0].to_lowercase();
    assert!(heard.starts_with("get /x "), "{heard}");
    assert!(!heard.contains("secret") && !heard.contains("content-type"), "{heard}");
}

#[tokio::test]
async fn answers_are_bounded_in_size_and_time() {
    let client = HttpClient::new(open());
    let (large, _) = server(vec![answer("200 OK", "", &"x".repeat(100_000))]).await;
    let request = Request {
        most_bytes: 1000,
        ..get(&format!("http://{large}/"))
    };
    let cut = client.send(request).await.unwrap();
    assert_eq!((cut.body.len(), cut.is_cut), (1000, true));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let request = Request {
        time_limit: Duration::from_millis(200),
        ..get(&format!("http://{}/", listener.local_addr().unwrap()))
    };
    let error = client.send(request).await.unwrap_err();
    assert!(matches!(error, HttpError::Timeout { is_sent: true, .. }), "{error}");
    assert!(error.may_have_arrived());
    let (closing, _) = server(vec![String::new()]).await;
    let error = client.send(get(&format!("http://{closing}/"))).await.unwrap_err();
    assert!(matches!(error, HttpError::Lost(_)), "{error}");
    let free = listener.local_addr().unwrap();
    drop(listener);
    let error = client.send(get(&format!("http://{free}/"))).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect(_)), "{error}");
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl RequestLog for Log {
    fn note(&self, exchange: &Exchange<'_>) {
        let line = format!(
            "{} {} {} {:?}",
            exchange.purpose, exchange.method, exchange.url, exchange.outcome
        );
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test]
async fn every_request_is_told_to_the_log_without_secrets() {
    let (address, _) = server(vec![answer("404 Not Found", "", "")]).await;
    let log = Arc::new(Log::default());
    let client = HttpClient::new(open()).with_log(log.clone());
    let request = Request {
        purpose: "test",
        ..get(&format!("http://user:secret@{address}/a?token=secret"))
    };
    client.send(request).await.unwrap();
    let closed = HttpClient::new(Guard::default()).with_log(log.clone());
    closed.send(get(&format!("http://{address}/"))).await.unwrap_err();
    let lines = log.0.lock().unwrap().clone();
    assert_eq!(lines[0], format!("test GET http://{address}/a?token=... Ok(404)"));
    assert!(lines[1].contains("Err("), "{}", lines[1]);
}
