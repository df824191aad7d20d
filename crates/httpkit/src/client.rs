//! From where a request comes.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use http::{HeaderMap, header, request::Parts};
use services::{App, PublicUrl, browser_sessions::Sender};

use crate::{ApiError, Argument};

/// Headers in which proxies name whom they speak for, the surest first.
const HEADERS: [&str; 2] = ["x-forwarded-for", "x-real-ip"];

/// The address of whoever sent the request, which limits and the log of deeds go by.
///
/// A header is believed only from a proxy that is near: anybody else could write what they like into it. Of several
/// addresses the last one counts, which is the one that the proxy itself saw.
pub fn client_address(parts: &Parts) -> Option<IpAddr> {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip().to_canonical())?;
    if is_near(peer) {
        forwarded(&parts.headers).or(Some(peer))
    } else {
        Some(peer)
    }
}

fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => {
            address == Ipv6Addr::LOCALHOST || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    HEADERS.into_iter().find_map(|name| {
        let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
        let last = value.rsplit(',').next()?.trim();
        let alone: Option<IpAddr> = last.trim_matches(['[', ']']).parse().ok();
        alone
            .or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
            .map(|address| address.to_canonical())
    })
}

/// Who sends a form without being signed in.
#[derive(Debug, Clone)]
pub struct FormSender(pub Sender);

impl Argument for FormSender {}

impl<S: Send + Sync> FromRequestParts<S> for FormSender {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let user_agent = parts.headers.get(header::USER_AGENT);
        Ok(Self(Sender {
            ip: client_address(parts),
            user_agent: user_agent
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
        }))
    }
}

/// By which address somebody reaches the installation: the public one, where it is set.
#[derive(Debug, Clone)]
pub struct ReachedBy(pub PublicUrl);

impl Argument for ReachedBy {}

impl<S: Send + Sync> FromRequestParts<S> for ReachedBy
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
        Ok(Self(App::from_ref(state).url.or_reached_by(host)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_that_is_near_may_speak_for_somebody_else() {
        let check = |peer: &str, headers: &[(&'static str, &str)], expected: &str| {
            let mut request = http::Request::builder();
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            parts
                .extensions
                .insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
            assert_eq!(
                client_address(&parts),
                Some(expected.parse().unwrap()),
                "{peer} {headers:?}"
            );
        };
        check("127.0.0.1", &[], "127.0.0.1");
        check("203.0.113.1", &[("x-forwarded-for", "198.51.100.1")], "203.0.113.1");
        check(
            "::ffff:10.0.0.1",
            &[("x-forwarded-for", "1.2.3.4, 198.51.100.1")],
            "198.51.100.1",
        );
        check("fd00::1", &[("x-forwarded-for", "198.51.100.1:80")], "198.51.100.1");
        check("::1", &[("x-forwarded-for", "[2001:db8::7]")], "2001:db8::7");
        check(
            "10.0.0.1",
            &[("x-forwarded-for", "unknown"), ("x-real-ip", "198.51.100.9")],
            "198.51.100.9",
        );
        check("10.0.0.1", &[("x-forwarded-for", "")], "10.0.0.1");
        let (parts, ()) = http::Request::new(()).into_parts();
        assert_eq!(client_address(&parts), None);
    }
}
