//! How many different values there are.

/// Slots of the largest exact set where there may be many counters: 64 KiB, as much as the registers that follow it.
pub(super) const MOST_SLOTS: usize = 1 << 13;

/// The same where there are only a few counters, so that the users of one issue are exact up to some hundred thousands.
pub(super) const MOST_SLOTS_OF_FEW: usize = 1 << 19;

const REGISTER_BITS: u32 = 16;

/// A standard error of 0.4 %, so that 2 % are nearly five of them.
const REGISTERS: usize = 1 << REGISTER_BITS;

/// The bits of a hash that a register counts the leading zeros of.
const COUNTED_BITS: u32 = u64::BITS - REGISTER_BITS;

/// Counts distinct hashes: exactly at first, then within 2 % in fixed space (a HyperLogLog).
#[derive(Debug, Clone, Default)]
pub(super) enum Distinct {
    #[default]
    None,
    Set(HashSet64),
    Registers(Box<[u8]>),
}

/// A set of hashes with open addressing. They are spread evenly already; zero marks a free slot.
#[derive(Debug, Clone)]
pub(super) struct HashSet64 {
    slots: Vec<u64>,
    used: usize,
}

impl Distinct {
    /// `hash` has 64 evenly spread bits, equal for equal values. The count is exact until a set of `most_slots` is three
    /// quarters full.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, most_slots: usize) {
        match self {
            Self::None => {
                let mut set = HashSet64::with_slots(4);
                set.insert(hash);
                *self = Self::Set(set);
            }
            Self::Set(set) => {
                set.insert(hash);
                if set.is_full() {
                    self.grow(most_slots);
                }
            }
            Self::Registers(registers) => count_into(registers, hash),
        }
    }

    pub(super) fn merge(&mut self, other: &Self, most_slots: usize) {
        match (&mut *self, other) {
            (_, Self::None) => {}
            (_, Self::Set(set)) => set.hashes().for_each(|hash| self.insert(hash, most_slots)),
            (Self::Registers(mine), Self::Registers(registers)) => {
                mine.iter_mut()
                    .zip(registers.iter())
                    .for_each(|(mine, other)| *mine = (*mine).max(*other));
            }
            (_, Self::Registers(registers)) => {
                let mut merged = registers.clone();
                if let Self::Set(set) = self {
                    set.hashes().for_each(|hash| count_into(&mut merged, hash));
                }
                *self = Self::Registers(merged);
            }
        }
    }

    pub(super) fn count(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Set(set) => set.used as u64,
            Self::Registers(registers) => estimate(registers).round() as u64,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Set(set) => set.slots.len() * size_of::<u64>(),
            Self::Registers(registers) => registers.len(),
        }
    }

    #[cold]
    fn grow(&mut self, most_slots: usize) {
        let Self::Set(set) = self else { return };
        if set.slots.len() < most_slots {
            let mut larger = HashSet64::with_slots(set.slots.len() * 2);
            set.hashes().for_each(|hash| larger.insert(hash));
            *set = larger;
        } else {
            let mut registers = vec![0; REGISTERS].into_boxed_slice();
            set.hashes().for_each(|hash| count_into(&mut registers, hash));
            *self = Self::Registers(registers);
        }
    }
}

impl HashSet64 {
    /// `slots` is a power of two.
    fn with_slots(slots: usize) -> Self {
        Self {
            slots: vec![0; slots],
            used: 0,
        }
    }

    #[inline]
    fn insert(&mut self, hash: u64) {
        let hash = hash.max(1);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                0 => {
                    self.slots[slot] = hash;
                    self.used += 1;
                    return;
                }
                there if there == hash => return,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Three quarters: beyond, searches get long.
    fn is_full(&self) -> bool {
        self.used * 4 >= self.slots.len() * 3
    }

    fn hashes(&self) -> impl Iterator<Item = u64> + '_ {
        self.slots.iter().copied().filter(|hash| *hash != 0)
    }
}

#[inline]
fn count_into(registers: &mut [u8], hash: u64) {
    let register = &mut registers[(hash >> COUNTED_BITS) as usize];
    let counted = hash << REGISTER_BITS;
    let zeros = counted.leading_zeros().min(COUNTED_BITS) as u8;
    *register = (*register).max(zeros + 1);
}

/// The improved estimator of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), which
/// needs no correction for small or large counts.
fn estimate(registers: &[u8]) -> f64 {
    let mut histogram = [0_u32; COUNTED_BITS as usize + 2];
    for register in registers {
        histogram[usize::from(*register)] += 1;
    }
    let m = registers.len() as f64;
    let [empty, between @ .., saturated] = &histogram;
    let mut sum = m * upper_share(1.0 - f64::from(*saturated) / m);
    for count in between.iter().rev() {
        sum = 0.5 * (sum + f64::from(*count));
    }
    sum += m * lower_share(f64::from(*empty) / m);
    m * m / (2.0 * std::f64::consts::LN_2 * sum)
}

/// The paper's σ.
fn lower_share(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut power, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * power;
        power += power;
        if sum == before {
            return sum;
        }
    }
}

/// The paper's τ.
fn upper_share(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut power, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        power *= 0.5;
        sum -= (1.0 - x).powi(2) * power;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::hash;

    fn counter(range: std::ops::Range<u32>) -> Distinct {
        let mut counter = Distinct::default();
        for number in range.clone().chain(range) {
            counter.insert(hash::of_bytes(format!("id:{number}").as_bytes()), MOST_SLOTS);
        }
        counter
    }

    #[test]
    fn some_thousands_are_exact() {
        for count in [0, 1, 2, 3, 100, 1_000, 6_000] {
            assert_eq!(counter(0..count).count(), u64::from(count));
        }
    }

    #[test]
    fn few_counters_may_be_exact_for_longer() {
        let mut counter = Distinct::default();
        (0..200_000).for_each(|number| counter.insert(hash::of_number(number), MOST_SLOTS_OF_FEW));
        assert_eq!(counter.count(), 200_000);
    }

    #[test]
    fn more_are_within_two_percent() {
        for (start, count) in [(0, 6_200), (50, 8_000), (7, 20_000), (1_000, 70_000), (9, 400_000)] {
            let found = counter(start..start + count).count() as f64;
            let error = (found - f64::from(count)).abs() / f64::from(count);
            assert!(error < 0.015, "{found} for {count}");
        }
    }

    #[test]
    fn merging_counts_what_both_have_once() {
        for (left, right, distinct) in [
            (0..0, 0..10, 10),
            (0..10, 0..0, 10),
            (0..10, 5..15, 15),
            (0..5_000, 4_000..9_000, 9_000),
            (0..10, 0..20_000, 20_000),
            (0..20_000, 19_990..20_000, 20_000),
            (0..20_000, 10_000..40_000, 40_000),
        ] {
            let mut merged = counter(left);
            merged.merge(&counter(right), MOST_SLOTS);
            let found = merged.count() as f64;
            let allowed = if distinct < 1_000 {
                0.0
            } else {
                f64::from(distinct) * 0.015
            };
            assert!((found - f64::from(distinct)).abs() <= allowed, "{found} for {distinct}");
        }
    }

    #[test]
    fn space_stays_bounded() {
        assert!(counter(0..200_000).bytes() <= 1 << 16);
    }
}
