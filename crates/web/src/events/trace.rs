//! Stack traces of an event: one per exception, or those of the message or the threads when there is no exception.

use std::collections::HashMap;

use httpkit::ApiError;
use model::{OrganizationId, ProjectId};
use serde_json::Value;
use services::options::{self, Reader};

use crate::{
    events::{
        frame::{FrameView, Room},
        payload,
        remarks::{self, Note, Piece, Remarks},
        stored::Shown,
    },
    text::{self, Cut},
    visit::Visit,
};

/// How the reader wants stack traces; in the URL, so that a link shows the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TraceOptions {
    /// Every frame on its own, instead of framework frames folded together.
    pub(crate) all_frames: bool,
    /// The order in which Python prints them.
    pub(crate) oldest_first: bool,
    /// As the platform itself would print it.
    pub(crate) raw: bool,
    /// As it is stored.
    pub(crate) exception: Shown,
    pub(crate) request: Shown,
    /// What the reader sees of both where the address says nothing.
    pub(crate) usual: [Shown; 2],
}

impl TraceOptions {
    /// What the address says, else what the reader has chosen to see.
    pub(crate) async fn of(visit: &Visit, organization: OrganizationId, project: ProjectId) -> Result<Self, ApiError> {
        let reader = Reader {
            organization: Some(organization),
            project: Some(project),
            user: Some(visit.user().id),
        };
        let asked = [&options::EXCEPTION_VIEW, &options::REQUEST_VIEW];
        let values = options::get_many(&visit.app, asked, reader).await?;
        let shown = |index: usize| values[index].as_str().and_then(Shown::from_name).unwrap_or_default();
        Ok(Self::from_query([shown(0), shown(1)], visit.pairs()))
    }

    fn from_query<'a>(usual: [Shown; 2], pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut options = Self {
            exception: usual[0],
            request: usual[1],
            usual,
            ..Self::default()
        };
        for pair in pairs {
            match pair {
                ("exception", name) => options.exception = Shown::from_name(name).unwrap_or(usual[0]),
                ("request", name) => options.request = Shown::from_name(name).unwrap_or(usual[1]),
                ("frames", "all") => options.all_frames = true,
                ("order", "oldest") => options.oldest_first = true,
                ("trace", "raw") => options.raw = true,
                _ => {}
            }
        }
        options
    }

    pub(crate) fn has_unusual_exception(self) -> bool {
        self.exception != self.usual[0]
    }

    pub(crate) fn has_unusual_request(self) -> bool {
        self.request != self.usual[1]
    }

    pub(crate) fn pairs(self) -> Vec<(&'static str, &'static str)> {
        let all = [
            (self.all_frames, ("frames", "all")),
            (self.oldest_first, ("order", "oldest")),
            (self.raw, ("trace", "raw")),
            (self.has_unusual_exception(), ("exception", self.exception.name())),
            (self.has_unusual_request(), ("request", self.request.name())),
        ];
        all.into_iter()
            .filter(|(is_on, _)| *is_on)
            .map(|(_, pair)| pair)
            .collect()
    }
}

/// One exception or thread with its frames.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceView {
    /// The exception's type, or the thread's name; empty for a bare stack trace.
    pub(crate) kind: String,
    pub(crate) value: Cut,
    /// What was done to the value before it was stored.
    pub(crate) notes: Vec<Note>,
    pub(crate) module: String,
    /// How it came to be, after the one above: `It was caused by`.
    pub(crate) relation: Option<String>,
    /// How it was caught: `excepthook`, `auto.http.express`.
    pub(crate) mechanism: String,
    pub(crate) is_handled: Option<bool>,
    pub(crate) runs: Vec<Run>,
    pub(crate) frames: usize,
    pub(crate) left_out: usize,
}

/// What stands in one place of the list of frames.
#[derive(Debug, Clone)]
pub(crate) enum Run {
    Frame(FrameView),
    /// Frames of libraries in a row, folded into one line.
    Framework(Vec<FrameView>),
}

/// More exceptions, and more frames of one, than this are not laid out: the JSON has them.
const MAX_TRACES: usize = 25;
const MAX_FRAMES: usize = 250;
/// In-app frames that stand open from the start.
const OPEN_FRAMES: usize = 8;

/// The traces of an event, the exception that was caught first.
pub(crate) fn traces(event: &Value, options: TraceOptions) -> Vec<TraceView> {
    let mut room = Room::of_a_page();
    let listed = payload::list(event, "exception").iter().enumerate();
    let (places, exceptions): (Vec<usize>, Vec<&Value>) = listed.filter(|(_, value)| value.is_object()).unzip();
    let remarks = Remarks::of(event).key("exception").key("values");
    let mut views: Vec<TraceView> = Vec::new();
    let parents: HashMap<u64, &Value> = exceptions.iter().filter_map(|one| Some((id_of(one)?, *one))).collect();
    for (index, exception) in exceptions.iter().enumerate().rev().take(MAX_TRACES) {
        let above = exceptions.get(index + 1).copied();
        let remarks = remarks.index(places[index]);
        views.push(exception_view(exception, remarks, above, &parents, options, &mut room));
    }
    if views.iter().all(|view| view.frames == 0) {
        views.extend(bare_traces(event, options, &mut room));
    }
    views
}

fn exception_view(
    exception: &Value,
    remarks: Remarks<'_>,
    above: Option<&Value>,
    parents: &HashMap<u64, &Value>,
    options: TraceOptions,
    room: &mut Room,
) -> TraceView {
    let mechanism = exception.get("mechanism").unwrap_or(&Value::Null);
    let mut view = TraceView {
        kind: text::line(&payload::text(exception, "type").unwrap_or_default(), 300),
        value: Cut::new(&payload::text(exception, "value").unwrap_or_default(), 8_000),
        notes: remarks.key("value").notes(),
        module: text::line(&payload::text(exception, "module").unwrap_or_default(), 300),
        relation: above.map(|above| relation(mechanism, above, parents)),
        mechanism: text::line(&payload::text(mechanism, "type").unwrap_or_default(), 100),
        is_handled: payload::flag(mechanism, "handled"),
        ..TraceView::default()
    };
    view.take_frames(exception, remarks, options, room);
    view
}

/// The stack traces of an event without exception: its own, or those of its threads, the crashed one first.
fn bare_traces(event: &Value, options: TraceOptions, room: &mut Room) -> Vec<TraceView> {
    let mut views = Vec::new();
    let mut own = TraceView::default();
    own.take_frames(event, Remarks::of(event), options, room);
    if own.frames > 0 {
        views.push(own);
    }
    let of_threads = Remarks::of(event).key("threads").key("values");
    let mut threads: Vec<(usize, &Value)> = payload::list(event, "threads").iter().enumerate().collect();
    threads.sort_by_key(|(_, thread)| {
        let is = |key: &str| payload::flag(thread, key) == Some(true);
        (!is("crashed"), !is("current"), !is("main"))
    });
    for (index, thread) in threads.into_iter().take(MAX_TRACES) {
        let id = payload::text(thread, "id").map(|id| format!("#{id}"));
        let name = payload::text(thread, "name").or(id).unwrap_or_default();
        let crashed = if payload::flag(thread, "crashed") == Some(true) {
            " (crashed)"
        } else {
            ""
        };
        let kind = format!("Thread {}{crashed}", text::line(&name, 100));
        let mut view = TraceView {
            kind,
            ..TraceView::default()
        };
        view.take_frames(thread, of_threads.index(index), options, room);
        if view.frames > 0 {
            views.push(view);
        }
    }
    views
}

fn id_of(exception: &Value) -> Option<u64> {
    payload::number(exception.get("mechanism")?, "exception_id")
}

/// How an exception relates to the one laid out before it, in words.
fn relation(mechanism: &Value, above: &Value, parents: &HashMap<u64, &Value>) -> String {
    let parent = payload::number(mechanism, "parent_id")
        .and_then(|id| parents.get(&id))
        .copied();
    let name = payload::text(parent.unwrap_or(above), "type");
    let name = name.map_or_else(|| "the one above".to_owned(), |name| text::line(&name, 100));
    match payload::text(mechanism, "source").as_deref() {
        Some("__context__") => format!("{name} was raised while this was being handled"),
        Some("__cause__" | "cause" | "InnerException") => format!("{name} was directly caused by"),
        Some(source) if source.starts_with("exceptions[") || source.starts_with("errors[") => {
            format!("One of the errors gathered in {name}, at {source}")
        }
        Some(source) if parent.is_some() => format!("Held by {name} as {}", text::line(source, 100)),
        _ => format!("{name} was raised because of"),
    }
}

impl TraceView {
    /// The value in pieces, those that were changed apart.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        remarks::pieces(&self.value.shown, &self.notes)
    }

    pub(crate) fn remark(&self) -> String {
        remarks::words(&self.notes)
    }

    fn take_frames(&mut self, holder: &Value, remarks: Remarks<'_>, options: TraceOptions, room: &mut Room) {
        let Some(stacktrace) = holder.get("stacktrace").filter(|stacktrace| stacktrace.is_object()) else {
            return;
        };
        let frames = payload::list(stacktrace, "frames");
        let says_in_app = frames.iter().any(|frame| payload::flag(frame, "in_app") == Some(true));
        self.frames = frames.len();
        self.left_out = frames.len().saturating_sub(MAX_FRAMES);
        // Newest first whatever the order, so that those which matter get the page's room.
        let mut views: Vec<FrameView> = Vec::new();
        let remarks = remarks.key("stacktrace").key("frames");
        for (index, frame) in frames.iter().enumerate().rev().take(MAX_FRAMES) {
            if let Some(last) = views.last_mut()
                && last.is_same_call(&FrameView::new(
                    frame,
                    Remarks::NONE,
                    !says_in_app,
                    &mut Room {
                        source: 0,
                        variables: 0,
                    },
                ))
            {
                last.times += 1;
                continue;
            }
            views.push(FrameView::new(frame, remarks.index(index), !says_in_app, room));
        }
        open(&mut views);
        self.runs = runs(views, options.all_frames);
        if options.oldest_first {
            self.runs.reverse();
            for run in &mut self.runs {
                if let Run::Framework(frames) = run {
                    frames.reverse();
                }
            }
        }
    }

    pub(crate) fn has_head(&self) -> bool {
        !self.kind.is_empty() || !self.value.shown.is_empty()
    }

    pub(crate) fn handled_in_words(&self) -> Option<&'static str> {
        self.is_handled
            .map(|is_handled| if is_handled { "handled" } else { "unhandled" })
    }
}

/// Opens the newest frames that say something: those of the application, or the newest of all when there are none.
fn open(frames: &mut [FrameView]) {
    let has_app = frames.iter().any(|frame| frame.is_in_app);
    let wanted = frames
        .iter_mut()
        .filter(|frame| frame.has_details() && (frame.is_in_app || !has_app));
    for frame in wanted.take(if has_app { OPEN_FRAMES } else { 1 }) {
        frame.is_open = true;
    }
}

/// Folds the frames of libraries that stand in a row, unless there is nothing but them or all are wanted.
fn runs(frames: Vec<FrameView>, all_frames: bool) -> Vec<Run> {
    if all_frames || frames.iter().all(|frame| !frame.is_in_app) {
        return frames.into_iter().map(Run::Frame).collect();
    }
    let mut runs: Vec<Run> = Vec::new();
    for frame in frames {
        match (runs.last_mut(), frame.is_in_app) {
            (_, true) => runs.push(Run::Frame(frame)),
            (Some(Run::Framework(fold)), false) => fold.push(frame),
            (_, false) => runs.push(Run::Framework(vec![frame])),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn frame(function: &str, in_app: Option<bool>) -> Value {
        json!({"function": function, "filename": "a.py", "lineno": 1, "in_app": in_app})
    }

    /// The runs as text: names of frames, those folded together in brackets.
    fn check(frames: &[Value], options: TraceOptions, expected: &str) {
        let event = json!({"exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}});
        let views = traces(&event, options);
        let name = |frame: &FrameView| match frame.times {
            1 => frame.function.clone(),
            times => format!("{}x{times}", frame.function),
        };
        let run = |run: &Run| match run {
            Run::Frame(frame) => name(frame),
            Run::Framework(frames) => format!("[{}]", frames.iter().map(name).collect::<Vec<_>>().join(" ")),
        };
        assert_eq!(views[0].runs.iter().map(run).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn newest_first_with_framework_frames_folded() {
        let yes = Some(true);
        let frames = [
            frame("lib1", None),
            frame("lib2", Some(false)),
            frame("app1", yes),
            frame("lib3", None),
            frame("app2", yes),
        ];
        check(&frames, TraceOptions::default(), "app2 [lib3] app1 [lib2 lib1]");
        check(
            &frames,
            TraceOptions {
                oldest_first: true,
                ..Default::default()
            },
            "[lib1 lib2] app1 [lib3] app2",
        );
        check(
            &frames,
            TraceOptions {
                all_frames: true,
                ..Default::default()
            },
            "app2 lib3 app1 lib2 lib1",
        );
        check(
            &[frame("a", Some(false)), frame("b", Some(false))],
            TraceOptions::default(),
            "b a",
        );
    }

    #[test]
    fn a_recursion_is_one_line() {
        let frames: Vec<Value> = (0..200).map(|_| frame("down", Some(true))).collect();
        check(&frames, TraceOptions::default(), "downx200");
    }

    #[test]
    fn chained_exceptions_say_how_they_relate() {
        let of = |kind: &str, mechanism: Value| json!({"type": kind, "value": "x", "mechanism": mechanism});
        let event = json!({"exception": {"values": [
            of("KeyError", json!({"type": "chained", "source": "__context__", "exception_id": 2, "parent_id": 1})),
            of("ValueError", json!({"type": "chained", "source": "__cause__", "exception_id": 1, "parent_id": 0})),
            of("PaymentError", json!({"type": "generic", "handled": true, "exception_id": 0})),
        ]}});
        let views = traces(&event, TraceOptions::default());
        let told: Vec<_> = views
            .iter()
            .map(|view| (view.kind.as_str(), view.relation.as_deref().unwrap_or("")))
            .collect();
        assert_eq!(
            told,
            [
                ("PaymentError", ""),
                ("ValueError", "PaymentError was directly caused by"),
                ("KeyError", "ValueError was raised while this was being handled"),
            ]
        );
        let old = json!({"exception": [{"type": "A"}, {"type": "B"}]});
        assert_eq!(
            traces(&old, TraceOptions::default())[1].relation.as_deref(),
            Some("B was raised because of")
        );
    }

    #[test]
    fn without_exception_the_stack_of_the_message_or_the_crashed_thread_is_shown() {
        let stack = json!({"frames": [frame("f", None)]});
        let of_message = traces(&json!({"stacktrace": stack}), TraceOptions::default());
        assert_eq!((of_message.len(), of_message[0].has_head()), (1, false));
        let threads = json!({"threads": {"values": [{"id": 1, "stacktrace": stack}, {"id": 7, "crashed": true, "stacktrace": stack}]}});
        let kinds: Vec<_> = traces(&threads, TraceOptions::default())
            .into_iter()
            .map(|view| view.kind)
            .collect();
        assert_eq!(kinds, ["Thread #7 (crashed)", "Thread #1"]);
    }

    #[test]
    fn nonsense_has_no_trace() {
        for event in [
            json!({}),
            json!({"exception": 7}),
            json!({"exception": {"values": [null, 1]}, "threads": "x"}),
        ] {
            assert!(traces(&event, TraceOptions::default()).is_empty(), "{event}");
        }
    }
}
