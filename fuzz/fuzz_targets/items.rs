//! Items that are no events: what is read of them can be written, and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{EventId, Timestamp};
use protocol::items::{
    check_in::CheckIn,
    client_report::ClientReport,
    container::Members,
    crontab::Crontab,
    log::Log,
    metrics,
    profile::{Profile, ProfileChunk},
    replay::{ReplayEvent, ReplayVideo},
    session::{SessionAggregates, SessionUpdate},
    span::StandaloneSpan,
    trace_metric::TraceMetric,
    user_report::UserReport,
};

const NOW: Timestamp = Timestamp(1_795_230_000_000_000);

// The first byte says which kind it is.
fuzz_target!(|input: &[u8]| {
    let Some((&kind, payload)) = input.split_first() else {
        return;
    };
    match kind {
        b'a' => {
            let Ok(read) = SessionUpdate::parse(payload, NOW) else {
                return;
            };
            assert_eq!(
                SessionUpdate::parse(read.to_json().to_string().as_bytes(), NOW),
                Ok(read)
            );
        }
        b'b' => {
            let Ok(read) = SessionAggregates::parse(payload) else {
                return;
            };
            let again = SessionAggregates::parse(read.to_json().to_string().as_bytes()).expect("it was written");
            assert_eq!(again.aggregates, read.aggregates);
        }
        b'c' => {
            let Ok(read) = CheckIn::parse(payload) else { return };
            let again = CheckIn::parse(read.to_json().to_string().as_bytes()).expect("it was written");
            assert_eq!((again.monitor_slug, again.id), (read.monitor_slug, read.id));
        }
        b'd' => {
            if let Ok(query) = std::str::from_utf8(payload) {
                let _ = CheckIn::from_url_query("monitor", query);
                let _ = Crontab::parse(query);
            }
        }
        b'e' => drop(ClientReport::parse(payload, NOW)),
        b'f' => {
            let Ok(read) = UserReport::parse(payload, Some(EventId([7; 16]))) else {
                return;
            };
            assert_eq!(UserReport::parse(read.to_json().to_string().as_bytes(), None), Ok(read));
        }
        b'g' => {
            let Ok(read) = Profile::parse(payload) else { return };
            assert_eq!(Profile::parse(&read.to_json()), Ok(read));
        }
        b'h' => {
            let Ok(read) = ProfileChunk::parse(payload, None) else {
                return;
            };
            assert_eq!(ProfileChunk::parse(&read.to_json(), None), Ok(read));
        }
        b'i' => {
            let Ok(read) = ReplayEvent::parse(payload) else { return };
            assert!(ReplayEvent::parse(read.to_json().to_string().as_bytes()).is_ok());
        }
        b'j' => drop(ReplayVideo::parse(payload)),
        b'k' => {
            let Ok(read) = Members::<Log>::parse(payload, Some(1)) else {
                return;
            };
            assert_eq!(read.valid.len() + read.invalid.len(), 1);
            read.valid.iter().for_each(|log| drop(log.item.to_json()));
        }
        b'l' => {
            let Ok(read) = Members::<StandaloneSpan>::parse(payload, Some(1)) else {
                return;
            };
            read.valid.iter().for_each(|span| drop(span.item.to_json()));
        }
        b'm' => {
            let Ok(read) = Members::<TraceMetric>::parse(payload, Some(1)) else {
                return;
            };
            read.valid.iter().for_each(|metric| drop(metric.item.to_json()));
        }
        b'n' => drop(StandaloneSpan::parse_legacy(payload)),
        _ => {
            let _ = metrics::count(&protocol::envelope::ItemType::Statsd, payload);
            let _ = metrics::count(&protocol::envelope::ItemType::MetricBuckets, payload);
        }
    }
});
