use model::Timestamp;
use serde_json::Value;

use crate::events::{
    breadcrumbs::{self, Breadcrumb},
    contexts::{self, ContextCard, MessageView},
    highlights,
    processing_errors::{self, ProcessingError},
    raw_trace,
    request::{self, RequestView},
    tags::{self, TagDistribution, TagRow},
    trace::{self, TraceOptions, TraceView},
    value::{Pair, Pairs},
};

/// One event as its page lays it out.
#[derive(Debug)]
pub(crate) struct EventView {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) errors: Vec<ProcessingError>,
    pub(crate) highlights: Vec<Pair>,
    /// Absent when an exception says it all.
    pub(crate) message: Option<MessageView>,
    pub(crate) traces: Vec<TraceView>,
    pub(crate) trace_options: TraceOptions,
    /// The traces as the platform prints them, when that view was chosen.
    pub(crate) raw_trace: Option<String>,
    pub(crate) security_report: Option<(&'static str, Pairs)>,
    pub(crate) breadcrumbs: Vec<Breadcrumb>,
    pub(crate) breadcrumbs_in_all: String,
    pub(crate) request: Option<RequestView>,
    pub(crate) tags: Vec<TagRow>,
    pub(crate) user: Pairs,
    pub(crate) contexts: Vec<ContextCard>,
    pub(crate) extra: Pairs,
    pub(crate) packages: Vec<(String, String)>,
    pub(crate) packages_left_out: usize,
}

const MAX_RAW_TRACE: usize = 60_000;

impl EventView {
    /// `tags`: all that the event is found by.
    pub(crate) fn new(
        id: &str,
        at: Timestamp,
        payload: &Value,
        tags: Vec<(String, String)>,
        distributions: &[TagDistribution],
        trace_options: TraceOptions,
    ) -> Self {
        let has_exception = !crate::events::payload::list(payload, "exception").is_empty();
        let (packages, packages_left_out) = contexts::packages(payload);
        let raw = trace_options.raw.then(|| raw_trace::raw_trace(payload, MAX_RAW_TRACE));
        Self {
            id: id.to_owned(),
            at,
            errors: processing_errors::processing_errors(payload),
            highlights: highlights::highlights(payload),
            message: contexts::message(payload).filter(|message| !has_exception || !message.pairs.is_empty()),
            traces: trace::traces(payload, trace_options),
            trace_options,
            raw_trace: raw,
            security_report: contexts::security_report(payload),
            breadcrumbs: breadcrumbs::breadcrumbs(payload),
            breadcrumbs_in_all: breadcrumbs::count_in_words(payload),
            request: request::request(payload),
            tags: tags::rows(tags, distributions),
            user: contexts::user(payload),
            contexts: contexts::contexts(payload),
            extra: contexts::extra(payload),
            packages,
            packages_left_out,
        }
    }

    pub(crate) fn short_id(&self) -> &str {
        self.id.get(..8).unwrap_or(&self.id)
    }

    /// The sections that are there, for the row of links to them.
    pub(crate) fn sections(&self) -> Vec<(&'static str, &'static str)> {
        let all = [
            (!self.highlights.is_empty(), ("highlights", "Highlights")),
            (self.message.is_some(), ("message", "Message")),
            (!self.traces.is_empty(), ("stacktrace", "Stack trace")),
            (self.security_report.is_some(), ("report", "Report")),
            (!self.breadcrumbs.is_empty(), ("breadcrumbs", "Breadcrumbs")),
            (self.request.is_some(), ("request", "Request")),
            (!self.tags.is_empty(), ("tags", "Tags")),
            (!self.user.is_empty(), ("user", "User")),
            (!self.contexts.is_empty(), ("contexts", "Contexts")),
            (!self.extra.is_empty(), ("extra", "Extra")),
            (!self.packages.is_empty(), ("packages", "Packages")),
        ];
        all.into_iter()
            .filter(|(is_there, _)| *is_there)
            .map(|(_, section)| section)
            .collect()
    }
}
