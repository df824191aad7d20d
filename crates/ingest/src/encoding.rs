//! Content codings of request bodies, decoded piece by piece into a sink that decides how much it takes: nothing here
//! ever holds a whole body, so that a bomb costs no memory.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

/// The codings that SDKs use (`ingest.md` §1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentEncoding {
    #[default]
    Identity,
    Gzip,
    /// Wrapped as zlib.
    Deflate,
    Br,
    Zstd,
}

impl ContentEncoding {
    /// Of a `Content-Encoding` header; names that are not known count as identity, as with Sentry.
    pub fn of_header(value: &str) -> Self {
        match value.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Br,
            "zstd" => Self::Zstd,
            _ => Self::Identity,
        }
    }
}

/// The largest zstd window, as a power of two: 8 MiB, which RFC 8878 §3.1.1.1.2 asks every decoder to support.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Writes what comes out into `sink`. An error of the sink comes out of [`Decoder::push`] as it is.
pub enum Decoder<W: Write> {
    Identity(W),
    Gzip(Box<flate2::write::MultiGzDecoder<W>>),
    Deflate(Box<flate2::write::ZlibDecoder<W>>),
    Br(Box<brotli_decompressor::DecompressorWriter<W>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, W>>),
}

const BUFFER: usize = 16 * 1024;

impl<W: Write> Decoder<W> {
    pub fn new(encoding: ContentEncoding, sink: W) -> io::Result<Self> {
        Ok(match encoding {
            ContentEncoding::Identity => Self::Identity(sink),
            ContentEncoding::Gzip => Self::Gzip(Box::new(flate2::write::MultiGzDecoder::new(sink))),
            ContentEncoding::Deflate => Self::Deflate(Box::new(flate2::write::ZlibDecoder::new(sink))),
            ContentEncoding::Br => Self::Br(Box::new(brotli_decompressor::DecompressorWriter::new(sink, BUFFER))),
            ContentEncoding::Zstd => {
                let mut decoder = zstd::stream::write::Decoder::new(sink)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Self::Zstd(Box::new(decoder))
            }
        })
    }

    pub fn push(&mut self, chunk: &[u8]) -> io::Result<()> {
        match self {
            Self::Identity(sink) => sink.write_all(chunk),
            Self::Gzip(decoder) => decoder.write_all(chunk),
            Self::Deflate(decoder) => decoder.write_all(chunk),
            Self::Br(decoder) => decoder.write_all(chunk),
            Self::Zstd(decoder) => decoder.write_all(chunk),
        }
    }

    /// Ends the stream and gives the sink back. What ends too early is an error where the coding can tell.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Identity(sink) => Ok(sink),
            Self::Gzip(decoder) => decoder.finish(),
            Self::Deflate(decoder) => decoder.finish(),
            Self::Br(mut decoder) => {
                decoder.close()?;
                decoder.into_inner().map_err(|_| io::ErrorKind::UnexpectedEof.into())
            }
            Self::Zstd(mut decoder) => {
                decoder.flush()?;
                Ok(decoder.into_inner())
            }
        }
    }
}

/// Decodes a whole body into a sink.
pub fn decode<W: Write>(encoding: ContentEncoding, body: &[u8], sink: W) -> io::Result<W> {
    let mut decoder = Decoder::new(encoding, sink)?;
    // In pieces, so that a sink which has enough stops a bomb early.
    for chunk in body.chunks(BUFFER) {
        decoder.push(chunk)?;
    }
    decoder.finish()
}

/// Collects at most `limit` bytes; more is an error.
#[derive(Debug)]
pub struct Bounded {
    pub bytes: Vec<u8>,
    limit: usize,
}

impl Bounded {
    pub fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }
}

impl Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + chunk.len() > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the decompressed body is too large"));
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
