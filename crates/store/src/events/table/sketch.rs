//! Percentiles of very many numbers, without keeping them.

/// Numbers that are kept as they are; beyond them only how many fell between two bounds is known.
const EXACT: usize = 128;

/// Bins an octave: the middle of a bin is at most 0.8 % from any number in it.
const BIN_BITS: u32 = 6;
const BINS: usize = 1 << BIN_BITS;

/// Bits of a double's fraction that do not choose the bin.
const BELOW_BIN: u32 = f64::MANTISSA_DIGITS - 1 - BIN_BITS;

/// Percentiles within one percent of the value that all numbers together would give (exact for a few numbers),
/// interpolated between neighbours.
#[derive(Debug, Clone)]
pub(super) enum Sketch {
    Exact(Vec<f64>),
    Binned(Box<Bins>),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Bins {
    count: u64,
    zeros: u64,
    negative: Octaves,
    positive: Octaves,
}

/// Counts a bin, in blocks of one power of two each. More than 2^32 numbers of one bin count as so many.
#[derive(Debug, Clone, Default)]
struct Octaves {
    /// The power of two of the first block.
    first: usize,
    blocks: Vec<Option<Box<[u32; BINS]>>>,
    /// Blocks that are there.
    used: usize,
}

impl Default for Sketch {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Sketch {
    /// `number` is finite.
    pub(super) fn add(&mut self, number: f64) {
        match self {
            Self::Exact(numbers) if numbers.len() < EXACT => numbers.push(number),
            Self::Exact(numbers) => {
                let mut bins = Box::new(Bins::of(numbers));
                bins.add(number);
                *self = Self::Binned(bins);
            }
            Self::Binned(bins) => bins.add(number),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::Exact(numbers)) => numbers.iter().for_each(|number| self.add(*number)),
            (Self::Exact(numbers), Self::Binned(bins)) => {
                let mut merged = bins.clone();
                numbers.iter().for_each(|number| merged.add(*number));
                *self = Self::Binned(merged);
            }
            (Self::Binned(mine), Self::Binned(bins)) => mine.merge(bins),
        }
    }

    /// The number at `rank` between 0 (the least) and 1 (the greatest); nothing of nothing.
    pub(super) fn percentile(&self, rank: f64) -> Option<f64> {
        match self {
            Self::Exact(numbers) => {
                let mut sorted = numbers.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                interpolate(sorted.len() as u64, rank, |place| {
                    sorted.get(usize::try_from(place).ok()?).copied()
                })
            }
            Self::Binned(bins) => interpolate(bins.count, rank, |place| bins.at(place)),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Exact(numbers) => numbers.capacity() * size_of::<f64>(),
            Self::Binned(bins) => size_of::<Bins>() + bins.negative.bytes() + bins.positive.bytes(),
        }
    }
}

/// Between the numbers at the two places next to the rank.
fn interpolate(count: u64, rank: f64, at: impl Fn(u64) -> Option<f64>) -> Option<f64> {
    let last = count.checked_sub(1)?;
    let place = rank.clamp(0.0, 1.0) * last as f64;
    let below = at(place.floor() as u64)?;
    let above = at((place.ceil() as u64).min(last))?;
    Some(below + (above - below) * place.fract())
}

impl Bins {
    fn of(numbers: &[f64]) -> Self {
        let mut bins = Self::default();
        numbers.iter().for_each(|number| bins.add(*number));
        bins
    }

    fn add(&mut self, number: f64) {
        self.count += 1;
        if number == 0.0 {
            self.zeros += 1;
        } else if number < 0.0 {
            self.negative.add(number);
        } else {
            self.positive.add(number);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.zeros += other.zeros;
        self.negative.merge(&other.negative);
        self.positive.merge(&other.positive);
    }

    /// About the number that would stand at this place if all were sorted.
    fn at(&self, place: u64) -> Option<f64> {
        let negative = self.negative.count();
        if place < negative {
            return self.negative.at(negative - 1 - place).map(|number| -number);
        }
        let place = place - negative;
        if place < self.zeros {
            return Some(0.0);
        }
        self.positive.at(place - self.zeros)
    }
}

impl Octaves {
    #[inline]
    fn add(&mut self, number: f64) {
        let bin = (number.abs().to_bits() >> BELOW_BIN) as usize;
        let count = &mut self.block(bin >> BIN_BITS)[bin % BINS];
        *count = count.saturating_add(1);
    }

    #[inline]
    fn block(&mut self, octave: usize) -> &mut [u32; BINS] {
        let is_within = octave >= self.first && octave - self.first < self.blocks.len();
        if !is_within {
            self.widen(octave);
        }
        let block = &mut self.blocks[octave - self.first];
        self.used += usize::from(block.is_none());
        block.get_or_insert_with(|| Box::new([0; BINS]))
    }

    #[cold]
    fn widen(&mut self, octave: usize) {
        if self.blocks.is_empty() {
            self.first = octave;
        }
        if octave < self.first {
            let before = (octave..self.first).map(|_| None);
            self.blocks.splice(..0, before);
            self.first = octave;
        } else {
            self.blocks.resize(octave - self.first + 1, None);
        }
    }

    fn merge(&mut self, other: &Self) {
        for (octave, counts) in other.octaves() {
            let block = self.block(octave);
            block
                .iter_mut()
                .zip(counts)
                .for_each(|(mine, count)| *mine = mine.saturating_add(*count));
        }
    }

    /// The blocks that there are, each with its power of two.
    fn octaves(&self) -> impl Iterator<Item = (usize, &[u32; BINS])> {
        let blocks = self.blocks.iter().enumerate();
        blocks.filter_map(|(place, block)| Some((self.first + place, block.as_deref()?)))
    }

    fn count(&self) -> u64 {
        self.octaves()
            .flat_map(|(_, counts)| counts)
            .map(|count| u64::from(*count))
            .sum()
    }

    fn at(&self, place: u64) -> Option<f64> {
        let mut before = 0;
        for (octave, counts) in self.octaves() {
            for (bin, count) in counts.iter().enumerate() {
                before += u64::from(*count);
                if place < before {
                    return Some(middle((octave << BIN_BITS | bin) as u64));
                }
            }
        }
        None
    }

    fn bytes(&self) -> usize {
        self.blocks.len() * size_of::<usize>() + self.used * size_of::<[u32; BINS]>()
    }
}

/// The middle of a bin: half of its width above the smallest double in it.
fn middle(bin: u64) -> f64 {
    f64::from_bits((bin << BELOW_BIN) | (1 << (BELOW_BIN - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(numbers: &[f64], rank: f64) -> f64 {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let place = rank * (sorted.len() - 1) as f64;
        let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        below + (above - below) * place.fract()
    }

    fn check(numbers: &[f64]) {
        let mut whole = Sketch::default();
        let mut halves = [Sketch::default(), Sketch::default()];
        for (index, number) in numbers.iter().enumerate() {
            whole.add(*number);
            halves[usize::from(index % 7 == 0)].add(*number);
        }
        let [mut merged, other] = halves;
        merged.merge(&other);
        for rank in [0.0, 0.01, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0] {
            let expected = exact(numbers, rank);
            for sketch in [&whole, &merged] {
                let found = sketch.percentile(rank).unwrap();
                assert!(
                    (found - expected).abs() <= expected.abs() * 0.0079 + f64::MIN_POSITIVE,
                    "rank {rank} of {} numbers: {found}, not {expected}",
                    numbers.len()
                );
            }
        }
    }

    #[test]
    fn a_few_numbers_are_exact() {
        let mut sketch = Sketch::default();
        assert_eq!(sketch.percentile(0.5), None);
        sketch.add(4.0);
        assert_eq!(sketch.percentile(0.0), Some(4.0));
        [1.0, 3.0, 2.0].into_iter().for_each(|number| sketch.add(number));
        assert_eq!(sketch.percentile(0.5), Some(2.5));
        assert_eq!(sketch.percentile(1.0), Some(4.0));
    }

    #[test]
    fn many_numbers_are_within_a_percent() {
        let mut state = 7_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        check(&(0..5_000).map(|_| random() * 1e4).collect::<Vec<_>>());
        check(&(0..5_000).map(|_| (random() * 20.0).exp()).collect::<Vec<_>>());
        check(&(0..5_000).map(|_| -(random() * 20.0).exp()).collect::<Vec<_>>());
        check(&(0..200).map(|_| 0.0).collect::<Vec<_>>());
        check(&(0..200).map(|_| 1e-310).collect::<Vec<_>>());
    }

    #[test]
    fn signs_and_zeros_keep_their_order() {
        let mut sketch = Sketch::default();
        for number in -100..=100 {
            sketch.add(f64::from(number));
        }
        let near = |rank: f64, expected: f64| {
            let found = sketch.percentile(rank).unwrap();
            assert!((found - expected).abs() <= expected.abs() * 0.008, "{found} at {rank}");
        };
        near(0.0, -100.0);
        near(0.25, -50.0);
        near(0.5, 0.0);
        near(0.75, 50.0);
        near(1.0, 100.0);
    }

    #[test]
    fn numbers_of_every_size_cost_a_bounded_amount() {
        let mut sketch = Sketch::default();
        for exponent in -1_000..1_000 {
            sketch.add(2_f64.powi(exponent));
            sketch.add(-(2_f64.powi(exponent)));
        }
        assert!(sketch.bytes() < 3 << 20);
    }
}
