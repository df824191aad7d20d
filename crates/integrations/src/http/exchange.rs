use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// Who wrote the address of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The operator, in the configuration: it may lead anywhere.
    Configured,
    /// Somebody who uses the installation: it may lead to the public internet, and to what the operator excepted.
    Tenant,
}

/// A request with its bounds.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub trust: Trust,
    /// For the whole: the address, the connection, the answer, and all redirects.
    pub time_limit: Duration,
    /// The rest of a longer answer is not read.
    pub most_bytes: usize,
    /// How many redirects are followed; the answer of one more is returned as it is.
    pub redirects: u8,
    /// What the request belongs to, for the log.
    pub purpose: &'static str,
}

impl Request {
    pub const TIME_LIMIT: Duration = Duration::from_secs(10);
    pub const MOST_BYTES: usize = 1 << 20;

    pub fn new(method: Method, url: &str, trust: Trust) -> Self {
        Self {
            method,
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            trust,
            time_limit: Self::TIME_LIMIT,
            most_bytes: Self::MOST_BYTES,
            redirects: 0,
            purpose: "",
        }
    }

    pub fn post(url: &str, trust: Trust, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut request = Self::new(Method::POST, url, trust);
        let content_type = HeaderValue::from_static(content_type);
        request.headers.insert(http::header::CONTENT_TYPE, content_type);
        request.body = body.into();
        request
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, HttpError> {
        let wrong = || HttpError::Header(name.to_owned());
        let known = HeaderName::try_from(name).map_err(|_| wrong())?;
        let value = HeaderValue::try_from(value).map_err(|_| wrong())?;
        self.headers.append(known, value);
        Ok(self)
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// There was more than was read.
    pub is_cut: bool,
    /// Where it came from in the end.
    pub url: String,
}

impl Answer {
    /// A receiver that wants to be left alone for longer is asked after this time.
    pub const LONGEST_WISH: Duration = Duration::from_secs(24 * 3_600);

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// How long the receiver wants to be left alone, if it said so in seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
        let wished = Duration::from_secs(value.trim().parse().ok()?);
        Some(wished.min(Self::LONGEST_WISH))
    }

    /// The beginning of the body as one line of text, for people.
    pub fn excerpt(&self, most: usize) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars().filter(|c| !c.is_control()).take(most).collect()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("not an address of http or https: {0}")]
    Address(String),
    #[error("the header {0:?} cannot be sent")]
    Header(String),
    #[error("{host} is at {address}, which is not an address of the public internet")]
    Private { host: String, address: IpAddr },
    #[error("the address of {host} cannot be found: {reason}")]
    Resolve { host: String, reason: String },
    #[error("no connection: {0}")]
    Connect(String),
    #[error("no encrypted connection: {0}")]
    Tls(String),
    /// The request may have been read.
    #[error("the answer did not come: {0}")]
    Lost(String),
    /// `is_sent`: the request may have been read.
    #[error("no answer within {} ms", limit.as_millis())]
    Timeout { limit: Duration, is_sent: bool },
}

impl HttpError {
    /// Whether the receiver may have got the request.
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Timeout { is_sent: true, .. })
    }

    /// Whether trying again can help.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Self::Address(_) | Self::Header(_))
    }
}
