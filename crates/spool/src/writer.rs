//! The one thread that changes the files.

use std::{io, mem, sync::Arc};

use bytes::Bytes;
use model::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    AppendError, Position,
    disk::DiskFile,
    record::{HEADER_BYTES, Header, payload_checksum},
    segment::Segment,
    state::Shared,
};

/// A segment that something was passed in is closed after this time, so that its bytes can be deleted soon.
const ROLL_AFTER: std::time::Duration = std::time::Duration::from_secs(10);

/// A segment is deleted this long after all of it was passed (`design` §3: bytes from before scrubbing do not stay).
const DELETE_AFTER: std::time::Duration = std::time::Duration::from_secs(60);

/// Bodies from this size on are written from where they are; smaller ones are copied together.
const COPY_BELOW_BYTES: usize = 1024 * 1024;

#[derive(Debug)]
pub(crate) enum Command {
    Append(Append),
    Release {
        position: Position,
        answer: oneshot::Sender<Result<(), ReleaseError>>,
    },
    Close {
        answer: oneshot::Sender<()>,
    },
}

#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) meta: Vec<u8>,
    pub(crate) body: Bytes,
    pub(crate) answer: oneshot::Sender<Result<Position, AppendError>>,
}

impl Append {
    pub(crate) fn record_bytes(&self) -> u64 {
        (HEADER_BYTES + self.meta.len() + self.body.len()) as u64
    }
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum ReleaseError {
    #[error("the spool is closed")]
    Closed,
    #[error("cannot delete what was processed")]
    Disk(#[source] Arc<io::Error>),
}

/// The segment that is written to.
#[derive(Debug)]
struct Active {
    file: Box<dyn DiskFile>,
    salt: u32,
    /// All of them synced.
    bytes: u64,
    opened_at: Timestamp,
}

#[derive(Debug)]
pub(crate) struct Writer {
    shared: Arc<Shared>,
    inbox: mpsc::Receiver<Command>,
    /// The end of what is synced.
    synced: watch::Sender<Position>,
    active: Option<Active>,
    buffer: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, inbox: mpsc::Receiver<Command>, synced: watch::Sender<Position>) -> Self {
        Self {
            shared,
            inbox,
            synced,
            active: None,
            buffer: Vec::new(),
        }
    }

    pub(crate) fn run(mut self) {
        let mut held_back = None;
        while let Some(command) = held_back.take().or_else(|| self.inbox.blocking_recv()) {
            match command {
                Command::Append(first) => {
                    let (batch, other) = self.gather(first);
                    self.commit(batch);
                    held_back = other;
                }
                Command::Release { position, answer } => {
                    let result = self
                        .release(position)
                        .map_err(|error| ReleaseError::Disk(Arc::new(error)));
                    answer.send(result).ok();
                }
                Command::Close { answer } => {
                    // Those who append now are told so; what came before is on disk.
                    self.inbox.close();
                    answer.send(()).ok();
                }
            }
        }
    }

    /// Takes the appends that wait already, up to the size of a batch. They waited because a sync was under way: the
    /// slower the disk, the more of them share the next one.
    fn gather(&mut self, first: Append) -> (Vec<Append>, Option<Command>) {
        let mut bytes = first.record_bytes();
        let mut batch = vec![first];
        while bytes < self.shared.config.batch_bytes {
            match self.inbox.try_recv() {
                Ok(Command::Append(append)) => {
                    bytes += append.record_bytes();
                    batch.push(append);
                }
                Ok(other) => return (batch, Some(other)),
                Err(_) => break,
            }
        }
        (batch, None)
    }

    fn commit(&mut self, batch: Vec<Append>) {
        let queued: u64 = batch.iter().map(Append::record_bytes).sum();
        let batch = self.refuse_what_has_no_room(batch);
        let result = if batch.is_empty() {
            Ok(Vec::new())
        } else {
            self.write(&batch)
        };
        self.shared
            .queued_bytes
            .fetch_sub(queued, std::sync::atomic::Ordering::Relaxed);
        // Who gave up waiting gets no answer: the client does not know, sends again, and its event id tells.
        match result {
            Ok(positions) => {
                for (append, position) in batch.into_iter().zip(positions) {
                    append.answer.send(Ok(position)).ok();
                }
            }
            Err(error) => {
                tracing::error!(error = %error, spool.records = batch.len(), "cannot write to the spool");
                let error = Arc::new(error);
                for append in batch {
                    append.answer.send(Err(AppendError::Disk(Arc::clone(&error)))).ok();
                }
            }
        }
    }

    fn refuse_what_has_no_room(&self, batch: Vec<Append>) -> Vec<Append> {
        let mut bytes = self.shared.state().bytes();
        let mut accepted = Vec::with_capacity(batch.len());
        for append in batch {
            if bytes + append.record_bytes() > self.shared.config.max_bytes {
                append.answer.send(Err(AppendError::Full)).ok();
            } else {
                bytes += append.record_bytes();
                accepted.push(append);
            }
        }
        accepted
    }

    /// Writes and syncs the records, and only then lets readers see them.
    fn write(&mut self, batch: &[Append]) -> io::Result<Vec<Position>> {
        let (start, ordinal) = {
            let state = self.shared.state();
            (state.next, state.next_ordinal)
        };
        self.open_active(start)?;
        let Some(active) = &mut self.active else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let mut buffer = mem::take(&mut self.buffer);
        let mut positions = Vec::with_capacity(batch.len());
        let result = write_records(active, &mut buffer, batch, start, ordinal, &mut positions);
        buffer.clear();
        buffer.shrink_to(COPY_BELOW_BYTES);
        self.buffer = buffer;

        let end = start + batch.iter().map(Append::record_bytes).sum::<u64>();
        if let Err(error) = result {
            self.give_up_active(end);
            return Err(error);
        }
        active.bytes += end.since(start);
        {
            let mut state = self.shared.state();
            if let Some(last) = state.segments.back_mut() {
                last.bytes = active.bytes;
                last.passed_at = None;
            }
            state.next = end;
            state.next_ordinal += batch.len() as u64;
        }
        self.synced.send_replace(end);
        Ok(positions)
    }

    /// Makes sure that there is a segment with room to write to.
    fn open_active(&mut self, start: Position) -> io::Result<()> {
        if self
            .active
            .as_ref()
            .is_some_and(|active| active.bytes < self.shared.config.segment_bytes)
        {
            return Ok(());
        }
        self.active = None;
        let (folder, disk) = (&self.shared.folder, &self.shared.disk);
        let segment = Segment::new(folder, start, 0);
        // Nothing that was acknowledged can have this name: it lies behind all of that.
        let file = disk.create(&segment.path)?;
        disk.sync_dir(folder)?;
        let mut salt = [0; 4];
        getrandom::fill(&mut salt).map_err(io::Error::other)?;
        let opened_at = self.shared.clock.now();
        self.active = Some(Active {
            file,
            salt: u32::from_le_bytes(salt),
            bytes: 0,
            opened_at,
        });

        let mut state = self.shared.state();
        let replaced = state.segments.pop_back_if(|last| last.bytes == 0);
        state.segments.push_back(segment);
        drop(state);
        // An empty one was the last: left by the start, or by a write that failed. A full disk must not collect them.
        if let Some(empty) = replaced.filter(|empty| empty.start != start)
            && let Err(error) = disk.remove(&empty.path)
        {
            tracing::warn!(error = %error, file.path = %empty.path.display(), "cannot remove an empty segment");
        }
        Ok(())
    }

    /// Leaves the segment at its last synced byte. The positions up to `attempted` are not used again.
    fn give_up_active(&mut self, attempted: Position) {
        let Some(active) = self.active.take() else { return };
        // Only to be tidy: should it fail, the bytes behind are ignored, because the next segment's positions are
        // higher, and the clients were told that they were not accepted.
        if let Err(error) = active.file.set_len(active.bytes).and_then(|()| active.file.sync()) {
            tracing::warn!(error = %error, "cannot cut a failed write off its segment");
        }
        self.shared.state().next = attempted;
    }

    /// Notes what was processed, closes the segment if it is time, and deletes those that have waited their minute.
    fn release(&mut self, position: Position) -> io::Result<()> {
        let now = self.shared.clock.now();
        let disk = Arc::clone(&self.shared.disk);
        {
            let mut state = self.shared.state();
            if position > state.released {
                state.released = position.min(state.next);
            }
        }
        self.count_released()?;
        self.close_active_if_due(now);
        let mut due = self.due_for_deletion(now);
        if due == self.shared.state().segments.len() && self.active.is_none() {
            // The last one holds the end of the log: its successor takes that over first.
            let next = self.shared.state().next;
            match self.open_active(next) {
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(error = %error, "cannot begin a new segment");
                    due -= 1;
                }
            }
        }
        for _ in 0..due {
            let Some(path) = self.shared.state().segments.front().map(|segment| segment.path.clone()) else {
                break;
            };
            match disk.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            self.shared.state().segments.pop_front();
        }
        if due > 0 {
            disk.sync_dir(&self.shared.folder)
        } else {
            Ok(())
        }
    }

    fn count_released(&self) -> io::Result<()> {
        let (released, found) = {
            let state = self.shared.state();
            let found = state.segment_behind(state.released).cloned();
            (state.released, found)
        };
        let ordinal = match found {
            None => Some(self.shared.state().next_ordinal),
            Some(segment) => {
                let file = self.shared.disk.open(&segment.path)?;
                let first = segment.header(file.as_ref(), segment.start.max(released))?;
                first.map(|first| first.ordinal)
            }
        };
        if let Some(ordinal) = ordinal {
            self.shared.state().released_ordinal = ordinal;
        }
        Ok(())
    }

    fn close_active_if_due(&mut self, now: Timestamp) {
        let Some(active) = &mut self.active else { return };
        let state = self.shared.state();
        let passed = state.segments.back().is_some_and(|last| state.released > last.start);
        active.opened_at = active.opened_at.min(now); // the clock may step back
        if passed && now.since(active.opened_at) >= ROLL_AFTER {
            self.active = None;
        }
    }

    /// How many segments, counted from the oldest, were passed a minute ago or earlier.
    fn due_for_deletion(&self, now: Timestamp) -> usize {
        let mut state = self.shared.state();
        let closed = state.segments.len() - usize::from(self.active.is_some());
        let released = state.released;
        let mut due = 0;
        let mut all_due = true;
        // The one that is written to may be passed as well, and its minute runs from then on unless more comes.
        let passed = state
            .segments
            .iter_mut()
            .take_while(|segment| segment.end() <= released);
        for (number, segment) in passed.enumerate() {
            let passed_at = segment.passed_at.map_or(now, |passed_at| passed_at.min(now));
            segment.passed_at = Some(passed_at);
            all_due &= number < closed && now.since(passed_at) >= DELETE_AFTER;
            due += usize::from(all_due);
        }
        // An empty last segment holds the end of the log and nothing to delete.
        if due == state.segments.len() && state.segments.back().is_some_and(|last| last.bytes == 0) {
            due -= 1;
        }
        due
    }
}

/// Appends the records to the segment and syncs it.
fn write_records(
    active: &Active,
    buffer: &mut Vec<u8>,
    batch: &[Append],
    start: Position,
    ordinal: u64,
    positions: &mut Vec<Position>,
) -> io::Result<()> {
    let mut position = start;
    let mut offset = active.bytes;
    let flush = |buffer: &mut Vec<u8>, offset: &mut u64| {
        active.file.write_all_at(*offset, buffer)?;
        *offset += buffer.len() as u64;
        buffer.clear();
        Ok::<_, io::Error>(())
    };
    for (append, ordinal) in batch.iter().zip(ordinal..) {
        let header = Header {
            salt: active.salt,
            position,
            ordinal,
            meta_bytes: u32::try_from(append.meta.len()).map_err(io::Error::other)?,
            body_bytes: u32::try_from(append.body.len()).map_err(io::Error::other)?,
            payload_checksum: payload_checksum(&append.meta, &append.body),
        };
        buffer.extend_from_slice(&header.encode());
        buffer.extend_from_slice(&append.meta);
        if append.body.len() < COPY_BELOW_BYTES {
            buffer.extend_from_slice(&append.body);
        } else {
            flush(buffer, &mut offset)?;
            active.file.write_all_at(offset, &append.body)?;
            offset += append.body.len() as u64;
        }
        positions.push(position);
        position = position + header.record_bytes();
    }
    if !buffer.is_empty() {
        flush(buffer, &mut offset)?;
    }
    active.file.sync()
}
