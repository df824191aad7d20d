use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

/// Items as `type:payload`, kept all.
fn check(input: &str, expected: &[&str]) {
    let envelope = Envelope::parse(input.as_bytes()).unwrap_or_else(|error| panic!("{input:?}: {error}"));
    let items: Vec<String> = envelope
        .items
        .iter()
        .map(|item| format!("{}:{}", item.headers.item_type, String::from_utf8_lossy(&item.payload)))
        .collect();
    assert_eq!(items, expected, "{input:?}");
}

fn check_error(input: &str, expected: &str) {
    let error = Envelope::parse(input.as_bytes()).expect_err(input);
    let mut text = error.to_string();
    if let Some(source) = std::error::Error::source(&error) {
        text = format!("{text}: {source}");
    }
    assert!(text.starts_with(expected), "{input:?}: {text:?}, expected {expected:?}");
}

#[test]
fn splits_items_by_length_or_line() {
    check("{}", &[]);
    check("{}\n", &[]);
    check("{}\n{\"type\":\"event\"}\n{\"a\":1}", &["event:{\"a\":1}"]);
    check("{}\n{\"type\":\"event\"}\n{\"a\":1}\n", &["event:{\"a\":1}"]);
    check(
        "{}\n{\"type\":\"attachment\",\"length\":6}\nline1\n\n{\"type\":\"event\"}\n{}",
        &["attachment:line1\n", "event:{}"],
    );
    check(
        "{}\n{\"type\":\"a\",\"length\":0}\n\n{\"type\":\"b\",\"length\":0}\n\n",
        &["a:", "b:"],
    );
    check("{}\n{\"type\":\"a\",\"length\":0}\n", &["a:"]);
    check("{}\n{\"type\":\"a\",\"length\":0}", &["a:"]);
    check("{}\n{\"type\":\"a\"}", &["a:"]);
    check("{}\n{\"type\":\"a\"}\n", &["a:"]);
    check("{}\n{\"type\":\"a\"}\n\n{\"type\":\"b\"}\nx\r\n", &["a:", "b:x\r"]);
    check("\n {}\n\n{\"type\":\"a\"}\nx\n\n", &["a:x"]);
}

#[test]
fn refuses_what_is_malformed() {
    check_error("", "missing envelope header");
    check_error("\n\n", "missing envelope header");
    check_error("x", "invalid envelope header");
    check_error("[]", "invalid envelope header");
    check_error("{} {}", "invalid envelope header");
    check_error("{}\r\n", "invalid envelope header: trailing characters");
    check_error("{\"event_id\":\"x\"}", "invalid envelope header: invalid `event_id`");
    check_error("{\"dsn\":\"x\"}", "invalid envelope header: invalid `dsn`");
    check_error("{\"sent_at\":\"x\"}", "invalid envelope header: invalid `sent_at`");
    check_error(
        "{\"sent_at\":1}",
        "invalid envelope header: invalid `sent_at`: expected a string",
    );
    check_error(
        "{\"sent_at\":\"2026-01-01T00:00:00Z\",\"sent_at\":\"2026-01-01T00:00:00Z\"}",
        "invalid envelope header: duplicate field `sent_at`",
    );
    check_error("{}\n{}", "invalid item header: missing field `type`");
    check_error("{}\n{\"type\":1}", "invalid item header: invalid `type`");
    check_error(
        "{}\n{\"type\":\"a\",\"length\":-1}",
        "invalid item header: invalid `length`",
    );
    check_error(
        "{}\n{\"type\":\"a\",\"length\":\"1\"}",
        "invalid item header: invalid `length`",
    );
    check_error(
        "{}\n{\"type\":\"a\",\"type\":\"a\"}",
        "invalid item header: duplicate field `type`",
    );
    check_error("{}\n{\"type\":\"a\",\"length\":1}\nxx", "missing newline");
    check_error("{}\n{\"type\":\"a\",\"length\":1}\nx\r\n", "missing newline");
    check_error("{}\n{\"type\":\"a\",\"length\":0}\n{\"type\":\"b\"}", "missing newline");
    check_error("{}\n{\"type\":\"a\",\"length\":3}\nxx", "unexpected end of file");
    check_error("{}\n{\"type\":\"a\",\"length\":3}\n", "unexpected end of file");
    check_error("{}\n{\"type\":\"a\",\"length\":3}", "unexpected end of file");
    check_error("{}\n{\"type\":\"a\"}\r\nx", "invalid item header: trailing characters");
    check_error(
        &format!("{{\"a\":\"{}\"}}", "x".repeat(70_000)),
        "header line longer than 65536 bytes",
    );
    check_error(&"[".repeat(60_000), "invalid envelope header");
}

#[test]
fn reads_the_headers() {
    let envelope = Envelope::parse(
        br#"{"event_id":"9EC79C33-ec99-42ab-8353-589fcb2e04dc","dsn":"https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@o1.example/42","sent_at":"2026-01-02T03:04:05Z","sdk":{"name":"sentry.python","version":"2.0","packages":[]},"trace":{"trace_id":"x"},"retention":30}
{"type":"log","item_count":2,"content_type":"application/vnd.sentry.items.log+json","length":2,"sample_rates":[1]}
{}"#,
    )
    .unwrap();
    let headers = &envelope.headers;
    assert_eq!(
        headers.event_id.unwrap().to_string(),
        "9ec79c33ec9942ab8353589fcb2e04dc"
    );
    assert_eq!(headers.dsn.as_ref().unwrap().project_id.0, 42);
    assert_eq!(headers.sent_at.unwrap().to_string(), "2026-01-02T03:04:05Z");
    assert_eq!(headers.sdk.as_ref().unwrap().name, "sentry.python");
    assert_eq!(headers.trace.as_ref().unwrap()["trace_id"], "x");
    assert_eq!(headers.other["retention"], 30);
    let item = &envelope.items[0].headers;
    assert_eq!(
        (item.length, item.item_count, item.is_container()),
        (Some(2), Some(2), true)
    );
    assert_eq!(item.other["sample_rates"], serde_json::json!([1]));
    // A sampling context that cannot be read costs nothing.
    assert_eq!(
        Envelope::parse(b"{\"trace\":\"x\",\"event_id\":null}").unwrap().headers,
        EnvelopeHeaders::default()
    );
}

#[test]
fn holds_the_limits() {
    let check = |headers: &str, length: usize, expected: Option<&str>| {
        let mut bytes = format!("{{}}\n{headers}\n").into_bytes();
        bytes.resize(bytes.len() + length, b'x');
        let error = Envelope::parse(&bytes).err();
        assert_eq!(
            error.as_ref().map(|error| error.reason()).as_deref(),
            expected,
            "{headers}"
        );
        assert_eq!(
            error.is_some_and(|error| error.is_too_large()),
            expected.is_some(),
            "{headers}"
        );
    };
    check(r#"{"type":"event"}"#, 1 << 20, None);
    check(r#"{"type":"event"}"#, (1 << 20) + 1, Some("too_large:event"));
    // The header alone decides: nothing of the payload was sent.
    check(r#"{"type":"event","length":1048577}"#, 0, Some("too_large:event"));
    check(
        r#"{"type":"attachment","length":18446744073709551615}"#,
        0,
        Some("too_large:attachment"),
    );
    check(
        r#"{"type":"new","length":18446744073709551615}"#,
        0,
        Some("too_large:new"),
    );
    check(
        r#"{"type":"client_report"}"#,
        (100 << 10) + 1,
        Some("too_large:client_report"),
    );
    let logs = r#"{"type":"log","content_type":"application/vnd.sentry.items.log+json","item_count":"#;
    check(&format!("{logs}2}}"), 4 << 20, None);
    check(&format!("{logs}2}}"), (4 << 20) + 2, Some("too_large:log"));
    check(&format!("{logs}0}}"), (2 << 20) + 1, Some("too_large:log"));
    check(&format!("{logs}100}}"), (12 << 20) + 1, Some("too_large:log"));

    let many = |item_type: &str, count: usize| {
        let text = format!(
            "{{}}\n{}",
            format!("{{\"type\":\"{item_type}\"}}\n{{}}\n").repeat(count)
        );
        Envelope::parse(text.as_bytes())
            .map(|envelope| envelope.items.len())
            .map_err(|error| error.reason().into_owned())
    };
    assert_eq!(many("session", 100), Ok(100));
    assert_eq!(many("session", 101), Err("too_large:session".to_owned()));
    assert_eq!(
        many("event", 2),
        Ok(2),
        "a second event is an outcome, not a matter of size"
    );
    assert_eq!(many("new", 1000), Ok(1000));
    assert_eq!(many("new", 1001), Err("too_large:envelope".to_owned()));

    let halves = format!(
        "{{}}\n{}",
        format!("{{\"type\":\"event\"}}\n{}\n", "x".repeat(600 << 10)).repeat(2)
    );
    assert_eq!(
        Envelope::parse(halves.as_bytes()).unwrap_err().reason(),
        "too_large:event"
    );
    let limits = Limits {
        max_envelope_bytes: 10,
        ..Limits::default()
    };
    assert_eq!(
        Envelope::parse_with(b"{}\n{\"type\":\"a\"}", limits)
            .unwrap_err()
            .reason(),
        "too_large:envelope"
    );
}

#[test]
fn a_skipped_payload_takes_no_memory_and_is_counted() {
    #[derive(Default)]
    struct Count(u64, Vec<u8>);
    impl Visitor for Count {
        fn item(&mut self, headers: &ItemHeaders) -> Disposition {
            if headers.item_type == ItemType::Event {
                Disposition::Keep
            } else {
                Disposition::Skip
            }
        }
        fn payload(&mut self, _headers: ItemHeaders, payload: Cow<'_, [u8]>) {
            self.1 = payload.into_owned();
        }
        fn skipped(&mut self, _headers: ItemHeaders, length: u64) {
            self.0 += length;
        }
    }
    let mut count = Count::default();
    let mut scanner = Scanner::new(Limits::default());
    scanner.push(b"{}\n{\"type\":\"attachment\"}\n", &mut count).unwrap();
    let chunk = [b'x'; 4096];
    for _ in 0..1000 {
        scanner.push(&chunk, &mut count).unwrap();
    }
    scanner.push(b"\n{\"type\":\"event\"}\n{}", &mut count).unwrap();
    let summary = scanner.finish(&mut count).unwrap();
    assert_eq!((count.0, count.1.as_slice()), (4_096_000, b"{}".as_slice()));
    assert_eq!((summary.items, summary.bytes), (2, 4_096_000 + 45));
}

#[test]
fn a_payload_in_one_chunk_is_not_copied() {
    #[derive(Default)]
    struct Copied(Vec<(Vec<u8>, bool)>);
    impl Visitor for Copied {
        fn item(&mut self, _headers: &ItemHeaders) -> Disposition {
            Disposition::Keep
        }
        fn payload(&mut self, _headers: ItemHeaders, payload: Cow<'_, [u8]>) {
            self.0.push((payload.to_vec(), matches!(payload, Cow::Owned(_))));
        }
    }
    let envelope =
        b"{}\n{\"type\":\"event\",\"length\":3}\nabc\n{\"type\":\"event\"}\ndef\n{\"type\":\"event\",\"length\":0}\n\n";
    let in_chunks = |at: usize| {
        let mut copied = Copied::default();
        let mut scanner = Scanner::new(Limits::default());
        for chunk in [&envelope[..at], &envelope[at..]] {
            scanner.push(chunk, &mut copied).unwrap();
        }
        scanner.finish(&mut copied).unwrap();
        copied.0
    };
    let payloads = |first, second| vec![(b"abc".to_vec(), first), (b"def".to_vec(), second), (Vec::new(), false)];
    let place = |text: &[u8]| envelope.windows(3).position(|window| window == text).unwrap();
    assert_eq!(in_chunks(0), payloads(false, false));
    assert_eq!(in_chunks(place(b"abc")), payloads(false, false));
    assert_eq!(in_chunks(place(b"abc") + 1), payloads(true, false));
    assert_eq!(in_chunks(place(b"def") + 2), payloads(false, true));
}

#[test]
fn the_visitor_can_refuse() {
    struct Never;
    impl Visitor for Never {
        fn headers(&mut self, _headers: EnvelopeHeaders) -> Result<(), Refused> {
            Err(Refused)
        }
        fn item(&mut self, _headers: &ItemHeaders) -> Disposition {
            unreachable!("nothing is asked after a refusal")
        }
        fn payload(&mut self, _headers: ItemHeaders, _payload: Cow<'_, [u8]>) {}
    }
    let result = Scanner::new(Limits::default()).push(b"{}\n{\"type\":\"event\"}\n{}", &mut Never);
    assert!(matches!(result, Err(EnvelopeError::Refused)));
}

#[test]
fn says_what_an_item_counts_as() {
    use model::DataCategory as C;
    let check = |headers: &str, length: u64, expected: &[(C, u64)]| {
        let envelope = Envelope::parse(format!("{{}}\n{headers}").as_bytes()).unwrap();
        assert_eq!(envelope.items[0].headers.quantities(length), expected, "{headers}");
    };
    check(r#"{"type":"event"}"#, 10, &[(C::Error, 1)]);
    check(
        r#"{"type":"attachment"}"#,
        0,
        &[(C::Attachment, 1), (C::AttachmentItem, 1)],
    );
    check(
        r#"{"type":"attachment"}"#,
        10,
        &[(C::Attachment, 10), (C::AttachmentItem, 1)],
    );
    let log = r#"{"type":"log","item_count":3,"content_type":"application/vnd.sentry.items.log+json"}"#;
    check(log, 10, &[(C::LogByte, 10), (C::LogItem, 3)]);
    check(
        r#"{"type":"profile_chunk","platform":"cocoa"}"#,
        10,
        &[(C::ProfileChunkUi, 1)],
    );
    check(
        r#"{"type":"profile_chunk_ui","platform":"python"}"#,
        10,
        &[(C::ProfileChunk, 1)],
    );
    check(r#"{"type":"span"}"#, 10, &[(C::Span, 1)]);
    check(r#"{"type":"client_report"}"#, 10, &[]);
    check(r#"{"type":"brand_new"}"#, 10, &[]);
}

fn any_envelope() -> impl Strategy<Value = Envelope> {
    let item = (
        "[a-z_]{1,12}",
        proptest::collection::vec(any::<u8>(), 0..40),
        proptest::option::of("[^\u{0}]{0,8}"),
    );
    proptest::collection::vec(item, 0..6).prop_map(|items| Envelope {
        headers: EnvelopeHeaders {
            event_id: Some(model::EventId([7; 16])),
            ..EnvelopeHeaders::default()
        },
        items: items
            .into_iter()
            .map(|(name, payload, filename)| {
                let mut item = Item::new(ItemType::from(name.as_str()), payload);
                item.headers.filename = filename;
                item
            })
            .collect(),
    })
}

proptest! {
    #[test]
    fn reads_what_it_writes(envelope in any_envelope()) {
        let mut read = Envelope::parse(&envelope.to_bytes()).unwrap();
        for item in &mut read.items {
            prop_assert_eq!(item.headers.length.take(), u64::try_from(item.payload.len()).ok());
        }
        prop_assert_eq!(read, envelope);
    }

    #[test]
    fn chunks_make_no_difference(
        bytes in "[\\n{}\"a-z:0-9 ]{0,60}|\\{\\}\n(\\{\"type\":\"a\"(,\"length\":[0-9])?\\}\n[\\na]{0,9}\n?){0,4}",
        cut in proptest::collection::vec(1_usize..9, 1..9),
    ) {
        let whole = Envelope::parse(bytes.as_bytes());
        let mut parts = Envelope::default();
        let mut scanner = Scanner::new(Limits::default());
        let (mut rest, mut sizes) = (bytes.as_bytes(), cut.iter().cycle());
        let mut result = Ok(());
        while !rest.is_empty() && result.is_ok() {
            let (chunk, after) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            result = scanner.push(chunk, &mut parts);
            rest = after;
        }
        let result = result.and_then(|()| scanner.finish(&mut parts).map(|_| ()));
        match (whole, result) {
            (Ok(whole), Ok(())) => prop_assert_eq!(whole, parts),
            (Err(whole), Err(parts)) => prop_assert_eq!(whole.to_string(), parts.to_string()),
            (whole, parts) => prop_assert!(false, "{:?} but in parts {:?}", whole, parts),
        }
    }
}
