use std::io;

use bytes::Bytes;

use crate::{
    Position,
    disk::DiskFile,
    quarantine::QuarantineError,
    record::{HEADER_BYTES, Header, payload_checksum},
    segment::Segment,
    state::Shared,
};

/// How much of a segment is read to see how large its records are; the others of a batch are read at once.
const CHUNK_BYTES: u64 = 256 << 10;

/// A record of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub position: Position,
    /// Where to read on when this entry was processed.
    pub next: Position,
    pub meta: Bytes,
    pub body: Bytes,
}

/// What was read from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub entries: Vec<Entry>,
    /// Where to read on. May be ahead although there are no entries: behind damage, or where positions were left out.
    pub next: Position,
    /// Bytes in front of the entries that were damaged. They are in the quarantine.
    pub damaged_bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read the spool at position {position}")]
    Disk { position: Position, source: io::Error },
    #[error("cannot keep the damaged bytes at position {position}")]
    Damage {
        position: Position,
        source: QuarantineError,
    },
    #[error("the spool is closed")]
    Closed,
}

/// Reads whole records from `position` on: at least one if there is one, else as many as fit both limits.
pub(crate) fn read(
    shared: &Shared,
    position: Position,
    max_bytes: usize,
    max_records: usize,
) -> Result<Batch, ReadError> {
    let mut batch = Batch {
        entries: Vec::new(),
        next: position,
        damaged_bytes: 0,
    };
    let mut left = max_bytes;
    while batch.entries.len() < max_records.max(1) {
        let Some(segment) = shared.state().segment_behind(batch.next).cloned() else {
            break;
        };
        let fail = |source| ReadError::Disk {
            position: segment.start,
            source,
        };
        batch.next = batch.next.max(segment.start);
        let file = shared.disk.open(&segment.path).map_err(fail)?;
        let stop = read_segment(&segment, file.as_ref(), &mut batch, left, max_records).map_err(fail)?;
        left = max_bytes.saturating_sub(batch.entries.iter().map(Entry::bytes).sum());
        match stop {
            Stop::EndOfSegment => {}
            Stop::Limit => break,
            // What was read in front of the damage goes out first.
            Stop::Damage if !batch.entries.is_empty() => break,
            Stop::Damage => {
                let behind = set_aside(shared, &segment, file.as_ref(), batch.next)?;
                batch.damaged_bytes += behind.since(batch.next);
                batch.next = behind;
            }
        }
    }
    Ok(batch)
}

impl Entry {
    fn bytes(&self) -> usize {
        HEADER_BYTES + self.meta.len() + self.body.len()
    }
}

enum Stop {
    EndOfSegment,
    Limit,
    Damage,
}

fn read_segment(
    segment: &Segment,
    file: &dyn DiskFile,
    batch: &mut Batch,
    max_bytes: usize,
    max_records: usize,
) -> io::Result<Stop> {
    let mut chunk = Bytes::new();
    let mut left = max_bytes as u64;
    let length = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let read = |position: Position, bytes: u64| -> io::Result<Bytes> {
        let mut buffer = vec![0; length(bytes.min(segment.end().since(position)))];
        file.read_exact_at(position.since(segment.start), &mut buffer)?;
        Ok(Bytes::from(buffer))
    };
    while batch.next < segment.end() {
        if batch.entries.len() >= max_records.max(1) || left == 0 && !batch.entries.is_empty() {
            return Ok(Stop::Limit);
        }
        let available = segment.end().since(batch.next);
        let wanted = likely_bytes(batch, max_records).map_or(CHUNK_BYTES, |likely| likely.min(left).max(CHUNK_BYTES));
        if chunk.len() < HEADER_BYTES {
            chunk = read(batch.next, wanted)?;
        }
        let Some(header) = Header::decode(&chunk, batch.next).filter(|header| header.record_bytes() <= available)
        else {
            return Ok(Stop::Damage);
        };
        let bytes = header.record_bytes();
        // One that is larger than the limit comes alone.
        if bytes > left && !batch.entries.is_empty() {
            return Ok(Stop::Limit);
        }
        left = left.saturating_sub(bytes);
        if bytes > chunk.len() as u64 {
            chunk = read(batch.next, bytes.max(wanted))?;
        }
        let mut record = chunk.split_to(length(bytes)).split_off(HEADER_BYTES);
        let meta = record.split_to(header.meta_bytes as usize);
        if payload_checksum(&meta, &record) != header.payload_checksum {
            return Ok(Stop::Damage);
        }
        let next = batch.next + bytes;
        batch.entries.push(Entry {
            position: batch.next,
            next,
            meta,
            body: record,
        });
        batch.next = next;
    }
    Ok(Stop::EndOfSegment)
}

/// What the rest of a batch takes if its records are as large as those that were read; `None` before the first.
fn likely_bytes(batch: &Batch, max_records: usize) -> Option<u64> {
    let (first, read) = (batch.entries.first()?, batch.entries.len() as u64);
    let rest = (max_records as u64).saturating_sub(read);
    Some((batch.next.since(first.position) / read).saturating_mul(rest))
}

/// Keeps a damaged stretch in the quarantine; returns where the next whole record begins, or the segment ends.
fn set_aside(
    shared: &Shared,
    segment: &Segment,
    file: &dyn DiskFile,
    position: Position,
) -> Result<Position, ReadError> {
    let fail = |source| ReadError::Disk { position, source };
    let behind = segment
        .next_whole(file, position + 1)
        .map_err(fail)?
        .unwrap_or(segment.end());
    let bytes = behind.since(position);
    let new = shared
        .quarantine
        .put_damage(position, shared.clock.now(), file, position.since(segment.start), bytes)
        .map_err(|source| ReadError::Damage { position, source })?;
    if new {
        tracing::error!(
            spool.position = position.0,
            spool.bytes = bytes,
            "a stretch of the spool is damaged, by a power cut in a write or by the disk: it is kept in the quarantine"
        );
    }
    Ok(behind)
}
