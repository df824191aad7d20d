//! The query of a request.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use httpkit::ApiError;
use services::{
    App,
    access::{AccessError, OrganizationScope},
};

/// The parameters of a query, in order; keys may repeat.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The last one of this name, as Django has it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Like [`Self::get`], but an empty value is as good as none.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All others.
    pub(crate) fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(key, _)| key != name).cloned().collect())
    }

    /// `1` or `true`.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), Some("1" | "true"))
    }

    pub(crate) fn holds(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|given| given == value)
    }
}

/// The environments that are named; one that the organization has not is not found, as Sentry has it.
pub(crate) async fn environments(
    app: &App,
    scope: &OrganizationScope,
    parameters: &Parameters,
) -> Result<Vec<String>, ApiError> {
    let named: Vec<String> = parameters
        .all("environment")
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    if named.is_empty() {
        return Ok(named);
    }
    let known = services::organizations::environments(app, scope, services::projects::Visibility::All).await?;
    match named.iter().all(|name| known.contains(name)) {
        true => Ok(named),
        false => Err(AccessError::NotFound.into()),
    }
}

impl httpkit::Argument for Parameters {}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        // Pairs of text take every query there is.
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        Ok(Self(pairs.map(|Query(pairs)| pairs).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_repeat_and_the_last_one_counts() {
        let uri = "/?a=1&b=%C3%A9+x&a=2&on=true&empty=&%ff=%ff&&=".parse().unwrap();
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri).unwrap();
        let parameters = Parameters(pairs);
        assert_eq!(parameters.get("a"), Some("2"));
        assert_eq!(parameters.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(parameters.get("b"), Some("é x"));
        assert!(parameters.is_on("on") && !parameters.is_on("a") && parameters.holds("a", "1"));
        assert_eq!((parameters.get("empty"), parameters.filled("empty")), (Some(""), None));
    }
}
