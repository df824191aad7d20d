use protocol::event::{Object, Request};
use serde::Serialize;
use serde_json::Value;

use super::filled;

/// An HTTP request; pairs stay pairs, for names may repeat.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestView<'a> {
    api_target: Option<&'a str>,
    method: Option<&'a str>,
    url: Option<&'a str>,
    query: &'a [(String, String)],
    fragment: Option<&'a str>,
    data: Option<&'a Value>,
    headers: &'a [(String, String)],
    cookies: &'a [(String, String)],
    env: Option<&'a Object>,
    inferred_content_type: Option<&'a str>,
}

impl<'a> RequestView<'a> {
    pub(super) fn of(request: &'a Request) -> Self {
        Self {
            api_target: request.api_target.as_deref(),
            method: request.method.as_deref(),
            url: request.url.as_deref(),
            query: &request.query_string,
            fragment: request.fragment.as_deref(),
            data: request.data.as_ref(),
            headers: &request.headers,
            cookies: &request.cookies,
            env: filled(&request.env),
            inferred_content_type: request.inferred_content_type.as_deref(),
        }
    }
}
