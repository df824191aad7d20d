//! How a record lies on disk: a header of 40 bytes, the meta, the body. Numbers are little-endian.

use crate::Position;

pub(crate) const HEADER_BYTES: usize = 40;

/// Starts every record, so that a reader finds the next one behind damage. The digit is the version of the format.
pub(crate) const MAGIC: [u8; 4] = *b"TSP1";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// A random number, the same in all records of a segment. Without it a client could put a forged record into a
    /// body, and have it found when the real header in front of it is lost.
    pub(crate) salt: u32,
    pub(crate) position: Position,
    /// Counts the records of the log: the difference of two is how many lie between them.
    pub(crate) ordinal: u64,
    pub(crate) meta_bytes: u32,
    pub(crate) body_bytes: u32,
    pub(crate) payload_checksum: u32,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&self.salt.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.position.0.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.ordinal.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.meta_bytes.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.body_bytes.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.payload_checksum.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..36]);
        bytes[36..40].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the header of a record that should lie at `position`; `None` when there is none.
    pub(crate) fn decode(bytes: &[u8], position: Position) -> Option<Self> {
        let bytes: &[u8; HEADER_BYTES] = bytes.get(..HEADER_BYTES)?.try_into().ok()?;
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let long = |at: usize| u64::from(number(at)) | u64::from(number(at + 4)) << 32;
        let whole = bytes[..4] == MAGIC && number(36) == crc32fast::hash(&bytes[..36]);
        let header = Self {
            salt: number(4),
            position: Position(long(8)),
            ordinal: long(16),
            meta_bytes: number(24),
            body_bytes: number(28),
            payload_checksum: number(32),
        };
        (whole && header.position == position).then_some(header)
    }

    pub(crate) fn payload_bytes(&self) -> u64 {
        u64::from(self.meta_bytes) + u64::from(self.body_bytes)
    }

    /// The bytes of the whole record.
    pub(crate) fn record_bytes(&self) -> u64 {
        HEADER_BYTES as u64 + self.payload_bytes()
    }
}

pub(crate) fn payload_checksum(meta: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(meta);
    hasher.update(body);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_bit_of_a_header_is_noticed() {
        let header = Header {
            salt: 7,
            position: Position(1 << 40),
            ordinal: 3,
            meta_bytes: 5,
            body_bytes: 9,
            payload_checksum: 0xdead_beef,
        };
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes, header.position), Some(header));
        assert_eq!(
            Header::decode(&bytes, Position(0)),
            None,
            "a copy of a record elsewhere is not a record"
        );
        assert_eq!(Header::decode(&bytes[..39], header.position), None);
        for bit in 0..HEADER_BYTES * 8 {
            let mut damaged = bytes;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&damaged, header.position), None, "bit {bit}");
        }
    }
}
