//! Around every route: failures become the error page, and each answer says what a browser may do with it.

use std::sync::Arc;

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use httpkit::{ApiError, ErrorKind, NextStep};

use super::{ErrorPage, Failure};
use crate::{
    notice::{self, Done, PendingNotice},
    page::Page,
    shell::{Shell, Theme},
    urls,
    visit::{KeptShell, THEME_COOKIE},
};

/// Nothing but our own files, and no script or style that stands in a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(POLICY);
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// The same for a page whose form leads elsewhere in the end: browsers look at the address behind the redirect as well.
pub(crate) fn policy_for_forms_to(target: &str) -> Option<HeaderValue> {
    let policy = POLICY.replace("form-action 'self'", &format!("form-action 'self' {target}"));
    HeaderValue::try_from(policy).ok()
}

pub(crate) async fn around(mut request: Request, next: Next) -> Response {
    let kept = KeptShell::default();
    request.extensions_mut().insert(kept.clone());
    let asked = Asked::of(&request);
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions().get::<Arc<ApiError>>().cloned() {
        response = asked.failed(&error, kept.take());
    }
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    // Files that somebody sent come with a policy that allows less still.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(CONTENT_SECURITY_POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The page of a shared issue tells no page at all.
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
    // Pages hold what only their reader may see; assets say for themselves how long they keep.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-store"));
    if is_page && asked.has_notice && asked.method == Method::GET && !asked.is_part {
        headers.append(header::SET_COOKIE, notice::forget());
    }
    response
}

/// What the error page has to know of the request.
struct Asked {
    method: Method,
    here: String,
    theme: Theme,
    /// Whether htmx asks for a part of a page.
    is_part: bool,
    has_notice: bool,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let headers: &HeaderMap = request.headers();
        Self {
            method: request.method().clone(),
            here: request
                .uri()
                .path_and_query()
                .map_or_else(String::new, |here| here.as_str().to_owned()),
            theme: Theme::from_name(httpkit::cookie(headers, THEME_COOKIE).unwrap_or_default()),
            is_part: headers.contains_key(HX_REQUEST),
            has_notice: httpkit::cookie(headers, notice::COOKIE).is_some_and(|notice| !notice.is_empty()),
        }
    }

    fn failed(&self, error: &ApiError, shell: Option<Shell>) -> Response {
        match &error.next {
            Some(NextStep::Sudo { .. }) => return self.to(&urls::leading_to(urls::SUDO, self.back())),
            Some(NextStep::Superuser) => return self.to(&urls::leading_to(urls::SUPERUSER, self.back())),
            // A form that was sent to the old address is not sent again: what it was about is shown.
            Some(NextStep::Moved { url, .. }) if self.method == Method::GET => return self.to(url),
            Some(NextStep::TwoFactor) => {
                let notice = PendingNotice::of(Done::SecondFactorNeeded);
                return (notice, self.to(urls::SECOND_FACTOR)).into_response();
            }
            _ if error.kind == ErrorKind::Unauthenticated => return self.to(&urls::login(self.back())),
            _ => {}
        }
        let failure = Failure::of(error);
        let shell = shell.unwrap_or_else(|| Shell {
            theme: self.theme,
            here: self.here.clone(),
            ..Shell::default()
        });
        let shell = Shell {
            title: failure.heading().to_owned(),
            notice: None,
            scope: None,
            ..shell
        };
        let mut response = Page(ErrorPage { shell, failure }).into_response();
        *response.status_mut() = error.kind.status();
        response
    }

    /// Where a reader goes on afterwards: to a page, never to the target of a form.
    fn back(&self) -> &str {
        if self.method == Method::GET {
            self.here.as_str()
        } else {
            urls::HOME
        }
    }

    /// Leads to a page on which the reader does first what is missing.
    fn to(&self, page: &str) -> Response {
        if self.is_part {
            // A redirect would be followed by the script, which would put the page into the page.
            let page = HeaderValue::try_from(page).unwrap_or(HeaderValue::from_static(urls::LOGIN));
            return (StatusCode::OK, [(HX_REDIRECT, page)]).into_response();
        }
        Redirect::to(page).into_response()
    }
}
