//! What of a frame counts, on each platform (`ingest.md` §6.4).

use serde_json::{Value, json};

use super::{leaves, leaves_by};
use crate::StrategyId;

fn event(platform: &str, frames: Value) -> Value {
    json!({"platform": platform, "stacktrace": {"frames": frames}})
}

/// What the frame adds, beside one that stands for the rest of the stack.
#[track_caller]
fn check(platform: &str, frame: Value, expected: &[&str]) {
    let event = event(platform, json!([frame, {"function": "rest"}]));
    let mut found = leaves(&event, "system");
    assert_eq!(found.pop().as_deref(), Some("rest"));
    assert_eq!(found, expected, "{platform}: {frame}");
}

#[test]
fn module_before_filename() {
    check(
        "python",
        json!({"module": "a.b", "filename": "a/b.py", "function": "f"}),
        &["a.b", "f"],
    );
    check("python", json!({"filename": "a/B.py", "function": "f"}), &["b.py", "f"]);
    check("csharp", json!({"filename": "C:\\a\\B.cs"}), &["b.cs"]);
    check("python", json!({"module": "", "filename": "b.py"}), &["b.py"]);
    let path = "https://a.example/js/app";
    check(
        "javascript",
        json!({"module": "js/app", "abs_path": path, "function": "f"}),
        &["f"],
    );
    check(
        "javascript",
        json!({"module": "app", "abs_path": path, "function": "f"}),
        &["app", "f"],
    );
    check(
        "node",
        json!({"module": "js/app", "abs_path": path, "function": "f"}),
        &["js/app", "f"],
    );
}

#[test]
fn files_behind_urls_and_no_files() {
    for url in [
        "http://a/b.js",
        "https://a/b.js",
        "file:///b.js",
        "applewebdata://b.js",
        "blob:http://a/b",
    ] {
        let frame = json!({"filename": "b.js", "abs_path": url, "function": "f"});
        check("javascript", frame, &["f"]);
    }
    check(
        "javascript",
        json!({"filename": "b.js", "abs_path": "webpack:///b.js", "function": "f"}),
        &["b.js", "f"],
    );
    check(
        "javascript",
        json!({"filename": "<anonymous>", "function": "f"}),
        &["f"],
    );
    check(
        "javascript",
        json!({"filename": "[native code]", "function": "f"}),
        &["f"],
    );
}

#[test]
fn java_modules() {
    let module = |module: &str, expected: &str| {
        check("java", json!({"module": module, "function": "f"}), &[expected, "f"]);
    };
    module("a.B", "a.B");
    module(
        "sun.reflect.GeneratedMethodAccessor12",
        "sun.reflect.GeneratedMethodAccessor",
    );
    module(
        "jdk.internal.reflect.GeneratedMethodAccessor3",
        "jdk.internal.reflect.GeneratedMethodAccessor",
    );
    module(
        "sun.reflect.GeneratedConstructorAccessor12",
        "sun.reflect.GeneratedConstructorAccessor<auto>",
    );
    module(
        "sun.reflect.GeneratedSerializationConstructorAccessor1",
        "sun.reflect.GeneratedSerializationConstructorAccessor<auto>",
    );
    module(
        "a.B$$EnhancerBySpringCGLIB$$ab12cd34",
        "a.B$$EnhancerBySpringCGLIB$$<auto>",
    );
    module("a.B$$EnhancerByGuice$$ae46b1bf", "a.B$$EnhancerByGuice$$<auto>");
    module("a.B$EnhancerByGuice$ae46b1bf", "a.B$EnhancerByGuice$<auto>");
    module(
        "a.B$$EnhancerByGuice$$ae46b1bf$$FastClassByGuice$$caceacd2",
        "a.B$$EnhancerByGuice$$<auto>$$FastClassByGuice$$<auto>",
    );
    module("a.B_$$_javassist_74", "a.B_$$_javassist<auto>");
    module("a.B_$$_javassist_seam_74", "a.B_$$_javassist<auto>");
    module("a.core$fn__1234", "a.core$fn__<auto>");
    module("a.User$HibernateProxy$oRWxjAWT", "a.User$HibernateProxy$<auto>");
    module("a.B$Inner", "a.B$Inner");
    check(
        "java",
        json!({"module": "a.B$$Lambda$14/0x01", "filename": "B.java", "function": "f"}),
        &["b.java", "f"],
    );
    check(
        "java",
        json!({"filename": "B_$$_javassist_seam_74.java", "function": "f"}),
        &["b_$$_javassist<auto>.java", "f"],
    );
    check("java", json!({"module": "a.B", "function": "lambda$run$0"}), &["a.B"]);
    check(
        "python",
        json!({"module": "a$fn__1", "function": "lambda$x"}),
        &["a$fn__1", "lambda$x"],
    );
}

#[test]
fn functions_by_platform() {
    let function = |platform: &str, name: &str, expected: &[&str]| {
        check(platform, json!({"function": name}), expected);
    };
    function("ruby", "block in run", &["block"]);
    function("ruby", "blocked", &["blocked"]);
    function(
        "ruby",
        "_app_views_index_html_erb__1234567_8901",
        &["_app_views_index_html_erb"],
    );
    function("ruby", "a__12_34", &["a__12_34"]);
    function("php", "[Anonymous function]", &[]);
    function("php", "class@anonymous\u{0}/x.php:1$0", &[]);
    function("php", "class@anonymous\u{0}/x.php:1$0::run", &["run"]);
    function("php", "class@anonymous::run", &["run"]);
    function("php", "A::run", &["A::run"]);
    function("native", "<redacted>", &[]);
    function("cocoa", "<unknown>", &[]);
    function("python", "<unknown>", &["<unknown>"]);
    function("native", "void ns::run(int)", &["ns::run"]);
    function("csharp", "Ns.T.Run (System.String a)", &["Ns.T.Run (System.String a)"]);
    for (name, expected) in [
        ("Object.run", &["run"][..]),
        ("run", &["run"]),
        ("?", &[]),
        ("<anonymous>", &[]),
        ("<anonymous function>", &[]),
        ("Anonymous function", &[]),
        ("run/<", &[]),
        ("Object.<anonymous>", &[]),
    ] {
        function("javascript", name, expected);
        function("node", name, expected);
    }
    function("javascript", "eval", &[]);
    check("javascript", json!({"function": "eval", "filename": "a.js"}), &[]);
    for path in ["[native code]", "native code", "eval code", "<anonymous>"] {
        check(
            "javascript",
            json!({"function": "f", "filename": "a.js", "abs_path": path}),
            &[],
        );
    }
    check("python", json!({"function": "f", "raw_function": "int f(int)"}), &["f"]);
    check("python", json!({"raw_function": "g"}), &["g"]);
    check(
        "native",
        json!({"function": "int f(int)", "raw_function": "x"}),
        &["int f(int)"],
    );
    check(
        "csharp",
        json!({"function": "Run", "raw_function": "Run (a)"}),
        &["Run (a)"],
    );
    // A frame's own platform comes before that of its event.
    check(
        "python",
        json!({"function": "void f(int)", "platform": "native"}),
        &["f"],
    );
}

#[test]
fn source_lines() {
    let line = |platform: &str, line: &str, expected: &[&str]| {
        check(platform, json!({"function": "f", "context_line": line}), expected);
    };
    for platform in ["javascript", "node", "python", "php", "ruby"] {
        line(platform, "  a  =\t b;  ", &["f", "a = b;"]);
        line(platform, &"x".repeat(120), &["f", &"x".repeat(120)]);
        line(platform, &"x".repeat(121), &["f"]);
        line(platform, "   ", &["f"]);
    }
    for platform in ["java", "go", "native", "csharp"] {
        line(platform, "a", &["f"]);
    }
    let url = "https://a.example/b.js";
    check("javascript", json!({"context_line": "a()", "abs_path": url}), &[]);
    check(
        "javascript",
        json!({"context_line": "a()", "abs_path": url, "function": "f"}),
        &["f", "a()"],
    );
    check("python", json!({"context_line": "a()", "abs_path": url}), &["a()"]);
    // Where a source map was used the line counts and the name does not.
    let mapped = json!({"sourcemap": "https://a.example/b.js.map"});
    check(
        "javascript",
        json!({"function": "f", "context_line": "a()", "data": mapped}),
        &["a()"],
    );
    check("javascript", json!({"function": "f", "data": mapped}), &["f"]);
}

#[test]
fn numbers_of_worker_processes() {
    let line = "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, pipe_handle=71)";
    let frame = json!({"function": "f2", "context_line": line, "in_app": true});
    let event = event("python", json!([frame]));
    assert_eq!(
        leaves(&event, "app"),
        [
            "f2",
            "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=<int>, pipe_handle=<int>)"
        ]
    );
    assert_eq!(leaves_by(&event, "app", StrategyId::V2023), ["f2", line]);
    check(
        "ruby",
        json!({"function": "f", "context_line": "spawn_main(5)"}),
        &["f", "spawn_main(5)"],
    );
}

#[test]
fn recursion_counts_once() {
    let frame = |function: &str, line: u64| json!({"function": function, "lineno": line, "in_app": true});
    let all = |frames: Value| leaves(&event("python", frames), "app");
    assert_eq!(all(json!([frame("f", 1), frame("f", 1), frame("f", 1)])), ["f"]);
    assert_eq!(all(json!([frame("f", 1), frame("f", 2)])), ["f", "f"]);
    assert_eq!(
        all(json!([frame("f", 1), frame("g", 1), frame("f", 1)])),
        ["f", "g", "f"]
    );
    for field in ["abs_path", "package", "module", "filename"] {
        let mut other = frame("f", 1);
        other[field] = json!("x");
        let leaves = all(json!([frame("f", 1), other]));
        assert_eq!(leaves.iter().filter(|leaf| *leaf == "f").count(), 2, "{field}");
    }
}

#[test]
fn the_lone_frame_of_a_script() {
    let event = |frame: Value| json!({"platform": "javascript", "exception": [{"type": "E", "value": "v", "stacktrace": {"frames": [frame]}}]});
    let at = |path: &str| event(json!({"filename": "b.js", "module": "b", "abs_path": path, "in_app": true}));
    let (url, file, plain) = (at("https://a.example/b.js"), at("file:///b.js"), at("app:///b.js"));
    assert_eq!(leaves(&url, "app"), ["E", "v"]);
    assert_eq!(leaves(&file, "app"), ["E", "v"]);
    assert_eq!(leaves(&plain, "app"), ["E", "b"]);
    // The strategy of 2023 tested it the wrong way round.
    assert_eq!(leaves_by(&url, "app", StrategyId::V2023), ["b", "E"]);
    assert_eq!(leaves_by(&plain, "app", StrategyId::V2023), ["E", "v"]);
    let named = event(json!({"function": "f", "abs_path": "https://a.example/b.js", "in_app": true}));
    assert_eq!(leaves(&named, "app"), ["E", "f"]);
}
