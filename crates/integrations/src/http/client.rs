use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, LOCATION, USER_AGENT},
};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, pki_types::pem::PemObject as _};
use url::Url;

use super::{
    connect::{Connector, Resolve, SystemResolver},
    exchange::{Answer, HttpError, Request, Trust},
    log::{Exchange, RequestLog, shown_url},
};
use crate::Guard;

const AGENT: HeaderValue = HeaderValue::from_static("tocsin");

/// Bytes of the head of an answer, and how many headers it may have.
const MOST_HEAD_BYTES: usize = 64 << 10;
const MOST_HEADERS: usize = 100;

/// Makes requests; cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpClient {
    connector: Connector,
    log: Option<Arc<dyn RequestLog>>,
}

/// Roots (PEM) that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificates cannot be used: {0}")]
pub struct RootsError(String);

impl HttpClient {
    /// Trusts the public roots.
    pub fn new(guard: Guard) -> Self {
        Self::with_roots(guard, "").expect("the public roots can be used")
    }

    /// Trusts certificates (PEM) besides the public roots.
    pub fn with_roots(guard: Guard, pem: &str) -> Result<Self, RootsError> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        for certificate in rustls::pki_types::CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| RootsError(error.to_string()))?;
            roots.add(certificate).map_err(|error| RootsError(error.to_string()))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| RootsError(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = Connector {
            guard: Arc::new(guard),
            resolver: Arc::new(SystemResolver),
            tls: Arc::new(tls),
        };
        Ok(Self { connector, log: None })
    }

    /// Finds addresses in another way.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.connector.resolver = resolver;
        self
    }

    #[must_use]
    pub fn with_log(mut self, log: Arc<dyn RequestLog>) -> Self {
        self.log = Some(log);
        self
    }

    /// Makes a request, and follows its redirects as far as it says. Any status is an answer.
    pub async fn send(&self, request: Request) -> Result<Answer, HttpError> {
        let started = Instant::now();
        let (purpose, method, url) = (request.purpose, request.method.clone(), request.url.clone());
        let limit = request.time_limit;
        let is_sent = AtomicBool::new(false);
        let result = match tokio::time::timeout(limit, self.follow(request, &is_sent)).await {
            Ok(result) => result,
            Err(_) => Err(HttpError::Timeout {
                limit,
                is_sent: is_sent.load(Ordering::Relaxed),
            }),
        };
        self.note(purpose, &method, &url, &result, started.elapsed());
        result
    }

    fn note(
        &self,
        purpose: &'static str,
        method: &Method,
        url: &str,
        result: &Result<Answer, HttpError>,
        took: Duration,
    ) {
        if let Some(log) = &self.log {
            log.note(&Exchange {
                purpose,
                method,
                url: shown_url(url),
                outcome: result.as_ref().map(|answer| answer.status).map_err(ToString::to_string),
                took,
            });
        }
    }

    async fn follow(&self, mut request: Request, is_sent: &AtomicBool) -> Result<Answer, HttpError> {
        let mut url = parse(&request.url)?;
        loop {
            let answer = self.ask(&url, &request, is_sent).await?;
            let target = if request.redirects == 0 {
                None
            } else {
                redirect(&url, &answer)
            };
            let Some(target) = target.transpose()? else {
                return Ok(answer);
            };
            request.redirects -= 1;
            turn(&mut request, &url, &target, answer.status);
            url = target;
        }
    }

    async fn ask(&self, url: &Url, request: &Request, is_sent: &AtomicBool) -> Result<Answer, HttpError> {
        let stream = self.connector.connect(url, request.trust).await?;
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(MOST_HEAD_BYTES)
            .max_headers(MOST_HEADERS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| HttpError::Connect(error.to_string()))?;
        let outgoing = outgoing(url, request)?;
        is_sent.store(true, Ordering::Relaxed);
        let exchange = async {
            let response = sender.send_request(outgoing).await?;
            let (head, mut body) = response.into_parts();
            let mut bytes = BytesMut::new();
            let mut is_cut = false;
            while let Some(frame) = body.frame().await {
                let Ok(data) = frame?.into_data() else { continue };
                let room = request.most_bytes - bytes.len();
                bytes.extend_from_slice(&data[..data.len().min(room)]);
                if data.len() > room {
                    is_cut = true;
                    break;
                }
            }
            Ok(Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: bytes.freeze(),
                is_cut,
                url: url.to_string(),
            })
        };
        let lost = |error: hyper::Error| HttpError::Lost(error.to_string());
        // The connection is driven by hand, as no task of it may outlive the request.
        tokio::pin!(exchange, connection);
        tokio::select! {
            biased;
            answer = &mut exchange => answer.map_err(lost),
            ended = &mut connection => match ended {
                Ok(()) => exchange.await.map_err(lost),
                Err(error) => Err(lost(error)),
            },
        }
    }
}

fn parse(text: &str) -> Result<Url, HttpError> {
    let url = Url::parse(text.trim()).map_err(|error| HttpError::Address(error.to_string()))?;
    check(&url)?;
    Ok(url)
}

fn check(url: &Url) -> Result<(), HttpError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(HttpError::Address(format!("it begins with {}:", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(HttpError::Address("there is no host".to_owned()));
    }
    Ok(())
}

fn outgoing(url: &Url, request: &Request) -> Result<http::Request<Full<Bytes>>, HttpError> {
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let host = HeaderValue::try_from(authority).map_err(|error| HttpError::Address(error.to_string()))?;
    let mut outgoing = http::Request::builder()
        .method(request.method.clone())
        .uri(path)
        .body(Full::new(request.body.clone()))
        .map_err(|error| HttpError::Address(error.to_string()))?;
    let headers = outgoing.headers_mut();
    headers.insert(USER_AGENT, AGENT);
    headers.extend(request.headers.clone());
    headers.insert(HOST, host);
    Ok(outgoing)
}

/// Where an answer sends us.
fn redirect(url: &Url, answer: &Answer) -> Option<Result<Url, HttpError>> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers.get(LOCATION)?.to_str().ok()?;
    let target = url
        .join(location)
        .map_err(|error| HttpError::Address(error.to_string()));
    Some(target.and_then(|target| check(&target).map(|()| target)))
}

/// Makes a request fit for another address.
fn turn(request: &mut Request, from: &Url, to: &Url, status: u16) {
    let keeps_body = matches!(status, 307 | 308) || matches!(request.method, Method::GET | Method::HEAD);
    if !keeps_body {
        request.method = Method::GET;
        request.body = Bytes::new();
        request.headers.remove(CONTENT_TYPE);
        request.headers.remove(CONTENT_LENGTH);
    }
    if from.origin() != to.origin() {
        // Meant for the first receiver alone; and nobody has configured the second one.
        let secret: HeaderMap = std::mem::take(&mut request.headers);
        request.headers = secret
            .into_iter()
            .filter_map(|(name, value)| Some((name?, value)))
            .filter(|(name, _)| *name != AUTHORIZATION && *name != COOKIE && !name.as_str().starts_with("x-"))
            .collect();
        request.trust = Trust::Tenant;
    }
}
