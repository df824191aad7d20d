//! The stored inputs of the fuzz targets, so that every test run reads them.

use std::{fs, path::Path};

use model::{EventId, Timestamp};
use protocol::{
    Dsn,
    auth::Auth,
    crash::{
        assemble::{self, Parts},
        form::CrashForm,
        minidump,
        unreal::UnrealCrash,
    },
    drain,
    envelope::{Envelope, Limits, Scanner},
    event::Event,
    items::{
        check_in::CheckIn,
        client_report::ClientReport,
        container::Members,
        crontab::Crontab,
        log::Log,
        profile::{Profile, ProfileChunk},
        replay::{ReplayEvent, ReplayVideo, recording::Recording},
        session::{SessionAggregates, SessionUpdate},
        span::StandaloneSpan,
        trace_metric::TraceMetric,
        user_report::UserReport,
    },
    msgpack, otlp,
};

fn each(target: &str, check: impl Fn(&str, &[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut read = 0;
    for entry in fs::read_dir(&folder).expect("stored inputs") {
        let path = entry.expect("an input").path();
        check(&path.display().to_string(), &fs::read(&path).expect("an input"));
        read += 1;
    }
    assert!(read >= 5, "{read} inputs in {}", folder.display());
}

#[test]
fn envelopes_are_the_same_in_chunks() {
    each("envelope", |name, input| {
        let (size, bytes) = input.split_first().unwrap();
        let whole = Envelope::parse(bytes);
        let (mut parts, mut scanner) = (Envelope::default(), Scanner::new(Limits::default()));
        let pushed = bytes
            .chunks(usize::from(*size))
            .try_for_each(|chunk| scanner.push(chunk, &mut parts));
        let scanned = pushed.and_then(|()| scanner.finish(&mut parts));
        assert_eq!(
            whole.map_err(|error| error.to_string()),
            scanned.map(|_| parts).map_err(|error| error.to_string()),
            "{name}"
        );
    });
}

#[test]
fn events_are_read_back() {
    each("event", |name, input| {
        let event = Event::from_slice(input).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(Event::from_stored(&event.to_json()).unwrap(), event, "{name}");
    });
}

#[test]
fn dsns_and_keys_are_told_from_nonsense() {
    each("auth_dsn", |_, input| {
        let text = std::str::from_utf8(input).unwrap();
        if let Ok(dsn) = text.parse::<Dsn>() {
            assert_eq!(dsn.to_string().parse(), Ok(dsn));
        }
    });
    each("auth_dsn", |name, input| {
        let mut lines = std::str::from_utf8(input)
            .unwrap()
            .lines()
            .map(|line| Some(line).filter(|line| !line.is_empty()));
        let mut line = || lines.next().flatten();
        let auth = Auth::from_request(line(), line(), line());
        let expected = ["header", "basic", "query"]
            .iter()
            .any(|valid| name.ends_with(&format!("/{valid}")));
        assert_eq!(auth.is_ok(), expected, "{name}: {auth:?}");
    });
}

const NOW: Timestamp = Timestamp(1_795_230_000_000_000);

/// The valid ones of the stored inputs: most say what they are by their first byte.
#[test]
fn items_are_read() {
    each("items", |name, input| {
        let (kind, payload) = input.split_first().unwrap();
        let text = std::str::from_utf8(payload).unwrap_or_default();
        let is_read = match kind {
            b'a' => SessionUpdate::parse(payload, NOW).is_ok(),
            b'b' => SessionAggregates::parse(payload).is_ok(),
            b'c' => CheckIn::parse(payload).is_ok(),
            b'd' => CheckIn::from_url_query("a", text).is_ok() || Crontab::parse(text).is_ok(),
            b'e' => ClientReport::parse(payload, NOW).is_ok_and(|report| !report.discarded.is_empty()),
            b'f' => UserReport::parse(payload, Some(EventId([7; 16]))).is_ok(),
            b'g' => Profile::parse(payload).is_ok(),
            b'h' => ProfileChunk::parse(payload, None).is_ok(),
            b'i' => ReplayEvent::parse(payload).is_ok(),
            b'j' => ReplayVideo::parse(payload).is_ok(),
            b'k' => Members::<Log>::parse(payload, Some(1)).unwrap().valid.len() == 1,
            b'l' => Members::<StandaloneSpan>::parse(payload, Some(1)).unwrap().valid.len() == 1,
            b'm' => Members::<TraceMetric>::parse(payload, Some(1)).unwrap().valid.len() == 1,
            b'n' => StandaloneSpan::parse_legacy(payload).is_ok(),
            _ => true,
        };
        assert_eq!(is_read, !name.ends_with("/empty-object"), "{name}");
    });
}

#[test]
fn what_others_than_sdks_send_is_read() {
    each("otlp", |name, input| {
        let (kind, body) = input.split_first().unwrap();
        let count = match kind {
            b'a' => otlp::logs(otlp::Form::Json, body, NOW).unwrap().valid.len(),
            b'b' => otlp::logs(otlp::Form::Protobuf, body, NOW).unwrap().valid.len(),
            b'c' => drain::vercel::logs(body, NOW).unwrap().valid.len(),
            b'd' => drain::heroku::logs(body, NOW).unwrap().valid.len(),
            b'e' => otlp::traces(otlp::Form::Json, body).unwrap().valid.len(),
            b'f' => otlp::traces(otlp::Form::Protobuf, body).unwrap().valid.len(),
            _ => otlp::span(body).unwrap().valid.len(),
        };
        assert!(count >= 1, "{name}");
    });
}

#[test]
fn msgpack_ends_where_it_should() {
    each("msgpack", |name, input| {
        let is_broken = ["/breadcrumbs", "/huge", "/deep", "/nested-keys"]
            .iter()
            .any(|broken| name.ends_with(broken));
        assert_eq!(msgpack::to_json(input).is_err(), is_broken, "{name}");
    });
}

#[test]
fn crashes_are_read() {
    each("crash", |name, input| {
        let (kind, bytes) = input.split_first().unwrap();
        match kind {
            b'a' => {
                let form = CrashForm::parse("multipart/form-data; boundary=b", bytes).unwrap();
                assert_eq!(form.dump.bytes, b"MDMP", "{name}");
            }
            b'b' => assert_eq!(minidump::check(bytes), Ok(()), "{name}"),
            b'c' => {
                let crash = UnrealCrash::parse_unpacked(bytes.to_vec()).unwrap();
                let parts = Parts {
                    unreal: Some(&crash),
                    ..Parts::default()
                };
                let event = Event::from_slice(&assemble::assemble(parts).unwrap().event).unwrap();
                assert_eq!(event.release.as_deref(), Some("a"), "{name}");
            }
            _ => {}
        }
    });
}

#[test]
fn recordings_are_written_as_they_were_read() {
    each("recording", |name, input| {
        let is_valid = ["/plain", "/zlib", "/gzip", "/empty"]
            .iter()
            .any(|valid| name.ends_with(valid));
        let rewritten = Recording::parse(input).and_then(|recording| recording.rewrite(|_| {}));
        assert_eq!(rewritten.is_ok(), is_valid, "{name}");
        if let Ok((stored, contents)) = rewritten {
            assert_eq!(
                Recording::parse(&stored).unwrap().check().unwrap().events,
                contents.events
            );
        }
    });
}
