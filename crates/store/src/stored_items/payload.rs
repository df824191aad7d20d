use std::io;

use bytes::Bytes;

/// Compressed payloads up to this size are kept in the row; larger ones become files.
pub const INLINE_BYTES: usize = 64 << 10;

/// Compresses a payload for the store. Takes about a millisecond for 200 KB.
pub fn pack(payload: &[u8]) -> Bytes {
    zstd::bulk::compress(payload, zstd::DEFAULT_COMPRESSION_LEVEL)
        .expect("writing to memory does not fail")
        .into()
}

/// Undoes [`pack`]; `size` is what the payload had.
pub fn unpack(packed: &[u8], size: u64) -> io::Result<Bytes> {
    let size = usize::try_from(size).map_err(io::Error::other)?;
    let payload = zstd::bulk::decompress(packed, size)?;
    if payload.len() != size {
        return Err(io::Error::other(format!("{} bytes instead of {size}", payload.len())));
    }
    Ok(payload.into())
}
