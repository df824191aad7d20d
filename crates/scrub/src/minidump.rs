//! Just enough of the form of minidumps to find the memory in them.

use std::ops::Range;

/// Part of a minidump that may hold anything that the process had in its hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) kind: RegionKind,
    pub(crate) range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegionKind {
    Stack,
    Heap,
    /// Command line and environment, which Linux tells.
    Process,
}

const SIGNATURE: &[u8] = b"MDMP";
const THREAD_LIST: u32 = 3;
const MEMORY_LIST: u32 = 5;
const MEMORY_64_LIST: u32 = 9;
const LINUX_COMMAND_LINE: u32 = 0x4767_0006;
const LINUX_ENVIRONMENT: u32 = 0x4767_0007;

const THREAD_BYTES: usize = 48;
/// In a thread: a memory descriptor of its stack.
const THREAD_STACK: usize = 24;
const DESCRIPTOR_BYTES: usize = 16;

/// Streams, and members of one; what a file claims beyond is not believed.
const MAX_STREAMS: usize = 1_000;
const MAX_MEMBERS: usize = 100_000;

/// The regions of a minidump that lie within it; none of what is no minidump.
pub(crate) fn regions(file: &[u8]) -> Vec<Region> {
    let file = File(file);
    let mut regions = Vec::new();
    if file.0.starts_with(SIGNATURE) {
        let streams = file.streams().unwrap_or_default();
        let of_kind = |wanted: u32| streams.iter().filter(move |(kind, _)| *kind == wanted);
        for (_, stream) in of_kind(THREAD_LIST) {
            regions.extend(file.stacks(stream));
        }
        for (_, stream) in of_kind(MEMORY_LIST) {
            regions.extend(file.memory(stream));
        }
        for (_, stream) in of_kind(MEMORY_64_LIST) {
            regions.extend(file.memory_64(stream));
        }
        for kind in [LINUX_COMMAND_LINE, LINUX_ENVIRONMENT] {
            regions.extend(of_kind(kind).map(|(_, range)| Region {
                kind: RegionKind::Process,
                range: range.clone(),
            }));
        }
    }
    let stacks = merged(&regions, RegionKind::Stack);
    // Stacks are in the list of memory as well.
    regions.retain(|region| region.kind != RegionKind::Heap || !lies_in(&region.range, &stacks));
    let heap = merged(&regions, RegionKind::Heap);
    let process = merged(&regions, RegionKind::Process);
    let of_kind = |kind| move |range| Region { kind, range };
    let stacks = stacks.into_iter().map(of_kind(RegionKind::Stack));
    let heap = heap.into_iter().map(of_kind(RegionKind::Heap));
    stacks
        .chain(heap)
        .chain(process.into_iter().map(of_kind(RegionKind::Process)))
        .collect()
}

/// Without what is told twice: however often a file points at its bytes, they are looked at once.
fn merged(regions: &[Region], kind: RegionKind) -> Vec<Range<usize>> {
    let mut ranges: Vec<_> = regions
        .iter()
        .filter(|region| region.kind == kind)
        .map(|region| region.range.clone())
        .collect();
    ranges.sort_by_key(|range| range.start);
    ranges.dedup_by(|next, last| {
        let overlaps = next.start < last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps
    });
    ranges
}

fn lies_in(range: &Range<usize>, sorted: &[Range<usize>]) -> bool {
    let before = sorted.partition_point(|other| other.start <= range.start);
    before.checked_sub(1).is_some_and(|last| range.end <= sorted[last].end)
}

struct File<'f>(&'f [u8]);

impl File<'_> {
    fn streams(&self) -> Option<Vec<(u32, Range<usize>)>> {
        let count = usize::try_from(self.u32(8)?).ok()?;
        let directory = usize::try_from(self.u32(12)?).ok()?;
        let entry = |index: usize| {
            let at = directory.checked_add(index.checked_mul(12)?)?;
            Some((
                self.u32(at)?,
                self.range(self.u32(at + 8)?.into(), self.u32(at + 4)?.into())?,
            ))
        };
        Some((0..count.min(MAX_STREAMS)).filter_map(entry).collect())
    }

    fn stacks(&self, stream: &Range<usize>) -> Vec<Region> {
        self.members(stream, THREAD_BYTES)
            .filter_map(|at| self.descriptor(at + THREAD_STACK, RegionKind::Stack))
            .collect()
    }

    fn memory(&self, stream: &Range<usize>) -> Vec<Region> {
        self.members(stream, DESCRIPTOR_BYTES)
            .filter_map(|at| self.descriptor(at, RegionKind::Heap))
            .collect()
    }

    /// One after the other, from a place that the list names.
    fn memory_64(&self, stream: &Range<usize>) -> Vec<Region> {
        let mut regions = Vec::new();
        let Some(mut start) = self.u64(stream.start + 8) else {
            return regions;
        };
        let count = self
            .u64(stream.start)
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or_default();
        for index in 0..count.min(MAX_MEMBERS) {
            let at = stream.start + 16 + index * DESCRIPTOR_BYTES;
            let Some(size) = self.u64(at + 8).filter(|_| at + DESCRIPTOR_BYTES <= stream.end) else {
                break;
            };
            let Some(range) = self.range(start, size) else { break };
            start += size;
            regions.push(Region {
                kind: RegionKind::Heap,
                range,
            });
        }
        regions
    }

    /// Where the members of a list are: behind their number, and sometimes four bytes more.
    fn members(&self, stream: &Range<usize>, size: usize) -> impl Iterator<Item = usize> + use<> {
        let claimed = self
            .u32(stream.start)
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or_default();
        let count = claimed.min(MAX_MEMBERS).min(stream.len().saturating_sub(4) / size);
        let padding = if stream.len() == count * size + 8 { 4 } else { 0 };
        let first = stream.start + 4 + padding;
        (0..count).map(move |index| first + index * size)
    }

    /// Address, size and place of memory.
    fn descriptor(&self, at: usize, kind: RegionKind) -> Option<Region> {
        let range = self.range(self.u32(at + 12)?.into(), self.u32(at + 8)?.into())?;
        (!range.is_empty()).then_some(Region { kind, range })
    }

    fn range(&self, start: u64, size: u64) -> Option<Range<usize>> {
        let end = usize::try_from(start.checked_add(size)?).ok()?;
        (end <= self.0.len()).then_some(usize::try_from(start).ok()?..end)
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    fn u64(&self, at: usize) -> Option<u64> {
        let bytes = self.0.get(at..at.checked_add(8)?)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }
}
