//! The stack trace as plain text, in the form in which the platform itself prints one, ready to be pasted anywhere.

use serde_json::Value;

use super::payload;

/// All exceptions of an event as text; without any, its bare stack trace. At most about `max_bytes`.
pub fn raw_trace(event: &Value, max_bytes: usize) -> String {
    let platform = payload::text(event, "platform").unwrap_or_default();
    let form = Form::of_platform(&platform);
    let exceptions: Vec<&Value> = payload::list(event, "exception")
        .iter()
        .filter(|value| value.is_object())
        .collect();
    let mut text = String::new();
    if exceptions.is_empty() {
        form.frames(&frames(event), &mut text, max_bytes);
    }
    // Python tells the story from the start, all others from the end.
    let count = exceptions.len();
    for step in 0..count {
        let index = if form == Form::Python { step } else { count - 1 - step };
        if step > 0 {
            text.push_str(form.between(exceptions[if form == Form::Python { index - 1 } else { index }]));
        }
        form.exception(exceptions[index], &mut text, max_bytes);
        if text.len() > max_bytes {
            break;
        }
    }
    text.truncate(text.trim_end().len());
    text
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Python,
    JavaScript,
    Java,
    Ruby,
    Php,
    Go,
    CSharp,
    Native,
}

struct Frame {
    function: String,
    file: String,
    module: String,
    line: Option<u64>,
    column: Option<u64>,
    source: Option<String>,
}

fn frames(holder: &Value) -> Vec<Frame> {
    let Some(stacktrace) = holder.get("stacktrace") else {
        return Vec::new();
    };
    let frame = |frame: &Value| Frame {
        function: payload::text(frame, "function").unwrap_or_default(),
        file: payload::text(frame, "abs_path")
            .or_else(|| payload::text(frame, "filename"))
            .unwrap_or_default(),
        module: payload::text(frame, "module").unwrap_or_default(),
        line: payload::number(frame, "lineno"),
        column: payload::number(frame, "colno"),
        source: payload::text(frame, "context_line"),
    };
    payload::list(stacktrace, "frames").iter().map(frame).collect()
}

impl Frame {
    /// `file:line:column`, as far as known.
    fn position(&self) -> String {
        let mut position = self.file.clone();
        for number in [self.line, self.column].into_iter().flatten() {
            position.push_str(&format!(":{number}"));
        }
        position
    }

    fn line_or_zero(&self) -> u64 {
        self.line.unwrap_or(0)
    }
}

impl Form {
    fn of_platform(platform: &str) -> Self {
        match platform {
            "python" => Self::Python,
            "java" | "groovy" | "haskell" => Self::Java,
            "ruby" => Self::Ruby,
            "php" => Self::Php,
            "go" => Self::Go,
            "csharp" => Self::CSharp,
            "native" | "cocoa" | "objc" | "c" | "rust" => Self::Native,
            _ => Self::JavaScript,
        }
    }

    /// What the platform prints between two exceptions of a chain.
    fn between(self, cause: &Value) -> &'static str {
        let source = cause
            .get("mechanism")
            .and_then(|mechanism| payload::text(mechanism, "source"));
        match (self, source.as_deref()) {
            (Self::Python, Some("__cause__" | "cause")) => {
                "\nThe above exception was the direct cause of the following exception:\n\n"
            }
            (Self::Python, _) => "\nDuring handling of the above exception, another exception occurred:\n\n",
            (Self::CSharp, _) => " ---> ",
            (Self::Php, _) => "\nNext ",
            (Self::JavaScript, _) => "  [cause]: ",
            _ => "Caused by: ",
        }
    }

    fn exception(self, exception: &Value, text: &mut String, max_bytes: usize) {
        let kind = payload::text(exception, "type").unwrap_or_default();
        let value = payload::text(exception, "value").unwrap_or_default();
        let module =
            payload::text(exception, "module").filter(|module| !matches!(module.as_str(), "builtins" | "__main__"));
        let name = match (self, module) {
            (Self::Python | Self::Java | Self::CSharp, Some(module)) => format!("{module}.{kind}"),
            _ => kind,
        };
        let title = match (name.is_empty(), value.is_empty()) {
            (false, false) => format!("{name}: {value}"),
            (false, true) => name.clone(),
            (true, _) => value.clone(),
        };
        let frames = frames(exception);
        match self {
            Self::Python => {
                if !frames.is_empty() {
                    text.push_str("Traceback (most recent call last):\n");
                    self.frames(&frames, text, max_bytes);
                }
                text.push_str(&format!("{title}\n"));
            }
            Self::Ruby => {
                // The newest frame stands before the message.
                match frames.split_last() {
                    Some((newest, rest)) => {
                        let at = format!("{}:{}:in '{}'", newest.file, newest.line_or_zero(), newest.function);
                        text.push_str(&format!("{at}: {value} ({name})\n"));
                        self.frames(rest, text, max_bytes);
                    }
                    None => text.push_str(&format!("{value} ({name})\n")),
                }
            }
            Self::Php => {
                let at = frames
                    .last()
                    .map(|frame| format!(" in {}:{}", frame.file, frame.line_or_zero()));
                text.push_str(&format!("{title}{}\nStack trace:\n", at.unwrap_or_default()));
                self.frames(&frames, text, max_bytes);
            }
            Self::Go => {
                text.push_str(&format!("panic: {value} ({name})\n\ngoroutine 1 [running]:\n"));
                self.frames(&frames, text, max_bytes);
            }
            Self::JavaScript | Self::Java | Self::CSharp | Self::Native => {
                text.push_str(&format!("{title}\n"));
                self.frames(&frames, text, max_bytes);
            }
        }
    }

    fn frames(self, frames: &[Frame], text: &mut String, max_bytes: usize) {
        let mut add = |lines: String| {
            text.push_str(&lines);
            text.len() <= max_bytes
        };
        match self {
            Self::Python => {
                let _all = frames.iter().all(|frame| add(self.frame(0, frame)));
            }
            _ => {
                let _all = frames
                    .iter()
                    .rev()
                    .enumerate()
                    .all(|(number, frame)| add(self.frame(number, frame)));
            }
        }
    }

    fn frame(self, number: usize, frame: &Frame) -> String {
        let Frame {
            function, file, module, ..
        } = frame;
        let line = frame.line_or_zero();
        let position = frame.position();
        let dotted = if module.is_empty() {
            function.clone()
        } else {
            format!("{module}.{function}")
        };
        match self {
            Self::Python => {
                let source = frame
                    .source
                    .as_deref()
                    .map(str::trim)
                    .filter(|source| !source.is_empty());
                let source = source.map(|source| format!("    {source}\n")).unwrap_or_default();
                format!("  File \"{file}\", line {line}, in {function}\n{source}")
            }
            Self::JavaScript if function.is_empty() || function == "?" => format!("    at {position}\n"),
            Self::JavaScript => format!("    at {function} ({position})\n"),
            Self::Java => {
                let file = file.rsplit('/').next().unwrap_or(file);
                match frame.line {
                    Some(line) => format!("\tat {dotted}({file}:{line})\n"),
                    None if file.is_empty() => format!("\tat {dotted}(Unknown Source)\n"),
                    None => format!("\tat {dotted}({file})\n"),
                }
            }
            Self::Ruby => format!("\tfrom {file}:{line}:in '{function}'\n"),
            Self::Php => format!("#{number} {file}({line}): {function}()\n"),
            Self::Go => format!("{dotted}(...)\n\t{file}:{line}\n"),
            Self::CSharp if file.is_empty() => format!("   at {dotted}()\n"),
            Self::CSharp => format!("   at {dotted}() in {file}:line {line}\n"),
            Self::Native => format!("{number:4}: {function}\n             at {position}\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(platform: &str, expected: &str) {
        let frame = |function: &str, line: u64| {
            json!({"function": function, "module": "shop.cart", "abs_path": "/srv/shop/cart.x", "lineno": line, "colno": 9,
                   "context_line": format!("    {function}_line()")})
        };
        let event = json!({"platform": platform, "exception": {"values": [
            {"type": "KeyError", "value": "'rate'", "mechanism": {"type": "chained", "source": "__cause__"},
             "stacktrace": {"frames": [frame("total", 7)]}},
            {"type": "PaymentError", "value": "no rate", "stacktrace": {"frames": [frame("main", 1), frame("charge", 5)]}},
        ]}});
        assert_eq!(raw_trace(&event, 10_000), expected, "{platform}");
    }

    #[test]
    fn prints_what_the_platform_prints() {
        check(
            "python",
            "Traceback (most recent call last):\n  File \"/srv/shop/cart.x\", line 7, in total\n    total_line()\nKeyError: 'rate'\n\
             \nThe above exception was the direct cause of the following exception:\n\n\
             Traceback (most recent call last):\n  File \"/srv/shop/cart.x\", line 1, in main\n    main_line()\n  \
             File \"/srv/shop/cart.x\", line 5, in charge\n    charge_line()\nPaymentError: no rate",
        );
        check(
            "node",
            "PaymentError: no rate\n    at charge (/srv/shop/cart.x:5:9)\n    at main (/srv/shop/cart.x:1:9)\n  \
             [cause]: KeyError: 'rate'\n    at total (/srv/shop/cart.x:7:9)",
        );
        check(
            "java",
            "PaymentError: no rate\n\tat shop.cart.charge(cart.x:5)\n\tat shop.cart.main(cart.x:1)\n\
             Caused by: KeyError: 'rate'\n\tat shop.cart.total(cart.x:7)",
        );
        check(
            "php",
            "PaymentError: no rate in /srv/shop/cart.x:5\nStack trace:\n#0 /srv/shop/cart.x(5): charge()\n\
             #1 /srv/shop/cart.x(1): main()\n\nNext KeyError: 'rate' in /srv/shop/cart.x:7\nStack trace:\n\
             #0 /srv/shop/cart.x(7): total()",
        );
        check(
            "ruby",
            "/srv/shop/cart.x:5:in 'charge': no rate (PaymentError)\n\tfrom /srv/shop/cart.x:1:in 'main'\n\
             Caused by: /srv/shop/cart.x:7:in 'total': 'rate' (KeyError)",
        );
    }

    #[test]
    fn is_bounded_and_takes_anything() {
        let frame = json!({"function": "f".repeat(1_000), "lineno": 1});
        let event = json!({"exception": [{"type": "E", "stacktrace": {"frames": vec![frame; 300]}}]});
        assert!(raw_trace(&event, 5_000).len() < 7_000);
        assert_eq!(raw_trace(&json!({"exception": [1, null]}), 100), "");
    }
}
