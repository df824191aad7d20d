//! Events: an error, a message, and what was known around it (`ingest.md` §3).
//!
//! Reading never refuses an event for one of its fields: a bad one is left out and noted in [`Event::errors`]. What is
//! written is the same form again, with the same keys, and can be read back.

mod attribute_names;
mod breadcrumb;
mod contexts;
mod debug_meta;
mod decode;
mod exception;
mod field_error;
pub(crate) mod json;
mod json_tree;
mod levels;
mod logentry;
mod measurement;
pub mod meta;
mod reports;
mod request;
mod sdk;
mod shape;
mod span;
mod span_status;
mod stacktrace;
mod template;
mod text;
mod thread;
mod trace_id;
mod transaction_info;
mod user;
mod values;
pub mod walk;

use std::borrow::Cow;

use model::{EventId, Level, Timestamp};
use serde::{Serialize, ser::SerializeMap};
use serde_json::Value;

pub use self::{
    breadcrumb::Breadcrumb,
    decode::storable_time,
    exception::{Exception, Mechanism},
    field_error::FieldError,
    json::{InvalidJson, parse_embedded},
    logentry::LogEntry,
    measurement::{Breakdowns, Measurement, Measurements, Named},
    meta::Meta,
    request::Request,
    sdk::{Package, Sdk},
    span::{Span, SpanLink},
    span_status::{ParseSpanStatusError, SpanStatus},
    stacktrace::{Frame, Stacktrace},
    template::Template,
    text::{Entries, parse_cookies},
    thread::{Thread, ThreadId},
    trace_id::{ParseTraceIdError, SpanId, TraceId},
    transaction_info::{NameChange, TransactionInfo},
    user::User,
    values::Values,
};
use self::{
    decode::{Decoder, Field, schema},
    json_tree::{Members, Tree},
    text::{fingerprint, lenient, tags},
};

/// A JSON object, keys in the order in which they came.
pub type Object = serde_json::Map<String, Value>;

/// What kind of event it is. Only `transaction` and `feedback` are taken from SDKs, the rest follows from the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EventType {
    #[default]
    Default,
    Error,
    Transaction,
    Csp,
    Hpkp,
    ExpectCt,
    ExpectStaple,
    Nel,
    Feedback,
}

impl EventType {
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Error => "error",
            Self::Transaction => "transaction",
            Self::Csp => "csp",
            Self::Hpkp => "hpkp",
            Self::ExpectCt => "expectct",
            Self::ExpectStaple => "expectstaple",
            Self::Nel => "nel",
            Self::Feedback => "feedback",
        }
    }
}

impl Field for EventType {
    /// A type that is not known is no error: SDKs may send what they like, it is inferred anyway.
    fn decode(value: Value, _cx: &mut Decoder) -> Self {
        match value.as_str() {
            Some("error") => Self::Error,
            Some("transaction") => Self::Transaction,
            Some("csp") => Self::Csp,
            Some("hpkp") => Self::Hpkp,
            Some("expectct") => Self::ExpectCt,
            Some("expectstaple") => Self::ExpectStaple,
            Some("nel") => Self::Nel,
            Some("feedback") => Self::Feedback,
            _ => Self::Default,
        }
    }

    fn is_absent(&self) -> bool {
        false
    }

    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(key, self)
    }
}

schema! {
    pub struct Event kind EVENT {
        event_id "event_id" Option<EventId>;
        kind "type" EventType;
        timestamp "timestamp" Option<Timestamp>;
        start_timestamp "start_timestamp" Option<Timestamp>;
        received "received" Option<Timestamp>;
        level "level" Option<Level>;
        platform "platform" Option<String>, pii false;
        logger "logger" Option<String>, pii false;
        transaction "transaction" Option<String>, pii false;
        culprit "culprit" Option<String>, pii maybe;
        server_name "server_name" Option<String>;
        site "site" Option<String>, pii false;
        release "release" Option<String>, by lenient, pii false;
        dist "dist" Option<String>, pii false;
        environment "environment" Option<String>, pii false;
        logentry "logentry" Option<LogEntry>;
        /// The innermost cause first.
        exception "exception" Values<Exception>;
        threads "threads" Values<Thread>;
        /// Where old clients put the only stack.
        stacktrace "stacktrace" Option<Stacktrace>;
        template "template" Option<Template>;
        request "request" Option<Request>;
        user "user" Option<User>;
        tags "tags" Vec<(String, String)>, by tags, pii maybe;
        breadcrumbs "breadcrumbs" Values<Breadcrumb>;
        contexts "contexts" Object, by contexts::contexts, walk levels::contexts;
        extra "extra" Object;
        modules "modules" Entries, pii false;
        fingerprint "fingerprint" Vec<String>, by fingerprint, pii false;
        /// Milliseconds from the beginning of what failed.
        time_spent "time_spent" Option<u64>, pii false;
        /// The hash to group by, from clients of the first years.
        checksum "checksum" Option<String>, pii false;
        sdk "sdk" Option<Sdk>;
        debug_meta "debug_meta" Object, by debug_meta::debug_meta, pii false;
        csp "csp" Object, by reports::csp, walk levels::csp;
        hpkp "hpkp" Object, by reports::hpkp;
        expectct "expectct" Object, by reports::expect_ct;
        expectstaple "expectstaple" Object, by reports::expect_staple;
        nel "nel" Object, by reports::nel;
        /// Which of the exceptions the event is named after, by its id in the group; else the last.
        main_exception_id "main_exception_id" Option<u64>, pii false;
        spans "spans" Vec<Span>, by span::spans;
        measurements "measurements" Measurements;
        breakdowns "breakdowns" Breakdowns;
        transaction_info "transaction_info" Option<TransactionInfo>;
        errors "errors" Vec<FieldError>;
        /// Remarks on fields that were changed or cut, by path.
        meta "_meta" Meta;
    }
}

/// Keys of old clients, and the keys of today. Earlier lines win over later ones.
const ALIASES: [(&str, &str); 9] = [
    ("sentry.interfaces.Message", "logentry"),
    ("message", "logentry"),
    ("sentry.interfaces.User", "user"),
    ("sentry.interfaces.Http", "request"),
    ("sentry.interfaces.Contexts", "contexts"),
    ("sentry.interfaces.Breadcrumbs", "breadcrumbs"),
    ("sentry.interfaces.Exception", "exception"),
    ("sentry.interfaces.Stacktrace", "stacktrace"),
    ("sentry.interfaces.Template", "template"),
];

impl Event {
    /// Reads what an SDK sent. Half surrogate pairs and numbers that are too large are mended, U+0000 is replaced, what
    /// is nested too deep becomes text.
    pub fn from_slice(json: &[u8]) -> Result<Self, InvalidJson> {
        Self::from_clean(json::parse_flat(json)?, Decoder::default())
    }

    pub fn from_json(mut value: Value) -> Result<Self, InvalidJson> {
        json::replace_nul(&mut value);
        json::flatten(&mut value);
        Self::from_clean(value.into(), Decoder::default())
    }

    /// Reads what [`Self::to_json`] wrote.
    pub fn from_stored(json: &str) -> Result<Self, InvalidJson> {
        let mut cx = Decoder::default();
        cx.is_stored = true;
        Self::from_clean(json::read(json.as_bytes())?.0, cx)
    }

    fn from_clean(tree: Tree<'_>, mut cx: Decoder) -> Result<Self, InvalidJson> {
        let mut members = tree.into_members().map_err(|_| InvalidJson::not_an_object())?;
        for (alias, key) in ALIASES {
            let at = |members: &Members<'_>, key: &str| members.iter().position(|(other, _)| other == key);
            let Some(aliased) = at(&members, alias) else {
                continue;
            };
            let (_, value) = members.remove(aliased);
            match at(&members, key) {
                Some(named) if members[named].1.is_null() => members[named].1 = value,
                Some(_) => {}
                None => members.push((Cow::Borrowed(key), value)),
            }
        }
        let mut event = Self::of_members(members, &mut cx);
        cx.finish(&mut event.errors, &mut event.meta);
        Ok(event)
    }

    /// The form that is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every part of an event has a form in JSON")
    }

    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    pub fn context(&self, name: &str) -> Option<&Object> {
        self.contexts.get(name)?.as_object()
    }

    /// The exception that names the event.
    pub fn main_exception(&self) -> Option<&Exception> {
        let named = self.main_exception_id.and_then(|id| {
            let id_of = |exception: &&Exception| {
                exception
                    .mechanism
                    .as_ref()
                    .and_then(|mechanism| mechanism.exception_id)
            };
            self.exception.iter().find(|exception| id_of(exception) == Some(id))
        });
        named.or_else(|| self.exception.last())
    }

    /// Whether an exception says that nothing in the program caught it.
    pub fn is_unhandled(&self) -> bool {
        self.exception.iter().any(|exception| {
            exception
                .mechanism
                .as_ref()
                .is_some_and(|mechanism| mechanism.handled == Some(false))
        })
    }

    /// The stack that the event is about: that of the exception which names it, else the old top-level one, else that
    /// of the only thread or of the one that crashed.
    pub fn crash_stacktrace(&self) -> Option<&Stacktrace> {
        let exception = self
            .main_exception()
            .and_then(|exception| exception.stacktrace.as_ref());
        exception
            .or(self.stacktrace.as_ref())
            .or_else(|| match self.threads.as_slice() {
                [thread] => thread.stacktrace.as_ref(),
                threads => threads
                    .iter()
                    .find(|thread| thread.crashed == Some(true))?
                    .stacktrace
                    .as_ref(),
            })
    }

    /// The frame that speaks for the event: the newest with a name, of the program's own if there is one.
    pub fn crash_frame(&self) -> Option<&Frame> {
        let named = |frame: &Frame| !matches!(frame.function.as_deref(), None | Some("" | "<redacted>" | "<unknown>"));
        self.crash_stacktrace()?.newest_frame(named)
    }

    /// Every stack of the event.
    pub fn stacktraces_mut(&mut self) -> impl Iterator<Item = &mut Stacktrace> {
        let exceptions = self
            .exception
            .iter_mut()
            .flat_map(|exception| [&mut exception.stacktrace, &mut exception.raw_stacktrace]);
        let threads = self
            .threads
            .iter_mut()
            .flat_map(|thread| [&mut thread.stacktrace, &mut thread.raw_stacktrace]);
        exceptions
            .chain(threads)
            .chain([&mut self.stacktrace])
            .filter_map(Option::as_mut)
    }
}

#[cfg(test)]
mod tests;
