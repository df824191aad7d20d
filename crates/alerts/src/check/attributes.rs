//! The attributes of an event that rules can ask for. One may have several values: those of all exceptions, or frames.

use std::borrow::Cow;

use protocol::event::{Event, Frame, Object, Stacktrace};
use serde_json::Value;

type Values<'e> = Vec<Cow<'e, str>>;
type Get = for<'e> fn(&'e Event) -> Values<'e>;

/// Those that the form offers. Beside them, `extra.…` and `user.…` name anything that is kept there.
pub(super) const ATTRIBUTES: &[(&str, Get)] = &[
    ("message", message),
    ("platform", |event| one(event.platform.as_deref())),
    ("environment", |event| one(event.environment.as_deref())),
    ("type", |event| vec![event.kind.name().into()]),
    ("error.handled", |event| handled(event, true)),
    ("error.unhandled", |event| handled(event, false)),
    ("error.main_thread", main_thread),
    ("exception.type", |event| {
        let exceptions = event.exception.iter();
        texts(exceptions.map(|exception| exception.kind.as_deref()))
    }),
    ("exception.value", |event| {
        let exceptions = event.exception.iter();
        texts(exceptions.map(|exception| exception.value.as_deref()))
    }),
    ("user.id", |event| {
        one(event.user.as_ref().and_then(|user| user.id.as_deref()))
    }),
    ("user.email", |event| {
        one(event.user.as_ref().and_then(|user| user.email.as_deref()))
    }),
    ("user.username", |event| {
        one(event.user.as_ref().and_then(|user| user.username.as_deref()))
    }),
    ("user.ip_address", |event| {
        one(event.user.as_ref().and_then(|user| user.ip_address.as_deref()))
    }),
    ("http.method", |event| {
        one(event.request.as_ref().and_then(|request| request.method.as_deref()))
    }),
    ("http.url", |event| {
        one(event.request.as_ref().and_then(|request| request.url.as_deref()))
    }),
    ("http.status_code", |event| context(event, "response", "status_code")),
    ("sdk.name", |event| {
        one(event.sdk.as_ref().and_then(|sdk| sdk.name.as_deref()))
    }),
    ("stacktrace.code", |event| {
        let lines = frames(event).flat_map(|frame| {
            let around = frame
                .pre_context
                .iter()
                .chain(&frame.context_line)
                .chain(&frame.post_context);
            around.map(|line| Some(line.as_str()))
        });
        texts(lines)
    }),
    ("stacktrace.module", |event| {
        texts(frames(event).map(|frame| frame.module.as_deref()))
    }),
    ("stacktrace.filename", |event| {
        texts(frames(event).map(|frame| frame.filename.as_deref()))
    }),
    ("stacktrace.abs_path", |event| {
        texts(frames(event).map(|frame| frame.abs_path.as_deref()))
    }),
    ("stacktrace.package", |event| {
        texts(frames(event).map(|frame| frame.package.as_deref()))
    }),
    ("device.screen_density", |event| {
        context(event, "device", "screen_density")
    }),
    ("device.screen_dpi", |event| context(event, "device", "screen_dpi")),
    ("device.screen_height_pixels", |event| {
        context(event, "device", "screen_height_pixels")
    }),
    ("device.screen_width_pixels", |event| {
        context(event, "device", "screen_width_pixels")
    }),
    ("app.in_foreground", |event| context(event, "app", "in_foreground")),
    ("os.distribution_name", |event| {
        context(event, "os", "distribution_name")
    }),
    ("os.distribution_version", |event| {
        context(event, "os", "distribution_version")
    }),
    ("unreal.crash_type", |event| context(event, "unreal", "crash_type")),
    ("symbolicated_in_app", symbolicated_in_app),
];

/// Something of an event that a rule asks for.
#[derive(Clone)]
pub(super) enum Attribute {
    Named(Get),
    /// A path below `extra` or the data of the user.
    Data {
        is_user: bool,
        path: Vec<String>,
    },
}

impl Attribute {
    pub(super) fn find(name: &str) -> Option<Self> {
        if let Some((_, get)) = ATTRIBUTES.iter().find(|(known, _)| *known == name) {
            return Some(Self::Named(*get));
        }
        let (root, path) = name.split_once('.')?;
        let is_user = match root {
            "user" => true,
            "extra" => false,
            _ => return None,
        };
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        (!path.iter().any(String::is_empty)).then_some(Self::Data { is_user, path })
    }

    pub(super) fn values<'e>(&self, event: &'e Event) -> Values<'e> {
        match self {
            Self::Named(get) => get(event),
            Self::Data { is_user: false, path } => below(&event.extra, path),
            Self::Data { is_user: true, path } => event.user.as_ref().map_or_else(Vec::new, |user| {
                let geo = path.split_first().filter(|(first, _)| *first == "geo");
                match geo {
                    Some((_, path)) => below(&user.geo, path),
                    None => below(&user.data, path),
                }
            }),
        }
    }
}

fn one(value: Option<&str>) -> Values<'_> {
    texts([value])
}

fn texts<'e>(values: impl IntoIterator<Item = Option<&'e str>>) -> Values<'e> {
    values.into_iter().flatten().map(Cow::Borrowed).collect()
}

fn flag(value: bool) -> Cow<'static, str> {
    if value { "true" } else { "false" }.into()
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(value) => flag(*value),
        Value::Number(number) => number.to_string().into(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}

/// What stands at a path; of a list, each of its parts.
fn below<'e>(object: &'e Object, path: &[String]) -> Values<'e> {
    let Some((last, path)) = path.split_last() else {
        return Vec::new();
    };
    let holder = path
        .iter()
        .try_fold(object, |object, key| object.get(key).and_then(Value::as_object));
    match holder.and_then(|holder| holder.get(last)) {
        Some(Value::Array(values)) => values.iter().filter_map(scalar).collect(),
        Some(value) => scalar(value).into_iter().collect(),
        None => Vec::new(),
    }
}

fn context<'e>(event: &'e Event, name: &str, key: &str) -> Values<'e> {
    let value = event.context(name).and_then(|context| context.get(key));
    value.and_then(scalar).into_iter().collect()
}

/// The message, and what it was made from.
fn message(event: &Event) -> Values<'_> {
    let Some(entry) = &event.logentry else {
        return Vec::new();
    };
    texts([entry.formatted.as_deref(), entry.message.as_deref()])
}

/// Of each exception that tells, whether it was handled as asked.
fn handled(event: &Event, wanted: bool) -> Values<'_> {
    let told = event
        .exception
        .iter()
        .filter_map(|exception| exception.mechanism.as_ref()?.handled);
    told.map(|handled| flag(handled == wanted)).collect()
}

/// Whether an exception came from the main thread, as far as threads say which one that is.
fn main_thread(event: &Event) -> Values<'_> {
    let threads = event.exception.iter().filter_map(|exception| {
        let id = exception.thread_id.as_ref()?;
        event.threads.iter().find(|thread| thread.id.as_ref() == Some(id))
    });
    let is_main = threads
        .filter_map(|thread| thread.main)
        .reduce(|one, other| one || other);
    is_main.map(flag).into_iter().collect()
}

/// The frames of all exceptions, else of the stack that the event is about.
fn frames(event: &Event) -> impl Iterator<Item = &Frame> {
    let mut of_exceptions = event
        .exception
        .iter()
        .filter_map(|exception| exception.stacktrace.as_ref())
        .peekable();
    let other = match of_exceptions.peek() {
        Some(_) => None,
        None => event.crash_stacktrace(),
    };
    of_exceptions
        .chain(other)
        .flat_map(|stacktrace: &Stacktrace| &stacktrace.frames)
}

/// Whether the program's own frames all have names; of an event without such frames nothing is said.
fn symbolicated_in_app(event: &Event) -> Values<'_> {
    let own = frames(event).filter(|frame| frame.in_app == Some(true) && frame.instruction_addr.is_some());
    let all = own
        .map(|frame| frame.function.is_some())
        .reduce(|one, other| one && other);
    all.map(flag).into_iter().collect()
}
