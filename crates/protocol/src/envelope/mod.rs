//! Envelopes: what SDKs wrap their items in (`ingest.md` §2).
//!
//! [`Scanner`] reads one chunk after the other and holds no more than a header line and the payloads that its visitor
//! keeps; [`Envelope`] is the whole in memory, for what is small.

mod headers;
mod item;
mod limits;
mod scanner;

use std::borrow::Cow;

pub use headers::{EnvelopeHeaders, HeaderError, ItemHeaders, SdkName};
pub use item::ItemType;
pub use limits::{ItemLimits, Limits, SizeLimit};
pub use scanner::{Disposition, EnvelopeError, Refused, Scanner, Summary, Visitor};

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub headers: ItemHeaders,
    pub payload: Vec<u8>,
}

impl Item {
    pub fn new(item_type: ItemType, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            headers: ItemHeaders::new(item_type),
            payload: payload.into(),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Envelope {
    pub headers: EnvelopeHeaders,
    pub items: Vec<Item>,
}

impl Envelope {
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Self::parse_with(bytes, Limits::default())
    }

    pub fn parse_with(bytes: &[u8], limits: Limits) -> Result<Self, EnvelopeError> {
        let mut envelope = Self::default();
        let mut scanner = Scanner::new(limits);
        scanner.push(bytes, &mut envelope)?;
        scanner.finish(&mut envelope)?;
        Ok(envelope)
    }

    /// The bytes on the wire. Every item gets its length, so payloads may hold anything.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(&self.headers.to_json()).expect("a JSON value can be written");
        for item in &self.items {
            bytes.push(b'\n');
            let length = u64::try_from(item.payload.len()).expect("a length in memory fits 64 bits");
            let headers = ItemHeaders {
                length: Some(length),
                ..item.headers.clone()
            };
            serde_json::to_writer(&mut bytes, &headers.to_json()).expect("a JSON value can be written");
            bytes.push(b'\n');
            bytes.extend_from_slice(&item.payload);
        }
        bytes.push(b'\n');
        bytes
    }
}

impl Visitor for Envelope {
    fn headers(&mut self, headers: EnvelopeHeaders) -> Result<(), Refused> {
        self.headers = headers;
        Ok(())
    }

    fn item(&mut self, _headers: &ItemHeaders) -> Disposition {
        Disposition::Keep
    }

    fn payload(&mut self, headers: ItemHeaders, payload: Cow<'_, [u8]>) {
        let payload = payload.into_owned();
        self.items.push(Item { headers, payload });
    }
}

#[cfg(test)]
mod tests;
