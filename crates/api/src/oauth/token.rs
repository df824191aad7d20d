//! `/oauth/token/` and `/oauth/userinfo/`: what applications ask for by themselves, in the words of RFC 6749.

use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use httpkit::{ApiError, BearerToken, OauthCode, client_address};
use services::{
    App,
    oauth::{self, Credentials, Offer},
};

use super::view::{TokensView, UserInfoView};

fn invalid_request(description: &str) -> ApiError {
    ApiError::oauth(OauthCode::InvalidRequest, description)
}

/// The fields of the form: each at most once (§3.2), and what is empty counts as not sent.
struct Asked(Vec<(String, String)>);

impl Asked {
    fn read(form: Result<Form<Vec<(String, String)>>, FormRejection>) -> Result<Self, ApiError> {
        let Form(mut pairs) =
            form.map_err(|_| invalid_request("the body must be a form, application/x-www-form-urlencoded"))?;
        pairs.retain(|(_, value)| !value.is_empty());
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        if pairs.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(invalid_request("a field was sent twice"));
        }
        Ok(Self(pairs))
    }

    fn find(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    fn get(&self, name: &str) -> Result<&str, ApiError> {
        self.find(name)
            .ok_or_else(|| invalid_request(&format!("{name} is missing")))
    }
}

/// Id and secret, from the header or from the form, and not from both (§2.3).
fn credentials(headers: &HeaderMap, asked: &Asked) -> Result<(String, String), ApiError> {
    let in_form = asked.find("client_id").zip(asked.find("client_secret"));
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let (id, secret) = in_form.ok_or_else(|| unknown_client("client_id and client_secret are missing"))?;
        return Ok((id.to_owned(), secret.to_owned()));
    };
    if asked.find("client_secret").is_some() {
        return Err(invalid_request("the secret was sent in the header and in the form"));
    }
    let (id, secret) = basic(value).ok_or_else(|| unknown_client("the header Authorization is not Basic"))?;
    if asked.find("client_id").is_some_and(|named| named != id) {
        return Err(invalid_request("the header and the form name two applications"));
    }
    Ok((id, secret))
}

fn unknown_client(description: &str) -> ApiError {
    ApiError::oauth(OauthCode::InvalidClient, description)
}

/// Our ids and secrets hold nothing that the form encoding of §2.3.1 would change.
fn basic(value: &HeaderValue) -> Option<(String, String)> {
    let (scheme, text) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let (id, secret) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// `POST /oauth/token/`
pub(crate) async fn fetch_tokens(
    State(app): State<App>,
    parts: Parts,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, ApiError> {
    let asked = Asked::read(form)?;
    let grant_type = asked.get("grant_type")?;
    let (client_id, client_secret) = credentials(&parts.headers, &asked)?;
    let credentials = Credentials {
        client_id: &client_id,
        client_secret: &client_secret,
        ip: client_address(&parts),
    };
    let offer = match grant_type {
        "authorization_code" => Offer::Code {
            code: asked.get("code")?,
            redirect_uri: asked.find("redirect_uri"),
            verifier: asked.find("code_verifier"),
        },
        "refresh_token" => Offer::Refresh(asked.get("refresh_token")?),
        _ => {
            let description = "grant_type must be authorization_code or refresh_token";
            return Err(ApiError::oauth(OauthCode::UnsupportedGrantType, description));
        }
    };
    let fetched = oauth::fetch(&app, &credentials, &offer).await?;
    Ok((not_kept(), Json(TokensView::of(fetched))).into_response())
}

/// Nobody on the way keeps the answer (§5.1).
fn not_kept() -> [(header::HeaderName, HeaderValue); 2] {
    [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ]
}

/// `GET /oauth/userinfo/`
pub(crate) async fn show_user_info(
    State(app): State<App>,
    BearerToken(token): BearerToken,
) -> Result<Response, ApiError> {
    let info = oauth::user_info(&app, &token).await?;
    Ok((not_kept(), Json(UserInfoView::of(info))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: Option<(&str, &str)>) {
        let found = basic(&HeaderValue::from_str(header).unwrap());
        let found = found.as_ref().map(|(id, secret)| (id.as_str(), secret.as_str()));
        assert_eq!(found, expected, "{header}");
    }

    #[test]
    fn the_header_holds_id_and_secret() {
        check("Basic YTpi", Some(("a", "b")));
        check("basic YTpiOmM=", Some(("a", "b:c")));
        for broken in [
            "Basic",
            "Basic ",
            "Basic YQ==",
            "Basic !",
            "Bearer YTpi",
            "Basic /////w==",
        ] {
            check(broken, None);
        }
    }

    #[test]
    fn a_field_is_sent_once() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            Asked::read(Ok(Form(pairs.collect())))
        };
        let asked = read(&[("code", "x"), ("scope", ""), ("scope", "y")]).unwrap();
        assert_eq!((asked.find("code"), asked.find("scope")), (Some("x"), Some("y")));
        assert_eq!(asked.get("grant_type").unwrap_err().detail, "grant_type is missing");
        let twice = read(&[("code", "x"), ("a", "b"), ("code", "x")]).err().unwrap();
        assert_eq!(twice.oauth, Some(OauthCode::InvalidRequest));
    }
}
