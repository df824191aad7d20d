//! Hashes of values: equal in every segment and thread for equal values, and spread evenly, so that they can be counted
//! in place of the values.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const STEP: u64 = 0xd6e8_feb8_6659_fd93;

pub(super) fn of_bytes(bytes: &[u8]) -> u64 {
    let mut state = SEED ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = folded(state ^ u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    of_number(folded(state ^ u64::from_le_bytes(last)))
}

/// A bijection: different numbers have different hashes.
#[inline]
pub(super) fn of_number(number: u64) -> u64 {
    let number = number.wrapping_add(SEED);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[inline]
fn folded(state: u64) -> u64 {
    let product = u128::from(state.rotate_left(23) ^ SEED) * u128::from(STEP);
    (product as u64) ^ ((product >> 64) as u64)
}

/// A map of numbers, faster than one that is safe against chosen keys: its keys are places and pairs of places.
pub(super) type NumberMap<V> = HashMap<u64, V, BuildHasherDefault<NumberHasher>>;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = of_number(self.0 ^ of_bytes(bytes));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.0 = of_number(self.0 ^ number);
    }
}
