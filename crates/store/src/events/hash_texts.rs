//! What hashes the ordinals of a segment stand for. A question about issues asks for all of them.

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
}

impl Weighed for Texts {
    fn bytes(&self) -> usize {
        self.all.len() + self.ends.len() * size_of::<u32>()
    }
}
