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
    Deflate(Box<Inflate<W>>),
    Br(Box<brotli_decompressor::DecompressorWriter<W>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, W>>),
}

const BUFFER: usize = 16 * 1024;

impl<W: Write> Decoder<W> {
    pub fn new(encoding: ContentEncoding, sink: W) -> io::Result<Self> {
        Ok(match encoding {
            ContentEncoding::Identity => Self::Identity(sink),
            ContentEncoding::Gzip => Self::Gzip(Box::new(flate2::write::MultiGzDecoder::new(sink))),
            ContentEncoding::Deflate => Self::Deflate(Box::new(Inflate::new(sink))),
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
            Self::Deflate(decoder) => decoder.push(chunk),
            Self::Br(decoder) => decoder.write_all(chunk),
            Self::Zstd(decoder) => decoder.write_all(chunk),
        }
    }

    /// Ends the stream and gives the sink back. What ends too early is an error; without a coding nobody can tell.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Identity(sink) => Ok(sink),
            Self::Gzip(decoder) => decoder.finish(),
            Self::Deflate(decoder) => decoder.finish(),
            Self::Br(mut decoder) => {
                decoder.close()?;
                decoder.into_inner().map_err(|_| io::ErrorKind::UnexpectedEof.into())
            }
            Self::Zstd(decoder) => decoder.finish(),
        }
    }
}

/// A zlib stream. `flate2::write::ZlibDecoder` would do, but takes a stream that was cut for a whole one.
pub struct Inflate<W> {
    sink: W,
    state: flate2::Decompress,
    ended: bool,
    buffer: Vec<u8>,
}

impl<W: Write> Inflate<W> {
    fn new(sink: W) -> Self {
        Self {
            sink,
            state: flate2::Decompress::new(true),
            ended: false,
            buffer: Vec::with_capacity(BUFFER),
        }
    }

    fn push(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        // What follows the end of the stream is ignored, as other servers do.
        while !self.ended {
            self.buffer.clear();
            let before = self.state.total_in();
            let status = self
                .state
                .decompress_vec(chunk, &mut self.buffer, flate2::FlushDecompress::None)?;
            let consumed = usize::try_from(self.state.total_in() - before).unwrap_or(chunk.len());
            chunk = &chunk[consumed..];
            self.sink.write_all(&self.buffer)?;
            self.ended = status == flate2::Status::StreamEnd;
            if self.buffer.is_empty() && (chunk.is_empty() || consumed == 0) {
                break;
            }
        }
        Ok(())
    }

    fn finish(self) -> io::Result<W> {
        if self.ended {
            Ok(self.sink)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
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
        Self {
            bytes: Vec::new(),
            limit,
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + chunk.len() > self.limit {
            return Err(too_large());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts what comes out and keeps nothing; more than the limit is an error.
#[derive(Debug)]
pub struct Counted {
    pub bytes: u64,
    limit: u64,
}

impl Counted {
    pub fn new(limit: u64) -> Self {
        Self { bytes: 0, limit }
    }
}

impl Write for Counted {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        self.bytes += chunk.len() as u64;
        if self.bytes > self.limit {
            Err(too_large())
        } else {
            Ok(chunk.len())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "the decompressed body is too large")
}

/// Whether a sink of this module had enough.
pub fn is_too_large(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::FileTooLarge
}
