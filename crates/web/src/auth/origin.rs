//! Forms of readers who have no session yet, and so no token: they must come from a page of ours.

use http::{HeaderMap, header};
use httpkit::{ApiError, ErrorKind};

/// Refuses a form that another site sent. Browsers say where a form comes from; what says nothing is no browser, and
/// cannot be made to sign somebody in unawares.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let same_site = match text("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match (text(header::ORIGIN.as_str()), text(header::HOST.as_str())) {
            (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, origin)| origin == host),
            (Some(_), None) => false,
            (None, _) => true,
        },
    };
    if same_site {
        Ok(())
    } else {
        Err(ApiError::new(ErrorKind::StaleForm, "The form came from another site."))
    }
}

#[cfg(test)]
mod tests {
    fn check(pairs: &[(&'static str, &'static str)], expected: bool) {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        assert_eq!(super::check(&headers).is_ok(), expected, "{pairs:?}");
    }

    #[test]
    fn only_our_own_pages_may_sign_somebody_in() {
        check(&[], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("origin", "http://127.0.0.1:9000"), ("host", "127.0.0.1:9000")], true);
        check(&[("origin", "http://evil.example"), ("host", "127.0.0.1:9000")], false);
        check(&[("origin", "null"), ("host", "127.0.0.1:9000")], false);
    }
}
