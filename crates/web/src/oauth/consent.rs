//! An application asks to be let in, and the signed-in user decides.

use askama::Template;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::{HeaderValue, header};
use httpkit::{ApiError, CsrfForm};
use protocol::url::Url;
use serde::Deserialize;
use services::oauth::{self, AuthorizationRequest, Consent, ConsentError, Returned};

use super::words;
use crate::{
    errors::policy_for_forms_to,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::{Part, Shell},
    urls,
    visit::{Visit, display_name},
};

/// Tells what an application asks for.
#[derive(Debug, Template)]
#[template(path = "oauth/consent.html")]
pub(crate) struct ConsentPage {
    pub(crate) shell: Shell,
    /// Who decides.
    pub(crate) user: String,
    pub(crate) application: String,
    /// Addresses of the application with what they are.
    pub(crate) pages: Vec<(&'static str, String)>,
    pub(crate) scopes: Vec<ScopeRow>,
    /// Where the answer goes.
    pub(crate) target: String,
    /// The request, sent back with the decision.
    pub(crate) request: Vec<(&'static str, String)>,
}

#[derive(Debug)]
pub(crate) struct ScopeRow {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
}

/// The fields of a request, by their names in addresses.
fn fields(request: AuthorizationRequest) -> Vec<(&'static str, String)> {
    vec![
        ("client_id", request.client_id),
        ("response_type", request.response_type),
        ("redirect_uri", request.redirect_uri),
        ("scope", request.scope),
        ("state", request.state),
        ("code_challenge", request.code_challenge),
        ("code_challenge_method", request.code_challenge_method),
    ]
}

/// The request in an address. A field that comes twice could be read in two ways (RFC 6749 §3.1).
fn read(visit: &Visit) -> Result<AuthorizationRequest, ApiError> {
    let take = |name: &str| {
        let mut values = visit.pairs().filter(|(key, _)| *key == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (value, None) => Ok(value.unwrap_or_default().to_owned()),
            _ => Err(ApiError::bad_request(format_args!(
                "The application sends the field {name} twice."
            ))),
        }
    };
    Ok(AuthorizationRequest {
        client_id: take("client_id")?,
        response_type: take("response_type")?,
        redirect_uri: take("redirect_uri")?,
        scope: take("scope")?,
        state: take("state")?,
        code_challenge: take("code_challenge")?,
        code_challenge_method: take("code_challenge_method")?,
    })
}

/// The address of the application with what it is told.
fn address(returned: &Returned) -> String {
    let separator = if returned.redirect_uri.contains('?') { '&' } else { '?' };
    let fields = returned.fields.iter().map(|(key, value)| (*key, value.as_str()));
    format!("{}{separator}{}", returned.redirect_uri, urls::query(fields))
}

fn lead(returned: &Returned) -> Response {
    Redirect::to(&address(returned)).into_response()
}

/// Where browsers have to allow the form to lead in the end, as a policy names it: addresses of IPv6 cannot be named.
fn form_target(redirect_uri: &str) -> String {
    let Some(url) = Url::parse(redirect_uri) else {
        return String::new();
    };
    match url
        .host
        .as_deref()
        .filter(|host| url.is_http() && !host.starts_with('['))
    {
        Some(host) => {
            let port = url.port.map_or_else(String::new, |port| format!(":{port}"));
            format!("{}://{host}{port}", url.scheme)
        }
        None => format!("{}:", url.scheme),
    }
}

/// `GET /oauth/authorize/`
pub(crate) async fn show(visit: Visit) -> Result<Response, ApiError> {
    let consent = match oauth::check(&visit.app, read(&visit)?).await {
        Ok(consent) => consent,
        Err(ConsentError::Returned(returned)) => return Ok(lead(&returned)),
        Err(error) => return Err(error.into()),
    };
    let shell = visit.shell_of_user(Part::None, "Allow access").await?;
    let policy = policy_for_forms_to(&form_target(&consent.redirect_uri));
    let page = ConsentPage::new(shell, display_name(visit.user()), consent);
    let headers: AppendHeaders<Option<(_, HeaderValue)>> =
        AppendHeaders(policy.map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    Ok((headers, Page(page)).into_response())
}

/// The request again, and what the user wants. Everything is looked at anew: a form can be changed.
#[derive(Debug, Deserialize)]
pub(crate) struct Decision {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    response_type: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    code_challenge: String,
    #[serde(default)]
    code_challenge_method: String,
    /// Whatever is not `allow` is a no.
    #[serde(default)]
    decision: String,
}

/// `POST /oauth/authorize/`
pub(crate) async fn decide(visit: Visit, CsrfForm { form, .. }: CsrfForm<Decision>) -> Result<Response, ApiError> {
    let request = AuthorizationRequest {
        client_id: form.client_id,
        response_type: form.response_type,
        redirect_uri: form.redirect_uri,
        scope: form.scope,
        state: form.state,
        code_challenge: form.code_challenge,
        code_challenge_method: form.code_challenge_method,
    };
    let consent = match oauth::check(&visit.app, request).await {
        Ok(consent) => consent,
        Err(ConsentError::Returned(returned)) => return Ok(lead(&returned)),
        Err(error) => return Err(error.into()),
    };
    if form.decision != "allow" {
        return Ok(lead(&oauth::deny(&consent)));
    }
    let returned = oauth::allow(&visit.app, visit.actor(), visit.user(), consent).await?;
    Ok(lead(&returned))
}

impl ConsentPage {
    fn new(shell: Shell, user: String, consent: Consent) -> Self {
        let application = consent.application;
        let pages = [
            ("Homepage", application.homepage_url),
            ("Privacy policy", application.privacy_url),
            ("Terms of use", application.terms_url),
        ];
        let row = |scope: oauth::GrantScope| ScopeRow {
            name: scope.name(),
            words: words::of_scope(scope),
        };
        Self {
            shell,
            user,
            application: application.name,
            pages: pages.into_iter().filter(|(_, page)| !page.is_empty()).collect(),
            scopes: consent.scopes.into_iter().map(row).collect(),
            target: form_target(&consent.redirect_uri),
            request: fields(consent.request),
        }
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |text: &str, scope: &str, pages: &[(&'static str, &str)]| Self {
            shell: gallery::shell(Part::None, "Allow access", urls::AUTHORIZE),
            user: text.to_owned(),
            application: text.to_owned(),
            pages: pages.iter().map(|(name, page)| (*name, (*page).to_owned())).collect(),
            scopes: scope
                .split(' ')
                .filter_map(|name| name.parse().ok())
                .map(|scope: oauth::GrantScope| ScopeRow {
                    name: scope.name(),
                    words: words::of_scope(scope),
                })
                .collect(),
            target: "https://board.example".to_owned(),
            request: fields(AuthorizationRequest {
                client_id: "4c1f0a8e".to_owned(),
                response_type: "code".to_owned(),
                scope: scope.to_owned(),
                state: text.to_owned(),
                ..AuthorizationRequest::default()
            }),
        };
        let every: Vec<&str> = services::Scope::all().map(services::Scope::name).collect();
        let every = format!("openid profile email {}", every.join(" "));
        vec![
            Sample::new(
                "consent-typical",
                &page(
                    "Status board",
                    "openid org:read event:read",
                    &[("Homepage", "https://board.example/")],
                ),
            ),
            Sample::new("consent-hostile", &page(gallery::HOSTILE, "email", &[])),
            Sample::new("consent-every-scope", &page("Status board", &every, &[])),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_added_to_the_query_of_the_address() {
        let check = |redirect_uri: &str, expected: &str| {
            let returned = Returned {
                redirect_uri: redirect_uri.to_owned(),
                fields: vec![("code", "c".to_owned()), ("state", "a&b=ü".to_owned())],
            };
            assert_eq!(address(&returned), expected);
        };
        check(
            "https://app.example/cb",
            "https://app.example/cb?code=c&state=a%26b%3D%C3%BC",
        );
        check(
            "https://app.example/cb?of=x",
            "https://app.example/cb?of=x&code=c&state=a%26b%3D%C3%BC",
        );
    }

    #[test]
    fn a_policy_names_the_target_of_the_form() {
        let check = |redirect_uri: &str, expected: &str| assert_eq!(form_target(redirect_uri), expected);
        check("https://app.example/cb?x", "https://app.example");
        check("http://127.0.0.1:8080/cb", "http://127.0.0.1:8080");
        check("http://[::1]:8080/cb", "http:");
        check("com.example.app:/cb", "com.example.app:");
    }
}
