//! How the payloads of a block are packed.
//!
//! Events of one issue differ in numbers, ids, addresses and times, some hundred places in each. A compressor that finds
//! repetitions is interrupted at every one of them, and pays for that more than for the value itself. So values are
//! taken out first: every word of letters and digits that has a digit. What stays, the skeleton, repeats in long pieces.
//! Values go into columns by the text before them: those of one field stand together, and are as alike as they can be.
//!
//! Format: [`PLAIN`] or [`FAST`], and a zstd frame of the block; or [`SEPARATED`], the length of the skeleton, the lengths of its frame
//! and of what the frame of the values unpacks to (4 bytes each, little-endian), and both frames. In the skeleton [`VALUE`]
//! stands for each value and [`END`] behind each payload. The frame of the values has the number of columns, then for
//! each, in the order in which the skeleton first needs it, the number of its values and their length if it is always
//! the same (else 0); then the lengths of values where they differ; then the values, column after column. Numbers there
//! have 7 bits a byte, the lowest first, and all but the last byte have the eighth bit.

use std::io;

use rustc_hash::FxHashMap;
use zstd::bulk::Compressor;

/// What cannot be taken apart.
const PLAIN: u8 = 0;
const SEPARATED: u8 = 1;
/// What was not taken apart, for want of time.
const FAST: u8 = 2;

// No JSON text holds these two but within a string, where they are escaped.
const VALUE: u8 = 1;
const END: u8 = 2;

/// Of zstd.
const LEVEL: i32 = 1;
/// For what is soon packed again.
const FAST_LEVEL: i32 = -3;

/// A longer word stays where it is: it is encoded data, and its length has one byte.
const MAX_VALUE_BYTES: usize = 64;
/// What tells the columns apart: so many bytes before the value.
const CONTEXT_BYTES: usize = 8;
const HEADER: usize = 1 + 3 * 4;

/// How blocks are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Of new and of small segments, which are merged soon.
    Fast,
    Small,
}

/// Packs block after block.
pub(super) struct Packer {
    packing: Packing,
    compressor: Compressor<'static>,
    skeleton: Vec<u8>,
    columns: Columns,
}

impl Packer {
    pub(super) fn new(packing: Packing) -> io::Result<Self> {
        let level = match packing {
            Packing::Fast => FAST_LEVEL,
            Packing::Small => LEVEL,
        };
        Ok(Self {
            packing,
            compressor: Compressor::new(level)?,
            skeleton: Vec::new(),
            columns: Columns::default(),
        })
    }

    fn pack_whole(&mut self, how: u8, block: &[u8]) -> io::Result<Vec<u8>> {
        let mut packed = vec![how];
        packed.extend_from_slice(&self.compressor.compress(block)?);
        Ok(packed)
    }

    /// `block`: payloads, their lengths and their number, as [`unpack`] gives it back; `payloads`: the lengths.
    pub(super) fn pack(&mut self, block: &[u8], payloads: &[u32]) -> io::Result<Vec<u8>> {
        let lengths = (payloads.len() + 1) * 4;
        if self.packing == Packing::Fast {
            return self.pack_whole(FAST, block);
        }
        if !self.separate(&block[..block.len() - lengths], payloads) {
            return self.pack_whole(PLAIN, block);
        }
        let values = self.columns.written();
        let skeleton = self.compressor.compress(&self.skeleton)?;
        let packed_values = self.compressor.compress(&values)?;
        let mut packed = Vec::with_capacity(HEADER + skeleton.len() + packed_values.len());
        packed.push(SEPARATED);
        for length in [self.skeleton.len(), skeleton.len(), values.len()] {
            packed.extend_from_slice(&u32::try_from(length).map_err(io::Error::other)?.to_le_bytes());
        }
        packed.extend_from_slice(&skeleton);
        packed.extend_from_slice(&packed_values);
        Ok(packed)
    }

    /// Takes payloads apart. Whether it can: not if they hold the signs of the skeleton.
    fn separate(&mut self, payloads: &[u8], lengths: &[u32]) -> bool {
        self.skeleton.clear();
        self.columns.clear();
        let mut rest = payloads;
        for length in lengths {
            let Some((payload, behind)) = rest.split_at_checked(*length as usize) else {
                return false;
            };
            if !self.separate_one(payload) {
                return false;
            }
            self.skeleton.push(END);
            rest = behind;
        }
        rest.is_empty()
    }

    fn separate_one(&mut self, payload: &[u8]) -> bool {
        if memchr::memchr2(VALUE, END, payload).is_some() {
            return false;
        }
        let mut copied = 0;
        let mut at = 0;
        while let Some(digit) = next_digit(payload, at) {
            // What was passed before ended with something else than a part of a word.
            let before = payload[at..digit]
                .iter()
                .rev()
                .take_while(|byte| in_word(**byte))
                .count();
            let behind = payload[digit..].iter().take_while(|byte| in_word(**byte)).count();
            let (start, end) = (digit - before, digit + behind);
            if end - start <= MAX_VALUE_BYTES {
                self.skeleton.extend_from_slice(&payload[copied..start]);
                self.columns.add(context(&self.skeleton), &payload[start..end]);
                self.skeleton.push(VALUE);
                copied = end;
            }
            at = end;
        }
        self.skeleton.extend_from_slice(&payload[copied..]);
        true
    }
}

/// Where the next digit is, from `at` on.
fn next_digit(payload: &[u8], at: usize) -> Option<usize> {
    // Most digits are near to the one before; what is between long ones is passed in steps that the processor takes at
    // once.
    const STEP: usize = 32;
    let mut rest = &payload[at..];
    while let Some((step, behind)) = rest.split_first_chunk::<STEP>() {
        if step.iter().fold(false, |any, byte| any | byte.is_ascii_digit()) {
            break;
        }
        rest = behind;
    }
    let passed = payload.len() - rest.len();
    Some(passed + rest.iter().position(u8::is_ascii_digit)?)
}

/// Whether a byte is of a word of letters and digits.
fn in_word(byte: u8) -> bool {
    IN_WORD[usize::from(byte)]
}

const IN_WORD: [bool; 256] = {
    let mut in_word = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        // A constant function cannot convert otherwise.
        in_word[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    in_word
};

/// The bytes before the end.
fn context(skeleton: &[u8]) -> u64 {
    let mut bytes = [0; CONTEXT_BYTES];
    let taken = skeleton.len().min(CONTEXT_BYTES);
    bytes[..taken].copy_from_slice(&skeleton[skeleton.len() - taken..]);
    u64::from_le_bytes(bytes)
}

/// The columns of a block; a cleared one keeps its memory.
#[derive(Default)]
struct Columns {
    by_context: FxHashMap<u64, usize>,
    columns: Vec<Column>,
}

#[derive(Default)]
struct Column {
    values: Vec<u8>,
    lengths: Vec<u8>,
}

impl Columns {
    fn clear(&mut self) {
        self.by_context.clear();
        for column in &mut self.columns {
            column.values.clear();
            column.lengths.clear();
        }
    }

    fn add(&mut self, context: u64, value: &[u8]) {
        let next = self.by_context.len();
        let number = *self.by_context.entry(context).or_insert(next);
        if number == self.columns.len() {
            self.columns.push(Column::default());
        }
        let column = &mut self.columns[number];
        column.values.extend_from_slice(value);
        // At most `MAX_VALUE_BYTES`.
        column.lengths.push(value.len() as u8);
    }

    fn written(&self) -> Vec<u8> {
        let columns = &self.columns[..self.by_context.len()];
        let mut written = Vec::new();
        write_number(columns.len(), &mut written);
        for column in columns {
            write_number(column.lengths.len(), &mut written);
            write_number(usize::from(column.one_length().unwrap_or(0)), &mut written);
        }
        for column in columns.iter().filter(|column| column.one_length().is_none()) {
            written.extend_from_slice(&column.lengths);
        }
        for column in columns {
            written.extend_from_slice(&column.values);
        }
        written
    }
}

impl Column {
    fn one_length(&self) -> Option<u8> {
        let first = *self.lengths.first()?;
        self.lengths.iter().all(|length| *length == first).then_some(first)
    }
}

fn write_number(mut number: usize, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// Gives back a block of `length` bytes.
pub(super) fn unpack(packed: &[u8], length: usize) -> io::Result<Vec<u8>> {
    match packed.split_first() {
        // A frame of which nothing is left is no error to zstd.
        Some((&(PLAIN | FAST), frame)) => zstd::bulk::decompress(frame, length).and_then(|block| {
            let is_whole = block.len() == length;
            is_whole.then_some(block).ok_or_else(damaged)
        }),
        Some((&SEPARATED, _)) => join(packed, length),
        _ => Err(damaged()),
    }
}

/// Whether a packed block is as small as it can be.
pub(super) fn is_small(packed: &[u8]) -> bool {
    packed.first() != Some(&FAST)
}

fn join(packed: &[u8], length: usize) -> io::Result<Vec<u8>> {
    let number = |index: usize| {
        let start = 1 + index * 4;
        let bytes = packed.get(start..start + 4).ok_or_else(damaged)?;
        let number = u32::from_le_bytes(bytes.try_into().expect("a slice of four bytes"));
        usize::try_from(number).map_err(io::Error::other)
    };
    let (skeleton_length, frame_length, values_length) = (number(0)?, number(1)?, number(2)?);
    let frames = packed
        .get(HEADER..)
        .and_then(|frames| frames.split_at_checked(frame_length));
    let (skeleton, values) = frames.ok_or_else(damaged)?;
    // Values take a byte more in their columns at most, and the block has its lengths too.
    if skeleton_length > length || values_length > length.saturating_mul(2) {
        return Err(damaged());
    }
    let skeleton = zstd::bulk::decompress(skeleton, skeleton_length)?;
    let values = zstd::bulk::decompress(values, values_length)?;
    let mut values = Values::read(&values)?;
    let mut block = Vec::with_capacity(length);
    let mut ends = vec![0];
    let mut copied = 0;
    for at in memchr::memchr2_iter(VALUE, END, &skeleton) {
        block.extend_from_slice(&skeleton[copied..at]);
        copied = at + 1;
        if skeleton[at] == END {
            ends.push(block.len());
        } else {
            block.extend_from_slice(values.next(context(&skeleton[..at]))?);
        }
        if block.len() > length {
            return Err(damaged());
        }
    }
    let rows = ends.len() - 1;
    for lengths in ends.windows(2).map(|ends| ends[1] - ends[0]).chain([rows]) {
        block.extend_from_slice(&u32::try_from(lengths).map_err(io::Error::other)?.to_le_bytes());
    }
    if copied != skeleton.len() || block.len() != length {
        return Err(damaged());
    }
    Ok(block)
}

/// The values of a block, each to be taken once.
struct Values<'v> {
    by_context: FxHashMap<u64, usize>,
    columns: Vec<ValuesOfColumn<'v>>,
}

struct ValuesOfColumn<'v> {
    one_length: usize,
    /// Where they differ.
    lengths: &'v [u8],
    values: &'v [u8],
}

impl<'v> Values<'v> {
    fn read(bytes: &'v [u8]) -> io::Result<Self> {
        let mut rest = bytes;
        let count = read_number(&mut rest)?;
        let mut heads = Vec::new();
        for _ in 0..count {
            heads.push((read_number(&mut rest)?, read_number(&mut rest)?));
        }
        let mut columns = Vec::with_capacity(heads.len());
        for (count, one_length) in &heads {
            let lengths = if *one_length == 0 {
                take(&mut rest, *count)?
            } else {
                &[]
            };
            columns.push(ValuesOfColumn {
                one_length: *one_length,
                lengths,
                values: &[],
            });
        }
        for (column, (count, one_length)) in columns.iter_mut().zip(heads) {
            let bytes = if one_length == 0 {
                column.lengths.iter().map(|length| usize::from(*length)).sum()
            } else {
                count.checked_mul(one_length).ok_or_else(damaged)?
            };
            column.values = take(&mut rest, bytes)?;
        }
        Ok(Self {
            by_context: FxHashMap::default(),
            columns,
        })
    }

    fn next(&mut self, context: u64) -> io::Result<&'v [u8]> {
        let next = self.by_context.len();
        let number = *self.by_context.entry(context).or_insert(next);
        let column = self.columns.get_mut(number).ok_or_else(damaged)?;
        let length = if column.one_length == 0 {
            usize::from(take(&mut column.lengths, 1)?[0])
        } else {
            column.one_length
        };
        take(&mut column.values, length)
    }
}

fn take<'v>(from: &mut &'v [u8], count: usize) -> io::Result<&'v [u8]> {
    let (taken, rest) = from.split_at_checked(count).ok_or_else(damaged)?;
    *from = rest;
    Ok(taken)
}

fn read_number(from: &mut &[u8]) -> io::Result<usize> {
    let mut number = 0;
    for shift in (0..28).step_by(7) {
        let byte = take(from, 1)?[0];
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(damaged())
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a block of payloads is damaged")
}

#[cfg(test)]
mod tests;
