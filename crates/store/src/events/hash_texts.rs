//! What hashes the ordinals of a segment stand for. A question about issues asks for all of them.

use std::cmp::Ordering;

use tantivy::columnar::StrColumn;

use super::{QuestionError, segment_cache::Weighed};

/// By ordinal.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    pub(super) fn read(column: &StrColumn) -> Result<Self, QuestionError> {
        let mut texts = Self::default();
        texts.ends.reserve_exact(column.num_terms());
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            let text =
                std::str::from_utf8(stream.key()).map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidData))?;
            texts.all.push_str(text);
            let end = u32::try_from(texts.all.len())
                .map_err(|_| QuestionError::Unsupported("a segment has too many hashes".to_owned()))?;
            texts.ends.push(end);
        }
        texts.all.shrink_to_fit();
        Ok(texts)
    }

    pub(super) fn get(&self, ordinal: u64) -> Option<&str> {
        let place = usize::try_from(ordinal).ok()?;
        let start = match place {
            0 => 0,
            place => *self.ends.get(place - 1)? as usize,
        };
        self.all.get(start..*self.ends.get(place)? as usize)
    }

    /// The ordinal of a text: they are in its order.
    pub(super) fn place(&self, text: &str) -> Option<u64> {
        let (mut low, mut high) = (0, self.ends.len() as u64);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle)?.cmp(text) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }
}

impl Weighed for Texts {
    fn bytes(&self) -> usize {
        self.all.len() + self.ends.len() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_at_its_place() {
        for count in [0, 1, 2, 7, 64] {
            let mut texts = Texts::default();
            for number in 0..count {
                texts.all.push_str(&format!("{:03}", 2 * number + 1));
                texts.ends.push(texts.all.len().try_into().unwrap());
            }
            for number in 0..=2 * count {
                let expected = (number % 2 == 1).then_some(number / 2);
                let text = format!("{number:03}");
                assert_eq!(texts.place(&text), expected, "{text} of {count}");
                assert_eq!(
                    expected.and_then(|place| texts.get(place)),
                    expected.map(|_| text.as_str())
                );
            }
        }
    }
}
