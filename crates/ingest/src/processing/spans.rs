//! Spans that are sent alone: in containers, one by one, and by OpenTelemetry.

use model::{DataCategory, Outcome};
use protocol::{
    envelope::ItemType,
    items::{
        Invalid,
        container::{self, IngestSettings, Members},
        span::StandaloneSpan,
    },
    otlp,
};
use scrub::JsonKind;
use services::{
    events::{self, document},
    project_config::ProjectConfig,
};
use store::events::Document;

use super::{
    containers::{self, Member, MemberContext},
    item::{Processed, Quantities, RawItem, Save},
    requests::integration,
    stored,
};

pub(super) fn process(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    if let Some(outcome) = events::sampled_out(None, raw.meta.received_at, raw.trace(), config) {
        return done.push(Processed::counted(raw, outcome));
    }
    match members(raw) {
        Ok(members) => containers::process(raw, members, config, done),
        Err(error) => done.push(stored::refused(raw, &error)),
    }
}

fn members(raw: &RawItem) -> Result<Members<StandaloneSpan>, Invalid> {
    match raw.headers.content_type.as_deref() {
        Some(integration::OTLP_SPANS_JSON) => otlp::traces(otlp::Form::Json, &raw.payload),
        Some(integration::OTLP_SPANS_PROTOBUF) => otlp::traces(otlp::Form::Protobuf, &raw.payload),
        _ if raw.headers.item_type == ItemType::OtelSpan => otlp::span(&raw.payload),
        _ if raw.headers.is_container() => Members::parse(&raw.payload, raw.headers.item_count),
        _ => StandaloneSpan::parse_legacy(&raw.payload).map(|item| Members {
            valid: vec![container::Member {
                item,
                bytes: raw.payload.len() as u64,
            }],
            invalid: Vec::new(),
            settings: IngestSettings {
                infer_ip: false,
                infer_user_agent: true,
            },
        }),
    }
}

impl Member for StandaloneSpan {
    type Kept = Document;

    fn quantities(count: u64, _bytes: u64) -> Quantities {
        containers::counted(DataCategory::Span, count)
    }

    fn steps(mut self, cx: &MemberContext<'_>) -> Result<Document, Outcome> {
        let (raw, config) = (cx.raw, cx.config);
        containers::infer(&mut self.attributes, cx.settings, raw);
        normalize::span(&mut self, &containers::context(raw, config))
            .map_err(|invalid| Outcome::invalid(invalid.reason))?;
        let item = filter::Item {
            release: self.attributes.text("sentry.release"),
            transaction: self.attributes.text("sentry.segment.name").filter(|_| self.is_segment),
            ..filter::Item::default()
        };
        let user_agent = self.attributes.text("user_agent.original");
        if let Some(reason) = stored::filtered(config, &raw.meta, user_agent, item) {
            return Err(reason.into());
        }
        let mut json = self.to_json();
        config.scrubber.json(JsonKind::Span, &mut json);
        Ok(document::of_span(&cx.source(), &json))
    }

    fn keep(raw: &RawItem, kept: Vec<Document>, quantities: Quantities) -> Processed {
        Processed::Save {
            what: Save::Documents(kept),
            quantities,
            item: raw.spooled(),
        }
    }
}
