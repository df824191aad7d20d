//! The events in recorded requests, without the codings around them.

use std::io::Read;

use model::{EventId, Timestamp};
use protocol::{
    envelope::{Envelope, ItemType},
    store,
};
use testkit::corpus::Recording;

/// The body without its content coding.
pub(crate) fn decoded(recording: &Recording) -> Vec<u8> {
    let (mut plain, body) = (Vec::new(), recording.body.as_slice());
    let read = match recording.header("content-encoding").unwrap_or_default() {
        "gzip" => flate2::read::MultiGzDecoder::new(body).read_to_end(&mut plain),
        "deflate" => flate2::read::ZlibDecoder::new(body).read_to_end(&mut plain),
        "br" => brotli_decompressor::Decompressor::new(body, 4096).read_to_end(&mut plain),
        "" => std::io::Cursor::new(body).read_to_end(&mut plain),
        other => panic!("{}: content coding {other}", recording.name),
    };
    read.unwrap_or_else(|error| panic!("{}: {error}", recording.name));
    plain
}

fn store_event(body: Vec<u8>) -> Vec<u8> {
    match store::sniff(&body).expect("a form of the store endpoint") {
        store::Form::Json => body,
        store::Form::Msgpack => protocol::msgpack::to_json(&body)
            .expect("MessagePack")
            .to_string()
            .into_bytes(),
        store::Form::Base64 => {
            let bytes = store::decode_base64(&body).expect("base64");
            if !store::is_zlib(&bytes) {
                return bytes;
            }
            let mut plain = Vec::new();
            flate2::read::ZlibDecoder::new(bytes.as_slice())
                .read_to_end(&mut plain)
                .expect("zlib");
            plain
        }
    }
}

/// An event as it was sent, and what its envelope says.
pub(crate) struct Payload {
    pub(crate) item_type: ItemType,
    pub(crate) event_id: Option<EventId>,
    pub(crate) sent_at: Option<Timestamp>,
    pub(crate) json: Vec<u8>,
}

/// The events of every kind of a request.
pub(crate) fn payloads(recording: &Recording) -> Vec<Payload> {
    match recording.meta.expected.kind.as_str() {
        "envelope" => {
            let envelope =
                Envelope::parse(&decoded(recording)).unwrap_or_else(|error| panic!("{}: {error}", recording.name));
            let types: Vec<&str> = envelope
                .items
                .iter()
                .map(|item| item.headers.item_type.name())
                .collect();
            assert!(
                !types.is_empty()
                    && !types
                        .iter()
                        .any(|name| matches!(ItemType::from(*name), ItemType::Unknown(_)))
            );
            let headers = envelope.headers;
            let events = envelope
                .items
                .into_iter()
                .filter(|item| matches!(item.headers.item_type, ItemType::Event | ItemType::Transaction));
            events
                .map(|item| Payload {
                    item_type: item.headers.item_type,
                    event_id: headers.event_id,
                    sent_at: headers.sent_at,
                    json: item.payload,
                })
                .collect()
        }
        "store" if recording.meta.method == "GET" => {
            let data = store::sentry_data(&recording.meta.query).expect("an event in the query");
            vec![stored(store_event(data))]
        }
        "store" if recording.meta.method == "POST" => vec![stored(store_event(decoded(recording)))],
        _ => Vec::new(),
    }
}

fn stored(json: Vec<u8>) -> Payload {
    Payload {
        item_type: ItemType::Event,
        event_id: None,
        sent_at: None,
        json,
    }
}
