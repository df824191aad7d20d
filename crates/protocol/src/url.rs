//! Reads addresses as far as rules need them: scheme, host, port and path. Not a validator: what no browser would open
//! may pass.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;

/// The parts of an absolute address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url<'a> {
    /// In lower case, without the colon.
    pub scheme: Cow<'a, str>,
    /// In lower case, without user and password; IPv6 addresses in brackets. `None` for `data:…` and the like.
    pub host: Option<Cow<'a, str>>,
    /// Only where it is not the usual one of the scheme.
    pub port: Option<u16>,
    /// From the first slash to query and fragment; of `data:…` what follows the colon.
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub fragment: Option<&'a str>,
}

/// What an address points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host<'a> {
    Name(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl<'a> Url<'a> {
    /// `None` for what is relative or broken.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once(':')?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        if !is_scheme {
            return None;
        }
        let scheme = lower(scheme);
        let (rest, fragment) = split(rest, '#');
        let (rest, query) = split(rest, '?');
        let usual_port = usual_port(&scheme);
        let rest = match usual_port {
            // Browsers take any number of slashes, of either kind.
            Some(_) => rest.trim_start_matches(['/', '\\']),
            None => match rest.strip_prefix("//") {
                Some(rest) => rest,
                None => {
                    return Some(Self {
                        scheme,
                        host: None,
                        port: None,
                        path: rest,
                        query,
                        fragment,
                    });
                }
            },
        };
        let end = rest.find(['/', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = authority_parts(authority)?;
        if host.is_empty() && usual_port.is_some() {
            return None;
        }
        Some(Self {
            scheme,
            host: (!host.is_empty()).then_some(host),
            port: port.filter(|port| Some(*port) != usual_port),
            path,
            query,
            fragment,
        })
    }

    pub fn is_http(&self) -> bool {
        matches!(&*self.scheme, "http" | "https")
    }

    pub fn host(&self) -> Option<Host<'_>> {
        let text = self.host.as_deref()?;
        if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return address.parse().ok().map(Host::V6);
        }
        Some(text.parse().map_or(Host::Name(text), Host::V4))
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_uppercase) {
        Cow::Owned(text.to_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn authority_parts(authority: &str) -> Option<(Cow<'_, str>, Option<u16>)> {
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, rest)| rest);
    let port_at = match host_and_port.rfind(']') {
        Some(bracket) => host_and_port[bracket..].find(':').map(|colon| bracket + colon),
        None => host_and_port.find(':'),
    };
    let (host, port) = match port_at {
        Some(colon) => (&host_and_port[..colon], &host_and_port[colon + 1..]),
        None => (host_and_port, ""),
    };
    let port = match port {
        "" => None,
        port => Some(port.parse().ok()?),
    };
    let is_v6 = host.starts_with('[');
    let valid = if is_v6 {
        host[1..].strip_suffix(']')?.parse::<Ipv6Addr>().is_ok()
    } else {
        !host.contains([' ', '<', '>', '^', '|', '%', '[', ']', '"', '`', '{', '}'])
            && !host.chars().any(char::is_control)
    };
    valid.then(|| (lower(host), port))
}

/// Of the schemes that always have a host.
fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_fall_into_parts() {
        let check = |text: &str, expected: Option<(&str, Option<&str>, Option<u16>, &str)>| {
            let url = Url::parse(text);
            let parts = url
                .as_ref()
                .map(|url| (&*url.scheme, url.host.as_deref(), url.port, url.path));
            assert_eq!(parts, expected, "{text}");
        };
        check("http://A.com/x/y?z#q", Some(("http", Some("a.com"), None, "/x/y")));
        check("HTTPS://u:p@a.com:443", Some(("https", Some("a.com"), None, "")));
        check("https://a.com:8443/", Some(("https", Some("a.com"), Some(8443), "/")));
        check("http:/\\a.com/x", Some(("http", Some("a.com"), None, "/x")));
        check("http://[::1]:8000/", Some(("http", Some("[::1]"), Some(8000), "/")));
        check(
            "data:image/png;base64,xx",
            Some(("data", None, None, "image/png;base64,xx")),
        );
        check("file:///a/b", Some(("file", None, None, "/a/b")));
        check(
            "chrome-extension://abc/x",
            Some(("chrome-extension", Some("abc"), None, "/x")),
        );
        for broken in [
            "",
            "a",
            "/a/b",
            "//a.com",
            "http://",
            "http://a b/",
            "http://a:x/",
            "1a://b",
            "http://[::1/",
            "http://[x]/",
        ] {
            check(broken, None);
        }
        let url = Url::parse("http://a/?b=c?d#e#f").unwrap();
        assert_eq!((url.query, url.fragment), (Some("b=c?d"), Some("e#f")));
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        let check = |text: &str, expected: Option<Host<'_>>| {
            let url = Url::parse(text).unwrap();
            assert_eq!(url.host(), expected, "{text}");
        };
        check("http://a.com", Some(Host::Name("a.com")));
        check("http://127.0.0.1:80/", Some(Host::V4(Ipv4Addr::LOCALHOST)));
        check("http://[::1]/", Some(Host::V6(Ipv6Addr::LOCALHOST)));
        check("blob:x", None);
    }
}
