use std::borrow::Cow;

use super::{EnvelopeHeaders, HeaderError, ItemHeaders, Limits, limits::Usage};

/// What is to become of an item's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Collect it and hand it over.
    Keep,
    /// Read over it.
    Skip,
}

/// The visitor wants no more; why, it remembers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// Is told what an envelope holds, in order.
pub trait Visitor {
    /// Called first, and once.
    fn headers(&mut self, headers: EnvelopeHeaders) -> Result<(), Refused> {
        drop(headers);
        Ok(())
    }

    /// An item begins. Every item is followed by [`Self::payload`] or [`Self::skipped`].
    fn item(&mut self, headers: &ItemHeaders) -> Disposition;

    /// A kept item ended. What came in one chunk is a part of that chunk.
    fn payload(&mut self, headers: ItemHeaders, payload: Cow<'_, [u8]>);

    /// A skipped item of `length` bytes ended.
    fn skipped(&mut self, headers: ItemHeaders, length: u64) {
        drop((headers, length));
    }
}

#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    #[error("missing envelope header")]
    MissingHeader,
    #[error("invalid envelope header")]
    InvalidHeader(#[source] HeaderError),
    #[error("invalid item header")]
    InvalidItemHeader(#[source] HeaderError),
    #[error("header line longer than {0} bytes")]
    HeaderTooLong(usize),
    #[error("missing newline after payload")]
    MissingNewline,
    #[error("unexpected end of file")]
    UnexpectedEnd,
    #[error("more than {0} items")]
    TooManyItems(usize),
    #[error("envelope exceeded size limits for type '{item}'")]
    TooLarge { item: String },
    #[error("refused")]
    Refused,
}

impl EnvelopeError {
    /// Whether the answer is 413; everything else is 400.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::TooManyItems(_))
    }

    /// The reason of the outcome (`ingest.md` §1.7).
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::TooLarge { item } => format!("too_large:{item}").into(),
            Self::TooManyItems(_) => "too_large:envelope".into(),
            _ => "invalid_envelope".into(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    pub items: usize,
    /// All bytes that were pushed.
    pub bytes: u64,
}

/// Reads an envelope from chunks of any size. After an error it must not be used any more.
#[derive(Debug)]
pub struct Scanner {
    limits: Limits,
    usage: Usage,
    bytes: u64,
    items: usize,
    state: State,
    /// The part of a header line that came with earlier chunks.
    line: Vec<u8>,
}

#[derive(Debug)]
enum State {
    EnvelopeHeader,
    ItemHeader,
    Payload(Box<Payload>),
    /// A payload with a length is over: a newline must follow, or the end.
    Terminator,
}

#[derive(Debug)]
struct Payload {
    headers: ItemHeaders,
    kept: Option<Vec<u8>>,
    length: u64,
}

impl Scanner {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            usage: Usage::default(),
            bytes: 0,
            items: 0,
            state: State::EnvelopeHeader,
            line: Vec::new(),
        }
    }

    pub fn push<V: Visitor>(&mut self, mut chunk: &[u8], visitor: &mut V) -> Result<(), EnvelopeError> {
        self.bytes = self.bytes.saturating_add(length_of(chunk));
        if self.bytes > self.limits.max_envelope_bytes {
            return Err(EnvelopeError::TooLarge {
                item: "envelope".to_owned(),
            });
        }
        while !chunk.is_empty() {
            chunk = match &self.state {
                State::EnvelopeHeader | State::ItemHeader => self.push_header(chunk, visitor)?,
                State::Payload(_) => self.push_payload(chunk, visitor)?,
                State::Terminator => self.push_terminator(chunk)?,
            };
        }
        Ok(())
    }

    pub fn finish<V: Visitor>(mut self, visitor: &mut V) -> Result<Summary, EnvelopeError> {
        match &self.state {
            State::EnvelopeHeader | State::ItemHeader => {
                let line = std::mem::take(&mut self.line);
                self.header(&line, visitor)?;
            }
            State::Payload(_) | State::Terminator => {}
        }
        if matches!(self.state, State::EnvelopeHeader) {
            return Err(EnvelopeError::MissingHeader);
        }
        // The last header may be without a newline; its payload is then empty.
        if let State::Payload(payload) = &self.state {
            if payload.headers.length.is_some_and(|length| length != payload.length) {
                return Err(EnvelopeError::UnexpectedEnd);
            }
            self.end_payload(&[], visitor);
        }
        Ok(Summary {
            items: self.items,
            bytes: self.bytes,
        })
    }

    fn push_header<'a, V: Visitor>(&mut self, chunk: &'a [u8], visitor: &mut V) -> Result<&'a [u8], EnvelopeError> {
        let Some(end) = memchr::memchr(b'\n', chunk) else {
            self.check_header_length(chunk)?;
            self.line.extend_from_slice(chunk);
            return Ok(&[]);
        };
        let (line, rest) = (&chunk[..end], &chunk[end + 1..]);
        self.check_header_length(line)?;
        if self.line.is_empty() {
            self.header(line, visitor)?;
        } else {
            let mut whole = std::mem::take(&mut self.line);
            whole.extend_from_slice(line);
            self.header(&whole, visitor)?;
        }
        Ok(rest)
    }

    fn check_header_length(&self, more: &[u8]) -> Result<(), EnvelopeError> {
        let limit = self.limits.max_header_bytes;
        if self.line.len() + more.len() > limit {
            Err(EnvelopeError::HeaderTooLong(limit))
        } else {
            Ok(())
        }
    }

    fn header<V: Visitor>(&mut self, line: &[u8], visitor: &mut V) -> Result<(), EnvelopeError> {
        // JSON may begin with white space, so an empty line before a header is no error.
        if line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Ok(());
        }
        if matches!(self.state, State::EnvelopeHeader) {
            let headers = EnvelopeHeaders::parse(line).map_err(EnvelopeError::InvalidHeader)?;
            visitor.headers(headers).map_err(|Refused| EnvelopeError::Refused)?;
            self.state = State::ItemHeader;
            return Ok(());
        }
        let headers = ItemHeaders::parse(line).map_err(EnvelopeError::InvalidItemHeader)?;
        self.items += 1;
        if self.items > self.limits.max_items {
            return Err(EnvelopeError::TooManyItems(self.limits.max_items));
        }
        if !self.usage.start(&self.limits.items, &headers) {
            return Err(too_large(&headers));
        }
        self.check_size(&headers, headers.length.unwrap_or(0))?;
        let kept = match visitor.item(&headers) {
            Disposition::Keep => Some(Vec::new()),
            Disposition::Skip => None,
        };
        let empty = headers.length == Some(0);
        self.state = State::Payload(Box::new(Payload {
            headers,
            kept,
            length: 0,
        }));
        if empty {
            self.end_payload(&[], visitor);
            self.state = State::Terminator;
        }
        Ok(())
    }

    fn check_size(&self, headers: &ItemHeaders, length: u64) -> Result<(), EnvelopeError> {
        let fits = self.usage.fits(&self.limits.items, headers, length) && length <= self.limits.max_envelope_bytes;
        if fits { Ok(()) } else { Err(too_large(headers)) }
    }

    fn push_payload<'a, V: Visitor>(&mut self, chunk: &'a [u8], visitor: &mut V) -> Result<&'a [u8], EnvelopeError> {
        let State::Payload(payload) = &mut self.state else {
            return Ok(chunk);
        };
        let (part, rest, ended) = match payload.headers.length {
            Some(length) => {
                let missing = usize::try_from(length - payload.length).unwrap_or(usize::MAX);
                let (part, rest) = chunk.split_at(missing.min(chunk.len()));
                (part, rest, part.len() == missing)
            }
            None => match memchr::memchr(b'\n', chunk) {
                Some(end) => (&chunk[..end], &chunk[end + 1..], true),
                None => (chunk, &chunk[chunk.len()..], false),
            },
        };
        payload.length += length_of(part);
        let State::Payload(payload) = &self.state else {
            return Ok(rest);
        };
        self.check_size(&payload.headers, payload.length)?;
        if ended {
            let next = if payload.headers.length.is_some() {
                State::Terminator
            } else {
                State::ItemHeader
            };
            self.end_payload(part, visitor);
            self.state = next;
        } else if let State::Payload(payload) = &mut self.state
            && let Some(kept) = &mut payload.kept
        {
            kept.extend_from_slice(part);
        }
        Ok(rest)
    }

    /// `part`: the end of the payload, of which nothing was kept yet.
    fn end_payload<V: Visitor>(&mut self, part: &[u8], visitor: &mut V) {
        if let State::Payload(payload) = std::mem::replace(&mut self.state, State::ItemHeader) {
            self.usage.end(&payload.headers, payload.length);
            match payload.kept {
                Some(kept) if kept.is_empty() => visitor.payload(payload.headers, Cow::Borrowed(part)),
                Some(mut kept) => {
                    kept.extend_from_slice(part);
                    visitor.payload(payload.headers, Cow::Owned(kept));
                }
                None => visitor.skipped(payload.headers, payload.length),
            }
        }
    }

    fn push_terminator<'a>(&mut self, chunk: &'a [u8]) -> Result<&'a [u8], EnvelopeError> {
        match chunk.split_first() {
            Some((b'\n', rest)) => {
                self.state = State::ItemHeader;
                Ok(rest)
            }
            _ => Err(EnvelopeError::MissingNewline),
        }
    }
}

fn too_large(headers: &ItemHeaders) -> EnvelopeError {
    EnvelopeError::TooLarge {
        item: headers.item_type.name().to_owned(),
    }
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
