//! Decompressing an envelope straight into the scanner: a body of any size passes through a few kilobytes of memory.

use std::io::{self, Write};

use protocol::envelope::{EnvelopeError, Limits, Scanner, Visitor};

use crate::encoding::{self, ContentEncoding};

/// Why a body is no envelope.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanError {
    #[error("the body could not be decompressed: {0}")]
    Compression(io::Error),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

/// Scans a whole body.
pub(crate) fn scan<V: Visitor>(encoding: ContentEncoding, body: &[u8], visitor: &mut V) -> Result<(), ScanError> {
    let sink = Sink {
        scanner: Some(Scanner::new(Limits::default())),
        visitor,
    };
    let sink = encoding::decode(encoding, body, sink).map_err(|error| match error.downcast::<EnvelopeError>() {
        Ok(error) => ScanError::Envelope(error),
        Err(error) => ScanError::Compression(error),
    })?;
    let scanner = sink.scanner.ok_or(EnvelopeError::UnexpectedEnd)?;
    scanner.finish(sink.visitor)?;
    Ok(())
}

/// Feeds what is decompressed to the scanner.
struct Sink<'a, V> {
    /// `None` after an error: decoders write on when they are dropped.
    scanner: Option<Scanner>,
    visitor: &'a mut V,
}

impl<V: Visitor> Write for Sink<'_, V> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let Some(mut scanner) = self.scanner.take() else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        scanner.push(chunk, self.visitor).map_err(io::Error::other)?;
        self.scanner = Some(scanner);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
