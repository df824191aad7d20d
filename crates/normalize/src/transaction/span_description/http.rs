//! Requests: method and host, for paths have ids and hosts have tenants.

use protocol::url::{Host, Url};

const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

pub(super) fn scrubbed(description: &str) -> Option<String> {
    let (method, url) = description.split_once(' ')?;
    if !METHODS.iter().any(|known| method.eq_ignore_ascii_case(known)) {
        return None;
    }
    if url.starts_with("data:image/") {
        return Some(format!("{method} data:image/*"));
    }
    let Some(url) = Url::parse(url) else {
        return Some(format!("{method} *"));
    };
    Some(format!("{method} {}://{}", url.scheme, authority(&url)))
}

/// Host and port of an address, the host without its changing parts.
pub(super) fn authority(url: &Url<'_>) -> String {
    let host = match url.host() {
        None => return String::new(),
        Some(Host::V4(address)) if address.is_loopback() => address.to_string(),
        Some(Host::V4(_)) => "*.*.*.*".to_owned(),
        Some(Host::V6(address)) if address.is_loopback() => address.to_string(),
        Some(Host::V6(_)) => "*:*:*:*:*:*:*:*".to_owned(),
        Some(Host::Name(name)) => domain(name),
    };
    match url.port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// Second levels under which countries register names.
const SECOND_LEVELS: [&str; 20] = [
    "ac", "co", "com", "edu", "firm", "gen", "go", "gob", "gov", "gouv", "ltd", "me", "mil", "ne", "net", "nom", "or",
    "org", "plc", "sch",
];

/// Where everybody may have a name: each is somebody's own.
const SHARED: [&str; 18] = [
    "appspot.com",
    "azurewebsites.net",
    "blogspot.com",
    "cloudfront.net",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "netlify.app",
    "ngrok.io",
    "onrender.com",
    "pages.dev",
    "s3.amazonaws.com",
    "surge.sh",
    "vercel.app",
    "web.app",
    "workers.dev",
];

/// Everything before the domain that was registered becomes a star. A short list stands in for that of public suffixes:
/// a wrong guess makes a coarser or a finer group, no wrong one.
fn domain(name: &str) -> String {
    let labels: Vec<&str> = name.split('.').collect();
    let shared = SHARED
        .iter()
        .filter(|suffix| name.ends_with(**suffix) && name.len() > suffix.len())
        .map(|suffix| suffix.matches('.').count() + 1)
        .next();
    let suffix = shared.unwrap_or(match labels.as_slice() {
        [.., second, last] if last.len() == 2 && SECOND_LEVELS.contains(second) => 2,
        _ => 1,
    });
    if labels.len() <= suffix + 1 || labels.iter().any(|label| label.is_empty()) {
        return name.to_owned();
    }
    format!("*.{}", labels[labels.len() - suffix - 1..].join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests() {
        for (description, expected) in [
            (
                "GET https://www.service.io/resources/01234",
                Some("GET https://*.service.io"),
            ),
            ("post http://service.io?a=b", Some("post http://service.io")),
            (
                "GET https://a.b.service.io:8443/x",
                Some("GET https://*.service.io:8443"),
            ),
            ("GET http://www.radio1.bbc.co.uk", Some("GET http://*.bbc.co.uk")),
            ("GET http://bbc.co.uk", Some("GET http://bbc.co.uk")),
            ("GET https://me.github.io/x", Some("GET https://me.github.io")),
            ("GET https://a.me.github.io/x", Some("GET https://*.me.github.io")),
            ("GET http://localhost:3000/data", Some("GET http://localhost:3000")),
            ("GET http://127.0.0.1/data", Some("GET http://127.0.0.1")),
            ("GET http://8.8.8.8:81/data", Some("GET http://*.*.*.*:81")),
            ("GET http://[::1]/", Some("GET http://::1")),
            ("GET http://[fe80::1]/", Some("GET http://*:*:*:*:*:*:*:*")),
            ("GET /clients/563712f9722fb0996ac8f3905b40786f", Some("GET *")),
            ("GET data:image/png;base64,abc", Some("GET data:image/*")),
            ("SELECT count() FROM table", None),
            ("GET", None),
            ("https://a.com/", None),
        ] {
            assert_eq!(scrubbed(description).as_deref(), expected, "{description}");
        }
    }
}
