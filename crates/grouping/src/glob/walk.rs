//! Patterns with wildcards inside, as a set of states that all move on at once: one bit each, sixty-four to a word. However
//! a pattern is made, a value costs no more than its length times the words of the pattern.

use super::State;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Walk {
    /// How many states there are before the last, in which the value has matched.
    length: usize,
    /// States that a certain character leads on from.
    chars: Vec<(char, Bits)>,
    /// States that a class leads on from.
    classes: Vec<(usize, Class)>,
    /// What any character leads on from, what only a slash does, and what all others do.
    advance: Bits,
    advance_on_slash: Bits,
    advance_on_others: Bits,
    /// Where a character may leave things as they are: a slash, and any other.
    stay_on_slash: Bits,
    stay_on_others: Bits,
    /// What leads on without any character, to the next state and to the one after it.
    skip: Bits,
    skip_two: Bits,
}

type Class = (bool, Vec<(char, char)>);

impl Walk {
    pub(super) fn new(states: &[State]) -> Self {
        let empty = Bits(vec![0; states.len() / 64 + 1]);
        let mut walk = Self {
            length: states.len(),
            chars: Vec::new(),
            classes: Vec::new(),
            advance: empty.clone(),
            advance_on_slash: empty.clone(),
            advance_on_others: empty.clone(),
            stay_on_slash: empty.clone(),
            stay_on_others: empty.clone(),
            skip: empty.clone(),
            skip_two: empty.clone(),
        };
        for (at, state) in states.iter().enumerate() {
            match state {
                State::Char(c) => match walk.chars.iter_mut().find(|(known, _)| known == c) {
                    Some((_, bits)) => bits.set(at),
                    None => {
                        let mut bits = empty.clone();
                        bits.set(at);
                        walk.chars.push((*c, bits));
                    }
                },
                State::Class { negated, ranges } => walk.classes.push((at, (*negated, ranges.clone()))),
                State::One { slash: true } => walk.advance.set(at),
                State::One { slash: false } => walk.advance_on_others.set(at),
                State::Any { slash } => {
                    walk.skip.set(at);
                    walk.stay_on_others.set(at);
                    if *slash {
                        walk.stay_on_slash.set(at);
                    }
                }
                State::Directories => {
                    walk.skip.set(at);
                    walk.skip_two.set(at);
                }
                State::AmongDirectories => {
                    walk.stay_on_slash.set(at);
                    walk.stay_on_others.set(at);
                    walk.advance_on_slash.set(at);
                }
            }
        }
        walk
    }

    pub(super) fn matches(&self, value: &str) -> bool {
        let mut active = Bits(vec![0; self.length / 64 + 1]);
        let mut advance = active.clone();
        active.set(0);
        self.skip(&mut active);
        for c in value.chars() {
            let (on, stay) = match c {
                '/' => (&self.advance_on_slash, &self.stay_on_slash),
                _ => (&self.advance_on_others, &self.stay_on_others),
            };
            let of_char = self.chars.iter().find(|(known, _)| *known == c).map(|(_, bits)| bits);
            advance.0.copy_from_slice(&self.advance.0);
            for bits in [Some(on), of_char].into_iter().flatten() {
                advance.add(bits);
            }
            for (at, (negated, ranges)) in &self.classes {
                if ranges.iter().any(|(first, last)| (*first..=*last).contains(&c)) != *negated {
                    advance.set(*at);
                }
            }
            active.step(&advance, stay);
            self.skip(&mut active);
            if active.0.iter().all(|word| *word == 0) {
                return false;
            }
        }
        active.get(self.length)
    }

    /// Stars may stand for nothing. Few follow each other directly, so this ends after one or two rounds.
    fn skip(&self, active: &mut Bits) {
        while active.spread(&self.skip, 1) | active.spread(&self.skip_two, 2) {}
    }
}

/// A set of states.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn get(&self, at: usize) -> bool {
        self.0[at / 64] & 1 << (at % 64) != 0
    }

    fn add(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    /// Those in `advance` move to the next state, those in `stay` remain, the others are gone.
    fn step(&mut self, advance: &Self, stay: &Self) {
        let mut carry = 0;
        for ((word, advance), stay) in self.0.iter_mut().zip(&advance.0).zip(&stay.0) {
            let moving = *word & advance;
            *word = moving << 1 | carry | *word & stay;
            carry = moving >> 63;
        }
    }

    /// Adds what lies `distance` behind the active states of a set; whether that was anything new.
    fn spread(&mut self, set: &Self, distance: u32) -> bool {
        let (mut carry, mut changed) = (0, false);
        for (word, set) in self.0.iter_mut().zip(&set.0) {
            let moving = *word & set;
            let spread = *word | moving << distance | carry;
            carry = moving >> (64 - distance);
            changed |= spread != *word;
            *word = spread;
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, Glob};

    #[track_caller]
    fn check(pattern: &str, value: &str, expected: bool) {
        let glob = Glob::new(pattern, Dialect::Path).unwrap();
        assert_eq!(glob.matches(value), expected, "{pattern} on {value}");
    }

    #[test]
    fn states_cross_the_borders_of_words() {
        for length in [60, 61, 62, 63, 64, 65, 126, 127, 128, 129] {
            let text = "x".repeat(length);
            check(&format!("?{text}*b"), &format!("a{text}cb"), true);
            check(&format!("?{text}*b"), &format!("a{text}c"), false);
            check(&format!("{text}*/**/?b"), &format!("{text}/a/cb"), true);
            check(&format!("{text}*/**/?b"), &format!("{text}/cb"), true);
            check(&format!("{text}*/**/?b"), &format!("{text}/a/b"), false);
            check(&format!("{text}[ab]?"), &format!("{text}bc"), true);
            check(&format!("{text}[ab]?"), &format!("{text}b"), false);
        }
    }

    #[test]
    fn directories_in_a_row() {
        check("**/**/**/*a", "a", true);
        check("**/**/x/**/?", "x/b", true);
        check("**/**/x/**/?", "y/x/z/b", true);
        check("**/x/**/?", "y/z/b", false);
        check("?/**/b", "a/b", true);
        check("?/**/b", "a//b", true);
        check("?/**/b", "ab", false);
    }
}
