use model::Timestamp;
use serde_json::Value;
use services::{events::raw_trace, highlights::Highlights};

use crate::{
    events::{
        attachments::AttachmentRow,
        breadcrumbs::{self, Breadcrumb},
        contexts::{self, ContextCard, MessageView},
        debug_images::{self, DebugImage},
        feedback::{self, FeedbackView, Report},
        grouping::GroupingView,
        highlights,
        processing_errors::{self, ProcessingError},
        request::{self, RequestView},
        stored::{self, Shown},
        tags::{self, TagDistribution, TagRow},
        trace::{self, TraceOptions, TraceView},
        value::{Pair, Pairs},
    },
    urls::Links,
};

/// One event as its page lays it out.
#[derive(Debug)]
pub(crate) struct EventView {
    pub(crate) source: EventSource,
    pub(crate) errors: Vec<ProcessingError>,
    pub(crate) highlights: Vec<Pair>,
    /// Absent when an exception says it all.
    pub(crate) message: Option<MessageView>,
    pub(crate) feedback: Option<FeedbackView>,
    pub(crate) traces: Vec<TraceView>,
    pub(crate) trace_options: TraceOptions,
    /// The traces as the platform prints them, when that view was chosen.
    pub(crate) raw_trace: Option<String>,
    /// Sections as they are stored, and whether they were cut, where the reader wants them so.
    pub(crate) stored_exception: Option<(String, bool)>,
    pub(crate) stored_request: Option<(String, bool)>,
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
    pub(crate) debug_images: Vec<DebugImage>,
    pub(crate) debug_images_left_out: usize,
}

/// Which event it is, and what is known of it beside its payload.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventSource {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    /// The slug.
    pub(crate) project: String,
    /// `None` for what belongs to none, as transactions.
    pub(crate) issue: Option<i64>,
    pub(crate) grouping: GroupingView,
    /// Its own, the first ones.
    pub(crate) attachments: Vec<AttachmentRow>,
    /// What users wrote about its issue, on this event first.
    pub(crate) reports: Vec<Report>,
    /// What its project wants to see first.
    pub(crate) highlights: Highlights,
}

const MAX_RAW_TRACE: usize = 60_000;

impl EventView {
    /// `tags`: all that the event is found by.
    pub(crate) fn new(
        source: EventSource,
        payload: &Value,
        tags: Vec<(String, String)>,
        distributions: &[TagDistribution],
        trace_options: TraceOptions,
    ) -> Self {
        let has_exception = !crate::events::payload::list(payload, "exception").is_empty();
        let feedback = feedback::feedback(payload);
        let (packages, packages_left_out) = contexts::packages(payload);
        let (debug_images, debug_images_left_out) = debug_images::debug_images(payload);
        let stored = |shown: Shown, name| shown.is_raw().then(|| stored::pretty(payload, name)).flatten();
        let highlights = highlights::chosen(payload, &tags, &source.highlights);
        let raw = trace_options.raw.then(|| raw_trace::raw_trace(payload, MAX_RAW_TRACE));
        Self {
            source,
            errors: processing_errors::processing_errors(payload),
            highlights,
            message: contexts::message(payload)
                .filter(|message| feedback.is_none() && (!has_exception || !message.pairs.is_empty())),
            feedback,
            traces: trace::traces(payload, trace_options),
            trace_options,
            raw_trace: raw,
            stored_exception: stored(trace_options.exception, "exception"),
            stored_request: stored(trace_options.request, "request"),
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
            debug_images,
            debug_images_left_out,
        }
    }

    pub(crate) fn short_id(&self) -> &str {
        self.source.id.get(..8).unwrap_or(&self.source.id)
    }

    /// The event's own page with the stack trace shown in another way.
    fn trace_link(&self, links: &Links, change: impl FnOnce(&mut TraceOptions)) -> String {
        let mut options = self.trace_options;
        change(&mut options);
        let EventSource { id, project, issue, .. } = &self.source;
        let page = match issue {
            Some(issue) => links.event_with(*issue, id, &options.pairs()),
            None => links.project_event_with(project, id, &options.pairs()),
        };
        format!("{page}#stacktrace")
    }

    pub(crate) fn in_app_link(&self, links: &Links) -> String {
        self.laid_out_link(links, false, false)
    }

    pub(crate) fn all_frames_link(&self, links: &Links) -> String {
        self.laid_out_link(links, true, false)
    }

    pub(crate) fn raw_link(&self, links: &Links) -> String {
        self.laid_out_link(links, false, true)
    }

    fn laid_out_link(&self, links: &Links, all_frames: bool, raw: bool) -> String {
        self.trace_link(links, |options| {
            (options.all_frames, options.raw, options.exception) = (all_frames, raw, Shown::Report);
        })
    }

    /// The page with the exception as it is stored.
    pub(crate) fn stored_link(&self, links: &Links) -> String {
        self.trace_link(links, |options| (options.raw, options.exception) = (false, Shown::Raw))
    }

    /// The page with the request shown in the other way.
    pub(crate) fn request_link(&self, links: &Links) -> String {
        let other = match self.trace_options.request {
            Shown::Report => Shown::Raw,
            Shown::Raw => Shown::Report,
        };
        let link = self.trace_link(links, |options| options.request = other);
        link.replace("#stacktrace", "#request")
    }

    /// The JSON of one section, to be kept.
    pub(crate) fn download_link(&self, links: &Links, section: &str) -> String {
        let EventSource { id, project, issue, .. } = &self.source;
        let json = match issue {
            Some(issue) => links.event_json(*issue, id),
            None => links.project_event_json(project, id),
        };
        format!("{json}?section={section}")
    }

    pub(crate) fn order_link(&self, links: &Links) -> String {
        self.trace_link(links, |options| options.oldest_first = !options.oldest_first)
    }

    /// The sections that are there, for the row of links to them.
    pub(crate) fn sections(&self) -> Vec<(&'static str, &'static str)> {
        let source = &self.source;
        let all = [
            (!self.highlights.is_empty(), ("highlights", "Highlights")),
            (self.feedback.is_some(), ("message", "Feedback")),
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
            (!self.debug_images.is_empty(), ("debug-images", "Debug images")),
            (!source.grouping.variants.is_empty(), ("grouping", "Grouping")),
            (!source.attachments.is_empty(), ("attachments", "Attachments")),
            (!source.reports.is_empty(), ("reports", "What users wrote")),
        ];
        all.into_iter()
            .filter(|(is_there, _)| *is_there)
            .map(|(_, section)| section)
            .collect()
    }
}
