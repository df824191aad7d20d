//! Descriptions of spans, as every kind of operation reads them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{EventId, Timestamp};
use normalize::Context;
use protocol::event::Event;

const OPERATIONS: [&str; 7] = [
    "db.query",
    "db.redis",
    "http.client",
    "resource.script",
    "resource.img",
    "file.read",
    "function.aws",
];

fuzz_target!(|input: &[u8]| {
    let Ok(description) = std::str::from_utf8(input) else {
        return;
    };
    let (trace, start) = ("6cf173d587eb48568a9b2e12dcfbea52", 1_794_999_990);
    let spans: Vec<_> = OPERATIONS
        .iter()
        .map(|op| serde_json::json!({"trace_id": trace, "span_id": "438f40bd3b4a41ee", "start_timestamp": start, "op": op, "description": description}))
        .collect();
    let transaction = serde_json::json!({
        "type": "transaction", "transaction": description, "transaction_info": {"source": "url"}, "start_timestamp": start,
        "contexts": {"trace": {"trace_id": trace, "span_id": "438f40bd3b4a41ef"}}, "spans": spans,
    });
    let cx = Context::new(Timestamp(1_795_000_000_000_000), EventId([7; 16]));
    let mut event = Event::from_json(transaction).expect("an object");
    normalize::event(&mut event, &cx).expect("a valid transaction");
    let once = event.to_json();
    normalize::event(&mut event, &cx).expect("the same transaction");
    assert_eq!(event.to_json(), once);
});
