use protocol::event::{Event, Exception};

/// Parts of messages that only extensions cause, in lower case (`ingest.md` §4).
const MESSAGES: [&str; 20] = [
    "top.globals",
    "originalcreatenotification",
    "canvas.contentdocument",
    "myapp_removeallhighlights",
    "http://tt.epicplay.com",
    "can't find variable: zitereader",
    "jigsaw is not defined",
    "combosearch is not defined",
    "http://loading.retry.widdit.com/",
    "atomicfindclose",
    "fb_xd_fragment",
    "bmi_safeaddonload",
    "ebcallbackmessagereceived",
    "_gcrweb",
    "conduitpage",
    "null is not an object (evaluating 'elt.parentnode')",
    "plugin.setsuspendstate is not a function",
    "extension context invalidated",
    "webkit-masked-url:",
    "can't access dead object",
];

/// Parts of the addresses of their scripts.
const SOURCES: [&str; 9] = [
    "graph.facebook.com",
    "connect.facebook.net",
    "eatdifferent.com.woopra-ns.com",
    "static.woopra.com/js/woopra.js",
    "127.0.0.1:4001/isrunning",
    "webappstoolbarba.texthelp.com/",
    "metrics.itunes.apple.com.edgesuite.net/",
    "kaspersky-labs.com",
    "webkit-masked-url",
];

const SCHEMES: [&str; 5] = [
    "chrome://",
    "chrome-extension://",
    "moz-extension://",
    "safari-extension://",
    "safari-web-extension://",
];

/// Whether the first exception is that of an extension, by its message or by the script that raised it.
pub(crate) fn matches(event: &Event) -> bool {
    let Some(exception) = event.exception.first() else {
        return false;
    };
    let value = exception.value.as_deref().unwrap_or_default().to_lowercase();
    if MESSAGES.iter().any(|message| value.contains(message)) {
        return true;
    }
    let source = source(exception).unwrap_or_default().to_lowercase();
    SOURCES.iter().any(|part| source.contains(part)) || SCHEMES.iter().any(|scheme| source.starts_with(scheme))
}

/// The file of the newest frame that has one.
fn source(exception: &Exception) -> Option<&str> {
    let frames = &exception.stacktrace.as_ref()?.frames;
    let mut sources = frames.iter().rev().filter_map(|frame| frame.abs_path.as_deref());
    sources.find(|source| !matches!(*source, "<anonymous>" | "[native code]"))
}
