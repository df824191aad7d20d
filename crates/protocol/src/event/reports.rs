//! Reports of browsers, as events carry them (`ingest.md` §3.3 "Security reports"); [`crate::security`] reads what
//! browsers send.

use serde_json::Value;

use super::{
    Object,
    decode::Decoder,
    shape::{Others, Read, Shape, array, boolean, float, signed, string, strings, unsigned},
};

type Fields = &'static [(&'static str, Read)];

const fn shape(fields: Fields) -> Shape {
    Shape {
        fields,
        others: Others::Dropped,
    }
}

static CSP: Shape = shape(&[
    ("effective_directive", string),
    ("blocked_uri", string),
    ("document_uri", string),
    ("original_policy", string),
    ("referrer", string),
    ("status_code", unsigned),
    ("violated_directive", string),
    ("source_file", string),
    ("line_number", unsigned),
    ("column_number", unsigned),
    ("script_sample", string),
    ("disposition", string),
]);

pub(super) fn csp(value: Value, cx: &mut Decoder) -> Object {
    CSP.read(value, cx)
}

static HPKP: Shape = shape(&[
    ("date_time", string),
    ("hostname", string),
    ("port", unsigned),
    ("effective_expiration_date", string),
    ("include_subdomains", boolean),
    ("noted_hostname", string),
    ("served_certificate_chain", strings),
    ("validated_certificate_chain", strings),
    ("known_pins", strings),
]);

pub(super) fn hpkp(value: Value, cx: &mut Decoder) -> Object {
    HPKP.read(value, cx)
}

static EXPECT_CT: Shape = shape(&[
    ("date_time", string),
    ("hostname", string),
    ("port", unsigned),
    ("scheme", string),
    ("effective_expiration_date", string),
    ("served_certificate_chain", strings),
    ("validated_certificate_chain", strings),
    ("scts", array),
    ("failure_mode", string),
    ("test_report", boolean),
]);

pub(super) fn expect_ct(value: Value, cx: &mut Decoder) -> Object {
    EXPECT_CT.read(value, cx)
}

static EXPECT_STAPLE: Shape = shape(&[
    ("date_time", string),
    ("hostname", string),
    ("port", unsigned),
    ("effective_expiration_date", string),
    ("response_status", string),
    ("ocsp_response", |value, _cx| Some(value)),
    ("cert_status", string),
    ("served_certificate_chain", strings),
    ("validated_certificate_chain", strings),
]);

pub(super) fn expect_staple(value: Value, cx: &mut Decoder) -> Object {
    EXPECT_STAPLE.read(value, cx)
}

static NEL: Shape = shape(&[
    ("age", signed),
    ("type", string),
    ("url", string),
    ("user_agent", string),
    ("body", |value, cx| {
        let body = NEL_BODY.read(value, cx);
        (!body.is_empty()).then_some(Value::Object(body))
    }),
]);

static NEL_BODY: Shape = shape(&[
    ("elapsed_time", unsigned),
    ("method", string),
    ("phase", string),
    ("protocol", string),
    ("referrer", string),
    ("sampling_fraction", float),
    ("server_ip", string),
    ("status_code", unsigned),
    ("type", string),
]);

pub(super) fn nel(value: Value, cx: &mut Decoder) -> Object {
    NEL.read(value, cx)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::event::Event;

    #[test]
    fn fields_of_the_wrong_kind_are_left_out() {
        let event = Event::from_json(json!({
            "csp": {"effective_directive": "img-src", "blocked_uri": 5, "status_code": "200", "own": 1},
            "hpkp": {"hostname": "a", "port": "x", "known_pins": ["p", 5]},
            "expectct": {"hostname": "a", "scts": [{}]},
            "expectstaple": {"hostname": "a", "ocsp_response": {"x": 1}},
            "nel": {"age": 5, "body": {"type": "tcp.aborted", "status_code": "0"}},
        }))
        .unwrap();
        let told = |report: &super::Object| Value::Object(report.clone());
        assert_eq!(told(&event.csp), json!({"effective_directive": "img-src"}));
        assert_eq!(told(&event.hpkp), json!({"hostname": "a", "known_pins": ["p"]}));
        assert_eq!(told(&event.expectct), json!({"hostname": "a", "scts": [{}]}));
        assert_eq!(
            told(&event.expectstaple),
            json!({"hostname": "a", "ocsp_response": {"x": 1}})
        );
        assert_eq!(told(&event.nel), json!({"age": 5, "body": {"type": "tcp.aborted"}}));
        let wrong: Vec<&str> = event.errors.iter().filter_map(|error| error.name.as_deref()).collect();
        assert_eq!(
            wrong,
            [
                "csp.blocked_uri",
                "csp.status_code",
                "hpkp.port",
                "hpkp.known_pins.1",
                "nel.body.status_code"
            ]
        );
    }
}
