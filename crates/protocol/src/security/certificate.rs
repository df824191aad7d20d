//! Reports on certificates, of standards that browsers have left since: old devices still send them.

use super::{
    Error, Report, date,
    fields::{Field, any, boolean, number, take, text, texts},
};
use crate::event::{EventType, Object};

const HPKP: [Field; 9] = [
    Field("date_time", &["date-time"], date),
    Field("hostname", &[], text),
    Field("port", &[], number),
    Field("effective_expiration_date", &["effective-expiration-date"], date),
    Field("include_subdomains", &["include-subdomains"], boolean),
    Field("noted_hostname", &["noted-hostname"], text),
    Field("served_certificate_chain", &["served-certificate-chain"], texts),
    Field("validated_certificate_chain", &["validated-certificate-chain"], texts),
    Field("known_pins", &["known-pins"], texts),
];

const EXPECT_CT: [Field; 10] = [
    Field("date_time", &["date-time"], date),
    Field("hostname", &[], text),
    Field("port", &[], number),
    Field("scheme", &[], text),
    Field("effective_expiration_date", &["effective-expiration-date"], date),
    Field("served_certificate_chain", &["served-certificate-chain"], texts),
    Field("validated_certificate_chain", &["validated-certificate-chain"], texts),
    Field("scts", &[], any),
    Field("failure_mode", &["failure-mode"], text),
    Field("test_report", &["test-report"], boolean),
];

const EXPECT_STAPLE: [Field; 9] = [
    Field("date_time", &["date-time"], date),
    Field("hostname", &[], text),
    Field("port", &[], number),
    Field("effective_expiration_date", &["effective-expiration-date"], date),
    Field("response_status", &["response-status"], text),
    Field("ocsp_response", &["ocsp-response"], any),
    Field("cert_status", &["cert-status"], text),
    Field("served_certificate_chain", &["served-certificate-chain"], texts),
    Field("validated_certificate_chain", &["validated-certificate-chain"], texts),
];

pub(super) fn hpkp(report: Object) -> Result<Report, Error> {
    read(report, EventType::Hpkp, &HPKP)
}

pub(super) fn expect_ct(report: Object) -> Result<Report, Error> {
    read(report, EventType::ExpectCt, &EXPECT_CT)
}

pub(super) fn expect_staple(report: Object) -> Result<Report, Error> {
    read(report, EventType::ExpectStaple, &EXPECT_STAPLE)
}

fn read(mut report: Object, kind: EventType, fields: &[Field]) -> Result<Report, Error> {
    let interface = take(&mut report, fields);
    if interface.get("hostname").is_none_or(|hostname| hostname == "") {
        return Err(Error::Malformed("no hostname"));
    }
    Ok(Report { kind, interface })
}
