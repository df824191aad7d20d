//! OpenTelemetry's bodies, and those of log drains.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Timestamp;
use protocol::{drain, otlp};

const NOW: Timestamp = Timestamp(1_795_230_000_000_000);

// The first byte says what it is.
fuzz_target!(|input: &[u8]| {
    let Some((&kind, body)) = input.split_first() else {
        return;
    };
    let logs = match kind {
        b'a' => otlp::logs(otlp::Form::Json, body, NOW),
        b'b' => otlp::logs(otlp::Form::Protobuf, body, NOW),
        b'c' => drain::vercel::logs(body, NOW),
        b'd' => drain::heroku::logs(body, NOW),
        _ => {
            let spans = match kind {
                b'e' => otlp::traces(otlp::Form::Json, body),
                b'f' => otlp::traces(otlp::Form::Protobuf, body),
                _ => otlp::span(body),
            };
            if let Ok(spans) = spans {
                for span in &spans.valid {
                    assert!(span.item.start_timestamp <= span.item.end_timestamp);
                    drop(span.item.to_json());
                }
            }
            return;
        }
    };
    if let Ok(logs) = logs {
        logs.valid.iter().for_each(|log| drop(log.item.to_json()));
    }
});
