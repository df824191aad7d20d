//! The payloads of a segment: one file, blocks of rows that stand next to each other, each block compressed as a whole.
//!
//! Rows are sorted by hash, so a block holds events that look alike. A merge takes whole blocks as they are where it
//! can, and holds one block of each source in memory; tantivy's document store does neither.
//!
//! Format: the blocks; then for each block, and once more behind the last, an entry of `ENTRY` bytes (first row, length
//! when unpacked, place in the file); then the number of blocks and `VERSION`. A block is the payloads, one behind the
//! other, then their lengths, then their number, all packed as `packing` says. All numbers are little-endian, of 4 bytes
//! but for the place, which has 8.

use std::{
    any::Any,
    io::{self, Write},
};

use super::{
    merging,
    packing::{self, Packer, Packing},
    schema::{ID_HIGH, ID_LOW, SEQUENCE},
};
use bytes::Bytes;
use tantivy::{
    DocId, HasLen, Segment, SegmentReader, TantivyError,
    columnar::{Column, ColumnarReader, DynamicColumn},
    directory::{FileSlice, OwnedBytes, TerminatingWrite, WritePtr},
    error::DataCorruption,
    fastfield::AliveBitSet,
    index::SegmentComponent,
    indexer::DocIdMapping,
    plugin::{PluginMergeContext, PluginWriter, PluginWriterContext, SegmentPlugin},
};

/// Of the file; never changed.
pub(super) const EXTENSION: &str = "payload";

const VERSION: u32 = 2;
const ENTRY: usize = 16;
const TRAILER: usize = 8;

/// A block is closed when it has as many bytes.
const BLOCK_BYTES: usize = 1024 * 1024;
/// A block that is taken over as it is needs so many, else small ones would stay small for ever.
const FULL_BYTES: usize = BLOCK_BYTES / 2;
/// Segments of so many rows are packed well when they are merged. Others are soon merged again while more comes.
const SMALL_FROM: u32 = 65_536;
/// A file with fewer bytes is not worth packing once more.
const WORTH_PACKING: usize = 256 * 1024;
/// A block with more is damaged: no payload comes near to it.
const MAX_BLOCK_BYTES: usize = 256 * 1024 * 1024;

fn component() -> SegmentComponent {
    SegmentComponent::Custom(EXTENSION.to_owned())
}

/// What tantivy calls to write and merge the files.
pub(super) struct Payloads;

impl SegmentPlugin for Payloads {
    fn extensions(&self) -> &[&str] {
        &[EXTENSION]
    }

    fn create_writer(&self, _: &PluginWriterContext<'_>) -> tantivy::Result<Box<dyn PluginWriter>> {
        Ok(Box::new(SegmentPayloads::default()))
    }

    fn merge(&self, context: PluginMergeContext<'_>) -> tantivy::Result<()> {
        merging::step_back();
        let mut sources = Vec::new();
        for reader in context.readers {
            sources.push(Source::open(reader)?);
        }
        let target = RowKeys::of_segment(context.target_segment)?;
        let out = context.target_segment.open_write(component())?;
        // One alone is merged to be packed.
        let packing = if sources.len() > 1 && target.rows < SMALL_FROM {
            Packing::Fast
        } else {
            Packing::Small
        };
        merge(&mut sources, &target, FileWriter::new(out, packing)?)
    }
}

/// Whether a segment would become smaller if it were merged alone.
pub(super) fn can_be_packed(segment: &Segment) -> tantivy::Result<bool> {
    let file = segment.open_read(component())?;
    if file.len() < WORTH_PACKING || segment.meta().num_docs() >= SMALL_FROM {
        return Ok(false);
    }
    let file = PayloadFile::open(file)?;
    // The first and the last tell, but where one of them was taken over as it was. All would be too many to read: after a
    // start every day is asked.
    let last = file.blocks.checked_sub(1);
    for number in last.into_iter().flat_map(|last| [0, last]) {
        let (row, ..) = file.entry(number)?;
        if !packing::is_small(&file.block_of(row)?.bytes()?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The payloads of a segment that is being built, in the order of adding. They come here by the side, since tantivy
/// would copy them twice.
#[derive(Default)]
pub(super) struct SegmentPayloads {
    rows: Vec<(RowKey, Bytes)>,
    bytes: usize,
}

impl SegmentPayloads {
    /// To be called for each row that is added.
    pub(super) fn push(&mut self, key: RowKey, payload: Bytes) {
        self.bytes += payload.len();
        self.rows.push((key, payload));
    }
}

impl PluginWriter for SegmentPayloads {
    /// The rows have been sorted meanwhile. tantivy keeps to itself how, but the columns are written already.
    fn serialize(mut self: Box<Self>, segment: &Segment, _: Option<&DocIdMapping>) -> tantivy::Result<()> {
        let keys = RowKeys::of_segment(segment)?;
        let mut places: Vec<_> = keys.iter().zip(0_usize..).collect();
        if places.len() != self.rows.len() {
            return Err(damaged("a new segment has other rows than those that were added"));
        }
        // Both sides have the same keys, so they pair up when both are sorted.
        places.sort_unstable();
        self.rows.sort_by_key(|(key, _)| *key);
        let mut payloads = vec![Bytes::new(); places.len()];
        for ((_, place), (_, payload)) in places.into_iter().zip(self.rows) {
            payloads[place] = payload;
        }
        let mut file = FileWriter::new(segment.open_write(component())?, Packing::Fast)?;
        for payload in payloads {
            file.push(&payload)?;
        }
        file.finish()
    }

    fn mem_usage(&self) -> usize {
        self.bytes + self.rows.capacity() * size_of::<(RowKey, Bytes)>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// What a row is told by: sequence and the halves of the id. Two rows with the same are the same event.
pub(super) type RowKey = (i64, u64, u64);

struct RowKeys {
    sequence: Column<i64>,
    high: Column<u64>,
    low: Column<u64>,
    rows: u32,
}

impl RowKeys {
    fn of_segment(segment: &Segment) -> tantivy::Result<Self> {
        Self::read(segment.open_read(SegmentComponent::FastFields)?)
    }

    fn read(columns: FileSlice) -> tantivy::Result<Self> {
        let columns = ColumnarReader::open(columns)?;
        Ok(Self {
            sequence: column(&columns, SEQUENCE)?,
            high: column(&columns, ID_HIGH)?,
            low: column(&columns, ID_LOW)?,
            rows: columns.num_docs(),
        })
    }

    fn key(&self, row: DocId) -> RowKey {
        (
            self.sequence.first(row).unwrap_or_default(),
            self.high.first(row).unwrap_or_default(),
            self.low.first(row).unwrap_or_default(),
        )
    }

    fn iter(&self) -> impl Iterator<Item = RowKey> {
        (0..self.rows).map(|row| self.key(row))
    }
}

fn column<T>(columns: &ColumnarReader, name: &str) -> tantivy::Result<T>
where
    DynamicColumn: Into<Option<T>>,
{
    let handle = columns.read_columns(name)?.into_iter().next();
    let column = handle
        .ok_or_else(|| damaged("a column that every row has is missing"))?
        .open()?;
    column
        .into()
        .ok_or_else(|| damaged("a column that every row has is of another type"))
}

fn damaged(message: &str) -> TantivyError {
    TantivyError::DataCorruption(DataCorruption::comment_only(message))
}

/// The rows of one segment that are merged into another, first to last.
struct Source {
    keys: RowKeys,
    file: PayloadFile,
    /// The rows that are not deleted.
    alive: Option<AliveBitSet>,
    /// The next row to be taken, alive; none when all are.
    next: Option<(DocId, RowKey)>,
    block: Option<Block>,
}

impl Source {
    fn open(reader: &SegmentReader) -> tantivy::Result<Self> {
        let mut source = Self {
            keys: RowKeys::read(reader.open_read(SegmentComponent::FastFields)?)?,
            file: PayloadFile::open(reader.open_read(component())?)?,
            alive: reader.alive_bitset().cloned(),
            next: None,
            block: None,
        };
        source.go_to(0);
        Ok(source)
    }

    fn is_alive(&self, row: DocId) -> bool {
        self.alive.as_ref().is_none_or(|alive| alive.is_alive(row))
    }

    /// To the first row from `row` on that is alive.
    fn go_to(&mut self, row: DocId) {
        let row = (row..self.keys.rows).find(|row| self.is_alive(*row));
        self.next = row.map(|row| (row, self.keys.key(row)));
    }

    /// The payload of a row. Rows are asked for in order, so the block is mostly there.
    fn payload(&mut self, row: DocId) -> io::Result<&[u8]> {
        self.file.payload(row, &mut self.block)
    }

    /// The block that begins with this row, if it may be taken over as it is: it is not small, packed well, all its rows
    /// are alive, and they come next in the target too.
    fn whole_block(&self, row: DocId, target: &RowKeys, at: DocId) -> io::Result<Option<PackedBlock>> {
        // Most rows lie within the block at hand, which then was not taken over.
        if self.block.as_ref().is_some_and(|block| block.has(row)) {
            return Ok(None);
        }
        let block = self.file.block_of(row)?;
        let rows = block.end - block.first;
        let taken = block.first == row
            && block.unpacked >= FULL_BYTES
            && packing::is_small(&block.bytes()?)
            && at + rows <= target.rows
            && (0..rows).all(|step| self.is_alive(row + step) && self.keys.key(row + step) == target.key(at + step));
        Ok(taken.then_some(block))
    }
}

/// Each source gives its rows in order, and all rows of the target are the next one of some source.
fn merge(sources: &mut [Source], target: &RowKeys, mut out: FileWriter) -> tantivy::Result<()> {
    let mut at = 0;
    while at < target.rows {
        let wanted = target.key(at);
        let source = sources
            .iter_mut()
            .find(|source| source.next.is_some_and(|(_, key)| key == wanted))
            .ok_or_else(|| damaged("a row of a merged segment is in none of its sources"))?;
        let (row, _) = source.next.expect("it was looked at above");
        if let Some(block) = source.whole_block(row, target, at)? {
            out.copy(&block)?;
            at += block.end - block.first;
            source.go_to(block.end);
        } else {
            out.push(source.payload(row)?)?;
            at += 1;
            source.go_to(row + 1);
        }
    }
    out.finish()
}

/// Writes a file, first row to last.
struct FileWriter {
    out: WritePtr,
    written: u64,
    packer: Packer,
    /// The payloads that are not written yet, and their lengths.
    block: Vec<u8>,
    lengths: Vec<u32>,
    /// Of the block.
    first: u32,
    entries: Vec<u8>,
}

impl FileWriter {
    fn new(out: WritePtr, packing: Packing) -> io::Result<Self> {
        Ok(Self {
            out,
            written: 0,
            packer: Packer::new(packing)?,
            block: Vec::new(),
            lengths: Vec::new(),
            first: 0,
            entries: Vec::new(),
        })
    }

    fn push(&mut self, payload: &[u8]) -> io::Result<()> {
        if !self.block.is_empty() && self.block.len() + payload.len() > BLOCK_BYTES {
            self.close_block()?;
        }
        self.lengths.push(number(payload.len())?);
        self.block.extend_from_slice(payload);
        Ok(())
    }

    fn copy(&mut self, block: &PackedBlock) -> io::Result<()> {
        self.close_block()?;
        self.write_block(&block.bytes()?, block.unpacked, block.end - block.first)
    }

    fn close_block(&mut self) -> io::Result<()> {
        if self.lengths.is_empty() {
            return Ok(());
        }
        let rows = number(self.lengths.len())?;
        for length in self.lengths.iter().chain([&rows]) {
            self.block.extend_from_slice(&length.to_le_bytes());
        }
        let packed = self.packer.pack(&self.block, &self.lengths)?;
        self.write_block(&packed, self.block.len(), rows)?;
        self.block.clear();
        self.lengths.clear();
        Ok(())
    }

    fn write_block(&mut self, packed: &[u8], unpacked: usize, rows: u32) -> io::Result<()> {
        self.push_entry(unpacked)?;
        self.first += rows;
        self.out.write_all(packed)?;
        self.written += u64::from(number(packed.len())?);
        Ok(())
    }

    fn push_entry(&mut self, unpacked: usize) -> io::Result<()> {
        self.entries.extend_from_slice(&self.first.to_le_bytes());
        self.entries.extend_from_slice(&number(unpacked)?.to_le_bytes());
        self.entries.extend_from_slice(&self.written.to_le_bytes());
        Ok(())
    }

    fn finish(mut self) -> tantivy::Result<()> {
        self.close_block()?;
        let blocks = number(self.entries.len() / ENTRY)?;
        self.push_entry(0)?;
        self.out.write_all(&self.entries)?;
        self.out.write_all(&blocks.to_le_bytes())?;
        self.out.write_all(&VERSION.to_le_bytes())?;
        self.out.terminate()?;
        Ok(())
    }
}

fn number(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(io::Error::other)
}

/// All payloads that a segment's file of them holds, those of deleted rows too: for who looks for what must not be there.
/// Words with digits stand apart in the file as it is.
pub fn unpacked_payloads(file: &[u8]) -> io::Result<Vec<u8>> {
    let file = PayloadFile::open(FileSlice::from(file.to_vec()))?;
    let mut all = Vec::new();
    for block in file.all_blocks() {
        all.extend(block?.read()?.bytes);
    }
    Ok(all)
}

/// The payloads of a segment, to be read.
pub(super) struct PayloadFile {
    file: FileSlice,
    blocks: usize,
    /// Where the entries begin.
    entries: usize,
}

impl PayloadFile {
    pub(super) fn of(segment: &SegmentReader) -> tantivy::Result<Self> {
        Ok(Self::open(segment.open_read(component())?)?)
    }

    fn open(file: FileSlice) -> io::Result<Self> {
        let trailer = file.len().checked_sub(TRAILER).ok_or_else(cut_off)?;
        let numbers = file.read_bytes_slice(trailer..file.len())?;
        let (blocks, version) = (u32_at(&numbers, 0)?, u32_at(&numbers, 4)?);
        if version != VERSION {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("payloads of version {version}"),
            ));
        }
        let blocks = usize::try_from(blocks).map_err(io::Error::other)?;
        let entries = (blocks + 1)
            .checked_mul(ENTRY)
            .and_then(|length| trailer.checked_sub(length));
        Ok(Self {
            file,
            blocks,
            entries: entries.ok_or_else(cut_off)?,
        })
    }

    /// `block` is the block of the row that was asked for before: most often, this one is in it too.
    pub(super) fn payload<'b>(&self, row: DocId, block: &'b mut Option<Block>) -> io::Result<&'b [u8]> {
        if !block.as_ref().is_some_and(|block| block.has(row)) {
            *block = Some(self.block_of(row)?.read()?);
        }
        block.as_ref().expect("it was read above").payload(row)
    }

    fn all_blocks(&self) -> impl Iterator<Item = io::Result<PackedBlock>> {
        (0..self.blocks).map(|number| self.block_of(self.entry(number)?.0))
    }

    /// First row, length when unpacked, place.
    fn entry(&self, block: usize) -> io::Result<(u32, usize, usize)> {
        let start = self.entries + block * ENTRY;
        let entry = self.file.read_bytes_slice(start..start + ENTRY)?;
        let place = u64::from(u32_at(&entry, 8)?) | u64::from(u32_at(&entry, 12)?) << 32;
        Ok((
            u32_at(&entry, 0)?,
            usize::try_from(u32_at(&entry, 4)?).map_err(io::Error::other)?,
            usize::try_from(place).map_err(io::Error::other)?,
        ))
    }

    /// The number of the last block whose first row is not behind this one.
    fn number_of(&self, row: DocId) -> io::Result<usize> {
        let (mut low, mut high) = (0, self.blocks);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.entry(middle)?.0 <= row {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    fn block_of(&self, row: DocId) -> io::Result<PackedBlock> {
        let number = self.number_of(row)?;
        let ((first, unpacked, start), (end, _, end_place)) = (self.entry(number)?, self.entry(number + 1)?);
        if !(first..end).contains(&row) || start > end_place || end_place > self.entries || unpacked > MAX_BLOCK_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "no block of payloads has this row",
            ));
        }
        Ok(PackedBlock {
            first,
            end,
            unpacked,
            bytes: self.file.slice(start..end_place),
        })
    }
}

/// A block in its file.
pub(super) struct PackedBlock {
    first: DocId,
    end: DocId,
    unpacked: usize,
    bytes: FileSlice,
}

impl PackedBlock {
    fn bytes(&self) -> io::Result<OwnedBytes> {
        self.bytes.read_bytes()
    }

    fn read(&self) -> io::Result<Block> {
        let bytes = packing::unpack(&self.bytes()?, self.unpacked)?;
        let rows = usize::try_from(self.end - self.first).map_err(io::Error::other)?;
        let lengths = rows
            .checked_add(1)
            .and_then(|numbers| bytes.len().checked_sub(numbers * 4));
        let lengths = lengths.ok_or_else(cut_off)?;
        let mut starts = vec![0_usize];
        for row in 0..rows {
            let length = usize::try_from(u32_at(&bytes, lengths + row * 4)?).map_err(io::Error::other)?;
            starts.push(starts[row].saturating_add(length));
        }
        if starts[rows] != lengths {
            return Err(cut_off());
        }
        Ok(Block {
            first: self.first,
            bytes,
            starts,
        })
    }
}

/// A block, unpacked.
pub(super) struct Block {
    first: DocId,
    bytes: Vec<u8>,
    /// Of each payload, and of what follows them.
    starts: Vec<usize>,
}

impl Block {
    fn place(&self, row: DocId) -> Option<usize> {
        let place = usize::try_from(row.checked_sub(self.first)?).ok()?;
        (place + 1 < self.starts.len()).then_some(place)
    }

    fn has(&self, row: DocId) -> bool {
        self.place(row).is_some()
    }

    fn payload(&self, row: DocId) -> io::Result<&[u8]> {
        let place = self.place(row).ok_or_else(cut_off)?;
        Ok(&self.bytes[self.starts[place]..self.starts[place + 1]])
    }
}

fn u32_at(bytes: &[u8], start: usize) -> io::Result<u32> {
    let bytes = bytes.get(start..start + 4).ok_or_else(cut_off)?;
    Ok(u32::from_le_bytes(bytes.try_into().expect("a slice of four bytes")))
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a file of payloads is cut off")
}
