use std::time::Duration;

use http::Method;

/// One request that was made, with what is secret in its address left out.
#[derive(Debug)]
pub struct Exchange<'a> {
    pub purpose: &'static str,
    pub method: &'a Method,
    pub url: String,
    /// The status of the answer, or what went wrong.
    pub outcome: Result<u16, String>,
    pub took: Duration,
}

/// Is told of every request after its end.
pub trait RequestLog: std::fmt::Debug + Send + Sync {
    fn note(&self, exchange: &Exchange<'_>);
}

/// An address without what may be secret in it: name and password, and the values of its query.
pub fn shown_url(url: &str) -> String {
    let Ok(mut url) = url::Url::parse(url) else {
        return "(not an address)".to_owned();
    };
    // Only an address that cannot have them refuses this.
    let had_login = url.password().is_some() || !url.username().is_empty();
    if had_login && (url.set_username("").is_err() || url.set_password(None).is_err()) {
        return "(not an address)".to_owned();
    }
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    url.set_fragment(None);
    url.set_query(None);
    if !names.is_empty() {
        let mut query = url.query_pairs_mut();
        for name in names {
            query.append_pair(&name, "...");
        }
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_an_address_are_not_shown() {
        let check = |url: &str, expected: &str| assert_eq!(shown_url(url), expected, "{url}");
        check(
            "https://user:secret@hooks.example/a?token=secret&x=1#secret",
            "https://hooks.example/a?token=...&x=...",
        );
        check("https://hooks.example/", "https://hooks.example/");
        check("secret", "(not an address)");
    }
}
