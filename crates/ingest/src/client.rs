//! What the headers of a request tell about who sent it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{HeaderMap, header, request::Parts};

/// Longest header value that is kept, in bytes.
const MAX_HEADER_BYTES: usize = 1024;

/// Headers that name the client's address when a proxy stands between (`ingest.md` §1.2), the surest first.
const ADDRESS_HEADERS: [&str; 5] = [
    "x-sentry-forwarded-for",
    "cf-connecting-ip",
    "forwarded",
    "x-forwarded-for",
    "x-real-ip",
];

/// Headers that processing reads: how the body is to be understood, and the browser's hints about itself.
const KEPT_HEADERS: [&str; 10] = [
    "content-type",
    "origin",
    "referer",
    "sec-ch-ua",
    "sec-ch-ua-arch",
    "sec-ch-ua-full-version-list",
    "sec-ch-ua-mobile",
    "sec-ch-ua-model",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) ip: Option<IpAddr>,
    pub(crate) user_agent: Option<String>,
    /// Those of [`KEPT_HEADERS`] that are there.
    pub(crate) headers: Vec<(String, String)>,
}

impl Client {
    /// The page that sends, from `Origin` or else `Referer`; `None` for what is no page.
    pub(crate) fn origin(&self) -> Option<&str> {
        let header = |name: &str| {
            self.headers
                .iter()
                .find(|(own, _)| own == name)
                .map(|(_, value)| value.as_str())
        };
        header("origin").or_else(|| header("referer").filter(|referer| referer.starts_with("http")))
    }

    pub(crate) fn of(parts: &Parts) -> Self {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let kept = KEPT_HEADERS.into_iter();
        Self {
            ip: forwarded_ip(&parts.headers).or(peer),
            user_agent: text(&parts.headers, header::USER_AGENT.as_str()),
            headers: kept
                .filter_map(|name| Some((name.to_owned(), text(&parts.headers, name)?)))
                .collect(),
        }
    }
}

/// The value of a header; bytes that are no text are replaced, and what is too long is cut.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    let mut text = String::from_utf8_lossy(&value[..value.len().min(MAX_HEADER_BYTES)]).into_owned();
    text.retain(|character| character != '\0');
    (!text.is_empty()).then_some(text)
}

fn forwarded_ip(headers: &HeaderMap) -> Option<IpAddr> {
    ADDRESS_HEADERS.into_iter().find_map(|name| {
        let value = headers.get(name)?.to_str().ok()?;
        let first = value.split(',').next()?;
        if name == "forwarded" {
            let parameter = first.split(';').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                key.trim().eq_ignore_ascii_case("for").then_some(value)
            });
            address(parameter?)
        } else {
            address(first)
        }
    })
}

/// An address as proxies write it: perhaps quoted, in brackets, with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let ip: Option<IpAddr> = text.parse().or_else(|_| bracketed.unwrap_or_default().parse()).ok();
    ip.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_first_address_that_proxies_name() {
        let check = |headers: &[(&'static str, &'static str)], expected: Option<&str>| {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            let expected = expected.map(|ip| ip.parse().unwrap());
            assert_eq!(forwarded_ip(&headers), expected, "{headers:?}");
        };
        check(&[], None);
        check(&[("x-forwarded-for", "203.0.113.7, 10.0.0.1")], Some("203.0.113.7"));
        check(&[("x-forwarded-for", "203.0.113.7:4711")], Some("203.0.113.7"));
        check(&[("x-forwarded-for", "2001:db8::7")], Some("2001:db8::7"));
        check(&[("x-forwarded-for", "::ffff:203.0.113.7")], Some("203.0.113.7"));
        check(
            &[("x-forwarded-for", "unknown"), ("x-real-ip", "203.0.113.9")],
            Some("203.0.113.9"),
        );
        check(
            &[("forwarded", "proto=https;For=\"[2001:db8::7]:80\", for=10.0.0.1")],
            Some("2001:db8::7"),
        );
        check(&[("forwarded", "for=_hidden")], None);
        check(
            &[("cf-connecting-ip", "203.0.113.1"), ("x-forwarded-for", "203.0.113.2")],
            Some("203.0.113.1"),
        );
        check(&[("x-forwarded-for", "")], None);
    }
}
