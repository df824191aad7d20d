//! Grouping from outside: a project's settings and events in, hashes and reasons out.

mod info;
mod preview;
mod properties;
mod settings;
mod stored;

use grouping::{Config, Settings};
use model::Timestamp;
use protocol::event::Event;
use serde_json::{Value, json};

pub(crate) const NOW: Timestamp = Timestamp(1_795_000_000_000_000);

pub(crate) fn config(settings: &Settings) -> Config {
    Config::new(settings).unwrap_or_else(|errors| panic!("{errors:?}"))
}

pub(crate) fn event(value: &Value) -> Event {
    Event::from_json(value.clone()).expect("the event is an object")
}

/// Events of many kinds, each with something that grouping writes into it.
pub(crate) fn events() -> Vec<Value> {
    let frames = json!({"frames": [
        {"function": "main", "module": "app", "filename": "app.py", "abs_path": "/srv/app.py", "in_app": true},
        {"function": "get", "module": "requests.api", "abs_path": "/usr/lib/python3/site-packages/requests/api.py"},
        {"function": "fail", "filename": "app.py", "context_line": "raise E(5)", "in_app": true},
    ]});
    let native = json!({"frames": [
        {"function": "start", "package": "/usr/lib/dyld", "in_app": true},
        {"function": "int main(int, char**)", "package": "/private/var/containers/Bundle/Application/X/App.app/App"},
        {"function": "void ns::Type<int>::run(int) const", "package": "/private/var/containers/Bundle/Application/X/App.app/App"},
        {"function": "abort", "package": "/usr/lib/system/libsystem_c.dylib", "in_app": null},
        {"function": "__pthread_kill", "package": "/usr/lib/system/libsystem_kernel.dylib"},
    ]});
    let member = |name: &str, id: u64, parent: Option<u64>, is_group: bool| {
        json!({"type": name, "value": "v 1", "stacktrace": frames, "mechanism":
            {"type": "chained", "exception_id": id, "parent_id": parent, "is_exception_group": is_group}})
    };
    vec![
        json!({"platform": "python", "exception": [{"type": "E", "value": "bad 5", "stacktrace": frames}]}),
        json!({"platform": "cocoa", "exception": [{"type": "EXC_BAD_ACCESS", "stacktrace": native}], "fingerprint": ["a", "{{ function }}", "{{ default }}"]}),
        json!({"platform": "native", "threads": [{"crashed": true, "stacktrace": native}, {"stacktrace": native}]}),
        json!({"platform": "csharp", "stacktrace": {"frames": [{"function": "Ns.T.Run (System.String a)", "in_app": true}]}}),
        json!({"platform": "python", "exception": [member("A", 2, Some(0), false), member("A", 1, Some(0), false), member("G", 0, None, true)],
            "fingerprint": ["{{ function }}", "{{ type }}"]}),
        json!({"platform": "javascript", "transaction": "/a", "exception": [{"type": "ChunkLoadError", "value": "x", "stacktrace": {"frames": [
            {"function": "Object.run", "filename": "a.js", "abs_path": "https://a.example/a.js", "in_app": true},
            {"function": "x", "abs_path": "https://unpkg.com/b.js", "in_app": true}]}}], "fingerprint": ["mine"]}),
        json!({"logentry": {"message": "user %s failed", "formatted": "user 5 failed"}, "level": "error"}),
        json!({"checksum": "abc", "fingerprint": ["mine"]}),
        json!({"csp": {"effective_directive": "img-src", "blocked_uri": "https://evil.example"}}),
        json!({"level": "info"}),
    ]
}
