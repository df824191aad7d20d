//! Whose request it is: the key that it shows, looked up.

use http::{header, request::Parts};
use model::{KeyStatus, ProjectId};
use protocol::{
    auth::{Auth, AuthError},
    dsn::Dsn,
};
use services::{App, project_keys::KeyOwner};

use crate::error::{Rejection, RequestError};

/// What a request says of itself before its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) auth: Auth,
    /// The project, where the key came in a DSN.
    pub(crate) project: Option<ProjectId>,
}

impl Claim {
    /// From headers, query, or the key in the path; `None` when there is nothing. More than one is an error.
    pub(crate) fn of(parts: &Parts, path_key: Option<&str>) -> Result<Option<Self>, AuthError> {
        let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let authorization = header(header::AUTHORIZATION.as_str());
        let mut claims = Vec::new();
        match Auth::from_request(header("x-sentry-auth"), authorization, parts.uri.query()) {
            Err(AuthError::Missing) => {}
            auth => claims.push(Self {
                auth: auth?,
                project: None,
            }),
        }
        if let Some(dsn) = authorization.and_then(dsn_of_header) {
            let dsn = dsn.ok_or(AuthError::Malformed("expected a DSN"))?;
            claims.push(Self::of_dsn(&dsn, None));
        }
        if let Some(key) = path_key {
            let key = key.strip_suffix(":no-cache").unwrap_or(key);
            let public_key = key.parse().map_err(|_| AuthError::BadKey)?;
            claims.push(Self {
                auth: Auth {
                    public_key,
                    version: protocol::auth::NEWEST_VERSION,
                    client: None,
                },
                project: None,
            });
        }
        let first = claims.pop();
        if claims.is_empty() {
            Ok(first)
        } else {
            Err(AuthError::Multiple)
        }
    }

    pub(crate) fn of_dsn(dsn: &Dsn, client: Option<String>) -> Self {
        Self {
            auth: Auth::from_dsn(dsn, client),
            project: Some(dsn.project_id),
        }
    }
}

/// `Authorization: DSN https://…`, which `sentry-cli` and scripts for check-ins send. `None` for other schemes.
fn dsn_of_header(value: &str) -> Option<Option<Dsn>> {
    let (scheme, dsn) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("dsn").then(|| dsn.trim().parse().ok())
}

/// Finds the owner of the claimed key, or says why it may not send to this project (`None`: to the key's own).
pub(crate) async fn owner(app: &App, claim: &Claim, project: Option<ProjectId>) -> Result<KeyOwner, RequestError> {
    if let (Some(claimed), Some(project)) = (claim.project, project)
        && claimed != project
    {
        return Err(RequestError::Mismatch("project id"));
    }
    let found = services::project_keys::find_owner(app, &claim.auth.public_key.to_string()).await;
    let owner = found
        .map_err(RequestError::Lookup)?
        .ok_or(RequestError::Rejected(Rejection::UnknownKey, None))?;
    let rejection = match owner.status {
        _ if project.is_some_and(|project| project != owner.project) => Rejection::OtherProject,
        KeyStatus::Disabled => Rejection::DisabledKey,
        KeyStatus::Revoked => Rejection::RevokedKey,
        KeyStatus::Active => return Ok(owner),
    };
    Err(RequestError::Rejected(rejection, Some(owner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn claim(
        headers: &[(&str, &str)],
        query: &str,
        path_key: Option<&str>,
    ) -> Result<Option<(String, Option<ProjectId>)>, AuthError> {
        let mut request = http::Request::builder().uri(format!("/api/1/store/?{query}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Ok(Claim::of(&parts, path_key)?.map(|claim| (claim.auth.public_key.to_string(), claim.project)))
    }

    #[test]
    fn every_form_is_read_and_only_one_may_be_there() {
        let sentry = format!("Sentry sentry_key={KEY}, sentry_version=7");
        let basic = "Basic YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE6";
        let dsn = format!("DSN http://{KEY}@127.0.0.1:9000/7");
        let query = format!("sentry_key={KEY}");
        let found = Ok(Some((KEY.to_owned(), None)));
        assert_eq!(claim(&[("x-sentry-auth", &sentry)], "", None), found);
        assert_eq!(claim(&[("authorization", &sentry)], "", None), found);
        assert_eq!(claim(&[("authorization", basic)], "", None), found);
        assert_eq!(claim(&[], &query, None), found);
        assert_eq!(claim(&[], "", Some(KEY)), found);
        assert_eq!(
            claim(&[("authorization", &dsn)], "", None),
            Ok(Some((KEY.to_owned(), Some(ProjectId(7)))))
        );
        assert_eq!(claim(&[("authorization", "Bearer x")], "", None), Ok(None));
        assert_eq!(claim(&[], "sentry_release=1", None), Ok(None));

        let multiple = Err(AuthError::Multiple);
        assert_eq!(
            claim(&[("x-sentry-auth", &sentry), ("authorization", &sentry)], "", None),
            multiple
        );
        assert_eq!(claim(&[("x-sentry-auth", &sentry)], &query, None), multiple);
        assert_eq!(claim(&[("authorization", &dsn)], &query, None), multiple);
        assert_eq!(claim(&[("authorization", &dsn)], "", Some(KEY)), multiple);
        assert_eq!(claim(&[], &query, Some(KEY)), multiple);
        assert_eq!(claim(&[], "", Some("x")), Err(AuthError::BadKey));
        assert!(matches!(
            claim(&[("authorization", "DSN x")], "", None),
            Err(AuthError::Malformed(_))
        ));
        assert!(matches!(
            claim(&[("x-sentry-auth", "\u{e9}")], "", None),
            Err(AuthError::Malformed(_))
        ));
    }
}
