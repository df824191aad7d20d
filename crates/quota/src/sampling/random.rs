/// A number in 0..1 that follows from an id: the first 64 bits of the generator PCG-XSH-RR (64-bit state, 32-bit
/// output), seeded with the halves of the id as state and stream, of which the upper 52 bits are the fraction. Relay
/// takes the same, so both decide alike.
pub(super) fn from_id(id: [u8; 16]) -> f64 {
    let id = u128::from_be_bytes(id);
    let mut generator = Pcg::new(high(id), low(id));
    let (first, second) = (u64::from(generator.next()), u64::from(generator.next()));
    let bits = (second << 32 | first) >> 12;
    // 52 bits have an exact floating-point form.
    f64::from_bits(1.0_f64.to_bits() | bits) - 1.0
}

#[expect(clippy::cast_possible_truncation, reason = "half of the bits is what is wanted")]
fn low(id: u128) -> u64 {
    id as u64
}

fn high(id: u128) -> u64 {
    low(id >> 64)
}

struct Pcg {
    state: u64,
    increment: u64,
}

impl Pcg {
    fn new(state: u64, stream: u64) -> Self {
        let increment = stream << 1 | 1;
        let mut generator = Self {
            state: state.wrapping_add(increment),
            increment,
        };
        generator.step();
        generator
    }

    fn step(&mut self) {
        const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the output is the lower half of a shifted state"
    )]
    fn next(&mut self) -> u32 {
        let state = self.state;
        self.step();
        let mixed = ((state >> 18) ^ state) >> 27;
        (mixed as u32).rotate_right((state >> 59) as u32)
    }
}
