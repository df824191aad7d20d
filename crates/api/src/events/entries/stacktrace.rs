use protocol::event::{Frame, Object, Stacktrace};
use serde::Serialize;
use serde_json::Value;

use super::{context, filled};

/// The calls that led somewhere, the oldest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StacktraceView<'a> {
    frames: Vec<FrameView<'a>>,
    frames_omitted: Option<&'a Value>,
    registers: Option<&'a Object>,
    has_system_frames: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FrameView<'a> {
    filename: Option<&'a str>,
    abs_path: Option<&'a str>,
    module: Option<&'a str>,
    package: Option<&'a str>,
    platform: Option<&'a str>,
    instruction_addr: Option<String>,
    symbol_addr: Option<String>,
    function: Option<&'a str>,
    raw_function: Option<&'a str>,
    symbol: Option<&'a str>,
    context: Vec<(u64, &'a str)>,
    line_no: Option<u64>,
    col_no: Option<u64>,
    in_app: Option<bool>,
    trust: Option<&'a str>,
    errors: Option<&'a Value>,
    lock: Option<&'a Object>,
    source_link: Option<&'a str>,
    vars: Option<&'a Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addr_mode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbolicator_status: Option<&'a Value>,
    #[serde(flatten)]
    source_map: Option<SourceMapView<'a>>,
}

/// Where a minified frame came from.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceMapView<'a> {
    map: &'a str,
    orig_function: Option<&'a Value>,
    orig_abs_path: Option<&'a Value>,
    orig_filename: Option<&'a Value>,
    orig_line_no: Option<&'a Value>,
    orig_col_no: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_url: Option<&'a str>,
}

/// Sentry's name for it, though it asks for frames of the application: only then are there two views of the stack.
pub(super) fn has_system_frames(stacktrace: &Stacktrace) -> bool {
    stacktrace.frames.iter().any(|frame| frame.in_app == Some(true))
}

impl<'a> StacktraceView<'a> {
    /// A stack without frames is none.
    pub(super) fn of(stacktrace: &'a Stacktrace) -> Option<Self> {
        if stacktrace.frames.is_empty() {
            return None;
        }
        let addresses = stacktrace
            .frames
            .iter()
            .flat_map(|frame| [&frame.instruction_addr, &frame.symbol_addr]);
        let digits = addresses
            .flatten()
            .filter_map(|address| address.strip_prefix("0x"))
            .map(str::len)
            .max()
            .unwrap_or(0);
        Some(Self {
            frames: stacktrace
                .frames
                .iter()
                .map(|frame| FrameView::of(frame, digits))
                .collect(),
            frames_omitted: stacktrace.other.get("frames_omitted"),
            registers: filled(&stacktrace.registers),
            has_system_frames: has_system_frames(stacktrace),
        })
    }
}

impl<'a> FrameView<'a> {
    fn of(frame: &'a Frame, digits: usize) -> Self {
        let address = |address: &Option<String>| address.as_deref().map(|address| padded(address, digits));
        Self {
            filename: frame.filename.as_deref(),
            abs_path: frame.abs_path.as_deref(),
            module: frame.module.as_deref(),
            package: frame.package.as_deref(),
            platform: frame.platform.as_deref(),
            instruction_addr: address(&frame.instruction_addr),
            symbol_addr: address(&frame.symbol_addr),
            function: frame.function.as_deref(),
            raw_function: frame.raw_function.as_deref(),
            symbol: frame.symbol.as_deref(),
            context: context(
                frame.lineno,
                &frame.pre_context,
                frame.context_line.as_deref(),
                &frame.post_context,
            ),
            line_no: frame.lineno,
            col_no: frame.colno,
            in_app: frame.in_app,
            trust: frame.trust.as_deref(),
            errors: frame.other.get("errors"),
            lock: filled(&frame.lock),
            source_link: frame.source_link.as_deref(),
            vars: filled(&frame.vars),
            addr_mode: frame.addr_mode.as_deref().filter(|mode| *mode != "abs"),
            symbolicator_status: frame.data.get("symbolicator_status"),
            source_map: SourceMapView::of(&frame.data),
        }
    }
}

/// All addresses of a stack are as long as its longest.
fn padded(address: &str, digits: usize) -> String {
    match address.strip_prefix("0x") {
        Some(hex) => format!("0x{hex:0>digits$}"),
        None => address.to_owned(),
    }
}

impl<'a> SourceMapView<'a> {
    fn of(data: &'a Object) -> Option<Self> {
        let map = data.get("sourcemap")?.as_str()?;
        let is_url = ["http:", "https:", "file:"]
            .iter()
            .any(|scheme| map.starts_with(scheme));
        Some(Self {
            map: map.rsplit('/').next().unwrap_or(map),
            orig_function: data.get("orig_function"),
            orig_abs_path: data.get("orig_abs_path"),
            orig_filename: data.get("orig_filename"),
            orig_line_no: data.get("orig_lineno"),
            orig_col_no: data.get("orig_colno"),
            map_url: is_url.then_some(map),
        })
    }
}
