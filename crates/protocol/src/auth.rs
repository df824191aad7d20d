//! Who sends: the key that a request shows, in any of the forms that clients use (`ingest.md` §1.2).

use crate::{
    base64,
    dsn::{Dsn, PublicKey},
    query_string,
};

/// The newest protocol version that is spoken.
pub const NEWEST_VERSION: u16 = 7;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    pub public_key: PublicKey,
    pub version: u16,
    /// `name/version` of the SDK.
    pub client: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error("missing authorization information")]
    Missing,
    #[error("multiple authorization payloads detected")]
    Multiple,
    #[error("bad authorization: {0}")]
    Malformed(&'static str),
    #[error("unsupported protocol version ({0})")]
    UnsupportedVersion(String),
    #[error("bad sentry dsn public key")]
    BadKey,
}

impl Auth {
    /// All sources of one request. `Authorization` headers of other schemes are nobody's business here: a proxy in
    /// front may have put them there.
    pub fn from_request(
        x_sentry_auth: Option<&str>,
        authorization: Option<&str>,
        query: Option<&str>,
    ) -> Result<Self, AuthError> {
        let header = x_sentry_auth
            .map(|value| Self::from_sentry_header(value).unwrap_or(Err(AuthError::Malformed("expected `Sentry`"))));
        let authorization =
            authorization.and_then(|value| Self::from_sentry_header(value).or_else(|| Self::from_basic_header(value)));
        let mut sources = [header, authorization, query.and_then(Self::from_query)]
            .into_iter()
            .flatten();
        let first = sources.next().ok_or(AuthError::Missing)?;
        if sources.next().is_some() {
            Err(AuthError::Multiple)
        } else {
            first
        }
    }

    /// `Sentry sentry_key=…, sentry_version=7, …`; `None` when the value is of another scheme.
    pub fn from_sentry_header(value: &str) -> Option<Result<Self, AuthError>> {
        let rest = strip_scheme(value, "sentry")?;
        let mut fields = Fields::default();
        for field in rest.split(',').map(str::trim).filter(|field| !field.is_empty()) {
            let Some((name, value)) = field.split_once('=') else {
                return Some(Err(AuthError::Malformed("expected name=value")));
            };
            fields.set(name.trim(), value.trim());
        }
        Some(fields.read())
    }

    /// `Basic base64(key:anything)`; `None` when the value is of another scheme.
    pub fn from_basic_header(value: &str) -> Option<Result<Self, AuthError>> {
        let rest = strip_scheme(value, "basic")?;
        let decoded = base64::decode(rest.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
        Some(match decoded {
            None => Err(AuthError::Malformed("expected base64")),
            Some(pair) => {
                let key = pair.split(':').next().unwrap_or_default().to_owned();
                Fields {
                    key: Some(key),
                    ..Fields::default()
                }
                .read()
            }
        })
    }

    /// The `sentry_*` parameters of a query string; `None` when no parameter is about authentication.
    pub fn from_query(query: &str) -> Option<Result<Self, AuthError>> {
        let mut fields = Fields::default();
        for (name, value) in query_string::pairs(query) {
            fields.set(&name, &value);
        }
        fields.any.then(|| fields.read())
    }

    pub fn from_dsn(dsn: &Dsn, client: Option<String>) -> Self {
        Self {
            public_key: dsn.public_key,
            version: NEWEST_VERSION,
            client,
        }
    }
}

fn strip_scheme<'a>(value: &'a str, scheme: &str) -> Option<&'a str> {
    let value = value.trim();
    let prefix = value.get(..scheme.len())?;
    let rest = &value[scheme.len()..];
    (prefix.eq_ignore_ascii_case(scheme) && (rest.is_empty() || rest.starts_with(' '))).then(|| rest.trim())
}

#[derive(Default)]
struct Fields {
    any: bool,
    key: Option<String>,
    version: Option<String>,
    client: Option<String>,
}

impl Fields {
    fn set(&mut self, name: &str, value: &str) {
        let field = match name {
            "sentry_key" => &mut self.key,
            "sentry_version" => &mut self.version,
            "sentry_client" => &mut self.client,
            // Sent along, and ignored.
            "sentry_secret" | "sentry_timestamp" => {
                self.any = true;
                return;
            }
            _ => return,
        };
        self.any = true;
        if !value.is_empty() {
            *field = Some(value.to_owned());
        }
    }

    fn read(self) -> Result<Auth, AuthError> {
        let key = self.key.ok_or(AuthError::Malformed("missing sentry_key"))?;
        // The suffix asks to pass by caches of project settings; here they are never stale.
        let key = key.strip_suffix(":no-cache").unwrap_or(&key);
        let version = match &self.version {
            None => NEWEST_VERSION,
            Some(version) => read_version(version)?,
        };
        let public_key = key.parse().map_err(|_| AuthError::BadKey)?;
        Ok(Auth {
            public_key,
            version,
            client: self.client,
        })
    }
}

/// A number. Clients of the first years wrote `2.0`.
fn read_version(text: &str) -> Result<u16, AuthError> {
    let major = match text.split_once('.') {
        Some((major, minor)) if minor.bytes().all(|byte| byte.is_ascii_digit()) => major,
        _ => text,
    };
    match major.parse() {
        Ok(version) if version <= NEWEST_VERSION => Ok(version),
        _ => Err(AuthError::UnsupportedVersion(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn auth(version: u16, client: Option<&str>) -> Result<Auth, AuthError> {
        Ok(Auth {
            public_key: KEY.parse().unwrap(),
            version,
            client: client.map(str::to_owned),
        })
    }

    #[test]
    fn reads_headers() {
        let check = |value: &str, expected: Option<Result<Auth, AuthError>>| {
            assert_eq!(Auth::from_sentry_header(value), expected, "{value}");
        };
        check(&format!("Sentry sentry_key={KEY}"), Some(auth(7, None)));
        check(
            &format!("sentry sentry_version=6, sentry_client=raven/1, sentry_key={KEY}, sentry_secret=b"),
            Some(auth(6, Some("raven/1"))),
        );
        check(
            &format!("SENTRY  sentry_key={KEY},sentry_version=2.0 ,"),
            Some(auth(2, None)),
        );
        check(&format!("Sentry sentry_key={KEY}:no-cache"), Some(auth(7, None)));
        check("Sentry", Some(Err(AuthError::Malformed("missing sentry_key"))));
        check(
            "Sentry sentry_key",
            Some(Err(AuthError::Malformed("expected name=value"))),
        );
        check("Sentry sentry_key=x", Some(Err(AuthError::BadKey)));
        check(
            &format!("Sentry sentry_key={KEY}, sentry_version=8"),
            Some(Err(AuthError::UnsupportedVersion("8".into()))),
        );
        check(
            &format!("Sentry sentry_key={KEY}, sentry_version=x"),
            Some(Err(AuthError::UnsupportedVersion("x".into()))),
        );
        check("Bearer abc", None);
        check(&format!("Sentryx sentry_key={KEY}"), None);
        check("é", None);
    }

    #[test]
    fn reads_basic_authentication() {
        let check = |value: &str, expected: Option<Result<Auth, AuthError>>| {
            assert_eq!(Auth::from_basic_header(value), expected, "{value}");
        };
        check(
            "Basic YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE6",
            Some(auth(7, None)),
        );
        check("basic YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE", Some(auth(7, None)));
        check("Basic ###", Some(Err(AuthError::Malformed("expected base64"))));
        check("Basic Og==", Some(Err(AuthError::BadKey)));
        check("Sentry x", None);
    }

    #[test]
    fn reads_queries() {
        let check = |query: &str, expected: Option<Result<Auth, AuthError>>| {
            assert_eq!(Auth::from_query(query), expected, "{query}");
        };
        check(
            &format!("sentry_version=7&sentry_client=raven-js%2F1.0&sentry_key={KEY}"),
            Some(auth(7, Some("raven-js/1.0"))),
        );
        check(&format!("?sentry_key={KEY}"), Some(auth(7, None)));
        check(
            "sentry_version=7",
            Some(Err(AuthError::Malformed("missing sentry_key"))),
        );
        check("sentry_release=1&sentry_environment=x&a=b", None);
        check("", None);
    }

    #[test]
    fn takes_exactly_one_source() {
        let header = format!("Sentry sentry_key={KEY}");
        let query = format!("sentry_key={KEY}");
        assert_eq!(Auth::from_request(None, None, Some("a=b")), Err(AuthError::Missing));
        assert_eq!(
            Auth::from_request(None, Some("Bearer x"), None),
            Err(AuthError::Missing)
        );
        assert_eq!(Auth::from_request(Some(&header), Some("Bearer x"), None), auth(7, None));
        assert_eq!(Auth::from_request(None, Some(&header), None), auth(7, None));
        assert_eq!(Auth::from_request(None, None, Some(&query)), auth(7, None));
        assert_eq!(
            Auth::from_request(Some(&header), None, Some(&query)),
            Err(AuthError::Multiple)
        );
        assert_eq!(
            Auth::from_request(Some(&header), Some(&header), None),
            Err(AuthError::Multiple)
        );
        assert!(matches!(
            Auth::from_request(Some("Bearer x"), None, None),
            Err(AuthError::Malformed(_))
        ));
    }
}
