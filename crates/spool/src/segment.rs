use std::{io, path::Path, path::PathBuf};

use model::Timestamp;

use crate::{
    Position,
    disk::DiskFile,
    record::{HEADER_BYTES, Header, MAGIC},
};

/// How much of a segment is held in memory while it is checked.
const WINDOW_BYTES: u64 = 256 * 1024;

/// A segment file, as far as it is synced.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) start: Position,
    pub(crate) bytes: u64,
    pub(crate) path: PathBuf,
    /// Since when everything in it was passed by the reader.
    pub(crate) passed_at: Option<Timestamp>,
}

impl Segment {
    pub(crate) fn new(folder: &Path, start: Position, bytes: u64) -> Self {
        Self {
            start,
            bytes,
            path: folder.join(file_name(start)),
            passed_at: None,
        }
    }

    pub(crate) fn end(&self) -> Position {
        self.start + self.bytes
    }

    /// The header of the record at `position`, if it is whole and the record ends within the segment.
    pub(crate) fn header(&self, file: &dyn DiskFile, position: Position) -> io::Result<Option<Header>> {
        let mut bytes = [0; HEADER_BYTES];
        let available = self.end().since(position);
        if available < HEADER_BYTES as u64 {
            return Ok(None);
        }
        file.read_exact_at(position.since(self.start), &mut bytes)?;
        Ok(Header::decode(&bytes, position).filter(|header| header.record_bytes() <= available))
    }

    /// The same, if the whole record is undamaged.
    pub(crate) fn check(&self, file: &dyn DiskFile, position: Position) -> io::Result<Option<Header>> {
        let Some(header) = self.header(file, position)? else {
            return Ok(None);
        };
        let mut hasher = crc32fast::Hasher::new();
        let offset = position.since(self.start) + HEADER_BYTES as u64;
        let mut chunks = Chunks::new(file, offset, header.payload_bytes());
        while let Some(chunk) = chunks.next_chunk()? {
            hasher.update(chunk);
        }
        Ok((hasher.finalize() == header.payload_checksum).then_some(header))
    }

    /// The first whole record at or behind `from`. Searches byte by byte, so it is for behind damage only.
    pub(crate) fn next_whole(&self, file: &dyn DiskFile, from: Position) -> io::Result<Option<Position>> {
        let salt = self.check(file, self.start)?.map(|first| first.salt);
        let mut from = from;
        // Windows overlap by a header less a byte, so that none is missed at an edge.
        while self.end().since(from) >= HEADER_BYTES as u64 {
            let length = self.end().since(from).min(WINDOW_BYTES);
            let mut window = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
            file.read_exact_at(from.since(self.start), &mut window)?;
            for at in memchr::memmem::find_iter(&window, &MAGIC) {
                let position = from + at as u64;
                let Some(header) = Header::decode(&window[at..], position) else {
                    continue;
                };
                if salt.is_none_or(|salt| salt == header.salt) && self.check(file, position)?.is_some() {
                    return Ok(Some(position));
                }
            }
            from = from + (length - (HEADER_BYTES as u64 - 1));
        }
        Ok(None)
    }
}

pub(crate) fn file_name(start: Position) -> String {
    format!("{:020}.seg", start.0)
}

/// The start of the segment with this file name; `None` for other files.
pub(crate) fn parse_file_name(name: &str) -> Option<Position> {
    let digits = name.strip_suffix(".seg")?;
    let valid = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if valid { digits.parse().ok().map(Position) } else { None }
}

/// A stretch of a file, read piece by piece.
pub(crate) struct Chunks<'a> {
    file: &'a dyn DiskFile,
    offset: u64,
    left: u64,
    buffer: Vec<u8>,
}

impl<'a> Chunks<'a> {
    pub(crate) fn new(file: &'a dyn DiskFile, offset: u64, bytes: u64) -> Self {
        Self {
            file,
            offset,
            left: bytes,
            buffer: Vec::new(),
        }
    }

    pub(crate) fn next_chunk(&mut self) -> io::Result<Option<&[u8]>> {
        let length = self.left.min(WINDOW_BYTES);
        if length == 0 {
            return Ok(None);
        }
        self.buffer.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
        self.file.read_exact_at(self.offset, &mut self.buffer)?;
        self.offset += length;
        self.left -= length;
        Ok(Some(&self.buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_segments_are_taken_for_segments() {
        assert_eq!(parse_file_name(&file_name(Position(42))), Some(Position(42)));
        for other in [
            "42.seg",
            "00000000000000000042.seg.tmp",
            "+0000000000000000042.seg",
            "99999999999999999999.seg",
        ] {
            assert_eq!(parse_file_name(other), None, "{other}");
        }
    }
}
