//! What is packed within a payload, unpacked in memory and within a limit: recordings of replays, crash dumps and
//! archives. How a request's body was coded on its way is for `ingest` to undo.

use std::io::{self, Read};

use crate::store::is_zlib;

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    Zlib,
    Xz,
    Bzip2,
    Zstd,
}

#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error("more than {0} bytes unpacked")]
    TooLarge(usize),
    #[error("cannot be unpacked: {0}")]
    Broken(String),
}

/// Dictionaries and windows larger than this are refused: they are memory, whatever comes out.
const MAX_XZ_DICTIONARY: usize = 64 << 20;
const ZSTD_WINDOW_LOG: u32 = 27;

const PIECE_BYTES: usize = 64 << 10;

impl Packing {
    /// By the first bytes. Zlib has only a weak mark: ask for it where nothing else can stand ([`Self::of_recording`]).
    pub fn of_file(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Self::Bzip2),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    pub fn of_recording(bytes: &[u8]) -> Option<Self> {
        Self::of_file(bytes).or_else(|| is_zlib(bytes).then_some(Self::Zlib))
    }

    /// What a file's name ends in when it is packed so.
    pub fn suffix(self) -> Option<&'static str> {
        match self {
            Self::Gzip => Some(".gz"),
            Self::Xz => Some(".xz"),
            Self::Bzip2 => Some(".bz2"),
            Self::Zstd => Some(".zst"),
            Self::Zlib => None,
        }
    }

    /// All of it, at most `limit` bytes.
    pub fn unpack(self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, UnpackError> {
        let mut unpacked = Vec::new();
        self.pieces(bytes, limit, &mut |piece| {
            unpacked.extend_from_slice(piece);
            true
        })?;
        Ok(unpacked)
    }

    /// Gives it piece by piece, until `take` has had enough and says `false`.
    pub fn pieces(self, bytes: &[u8], limit: usize, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), UnpackError> {
        match self {
            Self::Gzip => read(flate2::bufread::MultiGzDecoder::new(bytes), limit, take),
            Self::Zlib => read(flate2::bufread::ZlibDecoder::new(bytes), limit, take),
            Self::Bzip2 => read(bzip2_rs::DecoderReader::new(bytes), limit, take),
            Self::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(bytes).and_then(|mut decoder| {
                    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                    Ok(decoder)
                });
                read(decoder.map_err(|error| broken(&error))?, limit, take)
            }
            Self::Xz => xz(bytes, limit, take),
        }
    }
}

fn broken(error: &impl ToString) -> UnpackError {
    UnpackError::Broken(error.to_string())
}

fn read(mut decoder: impl Read, limit: usize, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), UnpackError> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut total = 0;
    loop {
        let length = match decoder.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken(&error)),
        };
        total += length;
        if total > limit {
            return Err(UnpackError::TooLarge(limit));
        }
        if !take(&piece[..length]) {
            return Ok(());
        }
    }
}

/// The streams of an xz file, one behind the other, with zeros between them.
fn xz(mut bytes: &[u8], limit: usize, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), UnpackError> {
    let mut decoder = xz4rust::XzDecoder::in_heap_with_alloc_dict_size(0, MAX_XZ_DICTIONARY);
    let mut piece = vec![0; PIECE_BYTES];
    let mut total = 0;
    loop {
        let progress = decoder
            .decode(bytes, &mut piece)
            .map_err(|error| UnpackError::Broken(format!("{error:?}")))?;
        if !progress.made_progress() && !progress.is_end_of_stream() {
            return Err(UnpackError::Broken("unexpected end".to_owned()));
        }
        bytes = bytes.get(progress.input_consumed()..).unwrap_or_default();
        let produced = progress.output_produced();
        total += produced;
        if total > limit {
            return Err(UnpackError::TooLarge(limit));
        }
        if produced > 0 && !take(&piece[..produced]) {
            return Ok(());
        }
        if progress.is_end_of_stream() {
            let padding = bytes.iter().take_while(|byte| **byte == 0).count();
            bytes = &bytes[padding..];
            if bytes.is_empty() {
                return Ok(());
            }
            decoder.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"MDMP and more and more and more";

    // `printf … | xz -9`, `bzip2`: no encoder of these is among the dependencies.
    const XZ: &str = include_str!("unpack_samples/xz.hex");
    const BZIP2: &str = include_str!("unpack_samples/bzip2.hex");

    fn of_hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text
            .bytes()
            .filter_map(|digit| char::from(digit).to_digit(16))
            .map(|digit| digit as u8)
            .collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    fn samples() -> Vec<(Packing, Vec<u8>)> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(TEXT).unwrap();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        zlib.write_all(TEXT).unwrap();
        vec![
            (Packing::Gzip, gzip.finish().unwrap()),
            (Packing::Zlib, zlib.finish().unwrap()),
            (Packing::Zstd, zstd::encode_all(TEXT, 3).unwrap()),
            (Packing::Xz, of_hex(XZ)),
            (Packing::Bzip2, of_hex(BZIP2)),
        ]
    }

    #[test]
    fn every_packing_is_told_and_unpacked() {
        for (packing, packed) in samples() {
            assert_eq!(Packing::of_recording(&packed), Some(packing));
            assert_eq!(packing.unpack(&packed, TEXT.len()).unwrap(), TEXT, "{packing:?}");
        }
        assert_eq!(Packing::of_recording(TEXT), None);
        assert_eq!(Packing::of_recording(b""), None);
    }

    #[test]
    fn the_limit_holds() {
        for (packing, packed) in samples() {
            let error = packing.unpack(&packed, TEXT.len() - 1).unwrap_err();
            assert!(matches!(error, UnpackError::TooLarge(_)), "{packing:?} {error}");
        }
        let bomb = zstd::encode_all(&vec![0; 10 << 20][..], 3).unwrap();
        assert!(matches!(
            Packing::Zstd.unpack(&bomb, 1 << 20),
            Err(UnpackError::TooLarge(_))
        ));
    }

    #[test]
    fn what_is_cut_or_changed_is_an_error_and_never_a_panic() {
        for (packing, packed) in samples() {
            for length in 0..packed.len() - 1 {
                if let Ok(unpacked) = packing.unpack(&packed[..length], 1 << 20) {
                    // Without its end a stream may still have given all.
                    assert!(
                        unpacked.is_empty() || TEXT.starts_with(&unpacked),
                        "{packing:?} {length}"
                    );
                }
            }
            for at in 0..packed.len() {
                for bit in 0..8 {
                    let mut changed = packed.clone();
                    changed[at] ^= 1 << bit;
                    drop(packing.unpack(&changed, 1 << 20));
                }
            }
        }
    }
}
