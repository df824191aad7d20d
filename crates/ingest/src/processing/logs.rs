//! Logs: of SDKs, of OpenTelemetry, and of platforms that drain them.

use model::{DataCategory, Outcome};
use protocol::{
    drain,
    items::{Invalid, container::Members, log::Log},
    otlp,
};
use scrub::JsonKind;
use services::{events::document, project_config::ProjectConfig};
use store::events::Document;

use super::{
    containers::{self, Member, MemberContext},
    item::{Processed, Quantities, RawItem, Save},
    requests::integration,
    stored,
};

pub(super) fn process(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    match members(raw) {
        Ok(members) => containers::process(raw, members, config, done),
        Err(error) => done.push(stored::refused(raw, &error)),
    }
}

fn members(raw: &RawItem) -> Result<Members<Log>, Invalid> {
    let received_at = raw.meta.received_at;
    match raw.headers.content_type.as_deref() {
        Some(integration::OTLP_LOGS_JSON) => otlp::logs(otlp::Form::Json, &raw.payload, received_at),
        Some(integration::OTLP_LOGS_PROTOBUF) => otlp::logs(otlp::Form::Protobuf, &raw.payload, received_at),
        Some(integration::VERCEL_LOGS) => drain::vercel::logs(&raw.payload, received_at),
        Some(integration::HEROKU_LOGS) => drain::heroku::logs(&raw.payload, received_at),
        _ => Members::parse(&raw.payload, raw.headers.item_count),
    }
}

impl Member for Log {
    type Kept = Document;

    fn quantities(count: u64, bytes: u64) -> Quantities {
        vec![(DataCategory::LogByte, bytes), (DataCategory::LogItem, count)]
    }

    fn steps(mut self, cx: &MemberContext<'_>) -> Result<Document, Outcome> {
        let (raw, config) = (cx.raw, cx.config);
        let drift = normalize::clock_drift(&containers::context(raw, config));
        self.timestamp.0 = self.timestamp.0.saturating_add(drift);
        self.observed(raw.meta.received_at, cx.bytes);
        containers::infer(&mut self.attributes, cx.settings, raw);
        let item = filter::Item {
            log_body: Some(&self.body),
            release: self.attributes.text("sentry.release"),
            ..filter::Item::default()
        };
        let user_agent = self.attributes.text("user_agent.original");
        if let Some(reason) = stored::filtered(config, &raw.meta, user_agent, item) {
            return Err(reason.into());
        }
        let mut json = self.to_json();
        config.scrubber.json(JsonKind::Log, &mut json);
        Ok(document::of_log(&cx.source(), &json))
    }

    fn keep(raw: &RawItem, kept: Vec<Document>, quantities: Quantities) -> Processed {
        Processed::Save {
            what: Save::Documents(kept),
            quantities,
            item: raw.spooled(),
        }
    }
}
