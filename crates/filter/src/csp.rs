use protocol::event::{Event, EventType};

use crate::settings::{Csp, SettingsError, read_lines};

/// What browsers and their extensions, injected scripts and scanners bring into a page: not the page's violations.
const DEFAULTS: [&str; 24] = [
    "about",
    "ms-browser-extension",
    "ms-browser-extension://*",
    "chrome://*",
    "chrome-extension://*",
    "chromeinvokeimmediate://*",
    "chromenull://*",
    "moz-extension://*",
    "mxaddon-pkg://*",
    "safari-extension://*",
    "safari-web-extension://*",
    "webkit-masked-url://*",
    "webviewprogressproxy://*",
    "jar://*",
    "resource://*",
    "symres://*",
    "localhost",
    "*.superfish.com",
    "*.metrext.com",
    "*.kaspersky-labs.com",
    "*.tlscdn.com",
    "translate.google.com",
    "translate.googleapis.com",
    "addons.mozilla.org",
];

/// The sources whose violations are dropped.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sources(Vec<Source>);

/// A part that is absent may be anything.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    scheme: Option<String>,
    host: Host,
    port: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Host {
    Any,
    Exact(String),
    /// The name and all names under it.
    Under(String),
}

impl Sources {
    pub(crate) fn new(settings: &Csp, errors: &mut Vec<SettingsError>) -> Self {
        let mut sources = Vec::new();
        if settings.use_defaults {
            sources.extend(DEFAULTS.into_iter().filter_map(|source| Source::parse(source).ok()));
        }
        read_lines("csp.disallowed_sources", &settings.disallowed_sources, errors, |line| {
            sources.push(Source::parse(line).map_err(|message| (None, message.to_owned()))?);
            Ok(())
        });
        Self(sources)
    }

    pub(crate) fn matches(&self, event: &Event) -> bool {
        event.kind == EventType::Csp
            && [["blocked_uri", "blocked-uri"], ["source_file", "source-file"]]
                .into_iter()
                .filter_map(|names| names.into_iter().find_map(|name| event.csp.get(name)?.as_str()))
                .map(Uri::parse)
                .any(|uri| self.0.iter().any(|source| source.matches(&uri)))
    }
}

impl Source {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let uri = Uri::parse(text);
        let part = |part: &str| (part != "*").then(|| part.to_owned());
        let host = match uri.host.as_str() {
            "*" => Host::Any,
            "" => return Err("the host is missing: write it like example.com or https://*.example.com:8443"),
            host => match host.strip_prefix("*.") {
                Some(name) => Host::Under(name.to_owned()),
                None => Host::Exact(host.to_owned()),
            },
        };
        if matches!(&host, Host::Exact(name) | Host::Under(name) if name.contains('*')) {
            return Err("`*` stands for a whole part, or before a name for all under it: *.example.com");
        }
        Ok(Self {
            scheme: uri.scheme.as_deref().and_then(part),
            host,
            port: uri.port.as_deref().and_then(part),
        })
    }

    fn matches(&self, uri: &Uri) -> bool {
        let same = |wanted: &Option<String>, found: Option<&String>| wanted.is_none() || wanted.as_ref() == found;
        // Browsers of today name an extension by its scheme alone.
        let scheme = uri.scheme.as_ref().unwrap_or(&uri.host);
        let host = match &self.host {
            Host::Any => true,
            Host::Exact(name) => *name == uri.host,
            Host::Under(name) => match uri.host.strip_suffix(name.as_str()) {
                Some(before) => before.is_empty() || before.ends_with('.'),
                None => false,
            },
        };
        host && same(&self.scheme, Some(scheme)) && same(&self.port, uri.port.as_ref())
    }
}

/// The parts of a URI that sources are told apart by, in lower case.
struct Uri {
    scheme: Option<String>,
    host: String,
    port: Option<String>,
}

impl Uri {
    fn parse(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
            None => (None, text.as_str()),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port.to_owned())),
            None => (authority, None),
        };
        Self {
            scheme,
            host: host.to_owned(),
            port,
        }
    }
}
