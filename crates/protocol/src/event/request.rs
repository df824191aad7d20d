use serde_json::Value;

use super::{
    Object,
    decode::{decode_object, schema},
    text::{cookies, headers, query},
};

schema! {
    /// The HTTP request during which the event happened.
    pub struct Request kind REQUEST {
        url "url" Option<String>, pii maybe;
        method "method" Option<String>, pii false;
        data "data" Option<Value>;
        query_string "query_string" Vec<(String, String)>, by query;
        fragment "fragment" Option<String>;
        cookies "cookies" Vec<(String, String)>, by cookies;
        headers "headers" Vec<(String, String)>, by headers;
        env "env" Object;
        inferred_content_type "inferred_content_type" Option<String>, pii false;
        api_target "api_target" Option<String>, pii false;
    }
}
decode_object!(Request);

impl Request {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
