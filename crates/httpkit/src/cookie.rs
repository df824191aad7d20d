use http::{HeaderMap, HeaderValue, header};
use services::{PublicUrl, browser_sessions::LIFETIME, second_factor::TRUST};

/// The cookie that holds the secret of a browser session.
pub const SESSION_COOKIE: &str = "tocsin_session";

/// The cookie of a browser that signs in without a code.
pub const TRUSTED_COOKIE: &str = "tocsin_trusted";

/// The value of a cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// `Set-Cookie` for a session that has begun.
pub fn session_cookie(url: &PublicUrl, token: &str) -> HeaderValue {
    set(url, SESSION_COOKIE, token, LIFETIME.as_secs())
}

/// `Set-Cookie` for a browser that is trusted.
pub fn trusted_cookie(url: &PublicUrl, token: &str) -> HeaderValue {
    set(url, TRUSTED_COOKIE, token, TRUST.as_secs())
}

/// `Set-Cookie` that ends the session in the browser.
pub fn clear_session_cookie(url: &PublicUrl) -> HeaderValue {
    set(url, SESSION_COOKIE, "", 0)
}

fn set(url: &PublicUrl, name: &str, value: &str, max_age: u64) -> HeaderValue {
    let secure = if url.is_secure() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).expect("tokens are hex")
}
