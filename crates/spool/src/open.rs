use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use model::SharedClock;

use crate::{
    Position, SpoolConfig,
    disk::Disk,
    quarantine::Quarantine,
    segment::{Segment, parse_file_name},
    state::State,
};

/// What a spool is opened with.
#[derive(Debug)]
pub struct OpenOptions {
    /// The folder of the segment files; made if it is not there.
    pub folder: PathBuf,
    pub config: SpoolConfig,
    pub disk: Arc<dyn Disk>,
    /// Where damaged stretches of the log are kept.
    pub quarantine: Arc<Quarantine>,
    pub clock: SharedClock,
    /// The position up to which everything is processed, as the database knows it. The log never continues before it,
    /// even if the folder was emptied: new records there would be taken for processed ones.
    pub processed: Position,
}

/// What was found when the spool was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReport {
    pub segments: usize,
    /// The end of the log.
    pub end: Position,
    /// The torn tail that was removed.
    pub cut: Option<Cut>,
}

/// Bytes at the end of the log that were no whole record: a write that never was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub position: Position,
    pub bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot open the spool in {}", folder.display())]
    Disk { folder: PathBuf, source: io::Error },
    #[error("cannot start the writing thread of the spool")]
    Thread(#[source] io::Error),
}

/// Reads the folder, repairs the tail, and makes sure that what is found there is durable.
pub(crate) fn recover(options: &OpenOptions) -> Result<(State, OpenReport), OpenError> {
    let OpenOptions {
        folder,
        disk,
        processed,
        ..
    } = options;
    let fail = |source| OpenError::Disk {
        folder: folder.clone(),
        source,
    };
    disk.create_dir(folder).map_err(fail)?;
    let mut segments = list_segments(disk.as_ref(), folder).map_err(fail)?;
    let cut = match segments.back_mut() {
        Some(last) => repair_tail(disk.as_ref(), last).map_err(fail)?,
        None => None,
    };
    if let Some(Cut { position, bytes }) = cut {
        tracing::warn!(
            spool.position = position.0,
            spool.bytes = bytes,
            "cut a torn write off the end of the spool"
        );
    }
    disk.sync_dir(folder).map_err(fail)?;

    let next = segments.back().map_or(Position::START, Segment::end);
    if next < *processed && !segments.is_empty() {
        tracing::warn!(
            spool.end = next.0,
            spool.processed = processed.0,
            "the spool ends before what was processed: it goes on behind that"
        );
    }
    let next = next.max(*processed);
    if segments.is_empty() {
        let first = Segment::new(folder, next, 0);
        disk.create(&first.path).map_err(fail)?;
        disk.sync_dir(folder).map_err(fail)?;
        segments.push_back(first);
    }
    let next_ordinal = last_ordinal(disk.as_ref(), &segments)
        .map_err(fail)?
        .map_or(0, |last| last + 1);
    let mut state = State {
        segments,
        next,
        next_ordinal,
        released: *processed,
        released_ordinal: next_ordinal,
    };
    if let Some(segment) = state.segment_behind(*processed) {
        let file = disk.open(&segment.path).map_err(fail)?;
        let first = segment
            .header(file.as_ref(), segment.start.max(*processed))
            .map_err(fail)?;
        state.released_ordinal = first.map_or(next_ordinal, |first| first.ordinal);
    }
    let report = OpenReport {
        segments: state.segments.len(),
        end: state.end(),
        cut,
    };
    Ok((state, report))
}

fn list_segments(disk: &dyn Disk, folder: &Path) -> io::Result<VecDeque<Segment>> {
    let mut segments = Vec::new();
    for listed in disk.list(folder)? {
        match parse_file_name(&listed.name) {
            Some(start) => segments.push(Segment::new(folder, start, listed.bytes)),
            None => tracing::warn!(
                file.name = listed.name,
                "a file in the spool's folder is not part of the spool"
            ),
        }
    }
    segments.sort_by_key(|segment| segment.start);
    // A write that failed may have left bytes behind the synced ones. Their positions belong to the next segment.
    let starts: Vec<_> = segments.iter().skip(1).map(|segment| segment.start).collect();
    for (segment, next) in segments.iter_mut().zip(starts) {
        segment.bytes = segment.bytes.min(next.since(segment.start));
    }
    Ok(segments.into())
}

/// Cuts the segment behind its last whole record and syncs it. Damage with whole records behind it stays, and the reader
/// steps over it: the records may have been acknowledged, or share a sync with the damage that a power cut prevented.
fn repair_tail(disk: &dyn Disk, last: &mut Segment) -> io::Result<Option<Cut>> {
    let file = disk.open(&last.path)?;
    let mut position = last.start;
    let mut whole_until = last.start;
    while position < last.end() {
        match last.check(file.as_ref(), position)? {
            Some(header) => {
                position = position + header.record_bytes();
                whole_until = position;
            }
            None => match last.next_whole(file.as_ref(), position + 1)? {
                Some(next) => position = next,
                None => break,
            },
        }
    }
    let cut = Cut {
        position: whole_until,
        bytes: last.end().since(whole_until),
    };
    last.bytes = whole_until.since(last.start);
    if cut.bytes > 0 {
        file.set_len(last.bytes)?;
    }
    // Whole records may still be in memory only, written by a process that was killed before its sync. They are about
    // to be read and processed, so they must not vanish any more.
    file.sync()?;
    Ok((cut.bytes > 0).then_some(cut))
}

/// The ordinal of the last whole record of the log.
fn last_ordinal(disk: &dyn Disk, segments: &VecDeque<Segment>) -> io::Result<Option<u64>> {
    for segment in segments.iter().rev().filter(|segment| segment.bytes > 0) {
        let file = disk.open(&segment.path)?;
        let mut last = None;
        let mut position = segment.start;
        while position < segment.end() {
            match segment.header(file.as_ref(), position)? {
                Some(header) => {
                    last = Some(header.ordinal);
                    position = position + header.record_bytes();
                }
                None => match segment.next_whole(file.as_ref(), position + 1)? {
                    Some(next) => position = next,
                    None => break,
                },
            }
        }
        if last.is_some() {
            return Ok(last);
        }
    }
    Ok(None)
}
