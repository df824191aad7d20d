//! The HTTP request during which the event happened.

use serde_json::Value;

use crate::events::{
    payload,
    remarks::{Note, Remarks},
    value::{Pairs, ValueView},
};

#[derive(Debug, Clone)]
pub(crate) struct RequestView {
    pub(crate) method: String,
    pub(crate) url: ValueView,
    /// Tables with their names, those without rows left out.
    pub(crate) tables: Vec<(&'static str, Pairs)>,
    pub(crate) body: Option<ValueView>,
}

pub(crate) fn request(event: &Value) -> Option<RequestView> {
    let request = event
        .get("request")
        .filter(|request| payload::object(event, "request").is_some() && request.is_object())?;
    let method = payload::text(request, "method").unwrap_or_default();
    let url = payload::text(request, "url").unwrap_or_default();
    let remarks = Remarks::of(event).key("request");
    let table = |name: &'static str, key: &str, all: usize| {
        let pairs = payload::noted_pairs(request, key, remarks);
        let noted = pairs
            .iter()
            .map(|(key, value, remarks)| (key.as_str(), *value, *remarks));
        (name, Pairs::noted(noted, 2_000, all))
    };
    let tables = vec![
        table("Query", "query_string", 4_000),
        table("Headers", "headers", 6_000),
        table("Cookies", "cookies", 4_000),
        table("Environment", "env", 4_000),
    ];
    let mut url = ValueView::text(&url, 2_000);
    url.notes = remarks.key("url").notes();
    // A query that was sent as a text has no rows of its own.
    if let Some(Value::String(query)) = request.get("query_string").filter(|query| query.as_str() != Some("")) {
        let notes = remarks.key("query_string").notes();
        url.notes
            .extend(notes.into_iter().map(|note| Note { range: None, ..note }));
        url = ValueView {
            notes: url.notes,
            ..ValueView::text(&format!("{}?{}", url.text.shown, query.trim_start_matches('?')), 2_000)
        };
    }
    let body = request
        .get("data")
        .filter(|data| !data.is_null())
        .map(|data| ValueView::noted(data, remarks.key("data"), 8_000));
    let tables = tables.into_iter().filter(|(_, pairs)| !pairs.is_empty()).collect();
    Some(RequestView {
        method,
        url,
        tables,
        body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn takes_apart_what_was_sent() {
        let event = json!({"request": {
            "method": "POST", "url": "http://shop.example/pay", "query_string": [["a", "1"], ["b", "2"]],
            "headers": {"Accept": "*/*"}, "cookies": [], "data": {"card": "4242"},
        }});
        let view = request(&event).unwrap();
        assert_eq!(
            (view.method.as_str(), view.url.text.shown.as_str()),
            ("POST", "http://shop.example/pay")
        );
        let tables: Vec<_> = view.tables.iter().map(|(name, pairs)| (*name, pairs.len())).collect();
        assert_eq!(tables, [("Query", 2), ("Headers", 1)]);
        assert_eq!(view.body.unwrap().text.shown, r#"{"card":"4242"}"#);
        let secret = json!({"request": {"headers": [["Accept", "*/*"], ["X-Token", "[Filtered]"]]},
            "_meta": {"request": {"headers": {"1": {"1": {"": {"rem": [["@password:filter", "s", 0, 10]]}}}}}}});
        let headers = &request(&secret).unwrap().tables[0].1.shown;
        assert!(headers[0].value.notes.is_empty() && headers[1].value.notes.len() == 1);
        let view = request(&json!({"request": {"url": "/x", "query_string": "?a=1"}})).unwrap();
        assert_eq!(view.url.text.shown, "/x?a=1");
        for nothing in [
            json!({}),
            json!({"request": null}),
            json!({"request": {}}),
            json!({"request": [1]}),
        ] {
            assert!(request(&nothing).is_none());
        }
    }
}
