//! Which pages may send: the allowed domains of a project (`ingest.md` §1.2).

/// A compiled list of allowed domains.
#[derive(Debug, Clone, Default)]
pub struct AllowedOrigins {
    any: bool,
    rules: Vec<Rule>,
}

/// A line of the list in its parts; what is absent allows everything there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    scheme: Option<String>,
    host: Host,
    port: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Any,
    Exact(String),
    /// `*.example.com`: the domain and all below it.
    Below(String),
}

impl AllowedOrigins {
    pub fn new(domains: &[String]) -> Self {
        let lines: Vec<&str> = domains
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .collect();
        Self {
            any: lines.contains(&"*"),
            rules: lines.into_iter().map(Rule::parse).collect(),
        }
    }

    /// Whether a page with this `Origin` (or `Referer`) may send. What has no origin is no page.
    pub fn allow(&self, origin: Option<&str>) -> bool {
        let Some(origin) = origin.map(str::trim).filter(|origin| !origin.is_empty()) else {
            return true;
        };
        if self.any {
            return true;
        }
        // A page from a file, or in a sandbox, says `null`: only `*` lets it send.
        let Some((scheme, rest)) = origin.split_once("://") else {
            return false;
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = split_port(authority);
        self.rules.iter().any(|rule| rule.allows(scheme, host, port))
    }
}

impl Rule {
    fn parse(line: &str) -> Self {
        let line = line.to_ascii_lowercase();
        let (scheme, rest) = match line.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
            None => (None, line.as_str()),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, port) = split_port(authority);
        Self {
            scheme: scheme.filter(|scheme| scheme != "*"),
            host: match host.strip_prefix("*.") {
                Some(domain) => Host::Below(domain.to_owned()),
                None if host == "*" => Host::Any,
                None => Host::Exact(host.to_owned()),
            },
            port: port.filter(|port| *port != "*").map(str::to_owned),
        }
    }

    fn allows(&self, scheme: &str, host: &str, port: Option<&str>) -> bool {
        let host = host.to_ascii_lowercase();
        let host_fits = match &self.host {
            Host::Any => true,
            Host::Exact(name) => *name == host,
            Host::Below(domain) => {
                host == *domain
                    || host
                        .strip_suffix(domain.as_str())
                        .is_some_and(|below| below.ends_with('.'))
            }
        };
        let scheme_fits = self.scheme.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(scheme));
        let port_fits = match &self.port {
            Some(own) => Some(own.as_str()) == port.or_else(|| default_port(scheme)),
            // A line with a scheme names an origin whole, so that another port is another origin.
            None => self.scheme.is_none() || port.is_none() || port == default_port(scheme),
        };
        host_fits && scheme_fits && port_fits
    }
}

fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Some("80"),
        "https" => Some("443"),
        _ => None,
    }
}

/// The last colon parts host and port, but for the colons of an IPv6 address in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(domains: &str, origin: &str, expected: bool) {
        let domains: Vec<String> = domains.split(' ').map(str::to_owned).collect();
        let origins = AllowedOrigins::new(&domains);
        assert_eq!(origins.allow(Some(origin)), expected, "{domains:?} {origin}");
    }

    #[test]
    fn each_form_of_a_line_allows_what_it_says() {
        check("*", "https://a.example", true);
        check("*", "null", true);
        check("a.example", "null", false);
        check("a.example", "https://a.example", true);
        check("a.example", "https://A.Example:8080/path", true);
        check("a.example", "https://b.a.example", false);
        check("a.example", "https://a.example.evil.example", false);
        check("*.a.example", "https://b.a.example", true);
        check("*.a.example", "https://a.example", true);
        check("*.a.example", "https://ba.example", false);
        check("https://a.example", "http://a.example", false);
        check("https://a.example", "https://a.example:443", true);
        check("https://a.example", "https://a.example:8443", false);
        check("https://a.example:8443", "https://a.example:8443", true);
        check("*:3000", "http://localhost:3000", true);
        check("*:3000", "http://localhost:3001", false);
        check("http://[::1]:9000", "http://[::1]:9000", true);
        check("b.example a.example", "https://a.example", true);
        check("a.example", "https://a.example@evil.example", false);
    }

    #[test]
    fn what_has_no_origin_is_no_page() {
        let origins = AllowedOrigins::new(&["a.example".to_owned()]);
        assert!(origins.allow(None) && origins.allow(Some("")));
        assert!(!AllowedOrigins::new(&[]).allow(Some("https://a.example")));
    }
}
