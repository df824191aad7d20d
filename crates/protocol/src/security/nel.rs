//! Network errors, which only come in batches of the Reporting API.

use serde_json::Value;

use super::{
    Error, Report,
    fields::{Field, fraction, number, take, text},
};
use crate::event::{EventType, Object};

const FIELDS: [Field; 4] = [
    Field("age", &[], number),
    Field("type", &[], text),
    Field("url", &[], text),
    Field("user_agent", &[], text),
];

const BODY: [Field; 9] = [
    Field("elapsed_time", &[], number),
    Field("method", &[], text),
    Field("phase", &[], text),
    Field("protocol", &[], text),
    Field("referrer", &[], text),
    Field("sampling_fraction", &[], fraction),
    Field("server_ip", &[], text),
    Field("status_code", &[], number),
    Field("type", &[], text),
];

pub(super) fn read(mut report: Object) -> Result<Report, Error> {
    let Some(Value::Object(mut body)) = report.shift_remove("body") else {
        return Err(Error::Malformed("a network error has a body"));
    };
    let mut interface = take(&mut report, &FIELDS);
    let body = take(&mut body, &BODY);
    if !body.is_empty() {
        interface.insert("body".to_owned(), Value::Object(body));
    }
    Ok(Report {
        kind: EventType::Nel,
        interface,
    })
}
