//! Which addresses an application may have.

use protocol::url::Url;

/// Most characters of an address.
const MAX: usize = 2_000;

/// Only what stands for itself in a header, a page and a policy.
fn is_plain(text: &str) -> bool {
    text.len() <= MAX
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\^`{|};,".contains(&byte))
}

/// The address as its parts; none where readers of addresses could disagree about the host.
fn parse(text: &str) -> Option<Url<'_>> {
    let url = Url::parse(text).filter(|_| is_plain(text))?;
    let rest = text.split_once("://").map(|(_, rest)| rest);
    if url.is_http() {
        let authority = rest?.split(['/', '?', '#']).next()?;
        if authority.is_empty() || authority.contains('@') {
            return None;
        }
    }
    Some(url)
}

/// Where codes may be sent: a page, or a scheme that an installed application has to itself, which holds a point as names
/// of packages do (RFC 8252 §7.1). What browsers run as script has none.
pub(super) fn is_redirect_uri(text: &str) -> bool {
    parse(text).is_some_and(|url| {
        let is_own_scheme = !url.is_http() && url.scheme.contains('.');
        url.fragment.is_none() && !text.contains('#') && (url.is_http() || is_own_scheme)
    })
}

pub(super) fn is_page(text: &str) -> bool {
    parse(text).is_some_and(|url| url.is_http())
}

/// An origin as browsers write it. A pattern is none: `*` would be everybody.
pub(super) fn origin(text: &str) -> Option<String> {
    let url = parse(text).filter(Url::is_http)?;
    let host = url.host.as_deref().filter(|host| !host.contains('*'))?;
    let is_bare = matches!(url.path, "" | "/") && !text.contains(['?', '#']);
    let port = url.port.map_or_else(String::new, |port| format!(":{port}"));
    is_bare.then(|| format!("{}://{host}{port}", url.scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_to_pages_and_to_schemes_of_installed_applications() {
        for good in [
            "https://app.example/callback",
            "https://app.example/callback?of=tocsin",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/cb",
            "com.example.app:/oauth",
        ] {
            assert!(is_redirect_uri(good), "{good}");
        }
        for bad in [
            "",
            "/callback",
            "//app.example/",
            "https://",
            "https:app.example",
            "https:///app.example",
            "https://user@app.example/",
            "https://app.example/#part",
            "https://app.example/#",
            "https://app.example/ x",
            "https://app.example\\@evil.example/",
            "https://app.example/\r\nSet-Cookie:a=b",
            "https://ü.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/oauth",
            "file:///etc/passwd",
        ] {
            assert!(!is_redirect_uri(bad), "{bad}");
        }
        assert!(!is_redirect_uri(&format!("https://app.example/{}", "a".repeat(MAX))));
    }

    #[test]
    fn pages_are_of_the_web() {
        assert!(is_page("https://app.example/privacy#you"));
        for bad in [
            "javascript:alert(1)",
            "app.example",
            "ftp://app.example",
            "com.example.app:/x",
        ] {
            assert!(!is_page(bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port_and_no_pattern() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(origin(text).as_deref(), expected, "{text}");
        };
        check("https://App.example", Some("https://app.example"));
        check("https://app.example:443/", Some("https://app.example"));
        check("http://localhost:3000", Some("http://localhost:3000"));
        check("https://app.example/page", None);
        check("https://app.example?", None);
        check("https://*.example", None);
        check("*", None);
        check("null", None);
        check("com.example.app:/", None);
    }
}
